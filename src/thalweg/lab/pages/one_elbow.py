# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="One elbow · thalweg")


@app.cell
def _():
    import marimo as mo
    import torch

    import thalweg
    from thalweg import losses
    from thalweg.draw import elbows as draw
    from thalweg.draw import modes as draw_modes
    from thalweg.draw import strokes, style
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.explorables.elbow import Elbow
    from thalweg.experiments import elbow_network
    from thalweg.experiments.relu_settings import OneStep
    from thalweg.lab import kit
    from thalweg.subjects import elbows, networks

    return (
        Chart,
        Elbow,
        OneStep,
        draw,
        draw_modes,
        elbow_network,
        elbows,
        kit,
        losses,
        mo,
        networks,
        strokes,
        style,
        thalweg,
        torch,
    )


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
def _(Elbow, kit, mo):
    elbow = mo.ui.anywidget(
        Elbow(
            w=kit.remembered("w", 1.5, -1e3, 1e3) or 1.5,
            b=kit.remembered("b", 0.5, -1e3, 1e3),
            x=kit.remembered("x", 1.0, -3.0, 3.0),
            y=kit.remembered("y", 1.2, -1.0, 4.0),
            lr=kit.remembered("lr", 0.3, 0.01, 10.0),
        )
    )
    elbow
    return (elbow,)


@app.cell
def _(elbow, elbows, kit):
    unit = elbows.Unit(*(elbow.value[_name] for _name in ("w", "b", "x", "y")))
    lr = elbow.value["lr"]
    kit.remember({"w": unit.w, "b": unit.b, "x": unit.x, "y": unit.y, "lr": lr})
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
def _(elbows, lr, thalweg, torch, unit):
    _steps = 20
    problem = elbows.unit_problem(unit)
    forecast = elbows.course(unit, lr, torch.arange(_steps + 1))
    result = thalweg.run(problem, lr=lr, steps=_steps, keep=_steps + 2, choice="eager")
    t, w = thalweg.path(result)
    return forecast, problem, result, t, w


@app.cell
def _(
    draw,
    elbows,
    forecast,
    lr,
    mo,
    one_step,
    problem,
    result,
    strokes,
    style,
    torch,
    unit,
    w,
):
    def _overlaid():
        figure = draw.one_step(unit, lr)
        forecast_line = {"color": style.FORECAST, "dash": "dash", "width": 7}
        figure.data[1].update(name=figure.data[1].name.replace("after", "forecast"), line=forecast_line, opacity=0.7)
        x = torch.linspace(*figure.layout.xaxis.range, 201, dtype=torch.float64)
        strokes.line(figure, x, problem.model(w[1], x), f"run: slope {style.short(float(w[1, 0]))}", style.RUN)
        return figure

    _what = elbows.effect(unit, lr)
    _seen = float(elbows.elbow(w[1:2, 0], w[1:2, 1]))
    _told = float(elbows.elbow(forecast[1:2, 0], forecast[1:2, 1]))
    one_step.show(
        _overlaid(),
        f"the unit before a step and after it, forecast and run; its elbow goes from {unit.elbow:.4g} to {_seen:.4g}",
    )
    mo.md(
        f"Foretold: elbow **{_what.elbow}**, slope **{_what.slope}**, loss **{_what.loss}**; the elbow is at {_told:.6g}. "
        f"Seen: the elbow at {_seen:.6g}, the loss {float(result.loss[0, 0]):.4g} before and {float(result.loss[1, 0]):.4g} "
        f"after."
    )
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
def _(draw_modes, elbows, forecast, many_steps, mo, t, torch, unit, w):
    _run, _theory = elbows.elbow(*w.T), elbows.elbow(*forecast[t].T)
    _output, _expected = (torch.relu(each @ torch.tensor([unit.x, 1.0]).to(each)) for each in (w, forecast[t]))
    many_steps.show(
        draw_modes.paths_over_steps(
            t,
            {"elbow": _run, "output at x": _output},
            {"elbow": _theory, "output at x": _expected},
            {"target": unit.y},
            "elbow, output",
        ),
        f"elbow and output over {int(t[-1])} steps on the same point, forecast and run",
    )
    mo.md(
        f"After {int(t[-1])} steps the elbow is at {float(_run[-1]):.6g}, forecast {float(_theory[-1]):.6g}; the output at "
        f"$x$ is {float(_output[-1]):.4g}, the target {unit.y:.4g}."
    )
    return


@app.cell
def _(mo):
    whole_run = mo.ui.run_button(label="Ask every learning rate by runs, for this unit and the homework's cases")
    whole_run
    return (whole_run,)


@app.cell
def _(kit, lr, mo, unit, whole_run):
    def _asked():
        if not whole_run.value:
            return mo.md("")
        try:
            found = kit.experiment("elbow/one-unit", {"w": unit.w, "b": unit.b, "x": unit.x, "y": unit.y, "lr": lr})
        except ValueError as refusal:
            return kit.refused(refusal)
        return mo.vstack([kit.table(found), kit.pictures(found, 3, 4)])

    _asked()
    return


@app.cell
def _(kit):
    kit.notice(
        r"Slope and bias both answer. As long as the slope keeps its sign, the elbow goes right just where $r (w - bx) > 0$. "
        r"Beyond $\eta = w/(rx)$, if that is positive, the slope has turned over: the elbow has gone through infinity and "
        r"is on the other side.",
        r"An elbow at $-1/x$ stays for ever: there slope and bias shrink alike. Try $w = b$, $x = 1$.",
        r"The residual is multiplied by $1 - \eta (1 + x^2)$, whatever slope and elbow do: the loss falls up to "
        r"$\eta = 2/(1 + x^2)$. But a unit that is close to 0 and too high is switched off before it can overshoot.",
        r"With $r = -1$ and $w, x > 0$ the slope gets steeper at any rate, and the unit never switches off; only the border of "
        r"the loss is that of $r = +1$.",
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
def _(kit, mo):
    layer = mo.ui.dictionary({
        "units": mo.ui.slider(
            2, 60, 1, value=round(kit.remembered("units", 12.0, 2, 60)), label="units", show_value=True
        ),
        "x": mo.ui.slider(
            0, 1, 0.01, value=round(kit.remembered("at", 0.5, 0, 1), 2), label="point x", show_value=True
        ),
        "y": mo.ui.slider(
            -2, 2, 0.05, value=round(kit.remembered("to", 1.0, -2, 2), 2), label="point y", show_value=True
        ),
        "lr": mo.ui.slider(0, 2, 0.01, value=round(kit.remembered("rate", 0.2, 0, 2), 2), label="lr", show_value=True),
        "seed": mo.ui.slider(0, 20, 1, value=round(kit.remembered("seed", 0.0, 0, 20)), label="seed", show_value=True),
    })
    mo.hstack(layer.elements.values(), wrap=True, justify="start", gap=1.5)
    return (layer,)


@app.cell
def _(Chart):
    layer_chart = Chart()
    layer_chart
    return (layer_chart,)


@app.cell
def _(
    OneStep,
    draw,
    elbow_network,
    elbows,
    kit,
    layer,
    layer_chart,
    mo,
    thalweg,
    torch,
):
    _asked = layer.value
    kit.remember({
        "units": _asked["units"],
        "at": _asked["x"],
        "to": _asked["y"],
        "rate": _asked["lr"],
        "seed": _asked["seed"],
    })
    _rate = max(float(_asked["lr"]), 1e-6)
    _setting = OneStep(_asked["units"], _asked["x"], _asked["y"], _rate, _asked["seed"])
    _network = elbow_network.one_point(_setting)
    _p = thalweg.unflatten(_network.start, _network.shapes)
    _r = (_network.outputs(_network.start) - _network.y).detach()
    _forecast = elbows.elbows_after_step(_p["w1"], _p["b1"], _p["a"], _network.X, _r, _rate)
    _ended = thalweg.run(_network, lr=_rate, steps=1, keep=2, choice="eager").final[0]
    _before, _after = (elbow_network.places(_network, each) for each in (_network.start, _ended))
    _x = torch.linspace(-0.1, 1.1, 241, dtype=torch.float64)
    layer_chart.show(
        draw.network_step(
            _x,
            _network.model(_network.start, _x).detach(),
            _network.model(_ended, _x).detach(),
            _before,
            _after,
            (float(_asked["x"]), float(_asked["y"])),
        ),
        f"a network of {_asked['units']} units before and after one step, and where each elbow goes",
    )
    _far = float(((_forecast - _after) / (1 + _after.abs())).abs().nan_to_num(0.0).max())
    mo.md(
        f"Residual {float(_r):.4g}. {int((_forecast != _before).sum())} of {_asked['units']} elbows were foretold to move, "
        f"{int((_after != _before).sum())} moved. Forecast and run differ by at most {_far:.1g} of 1 + an elbow's size."
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"Where is the elbow of $\max(0, wx + b)$, with $w \ne 0$: at $x =$ ...",
            "w x + b = 0 iff x = {}",
            {"w": "scalar", "x": "scalar", "b": "scalar"},
            given=("w != 0",),
            hint="there $wx + b$ changes its sign",
            answer="-b / w",
            wrong="b / w",
        ),
        kit.Turn(
            r"The unit is 1 too high, $r = 1$, with $w, x > 0$, and on at $x$. The slope becomes smaller in size, "
            r"$|w - \eta x| < |w|$, just if $\eta <$ ... (write `eta`)",
            "|w - eta x| < |w| iff eta < {}",
            {"w": "scalar > 0", "x": "scalar > 0", "eta": "scalar > 0"},
            hint="it may turn over and still be smaller",
            answer="2 w / x",
            wrong="w / x",
        ),
        kit.Turn(
            r"In the same case, as long as $\eta x < w$: the elbow goes right just if $b <$ ...",
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
    own = mo.ui.text_area(
        value=kit.text("layer", "1 0 1\n1 -1 -2\n-1 0.5 0.5\n2 -3 1"),
        label="Your own layer: w, b and a of a unit in every line",
        rows=5,
        max_length=2000,
    )
    point = mo.ui.text(value=kit.text("point", "1.25 0 0.05"), label="x, y and lr", max_length=100)
    mo.vstack([mo.md("## Your own data"), own, point])
    return own, point


@app.cell
def _(Chart, draw, elbow_network, kit, losses, mo, networks, own, point, thalweg, torch):
    def _shown():
        try:
            rows, asked = kit.matrix(own.value), kit.matrix(point.value).flatten()
            if rows.shape[1] != 3 or len(asked) != 3:
                raise ValueError(f"need 3 numbers in every row, got {rows.shape[1]}, and {len(asked)} for the point")
            x, y, rate = asked.tolist()
            widths = (len(rows),)
            start = torch.cat([rows.T.flatten(), rows.new_zeros(1)])
            model, shapes = networks.model(widths), networks.shapes(widths)
            mine = thalweg.Problem(model, asked[:1], asked[1:2], start, losses.squared(), shapes)
            ended = thalweg.run(mine, lr=rate, steps=1, keep=2, choice="eager").final[0]
        except ValueError as problem:
            return kit.refused(problem)
        before, after = (elbow_network.places(mine, each) for each in (start, ended))
        seen = torch.cat([before, after, asked[:1]])
        seen = seen[seen.isfinite() & ((seen - x).abs() < 10)]
        room = 0.3 * float(seen.max() - seen.min()) + 0.5
        grid = torch.linspace(float(seen.min()) - room, float(seen.max()) + room, 401, dtype=torch.float64)
        picture = Chart()
        picture.show(
            draw.network_step(grid, model(start, grid), model(ended, grid), before, after, (x, y)),
            "your own layer before and after one step, and where each elbow goes",
        )
        said = [
            ["none" if each.isnan() else f"{float(each) + 0.0:.4g}" for each in places] for places in (before, after)
        ]
        moves = (f"{old} → {new}" for old, new in zip(*said, strict=True))
        return mo.vstack([mo.md("Elbows: " + ", ".join(moves)), picture])

    _shown()
    return


@app.cell
def _(kit):
    kit.end("one-elbow")
    return


if __name__ == "__main__":
    app.run()
