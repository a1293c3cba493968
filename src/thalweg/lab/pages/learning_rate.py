# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Learning rate · thalweg")


@app.cell
def _():
    import marimo as mo
    import torch

    import thalweg
    from thalweg import modes
    from thalweg.draw import modes as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.explorables.rates import Rates
    from thalweg.lab import kit
    from thalweg.subjects import least_squares

    return Chart, Rates, draw, kit, least_squares, mo, modes, thalweg, torch


@app.cell
def _(kit):
    kit.begin("learning-rate")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Drag in the first picture, or move a slider. Each curve is one singular value $\sigma$ of $X$; its height is
    $|\rho| = |1 - \eta c \sigma^2|$, what a step leaves of the error in that direction. Beyond the limit, in the red,
    one of them is over 1.
    """)
    return


@app.cell
def _(Rates, kit, mo):
    _large = kit.remembered("large", 2.0, 0.5, 5.0)
    _small = kit.remembered("small", 0.5, 0.1, _large)
    _middle = (_large * _small) ** 0.5
    rates = mo.ui.anywidget(
        Rates(
            lr=kit.remembered("lr", 0.4 / _large**2, 0.0, 2.5 / _large**2),
            sigma=[_large, _middle, _small],
            start=[-1.0, -0.8, -1.2],
        )
    )
    rates
    return (rates,)


@app.cell
def _(kit, least_squares, rates, torch):
    lr, sigma = rates.value["lr"], rates.value["sigma"]
    kit.remember({"lr": lr, "large": sigma[0], "small": sigma[-1]})
    values = torch.tensor(sigma, dtype=torch.float64)
    away = -torch.tensor(rates.value["start"], dtype=torch.float64)
    problem = least_squares.make_problem(values.diag(), values * away, 1.0)
    return away, lr, problem, sigma, values


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
def _(away, chart, draw, lr, mo, modes, problem, sigma, thalweg, torch, values):
    rate = max(lr, 1e-6)
    result = thalweg.run(problem, lr=rate, steps=60, keep=62, choice="eager")
    t, w = thalweg.path(result)
    theory = modes.linear_path(thalweg.linearize(problem), rate, t)
    figure = draw.mode_errors(t, w - away, t, theory - away, [f"σ = {each:.3g}" for each in sigma])
    chart.show(figure, "the error of every mode over the steps: forecast wide and dashed, run thin upon it")
    rho = float(modes.step_factors(values.square(), torch.tensor([rate], dtype=torch.float64)).abs().max())
    apart = float((w - theory).abs().max() / w.abs().max())
    mo.md(
        f"Largest stable rate **{modes.largest_stable_lr(values.square()):.4g}**, best rate "
        f"**{modes.best_lr(values.square()):.4g}**, chosen {rate:.4g}: the slowest mode keeps {rho:.4g} of its error a step. "
        f"After {int(t[-1])} steps: *{result.outcome[0].words}*. "
        f"Forecast and run differ by at most {apart:.1g} of the largest weight."
    )
    return


@app.cell
def _(kit):
    kit.notice(
        r"The largest $\sigma$ decides how large $\eta$ may be: $\eta < 2 / (c \sigma_1^2)$.",
        r"At small rates the smallest $\sigma$ is the slowest; just under the limit the largest one is. "
        r"Where the two curves cross lies the best rate, $2 / (c (\sigma_1^2 + \sigma_r^2))$.",
        r"Beyond $1 / (c \sigma_1^2)$ the error of the largest $\sigma$ changes its sign at every step: "
        r"the point jumps across the valley.",
        r"Singular values in between change nothing: they are never the slowest.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"One weight, loss $\tfrac c2 (\sigma w - y)^2$, with $c, \sigma > 0$: descent converges for every $y$ just if "
            r"$0 < \eta$ and $\eta <$ ... (write `c`, `s` for $\sigma$)",
            "|1 - eta c s^2| < 1 iff (eta > 0 and eta < {})",
            {"eta": "scalar", "c": "scalar > 0", "s": "scalar > 0"},
            hint="the error is multiplied by $1 - \\eta c \\sigma^2$ at every step",
            answer="2 / (c s^2)",
            wrong="1 / (c s^2)",
        ),
        kit.Turn(
            r"Two singular values $a > b > 0$ with $c = 1$. At which $\eta$ are both equally slow, "
            r"$|1 - \eta a^2| = |1 - \eta b^2|$?",
            "eta > 0 implies (|1 - eta a^2| = |1 - eta b^2| iff eta = {})",
            {"eta": "scalar", "a": "scalar > 0", "b": "scalar > 0"},
            given=("a > b",),
            hint="one of the two factors is negative there",
            answer="2 / (a^2 + b^2)",
            wrong="1 / (a^2 + b^2)",
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
    own = mo.ui.text_area(
        value=kit.text("X", "1 0\n0 3\n1 1"),
        label="Your own X, one row a line",
        rows=4,
        max_length=2000,
    )
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(Chart, draw, kit, modes, mo, own, torch):
    def _shown():
        try:
            X = kit.matrix(own.value)
        except ValueError as problem:
            return kit.refused(problem)
        found = torch.linalg.svdvals(X)
        kept = found[found > 1e-12 * found[0]]
        picture = Chart()
        limits = {"best": modes.best_lr(kept.square()), "limit": modes.largest_stable_lr(kept.square())}
        picture.show(
            draw.convergence_rates(kept.square(), [f"σ = {float(each):.3g}" for each in kept], limits),
            "what a step leaves of the error of every singular value of your data, over the learning rate",
        )
        return mo.vstack([mo.md("Singular values: " + ", ".join(f"{float(each):.4g}" for each in found)), picture])

    _shown()
    return


@app.cell
def _(kit):
    kit.end("learning-rate")
    return


if __name__ == "__main__":
    app.run()
