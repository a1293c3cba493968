import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.show import text
from thalweg.calculus.sizes import Size
from thalweg.claims.files.equal_sizes import as_size, size_at
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame
from thalweg.claims.files.statements import read_block
from thalweg.claims.files.understanding import certain, tokens_of


def frame_of(*lines):
    frame = Frame()
    _, problems = read_block(tuple(Line(number, line) for number, line in enumerate(lines, 1)), frame)
    assert not problems, problems
    return frame


def related(frame):
    return [f"{large} >= {small}" for large, small in frame.size_givens]


@pytest.mark.parametrize(
    ("relation", "kept"),
    [
        ("n >= d", ["n >= d"]),
        ("d <= n", ["n >= d"]),
        ("n > d", ["n >= d + 1"]),
        ("d < n", ["n >= d + 1"]),
        ("n - d >= 2", ["n >= d + 2"]),
        ("2 n >= d + 1", ["2 n >= d + 1"]),
        ("n >= d >= 3", ["n >= d", "d >= 3"]),
        ("n >= 1", []),
        ("n >= 2", ["n >= 2"]),
        ("n + d > 1", []),
    ],
)
def test_inequalities_of_sizes_are_kept_without_negative_counts(relation, kept):
    for frame in (frame_of("sizes n d", f"given {relation}"), frame_of(f"sizes n d, {relation}")):
        assert related(frame) == kept
        assert not frame.givens


def test_other_relations_that_hold_sizes_are_givens():
    frame = frame_of("sizes n d", "x : n", "given n != d", "given n = x' x", "given n n = 4")
    assert [text(given) for given in frame.givens] == ["n != d", "n = x' x", "n n = 4"]
    assert not frame.size_givens


def test_a_size_that_equals_another_is_put_in_everywhere():
    frame = frame_of(
        "sizes n d k, n >= d",
        "X : n x k",
        "let P = X X' + eye(n)",
        "random v : n ~ normal(0, I)",
        "given X = zeros(n, k)",
        "given (forall s: n s >= 0)",
        "u : n",
        "given (forall u: u' u >= 0)",
        "recurrence w[t+1] = w[t] + ones(n) from w[0] = 0_n",
        "given n = d + 1",
        "y : n",
        "given k = 2",
    )
    assert frame.equal == {"n": Size(1, (("d", 1),)), "k": Size(2)}
    assert not frame.size_givens, "d + 1 >= d says nothing"
    shapes = {name: str(node.shape) for name, node in frame.names.items()}
    assert shapes["X"] == "d + 1 x 2"
    assert shapes["P"] == "d + 1 x d + 1"
    assert shapes["y"] == shapes["w[t+1]"] == shapes["v"] == "d + 1 x 1"
    bound = [name for given in frame.givens for node in given.walk() if node.op == "forall" for name in node.value[0]]
    every = [
        *bound,
        *frame.names.values(),
        *frame.givens,
        *(part for r in frame.randoms for part in (r.mean, r.covariance)),
    ]
    names = {
        name
        for expr in every
        for node in expr.walk()
        for size in (node.shape.rows, node.shape.columns)
        for name in size.names
    }
    assert names == {"d"}
    assert text(frame.givens[1]) == "forall s: (d + 1) s >= 0"


@pytest.mark.parametrize("written", ["eye(n)", "I_n", "eye(d + 1)", "I_n I_n"])
def test_what_is_written_later_with_an_equal_size_fits(written):
    frame = frame_of("sizes n d", "X : d + 1 x d", "given n = d + 1")
    line = Line(1, f"{written} X")
    assert str(certain(line, tokens_of(line), frame).shape) == "d + 1 x d"
    line = Line(1, "0_n + 1_n")
    assert str(certain(line, tokens_of(line), frame).shape) == "d + 1 x 1"


def test_sizes_that_cannot_be_expressed_by_others_are_bounded_from_both_sides():
    assert related(frame_of("sizes n d", "given n + d = 7")) == ["d + n >= 7", "7 >= d + n"]
    assert related(frame_of("sizes n d", "given 2 n = 3 d")) == ["2 n >= 3 d", "3 d >= 2 n"]
    assert related(frame_of("sizes n", "given n = 0")) == ["0 >= n"]


def test_a_size_that_gets_too_large_is_refused():
    with pytest.raises(AssertionError, match="line 2, column 7: need sizes up to 64, got n = 100"):
        frame_of("sizes n", "given n = 100")


sizes = st.tuples(st.integers(0, 9), st.tuples(*[st.integers(0, 3)] * 3))


def size_from(constant, counts):
    return Size(constant, tuple((name, count) for name, count in zip("dkn", counts, strict=True) if count))


@given(size=sizes, put=sizes, values=st.tuples(*[st.integers(1, 9)] * 3))
def test_putting_a_size_in_is_evaluating_it_first(size, put, values):
    size, put = size_from(*size), size_from(*put)
    known = dict(zip("dkn", values, strict=True))
    assert size_at(size, {"n": put}).at(known) == size.at(known | {"n": put.at(known)})


def test_as_size_reads_sums_and_whole_multiples_only():
    frame = frame_of("sizes n d", "a : scalar")
    said = {}
    for written in ("n", "2 n + d - 1", "n d", "n / 2", "a + n", "1/2", "3 (n - d)"):
        line = Line(1, written)
        size = as_size(certain(line, tokens_of(line), frame))
        said[written] = None if size is None else size.at({"n": 5, "d": 3})
    assert said == {"n": 5, "2 n + d - 1": 12, "n d": None, "n / 2": None, "a + n": None, "1/2": None, "3 (n - d)": 6}
