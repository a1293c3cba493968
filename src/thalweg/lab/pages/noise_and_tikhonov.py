# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Noise and Tikhonov · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments import noise_page as theory
    from thalweg.lab import kit

    return Chart, kit, mo, theory


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
    noise_std = kit.slider("s", "noise s", [round(0.05 * k, 2) for k in range(1, 41)], 0.5)
    share = kit.slider("share", "lr, share of limit", [round(0.02 * k, 2) for k in range(1, 66)], 0.2)
    kit.controls(noise_std, share)
    return noise_std, share


@app.cell
def _(noise_std, theory):
    s = noise_std.value
    limits = theory.limits(s)
    return limits, s


@app.cell
def _(kit, limits, mo, s, share, theory):
    kit.remember({"s": s, "share": share.value})
    lr = share.value * limits[theory.VARIANCE]
    mo.md(theory.limits_told(limits, lr))
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
def _(course, density, limits, lr, mo, s, theory):
    _study = theory.study(s, lr, limits[theory.VARIANCE])
    course.show(*theory.moments(_study))
    density.show(*theory.density(_study))
    mo.md(theory.told(_study))
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
def _(limits, s, theory):
    factors = theory.factors(s, limits)
    return (factors,)


@app.cell
def _(factors, limits, lr, stability, theory):
    stability.show(*theory.stability(*factors, limits, lr))
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
def _(kit):
    along = kit.slider("along", "width along its axis", [0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.6, 2.5, 4.0, 6.0], 1.6)
    across = kit.slider("across", "width across it", [0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 1.6, 2.5, 4.0, 6.0], 0.6)
    turned = kit.slider("turned", "turned by (degrees)", [5.0 * k for k in range(37)], 115.0)
    kit.controls(along, across, turned)
    return across, along, turned


@app.cell
def _(Chart):
    tug = Chart()
    tug
    return (tug,)


@app.cell
def _(across, along, kit, mo, theory, tug, turned):
    kit.remember({"along": along.value, "across": across.value, "turned": turned.value})
    _found = theory.tug(along.value, across.value, turned.value)
    tug.show(*theory.tug_shown(_found))
    mo.md(theory.tug_told(_found))
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
def _(kit, mo, own, s, theory):
    def _shown(rows):
        found, optimum = theory.own(rows, s)
        return mo.vstack([mo.md(theory.own_told(found, optimum)), kit.drawn(*theory.own_moments(found))])

    kit.shown(own, _shown)
    return


@app.cell
def _(kit):
    kit.end("noise-and-tikhonov")
    return


if __name__ == "__main__":
    app.run()
