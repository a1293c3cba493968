# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Ill-conditioned problems · thalweg")


@app.cell
def _():
    import marimo as mo
    import torch

    import thalweg
    from thalweg import filters, modes
    from thalweg.draw import modes as draw
    from thalweg.draw import shrinkage, strokes, style
    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments.ill_conditioned import make_case
    from thalweg.experiments.linear_settings import IllConditioned
    from thalweg.lab import kit
    from thalweg.subjects import least_squares

    return (
        Chart,
        IllConditioned,
        draw,
        filters,
        kit,
        least_squares,
        make_case,
        mo,
        modes,
        shrinkage,
        strokes,
        style,
        thalweg,
        torch,
    )


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
def _(kit, mo):
    def _slider(low, high, step, value, label):
        return mo.ui.slider(low, high, step, value=round(value, 2), label=label, show_value=True)

    controls = mo.ui.dictionary({
        "log_sigma": _slider(-8, -2, 0.1, kit.remembered("log_sigma", -6.0, -8, -2), r"smallest $\sigma$, $\log_{10}$"),
        "noise": _slider(0.01, 0.5, 0.01, kit.remembered("noise", 0.1, 0.01, 0.5), "noise"),
        "share": _slider(0.05, 1, 0.01, kit.remembered("share", 0.5, 0.05, 1), r"$\eta$, share of the limit"),
        "log_t": _slider(0, 10, 0.1, kit.remembered("log_t", 1.0, 0, 10), r"steps $t$, $\log_{10}$"),
    })
    mo.hstack(controls.elements.values(), wrap=True, justify="start", gap=1.5)
    return (controls,)


@app.cell
def _(controls, kit):
    smallest, noise, share = 10 ** controls.value["log_sigma"], controls.value["noise"], controls.value["share"]
    moment = round(10 ** controls.value["log_t"])
    kit.remember(controls.value)
    return moment, noise, share, smallest


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
def _(IllConditioned, make_case, modes, noise, share, smallest, thalweg, torch):
    case = make_case(IllConditioned(size=8, error=noise / smallest, noise_std=noise, share=share, seed=11))
    _needed = 10 / (case.lr * smallest**2)
    _late = torch.logspace(3, max(10.0, torch.tensor(_needed).log10().item()), 160, dtype=torch.float64)
    forecast_t = torch.cat([torch.arange(1000, dtype=torch.float64), _late.round()])
    forecast_w = modes.linear_course(thalweg.linearize(case.problem), case.lr)(forecast_t)
    forecast = (forecast_w - case.truth).norm(dim=1)
    bound = case.truth.norm() + forecast_t * case.lr * case.parts.sigma[0] * case.problem.y.norm()
    return bound, case, forecast, forecast_t, forecast_w


@app.cell
def _(case, thalweg):
    run_t, run_w = thalweg.path(thalweg.run(case.problem, lr=case.lr, steps=60, keep=62, choice="eager"))
    return run_t, run_w


@app.cell
def _(
    bound,
    case,
    draw,
    errors,
    forecast,
    forecast_t,
    mo,
    modes,
    moment,
    run_t,
    run_w,
    strokes,
    style,
    thalweg,
    torch,
):
    def _drawn(inverse, best):
        figure = draw.growth(forecast_t, forecast, bound, {"error of the inverse": inverse}, "|wₜ − w*|")
        look = {"color": style.GREY, "dash": "dash", "width": 7}
        figure.data[2].update(name="forecast", line=look, opacity=0.6)
        strokes.line(figure, run_t[1:], (run_w - case.truth).norm(dim=1)[1:], "run", style.RUN)
        ends = 0.5 * float(forecast.min()), 30 * max(inverse, 1.0)
        style.upright(figure, {"t": float(moment)}, ends, "")
        strokes.points_marked(
            figure,
            {f"least at step {forecast_t[best]:.4g}": (max(1.0, float(forecast_t[best])), float(forecast[best]))},
            0,
        )
        return figure.update_yaxes(range=strokes.logs(ends))

    _inverse = float((torch.linalg.solve(case.problem.X, case.problem.y) - case.truth).norm())
    _best = int(forecast.argmin())
    _course = modes.linear_course(thalweg.linearize(case.problem), case.lr)
    _now = float((_course(torch.tensor(float(moment), dtype=torch.float64)) - case.truth).norm())
    _limit = float(case.truth.norm() + moment * case.lr * case.parts.sigma[0] * case.problem.y.norm())
    errors.show(
        _drawn(_inverse, _best),
        f"the error of descent over the steps, under its bound; least at step {forecast_t[_best]:.4g}; the inverse's error is "
        f"{_inverse:.3g}",
    )
    _apart = float((_course(run_t) - run_w).abs().max() / run_w.abs().max())
    mo.md(
        f"The inverse is off by **{_inverse:.3g}**. Descent after $t$ = {moment:,} steps is off by **{_now:.3g}**, its bound "
        f"is {_limit:.3g}. It is least off after **{forecast_t[_best]:.4g}** steps, by **{float(forecast[_best]):.3g}**. "
        f"Forecast and run differ by at most {_apart:.1g} of the largest weight."
    )
    return


@app.cell
def _(mo):
    mo.md(r"""
    ### When to stop

    The same error over the first 60 steps: strong modes are learned first, and the error falls; then the noise of weaker ones
    comes in.
    """)
    return


@app.cell
def _(Chart):
    first = Chart()
    first
    return (first,)


@app.cell
def _(case, draw, first, forecast, run_t, run_w):
    _name, _seen, _told = "error of descent", (run_w - case.truth).norm(dim=1), forecast[run_t]
    first.show(
        draw.paths_over_steps(run_t, {_name: _seen}, {_name: _told}, {"least": float(forecast.min())}, "|wₜ − w*|"),
        "the error of descent over its first 60 steps: the forecast wide and dashed, the run thin upon it",
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
def _(
    case,
    factors,
    filters,
    forecast_w,
    mo,
    modes,
    moment,
    run_t,
    run_w,
    shrinkage,
    smallest,
    thalweg,
    torch,
):
    def _drawn(t):
        sigma = torch.logspace(-8.5, 0, 240, dtype=torch.float64)
        phi = filters.early_stopping_factors(sigma, case.lr, t)
        w = run_w[t] if t <= run_t[-1] else modes.linear_course(thalweg.linearize(case.problem), case.lr)(t)
        kept = (case.parts.Vh @ w) * case.parts.sigma / (case.parts.U.T @ case.problem.y)
        curves = {"inverse": torch.ones_like(phi), "descent": phi}
        figure = shrinkage.filter_curves(sigma, curves, {"descent": (case.parts.sigma, kept)}, {})
        return figure.update_yaxes(range=[-0.05, 1.05 * max(1.0, float(phi.max()))]), kept

    _figure, _kept = _drawn(torch.tensor(moment))
    factors.show(
        _figure,
        f"the share of every mode that {moment} steps have learned, over its singular value; inversion keeps all",
    )
    mo.md(f"Degrees of freedom in use: {float(filters.degrees_of_freedom(_kept)):.3g} of {len(_kept)}.")
    return


@app.cell
def _(mo):
    mo.md(r"""
    ### Mode by mode

    How far four of the modes are from the truth. The strong ones settle soon, on $e_i / \sigma_i$, their share of the noise;
    the weakest, which ruins the inverse, hardly moves.
    """)
    return


@app.cell
def _(Chart):
    single = Chart()
    single
    return (single,)


@app.cell
def _(case, draw, modes, run_t, run_w, single, thalweg, torch):
    def _errors(w, shown):
        return ((w - case.truth) @ case.parts.Vh.T)[:, shown]

    _shown = [0, 2, 4, 7]
    _theory = modes.linear_course(thalweg.linearize(case.problem), case.lr)(run_t)
    _names = [f"σ = {float(case.parts.sigma[_i]):.3g}" for _i in _shown]
    single.show(
        draw.mode_errors(run_t, _errors(run_w, _shown), run_t, _errors(_theory, _shown), _names),
        "how far four of the modes are from the truth over the steps of the run: the strong ones settle on their noise",
    )
    return


@app.cell
def _(mo):
    whole_run = mo.ui.run_button(
        label="Run the whole experiment: 20 unknowns, 1000 steps, the bound's tight case and its edge"
    )
    whole_run
    return (whole_run,)


@app.cell
def _(kit, mo, noise, share, smallest, whole_run):
    def _asked():
        if not whole_run.value:
            return mo.md("")
        try:
            return kit.table(
                kit.experiment(
                    "ill-conditioned", {"error": f"{noise / smallest:.6g}", "noise_std": noise, "share": share}
                )
            )
        except ValueError as refusal:
            return kit.refused(refusal)

    _asked()
    return


@app.cell
def _(kit):
    kit.notice(
        r"Make the smallest $\sigma$ ten times smaller: the inverse is ten times worse, and descent does not notice.",
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
            r"One mode, $y = s v + e$ with signal $v$, noise $e$ and singular value $s > 0$. By how much does inversion, "
            r"$w = y / s$, miss $v$?",
            "(s v + e) / s - v = {}",
            {"s": "scalar > 0", "v": "scalar", "e": "scalar"},
            hint="the signal comes out right",
            answer="e / s",
            wrong="e",
        ),
        kit.Turn(
            r"No step from 0 adds more to $\|w\|$ than the first one can. With one mode $a$, target $y \ge 0$ and rate `eta`: "
            r"what is the bound on $w_t$ after `t` steps, $t$ times the first step?",
            "t |0 - eta a (a 0 - y)| = {}",
            {"a": "scalar > 0", "y": "scalar >= 0", "eta": "scalar > 0", "t": "scalar > 0, integer"},
            hint=r"the gradient of $\frac12 (a w - y)^2$ at $w = 0$",
            answer="t eta a y",
            wrong="t eta y",
        ),
        kit.Turn(
            r"Unrolled, $w_t = \eta s y \, (1 + \rho + \dots + \rho^{t-1}) = \phi \, y / s$ with $\rho = 1 - \eta s^2$. "
            r"What is the filter factor $\phi$? (write `eta`, `s`, `t`)",
            "eta s y S = ({}) y / s",
            {"s": "scalar > 0", "y": "scalar", "eta": "scalar > 0", "S": "scalar", "t": "scalar > 0, integer"},
            given=("S = (1 - (1 - eta s^2)^t) / (eta s^2)",),
            hint=r"a geometric sum is $(1 - \rho^t) / (1 - \rho)$",
            answer="1 - (1 - eta s^2)^t",
            wrong="(1 - eta s^2)^t",
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
        value=kit.text("X", "1 1 2\n1 1.001 2.1\n0.5 0.5 0.9"),
        label="Your own X, one row a line, with y as its last column",
        rows=4,
        max_length=2000,
    )
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(Chart, draw, kit, least_squares, mo, modes, own, share, style, thalweg, torch):
    def _shown():
        try:
            rows = kit.matrix(own.value)
            if rows.shape[1] < 2 or not rows[:, :-1].any() or not rows[:, -1].any():
                raise ValueError("need two columns or more, and neither X nor y all zeros")
            X, y = rows[:, :-1], rows[:, -1]
            parts = thalweg.decompose(X)
            lr = share * modes.largest_stable_lr(parts.sigma.square())
            line = thalweg.linearize(least_squares.make_problem(X, y))
            least = parts.sigma[parts.seen][-1]
            t = (
                torch
                .logspace(0, max(3.0, float((10 / (lr * least**2)).log10())), 200, dtype=torch.float64)
                .round()
                .unique()
            )
            norm = modes.linear_course(line, lr)(t).norm(dim=1)
            end = float(modes.nearest_minimum(line).norm())
            if not 1e-30 < end < 1e30:
                raise ValueError(f"need an answer that is neither 0 nor beyond 1e30, got one of norm {end:.3g}")
        except ValueError as problem:
            return kit.refused(problem)
        picture = Chart()
        figure = draw.growth(t, norm, t * lr * parts.sigma[0] * y.norm(), {"norm of the inverse's answer": end}, "|wₜ|")
        figure.data[2].update(name="forecast", line={"color": style.GREY, "dash": "dash", "width": 7}, opacity=0.6)
        picture.show(
            figure, "the norm of your weights over the steps, under the bound, and where inversion would be at once"
        )
        numbers = ", ".join(f"{float(each):.4g}" for each in parts.sigma)
        return mo.vstack([
            mo.md(
                f"Singular values: {numbers}; condition number {parts.kappa:.4g}. The inverse's answer has norm {end:.4g}; "
                f"after 10 steps of lr = {lr:.4g} descent has at most {10 * lr * float(parts.sigma[0] * y.norm()):.4g}."
            ),
            picture,
        ])

    _shown()
    return


@app.cell
def _(kit):
    kit.end("ill-conditioned")
    return


if __name__ == "__main__":
    app.run()
