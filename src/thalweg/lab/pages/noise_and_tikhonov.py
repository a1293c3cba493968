# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Noise and Tikhonov · thalweg")


@app.cell
def _():
    import marimo as mo
    import torch

    import thalweg
    from thalweg.draw import noise as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.lab import kit
    from thalweg.subjects import least_squares, noise, ridge

    return Chart, draw, kit, least_squares, mo, noise, ridge, thalweg, torch


@app.cell
def _(kit):
    kit.begin("noise-and-tikhonov")
    return


@app.cell
def _(mo):
    mo.md(r"""
    One point, one weight, loss $\tfrac12 (\tilde x w - y)^2$ with $\tilde x = x + s\,N$ drawn anew at every step. The
    forecast is exact: the mean and the standard deviation of $w_t$ at every step. Three hundred runs are laid over it.
    """)
    return


@app.cell
def _(kit, mo):
    std = mo.ui.slider(0.05, 2.0, 0.05, value=kit.remembered("s", 0.5, 0.05, 2.0), label="noise $s$", show_value=True)
    std
    return (std,)


@app.cell
def _(kit, mo):
    share = mo.ui.slider(
        0.02,
        1.3,
        0.02,
        value=kit.remembered("share", 0.2, 0.02, 1.3),
        label="lr as a share of the limit",
        show_value=True,
    )
    share
    return (share,)


@app.cell
def _(kit, mo, noise, share, std, torch):
    kit.remember({"s": std.value, "share": share.value})
    X, y, s = torch.ones(1, 1, dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64), std.value
    limits = {
        "variance": noise.variance_limit(X, s),
        "mean": noise.mean_limit(X, s),
        "almost every run": noise.typical_limit(1.0, s),
    }
    lr = share.value * limits["variance"]
    mo.md(
        f"lr = **{lr:.4g}**. The variance stays bounded up to {limits['variance']:.4g}, the mean converges up to "
        f"{limits['mean']:.4g}, almost every single run stays near up to {limits['almost every run']:.4g}."
    )
    return X, limits, lr, s, y


@app.cell
def _(Chart):
    course = Chart()
    course
    return (course,)


@app.cell
def _(Chart):
    density = Chart()
    density
    return (density,)


@app.cell
def _(X, course, density, draw, least_squares, lr, mo, noise, ridge, s, thalweg, torch, y):
    theory = noise.moments(X, y, s, lr, 60)
    _levels = {"ridge": float(ridge.optimum(X, y, noise.ridge_strength(1, s))), "without noise": 2.0}
    result = thalweg.run(
        least_squares.make_problem(X, y, 1.0),
        lr=lr,
        starts=torch.zeros(300, 1, dtype=torch.float64),
        steps=60,
        noise_std=s,
        seed=1,
        keep=62,
        choice="eager",
    )
    _t, _w = result.t, result.w[:, :, 0]
    _mean, _std = theory.mean[_t, 0], theory.std[_t, 0]
    course.show(
        draw.moments(_t, _mean, _std, _w.mean(1), _w.std(1), _levels, "w"),
        "mean and standard deviation of the weight over the steps: forecast as a line and a band, 300 runs upon it",
    )
    density.show(
        draw.histogram(_w[-1], float(_mean[-1]), float(_std[-1]), _levels, f"w after {int(_t[-1])} steps"),
        "where 300 runs are in the end, under the normal density of the forecast",
    )
    mo.md(
        f"After {int(_t[-1])} steps: mean predicted {float(_mean[-1]):.4g}, measured {float(_w[-1].mean()):.4g}; standard "
        f"deviation predicted {float(_std[-1]):.4g}, measured {float(_w[-1].std()):.4g}."
    )
    return


@app.cell
def _(Chart, draw, limits, lr, mo, noise, s, torch):
    def _curves():
        lrs = torch.linspace(0.01, 1.15 * max(limits.values()), 50, dtype=torch.float64)
        rules = {
            "mean": lambda each: abs(noise.factor_moment(1.0, s, each, 1)),
            "mean square": lambda each: noise.factor_moment(1.0, s, each, 2) ** 0.5,
            "typical": lambda each: noise.typical_factor(1.0, s, each),
        }
        curves = {name: torch.tensor([rule(each) for each in lrs.tolist()]) for name, rule in rules.items()}
        picture = Chart()
        picture.show(
            draw.stability(lrs, curves, {"chosen": lr}),
            "what a step leaves of the mean, of the root mean square and of the typical error, over the learning rate",
        )
        return mo.vstack([mo.md("## Three limits"), picture])

    _curves()
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Tikhonov

    A prior $w \sim N(w_0, S)$ pulls with $(w - w_0)^\top S^{-1} (w - w_0)$. Stretch it, and the answer moves along the
    contour lines.
    """)
    return


@app.cell
def _(kit):
    prior = kit.experiment("tikhonov")
    kit.table(prior)
    return (prior,)


@app.cell
def _(kit, prior):
    kit.pictures(prior)
    return


@app.cell
def _(kit):
    kit.notice(
        r"Noise does not only blur: it moves the mean, from $y / x$ to ridge's $x y / (x^2 + s^2)$.",
        r"The mean converges up to $2 / (x^2 + s^2)$; the variance asks for a smaller rate. In between, the mean of many runs "
        r"seems fine while a few of them jump ever farther.",
        r"Whatever the noise, a smaller rate makes the cloud smaller and the way longer.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"With noise of variance $s^2$ on $x$, which $w$ minimises $x^2 w^2 - 2 x y w + y^2 + s^2 w^2$?",
            "argmin((x w - y)^2 + s^2 w^2, w) = {}",
            {"x": "scalar", "y": "scalar", "w": "scalar", "s": "scalar > 0"},
            hint="ridge with $\\lambda = s^2$",
            answer="x y / (x^2 + s^2)",
            wrong="x y / (x^2 - s^2 / 2)",
        ),
        kit.Turn(
            r"The minimiser of $(Xw - y)^\top (Xw - y) + w^\top S^{-1} w$ with $S$ positive definite",
            "argmin(||X w - y||^2 + w' inv(S) w, w) = {}",
            {"X": "n x d", "y": "n", "w": "d", "S": "d x d pd"},
            hint="where the gradient vanishes",
            answer="inv(X' X + inv(S)) X' y",
            wrong="inv(X' X + S) X' y",
        ),
    )
    fields = kit.ask(*turns)
    return fields, turns


@app.cell
def _(fields, kit, turns):
    kit.answered(turns, fields)
    return


@app.cell
def _(kit):
    kit.end("noise-and-tikhonov")
    return


if __name__ == "__main__":
    app.run()
