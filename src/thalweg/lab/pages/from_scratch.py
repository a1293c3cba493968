# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="From scratch · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments import scratch_page as theory
    from thalweg.experiments.scratch_setup import own_task
    from thalweg.lab import kit

    return Chart, kit, mo, own_task, theory


@app.cell
def _(kit):
    kit.begin("from-scratch")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Networks in NumPy alone, forward and backward by hand (`thalweg.scratch`), are to learn a few handwritten digits by heart.
    What becomes of them is foreseen before any training: the linearization at the start, descended on the same minibatches,
    says where every image is learned; and beyond a learning rate one step changes a layer by more than its own size. Choose a
    cell of the map: both networks are trained there at once.
    """)
    return


@app.cell
def _(kit, theory):
    scale = kit.slider("scale", "weight scale", theory.scales(), 0.294)
    lr = kit.slider("lr", "learning rate", theory.rates(), 0.215)
    kit.controls(scale, lr)
    return lr, scale


@app.cell
def _(kit, lr, scale, theory):
    cell = theory.cell(scale.value, lr.value)
    kit.remember({"scale": scale.value, "lr": lr.value})
    return (cell,)


@app.cell
def _(Chart):
    map_chart = Chart()
    map_chart
    return (map_chart,)


@app.cell
def _(cell, known, map_chart, region, theory):
    map_chart.show(*theory.marked(known, (region, theory.region_in_words(known, cell)), cell))
    return


@app.cell
def _(cell, found, known, mo, theory):
    mo.md(theory.outcomes(known, cell, found))
    return


@app.cell
def _(mo):
    mo.md("## Both networks, trained at that cell\n\nWide and light is what was foreseen, thin the run.")
    return


@app.cell
def _(Chart):
    training_chart = Chart()
    training_chart
    return (training_chart,)


@app.cell
def _(cell, known, theory, training_chart):
    found = theory.trained(known, cell)
    training_chart.show(*theory.training(known, cell, found))
    return (found,)


@app.cell
def _(mo, settings, theory):
    mo.md(f"## Why: layer by layer\n\n{theory.multiplied(settings)}")
    return


@app.cell
def _(Chart):
    signal_chart = Chart()
    signal_chart
    return (signal_chart,)


@app.cell
def _(Chart):
    gradient_chart = Chart()
    gradient_chart
    return (gradient_chart,)


@app.cell
def _(cell, gradient_chart, known, signal_chart, theory):
    _signals, _gradients = theory.layers(known, cell)
    signal_chart.show(*_signals)
    gradient_chart.show(*_gradients)
    return


@app.cell
def _(mo):
    mo.md("""
    ## The task, and the whole map

    An epoch shows every image once. With other settings everything above is foreseen anew, in about a second. The button
    trains both networks in every cell and lays the runs over the forecast.
    """)
    return


@app.cell
def _(kit, mo, theory):
    _first = theory.settings()
    images = kit.slider("images", "images to learn", [25, 50, 75], _first.images)
    hidden = kit.slider("hidden", "units in a layer", [20, 40, 60, 80, 100], _first.hidden)
    epochs = kit.slider("epochs", "epochs", [5, 10, 20, 30], _first.epochs)
    seed = kit.slider("seed", "chance: seed", range(10), _first.seed)
    kit.controls(images, hidden, epochs, seed)
    return epochs, hidden, images, seed


@app.cell
def _(epochs, hidden, images, kit, seed, theory):
    _chosen = {"images": images.value, "hidden": hidden.value, "epochs": epochs.value, "seed": seed.value}
    kit.remember(_chosen)
    settings = theory.settings(*(int(each) for each in _chosen.values()))
    known = theory.bench(settings)
    region = theory.region(known)
    return known, region, settings


@app.cell
def _(mo):
    train_all = mo.ui.run_button(label="Train both networks in every cell of the map")
    train_all
    return (train_all,)


@app.cell
def _(kit, settings, theory, train_all):
    result = kit.experiment(theory.NAME, theory.asked(settings)) if train_all.value else None
    return (result,)


@app.cell
def _(known, mo, result, theory):
    trained_map = theory.trained_region(known, result.measured["train_accuracy"]) if result else None
    mo.md(result.reason if result else "*The whole map has not been trained yet.*")
    return (trained_map,)


@app.cell
def _(Chart):
    trained_chart = Chart()
    trained_chart
    return (trained_chart,)


@app.cell
def _(cell, known, theory, trained_chart, trained_map):
    trained_chart.show(*theory.marked(known, trained_map, cell))
    return


@app.cell
def _(kit, mo, result):
    mo.vstack([kit.pictures(result, 1), kit.table(result)]) if result else None
    return


@app.cell
def _(kit):
    kit.notice(
        r"At large scales the largest good rate of five layers falls with the scale as $s^{-3}$, that of three as $s^{-1}$: "
        r"all other layers multiply what one of them does. The forecast is too hopeful for five layers: train every cell, and "
        r"they learn in fewer.",
        r"Too small a scale and the signal dies before the last layer; too large and one step throws the weights out.",
        r"Nothing but matrix products and a mask goes backwards: read `scratch/layers.py`, forward and backward side by side.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"A fully connected layer $y = W x + b$, a loss with gradient row $g = \partial \ell / \partial y$. What is "
            r"$\partial \ell / \partial x$ of $\ell = g\, (W x + b)$? (names: `g`, a column, `W`, `x`, `b`)",
            "deriv(g' (W x + b), x) = {}",
            {"W": "n x d", "x": "d", "b": "n", "g": "n"},
            hint="write `g` for the column; the result is a row with $d$ entries",
            answer="g' W",
            wrong="2 g' W",
        ),
        kit.Turn(
            r"What is the derivative of $\tfrac12 \|\mathrm{relu}(x)\|^2$ by $x$? (names: `x`, `relu(...)`)",
            "deriv(1/2 ||relu(x)||^2, x) = {}",
            {"x": "n"},
            hint="where a unit is off, nothing passes",
            answer="relu(x)'",
            wrong="x'",
        ),
    )
    fields = kit.ask(*turns)
    return fields, turns


@app.cell
def _(fields, kit, turns):
    kit.answered(turns, fields)
    return


@app.cell
def _(kit, mo, theory):
    own = kit.own("data", theory.OWN, "Your own data: features, then a label from 0 to 9, a point a line")
    mo.vstack([
        mo.md(
            "## Your own data\n\nAt most 60 points, of two labels at least. Features are centred and divided by the largest "
            "size. The cell of the map, the hidden units and the epochs are those chosen above."
        ),
        own,
    ])
    return (own,)


@app.cell
def _(kit, own, own_task, settings, theory):
    mine = kit.shown(own, lambda rows: theory.bench_of(own_task(rows, settings)))
    return (mine,)


@app.cell
def _(mine, theory):
    my_bench = mine if isinstance(mine, theory.Bench) else None
    my_region = theory.region(my_bench) if my_bench else None
    None if my_bench else mine
    return my_bench, my_region


@app.cell
def _(Chart):
    my_map = Chart()
    my_map
    return (my_map,)


@app.cell
def _(Chart):
    my_training = Chart()
    my_training
    return (my_training,)


@app.cell
def _(cell, mo, my_bench, my_map, my_region, my_training, theory):
    _map, _training, _words = theory.own(my_bench, my_region, cell)
    my_map.show(*_map)
    my_training.show(*_training)
    mo.md(_words)
    return


@app.cell
def _(kit):
    kit.end("from-scratch")
    return


if __name__ == "__main__":
    app.run()
