# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="A ReLU network learns · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.explorables.training import Training
    from thalweg.draw.wording import said
    from thalweg.experiments import relu_page as theory
    from thalweg.experiments.relu_setup import ALL, OUTPUT, make_net
    from thalweg.lab import kit

    return ALL, Chart, OUTPUT, Training, kit, make_net, mo, said, theory


@app.cell
def _(kit):
    kit.begin("a-network-learns")
    return


@app.cell
def _(mo):
    mo.md(r"""
    The network is $f(x) = \sum_i a_i \max(0, w_i x + b_i) + a_0$: straight pieces that meet at the elbows $-b_i / w_i$. It
    learns from noisy points, every step on all of them. Choose a way, then play it, or drag the moment, in the slider or in
    the two lower pictures. In 3 000 steps the output layer has found most of the function, though not its sharpest corners;
    all layers need many more.
    """)
    return


@app.cell
def _(ALL, OUTPUT, Training, kit, mo, said, theory):
    _widths, _steps = ["3", "5", "10", "20", "40"], [1000, theory.QUICK, 30_000, 100_000]
    _first = theory.Asked(OUTPUT, theory.RATES[OUTPUT])
    _rates = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2]
    pictures = Training(way=int(kit.remembered("way", 0, 0, 2)), moment=int(kit.remembered("moment", -1, -1, 60)))
    controls = mo.ui.dictionary({
        "width": kit.dropdown("width", "hidden units", _widths, str(_first.width)),
        "points": kit.slider("points", "points", [5, 10, 20, 50, 100, 200, 400], _first.points),
        "seed": kit.slider("seed", "seed", [*range(21)], _first.seed),
    })
    duration = kit.dropdown("steps", "steps", {said(each): each for each in _steps}, _first.steps)
    lr_output = kit.slider("lr_output", "lr, output layer alone", _rates, theory.RATES[OUTPUT])
    lr_all = kit.slider("lr_all", "lr, all layers", _rates, theory.RATES[ALL])
    kit.controls(*controls.elements.values(), duration, lr_output, lr_all)
    return controls, duration, lr_all, lr_output, pictures


@app.cell
def _(duration, kit, theory):
    steps = duration.value
    kit.remember({"steps": steps})

    def train(name, descent):
        """A training with a bar."""
        with kit.progress(theory.announced(name, steps)) as report:
            return descent(report)

    return steps, train


@app.cell
def _(controls, kit, theory):
    kit.remember(controls.value)
    network = {**controls.value, "width": int(controls.value["width"])}
    net = theory.net(**network)
    return net, network


@app.cell
def _(kit, lr_output, modes_chart, net, steps, theory):
    rate = lr_output.value
    kit.remember({"lr_output": rate})
    foreseen = theory.lacking(net, rate, steps)
    modes_chart.show(*theory.pictured(foreseen))
    return foreseen, rate


@app.cell
def _(OUTPUT, mo, network, rate, steps, theory, train):
    _asked = theory.Asked(OUTPUT, rate, **network, steps=steps)
    output = train(OUTPUT, lambda report: theory.trained(_asked, report))
    mo.md(theory.told(OUTPUT, output))
    return (output,)


@app.cell
def _(net, output, pictures, theory):
    linear = theory.linear_ways(net, output)
    if not pictures.film:  # There is something to see while all layers are trained.
        pictures.film = theory.film_of(net, linear)
    return (linear,)


@app.cell
def _(kit, lr_all, net, steps, theory, whole_chart):
    rate_all = lr_all.value
    kit.remember({"lr_all": rate_all})
    whole_chart.show(*theory.whole_foreseen(net, rate_all, steps))
    return (rate_all,)


@app.cell
def _(ALL, mo, network, rate_all, steps, theory, train):
    _asked = theory.Asked(ALL, rate_all, **network, steps=steps)
    whole = train(ALL, lambda report: theory.trained(_asked, report))
    mo.md(theory.told(ALL, whole))
    return (whole,)


@app.cell
def _(mo, pictures):
    training = mo.ui.anywidget(pictures)
    training
    return (training,)


@app.cell
def _(kit, training):
    kit.remember({name: training.value[name] for name in ("way", "moment")})
    return


@app.cell
def _(linear, mo, net, pictures, theory, whole):
    _ways = [*linear, theory.whole_way(net, whole)]
    pictures.film = theory.film_of(net, _ways)
    mo.md(theory.ends(pictures.film, _ways))
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
    modes_chart, whole_chart = Chart(), Chart()
    modes_chart
    return modes_chart, whole_chart


@app.cell
def _(foreseen, mo, modes_chart, net, output, theory):
    modes_chart.show(*theory.modes_picture(net, foreseen, output))
    mo.md(theory.modes_told(net, foreseen, output))
    return


@app.cell
def _(whole_chart):
    whole_chart
    return


@app.cell
def _(mo, net, rate_all, theory, whole, whole_chart):
    whole_chart.show(*theory.whole_picture(net, whole))
    mo.md(theory.whole_told(net, whole))
    return


@app.cell
def _(kit):
    kit.notice(
        r"Where only the output layer learns, the elbows stay; the broad shape comes first, modes of small $\sigma$ last.",
        r"Where all layers learn, elbows travel towards where a bend helps. One that leaves $[0, 1]$ bends nothing that the "
        r"points can see; a unit that is off at every point gets no gradient and never comes back.",
        r"Ridge goes the output layer's way at once: $1/\lambda$ plays the part of the steps.",
        r"More units are not always better for all layers: try several seeds with 10 and with 20 units, and train for long.",
        r"While all layers learn, features grow and the largest stable rate falls, often to the very rate that was chosen, and "
        r"stays there: the error then jumps from step to step. Above the limit of the start they soon diverge.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"How many parameters has a network from one input to one output with one hidden layer of $h$ units, all biases "
            r"included? Type an expression in `h`.",
            "h + h + h + 1 = {}",
            {"h": "scalar"},
            hint="every unit has a weight, a bias and an output weight; count the output's bias too",
            answer="3 h + 1",
            wrong="3 h",
        ),
        kit.Turn(
            r"Where is the elbow of the unit $\max(0, w x + b)$, if $w \neq 0$? Type an expression in `w` and `b`.",
            "w e + b = 0 iff e = {}",
            {"w": "scalar", "b": "scalar", "e": "scalar"},
            given=("w != 0",),
            hint="the unit switches where $w x + b$ changes its sign",
            answer="-b / w",
            wrong="b / w",
        ),
        kit.Turn(
            r"By how much does the slope of $a \max(0, w x + b)$ grow at its elbow from left to right, if $w < 0$? "
            r"(compare the slopes at $p$ to the left and at $q$ to the right of it) Type an expression in `a` and `w`.",
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
    _points = "0 0\n0.2 0.8\n0.4 0.1\n0.6 0.9\n0.8 0.2\n1 1"
    own = kit.own("data", _points, "Your own points: an x between 0 and 1 and a y in every row")
    fit = mo.ui.run_button(label="Train on your points")
    mo.vstack([mo.md("## Your own data"), own, fit])
    return fit, own


@app.cell
def _(ALL, OUTPUT, Training, fit, kit, make_net, mo, network, own, rate, rate_all, steps, theory, train):
    def _trained(data):
        mine = make_net(data[:, 0], data[:, 1], network["width"], network["seed"])
        last = train(OUTPUT, lambda report: theory.descend(mine.last, rate, steps, report))
        every = train(ALL, lambda report: theory.descend(mine.whole, rate_all, steps, report))
        return Training(film=theory.own_film(mine, last, every))

    kit.shown(own, _trained, 2) if fit.value else mo.md("*Hidden units, seed, rates and steps are those of above.*")
    return


@app.cell
def _(mo):
    several = mo.ui.run_button(label="Run the experiment")
    mo.vstack([
        mo.md("## Several widths, several runs\n\nTwo widths, four runs of each, 20 000 steps on minibatches."),
        several,
    ])
    return (several,)


@app.cell
def _(kit, several):
    _before = (
        "*The minibatches are drawn anew for every run; theory foresees path and scatter. It takes half a minute.*"
    )
    kit.on_request(several, "relu/training", {"widths": "10,20", "steps": 20000, "runs": 4}, 0, 4, before=_before)
    return


@app.cell
def _(kit):
    kit.end("a-network-learns")
    return


if __name__ == "__main__":
    app.run()
