# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Ill-conditioned problems · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw import modes as draw_modes
    from thalweg.draw import stopping as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments import early_stopping as theory
    from thalweg.experiments.linear_setup import named
    from thalweg.lab import kit

    return Chart, draw, draw_modes, kit, mo, named, theory


@app.cell
def _(kit):
    kit.begin("ill-conditioned")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Eight unknowns, eight noisy points $y = X w^* + e$, singular values from $\alpha = 1$ down, and a last one as small as you
    like. Inversion divides the noise of every mode by its $\sigma$. Descent from 0 has learned only the share

    $$ \phi = 1 - (1 - \eta \sigma^2)^t $$

    of a mode after $t$ steps, of its signal and of its noise alike, and it keeps under a line:
    $\|w_t - w^*\| \le \|w^*\| + t \eta \alpha \|y\|$.
    """)
    return


@app.cell
def _(kit):
    _places = [float(f"{_m}e{_k}") for _k in range(-8, -2) for _m in (1, 1.5, 2, 3, 5, 7)] + [0.01]
    _steps = sorted({round(_m * 10**_k) for _k in range(10) for _m in (1, 1.5, 2, 3, 5, 7)} | {10**10})
    smallest = kit.slider("sigma", "smallest σ", _places, 1e-6)
    noise = kit.slider("noise", "noise", [round(0.01 * k, 2) for k in range(1, 51)], 0.1)
    share = kit.slider("share", "η, share of limit", [round(0.02 * k, 2) for k in range(3, 51)], 0.5)
    moment = kit.slider("t", "steps t", _steps, 10)
    kit.controls(smallest, noise, share, moment)
    return moment, noise, share, smallest


@app.cell
def _(kit, noise, share, smallest, theory):
    kit.remember({"sigma": smallest.value, "noise": noise.value, "share": share.value})
    study = theory.study(smallest.value, noise.value, share.value)
    return (study,)


@app.cell
def _(kit, moment):
    t = int(moment.value)
    kit.remember({"t": t})
    return (t,)


@app.cell
def _(mo):
    mo.md("""
    ## Forecast, then run

    The forecast is made before a single step, mode by mode, until even the weakest mode is learned; it is drawn wide and
    dashed. The run of the first 60 steps is laid over it.
    """)
    return


@app.cell
def _(Chart):
    errors = Chart()
    errors
    return (errors,)


@app.cell
def _(draw, errors, study, t, theory):
    errors.show(
        draw.growth(
            (study.far, theory.allowed(study, study.far)),
            {"error of the inverse": study.inverse},
            "error |wₜ − w*|",
            run=(study.t, study.seen),
            forecast=(study.far, study.error(study.far)),
            now=t,
            least=study.least,
        ),
        theory.growth_in_words(study, t),
    )
    return


@app.cell
def _(mo, study, t, theory):
    mo.md(theory.told(study, t))
    return


@app.cell
def _(mo):
    mo.md("### When to stop")
    return


@app.cell
def _(mo, study, theory):
    mo.md(f"The same error over the first {theory.STEPS} steps. {theory.story(study)}")
    return


@app.cell
def _(Chart):
    first = Chart()
    first
    return (first,)


@app.cell
def _(draw, first, study, theory):
    first.show(
        draw.first_steps(study.t, study.seen, study.error(study.t), {"least": study.least[1]}, "error |wₜ − w*|"),
        f"the error of descent over its first {theory.STEPS} steps, run upon forecast: {theory.story(study)}",
    )
    return


@app.cell
def _(mo):
    mo.md(r"""
    ### How much of each mode is learned

    The curve is $\phi$ over the singular value, the dots are the eight modes after $t$ steps: taken from the run as long as it
    has so many steps, from the forecast beyond. Inversion keeps all of every mode, whatever it costs.
    """)
    return


@app.cell
def _(Chart):
    factors = Chart()
    factors
    return (factors,)


@app.cell
def _(factors, mo, study, t, theory):
    factors.show(*theory.factors(study, t))
    mo.md(theory.freedom_told(study, t))
    return


@app.cell
def _(mo):
    mo.md(r"""
    ### Mode by mode

    How far each mode is from the truth. The strong ones settle soon, on $e_i / \sigma_i$, their share of the noise. The weaker
    a mode, the slower it goes; one with $\sigma$ near 0, which ruins the inverse, hardly moves.
    """)
    return


@app.cell
def _(Chart):
    single = Chart()
    single
    return (single,)


@app.cell
def _(draw_modes, named, single, study, theory):
    single.show(
        draw_modes.mode_errors(
            study.t,
            theory.mode_errors(study, study.w),
            study.t,
            theory.mode_errors(study, study.course(study.t)),
            named(study.case.parts.sigma),
        ),
        theory.modes_in_words(study),
    )
    return


@app.cell
def _(mo):
    whole_run = mo.ui.run_button(label="Run the whole experiment")
    mo.vstack([
        mo.md(
            "With 20 unknowns of other singular values, where noise may outweigh signal from the first step on; 1000 "
            "steps, the bound's tight case, and its edge:"
        ),
        whole_run,
    ])
    return (whole_run,)


@app.cell
def _(kit, noise, share, smallest, theory, whole_run):
    kit.on_request(whole_run, "ill-conditioned", theory.asked(smallest.value, noise.value, share.value))
    return


@app.cell
def _(kit):
    kit.notice(
        r"Make the smallest $\sigma$ ten times smaller: the inverse is ten times worse, and descent does not notice, "
        r"as long as its steps are far fewer than $1/(\eta\sigma^2)$.",
        r"The bound is a straight line in $t$, and only the first step can use it up: a step adds at most $\eta \alpha \|y\|$, "
        r"since $I - \eta X^\top X$ lengthens nothing as long as $\eta \le 2/\alpha^2$.",
        r"The error falls while strong modes are learned, then rises as noise comes in through weak ones. The best moment to "
        r"stop comes earlier with more noise.",
        r"A mode needs about $1/(\eta\sigma^2)$ steps. For ever and a day descent *is* the inverse: move $t$ to the right end "
        r"with $\sigma = 10^{-4}$.",
        r"Above half of the limit $\phi$ of the largest $\sigma$ overshoots 1 and swings; at the limit it swings for ever.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"One mode, $y = s v + e$ with signal $v$, noise $e$ and singular value $s > 0$. Inversion takes $w = y / s$. "
            r"It misses $v$ by at most $c > 0$ just if $|e| \le$ ... (write `c`, `s`)",
            "|(s v + e) / s - v| <= c iff |e| <= {}",
            {"s": "scalar > 0", "v": "scalar", "e": "scalar", "c": "scalar > 0"},
            hint="the signal comes out right, the noise divided by $s$",
            answer="c s",
            wrong="c / s",
        ),
        kit.Turn(
            r"No step from 0 adds more to $|w|$ than the first one does. With one mode $a > 0$, target $y > 0$ and rate "
            r"$\eta$: $t$ steps of that size lead no farther than $c > 0$ just if $t \le$ ... (write `c`, `eta`, `a`, `y`)",
            "t |0 - eta a (a 0 - y)| <= c iff t <= {}",
            {"a": "scalar > 0", "y": "scalar > 0", "eta": "scalar > 0", "c": "scalar > 0", "t": "scalar > 0"},
            hint=r"the gradient of $\frac12 (a w - y)^2$ at $w = 0$",
            answer="c / (eta a y)",
            wrong="c / (eta y)",
        ),
        kit.Turn(
            r"Half of a mode has been learned, $1 - (1 - \eta s^2)^t \ge \frac12$ with $\eta s^2 < 1$, just if $t \ge$ ... "
            r"(write `eta`, `s`, `log`)",
            "1 - (1 - eta s^2)^t >= 1/2 iff t >= {}",
            {"s": "scalar > 0", "eta": "scalar > 0", "t": "scalar > 0, integer"},
            given=("eta s^2 < 1",),
            hint=r"take logarithms of $(1 - \eta s^2)^t \le \frac12$; both are negative",
            answer="log(1/2) / log(1 - eta s^2)",
            wrong="1 / (2 eta s^2)",
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
    own = kit.own("X", "1 1 2\n1 1.001 2.1\n0.5 0.5 0.9", "Your own X, one row a line, with y as its last column")
    mo.vstack([
        mo.md("## Your own data\n\nDescent from 0, at half of the largest stable rate of your own matrix."),
        own,
    ])
    return (own,)


@app.cell
def _(draw, kit, mo, own, theory):
    def _shown(rows):
        found = theory.own(rows)
        levels = {"norm of the answer": found.end}
        figure = draw.growth((found.t, found.limit), levels, "|wₜ|", forecast=(found.t, found.norm))
        return mo.vstack([mo.md(theory.own_told(found)), kit.drawn(figure, theory.own_in_words(found))])

    kit.shown(own, _shown)
    return


@app.cell
def _(kit):
    kit.end("ill-conditioned")
    return


if __name__ == "__main__":
    app.run()
