# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Features · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.wording import said
    from thalweg.experiments import features_page as theory
    from thalweg.experiments.relu_page import announced
    from thalweg.lab import kit

    return Chart, announced, kit, mo, said, theory


@app.cell
def _(kit):
    kit.begin("features")
    return


@app.cell
def _(mo):
    mo.md(r"""
    With one hidden layer, $f(x) = \sum_i a_i \max(0, w_i x + b_i) + a_0$, and with two, every parameter has a feature: how much
    the output at $x$ grows with it. The features at all training points are the columns of a matrix $F = U \Sigma V^\top$, and
    $F(x)\, v_j$ is its $j$-th principal feature. Of what the target has along $u_j$, the $j$-th column of $U$, a step of rate
    $\eta$ learns the share $\eta\, c\, \sigma_j^2$; the loss is the mean of squares, so that $c = 2 / n$ with $n$ points.
    """)
    return


@app.cell
def _(kit, mo, said, theory):
    _layers, _widths = ["one", "two"], ["3", "5", "10", "20", "40"]
    _steps, _rates = [theory.STEPS, 30_000, 100_000], [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0]
    controls = mo.ui.dictionary({
        "layers": kit.dropdown("layers", "hidden layers", _layers, "one"),
        "width": kit.dropdown("width", "units in each", _widths, "10"),
        "points": kit.slider("points", "points", [5, 10, 20, 50, 100, 200], 100),
        "seed": kit.slider("seed", "seed", [*range(21)], 0),
    })
    schedule = mo.ui.array([
        kit.dropdown("steps", "steps", {said(each): each for each in _steps}, theory.STEPS),
        kit.slider("lr", "learning rate", _rates, theory.RATE),
    ])
    kit.controls(*controls.elements.values(), *schedule.elements)
    return controls, schedule


@app.cell
def _(controls, kit, sigma_chart, theory):
    asked = controls.value
    kit.remember(asked)
    task = theory.task(asked["layers"], int(asked["width"]), asked["points"], asked["seed"])
    start, widths, x = task.start, task.widths, task.x
    sigma_chart.show(*theory.singular_values((start,), x, widths))
    return asked, start, task, widths, x


@app.cell
def _(kit, learned_chart, schedule, task, theory):
    steps, lr = schedule.value
    kit.remember({"lr": lr, "steps": steps})
    foreseen = theory.foreseen(task, lr, steps)
    learned_chart.show(*theory.pictured(foreseen))
    return foreseen, lr, steps


@app.cell
def _(announced, kit, lr, mo, steps, task, theory):
    with kit.progress(announced("all layers", steps)) as _report:
        trained = theory.train(task, lr, steps, _report)
    end = trained.end
    mo.md(theory.told(trained))
    return end, trained


@app.cell
def _(Chart, mo):
    _words = mo.md(r"""
    ## Forecast, then run

    If features stayed as they are at the start, a step would leave $1 - \eta\, c\, \sigma_j^2$ of what is lacking along the
    $j$-th mode. This is the forecast, wide and dashed, made before the training; the run is laid over it. Where they part,
    features have changed.
    """)
    learned_chart = Chart()
    mo.vstack([_words, learned_chart])
    return (learned_chart,)


@app.cell
def _(foreseen, learned_chart, mo, theory, trained):
    learned_chart.show(*theory.learned(foreseen, trained))
    mo.md(theory.learned_told(trained))
    return


@app.cell
def _(Chart, kit, mo):
    _moments = ["at the start", "after training"]
    when = kit.radio("when", "Features", _moments, _moments[0])
    curves_chart = Chart()
    mo.vstack([mo.md("## The features as curves"), when, curves_chart])
    return curves_chart, when


@app.cell
def _(asked, curves_chart, end, kit, mo, start, theory, when, widths):
    kit.remember({"when": when.value})
    curves_chart.show(*theory.curves_of({each.title: each for each in (start, end)}[when.value], widths))
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
def _(end, mo, sigma_chart, start, theory, widths, x):
    _figure, _words = theory.singular_values((start, end), x, widths)
    sigma_chart.show(_figure, f"singular values of the features. {_words}")
    mo.md(_words)
    return


@app.cell
def _(theory, trained):
    found = theory.principal(trained)
    return (found,)


@app.cell
def _(found, kit, mo):
    mode = kit.slider("mode", "mode", range(1, found.count + 1), 1)
    mo.vstack([mo.md("## One principal feature at a time"), mode])
    return (mode,)


@app.cell
def _(Chart):
    mode_chart = Chart()
    mode_chart
    return (mode_chart,)


@app.cell
def _(found, kit, mo, mode, mode_chart, theory):
    kit.remember({"mode": mode.value})
    mode_chart.show(*theory.mode(found, mode.value))
    mo.md(theory.mode_told(found, mode.value))
    return


@app.cell
def _(found, kit, mo, theory):
    mo.vstack([
        mo.md("## The strongest, before and after\n\nDescent learns soon what lies along the strong ones."),
        kit.drawn(*theory.strongest(found)),
        kit.drawn(*theory.shares(found)),
    ])
    return


@app.cell
def _(kit, theory, trained):
    kit.drawn(*theory.over_training(trained))
    return


@app.cell
def _(kit):
    kit.notice(
        r"With one hidden layer the hinge of a unit is $w_i/a_i$ times its ramp and $b_i/a_i$ times its step: $3h + 1$ "
        r"parameters have at most $2h + 1$ directions.",
        r"At the start the strong modes are broad and the weak ones wiggle between the elbows: descent learns the broad shape "
        r"first. After training the strong ones jump too, where units with a large output weight have their elbows.",
        r"Where training goes well the largest $\sigma$ grows, and the largest stable rate $2 / (c \sigma_1^2)$ shrinks. A "
        r"rate that is too large, such as 1, throws elbows off all points for good: $\sigma_1$ and the rank fall then.",
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
def _(kit, mo, own, task, theory):
    def _shown(rows):
        mine = theory.own_point(task, rows)
        figure, words = theory.singular_values((mine,), rows[:, 0], task.widths)
        held = theory.shares_of(mine)
        return mo.vstack([
            mo.md(f"The network at its start, on your points. Its first modes hold of your target's square: {held}."),
            kit.drawn(figure, f"singular values of the features at your points. {words}"),
            mo.md(words),
        ])

    kit.shown(own, _shown, 2)
    return


@app.cell
def _(mo):
    again = mo.ui.run_button(label="Run the experiment")
    mo.vstack([mo.md("## Predicted and measured\n\n20 000 steps on minibatches, of the network chosen above."), again])
    return (again,)


@app.cell
def _(again, asked, kit):
    _settings = {"steps": 20_000} | {name: asked[name] for name in ("width", "points", "seed")}
    _before = "*Every number that theory gives for these features, against its measurement.*"
    kit.on_request(
        again, f"features/{asked['layers']}-layer{'s' * (asked['layers'] == 'two')}", _settings, before=_before
    )
    return


@app.cell
def _(kit):
    kit.end("features")
    return


if __name__ == "__main__":
    app.run()
