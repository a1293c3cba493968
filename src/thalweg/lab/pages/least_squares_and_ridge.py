# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Least squares and ridge · thalweg")


@app.cell
def _():
    import marimo as mo
    import torch

    import thalweg
    from thalweg import direct, filters, modes
    from thalweg.draw import modes as draw_modes
    from thalweg.draw import shrinkage as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.experiments.linear_setup import agreement
    from thalweg.lab import kit
    from thalweg.subjects import least_squares, ridge

    return (
        Chart,
        agreement,
        direct,
        draw,
        draw_modes,
        filters,
        kit,
        least_squares,
        mo,
        modes,
        ridge,
        thalweg,
        torch,
    )


@app.cell
def _(kit):
    kit.begin("least-squares-and-ridge")
    return


@app.cell
def _(mo):
    mo.md(r"""
    Choose tall or wide data and move $\lambda$. The first picture shows how much ridge keeps of each singular value,
    $\phi = \sigma^2 / (\sigma^2 + \lambda)$; the second what becomes of the weights; the third that all doors lead to the same
    answer.
    """)
    return


@app.cell
def _(kit, mo):
    _kinds = {"tall: 12 points, 5 features": "tall", "wide: 5 points, 12 features": "wide"}
    _start = kit.chosen("shape", list(_kinds.values()), "tall")
    shape = mo.ui.radio(
        _kinds, value=next(name for name, kind in _kinds.items() if kind == _start), label="data", inline=True
    )
    shape
    return (shape,)


@app.cell
def _(kit, mo):
    strength = mo.ui.slider(
        -4,
        3,
        0.1,
        value=round(kit.remembered("log_lam", -1.0, -4.0, 3.0), 1),
        label=r"$\log_{10} \lambda$",
        show_value=True,
    )
    strength
    return (strength,)


@app.cell
def _(kit, least_squares, shape, strength, thalweg, torch):
    kit.remember({"shape": shape.value, "log_lam": strength.value})
    lam = 10.0**strength.value
    _chance = torch.Generator().manual_seed(3)
    _sigma = torch.tensor([3.0, 1.5, 0.7, 0.3, 0.1], dtype=torch.float64)
    X = least_squares.from_spectrum(*((12, 5) if shape.value == "tall" else (5, 12)), _sigma, _chance)
    y = X @ torch.randn(X.shape[1], generator=_chance, dtype=torch.float64)
    y = y + 0.2 * torch.randn(len(y), generator=_chance, dtype=torch.float64)
    parts = thalweg.decompose(X)
    return X, lam, parts, y


@app.cell
def _(Chart):
    kept = Chart()
    kept
    return (kept,)


@app.cell
def _(draw, filters, kept, lam, mo, parts, torch):
    _grid = torch.logspace(-2.5, 1.5, 200, dtype=torch.float64)
    _lam = torch.tensor(lam, dtype=torch.float64)
    _phi = filters.ridge_factors(parts.sigma, _lam)
    kept.show(
        draw.filter_curves(
            _grid,
            {"ridge": filters.ridge_factors(_grid, _lam)},
            {"modes of the data": (parts.sigma, _phi)},
            {"sqrt(λ)": lam**0.5},
        ),
        "how much ridge keeps of a mode, over its singular value; half of it at the root of lam",
    )
    mo.md(
        f"$\\lambda$ = **{lam:.4g}** keeps {', '.join(f'{float(each):.2f}' for each in _phi)} of the five modes: "
        f"{float(filters.degrees_of_freedom(_phi)):.2f} effective degrees of freedom of 5."
    )
    return


@app.cell
def _(Chart):
    paths = Chart()
    paths
    return (paths,)


@app.cell
def _(X, direct, draw, filters, lam, parts, paths, torch, y):
    _all = torch.logspace(-4, 3, 120, dtype=torch.float64)
    _phi = filters.ridge_factors(parts.sigma, _all)
    _w = direct.ridge_path(X, y, _all)
    _names = [f"w[{i}]" for i in range(X.shape[1])]
    paths.show(
        draw.ridge_paths(_all, _w, _names, _phi, filters.degrees_of_freedom(_phi), {"chosen": lam}),
        "every weight over the ridge strength, and below how much of every mode is kept",
    )
    return


@app.cell
def _(Chart, mo):
    doors = Chart()
    mo.vstack([mo.md("## Every door, the same answer"), doors])
    return (doors,)


@app.cell
def _(X, agreement, doors, draw, lam, mo, ridge, y):
    answers = {name: door(X, y, lam) for name, door in ridge.DOORS.items()}
    _apart = agreement(answers)
    doors.show(
        draw.agreement(list(answers), _apart), "how far the answers of all doors are from each other, in powers of ten"
    )
    mo.md(f"{len(answers)} doors; the two that differ most differ by {float(_apart.max()):.1g} of the answer's size.")
    return


@app.cell
def _(mo):
    mo.md("""
    ## Forecast, then run

    Descent with weight decay: the forecast of every mode wide and dashed, the run thin upon it.
    """)
    return


@app.cell
def _(Chart):
    descent = Chart()
    descent
    return (descent,)


@app.cell
def _(X, descent, draw_modes, lam, mo, modes, parts, ridge, thalweg, y):
    problem = ridge.weight_decay_problem(X, y, lam)
    _lr = 0.95 * modes.best_lr(parts.sigma.square() + lam)
    result = thalweg.run(problem, lr=_lr, steps=400, keep=402, choice="eager")
    _t, _w = thalweg.path(result)
    _theory = modes.linear_path(thalweg.linearize(problem), _lr, _t)
    _goal, _V = ridge.shifted_singular_values(X, y, lam), parts.Vh.T
    descent.show(
        draw_modes.mode_errors(
            _t, (_w - _goal) @ _V, _t, (_theory - _goal) @ _V, [f"σ = {float(each):.3g}" for each in parts.sigma]
        ),
        "the distance of every mode from ridge's answer over the steps: forecast wide and dashed, run thin upon it",
    )
    _rho = float((1 - _lr * (parts.sigma.square() + lam)).abs().max())
    mo.md(
        f"A little under the best rate, at {_lr:.4g}, the slowest mode keeps {_rho:.4g} of its distance a step. "
        f"After {int(_t[-1])} steps: "
        f"*{result.outcome[0].words}*; forecast and run differ by at most {float((_w - _theory).abs().max()):.1g}."
    )
    return


@app.cell
def _(kit):
    kit.notice(
        r"What $\lambda$ competes with is $\sigma^2$, not $\sigma$: half of a mode is kept where $\sigma = \sqrt\lambda$.",
        r"As $\lambda \to 0$ ridge tends to least squares on tall data, and to the solution of least norm on wide data: "
        r"to $X^+ y$ in both. As $\lambda \to \infty$ it tends to 0.",
        r"The norm of $w$ falls as $\lambda$ grows; a single weight may grow for a while.",
        r"Weight decay adds $\lambda$ to every curvature, so the weak modes, which made descent slow, profit most.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"The minimiser of $\|Xw - y\|^2 + \lambda \|w\|^2$ (write `X`, `y`, `lam`, `inv(...)`, `I`)",
            "argmin(||X w - y||^2 + lam ||w||^2, w) = {}",
            {"X": "n x d", "y": "n", "w": "d", "lam": "scalar > 0"},
            hint="where the gradient vanishes",
            answer="inv(X' X + lam I) X' y",
            wrong="inv(X' X - lam I) X' y",
        ),
        kit.Turn(
            r"The same with an inverse as large as the number of points (the kernel form): $w = X^\top \cdots$",
            "argmin(||X w - y||^2 + lam ||w||^2, w) = X' {}",
            {"X": "n x d", "y": "n", "w": "d", "lam": "scalar > 0"},
            hint="push $X^\\top$ through the inverse",
            answer="inv(X X' + lam I) y",
            wrong="inv(X X') y",
        ),
        kit.Turn(
            r"Wide data of full row rank: where does ridge tend as $\lambda \to 0$?",
            "lim(inv(X' X + lam I) X' y, lam -> 0+) = {}",
            {"X": "n x d full row rank", "y": "n", "lam": "scalar > 0"},
            hint="the solution of least norm",
            answer="X' inv(X X') y",
            wrong="X' X X' y",
        ),
    )
    fields = kit.ask(*turns)
    return fields, turns


@app.cell
def _(fields, kit, turns):
    kit.answered(turns, fields)
    return


@app.cell
def _(kit, mo):
    own = mo.ui.text_area(
        value=kit.text("data", "1 0.9 2\n2 2.1 4\n3 2.9 6.2\n4 4.2 7.9"),
        label="Your own data: a point a line, the target last",
        rows=5,
        max_length=kit.MOST_CHARACTERS,
    )
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(Chart, direct, draw, filters, kit, mo, own, thalweg, torch):
    def _shown():
        try:
            given = kit.matrix(own.value)
            if given.shape[1] < 2:
                raise ValueError("need at least one feature and the target in every line")
            X, y = given[:, :-1], given[:, -1]
            found = thalweg.decompose(X)
            top = float(found.sigma[0]) ** 2
            lam = top * torch.logspace(-6, 2, 120, dtype=torch.float64)
            w, phi = direct.ridge_path(X, y, lam), filters.ridge_factors(found.sigma, lam)
        except ValueError as problem:
            return kit.refused(problem)
        picture = Chart()
        names = [f"w[{i}]" for i in range(X.shape[1])]
        picture.show(
            draw.ridge_paths(lam, w, names, phi, filters.degrees_of_freedom(phi), {}),
            "the weights of your data over the ridge strength, and how much of every mode is kept",
        )
        values = ", ".join(f"{float(each):.4g}" for each in found.sigma)
        return mo.vstack([mo.md(f"Singular values {values}; rank {found.rank}."), picture])

    _shown()
    return


@app.cell
def _(kit):
    kit.end("least-squares-and-ridge")
    return


if __name__ == "__main__":
    app.run()
