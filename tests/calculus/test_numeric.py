import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from expressions import FORMULAS, SHAPES, SIZES, as_tensor, by_formula, floats, fractions, random_values, read
from thalweg.calculus import numeric, operations
from thalweg.calculus.exact import INTERVALS, RATIONALS, Inexact, Undefined
from thalweg.calculus.exact import evaluate as exactly
from thalweg.calculus.functions import MAPS
from thalweg.calculus.nodes import CalculusError, symbols
from thalweg.calculus.numeric import evaluate

SMOOTH = [text for text in FORMULAS if not text.startswith(("rank", "sign", "step", "7/3", "A^0", "pinv(zeros"))]


def exact_value(text, values, sizes):
    """What `exact` gives: in fractions if that can be, else in intervals."""
    for field in (RATIONALS, INTERVALS):
        try:
            return as_tensor(exactly(read(text), values, sizes, field))
        except Inexact:
            continue
        except Undefined:
            return None
    return "unknown"


def stacked(*all_values):
    """Several cases as one batch."""
    return {name: torch.stack([floats(values)[name] for values in all_values]) for name in SHAPES}


@pytest.mark.parametrize("sizes", [{"n": 3, "d": 2}, {"n": 2, "d": 4}, {"n": 1, "d": 1}, {"n": 4, "d": 3}], ids=str)
@pytest.mark.parametrize("text", FORMULAS)
def test_every_case_of_a_batch_is_the_exact_value(text, sizes):
    if (sizes["n"] < 3 and "[2,3]" in text) or ("zeros(n, d)" in text and sizes["n"] == 1):
        return
    cases = [random_values(seed, sizes) for seed in range(4)] + [fractions(random_values(9, sizes))]
    got = evaluate(read(text), stacked(*cases), sizes)
    assert got.shape[0] == len(cases)
    for value, case in zip(got, cases, strict=True):
        expected = exact_value(text, case, sizes)
        assert not isinstance(expected, str)
        if expected is None:
            assert not value.isfinite().all()
        else:
            torch.testing.assert_close(value, expected)


def test_every_operation_is_known_to_both():
    assert {*numeric._OPERATIONS, "where"} == {*operations.OPERATIONS, "where", "power"}
    assert [op for op in numeric._OPERATIONS if op != "power"] == [*operations.OPERATIONS], "in the same order"
    assert {*numeric._MAPS} == {*MAPS}


@pytest.mark.parametrize("text", FORMULAS)
def test_direct_formulas(text):
    values = floats(random_values(5))
    torch.testing.assert_close(evaluate(read(text), values, SIZES), by_formula(text, values))


def test_batches_broadcast():
    values = floats(random_values(6))
    values["x"] = torch.randn(5, 1, 3, 1)
    values["lam"] = torch.rand(4, 1, 1)
    for text in ("lam x", "[A, x; y', lam]", "7/3", "eye(n)", "where(lam > 1/2, x, y)", "max(x, ones(n))"):
        got = evaluate(read(text), values, SIZES)
        assert got.shape[:-2] == (5, 4)
        one = {**values, "x": values["x"][3, 0], "lam": values["lam"][2]}
        torch.testing.assert_close(got[3, 2], evaluate(read(text), one, SIZES))


@pytest.mark.parametrize("text", SMOOTH)
def test_gradients_are_finite_differences(text):
    values = {name: value + 0.2 * torch.rand_like(value) for name, value in floats(random_values(8)).items()}
    if text == "A^mu":
        values["mu"] = torch.tensor([[3.0]])
    expr = read(text)
    weights = torch.randn(expr.shape.rows.at(SIZES), expr.shape.columns.at(SIZES))
    names = [name for name in symbols(expr) if text != "A^mu" or name != "mu"]

    def weighted(*parts):
        return (evaluate(expr, values | dict(zip(names, parts, strict=True)), SIZES) * weights).sum()

    parts = [values[name].requires_grad_() for name in names]
    gradients = torch.autograd.grad(weighted(*parts), parts, materialize_grads=True)
    with torch.no_grad():
        for name, gradient in zip(names, gradients, strict=True):
            direction, step = torch.randn_like(values[name]), 1e-6
            ahead, behind = (
                weighted(*[values[n] + (sign * step * direction if n == name else 0) for n in names])
                for sign in (1, -1)
            )
            # a difference of second order with steps of 1e-6 has about nine digits
            torch.testing.assert_close(
                (ahead - behind) / (2 * step), (gradient * direction).sum(), rtol=1e-5, atol=1e-6
            )


@pytest.mark.parametrize("name", ["relu", "abs", "sign", "step"])
def test_at_a_kink_the_derivative_is_0(name):
    x = torch.zeros(3, 1, requires_grad=True)
    value = evaluate(read(f"sum({name}(x))"), {"x": x}, SIZES)
    assert torch.autograd.grad(value.sum(), x)[0].tolist() == [[0.0]] * 3
    assert value.item() == 0


@pytest.mark.parametrize("text", ["||x||", "||x||^2", "||x - 2 x||", "x' x", "relu(x)"])
def test_norms_have_a_gradient_at_0(text):
    x = torch.zeros(3, 1, requires_grad=True)
    gradient = torch.autograd.grad(evaluate(read(text), {"x": x}, SIZES).sum(), x)[0]
    assert gradient.tolist() == [[0.0]] * 3


def test_it_goes_through_vmap():
    values = {name: torch.stack([value, value + 1]) for name, value in floats(random_values(7)).items()}
    for text in FORMULAS:
        expr = read(text)
        together = torch.func.vmap(lambda v, expr=expr: evaluate(expr, v, SIZES))(values)
        torch.testing.assert_close(together, evaluate(expr, values, SIZES), equal_nan=True)


SINGULAR = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]
EYE = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
UNDEFINED = [
    ("1 / lam", {"lam": [[0.0]]}),
    ("1 / (1 / lam)", {"lam": [[0.0]]}),
    ("lam^-2", {"lam": [[0.0]]}),
    ("lam^(-1/2)", {"lam": [[0.0]]}),
    ("lam^mu", {"lam": [[0.0]], "mu": [[-1.0]]}),
    ("sqrt(lam)", {"lam": [[-1.0]]}),
    ("lam^(1/3)", {"lam": [[-8.0]]}),
    ("log(lam)", {"lam": [[0.0]]}),
    ("exp(log(lam))", {"lam": [[0.0]]}),
    ("log(lam)", {"lam": [[-1.0]]}),
    ("relu(log(lam))", {"lam": [[-1.0]]}),
    ("sign(log(lam))", {"lam": [[-1.0]]}),
    ("step(-log(lam))", {"lam": [[-1.0]]}),
    ("max(log(lam), 1)", {"lam": [[-1.0]]}),
    ("where(log(lam) > 0, 1, 2)", {"lam": [[-1.0]]}),
    ("where(not log(lam) > 0 and lam < 0, 1, 2)", {"lam": [[-1.0]]}),
    ("where(lam > 0 or log(lam) > 0, 1, 2)", {"lam": [[-1.0]]}),
    ("inv(A)", {"A": SINGULAR}),
    ("inv(A - A)", {"A": EYE}),
    ("logdet(-A)", {"A": EYE}),
    ("logdet(A - A)", {"A": EYE}),
    ("emax(A)", {"A": SINGULAR}),
    ("emax(log(A))", {"A": SINGULAR}),
    ("x[5]", {"x": [[1.0], [2.0], [3.0]]}),
    ("A[1,4]", {"A": EYE}),
    ("A^lam", {"A": EYE, "lam": [[0.5]]}),
    ("A^lam", {"A": EYE, "lam": [[65.0]]}),
    ("A^lam", {"A": SINGULAR, "lam": [[-1.0]]}),
    ("A^65", {"A": EYE}),
    *((f"{f}(log(-A))", {"A": EYE}) for f in ("smax", "smin", "rank", "pinv", "inv", "det", "logdet", "emin")),
    ("||log(-A)||_2", {"A": EYE}),
]


@pytest.mark.parametrize(("text", "values"), UNDEFINED)
def test_what_is_undefined_is_nan_and_spoils_no_other_case(text, values):
    sound = {
        "lam": torch.full((1, 1), 2.0),
        "mu": torch.ones(1, 1),
        "x": torch.ones(3, 1),
        "A": torch.diag(torch.tensor([1.0, 2, 3])),
    }
    batch = {name: torch.stack([torch.tensor(value), sound[name]]) for name, value in values.items()}
    got = evaluate(read(text), batch, SIZES)
    assert got[0].isnan().all()
    torch.testing.assert_close(
        got[1], evaluate(read(text), {name: sound[name] for name in values}, SIZES), equal_nan=True
    )


@pytest.mark.parametrize("text", ["10^200 10^200 lam", "(1e300 1e99) lam", "-(1e300 1e99) lam", "exp(lam + 1000)"])
def test_what_overflows_is_infinite(text):
    assert evaluate(read(text), {"lam": torch.ones(1, 1)}, SIZES).isinf().all()


@pytest.mark.parametrize(("power", "expected"), [(0, 0), (1, 1), (3, 3), (-2, -2), (64, 64)])
def test_matrix_powers_with_exponents_of_a_batch(power, expected):
    A = torch.tensor([[1.0, 0.25], [0.0, 0.5]])
    lam = torch.tensor([1.0, power, 2.0]).reshape(3, 1, 1)
    got = evaluate(read("C^lam"), {"C": A, "lam": lam}, SIZES)
    torch.testing.assert_close(got[1], torch.linalg.matrix_power(A, expected))
    torch.testing.assert_close(got[2], A @ A)


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3))
def test_softplus_and_logsumexp_do_not_overflow(entries):
    x = torch.tensor(entries)[:, None]
    values = {"x": x}
    softplus, logsumexp = (evaluate(read(text), values, SIZES) for text in ("softplus(x)", "logsumexp(x)"))
    assert ((softplus >= x.clamp(min=0)) & (softplus <= x.clamp(min=0) + 0.7)).all()
    assert max(entries) <= logsumexp.item() <= max(entries) + 1.1
    torch.testing.assert_close(evaluate(read("sum(softmax(x))"), values, SIZES), torch.ones(1, 1))


@given(seed=st.integers(0, 10**6), scale=st.sampled_from([1e-3, 1.0, 1e3]), dropped=st.booleans())
def test_the_pseudo_inverse_is_that_of_penrose(seed, scale, dropped):
    generator = torch.Generator().manual_seed(seed)
    X = scale * torch.randn(4, 3, generator=generator)
    if dropped:
        X[:, 2] = X[:, 0] + X[:, 1]
    values, sizes = {"X": X}, {"n": 4, "d": 3}
    for left, right in (("X pinv(X) X", "X"), ("pinv(X) X pinv(X)", "pinv(X)"), ("(X pinv(X))'", "X pinv(X)")):
        got, expected = (evaluate(read(text), values, sizes) for text in (left, right))
        torch.testing.assert_close(got, expected, rtol=1e-6, atol=1e-9)  # the condition number of X costs digits
    assert evaluate(read("rank(X)"), values, sizes).item() == 3 - dropped


@pytest.mark.parametrize(
    ("text", "values", "sizes", "message"),
    [
        ("x + y", {"x": torch.ones(1, 1)}, {"n": 1}, "need a value of 'y', got \\['x', 'n'\\]"),
        ("x", {"x": torch.ones(1, 1)}, {}, "need a value of 'n', got \\['x'\\]"),
        ("x", {"x": torch.ones(5, 2, 1)}, {"n": 3}, r"need values of shape \(3, 1\) for x, got \(5, 2, 1\)"),
        (
            "lim(lam, lam -> 0+)",
            {"lam": torch.ones(1, 1)},
            {},
            "need an expression without limit, which is worked out before",
        ),
        (
            "deriv(x' x, x)",
            {"x": torch.ones(3, 1)},
            SIZES,
            "need an expression without deriv, which is worked out before",
        ),
        ("where(forall lam: lam = lam, x, x)", {"x": torch.ones(3, 1)}, SIZES, "need a condition without forall"),
    ],
)
def test_evaluate_refuses(text, values, sizes, message):
    with pytest.raises(CalculusError, match=f"evaluate: {message}"):
        evaluate(read(text), values, sizes)
