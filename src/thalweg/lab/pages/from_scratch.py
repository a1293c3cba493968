# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="From scratch · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.lab import kit

    return kit, mo


@app.cell
def _(kit):
    kit.begin("from-scratch")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Networks in NumPy alone, forward and backward by hand (`thalweg.scratch`). Before any training, the size of the signals and
    of the gradients, layer by layer, says where each network can learn: with weights of scale $s$ a signal changes by a
    factor per layer, so over $L$ layers by its $L$-th power. The map below trains both networks at every scale and rate.
    """)
    return


@app.cell
def _(kit, mo):
    bounds = {"images": (20, 100, 10, 30), "hidden": (20, 120, 20, 40), "epochs": (5, 30, 5, 10), "seed": (0, 9, 1, 0)}
    start = {
        name: int(kit.remembered(name, float(first), float(low), float(high)))
        for name, (low, high, _, first) in bounds.items()
    }
    _sliders = {
        name: mo.ui.slider(low, high, step, value=start[name], label=name, show_value=True)
        for name, (low, high, step, _) in bounds.items()
    }
    _text = "{images} {hidden} {epochs} {seed}"
    setting = mo.md(_text).batch(**_sliders).form(submit_button_label="Train both networks with these settings")
    setting
    return setting, start


@app.cell
def _(kit, setting, start):
    _chosen = setting.value or start
    kit.remember(_chosen)
    result = kit.experiment("scratch/three-against-five", {**_chosen, "scales": 6, "rates": 7})
    kit.table(result)
    return (result,)


@app.cell
def _(kit, result):
    kit.pictures(result)
    return


@app.cell
def _(kit):
    kit.notice(
        r"Five layers learn in a narrower window than three: the largest good rate falls with the scale as $s^{-3}$ instead of "
        r"$s^{-1}$ at large scales, since all other layers multiply what one of them does.",
        r"Too small a scale and the signal dies before the last layer; too large and one step throws the weights out.",
        r"Nothing but matrix products and a mask goes backwards: read `scratch/layers.py`, forward and backward side by side.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"A fully connected layer $y = W x + b$, a loss with gradient row $g = \partial \ell / \partial y$. What is "
            r"$\partial \ell / \partial x$ of $\ell = g\, (W x + b)$?",
            "deriv(g' (W x + b), x) = {}",
            {"W": "n x d", "x": "d", "b": "n", "g": "n"},
            hint="write `g` for the column; the result is a row with $d$ entries",
            answer="g' W",
            wrong="2 g' W",
        ),
        kit.Turn(
            r"The derivative of $\tfrac12 \|\mathrm{relu}(x)\|^2$ by $x$",
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
def _(kit):
    kit.end("from-scratch")
    return


if __name__ == "__main__":
    app.run()
