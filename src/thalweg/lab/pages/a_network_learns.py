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
    from thalweg.draw import training as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.explorables.training import MOMENTS, Training, Way, ended, film
    from thalweg.draw.wording import counted, said
    from thalweg.experiments import relu_page as theory
    from thalweg.experiments.relu_setup import ALL, OUTPUT, RIDGE, follows, linearized_error, make_net
    from thalweg.lab import kit
    from thalweg.subjects import ridge as doors

    return (
        ALL, Chart, MOMENTS, OUTPUT, RIDGE, Training, Way, counted, doors, draw, ended, film, follows, kept_moments,
        kit, linearized_error, make_net, mo, said, thalweg, theory, torch,
    )  # fmt: skip


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
        "width": mo.ui.dropdown(_widths, value=kit.chosen("width", _widths, str(_first.width)), label="hidden units"),
        "points": kit.slider("points", "points", [5, 10, 20, 50, 100, 200, 400], _first.points),
        "seed": kit.slider("seed", "seed", [*range(21)], _first.seed),
    })
    _number = int(kit.chosen("steps", [str(each) for each in _steps], str(_first.steps)))
    duration = mo.ui.dropdown({said(each): each for each in _steps}, value=said(_number), label="steps")
    lr_output = kit.slider("lr_output", "lr, output layer alone", _rates, theory.RATES[OUTPUT])
    lr_all = kit.slider("lr_all", "lr, all layers", _rates, theory.RATES[ALL])
    mo.hstack([*controls.elements.values(), duration, lr_output, lr_all], wrap=True, justify="start", gap=1.5)
    return controls, duration, lr_all, lr_output, pictures


@app.cell
def _(counted, duration, kit, said, theory):
    steps = duration.value
    kit.remember({"steps": steps})

    def train(name, lr, descent):
        """A training with a bar, and a sentence on how it ended."""
        wait = ", which may be compiled first, for 10 to 30 seconds" if steps > theory.QUICK else ""
        with kit.progress(f"{name}: {counted(steps, 'step')}{wait}") as report:
            result = descent(report)
        end = f"{result.outcome[0].words} after {counted(int(result.t[-1]), 'step')}"
        return result, f"*{name.capitalize()}, lr {said(lr)}: {end}.*"

    return steps, train


@app.cell
def _(controls, kit, theory):
    kit.remember(controls.value)
    network = {**controls.value, "width": int(controls.value["width"])}
    net = theory.net(**network)
    x, y = net.whole.X, net.whole.y
    return net, network, x, y


@app.cell
def _(MOMENTS, counted, draw, kept_moments, kit, lr_output, modes_chart, net, said, steps, thalweg):
    rate = lr_output.value
    kit.remember({"lr_output": rate})
    moments = kept_moments(steps, MOMENTS)
    before, sigma = net.left(thalweg.linear_path(net.lin, rate, moments)), net.parts.sigma[net.parts.seen]
    _left = [said(float(each), 2) for each in (before[-1] / before[0]).abs()[[0, -1]]]
    told = (
        f"what is lacking along {min(8, len(sigma))} of {len(sigma)} modes over {counted(steps, 'step')} at lr {said(rate)}: "
        f"of the strongest, σ = {said(float(sigma[0]))}, {_left[0]} is left, of the weakest {_left[1]}"
    )
    modes_chart.show(draw.output_modes(moments[:1], before[:1], moments, before, sigma), f"forecast of the {told}")
    return before, moments, rate, sigma, told


@app.cell
def _(OUTPUT, mo, network, rate, steps, theory, train):
    output, _words = train(
        OUTPUT, rate, lambda report: theory.trained(theory.Asked(OUTPUT, rate, **network, steps=steps, report=report))
    )
    mo.md(_words)
    return (output,)


@app.cell
def _(OUTPUT, RIDGE, Way, doors, film, linearized_error, net, output, pictures, rate, thalweg, torch, x, y):
    strengths = torch.logspace(2, -8, 61, dtype=torch.float64)
    _ridge = net.with_output(thalweg.ridge_path(net.last.X, y, strengths))
    best = int(doors.left_out_error(net.last.X, y, strengths).argmin())
    _foreseen = linearized_error(net.last, rate, output.t)
    linear = [
        Way(OUTPUT, "steps", output.t.double(), net.with_output(output.w[:, 0]), _foreseen),
        Way(RIDGE, "ridge", strengths, _ridge, first=best),
    ]
    if not pictures.film:  # There is something to see while all layers are trained.
        pictures.film = film(x, y, net.width, linear)
    return best, linear, strengths


@app.cell
def _(MOMENTS, counted, draw, kept_moments, kit, linearized_error, lr_all, net, said, steps, torch, whole_chart):
    rate_all = lr_all.value
    kit.remember({"lr_all": rate_all})
    _moments = kept_moments(steps, MOMENTS)
    _foreseen = linearized_error(net.whole, rate_all, _moments)
    whole_chart.show(
        draw.foreseen_error(
            _moments, _foreseen, torch.full_like(_foreseen, torch.nan), "error of all layers, at the points"
        ),
        f"training error of all layers over {counted(steps, 'step')} as the start foresees it: from "
        f"{said(float(_foreseen[0]))} to {said(float(_foreseen[-1]))}",
    )
    return (rate_all,)


@app.cell
def _(ALL, mo, network, rate_all, steps, theory, train):
    whole, _words = train(
        ALL, rate_all, lambda report: theory.trained(theory.Asked(ALL, rate_all, **network, steps=steps, report=report))
    )
    _more = " Little more than the broad shape is there yet: choose more steps."
    mo.md(_words + _more * (whole.outcome[0].words == "out of steps" and steps < 30_000))
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
def _(ALL, Way, best, ended, film, linear, linearized_error, mo, net, pictures, rate_all, said, strengths, whole, x, y):
    expected = linearized_error(net.whole, rate_all, whole.t)
    _way = Way(ALL, "steps", whole.t.double(), whole.w[:, 0], expected, foreseen="forecast, linearized at the start")
    pictures.film = film(x, y, net.width, [*linear, _way])
    mo.md(
        "Mean of squares in the end:\n\n"
        + "\n".join(f"- {ended(each)}" for each in pictures.film["ways"])
        + f"\n\nThe ridge has the strength {said(float(strengths[best]), 2)}, which is best for points that are "
        "left out in turn; the noise on the points has the variance 0.01."
    )
    return (expected,)


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
def _(before, draw, mo, modes_chart, moments, net, output, rate, said, sigma, thalweg, told):
    t, _w = thalweg.path(output)
    _after = net.left(_w)
    _apart = said(float((_after - before[: len(t)]).abs().max() / before.abs().max()), 1)
    modes_chart.show(
        draw.output_modes(t, _after, moments, before, sigma), f"{told}; forecast and run differ by at most {_apart}"
    )
    _limit = thalweg.largest_stable_lr(net.lin.c * net.parts.sigma.square())
    mo.md(
        f"Largest stable rate of the output layer **{said(_limit)}**, chosen {said(rate)}. On these hidden units no output "
        f"layer goes below a training error of **{said(net.least)}**. Forecast and run differ by at most {_apart} of the "
        "largest error."
    )
    return


@app.cell
def _(whole_chart):
    whole_chart
    return


@app.cell
def _(draw, expected, follows, mo, net, rate_all, said, thalweg, whole, whole_chart):
    _run = whole.loss[:, 0]
    _held = follows(expected, _run, whole.t)
    whole_chart.show(
        draw.foreseen_error(whole.t, expected, _run, "error of all layers, at the points"),
        f"training error of all layers: the run goes from {said(float(_run[0]))} to {said(float(_run[-1]))}, what the start "
        f"foresees to {said(float(expected[-1]))}; that is right to 10 % for {_held}",
    )
    _sigma = thalweg.decompose(thalweg.linearize(net.whole).F).sigma
    _limit = said(thalweg.largest_stable_lr(net.lin.c * _sigma.square()))
    mo.md(
        f"All layers together are no longer linear: what the start foresees is right to 10 % for {_held}. The largest stable "
        f"rate at the start is {_limit}, and it changes with the features; chosen is {said(rate_all)}."
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
def _(ALL, OUTPUT, Training, Way, film, fit, kit, make_net, mo, network, own, rate, rate_all, steps, theory, train):
    def _trained(data):
        mine = make_net(data[:, 0], data[:, 1], network["width"], network["seed"])
        last, _ = train(OUTPUT, rate, lambda report: theory.descend(mine.last, rate, steps, report))
        every, _ = train(ALL, rate_all, lambda report: theory.descend(mine.whole, rate_all, steps, report))
        ways = [
            Way(OUTPUT, "steps", last.t.double(), mine.with_output(last.w[:, 0])),
            Way(ALL, "steps", every.t.double(), every.w[:, 0]),
        ]
        return Training(film=film(data[:, 0], data[:, 1], mine.width, ways, None))

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
def _(kit, mo, several):
    def _run():
        result = kit.experiment("relu/training", {"widths": "10,20", "steps": 20000, "runs": 4})
        return mo.vstack([kit.table(result), kit.pictures(result, 0, 4)])

    _run() if several.value else mo.md(
        "*The minibatches are drawn anew for every run; theory foresees path and scatter. It takes half a minute.*"
    )
    return


@app.cell
def _(kit):
    kit.end("a-network-learns")
    return


if __name__ == "__main__":
    app.run()
