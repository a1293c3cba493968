import pytest

from thalweg.calculus.nodes import (
    MOST_NODES,
    SCALAR,
    CalculusError,
    Expr,
    Shape,
    ShapeProblem,
    SyntaxProblem,
    constant,
    holds,
    number,
    substituted,
    symbol,
    symbols,
)
from thalweg.calculus.sizes import ONE, size_of
from trees import read

N, D = size_of("n"), size_of("d")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CalculusError("no"), "no"),
        (SyntaxProblem("no", 3), "column 3: no"),
        (ShapeProblem("no", 3, 7), "line 7, column 3: no"),
        (CalculusError("no", line=7), "line 7: no"),
    ],
)
def test_an_error_says_where(error, said):
    assert str(error) == said
    assert isinstance(error, ValueError)
    assert error.message == "no"


def test_shapes():
    assert (str(SCALAR), str(Shape(N, D)), str(Shape(N, ONE))) == ("scalar", "n x d", "n x 1")
    assert Shape(N, D).turned == Shape(D, N)
    assert Shape(N, ONE).is_column
    assert not Shape(ONE, N).is_column
    assert SCALAR.is_column
    assert not Shape(N, ONE).is_scalar


def test_trees_are_equal_if_built_alike():
    assert read("x' A x + 2") == read("x' A x + 2")
    assert hash(read("x' A x + 2")) == hash(read("x' A x + 2"))
    assert read("x + y") != read("y + x")
    assert symbol("x", Shape(N, ONE)) != symbol("x", Shape(D, ONE))
    assert symbol("A", Shape(N, N)) != symbol("A", Shape(N, N), frozenset({"symmetric"}))
    assert constant("zeros", N, ONE) != constant("zeros", D, ONE)
    assert number(1) != "1"


def test_walks_end_with_the_node_itself():
    tree = read("x' A x")
    assert [node.op for node in tree.walk()] == ["symbol", "transpose", "symbol", "symbol", "product"]
    assert {*symbols(tree)} == {"x", "A"}
    assert holds(tree, read("x'"))
    assert not holds(tree, read("A x"))


def test_substitution_goes_everywhere():
    x, y = read("x"), read("y")
    assert substituted(read("x' A x"), {x: y}) == read("y' A y")
    assert substituted(x, {x: y}) == y
    assert substituted(read("y + y"), {x: y}) == read("y + y")


def test_trees_that_double_at_every_level_are_refused():
    def doubled(times):
        tree = read("x")
        for _ in range(times):
            tree = Expr("add", (tree, tree), tree.shape)
        return tree

    assert doubled(10).weight == sum(1 for _ in doubled(10).walk()) == 2**11 - 1
    with pytest.raises(CalculusError, match=f"at most {MOST_NODES} pieces"):
        doubled(60)


def test_numbers_too_long_to_write_are_refused():
    assert number(10**3000).value == 10**3000
    with pytest.raises(CalculusError, match="need shorter numbers"):
        number(10**4000)
