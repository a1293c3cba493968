# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Features · thalweg")


@app.cell
def _():
    import marimo as mo
    import torch

    import thalweg
    from thalweg.draw import features as curves
    from thalweg.draw import principal as draw
    from thalweg.draw import style
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.one_mode import modes, one_mode, told
    from thalweg.draw.wording import counted, said
    from thalweg.experiments.features_pictures import course
    from thalweg.experiments.features_points import counted_rank, point, principal_at, units_off
    from thalweg.lab import kit
    from thalweg.subjects import networks
    from thalweg.subjects.kinks import kinks

    return (
        Chart, counted, counted_rank, course, curves, draw, kinks, kit, mo, modes, networks, one_mode, point, principal_at,
        said, style, thalweg, told, torch, units_off,
    )  # fmt: skip


@app.cell
def _(kit):
    kit.begin("features")
    return


@app.cell
def _(mo):
    mo.md(r"""
    With one hidden layer, $f(x) = \sum_i a_i \max(0, w_i x + b_i) + a_0$, and with two, every parameter has a feature: how much
    the output at $x$ grows with it. The features at all training points are the columns of a matrix $F = U \Sigma V^\top$, and
    $F(x)\, v_j$ is its $j$-th principal feature. Descent learns what lies along $u_j$ at the speed $\eta\, c\, \sigma_j^2$.
    """)
    return


@app.cell
def _(kit, mo, said):
    _layers, _widths = ["one", "two"], ["3", "5", "10", "20", "40"]
    _steps, _rates = [1000, 30_000, 100_000], [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0]
    controls = mo.ui.dictionary({
        "layers": mo.ui.dropdown(_layers, value=kit.chosen("layers", _layers, "one"), label="hidden layers"),
        "width": mo.ui.dropdown(_widths, value=kit.chosen("width", _widths, "10"), label="units in each"),
        "points": kit.slider("points", "points", [5, 10, 20, 50, 100, 200], 100),
        "seed": kit.slider("seed", "seed", [*range(21)], 0),
    })
    _number = int(kit.chosen("steps", [str(each) for each in _steps], "1000"))
    schedule = mo.ui.array([
        mo.ui.dropdown({said(each): each for each in _steps}, value=said(_number), label="steps"),
        kit.slider("lr", "learning rate", _rates, 0.1),
    ])
    mo.hstack([*controls.elements.values(), *schedule.elements], wrap=True, justify="start", gap=1.5)
    return controls, schedule


@app.cell
def _(controls, counted_rank, draw, kit, networks, point, sigma_chart):
    asked = controls.value
    kit.remember(asked)
    x, y = networks.noisy_points(asked["points"])
    widths = (int(asked["width"]),) * (1 if asked["layers"] == "one" else 2)
    problem = networks.make_problem(x, y, widths, networks.start(widths, asked["seed"]))
    start = point("at the start", problem.start, problem, widths)
    _rank = counted_rank(start, x, widths)
    sigma_chart.show(
        draw.singular_values({start.title: start.parts.sigma}, {start.title: _rank}),
        f"singular values of the features at the start; counting foresees rank {_rank}",
    )
    return asked, problem, start, widths, x, y


@app.cell
def _(counted, kit, point, problem, schedule, thalweg, widths):
    _steps, _lr = schedule.value
    kit.remember({"lr": _lr, "steps": _steps})
    _loop, _wait = ("auto", ", which may be compiled first, for 10 to 30 seconds") if _steps > 1000 else ("eager", "")
    with kit.progress(f"all layers: {counted(_steps, 'step')}{_wait}") as _report:
        result = thalweg.run(problem, lr=_lr, steps=_steps, keep=60, choice=_loop, report=_report)
    kept = int(result.w[:, 0].isfinite().all(1).sum())  # What a divergence leaves is no network.
    end = point("after training", result.w[kept - 1, 0], problem, widths)
    return end, kept, result


@app.cell
def _(counted, end, kept, mo, result, said, start, thalweg, units_off, widths, x):
    _off = [units_off(each.w, x, widths) for each in (start, end)]
    _dead = (
        f" **{counted(_off[1], 'unit is', 'units are')} off at every point** of {sum(widths)}, {_off[0]} at the start: their "
        "features are 0 there, and they learn no more."
    )
    _errors = " to ".join(said(float(result.loss[each, 0])) for each in (0, kept - 1))
    mo.md(
        f"*{counted(int(result.t[kept - 1]), 'step')} of all layers on all points: {result.outcome[0].words}; the error at the "
        f"points goes from {_errors}. The kernel of the features is aligned with that of the start by "
        f"{said(thalweg.alignment(start.F, end.F), 4)}; in a linear model it stays 1.*{_dead * (_off[1] > 0)}"
    )
    return


@app.cell
def _(Chart, kit, mo):
    _moments = ["at the start", "after training"]
    when = mo.ui.radio(_moments, value=kit.chosen("when", _moments, _moments[0]), inline=True, label="Features")
    curves_chart = Chart()
    mo.vstack([mo.md("## The features as curves"), when, curves_chart])
    return curves_chart, when


@app.cell
def _(curves, end, kinks, networks, start, widths):
    def _drawn(point):
        places = curves.places(kinks(point.w, widths).x)
        groups = networks.features(point.w, places, widths)
        return curves.groups(places, groups), curves.told(groups, point.title)

    prepared = {point.title: _drawn(point) for point in (start, end)}
    return (prepared,)


@app.cell
def _(asked, curves_chart, kit, mo, prepared, when):
    kit.remember({"when": when.value})
    curves_chart.show(*prepared[when.value])
    mo.md(
        "Weights of the first layer make ramps with a jump, its biases steps, output weights hinges, and the output's bias a "
        "constant. The slider goes through the units in the order in which they switch."
        if asked["layers"] == "one"
        else "Between the places where some unit of either layer bends, all features are straight. The slider goes through "
        "them in the order in which they switch."
    )
    return


@app.cell
def _(Chart, mo):
    _words = mo.md(r"""
    ## Singular values, and how many there can be

    Between two elbows every feature is straight, so that the rank can be counted before anything is decomposed: the dotted
    lines. Beyond it there is only rounding.
    """)
    sigma_chart = Chart()
    mo.vstack([_words, sigma_chart])
    return (sigma_chart,)


@app.cell
def _(counted_rank, draw, end, mo, said, sigma_chart, start, widths, x):
    _points = (start, end)
    _ranks = {each.title: counted_rank(each, x, widths) for each in _points}
    _told = " ".join(
        f"{each.title.capitalize()}: rank by counting {'' if len(widths) == 1 else 'at most '}{_ranks[each.title]}, decomposed "
        f"{each.parts.rank}; largest σ {said(float(each.parts.sigma[0]), 4)}."
        for each in _points
    )
    sigma_chart.show(
        draw.singular_values({each.title: each.parts.sigma for each in _points}, _ranks),
        f"singular values of {start.F.shape[1]} features at {len(x)} points. {_told}",
    )
    mo.md(f"{start.F.shape[1]} parameters, {len(x)} points. {_told}")
    return


@app.cell
def _(end, kit, mo, modes, start):
    mode = kit.slider("mode", "mode", range(1, modes((start.sigma, end.sigma)) + 1), 1)
    mo.vstack([mo.md("## One principal feature at a time"), mode])
    return (mode,)


@app.cell
def _(Chart):
    mode_chart = Chart()
    mode_chart
    return (mode_chart,)


@app.cell
def _(curves, end, kinks, principal_at, start, torch, widths):
    places = curves.places(torch.cat([kinks(each.w, widths).x for each in (start, end)]))
    before, after = (principal_at(each, places, widths) for each in (start, end))
    return after, before, places


@app.cell
def _(after, before, end, kit, mo, mode, mode_chart, one_mode, places, said, start, told, x):
    kit.remember({"mode": mode.value})
    _sigma, _share, _i = (start.sigma, end.sigma), (start.share, end.share), mode.value - 1
    mode_chart.show(one_mode(places, before, after, _sigma, _share, x, mode.value), told(_sigma, _share, mode.value))
    _first, _then = (said(100 * float(each[_i])) for each in _share)
    _none = [f" There is no such mode {each.title}." for each in (start, end) if not each.sigma[_i]]
    mo.md(
        f"Of the target's square **{_first} %** lie along mode {mode.value} at first and **{_then} %** after training; "
        f"what has no share has no dot.{''.join(_none)}"
    )
    return


@app.cell
def _(after, before, draw, end, kit, mo, places, said, start, x):
    _parts = [said(100 * float(each.share[:6].sum())) for each in (start, end)]
    _held = f"hold {_parts[0]} % of the target's square at the start and {_parts[1]} % after training"
    _six = draw.principal(places, before, after, start.sigma, end.sigma, start.share, end.share, x, 6)
    _all = draw.shares({each.title: each.share[: each.parts.rank] for each in (start, end)})
    mo.vstack([
        mo.md("## The strongest, before and after\n\nDescent learns soon what lies along the strong ones."),
        kit.drawn(_six, f"the six strongest principal features over x, at the start and after training; they {_held}"),
        kit.drawn(_all, f"the share that the first modes hold together, over their number: the first six {_held}"),
    ])
    return


@app.cell
def _(counted, course, draw, kept, kit, result, said, style, widths, x):
    _at = style.thin(kept, 20)
    _sigma, _alike, _rank = course(result.w[_at, 0], x, widths)
    kit.drawn(
        draw.over_training(result.t[_at], _sigma, _alike, _rank),
        f"over {counted(int(result.t[_at[-1]]), 'step')} the largest singular value goes from {said(float(_sigma[0, 0]))} to "
        f"{said(float(_sigma[-1, 0]))}, the alignment with the start from 1 to {said(float(_alike[-1]))}, the rank from "
        f"{int(_rank[0])} to {int(_rank[-1])}",
    )
    return


@app.cell
def _(kit):
    kit.notice(
        r"With one hidden layer the hinge of a unit is $w_i/a_i$ times its ramp and $b_i/a_i$ times its step: $3h + 1$ "
        r"parameters have at most $2h + 2$ directions.",
        r"The strong modes are smooth and wide, the weak ones wiggle between the elbows: descent learns the broad shape first.",
        r"Where training goes well the largest $\sigma$ grows, and the largest stable rate $2 / (c \sigma_1^2)$ shrinks. A "
        r"rate that is too large, such as 1, throws units off all points for good: $\sigma_1$ and the rank fall then.",
        r"Training turns features: those after it are no longer those of the start, as the alignment tells. It looks at "
        r"kernels, and a kernel of one strong mode is aligned with many: look at the rank too.",
        r"With few points there are no more modes than points, however many parameters there are.",
    )
    return


@app.cell
def _(kit):
    _shapes = dict.fromkeys("vwxb", "scalar")
    turns = (
        kit.Turn(
            r"One unit $v \max(0, w x + b)$: which feature belongs to its output weight $v$? Type an "
            r"expression in `w`, `x` and `b`; `relu(z)` is $\max(0, z)$.",
            "deriv(v relu(w x + b), v) = {}",
            _shapes,
            hint="the output is linear in $v$",
            answer="relu(w x + b)",
            wrong="w x + b",
        ),
        kit.Turn(
            r"Which feature belongs to its bias $b$? Type an expression in `v`, `w`, `x` and `b`; `step(z)` is 1 where "
            r"$z > 0$, else 0.",
            "deriv(v relu(w x + b), b) = {}",
            _shapes,
            hint="on the side where the unit is on, the output grows by $v$ for each unit of $b$",
            answer="v step(w x + b)",
            wrong="v",
        ),
        kit.Turn(
            r"The hinge is a mix of the other two, $\max(0, w x + b) = \tfrac{w}{v}\,\text{ramp} + (\ldots)\,\text{step}$, "
            r"with ramp $= v x\,[w x + b > 0]$ and step $= v\,[w x + b > 0]$. What stands before the step, if $v \neq 0$? "
            r"Type an expression in `v`, `w` and `b`.",
            "relu(w x + b) = (w / v) (v x step(w x + b)) + {} (v step(w x + b))",
            _shapes,
            given=("v != 0",),
            hint="where the unit is on, the hinge is $w x + b$",
            answer="b / v",
            wrong="b",
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
    _points = "0 0\n0.2 0.8\n0.4 0.1\n0.6 0.9\n0.8 0.2\n1 1"
    own = kit.own("data", _points, "Your own points: an x between 0 and 1 and a y in every row")
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(counted_rank, draw, kit, mo, networks, own, point, said, start, widths):
    def _shown(data):
        mine = point("your points", start.w, networks.make_problem(data[:, 0], data[:, 1], widths, start.w), widths)
        rank = counted_rank(mine, data[:, 0], widths)
        held = ", ".join(f"{said(100 * each)} %" for each in mine.share[:6].tolist())
        return mo.vstack([
            mo.md(f"The network at its start, on your points. Its first modes hold of your target's square: {held}."),
            kit.drawn(
                draw.singular_values({mine.title: mine.parts.sigma}, {mine.title: rank}),
                f"singular values of the features at your points: the largest is {said(float(mine.parts.sigma[0]))}, the rank "
                f"{mine.parts.rank}, by counting {rank}",
            ),
        ])

    kit.shown(own, _shown, 2)
    return


@app.cell
def _(mo):
    again = mo.ui.run_button(label="Run the experiment")
    mo.vstack([mo.md("## Predicted and measured\n\n20 000 steps on minibatches, of the network chosen above."), again])
    return (again,)


@app.cell
def _(again, asked, kit, mo):
    def _run():
        settings = {name: asked[name] for name in ("width", "points", "seed")}
        name = "features/one-layer" if asked["layers"] == "one" else "features/two-layers"
        return kit.table(kit.experiment(name, {"steps": 20_000, **settings}))

    _run() if again.value else mo.md("*Every number that theory gives for these features, against its measurement.*")
    return


@app.cell
def _(kit):
    kit.end("features")
    return


if __name__ == "__main__":
    app.run()
