"""True and false claims for the tests of the hunt for counterexamples, and a short way to write a claim."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import Shape, symbol
from thalweg.calculus.sizes import ONE, Size, size_of
from thalweg.claims.nouns import Claim, Counterexample

PLAIN = "A n n; B n n; C n n; x n; y n; c n; X m n; w n; b m"


def claimed(text: str, names: str = PLAIN, *givens: str, size_givens: tuple[tuple[str, str], ...] = ()) -> Claim:
    """A claim from texts: `names` are like `A n n symmetric; lam positive`, traits after the sizes."""
    shapes, sizes = {}, set()
    for part in names.split(";"):
        name, *rest = part.split()
        dims = [word for word in rest if word.isdigit() or len(word) == 1]
        sizes |= {dim for dim in dims if not dim.isdigit()}
        shape = [size_of(int(dim) if dim.isdigit() else dim) for dim in dims] + [ONE] * (2 - len(dims))
        traits = " ".join(word for word in rest if word not in dims).split(", ")
        shapes[name] = symbol(name, Shape(*shape), frozenset(trait for trait in traits if trait))
    scope = Scope(dict(shapes), sizes)
    statement, *assumed = (understand(part, scope).expr for part in (text, *givens))
    limits = tuple((size_of(a), size_of(b)) for a, b in size_givens)
    return Claim(statement, tuple(assumed), shapes, tuple(sorted(sizes)), limits, text=text)


def limit(size: str | int) -> Size:
    """A size."""
    return size_of(size)


@dataclass(frozen=True)
class False_:
    """A false claim.

    Attributes:
        claim: The claim.
        breaks: Whether values break it, worked out with numpy alone.
        most: The largest sum of sizes of a smallest counterexample's values, known by hand.
    """

    claim: Claim
    breaks: Callable[..., bool]
    most: float


def arrays(shown: Counterexample) -> dict[str, np.ndarray]:
    """The values of a counterexample in floats."""
    return {name: np.array([[float(x) for x in row] for row in value.rows]) for name, value in shown.values.items()}


def weight(shown: Counterexample) -> float:
    """How much a counterexample has in it: numerators, and denominators above 1, of all entries."""
    entries = [x for value in shown.values.values() for row in value.rows for x in row]
    return sum(float(abs(x.numerator) + x.denominator - 1) if not isinstance(x, str) else 3.0 for x in entries)


norm = np.linalg.norm
inv = np.linalg.inv


def differ(left: np.ndarray | float, right: np.ndarray | float) -> bool:
    """Whether two values are not the same."""
    return bool(np.abs(np.asarray(left) - np.asarray(right)).max() > 1e-9)


def relu(x: np.ndarray) -> np.ndarray:
    """The positive part."""
    return np.maximum(x, 0)


FALSE: dict[str, False_] = {
    "another name": False_(claimed("x' A x = x' A' y"), lambda x, A, y: differ(x.T @ A @ x, x.T @ A.T @ y), 2),
    "matrices commute": False_(claimed("A B = B A"), lambda A, B: differ(A @ B, B @ A), 2),
    "transpose of a product": False_(claimed("(A B)' = A' B'"), lambda A, B: differ((A @ B).T, A.T @ B.T), 2),
    "inverse of a product": False_(
        claimed("inv(A B) = inv(A) inv(B)"), lambda A, B: differ(inv(A @ B), inv(A) @ inv(B)), 5
    ),
    "inverse of a sum": False_(
        claimed("inv(A + B) = inv(A) + inv(B)"), lambda A, B: differ(inv(A + B), inv(A) + inv(B)), 2
    ),
    "determinant of a sum": False_(
        claimed("det(A + B) = det(A) + det(B)"),
        lambda A, B: differ(np.linalg.det(A + B), np.linalg.det(A) + np.linalg.det(B)),
        2,
    ),
    "trace of a swapped product": False_(
        claimed("tr(A B C) = tr(A C B)"), lambda A, B, C: differ(np.trace(A @ B @ C), np.trace(A @ C @ B)), 3
    ),
    "a sign": False_(
        claimed("||X w - b||^2 = w' X' X w + 2 b' X w + b' b"),
        lambda X, w, b: differ(norm(X @ w - b) ** 2, w.T @ X.T @ X @ w + 2 * b.T @ X @ w + b.T @ b),
        3,
    ),
    "a factor": False_(
        claimed("||x + y||^2 = ||x||^2 + x' y + ||y||^2"),
        lambda x, y: differ(norm(x + y) ** 2, norm(x) ** 2 + x.T @ y + norm(y) ** 2),
        2,
    ),
    "a transpose": False_(claimed("x' A y = y' A x"), lambda x, A, y: differ(x.T @ A @ y, y.T @ A @ x), 3),
    "strict triangle": False_(claimed("||x + y|| < ||x|| + ||y||"), lambda x, y: norm(x + y) >= norm(x) + norm(y), 0),
    "strict where zero is allowed": False_(
        claimed("x' A x > 0", "A n n pd; x n"), lambda x, A: (x.T @ A @ x).item() <= 0, 1
    ),
    "strict at the bound": False_(
        claimed("|1 - eta alpha^2| < 1", "eta; alpha", "eta > 0", "eta <= 2/alpha^2"),
        lambda eta, alpha: 0 < eta <= 2 / alpha**2 and abs(1 - eta * alpha**2) >= 1,
        3,
    ),
    "the bound itself": False_(
        claimed("lam < 2 w/x", "lam; w positive; x positive", "lam <= 2 w/x"),
        lambda lam, w, x: lam <= 2 * w / x and lam >= 2 * w / x,
        4,
    ),
    "a dropped given": False_(
        claimed("||(I - eta X' X) w|| <= ||w||", "X m n; w n; eta; alpha", "alpha = smax(X)", "eta > 0"),
        lambda X, w, eta, alpha: (
            differ(alpha, norm(X, 2)) is False and norm(w - eta * X.T @ X @ w) > norm(w) and eta[0, 0] > 0
        ),
        8,
    ),
    "a dropped trait": False_(claimed("x' A x >= 0"), lambda x, A: (x.T @ A @ x).item() < 0, 2),
    "definite but small": False_(
        claimed("x' A x >= x' x", "A n n pd; x n"),
        lambda x, A: np.linalg.eigvalsh(A).min() > 0 and (x.T @ A @ x).item() < (x.T @ x).item(),
        3,
    ),
    "reflections are orthogonal": False_(
        claimed("det(Q) = 1", "Q n n orthogonal"),
        lambda Q: not differ(Q.T @ Q, np.eye(len(Q))) and np.linalg.det(Q) < 0,
        1,
    ),
    "oblique projections": False_(
        claimed("x' P x <= x' x", "P n n; x n", "P P = P"),
        lambda P, x: not differ(P @ P, P) and (x.T @ P @ x).item() > (x.T @ x).item(),
        7,
    ),
    "precision for covariance": False_(
        claimed("||G x||^2 = x' S x", "G n n; S n n pd; x n", "G' G = inv(S)"),
        lambda G, S, x: not differ(G.T @ G @ S, np.eye(len(S))) and differ(norm(G @ x) ** 2, x.T @ S @ x),
        9,
    ),
    "relu of a sum": False_(
        claimed("relu(x + y) = relu(x) + relu(y)"), lambda x, y: differ(relu(x + y), relu(x) + relu(y)), 2
    ),
    "a kink": False_(claimed("step(t) + step(-t) = 1", "t"), lambda t: t == 0, 0),
    "an exponential at one point": False_(claimed("exp(lam) > 1 + lam", "lam"), lambda lam: np.exp(lam) <= 1 + lam, 0),
    "tanh without its factor": False_(
        claimed("tanh(lam) = 2 sigmoid(lam) - 1", "lam"),
        lambda lam: differ(np.tanh(lam), 2 / (1 + np.exp(-lam)) - 1),
        1,
    ),
    "an interval": False_(claimed("forall s in [0, 1]: s (1 - s) < 1/4", "x 1"), lambda s: s * (1 - s) >= 1 / 4, 2),
    "an inner forall": False_(
        claimed("(forall s in [0, 1]: lam s < 1) iff lam < 2", "lam"), lambda lam: 1 <= lam < 2, 1
    ),
    "a root that no table has": False_(
        claimed("49 eta^2 - 42 eta + 9 > 0", "eta"), lambda eta: abs(49 * eta**2 - 42 * eta + 9) < 1e-9, 9
    ),
    "a far bound": False_(claimed("lam <= 1000000", "lam"), lambda lam: lam > 1000000, 1000001),
    "a factor of zero": False_(
        claimed("a b = a c implies b = c", "a; b; c"), lambda a, b, c: a * b == a * c and b != c, 1
    ),
    "nilpotent": False_(
        claimed("A A = 0 implies A = 0", "A n n"), lambda A: not differ(A @ A, 0 * A) and differ(A, 0), 1
    ),
    "ranks turned around": False_(
        claimed("rank(A B) = rank(B A)"),
        lambda A, B: np.linalg.matrix_rank(A @ B) != np.linalg.matrix_rank(B @ A),
        6,
    ),
    "the wrong norm": False_(claimed("||A||_F <= ||A||_2"), lambda A: norm(A) > norm(A, 2) + 1e-9, 2),
    "two unit vectors": False_(
        claimed("sum(x) <= 1", PLAIN, "||x|| = 1"), lambda x: abs(norm(x) - 1) < 1e-12 and x.sum() > 1, 20
    ),
    "a size": False_(claimed("n <= 10", "x n"), lambda n: n > 10, 11),
    "a pseudo-inverse is no inverse": False_(
        claimed("pinv(X) X = I"), lambda X: differ(np.linalg.pinv(X) @ X, np.eye(X.shape[1])), 0
    ),
}

TRUE: dict[str, Claim] = {
    claim.text: claim
    for claim in [
        claimed("x' A x = x' A' x"),
        claimed("(A B)' = B' A'"),
        claimed("inv(A B) = inv(B) inv(A)"),
        claimed("||X w - b||^2 = w' X' X w - 2 b' X w + b' b"),
        claimed("tr(A B) = tr(B A)"),
        claimed("det(A B) = det(A) det(B)"),
        claimed("inv(X' X + lam I) X' = X' inv(X X' + lam I)", "X m n; lam positive"),
        claimed("||x + y|| <= ||x|| + ||y||"),
        claimed("|x' y| <= ||x|| ||y||"),
        claimed("||A x|| <= smax(A) ||x||"),
        claimed("||A||_2 <= ||A||_F"),
        claimed("x' A x > 0", "A n n pd; x n", "x != 0"),
        claimed("x' A x >= emin(A) x' x", "A n n symmetric; x n"),
        claimed("||Q x|| = ||x||", "Q n n orthogonal; x n"),
        claimed("|1 - eta alpha^2| <= 1", "eta; alpha", "eta > 0", "eta <= 2/alpha^2"),
        claimed("w/x < lam iff w < lam x", "lam; w; x positive"),
        claimed("x' P x = ||P x||^2", "P n n symmetric; x n", "P P = P"),
        claimed("X w = b", "X m n; w n; b m", "w = X' inv(X X') b"),
        claimed("||w||^2 <= ||c||^2", "X m n; w n; b m; c n", "w = X' inv(X X') b", "X c = b"),
        claimed("||G x||^2 = x' inv(S) x", "G n n; S n n pd; x n", "G' G = inv(S)"),
        claimed("exp(lam) >= 1 + lam", "lam"),
        claimed("logsumexp(x) >= sum(x)/n"),
        claimed("softplus(lam) - softplus(-lam) = lam", "lam"),
        claimed("(forall x: x' (A + A') = 2 x' A) iff A = A'"),
        claimed("forall s in [0, 1]: ||s x + (1 - s) y||^2 <= s ||x||^2 + (1 - s) ||y||^2"),
        claimed(
            "||(I - eta X' X) w|| <= ||w||", "X m n; w n; eta; alpha", "alpha = smax(X)", "eta > 0", "eta alpha^2 <= 2"
        ),
        claimed("A B = B A implies (A - B) (A + B) = A A - B B"),
        claimed("relu(x) - relu(-x) = x"),
        claimed("rank(A B) <= rank(A)"),
        claimed("pinv(X) X = I", "X m n full column rank"),
        claimed("x = 0 or x != 0"),
        claimed("n >= 1", "x n"),
    ]
}
