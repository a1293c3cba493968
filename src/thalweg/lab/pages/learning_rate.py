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
    from thalweg.draw import style
    from thalweg.draw.explorables import rates as explorable
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.wording import said
    from thalweg.lab import kit
    from thalweg.subjects import least_squares

    return Chart, draw, explorable, kit, least_squares, mo, modes, said, style, thalweg, torch


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
def _(get_asked, least_squares, modes, thalweg, torch):
    lr, c, sigma, _start = get_asked()
    _values, _away = torch.tensor(sigma, dtype=torch.float64), -torch.tensor(_start, dtype=torch.float64)
    _problem, _rate = least_squares.make_problem(_values.diag(), _values * _away, c), max(lr, 1e-12 / sigma[0] ** 2)
    result = thalweg.run(_problem, lr=_rate, steps=60, keep=62, choice="eager")
    t, _w = thalweg.path(result)
    _forecast = modes.linear_path(thalweg.linearize(_problem), _rate, t)
    apart = float((_w - _forecast).abs().max() / _w.abs().max().clamp(min=1e-300))
    ran, theory, curvature = _w - _away, _forecast - _away, c * _values.square()
    return apart, c, curvature, lr, ran, result, sigma, t, theory


@app.cell
def _(apart, c, chart, curvature, draw, lr, mo, modes, ran, result, said, sigma, style, t, theory, torch):
    _names = [f"σ = {said(each)}" for each in sigma]
    _rho = modes.step_factors(curvature, torch.tensor(lr, dtype=torch.float64)).abs().tolist()
    _left = ", ".join(f"{said(each, 4)} of {name}" for each, name in zip(_rho, _names, strict=True))
    _steps, _same = int(t[-1]), f"forecast and run differ by at most {said(apart, 1)} of the largest weight"
    chart.show(
        draw.mode_errors(t, ran, t, theory, _names, style.OTHERS[: len(sigma)]),
        f"errors of {len(sigma)} modes over {_steps} steps at lr {said(lr)}: a step leaves {_left}; {_same}",
    )
    _moves = f"the slowest mode keeps {said(max(_rho), 4)} of its error a step" if lr else "nothing moves"
    mo.md(
        f"Largest stable rate **{said(modes.largest_stable_lr(curvature), 4)}**, best rate "
        f"**{said(modes.best_lr(curvature), 4)}**, both for $c = {c:g}$ "
        f"({'half the sum of squares' if c == 1 else 'the sum of squares'}); chosen {said(lr, 4)}: {_moves}. "
        f"After {_steps} steps: *{result.outcome[0].words if lr else 'as at the start'}*. {_same.capitalize()}."
    )
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
def _(draw, kit, mo, modes, own, said, thalweg):
    def _shown(X):
        parts = thalweg.decompose(X)
        curvature = parts.sigma[parts.seen].square()
        limits = {"best": modes.best_lr(curvature), "limit": modes.largest_stable_lr(curvature)}
        names = [f"σ = {said(float(each))}" for each in parts.sigma[parts.seen]]
        told = ", ".join(each.removeprefix("σ = ") for each in names[:12]) + ", …" * (len(names) > 12)
        both = f"up to lr {said(limits['limit'], 4)} descent converges, fastest at {said(limits['best'], 4)}"
        figure = draw.convergence_rates(curvature, names, limits)
        return mo.vstack([
            mo.md(
                f"Rank {parts.rank}; singular values {told}. With $c = 1$, {both}; with $c = 2$ at half of these rates."
            ),
            kit.drawn(figure, f"what a step leaves of each of {len(names)} errors, over the learning rate: {both}"),
        ])

    kit.shown(own, _shown)
    return


@app.cell
def _(kit):
    kit.end("learning-rate")
    return


if __name__ == "__main__":
    app.run()
