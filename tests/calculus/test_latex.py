import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.calculus import latex, show
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, SyntaxProblem, number, symbol
from thalweg.calculus.parse import parse
from thalweg.calculus.tokens import tokens as plain_tokens


def words(text, names=()):
    return " ".join(token.text for token in latex.tokens(text, names)).strip()


def flat(expr):
    """The tree, products within products taken apart and their numbers first: x (1/2 lam) is lam 1/2 x."""
    args = [flat(arg) for arg in expr.args]
    if expr.op == "product":
        args = [part for arg in args for part in (arg.args if arg.op == "product" else (arg,))]
        args = [*sorted((arg for arg in args if arg.is_scalar), key=repr), *(arg for arg in args if not arg.is_scalar)]
        args = [arg for arg in args if arg != number(1)]
    if expr.op == "power" and args[0].op == "power" and args[1].op == args[0].args[1].op == "number":
        args = [args[0].args[0], number(args[1].value * args[0].args[1].value)]
    if expr.op == "power" and args[0].op == "product" and args[1].op == "number" and args[1].value.denominator == 1:
        return flat(Expr("product", tuple(Expr("power", (part, args[1]), SCALAR) for part in args[0].args), SCALAR))
    return args[0] if expr.op == "product" and len(args) == 1 else Expr(expr.op, tuple(args), expr.shape, expr.value)


# LaTeX and plain text mean the same

SAME = r"""
x^T A x | x' A x
\mathbf{x}^{\mathsf{T}} \mathbf A \boldsymbol{x} | x' A x
x^\top A^{-\top} \vec{x} | x' (A^-1)' x
x^{\intercal} \bm{y} z^{\mathrm T} + x^{\prime} y z' | x' y z' + x' y z'
A^{-1} A^{\dagger} | A^-1 pinv(A)
(A B)^+ x | pinv(A B) x
A^{-T} x | (A^-1)' x
\frac{1}{2}\|Xw-y\|_2^2 + \frac\lambda2 \lVert w\rVert^2 | (1/2) ||X w - y||^2 + (lam/2) ||w||^2
\tfrac12 x + \dfrac1{\lambda} y | (1/2) x + (1/lam) y
\left\| X w \right\|^2_2 | ||X w||_2^2
\|A\|_F + \|A\|_{\mathrm{F}} + \|A\|_{\mathrm{op}} | ||A||_F + ||A||_F + ||A||_2
\|A\|_2 + \norm{x} + \abs{\lambda} | ||A||_2 + ||x|| + |lam|
| |\lambda| \mu | + \bigl| \eta \bigr| | |(|lam| mu)| + |eta|
\| \|x\| y \| | || (||x|| y) ||
|\lambda||\mu| | |lam| |mu|
\left(x + y\right)^\top \bigl[ z \bigr] | (x + y)' (z)
\{x + y\}^\top z | (x + y)' z
\hat{X}^\top \widehat{y} | X_hat' y_hat
\tilde{x}^\top\bar{x}\ \check{x} | x_tilde' x_bar x_check
\sigma_i \sigma_{\max} \sigma_{\text{min}} | sigma_i sigma_max sigma_min
\mathbf{W}^{(2)} \mathbf{W}_i^{(1)} x | W2 W1_i x
W_{1,i}^\top + W_{\mathrm{out}} | W1_i' + W_out
\hat{w}_{\mathrm{ridge}}^\top w^\star + w^{*\top} w^* | w_hat_ridge' w_star + w_star' w_star
x^{(i)\top} x^{(i)} | x_i' x_i
x_1 + A_{1,2} + [y]_2 + (z)_3 | x[1] + A[1,2] + y[2] + z[3]
W_1 x + W2 y | W1 x + W2 y
x + \mathbf{0}_d + \mathbf 1_d + 1_d + 0_d | x + 0_d + 1_d + 1_d + 0_d
\mathbf{I}_n x + I_n x + I_{n \times n} x | I_n x + I_n x + eye(n) x
I_3 x + \mathbf{1}_{3} | eye(3) x + ones(3)
I_{n+1} x + \mathbf{0}_{n+1} | eye(n+1) x + zeros(n+1)
\mathbf{1}_{n\times d} w + \mathbf{0}_{n \times d} w | ones(n, d) w + zeros(n, d) w
\begin{bmatrix} A & B \\ C & D \end{bmatrix} | [A, B; C, D]
\begin{pmatrix}x\\y\\\end{pmatrix} + \left[\begin{array}{c} x \\[2pt] y \end{array}\right] | [x; y] + [x; y]
x \cdot \lambda \times \mu | x * lam * mu
x \odot y \circ z \oslash w | x .* y .* z ./ w
x^{\circ 2} + y^{\odot -1} | x.^2 + y.^(-1)
\lambda \le \mu \leq \nu \leqslant \eta | lam <= mu <= nu <= eta
\lambda \ge \mu \geq \nu \geqslant \eta | lam >= mu >= nu >= eta
\lambda \ne \mu \land \mu \neq \nu \lor \lnot \mu = 1 | lam != mu and mu != nu or not mu = 1
\lambda > 0 \Rightarrow (\mu > 0 \implies \nu > 0) | lam > 0 implies (mu > 0 implies nu > 0)
\lambda > 0 \text{ and } \mu > 0 \text{ if and only if } \nu > 0 | lam > 0 and mu > 0 iff nu > 0
\lambda \in (0, 1] \wedge \mu \in [0, \infty) | lam in (0, 1] and mu in [0, inf)
\forall x, y:\; x^\top y = y^\top x | forall x, y: x' y = y' x
\forall s \in \left[0, 1\right]: |1 - s| \le 1 | forall s in [0, 1]: |1 - s| <= 1
\operatorname{diag}(x) \operatorname{tr}\left(A B\right) | diag(x) tr(A B)
\mathrm{tr}(A)^2 + \tr{A} + \operatorname{rank} A | tr(A)^2 + tr(A) + rank(A)
\text{ReLU}(W x + b) + \operatorname{softmax}(x) | relu(W x + b) + softmax(x)
\exp(\lambda) \log \mu + \ln \nu + \log\det A | exp(lam) log(mu) + log(nu) + log(det(A))
\sin \lambda \cos \lambda \cdot \tan\lambda / \exp \mu | (sin(lam) cos(lam) tan(lam) / exp(mu))
\sin^2 \lambda + \cos^2(\lambda) + \tanh\{\lambda\} | sin(lam)^2 + cos(lam)^2 + tanh(lam)
\max(x, y) + \min\left(x, z\right) | max(x, y) + min(x, z)
e^{-\lambda} + e^{\mu} | exp(-lam) + exp(mu)
\sqrt{\lambda} + \sqrt[3]{\mu} | sqrt(lam) + mu^(1/3)
\langle x, y \rangle + \left\langle x, z \right\rangle | dot(x, y) + dot(x, z)
\lim_{\lambda \to 0^+} \lambda x + y | lim(lam x, lam -> 0+) + y
\lim_{\lambda \downarrow 0} (\lambda + 1) x = x | lim((lam + 1) x, lam -> 0+) = x
\lim\limits_{\theta \rightarrow \infty} (1 - \eta)^\theta \mu | lim((1 - eta)^theta mu, theta -> inf)
\lim_{\lambda \to 0-} \lambda - \lim_{\lambda \to -\infty} \mu | lim(lam, lam -> 0-) - lim(mu, lam -> -inf)
\frac{\partial}{\partial x}(x^\top A x) = x^\top(A + A^\top) | deriv(x' A x, x) = x' (A + A')
\frac{\partial}{\partial x} x^\top A x + c^\top | deriv(x' A x, x) + c'
\frac{\partial}{\partial x} (A x - b)^\top (A x - b) | deriv((A x - b)' (A x - b), x)
\frac{\partial}{\partial x} -x^\top \cdot c = -c^\top | deriv(-x' c, x) = -c'
\frac{\partial x^\top c}{\partial x} + \partial_x x^\top c | deriv(x' c, x) + deriv(x' c, x)
\frac{d \lambda^2}{d \lambda} + \frac{\mathrm{d}}{\mathrm{d}\lambda} \lambda | deriv(lam^2, lam) + deriv(lam, lam)
\frac{\partial \lambda}{\partial \lambda}^2 | deriv(lam, lam)^2
\frac{\partial^2 x^\top x}{\partial x^2} | hessian(x' x, x)
\frac{\partial^2 x^\top x}{\partial x \partial x^\top} | hessian(x' x, x)
\frac{\partial^2}{\partial {w^*}^2} (w^{*\top} w^*) | hessian(w_star' w_star, w_star)
w - \eta \nabla_w \|X w - y\|^2 | w - eta deriv(||X w - y||^2, w)'
\nabla_x^2 (x^\top A x) + \nabla^2_x x^\top x | hessian(x' A x, x) + hessian(x' x, x)
\mathbb{E}[\|N w\|^2] + \mathbb{E}\left[\lambda\right]^2 | E[||N w||^2] + E[lam]^2
\operatorname*{argmin}_{w} \|X w - y\|^2 + \lambda \|w\|^2 | argmin(||X w - y||^2 + lam ||w||^2, w)
w^* = \arg\min_w \|w\|^2 \quad \text{s.t.} \quad X w = y | w_star = argmin(||w||^2, w, X w = y)
\underset{w}{\operatorname{argmin}}\; \|w\|^2, \text{ subject to } X w = y | argmin(||w||^2, w, X w = y)
\operatorname{arg\,min}_{w: X w = y} \|w\|^2 | argmin(||w||^2, w, X w = y)
\begin{cases} \lambda, & \lambda > 0 \\ \mu, & \text{else} \end{cases} | where(lam > 0, lam, mu)
\begin{cases} \lambda & \text{if } \lambda > 0 \\ 0 & \lambda \le 0 \end{cases} | where(lam > 0, lam, 0)
\begin{cases} 1 & \lambda > 1 \\ 2 & \lambda > 0 \\ 3 & \text{otherwise} \end{cases} | where(lam > 1, 1, where(lam > 0, 2, 3))
\mathbb{1}(\lambda > 0) + \mathbb{1}_{\{\lambda > 0\}} | where(lam > 0, 1, 0) + where(lam > 0, 1, 0)
\mathbf{1}\{\lambda>0\} + \mathbf{1}_{\lambda > 0} | where(lam > 0, 1, 0) + where(lam > 0, 1, 0)
\lambda \alpha \Sigma \varepsilon \varphi \ell | lam alpha Sigma epsilon phi ell
Xw | X w
\mathrm{foo\_bar} + \mathit{foo} | foo_bar + foo
\displaystyle x \, \; \quad ~ y' \hspace{2em} z | x y' z
\mathbf{X w}^\top y | (X w)' y
λ x ≤ μ y | λ x <= μ y
x = 2 y. | x = 2 y
"""


@pytest.mark.parametrize("line", SAME.strip().splitlines())
def test_latex_means_what_the_plain_text_means(line):
    typed, plain = line.rsplit(" | ", 1)
    scope = Scope(is_open=True)
    expected = understand(plain, scope)
    got = understand(typed, scope, tokens=latex.tokens(typed))
    assert flat(got.expr) == flat(expected.expr)


@pytest.mark.parametrize(
    ("opened", "closed"), [("$", "$"), ("$$", "$$"), (r"\(", r"\)"), (r"\[ ", r" \]"), ("  ", " ")]
)
def test_the_signs_of_a_formula_only_move_columns(opened, closed):
    inside = r"\hat{x}^\top \mathbf{y}"
    moved = [
        (token.kind, token.text, token.column - len(opened)) for token in latex.tokens(opened + inside + closed)[:-1]
    ]
    assert moved == [(token.kind, token.text, token.column) for token in latex.tokens(inside)[:-1]]


@pytest.mark.parametrize(
    "text",
    [
        "x' A x + 2 y",
        "a / b c",
        "1/2 x",
        "1/2x",
        "1/2(x + y)",
        "1/2 (x + y)",
        "[A, B; C, D]",
        "a <= b != c",
        "||x y||_2^2",
        "0_d",
    ],
)
def test_what_is_plain_text_already_has_the_same_tokens(text):
    def seen(tokens):
        return [
            (token.kind, token.text, token.column if token.kind in ("name", "number", "/") else 0) for token in tokens
        ]

    assert seen(latex.tokens(text)) == seen(plain_tokens(text))
    assert parse(latex.tokens(text)).forks == parse(text).forks


def test_columns_are_those_of_the_latex():
    text = r"\frac{\alpha}{b} \left\| X_{\max} \right\|^2"
    places = {
        token.text: text[token.column - 1 : token.end - 1] for token in latex.tokens(text) if token.kind == "name"
    }
    assert places == {"alpha": r"\alpha", "b": "b", "X_max": r"X_{\max}"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"\lambda + X_{\max}^\top w", r"X_{\max}^\top w"),
        (r"\lambda + x_i^\top Y", r"x_i^\top Y"),
        (r"\lambda + \mathbf{0}_{n}", r"\mathbf{0}_{n}"),
        (r"\lambda + \left\| x \right\|_2 y", r"\left\| x \right\|_2 y"),
        (r"\lambda + \frac{x}{\mu}", r"\frac{x}{\mu}"),
        (r"\lambda + (A^{-\top} x)", r"(A^{-\top} x)"),
        (r"\lambda + \begin{bmatrix} x \\ y \end{bmatrix}", r"\begin{bmatrix} x \\ y \end{bmatrix}"),
        (r"\lambda + \nabla_x \mu", r"\nabla_x \mu"),
    ],
)
def test_what_is_said_of_a_part_quotes_the_latex(text, said):
    with pytest.raises(CalculusError, match="cannot add") as refused:
        understand(text, Scope(is_open=True), tokens=latex.tokens(text))
    assert f" and {said} (" in refused.value.message


# Forks, and what decides between names


def test_a_fraction_is_no_fork_and_a_slash_is_one():
    assert parse(latex.tokens(r"\frac{a}{b} c \frac{1}{2} x")).forks == ()
    typed = r"\lambda / \mu \nu"
    slash = typed.index("/") + 1
    assert parse(latex.tokens(typed)).forks == (slash,)
    scope = Scope(is_open=True)
    other = understand(typed, scope, (slash,), latex.tokens(typed)).expr
    assert flat(other) == flat(understand("lam / (mu nu)", scope).expr)


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("x_1", (), "x [ 1 ]"),
        ("x_1", ("x1",), "x1"),
        ("x_1", ("x_1",), "x_1"),
        ("W_1", (), "W1"),
        (r"\sigma_1", (), "sigma1"),
        (r"\sigma_1", ("sigma",), "sigma [ 1 ]"),
        (r"\sigma_1", ("sigma", "sigma_1"), "sigma_1"),
        ("w_t", (), "w [ t ]"),
        ("w_t", ("w_t",), "w_t"),
        ("w_k", (), "w_k"),
        ("w_{k+1} = w_k", ("w[k]", "w[k+1]"), "w [ k + 1 ] = w [ k ]"),
        ("w^{(t+1)} = w^{(t)}", (), "w [ t + 1 ] = w [ t ]"),
        ("W_0", ("W[0]",), "W [ 0 ]"),
        (r"w_t \to y", (), "w -> y"),
        (r"w_t \text{ converges}", (), "w converges"),
        (r"\lambda", ("lambda",), "lambda"),
        (r"\varepsilon", ("eps",), "eps"),
        (r"\hat{w}_{\max}", ("w_max_hat",), "w_max_hat"),
        (r"\hat{W}_2", (), "W2_hat"),
        (r"\hat{W}_2", ("W_hat_2",), "W_hat_2"),
        ("e^{x}", ("e",), "e ^ x"),
        (r"\lambda^{2T}", (), "lam ^ ( 2 T )"),
        (r"\frac{d}{d + 1} \frac{d n}{n}", (), "( ( d ) / ( d + 1 ) ) ( ( d n ) / ( n ) )"),
        (r"\mathit{step}^\top x", ("step",), "step ' x"),
        (r"\sigma(x)", (), "sigma ( x )"),
        (r"\sigma(x)", ("x",), "sigmoid ( x )"),
        (r"\sigma(x)", ("x", "sigma"), "sigma ( x )"),
        (r"\lambda_{\max}(A)", ("A",), "emax ( A )"),
        (r"\mathrm{w[t+1]}", (), "w [ t + 1 ]"),
        ("I_2", ("I2",), "I2"),
    ],
)
def test_declared_names_decide_what_a_subscript_is(text, names, expected):
    assert words(text, names) == expected


@pytest.mark.parametrize(
    ("text", "names", "is_call"), [(r"\mathrm{step}(x)", (), True), (r"\mathrm{step}(x)", ("step",), False)]
)
def test_a_declared_name_is_no_function(text, names, is_call):
    assert (parse(latex.tokens(text, names)).syntax.op == "call") == is_call


def test_a_recurrence_in_latex_finds_its_indexed_names():
    scope = Scope({f"w[{at}]": symbol(f"w[{at}]", SCALAR) for at in ("0", "t", "t+1")})
    text = r"w_{t+1} = w_t + w_0"
    meant = understand(text, scope, tokens=latex.tokens(text, scope.names)).expr
    assert meant == understand("w[t + 1] = w[t] + w[0]", scope).expr


# Refusals


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (r"x + \foo y", 5, r"\foo means nothing here"),
        (r"x \alhpa", 3, r"is it \alpha?"),
        (r"\operatorname{sofmax}(x)", 1, "is it softmax?"),
        (r"\text{ of course } x", 1, "a name is one word"),
        (r"\text{if } a = b \text{ then } c", 18, "cannot read the words 'then'; statements are joined by"),
        (r"\min_w f", 6, r"\operatorname*{argmin}_{w}"),
        (r"\sum_i x_i", 1, "write it with vectors"),
        (r"A \succeq 0", 3, "declare the matrix psd"),
        (r"\|x\|_1", 7, "need the norm 2, F or op"),
        (r"|x|_2", 5, "need the norm"),
        (r"x^10", 3, "need braces around 10"),
        (r"x_10", 3, "need braces around 10"),
        ("2e-3 x", 2, "a space before the name e"),
        ("x^2^3", 4, "need one superscript"),
        ("x_1_2", 4, "need one subscript"),
        ("^2", 1, "need something before '^'"),
        ("x + _2", 5, "need something before '_'"),
        ("x +_2 y", 4, "need something before '_'"),
        (r"\left( x", 9, "need a bracket to close the '\\\\left(' of column 1, got the end"),
        ("(x", 3, "need a bracket to close the '(' of column 1, got the end"),
        ("x)", 2, "cannot read ')' here: nothing opens it"),
        ("(0, 1] + x", 6, "need ')' to close the '(' of column 1"),
        (r"\left x", 1, r"need a bracket that fits after \left"),
        ("{x", 3, "need '}' to close the '{' of column 1"),
        ("$x", 3, "need '$' at the end"),
        ("$", 2, "need '$' at the end"),
        (r"a & b", 3, "one statement"),
        (r"a \\ b", 3, "one statement"),
        (r"\frac{a}", 9, "need something in braces here"),
        (r"\begin{align} a \end{align}", 1, "need one of array, bmatrix"),
        (r"\begin{bmatrix} a & b", 22, r"need \end{bmatrix}"),
        (r"\begin{bmatrix} a \end{matrix}", 19, r"need \end{bmatrix}"),
        (r"\begin{bmatrix} a & \end{bmatrix}", 20, "each cell"),
        (r"\begin{cases} a & x > 0 \\ b & x < 0 \end{cases}", 32, r"\text{else}"),
        (r"\begin{cases} a \\ b \end{cases}", 15, "need a value, & and a condition"),
        (r"\begin{cases} a & \\ b & \text{else} \end{cases}", 18, r"need a condition or \text{else}"),
        (r"\underset{w}{x y} f", 1, r"\underset means nothing here"),
        (r"\lim_{x \to} x", 1, r"\lim_{\lambda \to 0^+}"),
        (r"\begin{cases} a & x > 0 \end{cases}", 19, "need a condition in each line of cases but the last"),
        (r"\log x y", 8, "brackets that say where the argument of log ends"),
        (r"\log x \cdot y", 8, "brackets that say where the argument of log ends"),
        (r"\log x / y", 8, "brackets that say where the argument of log ends"),
        ("A^-1", 3, "need an exponent such as ^{-1}"),
        (r"\log = 3", 6, "need brackets after log"),
        (r"\log_2 x", 6, "need no subscript on log"),
        (r"\sin^{-1} x", 1, "need no script on sin but a whole power"),
        (r"\sin^2(x)^2", 10, "need one power"),
        (r"\frac{\partial}{\partial x}(f) y", 32, "differentiated too"),
        (r"\frac{\partial}{\partial x}(f) \cdot y", 32, "differentiated too"),
        (r"\frac{\partial f + g}{\partial x}", 18, "brackets around the sum"),
        (r"\frac{\partial f}{\partial (x + y)}", 28, "need one name below"),
        (r"\frac{\partial^2 f}{\partial x}", 30, "need one name below"),
        (r"\frac{\partial f}{\partial x^2}", 28, "need one name below"),
        (r"\frac{\partial^2 f}{\partial x \partial y}", 41, "the same name twice"),
        (r"\frac{\partial}{\partial x}", 28, "need something to differentiate"),
        (r"\partial f", 1, r"write \frac{\partial f}{\partial x}"),
        (r"\nabla f", 1, r"\nabla_x f"),
        (r"\nabla_x (f)^\top g", 10, r"(\nabla_x f)^\top"),
        (r"\lim x", 1, "need what varies below lim"),
        (r"\lim_{x} x", 1, r"\lim_{\lambda \to 0^+}"),
        (r"\lim_{x \to 0}", 15, "need something to act on"),
        (r"\operatorname*{argmin}_w", 25, "need something to act on"),
        (r"\arg\max_w f", 5, r"need \min_{w} after \arg"),
        (r"\mathbb{E}_x[f]", 1, "the mean is over all random names"),
        (r"\mathbb{E} f", 12, "need brackets after E"),
        (r"\forall x \in \mathbb{R}^n: x = x", 15, "need an interval"),
        (r"\lambda \in", 12, "need an interval"),
        (r"\mathbb{R}", 1, "sizes and domains are declared"),
        (r"\mathbf{1}^\top x", 1, r"\mathbf{1}_n"),
        (r"(A B)_{1,2}", 1, "need a name in the brackets"),
        (r"\frac{a}{b}_2", 13, "before a subscript"),
        (r"(A B)^*", 7, r"the transpose is ^\top"),
        (r"x_{a^2}", 4, "need a label"),
        (r"x_{,1}", 4, "need a label between"),
        (r"x_{a,b,c,d,e}", 1, "at most 4 labels"),
        (r"\operatorname \frac12", 14, "need plain words in braces"),
        ("x \x00 y", 3, "cannot read"),
        ("x # y", 3, "cannot read '#'"),
        ("x % y", 3, "cannot read '%'"),
        (r"x \% y", 3, "leave it out"),
        ("x $ y", 3, "cannot read '$'"),
        ("\\", 1, "cannot read"),
    ],
)
def test_what_means_nothing_is_refused_with_its_column(text, column, message):
    with pytest.raises(SyntaxProblem, match=re.escape(message.replace("\\\\\\\\", "\\\\"))) as refused:
        latex.tokens(text)
    assert refused.value.column == column


def test_sizes_and_depth_are_bounded():
    depth = 16
    nested = "(" * (depth - 1) + "x" + ")" * (depth - 1)
    assert parse(latex.tokens(nested)).syntax.op == "name"
    fractions = r"\frac{" * (depth - 1) + "x" + "}{2}" * (depth - 1)
    assert len(latex.tokens(fractions)) == 2 + (depth - 1) * 8
    for opened, closed in (
        ("(", ")"),
        ("{", "}"),
        (r"\frac{", "}{2}"),
        (r"\hat", ""),
        (r"\left|", r"\right|"),
        ("x^{", "}"),
        ("x_{", "}"),
    ):
        with pytest.raises(SyntaxProblem, match="at most 16"):
            latex.tokens(opened * 100 + "x" + closed * 100)
    with pytest.raises(SyntaxProblem, match="at most 4000 characters"):
        latex.tokens("x" * 4001)
    with pytest.raises(SyntaxProblem, match="at most 1500 pieces"):
        latex.tokens("x" * 1501)
    assert len(latex.tokens("x" * 1500)) == 1501


COMMANDS = r"""\frac \tfrac {a} {b} { } ( ) [ ] \{ \} \left( \right) \left[ \right] \left. \bigl| \bigr| | \| \lVert \rVert
|| \langle \rangle ^ _ ' ^\top ^{-1} ^{-\top} ^T _1 _{i,j} _{t+1} ^{(2)} ^* ^{\circ 2} ^+ x A w_t \lambda
\Sigma \ell \mathbf{1} \mathbf{0} 0_d I_n I_{2} \mathbf \hat \hat{X} \vec \mathrm \mathrm{tr} \text{if}
\text{else} \text{s.t.} \text \operatorname{diag} \operatorname*{argmin}_{w} \operatorname \arg \min \max \exp
\log \sin^2 \det \sqrt \sqrt[3] \lim_{x\to0^+} """
SIGNS = r"""\lim \partial \frac{\partial}{\partial x} \frac{\partial f}{\partial x} \frac{d^2}{dx^2} \nabla_x \nabla d
\mathbb{E} \mathbb{1} \mathbb \underset{w} \begin{bmatrix} \end{bmatrix} \begin{cases} \end{cases} \begin \end
& \\ + - * \begin{array}{c} / = < <= \le \ne \in \to -> \Rightarrow \iff \land \lor \lnot \forall : , ; .
\cdot \odot \circ \infty 1 2 0 12 1e5 3.14 E e T I $ $$ \( \) \[ \] \, \quad ~ % # \foo \norm{x} \abs é λ ∞ ²
≤ ᵀ " ! @ \\[2pt] \text{[ ]} \text{( )} \operatorname{hat} \* \^ \& \ """
PIECES = [*COMMANDS.split(), *SIGNS.split(), " ", "\x00", "\n"]


@settings(deadline=None, max_examples=600)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40))
def test_no_text_raises_anything_but_a_calculus_error(text):
    columns = [1]
    try:
        found = latex.tokens(text, ("x", "w[t]", "A"))
        columns += [column for token in found for column in (token.column, token.end)]
        understand(text, Scope(is_open=True), tokens=found)
    except CalculusError as problem:
        columns.append(problem.column or 1)
    assert 1 <= min(columns) <= max(columns) <= len(text) + 1


# What is shown can be read again

PRINTED = r"""
x' A x
||X w - y||^2 + lam ||w||^2
inv(X' X + lam I) X' y
A x' y
deriv(x' A x, x) = x' (A + A')
sum(relu(W x + b))
lam/eta x
1/2 ||x||^2 - 3
-x' y / (lam eta)
(x .* y) ./ z
w .^ 2 + w.^(1/2) ./ y
z.^(-2)
lam^-2 x
(lam + eta)^2 / 3
(lam/2)^(-3)
(lam/eta)^-2
1/(1/lam)
eta (lam/2) x
lam / eta / 2
(lam/eta)/(mu/nu)
lam^(eta+1) + lam^(-1/2) + lam^(2/3)
(lam^2)^eta + (-2)^theta + (1/2)^theta
-1/2 x + 3/4 y
x (-2)
x - (y - z)
x - -y
(-x)' y
sqrt(lam) + square(x)' y
A^3 + (A B)^2
A^-1 B' + inv(A B)'
(A')^-1
pinv(A)' b + pinv(B) b
A^2'
A (B C) (x' y)
(A + B) (C - D)
||A||_2 + ||A||_F + ||A x||/||x||
|lam| + ||x'||
mean(x)
tr(A B) + det(A) + logdet(A)
smax(A) + smin(A) + emax(B) + emin(B) + rank(A)
diag(x) diag(A)
x' [1; 2]
[A, B; C, D]
[A, 0; 0, D]
[x', y']
argmin(||X w - y||^2, w, X w = y)
argmin(||w||^2, w)
lim((1 - eta)^theta, theta -> inf)
lim(lam x, lam -> 0) + y
lim(lam x, lam -> 0-) = 0
max(x, y) + min(x, z)
where(x > 0 and y > 0, x, y)
where(lam > 0, 1, 0)
softmax(x)' y + logsumexp(x)
x[1] + A[1,2]
W2 x + W2_i y
X_hat' y_tilde
sigma_max x + lam_min y
x_new' y + alpha2 x' y
x_star + y
foo' bar + foo_hat' Xw y
eps lambda phi psi omega
Delta_x' Sigma2
exp(-x) + log(abs(x)) + tanh(x)
sin(lam) + cos(lam) + tan(lam) + sigmoid(lam) + sign(lam) + step(lam) + softplus(lam)
E[||N w||^2] + E[x' x]
deriv(sum(relu(W x)), x)' + deriv(x' c, x)'
hessian(x' A x, x)
I_n x + 0_n
x' A x > 0 implies A' = A
(lam > 0 implies eta > 0) implies mu > 0
not (lam > 0 and eta > 0) or mu = 0
not (not lam > 0)
lam in (0, 1) iff 0 < lam and lam < 1
lam > 0 iff (eta > 0 iff mu > 0)
forall lam in (0, inf): lam > -1
forall s in [-1, lam + 1): s >= 0 or (forall r in (0, 1]: r > s)
forall x, y: x' y = y' x
x != y
0.1 lam = 1e-3
E x + T y
E (A + B)
E [1, 2; 3, 4]
T^2 + N^theta
e' x + 2 (1/2)^theta
x'.^2 + (A x)'
λ x + é
ones(n)' x + ones(d)' y
ones(n, d) x
x_star' x + theta_star^2
W2[1,2] + x_new[1]^2
x_new_hat' y
lim(lam x, lam -> 0+) eta
y + lim(lam x, lam -> 0+)
deriv(x' y, x) z
A (x .* y + z) + A ((B x) .* (B y))
-(x .* y)
"""


@pytest.mark.parametrize("text", PRINTED.strip().splitlines())
def test_what_is_shown_as_latex_is_read_again(text):
    scope = Scope(is_open=True)
    meant = understand(text, scope).expr
    shown = show.latex(meant)
    again = understand(shown, scope, tokens=latex.tokens(shown, {*scope.names, *scope.sizes}))
    assert flat(again.expr) == flat(meant)
    assert not again.forks
    assert shown.count("{") == shown.count("}")
    assert shown.count(r"\left") == shown.count(r"\right")


SHAPES = {
    "S": [
        "lam",
        "mu_2",
        "3",
        "1/2",
        "x[2]",
        "A[1,2]",
        "(V)' (V)",
        "||V||_2",
        "||M||_F",
        "tr(M)",
        "(S)^2",
        "(S)^-1",
        "(S)^-2",
    ],
    "V": ["x", "y_hat", "(M) (V)", "relu(V)", "((V) + (V) .* (V))", "(V) ./ (V)", "(V).^2"],
    "M": ["A", "B2", "(M) (M)", "(M)'", "(M)^-1", "pinv(M)", "diag(V)", "(V) (V)'"],
}
SHAPES["S"] += ["(S) / ((S) + mu_2)", "exp(S)", "|S|", "(S)^(S)", "sqrt(S)"]
for letter, forms in SHAPES.items():
    forms += [f"({letter}) - ({letter})", f"-({letter})", f"(S) ({letter})", f"({letter}) (S)", f"({letter}) / (S)"]
LEAVES = {letter: [form for form in forms if not re.search("[SVM]", form)] for letter, forms in SHAPES.items()}


@st.composite
def expressions(draw):
    """Plain text of any shape; its letters S, V and M are filled in from outside to inside."""
    text = draw(st.sampled_from("SVM"))
    for table in (SHAPES, SHAPES, SHAPES, LEAVES):
        text = "".join(draw(st.sampled_from(table[part])) if part in table else part for part in text)
    return text


@settings(deadline=None, max_examples=60)
@given(expressions())
def test_anything_built_from_names_is_read_again(text):
    declared = "0 x' A y_hat + 0 x' B2 x + lam mu_2 + 0 x' (x + 0_n)"
    scope = Scope(is_open=True)
    understand(declared, scope)
    try:
        meant = understand(text, scope).expr
    except CalculusError:
        return  # too long or too deep
    shown = show.latex(meant)
    assert flat(understand(shown, scope, tokens=latex.tokens(shown, {*scope.names, *scope.sizes})).expr) == flat(meant)
