# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="One elbow · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables import elbow as explorable
    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments import elbow_network
    from thalweg.experiments import elbow_page as theory
    from thalweg.experiments.relu_settings import OneStep
    from thalweg.lab import kit
    from thalweg.subjects import elbows

    return Chart, OneStep, elbow_network, elbows, explorable, kit, mo, theory


@app.cell
def _(kit):
    kit.begin("one-elbow")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Drag what is ringed in the first picture: the elbow, the slope on its arm, the training point; or move a slider. In the
    other three drag the learning rate. Where the unit is on, a step takes $\eta r x$ from $w$ and $\eta r$ from $b$, with
    $r = \max(0, wx + b) - y$, and the elbow goes from $-b/w$ to

    $$ e' = -\frac{b - \eta r}{w - \eta r x}. $$
    """)
    return


@app.cell
def _(explorable, kit, mo):
    elbow = mo.ui.anywidget(explorable.opened(kit.remembered))
    elbow
    return (elbow,)


@app.cell
def _(elbow, elbows, explorable, kit):
    _kept = explorable.address(elbow.value)
    kit.remember(_kept)
    lr = _kept.pop("lr")
    unit = elbows.Unit(**_kept)
    return lr, unit


@app.cell
def _(mo):
    mo.md(r"""
    ## Forecast, then run

    The forecast comes from the exact conditions, before a step is taken; it is drawn wide and dashed. Then torch takes the
    step, with the derivatives that it finds itself, and the run is laid over it.
    """)
    return


@app.cell
def _(Chart):
    one_step = Chart()
    one_step
    return (one_step,)


@app.cell
def _(lr, theory, unit):
    found = theory.course(unit, lr)
    return (found,)


@app.cell
def _(found, mo, one_step, theory):
    one_step.show(*theory.one_step(found))
    mo.md(theory.one_step_told(found))
    return


@app.cell
def _(mo):
    mo.md(r"""
    ### Many steps

    As long as the unit is on at $x$, a step leaves $\rho = 1 - \eta(1 + x^2)$ of the residual: slope and bias go along a
    straight line, and the elbow along a curve. Once the unit is off it stays as it is.
    """)
    return


@app.cell
def _(Chart):
    many_steps = Chart()
    many_steps
    return (many_steps,)


@app.cell
def _(found, many_steps, mo, theory):
    many_steps.show(*theory.many_steps(found))
    mo.md(theory.many_steps_told(found))
    return


@app.cell
def _(mo):
    whole_run = mo.ui.run_button(label="Run the whole experiment")
    mo.vstack([mo.md("Every learning rate, asked by runs, for this unit and the homework's cases:"), whole_run])
    return (whole_run,)


@app.cell
def _(kit, lr, unit, whole_run):
    _settings = {"w": unit.w, "b": unit.b, "x": unit.x, "y": unit.y, "lr": lr}
    kit.on_request(whole_run, "elbow/one-unit", _settings, 3, 4)
    return


@app.cell
def _(kit):
    kit.notice(
        r"Slope and bias both answer. As long as the slope keeps its sign, the elbow goes right just where $r (w - bx) > 0$. "
        r"Beyond $\eta = w/(rx)$, if that is positive, the slope has turned over: the elbow has gone through infinity and "
        r"is on the other side. Up to twice that rate the slope is shallower than before, beyond it steeper.",
        r"An elbow at $-1/x$ stays for ever: there slope and bias shrink alike. Try $w = b$, $x = 1$.",
        r"As long as it leaves the unit on, a step multiplies the residual by $1 - \eta (1 + x^2)$, whatever slope and elbow "
        r"do: the loss falls up to $\eta = 2/(1 + x^2)$. But where the target is below half of the output, the unit is "
        r"switched off before the loss can rise.",
        r"With $r = -1$ and $w, x > 0$ a step makes the slope steeper at any rate, and never switches the unit off; only the "
        r"border of the loss is that of $r = +1$.",
        r"Drag the point to where the unit is off: all bands turn grey. A unit that is off at every point never learns again.",
    )
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## A whole layer

    In a network $f(x) = \sum_i a_i \max(0, w_i x + b_i) + a_0$ one point moves every elbow whose unit is on there, each by its
    own $a_i r$ in the place of $r$. All others stay.
    """)
    return


@app.cell
def _(kit):
    units = kit.slider("units", "units", list(range(2, 61)), 12)
    layer_x = kit.slider("layer_x", "point x", [round(0.02 * k, 2) for k in range(51)], 0.5)
    layer_y = kit.slider("layer_y", "point y", [round(0.1 * k, 1) for k in range(-20, 21)], 1.0)
    layer_lr = kit.slider("layer_lr", "learning rate lr", [round(0.02 * k, 2) for k in range(1, 101)], 0.2)
    seed = kit.slider("seed", "seed of the network", list(range(21)), 0)
    kit.controls(units, layer_x, layer_y, layer_lr, seed)
    return layer_lr, layer_x, layer_y, seed, units


@app.cell
def _(Chart):
    layer_chart = Chart()
    layer_chart
    return (layer_chart,)


@app.cell
def _(OneStep, elbow_network, kit, layer_lr, layer_x, layer_y, seed, units):
    kit.remember({
        "units": units.value,
        "layer_x": layer_x.value,
        "layer_y": layer_y.value,
        "layer_lr": layer_lr.value,
        "seed": seed.value,
    })
    layer = elbow_network.one_point(
        OneStep(int(units.value), float(layer_x.value), float(layer_y.value), layer_lr.value, int(seed.value))
    )
    layer_step = elbow_network.step(layer, layer_lr.value)
    return layer, layer_step


@app.cell
def _(elbow_network, layer, layer_chart, layer_step, mo):
    layer_chart.show(
        elbow_network.pictured(layer, layer_step, elbow_network.INPUTS),
        elbow_network.in_words(layer, layer_step),
    )
    mo.md(elbow_network.told(layer_step))
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"Where is the elbow of $\max(0, wx + b)$, with $w \ne 0$: at $x =$ ... (write `w`, `b`)",
            "w x + b = 0 iff x = {}",
            {"w": "scalar", "x": "scalar", "b": "scalar"},
            given=("w != 0",),
            hint="there $wx + b$ changes its sign",
            answer="-b / w",
            wrong="b / w",
        ),
        kit.Turn(
            r"The unit is 1 too high, $r = 1$, with $w, x > 0$, and on at $x$. The slope becomes smaller in size, "
            r"$|w - \eta x| < |w|$, just if $\eta <$ ... (write `w`, `x`)",
            "|w - eta x| < |w| iff eta < {}",
            {"w": "scalar > 0", "x": "scalar > 0", "eta": "scalar > 0"},
            hint="it may turn over and still be smaller",
            answer="2 w / x",
            wrong="w / x",
        ),
        kit.Turn(
            r"In the same case, as long as $\eta x < w$: the elbow goes right just if $b <$ ... (write `w`, `x`)",
            "-(b - eta) / (w - eta x) > -b / w iff b < {}",
            {"w": "scalar > 0", "x": "scalar > 0", "b": "scalar", "eta": "scalar > 0"},
            given=("eta x < w",),
            hint="multiply by both slopes, which are positive",
            answer="w / x",
            wrong="x / w",
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
    own = kit.own("layer", "1 0 1\n1 -1 -2\n-1 0.5 0.5\n2 -3 1", "Your own layer: w, b and a of a unit in every line")
    point = mo.ui.text(value=kit.text("point", "1.25 0 0.05"), label="its point x, y and its lr", max_length=100)
    mo.vstack([mo.md("## Your own data"), own, point])
    return own, point


@app.cell
def _(elbow_network, kit, mo, own, point):
    def _shown(rows):
        asked = kit.matrix(point.value, 3)
        if len(asked) > 1:
            raise ValueError(f"need one line with x, y and lr, got {len(asked)}")
        kit.remember({"point": point.value})
        x, y, rate = asked[0].tolist()
        layer = elbow_network.own_layer(rows, x, y)
        taken = elbow_network.step(layer, rate)
        moves = ", ".join(elbow_network.ways(taken)) or "none"
        picture = kit.drawn(elbow_network.pictured(layer, taken), elbow_network.in_words(layer, taken))
        return mo.vstack([mo.md(f"Elbows that move: {moves}."), picture])

    kit.shown(own, _shown, 3)
    return


@app.cell
def _(kit):
    kit.end("one-elbow")
    return


if __name__ == "__main__":
    app.run()
