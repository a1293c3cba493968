# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="A ReLU network learns · thalweg")


@app.cell
def _():
    import marimo as mo
    import torch

    import thalweg
    from thalweg.descent import kept_moments
    from thalweg.draw import course
    from thalweg.draw import modes as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.explorables.training import MOMENTS, Training, Way, film
    from thalweg.experiments.relu_setup import ALL, OUTPUT, RIDGE, follows, linearized_error, make_net
    from thalweg.lab import kit
    from thalweg.subjects import networks
    from thalweg.subjects import ridge as doors

    return (
        ALL,
        Chart,
        MOMENTS,
        OUTPUT,
        RIDGE,
        Training,
        Way,
        course,
        doors,
        draw,
        film,
        follows,
        kept_moments,
        kit,
        linearized_error,
        make_net,
        mo,
        networks,
        thalweg,
        torch,
    )


@app.cell
def _(kit):
    kit.begin("a-network-learns")
    return


@app.cell
def _(mo):
    mo.md(r"""
    The network is $f(x) = \sum_i a_i \max(0, w_i x + b_i) + a_0$: straight pieces that meet at the elbows $-b_i / w_i$. It
    learns from noisy points, every step on all of them. Choose a way, then play it, or drag the moment, in the slider or in
    the two lower pictures. The first training here is short; a long one takes about half a minute, most of it for compiling.
    """)
    return


@app.cell
def _(kit, mo):
    def _slider(label, name, steps, default):
        wanted = kit.remembered(name, float(default))
        value = min(steps, key=lambda each: abs(each - wanted))
        return mo.ui.slider(steps=steps, value=value, label=label, show_value=True, debounce=True)

    _widths = ["3", "5", "10", "20", "40"]
    _rates = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2]
    controls = mo.ui.dictionary({
        "width": mo.ui.dropdown(_widths, value=kit.chosen("width", _widths, "10"), label="hidden units"),
        "points": _slider("points", "points", [5, 10, 20, 50, 100, 200, 400], 100),
        "seed": _slider("seed", "seed", [*range(21)], 0),
        "lr_output": _slider("lr, output layer alone", "lr_output", _rates, 0.5),
        "lr_all": _slider("lr, all layers", "lr_all", _rates, 0.1),
    })
    mo.hstack([*controls.elements.values()], wrap=True, justify="start", gap=1.5)
    return (controls,)


@app.cell
def _(mo):
    long = mo.ui.run_button(label="30 000 steps")
    longer = mo.ui.run_button(label="100 000 steps")
    mo.hstack([mo.md("Train for"), long, longer], wrap=True, justify="start", align="center")
    return long, longer


@app.cell
def _(ALL, MOMENTS, OUTPUT, asked, mo, net, steps, thalweg):
    def _train(problem, lr, name):
        with mo.status.progress_bar(total=100, title=f"{name}, {steps} steps", remove_on_exit=True) as shown:
            done = 0

            def tell(share):
                nonlocal done
                step = int(100 * min(1.0, share)) - done
                if step > 0:
                    done += step
                    shown.update(increment=step)

            loop = "eager" if steps <= 1000 else "auto"
            return thalweg.run(problem, lr=lr, steps=steps, keep=MOMENTS, choice=loop, report=tell)

    output = _train(net.last, asked["lr_output"], OUTPUT)
    whole = _train(net.whole, asked["lr_all"], ALL)
    _more = " Little more than the broad shape is there yet: train for longer." if steps <= 1000 else ""
    mo.md(f"*{steps} steps of each way; {OUTPUT}: {output.outcome[0].words}; {ALL}: {whole.outcome[0].words}.{_more}*")
    return output, whole


@app.cell
def _(Training):
    training = Training(way=1)
    training
    return (training,)


@app.cell
def _(ALL, OUTPUT, RIDGE, Way, doors, film, foreseen, net, output, thalweg, torch, training, whole, x, y):
    strengths = torch.logspace(2, -8, 61, dtype=torch.float64)
    ridge = net.with_output(thalweg.ridge_path(net.last.X, y, strengths))
    best = int(doors.left_out_error(net.last.X, y, strengths).argmin())
    error = (net.lin.r + (foreseen - net.lin.w) @ net.lin.F.T).square().mean(1)
    t_output, t_whole = (each.t.double() for each in (output, whole))
    ways = [
        Way(OUTPUT, "steps", t_output, net.with_output(output.w[:, 0]), error[: len(t_output)]),
        Way(ALL, "steps", t_whole, whole.w[:, 0]),
        Way(RIDGE, "ridge", strengths, ridge, first=best),
    ]
    training.film = film(x, y, net.width, ways)
    return best, strengths, ways


@app.cell
def _(best, mo, strengths, training):
    def _row(way):
        moment = len(way["along"]) - 1 if way["over"] == "steps" else way["first"]
        inside = sum(each is not None and 0 < each < 1 for each in way["elbows"][moment])
        return (
            f"- {way['name']}: **{way['train'][moment]:.4g}** at the points, **{way['test'][moment]:.4g}** against the true "
            f"function; {inside} elbows lie between 0 and 1"
        )

    mo.md(
        "Mean of squares in the end:\n\n"
        + "\n".join(_row(each) for each in training.film["ways"])
        + f"\n\nThe ridge has the strength {float(strengths[best]):.2g}, which is best for points that are "
        "left out in turn; the noise on the points has the variance 0.01."
    )
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Forecast, then run

    With the hidden units fixed, the output layer is least squares: its whole path is known before the first step, mode by
    mode. The forecast is drawn wide and dashed; the run is laid over it.
    """)
    return


@app.cell
def _(Chart):
    modes_chart = Chart()
    modes_chart
    return (modes_chart,)


@app.cell
def _(MOMENTS, controls, draw, kept_moments, kit, long, longer, make_net, modes_chart, networks, thalweg):
    asked = controls.value
    kit.remember(asked)
    steps = 30_000 if long.value else 100_000 if longer.value else 1_000
    x, y = networks.noisy_points(asked["points"])
    net = make_net(x, y, int(asked["width"]), asked["seed"])
    moments = kept_moments(steps, MOMENTS)
    foreseen = thalweg.linear_path(net.lin, asked["lr_output"], moments)
    along = net.parts.Vh[net.parts.seen].T
    names = [f"σ = {float(each):.3g}" for each in net.parts.sigma[net.parts.seen]]
    before = (foreseen - net.best) @ along
    modes_chart.show(
        draw.mode_errors(moments[:1], before[:1], moments, before, names),
        "the forecast of every mode's error over the steps",
    )
    return along, asked, before, foreseen, moments, names, net, steps, x, y


@app.cell
def _(along, asked, before, draw, mo, modes_chart, moments, names, net, output, thalweg):
    t, w = thalweg.path(output)
    modes_chart.show(
        draw.mode_errors(t, (w - net.best) @ along, moments, before, names),
        "the error of every mode over the steps: forecast wide and dashed, run thin upon it",
    )
    _apart = float(((w - net.best) @ along - before[: len(t)]).abs().max() / before.abs().max())
    _limit = thalweg.largest_stable_lr(net.lin.c * net.parts.sigma.square())
    mo.md(
        f"Largest stable rate of the output layer **{_limit:.4g}**, chosen {asked['lr_output']:g}. On these hidden units no "
        f"output layer goes below a training error of **{net.least:.4g}**. Forecast and run differ by at most {_apart:.1g} of "
        "the largest error."
    )
    return


@app.cell
def _(Chart):
    whole_chart = Chart()
    whole_chart
    return (whole_chart,)


@app.cell
def _(asked, course, follows, linearized_error, mo, net, thalweg, whole, whole_chart):
    _forecast, _run = linearized_error(net.whole, asked["lr_all"], whole.t), whole.loss[:, 0]
    whole_chart.show(
        course.value_over_steps(whole.t, _forecast, _run, "all layers: error at the points"),
        "the training error of all layers over the steps, and what the linearization at the start foresees, wide and dashed",
    )
    _sigma = thalweg.decompose(thalweg.linearize(net.whole).F).sigma
    _limit, _held = thalweg.largest_stable_lr(net.lin.c * _sigma.square()), follows(_forecast, _run, whole.t)
    mo.md(
        f"All layers together are no longer linear: what the start foresees is right to 10 % for {_held}. The largest stable "
        f"rate at the start is {_limit:.4g}, and it changes with the features; chosen is {asked['lr_all']:g}."
    )
    return


@app.cell
def _(kit):
    kit.notice(
        r"Where only the output layer learns, the elbows stay; the broad shape comes first, modes of small $\sigma$ last.",
        r"Where all layers learn, elbows travel towards where a bend helps. One that leaves $[0, 1]$ bends nothing that the "
        r"points can see; a unit that is off at every point gets no gradient and never comes back.",
        r"Ridge goes the output layer's way at once: $1/\lambda$ plays the part of the steps.",
        r"More units are not always better for all layers: try several seeds with 10 and with 20 units, and train for long.",
        r"A little above the largest stable rate of the start all layers swing and learn little; at one and a half times that "
        r"rate they diverge.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"How many parameters has a network from one input to one output with one hidden layer of $h$ units, all biases "
            r"included?",
            "h + h + h + 1 = {}",
            {"h": "scalar"},
            hint="every unit has a weight, a bias and an output weight; count the output's bias too",
            answer="3 h + 1",
            wrong="3 h",
        ),
        kit.Turn(
            r"Where is the elbow of the unit $\max(0, w x + b)$, if $w \neq 0$?",
            "w e + b = 0 iff e = {}",
            {"w": "scalar", "b": "scalar", "e": "scalar"},
            given=("w != 0",),
            hint="the unit switches where $w x + b$ changes its sign",
            answer="-b / w",
            wrong="b / w",
        ),
        kit.Turn(
            r"By how much does the slope of $a \max(0, w x + b)$ grow at its elbow from left to right, if $w < 0$? "
            r"(compare the slopes at $p$ to the left and at $q$ to the right of it)",
            "a w step(w q + b) - a w step(w p + b) = {}",
            dict.fromkeys("awbpq", "scalar"),
            given=("w < 0", "w p + b > 0", "w q + b < 0"),
            hint="with $w < 0$ the unit is on to the left of its elbow",
            answer="-a w",
            wrong="a w",
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
    fit = mo.ui.run_button(label="Train on your points")
    mo.vstack([mo.md("## Your own data"), own, fit])
    return fit, own


@app.cell
def _(ALL, MOMENTS, OUTPUT, Training, Way, asked, film, fit, kit, make_net, mo, own, thalweg):
    def _trained():
        try:
            data = kit.matrix(own.value)
            if data.shape[1] != 2:
                raise ValueError(f"need two numbers in every row, got {data.shape[1]}")
            mine = make_net(data[:, 0], data[:, 1], int(asked["width"]), asked["seed"])
        except ValueError as problem:
            return kit.refused(problem)
        rates = {"lr": asked["lr_output"], "steps": 1000, "keep": MOMENTS, "choice": "eager"}
        last = thalweg.run(mine.last, **rates)
        every = thalweg.run(mine.whole, **rates | {"lr": asked["lr_all"]})
        shown = Training()
        shown.film = film(
            data[:, 0],
            data[:, 1],
            mine.width,
            [
                Way(ALL, "steps", every.t.double(), every.w[:, 0]),
                Way(OUTPUT, "steps", last.t.double(), mine.with_output(last.w[:, 0])),
            ],
            None,
        )
        return shown

    _trained() if fit.value else mo.md("*The hidden units, the seed and the rates are those of above; 1000 steps.*")
    return


@app.cell
def _(kit, mo):
    several = mo.ui.run_button(label="Run the experiment: two widths, four runs of each, 20 000 steps")
    mo.vstack([mo.md("## Several widths, several runs"), several])
    return (several,)


@app.cell
def _(kit, mo, several):
    def _run():
        result = kit.experiment("relu/training", {"widths": "10,20", "steps": 20000, "runs": 4})
        return mo.vstack([kit.table(result), kit.pictures(result, 0, 4)])

    _run() if several.value else mo.md(
        "*Minibatches, drawn anew for every run; theory foresees path and scatter. It takes half a minute.*"
    )
    return


@app.cell
def _(kit):
    kit.end("a-network-learns")
    return


if __name__ == "__main__":
    app.run()
