# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Vector calculus · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables.chart import Chart
    from thalweg.lab import formulas, kit

    return Chart, formulas, kit, mo


@app.cell
def _(kit):
    kit.begin("vector-calculus")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Capital letters are matrices, small ones column vectors, Greek ones and `lam` numbers; a space multiplies, `x'` transposes.
    Type plain text such as `||X w - y||^2 + lam ||w||^2`, or LaTeX such as `$x^\top A x$`. Sizes are found from the use. The
    known forms at the end of the page can be put here.
    """)
    return


@app.cell
def _(kit, mo):
    f = mo.ui.text(value=kit.text("f", "x' A x"), label="f", max_length=kit.MOST_TYPED, full_width=True)
    f
    return (f,)


@app.cell
def _(kit, mo):
    numbers = mo.ui.text(value=kit.text("numbers", ""), label="small letters that are numbers", max_length=40)
    symmetric = mo.ui.text(value=kit.text("symmetric", ""), label="symmetric matrices", max_length=40)
    shapes = mo.ui.text(value=kit.text("shapes", ""), label="shapes, as in A: m x n; x: n", max_length=80)
    second = mo.ui.checkbox(value=kit.chosen("second", ["True"], "") == "True", label="the second derivative too")
    mo.hstack([numbers, symmetric, shapes, second], justify="start", align="end", wrap=True)
    return numbers, second, shapes, symmetric


@app.cell
def _(f, formulas, kit, mo, numbers, shapes, symmetric):
    _names = formulas.choices(f.value, numbers.value, symmetric.value, shapes.value)
    _first = formulas.first_choice(_names, kit.text("by", "x"))
    by = mo.ui.dropdown(_names or [_first], value=_first, label="differentiated by")
    by
    return (by,)


@app.cell
def _(by, f, kit, numbers, second, shapes, symmetric):
    asked = {
        "f": f.value, "by": by.value or "", "numbers": numbers.value, "symmetric": symmetric.value, "shapes": shapes.value,
    }  # fmt: skip
    kit.remember({**asked, "second": str(second.value)})
    kit.derivation(**asked, second=second.value)
    return (asked,)


@app.cell
def _(mo):
    mo.md(r"""
    ## The derivative predicts, differences measure

    Through a random point a line in a random direction $u$: along it $f$ is a function $g(t) = f(x + t u)$ of one number, and
    the derivative says its slope, $\partial f / \partial x \; u$. What has several entries is added up with random weights.
    """)
    return


@app.cell
def _(kit):
    h = kit.slider("h", "step h", [float(f"{10 ** (k / 4):.2g}") for k in range(-24, 1)], 0.56)
    seed = kit.slider("seed", "seed of the line", range(10), 0)
    kit.controls(h, seed)
    return h, seed


@app.cell
def _(Chart):
    line_chart = Chart()
    line_chart
    return (line_chart,)


@app.cell
def _(Chart):
    error_chart = Chart()
    error_chart
    return (error_chart,)


@app.cell
def _(asked, formulas, seed):
    line = formulas.line_through(asked, seed.value)
    return (line,)


@app.cell
def _(error_chart, formulas, h, kit, line, line_chart, mo, seed):
    kit.remember({"h": h.value, "seed": seed.value})
    line_chart.show(*formulas.tangent(line, h.value))
    error_chart.show(*formulas.differences(line, h.value))
    mo.md(formulas.compared(line, h.value))
    return


@app.cell
def _(kit):
    kit.notice(
        r"The derivative of a scalar by a column is a **row**: $\partial (c^\top x) / \partial x = c^\top$. That of a vector "
        r"by a vector has a row for each output.",
        r"An arbitrary entry first: with all sums written out there is nothing left to guess, and stacking the entries gives "
        r"the matrix form.",
        r"$\partial (x^\top A x)/\partial x = x^\top (A + A^\top)$. It is $2 x^\top A$ just if $A$ is symmetric.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"$f = \|X w - y\|^2$. What is $\partial f / \partial w$? (names: `X`, `w`, `y`; `'` transposes)",
            "deriv(||X w - y||^2, w) = {}",
            {"X": "n x d", "w": "d", "y": "n"},
            hint="it is a row with $d$ entries",
            answer="2 (X w - y)' X",
            wrong="(X w - y)' X",
        ),
        kit.Turn(
            r"$f = a^\top X b$ with vectors $a$ and $b$. What is $\partial f / \partial b$? (names: `a`, `X`, `b`)",
            "deriv(a' X b, b) = {}",
            {"X": "n x d", "a": "n", "b": "d"},
            hint="the transpose of what stands in front of $b$ would be a column",
            answer="a' X",
            wrong="2 a' X",
        ),
        kit.Turn(
            r"$f = \tfrac12 x^\top A x + b^\top x$ with a symmetric $A$. What is the derivative by $x$? "
            "(names: `x`, `A`, `b`)",
            "deriv(1/2 x' A x + b' x, x) = {}",
            {"A": "n x n symmetric", "x": "n", "b": "n"},
            hint="a symmetric $A$ makes both halves of the first part alike",
            answer="x' A + b'",
            wrong="x' A - b'",
        ),
    )
    answers = kit.ask(*turns)
    return answers, turns


@app.cell
def _(answers, kit, turns):
    kit.answered(turns, answers)
    return


@app.cell
def _(formulas, kit, mo):
    claims = mo.ui.text_area(
        value=kit.text("claims", formulas.CLAIMS),
        label="Claims of your own, as in `thalweg check`; every line is proved, tested or refuted",
        rows=7,
        max_length=kit.MOST_CHARACTERS,
        full_width=True,
    )
    mo.vstack([mo.md("## Claims of your own"), claims])
    return (claims,)


@app.cell
def _(claims, formulas, kit):
    if claims.value != formulas.CLAIMS or kit.text("claims", ""):  # An address without them means those of the page.
        kit.remember({"claims": claims.value})
    kit.claimed(claims.value)
    return


@app.cell
def _(mo):
    mo.md("""
    ## Known forms

    Each of them is derived by two engines and confirmed by autograd when the tests run. A link puts it into the fields above.
    """)
    return


@app.cell
def _(formulas, mo):
    mo.accordion(formulas.known())
    return


@app.cell
def _(kit):
    kit.end("vector-calculus")
    return


if __name__ == "__main__":
    app.run()
