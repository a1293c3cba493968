"""Homework 0, vector calculus (a) to (e): derived for every size, proved equal to the answers, and put to numbers."""

import torch
from jaxtyping import Float
from torch import Tensor

from thalweg.calculus import numeric, show
from thalweg.calculus.derive import Derivation
from thalweg.calculus.indices import same
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import Expr
from thalweg.calculus.told import Question, answered
from thalweg.claims.check import check
from thalweg.claims.nouns import Claim, Verdict
from thalweg.comparison import Comparison, Quantity
from thalweg.draw.derivatives import difference_errors
from thalweg.experiments.calculus_settings import Review
from thalweg.experiments.result import Finding, Picture
from thalweg.progress import Report

QUESTIONS = {"(a)": ("x' c", "c'"), "(b)": ("||x||^2", "2 x'"), "(c)": ("A x", "A"), "(d)": ("x' A x", "x' (A + A')")}
CONDITION = "(forall x: deriv(x' A x, x) = 2 x' A) iff A = A'"
H = 1e-3


def review(settings: Review, report: Report) -> Finding:
    """The four derivatives and the condition; then the last derivative by differences, with one number for each step."""
    derived = {part: answered(Question(text, "x")) for part, (text, _) in QUESTIONS.items()}
    report(0.4)
    symmetric = _condition()
    report(0.6)
    answers = {part: answer for part, (_, answer) in QUESTIONS.items()}
    found = {part: _as_answer(derivation, answers[part]) for part, derivation in derived.items()}
    rows = [_words(f"{part} derivative of {QUESTIONS[part][0]}", answers[part], found[part]) for part in answers]
    rows.append(Quantity("(e) equal to 2 x'A", "", "if and only if A = A'", symmetric, 0, "proved by canonical forms"))
    draw = torch.Generator().manual_seed(settings.seed)
    A = torch.randn(settings.n, settings.n, generator=draw, dtype=torch.float64)
    x = torch.randn(settings.n, generator=draw, dtype=torch.float64)
    exact, gap = _gap_to_autograd(derived["(d)"], A, x)
    h, errors, predicted = _differences(A, x, exact)
    at = int((h - H).abs().argmin())
    rows += _numbers(gap, float(h[at]), float(predicted[at]), float(errors["one-sided"][at]))
    picture = Picture(
        "The derivative of x'A x by differences",
        "A one-sided difference is off by h A_kk until rounding takes over at small steps; a central one is off by "
        "rounding alone, since x'A x is quadratic. The derived formula needs no step.",
        lambda: difference_errors(h, errors, predicted, gap),
    )
    why = (
        "Each is found entry by entry and on the whole expression, for every size; both agree, and autograd with them."
    )
    steps = {part: [f"{step.title}: {step.text}" for step in derivation.steps] for part, derivation in derived.items()}
    return Finding(Comparison(tuple(rows)), answers, {**found, "(e)": symmetric, "steps": steps}, why, (picture,), {})


def _words(name: str, predicted: str, measured: str) -> Quantity:
    return Quantity(name, "", predicted, measured, 0, "two ways to derive it, and autograd")


def _as_answer(derivation: Derivation, answer: str) -> str:
    """What was derived; in the answer's words if it is the same."""
    assert derivation.result is not None
    scope = Scope(_names(derivation.f), {"n", "m"}, is_open=True)
    meant = understand(answer, scope).expr
    return answer if same(derivation.result, meant) else show.text(derivation.result)


def _names(f: Expr) -> dict[str, Expr]:
    return {node.value.name: node for node in f.walk() if node.op == "symbol"}


def _condition() -> str:
    """When the derivative of x'A x is 2 x'A, as the checker of claims says."""
    scope = Scope(is_open=True)
    understand("x' A x", scope)
    answer = check(Claim(understand(CONDITION, scope).expr, symbols=dict(scope.names)))
    return "if and only if A = A'" if answer.verdict is Verdict.PROVED else f"{answer.verdict.word}: {answer.how}"


def _gap_to_autograd(derivation: Derivation, A: Float[Tensor, "n n"], x: Float[Tensor, " n"]) -> tuple[Tensor, float]:
    """The derivative by the derived formula, and its largest difference from autograd's."""
    assert derivation.result is not None
    exact = numeric.evaluate(derivation.result, {"A": A, "x": x.unsqueeze(1)}, {"n": len(x)}).flatten()
    gradient = torch.func.grad(lambda v: v @ A @ v)(x)
    return exact, float((exact - gradient).abs().max())


def _differences(
    A: Float[Tensor, "n n"], x: Float[Tensor, " n"], exact: Float[Tensor, " n"]
) -> tuple[Float[Tensor, " k"], dict[str, Float[Tensor, " k"]], Float[Tensor, " k"]]:
    """Errors of one-sided and central differences over the step, and what theory says of the first."""
    h = torch.logspace(-10, 0, 61, dtype=torch.float64)
    shifts = h[:, None, None] * torch.eye(len(x), dtype=x.dtype)

    def f(points: Tensor) -> Tensor:
        return ((points @ A) * points).sum(-1)

    ahead, behind, here = f(x + shifts), f(x - shifts), f(x)
    one_sided = ((ahead - here) / h[:, None] - exact).abs().amax(1)
    central = ((ahead - behind) / (2 * h[:, None]) - exact).abs().amax(1)
    return h, {"one-sided": one_sided, "central": central}, h * A.diagonal().abs().max()


def _numbers(gap: float, h: float, predicted: float, measured: float) -> list[Quantity]:
    return [
        Quantity("(d) largest difference from autograd", "", 0.0, gap, 1e-10, "rounding"),
        Quantity(
            f"(d) error of a one-sided difference, h = {h:g}", "", predicted, measured, 1e-3 * predicted, "rounding"
        ),
    ]
