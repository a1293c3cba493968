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
    from thalweg import modes
    from thalweg.draw import noise as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments import tikhonov as tikhonov_experiment
    from thalweg.lab import kit
    from thalweg.subjects import least_squares, noise, ridge, tikhonov

    return (
        Chart,
        draw,
        kit,
        least_squares,
        mo,
        modes,
        noise,
        ridge,
        thalweg,
        tikhonov,
        tikhonov_experiment,
        torch,
    )


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
    return X, limits, s, y


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
def _(X, course, density, draw, least_squares, limits, lr, noise, ridge, s, thalweg, torch, y):
    theory = noise.moments(X, y, s, lr, 60)
    _levels = {"ridge": float(ridge.optimum(X, y, noise.ridge_strength(1, s))), "without noise": 2.0}
    _problem, _starts = least_squares.make_problem(X, y, 1.0), torch.zeros(300, 1, dtype=torch.float64)
    result = thalweg.run(_problem, lr=lr, starts=_starts, steps=60, noise_std=s, seed=1, keep=62, choice="eager")
    _t, _w = result.t, result.w[:, :, 0]
    predicted, measured = (
        (float(theory.mean[-1, 0]), float(theory.std[-1, 0])),
        (float(_w[-1].mean()), float(_w[-1].std())),
    )
    is_bounded = lr < limits["variance"]
    _window = None if is_bounded else tuple(draw.middle(_w).tolist())
    course.show(
        draw.moments(_t, theory.mean[_t, 0], theory.std[_t, 0], _w.mean(1), _w.std(1), _levels, "w", _window),
        f"mean and standard deviation of the weight over 60 steps at noise {s:g} and lr {lr:.4g}: forecast as a line and a "
        f"band, 300 runs upon it. At the end {predicted[0]:.4g} ± {predicted[1]:.4g} was forecast and {measured[0]:.4g} ± "
        f"{measured[1]:.4g} measured",
    )
    _title = f"w after {int(_t[-1])} steps"
    density.show(
        draw.histogram(_w[-1], *predicted, _levels, _title) if is_bounded else draw.spread_out(_w[-1], _levels, _title),
        f"where 300 runs are after 60 steps: around {float(_w[-1].median()):.4g}"
        + (", under the normal density of the forecast" if is_bounded else ", some of them far out"),
    )
    return is_bounded, measured, predicted


@app.cell
def _(is_bounded, limits, measured, mo, predicted):
    _numbers = (
        f"After 60 steps: mean predicted {predicted[0]:.4g}, measured {measured[0]:.4g}; standard deviation predicted "
        f"{predicted[1]:.4g}, measured {measured[1]:.4g}."
    )
    mo.md(
        _numbers
        if is_bounded
        else f"{_numbers}\n\nThis rate is beyond {limits['variance']:.4g}, so that the variance grows without end. It is "
        "carried by ever rarer and ever larger runs: three hundred hold too few of them to show it, and their spread says "
        "nothing of the true one. The picture shows the middle of the runs."
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
def _(limits, noise, s, torch):
    rates = torch.linspace(0.01, 1.35, 100, dtype=torch.float64) * max(limits.values())
    factors = noise.step_factors(1.0, s, rates)
    return factors, rates


@app.cell
def _(draw, factors, limits, lr, rates, stability):
    stability.show(
        draw.stability(rates, factors, {**limits, "chosen": lr}),
        "what a step leaves of an error over the learning rate. Each is below 1 up to its limit: the root mean square up to "
        f"{limits['variance']:.4g}, the mean up to {limits['mean']:.4g}, almost every run up to "
        f"{limits['almost every run']:.4g}; chosen is {lr:.4g}",
    )
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Tikhonov

    $\|W_1 (A x - b)\|^2 + \|W_2 (x - c)\|^2$ is what a prior $x \sim N(c, \Sigma)$ gives, with $W_2^\top W_2 = \Sigma^{-1}$
    and $W_1 = I$: three points, two weights. Stretch and turn the prior: the answer gives way where the prior is wide.
    """)
    return


@app.cell
def _(kit, mo):
    along = kit.slider("along", "prior's width along its axis", [0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.6, 2.5, 4.0, 6.0], 1.6)
    across = kit.slider("across", "width across it", [0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 1.6, 2.5, 4.0, 6.0], 0.6)
    turned = kit.slider("turned", "turned by (degrees)", [5.0 * k for k in range(37)], 115.0)
    mo.hstack([along, across, turned], wrap=True, justify="start", gap=1.5)
    return across, along, turned


@app.cell
def _(Chart):
    tug = Chart()
    tug
    return (tug,)


@app.cell
def _(across, along, kit, mo, modes, thalweg, tikhonov, tikhonov_experiment, tug, turned):
    kit.remember({"along": along.value, "across": across.value, "turned": turned.value})
    problem = tikhonov_experiment.two_weights(tikhonov.ellipse(along.value, across.value, turned.value))
    _answer, _descent = tikhonov.by_hand(problem), tikhonov.descent_problem(problem)
    _lr = modes.best_lr(thalweg.decompose(_descent.X).sigma.square())
    _run = thalweg.run(_descent, lr=_lr, steps=100, keep=3, choice="eager")
    _end, _x = _run.w[-1, 0], ", ".join(f"{float(each):.4g}" for each in _answer)
    tug.show(
        tikhonov_experiment.tug_picture(problem, {"answer": _answer, "descent": _end}).draw(),
        f"level lines of the data's term and of the prior's, the answers between them as the prior grows heavier, and the "
        f"answer at its present weight, ({_x})",
    )
    mo.md(
        f"By hand x = ({_x}); descent on both terms stacked, from 0 and at its best rate {_lr:.4g}, is after "
        f"{int(_run.t[-1])} steps at a distance of {float((_end - _answer).norm()):.2g}."
    )
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
            r"With noise of variance $s^2$ on $x$, which $w$ minimises $x^2 w^2 - 2 x y w + y^2 + s^2 w^2$? "
            "(names: `x`, `y`, `s`)",
            "argmin((x w - y)^2 + s^2 w^2, w) = {}",
            {"x": "scalar", "y": "scalar", "w": "scalar", "s": "scalar > 0"},
            hint="ridge with $\\lambda = s^2$",
            answer="x y / (x^2 + s^2)",
            wrong="x y / (x^2 - s^2 / 2)",
        ),
        kit.Turn(
            r"The minimiser of $\|Ax - b\|^2 + (x - c)^\top S^{-1} (x - c)$ with $S$ positive definite "
            "(names: `A`, `b`, `c`, `S`)",
            "argmin(||A x - b||^2 + (x - c)' inv(S) (x - c), x) = {}",
            {"A": "n x d", "b": "n", "x": "d", "c": "d", "S": "d x d pd"},
            hint="where the gradient vanishes; or shift by $c$ first",
            answer="inv(A' A + inv(S)) (A' b + inv(S) c)",
            wrong="inv(A' A + inv(S)) A' b + c",
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

    kit.shown(own, _shown)
    return


@app.cell
def _(kit):
    kit.end("noise-and-tikhonov")
    return


if __name__ == "__main__":
    app.run()
