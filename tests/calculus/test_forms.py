"""Terms and their numbering: a term is the same under any names of its indices, and no other term is called so."""

import itertools
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.forms import (
    COLUMN,
    DELTA,
    MOST_POWER,
    ROW,
    Atom,
    Term,
    chain_of,
    form,
    multiplied,
    renamed,
    total,
    travelling,
    whole_power,
    within,
)
from thalweg.calculus.indices import index_form
from thalweg.calculus.nodes import CalculusError
from thalweg.calculus.numbering import canonical
from thalweg.calculus.sizes import size_of
from trees import read

A, B, X, Y = (Atom("symbol", name) for name in ("A", "B", "x", "y"))
S = Atom("symbol", "S", is_symmetric=True)
N, D = size_of("n"), size_of("d")
ONE = Term(Fraction(1))

FACTORS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["A", "B", "S"]), st.tuples(st.integers(-2, 4), st.integers(-2, 4))),
        st.tuples(st.sampled_from(["x", "y"]), st.tuples(st.integers(-2, 4))),
    ),
    min_size=1,
    max_size=6,
)
BY_NAME = {"A": A, "B": B, "S": S, "x": X, "y": Y}


def term_of(factors) -> Term:
    """A term with these factors; every index from 0 is summed over."""
    real = tuple((BY_NAME[name], tuple(i - 5 if i < 0 else i for i in places)) for name, places in factors)
    bound = sorted({i for _, places in real for i in places if i >= 0})
    return Term(Fraction(1), (), real, tuple((i, N) for i in bound))


def with_other_names(term: Term, draw: Random) -> Term:
    """The same term: indices renamed, factors shuffled, indices of symmetric factors swapped."""
    old = [index for index, _ in term.sizes]
    new = dict(zip(old, draw.sample(range(30), len(old)), strict=True))
    factors = [(atom, tuple(new.get(i, i) for i in places)) for atom, places in term.factors]
    factors = [
        (atom, places[::-1] if atom.is_symmetric and draw.random() < 0.5 else places) for atom, places in factors
    ]
    draw.shuffle(factors)
    sizes = [(new[index], size) for index, size in term.sizes]
    draw.shuffle(sizes)
    return Term(term.count, term.scalars, tuple(factors), tuple(sizes))


def are_the_same(one: Term, other: Term) -> bool:
    """Whether some renaming of indices makes two terms one, by trying all."""
    indices, others = ([index for index, _ in term.sizes] for term in (one, other))

    def told(term, new):
        placed = [(atom.key, [new.get(i, i) for i in places]) for atom, places in term.factors]
        return sorted((key, tuple(sorted(p) if key == S.key else p)) for key, p in placed)

    if len(indices) != len(others):
        return False
    target = told(other, {index: place for place, index in enumerate(others)})
    return any(
        told(one, dict(zip(indices, order, strict=True))) == target
        for order in itertools.permutations(range(len(indices)))
    )


@given(FACTORS, st.integers(0, 10**6))
def test_names_of_indices_do_not_matter(factors, seed):
    term = term_of(factors)
    assert canonical(term).key == canonical(with_other_names(term, Random(seed))).key
    assert canonical(canonical(term)) == canonical(term)


@given(FACTORS, FACTORS, st.integers(0, 10**6))
def test_terms_are_called_the_same_if_and_only_if_some_renaming_makes_them_so(factors, others, seed):
    draw = Random(seed)
    changed = list(factors)
    name, places = changed[place := draw.randrange(len(changed))]
    changed[place] = (name, places[::-1] if draw.random() < 0.5 else tuple(draw.randrange(-2, 5) for _ in places))
    for other in (changed, others):
        one, two = term_of(factors), term_of(other)
        assert (canonical(one).key == canonical(two).key) == are_the_same(one, two)


def test_sizes_tell_terms_apart():
    few, many = (Term(Fraction(1), (), ((X, (0,)),), ((0, size),)) for size in (N, D))
    assert canonical(few).key != canonical(many).key
    both = Term(Fraction(1), (), ((X, (0,)), (X, (1,))), ((0, N), (1, D)))
    turned = Term(Fraction(1), (), ((X, (0,)), (X, (1,))), ((0, D), (1, N)))
    assert canonical(both).key == canonical(turned).key


@pytest.mark.parametrize("count", [3, 8, 14])
def test_many_equal_parts_take_no_time(count):
    alike = tuple((atom, (i,)) for i in range(count) for atom in (X, Y))
    star = tuple(pair for i in range(1, count) for pair in ((A, (0, i)), (X, (i,))))
    ring = tuple((S, (i, (i + 1) % count)) for i in range(count))
    for factors in (alike, star, ring):
        term = Term(Fraction(1), (), factors, tuple((i, N) for i in range(count)))
        assert canonical(term).key == canonical(with_other_names(term, Random(1))).key


def test_regular_patterns_without_symmetry_are_told_apart():
    """A graph in which every index has three neighbours, yet not all are alike; the cube is another, in which all are."""
    diamonds = "01 02 12 13 23 45 46 56 57 67 04 37"
    cube = "01 12 23 30 45 56 67 74 04 15 26 37"
    terms = [Term(Fraction(1), (), tuple((S, (int(i), int(j))) for i, j in edges.split()), tuple((i, N) for i in range(8)))
             for edges in (diamonds, cube)]  # fmt: skip
    keys = [{canonical(with_other_names(term, Random(seed))).key for seed in range(8)} for term in terms]
    assert [len(each) for each in keys] == [1, 1]
    assert keys[0] != keys[1]


# Sums


def test_like_terms_are_collected():
    assert form([ONE, ONE]).terms == (Term(Fraction(2)),)
    assert form([ONE, Term(Fraction(-1))]).is_zero
    assert total([form([ONE]), form([ONE])], [3, Fraction(-1, 2)]).single.count == Fraction(5, 2)
    assert form([ONE]).single == ONE
    assert form([ONE, term_of([("x", (0,))])]).single is None


def test_indices_of_two_sums_are_kept_apart():
    square = form(multiplied([term_of([("x", (0,))])], [term_of([("x", (0,))])]))
    assert square == index_form(read("sum(x)^2"))
    assert square != index_form(read("x' x"))


def test_an_index_of_one_sum_may_travel_through_another():
    inside = [Term(Fraction(1), (), ((A, (travelling(0), 0)), (X, (0,))), ((0, N),))]
    outside = [Term(Fraction(1), (), ((X, (0,)),), ((0, N),))]
    assert form(within(outside, inside)) == index_form(read("x' A x"))
    assert travelling(-1) == -1


def test_free_indices_are_renamed():
    term = Term(Fraction(1), (), ((A, (ROW, COLUMN)),))
    assert renamed(term, {ROW: COLUMN, COLUMN: ROW}).factors == ((A, (COLUMN, ROW)),)


@pytest.mark.parametrize(
    ("factors", "sizes", "expected"),
    [
        (((DELTA, (0, 1)), (X, (0,)), (Y, (1,))), 2, "x' y"),
        (((DELTA, (0, 0)),), 1, "n"),
        (((DELTA, (0, 1)), (DELTA, (1, 2)), (X, (2,))), 3, "sum(x)"),
        (((DELTA, (ROW, 0)), (X, (0,))), 1, "x"),
        (((DELTA, (ROW, COLUMN)), (DELTA, (ROW, COLUMN))), 0, "eye(n)"),
        (((DELTA, (ROW, COLUMN)), (X, (COLUMN,))), 0, "diag(x)"),
        (((DELTA, (ROW, COLUMN)), (A, (COLUMN, ROW))), 0, "diag(diag(A))"),
        (((DELTA, (ROW, 0)), (DELTA, (0, COLUMN))), 1, "eye(n)"),
    ],
)
def test_deltas(factors, sizes, expected):
    term = Term(Fraction(1), (), factors, tuple((i, N) for i in range(sizes)))
    assert form([term]) == index_form(read(expected))


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("A B A'", [("A", False), ("B", False), ("A", True)]),
        ("A", [("A", False)]),
        ("A'", [("A", True)]),
        ("A .* B .* C", None),
        ("A diag(diag(C)) B", None),
        ("A diag(x) B", None),
        ("tr(A) B", None),
        ("tr(A B) C", None),
        ("x y'", None),
        ("a A", [("A", False)]),
        ("diag(diag(A))", None),
    ],
)
def test_chains_of_matrices(text, chain):
    found = chain_of(index_form(read(text)).single)
    assert (found and [(atom.name, is_turned) for atom, is_turned in found]) == chain


def test_powers_of_sums_are_bounded():
    base = index_form(read("a + b"))
    assert form(whole_power(base, 3)) == index_form(read("(a + b)^3"))
    assert form(whole_power(base, 0)) == form([ONE])
    with pytest.raises(CalculusError, match=f"need powers up to {MOST_POWER}"):
        whole_power(base, MOST_POWER + 1)


def test_atoms_are_known_by_their_text():
    assert Atom("symbol", "x") == X
    assert hash(Atom("symbol", "x")) == hash(X)
    assert X != Y
    assert X != "symbol:x"


def test_functions_of_functions_are_bounded():
    def deep(times):
        whole = form([ONE])
        for _ in range(times):
            atom = Atom("map", "exp", (whole,))
            whole = form([Term(Fraction(1), ((atom, Fraction(power)),)) for power in (1, 2)])
        return whole

    assert len(deep(3).key) < 1000
    with pytest.raises(CalculusError, match="too many functions of functions"):
        deep(40)
