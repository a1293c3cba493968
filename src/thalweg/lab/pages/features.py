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
    from thalweg.draw.one_mode import one_mode
    from thalweg.experiments.features import Point
    from thalweg.lab import kit
    from thalweg.subjects import networks
    from thalweg.subjects.kinks import kinks, most_rank, rank_of_one_layer

    return (
        Chart,
        Point,
        curves,
        draw,
        kinks,
        kit,
        mo,
        most_rank,
        networks,
        one_mode,
        rank_of_one_layer,
        style,
        thalweg,
        torch,
    )


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
def _(kit, mo):
    def _slider(label, name, steps, default):
        wanted = kit.remembered(name, float(default))
        value = min(steps, key=lambda each: abs(each - wanted))
        return mo.ui.slider(steps=steps, value=value, label=label, show_value=True, debounce=True)

    _layers, _widths = ["one", "two"], ["3", "5", "10", "20", "40"]
    controls = mo.ui.dictionary({
        "layers": mo.ui.dropdown(_layers, value=kit.chosen("layers", _layers, "one"), label="hidden layers"),
        "width": mo.ui.dropdown(_widths, value=kit.chosen("width", _widths, "10"), label="units in each"),
        "points": _slider("points", "points", [5, 10, 20, 50, 100, 200], 100),
        "seed": _slider("seed", "seed", [*range(21)], 0),
        "lr": _slider("learning rate", "lr", [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0], 0.1),
    })
    mo.hstack([*controls.elements.values()], wrap=True, justify="start", gap=1.5)
    return (controls,)


@app.cell
def _(mo):
    long = mo.ui.run_button(label="30 000 steps")
    mo.hstack([mo.md("Train for"), long], justify="start", align="center")
    return (long,)


@app.cell
def _(Point, controls, kinks, kit, most_rank, networks, rank_of_one_layer, thalweg, torch):
    asked = controls.value
    kit.remember(asked)
    x, y = networks.noisy_points(asked["points"])
    widths = (int(asked["width"]),) * (1 if asked["layers"] == "one" else 2)
    problem = networks.make_problem(x, y, widths, networks.start(widths, asked["seed"]))

    def look(title, w, x, y):
        groups = networks.features(w, x, widths)
        parts = thalweg.decompose(torch.cat([*groups.values()], 1))
        return Point(title, w, groups, parts, thalweg.shares(parts, y))

    def counted(point, x):
        return rank_of_one_layer(point.w, x, widths[0]) if len(widths) == 1 else most_rank(kinks(point.w, widths).x, x)

    def along(point, places):
        F = torch.cat([*networks.features(point.w, places, widths).values()], 1)
        return thalweg.principal_features(F, point.parts)

    start = look("at the start", problem.start, x, y)
    return along, asked, counted, look, problem, start, widths, x, y


@app.cell
def _(counted, draw, sigma_chart, start, x):
    sigma_chart.show(
        draw.singular_values({"start": start.parts.sigma}, {"start": counted(start, x)}),
        "singular values of the features at the start over their number, and the rank that counting foresees",
    )
    return


@app.cell
def _(asked, kit, long, look, mo, problem, start, thalweg, x, y):
    def _train(steps):
        with mo.status.progress_bar(total=100, title=f"{steps} steps, all layers", remove_on_exit=True) as shown:
            done = 0

            def tell(share):
                nonlocal done
                step = int(100 * min(1.0, share)) - done
                if step > 0:
                    done += step
                    shown.update(increment=step)

            loop = "auto" if steps > 1000 else "eager"
            return thalweg.run(problem, lr=asked["lr"], steps=steps, keep=60, choice=loop, report=tell)

    result = _train(30_000 if long.value else 1_000)
    _last = int(result.w[:, 0].isfinite().all(1).nonzero()[-1])
    end = look("after training", result.w[_last, 0], x, y)
    alike = thalweg.alignment(start.F, end.F)
    mo.md(
        f"*{int(result.t[_last])} steps of all layers on all points: {result.outcome[0].words}; the error at the points goes "
        f"from {float(result.loss[0, 0]):.3g} to {float(result.loss[_last, 0]):.3g}. The kernel of the features is aligned "
        f"with that of the start by {alike:.4f}; 1 would be a linear model.*"
    )
    return end, result


@app.cell
def _(kit, mo):
    _moments = ["at the start", "after training"]
    when = mo.ui.radio(_moments, value=kit.chosen("when", _moments, _moments[0]), inline=True, label="Features")
    mo.vstack([mo.md("## The features as curves"), when])
    return (when,)


@app.cell
def _(Chart):
    curves_chart = Chart()
    curves_chart
    return (curves_chart,)


@app.cell
def _(Chart, curves, end, kinks, networks, start, widths):
    def _drawn(point):
        places, shown = curves.places(kinks(point.w, widths).x), Chart()
        shown.show(
            curves.groups(places, networks.features(point.w, places, widths)),
            f"the features {point.title} over x, by group of parameters, all faint and one highlighted; a slider chooses",
        )
        return shown

    prepared = {point.title: _drawn(point) for point in (start, end)}
    return (prepared,)


@app.cell
def _(asked, curves_chart, kit, mo, prepared, when):
    kit.remember({"when": when.value})
    curves_chart.words = prepared[when.value].words
    curves_chart.figure = prepared[when.value].figure
    mo.md(
        "Weights of the first layer make ramps with a jump, its biases steps, output weights hinges, and the output's bias a "
        "constant. The slider goes through the units in the order in which they switch."
        if asked["layers"] == "one"
        else "Between the places where some unit of either layer bends, all features are straight. The slider goes through "
        "them in the order in which they switch."
    )
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Singular values, and how many there can be

    Between two elbows every feature is straight, so that the rank can be counted before anything is decomposed: the dotted
    lines. Beyond it there is only rounding.
    """)
    return


@app.cell
def _(Chart):
    sigma_chart = Chart()
    sigma_chart
    return (sigma_chart,)


@app.cell
def _(counted, draw, end, mo, sigma_chart, start, x):
    _points = {"start": start, "after training": end}
    _ranks = {name: counted(point, x) for name, point in _points.items()}
    sigma_chart.show(
        draw.singular_values({name: point.parts.sigma for name, point in _points.items()}, _ranks),
        "singular values of the features at the start and after training over their number, and the ranks by counting",
    )
    mo.md(
        f"{start.F.shape[1]} parameters, {len(x)} points. "
        + " ".join(
            f"{name.capitalize()}: rank by counting {'' if len(start.groups) == 4 else 'at most '}**{_ranks[name]}**, "
            f"decomposed {point.parts.rank}; $\\sigma_1$ = {float(point.parts.sigma[0]):.4g}."
            for name, point in _points.items()
        )
    )
    return


@app.cell
def _(kit, mo):
    mode = mo.ui.slider(
        1, 40, value=int(kit.remembered("mode", 1.0, 1.0, 40.0)), label="mode", show_value=True, full_width=True
    )
    mo.vstack([mo.md("## One principal feature at a time"), mode])
    return (mode,)


@app.cell
def _(Chart):
    mode_chart = Chart()
    mode_chart
    return (mode_chart,)


@app.cell
def _(along, curves, end, kinks, start, torch, widths):
    places = curves.places(torch.cat([kinks(point.w, widths).x for point in (start, end)]))
    before, after = along(start, places), along(end, places)
    return after, before, places


@app.cell
def _(after, before, end, kit, mo, mode, mode_chart, one_mode, places, start, x):
    _number = min(mode.value, start.parts.rank, end.parts.rank)
    kit.remember({"mode": mode.value})
    _sizes = start.parts.sigma, end.parts.sigma
    mode_chart.show(
        one_mode(places, before, after, _sizes, (start.share, end.share), x, _number),
        f"principal feature {_number} over x, at the start grey and dashed, after training blue, each to its own scale; "
        "below the shares of the target along all modes, the chosen one's as a stem",
    )
    _parts = [float(point.share[_number - 1]) for point in (start, end)]
    _beyond = f" Beyond mode {_number} one of the two has only rounding." if _number < mode.value else ""
    mo.md(
        f"Of the target's square **{_parts[0]:.3%}** lie along mode {_number} at first and **{_parts[1]:.3%}** after training. "
        f"What has no share has no dot.{_beyond}"
    )
    return


@app.cell
def _(mo):
    mo.md("""
    ## The strongest, before and after

    The first principal features side by side, and how much of the target the first of them hold together. Descent learns
    soon what lies along the strong ones.
    """)
    return


@app.cell
def _(Chart):
    strongest_chart, share_chart, training_chart = Chart(), Chart(), Chart()
    return share_chart, strongest_chart, training_chart


@app.cell
def _(after, before, draw, end, mo, places, share_chart, start, strongest_chart, x):
    strongest_chart.show(
        draw.principal(places, before, after, start.parts.sigma, end.parts.sigma, start.share, end.share, x, count=6),
        "the six strongest principal features over x, at the start and after training",
    )
    share_chart.show(
        draw.shares({point.title: point.share[: point.parts.rank] for point in (start, end)}),
        "the share of the target's square that the first modes hold together over their number, before and after training",
    )
    mo.vstack([strongest_chart, share_chart])
    return


@app.cell
def _(draw, networks, result, style, thalweg, torch, training_chart, widths, x):
    _kept = style.thin(int(result.w[:, 0].isfinite().all(1).sum()), 20)
    _all = [torch.cat([*networks.features(w, x, widths).values()], 1) for w in result.w[_kept, 0]]
    _parts = [thalweg.decompose(F) for F in _all]
    training_chart.show(
        draw.over_training(
            result.t[_kept],
            torch.stack([each.sigma for each in _parts]),
            x.new_tensor([thalweg.alignment(_all[0], F) for F in _all]),
            torch.tensor([each.rank for each in _parts]),
        ),
        "singular values over the steps, the alignment of the features' kernel with that at the start, and the rank",
    )
    training_chart
    return


@app.cell
def _(kit):
    kit.notice(
        r"With one hidden layer the hinge of a unit is $w_i/a_i$ times its ramp and $b_i/a_i$ times its step: $3h + 1$ "
        r"parameters have at most $2h + 2$ directions.",
        r"The strong modes are smooth and wide, the weak ones wiggle between the elbows: descent learns the broad shape first.",
        r"The largest $\sigma$ grows while the network trains, and the largest stable rate $2 / (c \sigma_1^2)$ shrinks.",
        r"Training turns features: those after it are no longer those of the start, as the alignment tells. In a linear model "
        r"it would stay 1.",
        r"With few points there are no more modes than points, however many parameters there are.",
    )
    return


@app.cell
def _(kit):
    _shapes = dict.fromkeys("vwxb", "scalar")
    turns = (
        kit.Turn(
            r"One unit $v \max(0, w x + b)$: which feature belongs to its output weight $v$? (`relu(z)` is $\max(0, z)$)",
            "deriv(v relu(w x + b), v) = {}",
            _shapes,
            hint="the output is linear in $v$",
            answer="relu(w x + b)",
            wrong="w x + b",
        ),
        kit.Turn(
            r"Which feature belongs to its bias $b$? (`step(z)` is 1 where $z > 0$, else 0)",
            "deriv(v relu(w x + b), b) = {}",
            _shapes,
            hint="on the side where the unit is on, the output grows by $v$ for each unit of $b$",
            answer="v step(w x + b)",
            wrong="v",
        ),
        kit.Turn(
            r"The hinge is a mix of the other two, $\max(0, w x + b) = \tfrac{w}{v}\,\text{ramp} + (\ldots)\,\text{step}$, "
            r"with ramp $= v x\,[w x + b > 0]$ and step $= v\,[w x + b > 0]$. What stands before the step, if $v \neq 0$?",
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
    own = mo.ui.text_area(
        value=kit.text("points_typed", "0 0\n0.2 0.8\n0.4 0.1\n0.6 0.9\n0.8 0.2\n1 1"),
        label="Your own points: an x between 0 and 1 and a y in every row",
        rows=6,
        max_length=2000,
    )
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(Chart, counted, draw, kit, look, mo, own, start):
    def _shown():
        try:
            data = kit.matrix(own.value)
            if data.shape[1] != 2:
                raise ValueError(f"need two numbers in every row, got {data.shape[1]}")
            mine = look("your points", start.w, data[:, 0], data[:, 1])
        except ValueError as problem:
            return kit.refused(problem)
        picture = Chart()
        picture.show(
            draw.singular_values({"your points": mine.parts.sigma}, {"your points": counted(mine, data[:, 0])}),
            "singular values at your points of the network's features at the start, and the rank by counting",
        )
        held = ", ".join(f"{each:.1%}" for each in mine.share[:6].tolist())
        return mo.vstack([
            mo.md(f"The network at its start, on your points. Its first modes hold of your target's square: {held}."),
            picture,
        ])

    _shown()
    return


@app.cell
def _(mo):
    again = mo.ui.run_button(label="Run the experiment: 20 000 steps on minibatches")
    mo.vstack([mo.md("## Predicted and measured"), again])
    return (again,)


@app.cell
def _(again, asked, kit, mo):
    def _run():
        settings = {name: asked[name] for name in ("width", "points", "seed")}
        return kit.table(
            kit.experiment(
                f"features/{asked['layers']}-layer{'s' * (asked['layers'] == 'two')}", {"steps": 20_000, **settings}
            )
        )

    _run() if again.value else mo.md(
        "*Every number that theory gives for these features, against its measurement. It takes some seconds.*"
    )
    return


@app.cell
def _(kit):
    kit.end("features")
    return


if __name__ == "__main__":
    app.run()
