"""Known derivatives, typed from the literature in the row convention: what `thalweg derive --list` prints and the tests derive.

A scalar by a column is a row; a scalar by a matrix X is D, of the shape of X', with df = tr(D dX); a column by a column has a
row for each output; by a scalar everything keeps its shape. Nothing is worked out here.

Sources: Petersen and Pedersen, The Matrix Cookbook (2012), sections 2 and 4 (by a matrix, theirs is the transpose of ours);
Magnus and Neudecker, Matrix Differential Calculus, 3rd ed., chapters 8 and 9; the homeworks.
"""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Identity:
    """A derivative that is known.

    Attributes:
        group: Where it belongs.
        text: What is differentiated, in plain text.
        wrt: The name with respect to which.
        derivative: The derivative, as a person writes it.
        shapes: Shapes of names that the text does not determine: `A: n x m`.
        kinds: Names by kind, where their spelling says otherwise: {"t": "scalar"}.
        traits: Names by trait: {"A": "symmetric"}.
        second: The derivative of the derivative, where it has a row for each entry of the first; empty if it is not listed.
    """

    group: str
    text: str
    wrt: str
    derivative: str
    shapes: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    traits: dict[str, str] = field(default_factory=dict)
    second: str = ""


def _by(
    wrt: str, text: str, derivative: str, *shapes: str, second: str = "", scalars: str = "", symmetric: str = ""
) -> Identity:
    """A row of the table; names of scalars and of symmetric matrices are given with spaces between them."""
    kinds = dict.fromkeys(scalars.split(), "scalar")
    return Identity("", text, wrt, derivative, shapes, kinds, dict.fromkeys(symmetric.split(), "symmetric"), second)


def _group(name: str, *rows: Identity) -> tuple[Identity, ...]:
    """Rows that belong together."""
    return tuple(replace(row, group=name) for row in rows)


_REVIEW = _group(
    "vector calculus review",
    _by("x", "x' c", "c'"),
    _by("x", "c' x", "c'"),
    _by("x", "||x||^2", "2 x'", second="2 I"),
    _by("x", "A x", "A", "A: m x n"),
    _by("x", "x' A x", "x' (A + A')", second="A + A'"),
    _by("x", "x' A x", "2 x' A", symmetric="A", second="2 A"),
)
_QUADRATIC = _group(
    "linear and quadratic",
    _by("x", "A x + b", "A", "A: m x n"),
    _by("x", "y' A x", "y' A", "A: m x n"),
    _by("y", "y' A x", "x' A'", "A: m x n"),
    _by("x", "x' A x + b' x + gamma", "x' (A + A') + b'", second="A + A'"),
    _by("x", "(x - c)' A (x - c)", "2 (x - c)' A", symmetric="A"),
    _by("x", "(A x - b)' (C x - d)", "(A x - b)' C + (C x - d)' A", "A: m x n", "C: m x n"),
    _by("x", "(A x + b)' W (A x + b)", "2 (A x + b)' W A", "A: m x n", symmetric="W", second="2 A' W A"),
    _by("A", "y' A x", "x y'", "A: m x n"),
    _by("A", "x' A x", "x x'"),
    _by("A", "x' A' A x", "2 x x' A'", "A: m x n"),
    _by("A", "x' A' C A y", "y x' A' C + x y' A' C'", "A: m x n"),
)
_SQUARED = _group(
    "squared losses",
    _by("w", "1/2 ||y - F w||^2", "(F w - y)' F", "F: n x d", second="F' F"),
    _by("w", "||X w - y||^2", "2 (X w - y)' X", "X: n x d", second="2 X' X"),
    _by("w", "||X w - y||^2 / n", "2 (X w - y)' X / n", "X: n x d"),
    _by("w", "(y - sigma w)^2", "-2 sigma (y - sigma w)", scalars="y w", second="2 sigma^2"),
    _by("w", "1/2 (xi w - y)^2", "xi (xi w - y)", scalars="y w"),
    _by("X", "||X w - y||^2", "2 w (X w - y)'", "X: n x d"),
    _by("y", "||X w - y||^2", "2 (y - X w)'", "X: n x d"),
)
_RIDGE = _group(
    "ridge and Tikhonov",
    _by("w", "||X w - y||^2 + lam ||w||^2", "2 (X w - y)' X + 2 lam w'", "X: n x d", second="2 X' X + 2 lam I"),
    _by("lam", "||X w - y||^2 + lam ||w||^2", "||w||^2", "X: n x d"),
    _by("v", "||K v - y||^2 + lam v' K v", "2 (K v - y)' K + 2 lam v' K", symmetric="K"),
    _by(
        "x",
        "||W1 (A x - b)||^2 + ||W2 (x - c)||^2",
        "2 (A x - b)' W1' W1 A + 2 (x - c)' W2' W2",
        "A: m x n",
        "W1: p x m",
        "W2: q x n",
        second="2 A' W1' W1 A + 2 W2' W2",
    ),
    _by("w", "||y - X w||^2 + w' inv(S) w", "2 (X w - y)' X + 2 w' inv(S)", "X: n x d", symmetric="S"),
    _by(
        "lam",
        "inv(X' X + lam I) X' y",
        "-inv(X' X + lam I) inv(X' X + lam I) X' y",
        "X: n x d",
    ),
    _by("lam", "y' inv(K + lam I) y", "-y' inv(K + lam I) inv(K + lam I) y", symmetric="K"),
    _by("lam", "sigma^2 / (sigma^2 + lam)", "-sigma^2 / (sigma^2 + lam)^2"),
)
_AUGMENTED = _group(
    "block and augmented matrices",
    _by("w", "||[X; G] w - [y; zeros(k)]||^2", "2 (X w - y)' X + 2 w' G' G", "X: n x d", "G: k x d", "y: n"),
    _by("w", "||[y; zeros(d)] - [X; sqrt(lam) I_d] w||^2", "2 (X w - y)' X + 2 lam w'", "X: n x d", "y: n"),
    _by("x", "[x; A x]", "[I; A]", "A: m x n", "x: n"),
    _by("x", "[A, B] [x; y]", "A", "A: m x n", "B: m x k", "x: n", "y: k"),
    _by("x", "[x; y]' [A, B; B', C] [x; y]", "2 (x' A + y' B')", "x: n", "y: k", "B: n x k", symmetric="A C"),
    _by("X", "||[X, B] [u; v]||^2", "2 u (X u + B v)'", "X: m x n", "B: m x k", "u: n", "v: k"),
)
_NETWORKS = _group(
    "elbows and networks",
    _by("w", "1/2 (relu(w x + b) - y)^2", "(relu(w x + b) - y) step(w x + b) x", scalars="w x b y"),
    _by("b", "1/2 (relu(w x + b) - y)^2", "(relu(w x + b) - y) step(w x + b)", scalars="w x b y"),
    _by("phi", "1/2 (phi - y)^2", "phi - y", scalars="y"),
    _by("w", "-b / w", "b / w^2", scalars="b w"),
    _by("b", "-b / w", "-1 / w", scalars="b w"),
    _by("u", "1/2 (u' relu(v x + b) - y)^2", "(u' relu(v x + b) - y) relu(v x + b)'", scalars="x y"),
    _by("v", "1/2 (u' relu(v x + b) - y)^2", "x (u' relu(v x + b) - y) (u .* step(v x + b))'", scalars="x y"),
    _by("b", "1/2 (u' relu(v x + b) - y)^2", "(u' relu(v x + b) - y) u' diag(step(v x + b))", scalars="x y"),
    _by("x", "u' relu(v x + b)", "u' (step(v x + b) .* v)", scalars="x"),
    _by("x", "W2 relu(W1 x + b)", "W2 diag(step(W1 x + b)) W1", "W1: h x n", "W2: m x h"),
    _by(
        "W2",
        "1/2 ||W2 relu(W1 x + b) - y||^2",
        "relu(W1 x + b) (W2 relu(W1 x + b) - y)'",
        "W1: h x n",
        "W2: m x h",
    ),
    _by(
        "W1",
        "1/2 ||W2 relu(W1 x + b) - y||^2",
        "x (W2 relu(W1 x + b) - y)' W2 diag(step(W1 x + b))",
        "W1: h x n",
        "W2: m x h",
    ),
    _by("W", "1/2 ||tanh(W x) - y||^2", "x ((tanh(W x) - y) .* (ones(m) - tanh(W x).^2))'", "W: m x n"),
    _by(
        "x",
        "W3 tanh(W2 tanh(W1 x))",
        "W3 diag(ones(k) - tanh(W2 tanh(W1 x)).^2) W2 diag(ones(h) - tanh(W1 x).^2) W1",
        "W1: h x n",
        "W2: k x h",
        "W3: m x k",
    ),
    _by("W1", "||W2 W1 X - Y||_F^2", "2 X (W2 W1 X - Y)' W2", "W1: h x n", "W2: m x h", "X: n x k"),
    _by("W2", "||W2 W1 X - Y||_F^2", "2 W1 X (W2 W1 X - Y)'", "W1: h x n", "W2: m x h", "X: n x k"),
)
_NORMS = _group(
    "norms",
    _by("x", "||x||", "x' / ||x||", second="I / ||x|| - x x' / ||x||^3"),
    _by("x", "||x - c||", "(x - c)' / ||x - c||"),
    _by("x", "||A x - b||", "(A x - b)' A / ||A x - b||", "A: m x n"),
    _by("x", "1 / ||x||", "-x' / ||x||^3"),
    _by("x", "x / ||x||", "I / ||x|| - x x' / ||x||^3"),
    _by("x", "log(||x||^2)", "2 x' / ||x||^2"),
    _by("X", "||X||_F^2", "2 X'", "X: n x m"),
    _by("X", "||X||_F", "X' / ||X||_F", "X: n x m"),
    _by("X", "||X - C||_F^2", "2 (X - C)'", "X: n x m"),
    _by("X", "||A X B - C||_F^2", "2 B (A X B - C)' A", "A: p x n", "X: n x m", "B: m x q"),
    _by("t", "||X + t Y||_F^2", "2 tr(X' Y) + 2 t ||Y||_F^2", "X: n x m", scalars="t"),
)
_TRACES = _group(
    "traces",
    _by("X", "tr(X)", "I"),
    _by("X", "tr(A X)", "A", "A: m x n"),
    _by("X", "tr(A' X)", "A'", "A: n x m"),
    _by("X", "tr(A X B)", "B A", "A: p x n", "X: n x m"),
    _by("X", "tr(A X' B)", "A' B'", "A: p x m", "X: n x m"),
    _by("X", "tr(X' X)", "2 X'", "X: n x m"),
    _by("X", "tr(X^2)", "2 X"),
    _by("X", "tr(X^3)", "3 X^2"),
    _by("X", "tr(A X^2)", "X A + A X"),
    _by("X", "tr(X' A X)", "X' (A + A')", "X: n x m"),
    _by("X", "tr(X A X')", "(A + A') X'", "X: n x m"),
    _by("X", "tr(A X B X)", "B X A + A X B", "A: m x n", "X: n x m"),
    _by("X", "tr(A X B X')", "B X' A + B' X' A'", "X: n x m"),
    _by("X", "tr(X' B X C)", "C X' B + C' X' B'", "X: n x m"),
    _by("X", "tr((A X B + C) (A X B + C)')", "2 B (A X B + C)' A", "A: p x n", "X: n x m", "B: m x q"),
    _by("X", "tr(A .* X)", "diag(diag(A))"),
)
_INVERSES = _group(
    "inverses",
    _by("X", "a' inv(X) b", "-inv(X) b a' inv(X)"),
    _by("X", "tr(inv(X))", "-inv(X) inv(X)"),
    _by("X", "tr(A inv(X) B)", "-inv(X) B A inv(X)", "A: m x n", "X: n x n"),
    _by("X", "tr(inv(X + A))", "-inv(X + A) inv(X + A)"),
    _by("X", "y' inv(X X' + lam I) y", "-2 X' inv(X X' + lam I) y y' inv(X X' + lam I)", "X: n x d"),
    _by("X", "tr(inv(X' C X) A)", "-inv(X' C X) (A + A') inv(X' C X) X' C", "X: n x m", symmetric="C"),
    _by("t", "inv(A + t B)", "-inv(A + t B) B inv(A + t B)", scalars="t"),
    _by("x", "inv(A) x", "inv(A)"),
    _by("m", "-1/2 (x - m)' inv(S) (x - m)", "(x - m)' inv(S)", symmetric="S", second="-inv(S)"),
    _by("K", "1/2 y' inv(K) y + 1/2 logdet(K)", "1/2 inv(K) - 1/2 inv(K) y y' inv(K)"),
)
_DETERMINANTS = _group(
    "determinants",
    _by("X", "det(X)", "det(X) inv(X)"),
    _by("X", "logdet(X)", "inv(X)"),
    _by("X", "log(det(X))", "inv(X)"),
    _by("X", "det(A X B)", "det(A X B) inv(X)", "A: n x n", "X: n x n"),
    _by("X", "det(inv(X))", "-det(inv(X)) inv(X)"),
    _by("X", "det(X)^2", "2 det(X)^2 inv(X)"),
    _by("X", "det(X' X)", "2 det(X' X) inv(X' X) X'", "X: n x m"),
    _by("X", "logdet(X' X)", "2 inv(X' X) X'", "X: n x m"),
    _by("X", "det(X' A X)", "2 det(X' A X) inv(X' A X) X' A", "X: n x m", symmetric="A"),
    _by("X", "logdet(I + X X')", "2 X' inv(I + X X')", "X: n x m"),
    _by("t", "det(A + t B)", "det(A + t B) tr(inv(A + t B) B)", scalars="t"),
    _by("lam", "logdet(A + lam I)", "tr(inv(A + lam I))"),
    _by("x", "det(A + x x')", "det(A + x x') x' (inv(A + x x') + inv(A + x x')')"),
)
_ENTRYWISE = _group(
    "functions of entries",
    _by("x", "exp(x)", "diag(exp(x))"),
    _by("x", "sum(exp(x))", "exp(x)'", second="diag(exp(x))"),
    _by("x", "sum(log(x))", "(x.^-1)'", second="-diag(x.^-2)"),
    _by("x", "relu(x)", "diag(step(x))"),
    _by("w", "sum(relu(X w - y))", "step(X w - y)' X", "X: n x d"),
    _by("x", "sigmoid(A x + b)", "diag(sigmoid(A x + b) .* (ones(m) - sigmoid(A x + b))) A", "A: m x n"),
    _by("x", "tanh(x)", "diag(ones(n) - tanh(x).^2)", "x: n"),
    _by("x", "c' sin(x)", "c' diag(cos(x))", second="-diag(c .* sin(x))"),
    _by("x", "c' cos(A x)", "-(c .* sin(A x))' A", "A: m x n"),
    _by("x", "sum(tan(x))", "(ones(n) + tan(x).^2)'", "x: n"),
    _by("x", "softplus(x)", "diag(sigmoid(x))"),
    _by("x", "sum(abs(x))", "sign(x)'"),
    _by("x", "sum(x.^3)", "3 (x .* x)'", second="6 diag(x)"),
    _by("x", "sum(sqrt(x))", "1/2 (x.^(-1/2))'"),
    _by("x", "c' max(x, y)", "(c .* step(x - y))'"),
    _by("x", "-x' log(x)", "-(log(x) + ones(n))'", "x: n"),
    _by("X", "sum(exp(X))", "exp(X)'", "X: n x m"),
    _by("X", "a' tanh(X b)", "b (a .* (ones(n) - tanh(X b).^2))'", "X: n x m"),
)
_SOFTMAX = _group(
    "softmax and cross entropy",
    _by("z", "logsumexp(z)", "softmax(z)'", second="diag(softmax(z)) - softmax(z) softmax(z)'"),
    _by("z", "softmax(z)", "diag(softmax(z)) - softmax(z) softmax(z)'"),
    _by("z", "logsumexp(z) - y' z", "(softmax(z) - y)'"),
    _by("z", "-y' log(softmax(z))", "sum(y) softmax(z)' - y'"),
    _by("W", "logsumexp(W x) - y' W x", "x (softmax(W x) - y)'", "W: k x n"),
    _by("x", "logsumexp(W x + b)", "softmax(W x + b)' W", "W: k x n"),
    _by(
        "w",
        "sum(softplus(X w)) - y' X w",
        "(sigmoid(X w) - y)' X",
        "X: n x d",
        second="X' diag(sigmoid(X w) .* (ones(n) - sigmoid(X w))) X",
    ),
    _by("w", "sigmoid(w' x)", "sigmoid(w' x) (1 - sigmoid(w' x)) x'"),
)
_PRODUCTS = _group(
    "products and quotients",
    _by("x", "(a' x) (b' x)", "(b' x) a' + (a' x) b'"),
    _by("x", "(a' x)^2", "2 (a' x) a'", second="2 a a'"),
    _by("x", "(a' x) / (b' x)", "a' / (b' x) - (a' x) b' / (b' x)^2"),
    _by("x", "(x' A x) / (x' x)", "2 x' A / (x' x) - 2 (x' A x) x' / (x' x)^2", symmetric="A"),
    _by("x", "x x' a", "(x' a) I + x a'"),
    _by("x", "(x' x) x", "(x' x) I + 2 x x'"),
    _by("x", "exp(-x' x / 2)", "-exp(-x' x / 2) x'", second="exp(-x' x / 2) (x x' - I)"),
    _by("x", "exp(-||x - c||^2 / (2 tau^2))", "-exp(-||x - c||^2 / (2 tau^2)) (x - c)' / tau^2"),
    _by("x", "sqrt(1 + x' x)", "x' / sqrt(1 + x' x)"),
)
_HADAMARD = _group(
    "diagonals and products of entries",
    _by("x", "x .* y", "diag(y)"),
    _by("x", "x .* x", "2 diag(x)"),
    _by("x", "diag(x) y", "diag(y)"),
    _by("x", "a' diag(x) b", "(a .* b)'"),
    _by("x", "tr(diag(x) A)", "diag(A)'"),
    _by("x", "A diag(x) b", "A diag(b)", "A: m x n"),
    _by("X", "sum(X .* A)", "A'", "X: n x m"),
    _by("X", "sum(X)", "ones(m, n)", "X: n x m"),
    _by("X", "diag(X)' a", "diag(a)"),
    _by("X", "a' (X .* B) c", "diag(c) B' diag(a)", "X: n x m"),
    _by("x", "x ./ y", "diag(y.^-1)"),
)
_POWERS = _group(
    "powers and scalars",
    _by("X", "a' X^2 b", "X b a' + b a' X"),
    _by("X", "a' X' X b", "b a' X' + a b' X'", "X: n x m"),
    _by("t", "t^2 A", "2 t A", scalars="t"),
    _by("t", "(A + t B)^2", "B (A + t B) + (A + t B) B", scalars="t"),
    _by("lam", "lam^n", "n lam^(n - 1)", "x: n"),
    _by("t", "x + t y", "y", scalars="t"),
    _by("t", "1 / (1 + exp(-t))", "exp(-t) / (1 + exp(-t))^2", scalars="t"),
    _by("rho", "1 / sqrt(1 + (omega rho kappa)^2)", "-omega^2 kappa^2 rho / (1 + (omega rho kappa)^2)^(3/2)"),
    _by(
        "rho",
        "omega rho kappa / sqrt(1 + (omega rho kappa)^2)",
        "omega kappa / (1 + (omega rho kappa)^2)^(3/2)",
    ),
)

IDENTITIES: tuple[Identity, ...] = (
    *_REVIEW,
    *_QUADRATIC,
    *_SQUARED,
    *_RIDGE,
    *_AUGMENTED,
    *_NETWORKS,
    *_NORMS,
    *_TRACES,
    *_INVERSES,
    *_DETERMINANTS,
    *_ENTRYWISE,
    *_SOFTMAX,
    *_PRODUCTS,
    *_HADAMARD,
    *_POWERS,
)
