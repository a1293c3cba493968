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
def _(kit):
    noise_std = kit.slider("s", "noise $s$", [round(0.05 * k, 2) for k in range(1, 41)], 0.5)
    noise_std
    return (noise_std,)


@app.cell
def _(kit):
    share = kit.slider("share", "lr as a share of the limit", [round(0.02 * k, 2) for k in range(1, 66)], 0.2)
    share
    return (share,)


@app.cell
def _(noise, noise_std, torch):
    X, y, s = torch.ones(1, 1, dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64), noise_std.value
    limits = {
        "variance": noise.variance_limit(X, s),
        "mean": noise.mean_limit(X, s),
        "almost every run": noise.typical_limit(1.0, s),
    }
    rates = torch.linspace(0.01, 1.15, 60, dtype=torch.float64) * max(limits.values())
    factors = noise.step_factors(1.0, s, rates)
    return X, factors, limits, rates, s, y


@app.cell
def _(kit, limits, mo, s, share):
    kit.remember({"s": s, "share": share.value})
    lr = share.value * limits["variance"]
    mo.md(
        f"lr = **{lr:.4g}**. The variance stays bounded up to {limits['variance']:.4g}, the mean converges up to "
        f"{limits['mean']:.4g}, almost every single run stays near up to {limits['almost every run']:.4g}."
    )
    return (lr,)


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
    _problem, _starts = least_squares.make_problem(X, y, 1.0), torch.zeros(300, 1, dtype=torch.float64)
    result = thalweg.run(_problem, lr=lr, starts=_starts, steps=60, noise_std=s, seed=1, keep=62, choice="eager")
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
def _(mo):
    mo.md("""
    ## Three limits

    What a step leaves of an error, in three senses, at every learning rate: each is stable where its curve is below 1.
    """)
    return


@app.cell
def _(Chart):
    stability = Chart()
    stability
    return (stability,)


@app.cell
def _(draw, factors, lr, rates, stability):
    stability.show(
        draw.stability(rates, factors, {"chosen": lr}),
        "what a step leaves of the root mean square, of the mean and of the typical error, over the learning rate",
    )
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
def _(kit, mo):
    own = kit.own("data", "1 0.9 2\n2 2.1 4\n3 2.9 6.2\n4 4.2 7.9", "Your own data: a point a line, the target last")
    mo.vstack([
        mo.md("## Your own data\n\nNoise of the strength chosen above shakes your inputs, at a fifth of their limit."),
        own,
    ])
    return (own,)


@app.cell
def _(draw, kit, least_squares, mo, noise, own, ridge, s, thalweg, torch):
    def _shown(rows):
        if not 2 <= rows.shape[1] <= 9:
            raise ValueError(f"need 1 to 8 features and the target in every line, got {rows.shape[1]} numbers")
        X, y, steps = rows[:, :-1], rows[:, -1], 200
        limit = noise.variance_limit(X, s)
        theory, starts = noise.moments(X, y, s, limit / 5, steps), torch.zeros(200, X.shape[1], dtype=torch.float64)
        result = thalweg.run(
            least_squares.make_problem(X, y, 1.0), lr=limit / 5, starts=starts, steps=steps, noise_std=s, seed=1, keep=60,
            choice="eager",
        )  # fmt: skip
        optimum, i, t = ridge.optimum(X, y, noise.ridge_strength(len(X), s)), int(theory.std[-1].argmax()), result.t
        w = result.w[:, :, i]
        picture = draw.moments(
            t, theory.mean[t, i], theory.std[t, i], w.mean(1), w.std(1), {"ridge": float(optimum[i])}, f"w[{i}]"
        )
        told = ", ".join(f"{float(each):.4g}" for each in optimum)
        return mo.vstack([
            mo.md(
                f"The variance stays bounded up to lr = {limit:.4g}. The mean tends to ridge with $n s^2$: w = {told}."
            ),
            kit.drawn(picture, "the weight that noise shakes most: its mean and spread, forecast and over 200 runs"),
        ])

    kit.shown("data", own, _shown)
    return


@app.cell
def _(kit):
    kit.end("noise-and-tikhonov")
    return


if __name__ == "__main__":
    app.run()
