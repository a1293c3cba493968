import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.calculus.sizes import ONE, Size, Solver, size_of

COUNTS = st.tuples(st.integers(0, 5), st.dictionaries(st.sampled_from("ndk"), st.integers(0, 3)))
VALUES = {"n": 7, "d": 11, "k": 13}


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (size_of("n"), "n"),
        (size_of(3), "3"),
        (Size(), "0"),
        (size_of("n") + size_of("n"), "2 n"),
        (size_of("n") + size_of(1), "n + 1"),
        (size_of("n") - size_of("n"), "0"),
        (size_of("n") + size_of("d"), "d + n"),
    ],
)
def test_as_a_person_writes_it(size, shown):
    assert str(size) == shown


def sized(counts):
    """A size from its constant and the counts of its names."""
    constant, names = counts
    return Size(constant, tuple(sorted((name, count) for name, count in names.items() if count)))


@given(COUNTS, COUNTS)
def test_sums_are_those_of_the_numbers(a, b):
    a, b = sized(a), sized(b)
    assert (a + b).at(VALUES) == a.at(VALUES) + b.at(VALUES)
    assert (a - b).at(VALUES) == a.at(VALUES) - b.at(VALUES)
    assert a + b == b + a
    assert (a + b) - b == a
    assert {*(a + b).names} == {*a.names, *b.names}


def test_what_was_solved_is_put_in():
    solver = Solver()
    rows, columns, rest = (solver.unknown() for _ in range(3))
    assert solver.equate(rows, columns + ONE)
    assert solver.equate(columns, rest + rest)
    assert solver.equate(rest, size_of("n"))
    assert solver.solved(rows) == Size(1, (("n", 2),))
    assert solver.equate(rows, size_of("n") + size_of("n") + ONE)
    assert not solver.equate(rows, size_of("n"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (size_of("n"), size_of("d")),
        (size_of(2), size_of(3)),
        (size_of("n") + ONE, size_of("n")),
        (size_of("?1"), size_of("?1") + ONE),
        (size_of("?1") + size_of("n"), size_of("n")),
        (size_of("?1") + size_of("n"), size_of("d")),
        (size_of("?1"), ONE),
        (size_of("?1") + size_of("?1"), size_of("n")),
    ],
    ids=str,
)
def test_what_cannot_be_one_size(a, b):
    solver = Solver()
    solver.count = 9
    assert not solver.equate(a, b)
    assert not solver.equate(b, a)
    assert solver.found == {}


@given(COUNTS, COUNTS)
def test_an_unknown_beside_a_size_is_found(a, b):
    a, b = sized(a), sized(b)
    solver = Solver()
    unknown = solver.unknown()
    could = solver.equate(unknown + a, a + b)
    assert could == (b != Size() and (a, b) != (Size(), ONE))
    assert not could or solver.solved(unknown) == b


def test_an_unknown_on_its_own_is_1_only_where_some_size_is():
    assert not Solver().equate(size_of("?1"), ONE)
    solver = Solver(may_be_one=True)
    assert solver.equate(size_of("?1"), ONE)
    assert solver.solved(size_of("?1")) == ONE
