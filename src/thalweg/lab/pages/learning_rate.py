# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Learning rate · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables import rates as explorable
    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments import rate_page as theory
    from thalweg.lab import kit

    return Chart, explorable, kit, mo, theory


@app.cell
def _(kit):
    kit.begin("learning-rate")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Drag in the first picture, drag the start in the last one, or move a slider. Each curve is one singular value $\sigma$ of
    $X$; its height is $|\rho| = |1 - \eta c \sigma^2|$, what a step leaves of the error in that direction. Beyond the limit,
    in the red, one of them is over 1. The loss is $\tfrac c2 \|Xw - y\|^2$: with $c = 1$ half the sum of squares, with
    $c = 2$ the sum itself, as in the homework; choose it below the pictures.
    """)
    return


@app.cell
def _(explorable, kit, mo):
    _opened = explorable.opened(kit.remembered)
    rates = mo.ui.anywidget(_opened)
    get_asked, set_asked = mo.state(explorable.asked(_opened.trait_values()))
    rates
    return get_asked, rates, set_asked


@app.cell
def _(explorable, get_asked, kit, rates, set_asked):
    kit.remember(explorable.address(rates.value))
    _asked = explorable.asked(rates.value)
    if _asked != get_asked():  # Not while the steps are played: the run is what it was.
        set_asked(_asked)
    return


@app.cell
def _(mo):
    mo.md("""
    ## Forecast, then run

    The forecast is made before a single step; it is drawn wide and dashed. The run is laid over it.
    """)
    return


@app.cell
def _(Chart):
    chart = Chart()
    chart
    return (chart,)


@app.cell
def _(get_asked, theory):
    course = theory.course(*get_asked())
    return (course,)


@app.cell
def _(chart, course, mo, theory):
    chart.show(*theory.errors(course))
    mo.md(theory.told(course))
    return


@app.cell
def _(kit):
    kit.notice(
        r"The largest $\sigma$ decides how large $\eta$ may be: $\eta < 2 / (c \sigma_1^2)$. With the sum of squares, $c = 2$, "
        r"that is $1 / \sigma_1^2$.",
        r"At small rates the smallest $\sigma$ is the slowest; just under the limit the largest one is. "
        r"Where the two curves cross lies the best rate, $2 / (c (\sigma_1^2 + \sigma_r^2))$.",
        r"Beyond $1 / (c \sigma_1^2)$ the error of the largest $\sigma$ changes its sign at every step: "
        r"the point jumps across the valley.",
        r"Singular values in between change nothing: they are never the slowest. Move the one in between and see.",
    )
    return


@app.cell
def _(kit):
    turns_one = (
        kit.Turn(
            r"One weight, loss $\tfrac c2 (\sigma w - y)^2$, with $c, \sigma > 0$: descent converges for every $y$ just if "
            r"$0 < \eta$ and $\eta <$ ... (names: `c`, `s` for $\sigma$)",
            "|1 - eta c s^2| < 1 iff (eta > 0 and eta < {})",
            {"eta": "scalar", "c": "scalar > 0", "s": "scalar > 0"},
            hint="the error is multiplied by $1 - \\eta c \\sigma^2$ at every step",
            answer="2 / (c s^2)",
            wrong="1 / (c s^2)",
        ),
        kit.Turn(
            r"A step leaves $0 < \rho < 1$ of the error. At most a share $0 < \varepsilon < 1$ of it is left from step "
            r"$t \ge$ ... on (names: `rho`, `eps`, `log(...)`)",
            "rho^t <= eps iff t >= {}",
            {"rho": "scalar > 0", "eps": "scalar > 0", "t": "scalar > 0"},
            given=("rho < 1", "eps < 1"),
            hint="take the logarithm of $\\rho^t \\le \\varepsilon$; it is negative",
            answer="log(eps) / log(rho)",
            wrong="log(rho) / log(eps)",
        ),
    )
    return (turns_one,)


@app.cell
def _(kit):
    turns_two = (
        kit.Turn(
            r"Two singular values $a > b > 0$ with $c = 1$. At which $\eta$ are both equally slow, "
            r"$|1 - \eta a^2| = |1 - \eta b^2|$? (names: `a`, `b`)",
            "eta > 0 implies (|1 - eta a^2| = |1 - eta b^2| iff eta = {})",
            {"eta": "scalar", "a": "scalar > 0", "b": "scalar > 0"},
            given=("a > b",),
            hint="one of the two factors is negative there",
            answer="2 / (a^2 + b^2)",
            wrong="1 / (a^2 + b^2)",
        ),
        kit.Turn(
            r"The same with any $c > 0$: which of the two is slower depends on $\eta$. The smaller one, $b$, is just if "
            r"$\eta <$ ... (names: `a`, `b`, `c`)",
            "|1 - eta c b^2| > |1 - eta c a^2| iff eta < {}",
            {"eta": "scalar > 0", "a": "scalar > 0", "b": "scalar > 0", "c": "scalar > 0"},
            given=("a > b",),
            hint="it changes where both are equally slow, not where the factor of $a$ is 0",
            answer="2 / (c (a^2 + b^2))",
            wrong="1 / (c a^2)",
        ),
    )
    return (turns_two,)


@app.cell
def _(kit, turns_one, turns_two):
    turns = (*turns_one, *turns_two)
    answers = kit.ask(*turns)
    return answers, turns


@app.cell
def _(answers, kit, turns):
    kit.answered(turns, answers)
    return


@app.cell
def _(kit, mo):
    own = kit.own("X", "1 0\n0 3\n1 1", "Your own X, one row a line")
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(kit, mo, own, theory):
    def _shown(X):
        found = theory.own(X)
        return mo.vstack([mo.md(theory.own_told(found)), kit.drawn(*theory.own_factors(found))])

    kit.shown(own, _shown)
    return


@app.cell
def _(kit):
    kit.end("learning-rate")
    return


if __name__ == "__main__":
    app.run()
