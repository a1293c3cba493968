# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Vector calculus · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.calculus.identities import IDENTITIES
    from thalweg.lab import kit

    return IDENTITIES, kit, mo


@app.cell
def _(kit):
    kit.begin("vector-calculus")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Capital letters are matrices, small ones column vectors, Greek ones and `lam` numbers; a space multiplies, `x'` transposes.
    Type plain text such as `||X w - y||^2 + lam ||w||^2`, or LaTeX such as `$x^\top A x$`. Sizes are found from the use.
    """)
    return


@app.cell
def _(kit, mo):
    asked = mo.ui.dictionary({
        "f": mo.ui.text(value=kit.text("f", "x' A x"), label="f", max_length=kit.MOST_TYPED, full_width=True),
        "by": mo.ui.text(value=kit.text("by", "x"), label="by", max_length=20),
        "symmetric": mo.ui.text(value=kit.text("symmetric", ""), label="symmetric matrices", max_length=20),
        "second": mo.ui.checkbox(value=kit.chosen("second", ["True"], "") == "True", label="the second derivative too"),
    })
    mo.vstack([asked["f"], mo.hstack([asked["by"], asked["symmetric"], asked["second"]], justify="start", wrap=True)])
    return (asked,)


@app.cell
def _(asked, kit):
    kit.remember({name: value for name, value in asked.value.items() if isinstance(value, str)})
    kit.remember({"second": str(asked.value["second"])})
    kit.derivation(asked.value["f"], asked.value["by"], asked.value["symmetric"].split(), asked.value["second"])
    return


@app.cell
def _(IDENTITIES, mo):
    groups = {each.group: [] for each in IDENTITIES}
    for each in IDENTITIES:
        groups[each.group].append({"f": each.text, "by": each.wrt, "derivative": each.derivative})
    mo.vstack([
        mo.md("## Known forms\n\nEach of them is derived by two engines and confirmed by autograd when the tests run."),
        mo.accordion({name: mo.ui.table(rows, selection=None, page_size=20) for name, rows in groups.items()}),
    ])
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
            r"$f = \|X w - y\|^2$. What is $\partial f / \partial w$? (write `X`, `w`, `y`, and `'` for a transpose)",
            "deriv(||X w - y||^2, w) = {}",
            {"X": "n x d", "w": "d", "y": "n"},
            hint="it is a row with $d$ entries",
            answer="2 (X w - y)' X",
            wrong="(X w - y)' X",
        ),
        kit.Turn(
            r"$f = a^\top X b$ with vectors $a$ and $b$. What is $\partial f / \partial b$?",
            "deriv(a' X b, b) = {}",
            {"X": "n x d", "a": "n", "b": "d"},
            hint="the transpose of what stands in front of $b$ would be a column",
            answer="a' X",
            wrong="2 a' X",
        ),
        kit.Turn(
            r"$f = \tfrac12 x^\top A x + b^\top x$ with a symmetric $A$. What is the derivative by $x$?",
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
def _(kit, mo):
    claims = mo.ui.text_area(
        value=kit.text(
            "claims",
            "sizes n d\nX : n x d\nlam : scalar > 0\nclaim push: X inv(X' X + lam I) = inv(X X' + lam I) X\n"
            "x, y : n\nclaim square: ||x + y||^2 = ||x||^2 + ||y||^2",
        ),
        label="Claims of your own, as in `thalweg check`; every line is proved, tested or refuted",
        rows=7,
        max_length=kit.MOST_CHARACTERS,
        full_width=True,
    )
    mo.vstack([mo.md("## Claims of your own"), claims])
    return (claims,)


@app.cell
def _(claims, kit):
    kit.claimed(claims.value)
    return


@app.cell
def _(kit):
    kit.end("vector-calculus")
    return


if __name__ == "__main__":
    app.run()
