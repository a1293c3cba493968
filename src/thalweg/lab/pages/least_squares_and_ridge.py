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
    from thalweg.draw import coefficients, strokes
    from thalweg.draw import modes as draw_modes
    from thalweg.draw import shrinkage as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.wording import said
    from thalweg.experiments.linear_setup import agreement
    from thalweg.lab import kit
    from thalweg.subjects import least_squares, ridge

    return (
        Chart,
        agreement,
        coefficients,
        direct,
        draw,
        draw_modes,
        filters,
        kit,
        least_squares,
        mo,
        modes,
        ridge,
        said,
        strokes,
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
    $\phi = \sigma^2 / (\sigma^2 + \lambda)$; the second what becomes of the weights, between their limits. Below, nine doors
    lead to the same answer, and descent comes to it.
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
def _(kit):
    strength = kit.slider("log_lam", r"$\log_{10} \lambda$", [round(0.1 * k - 4, 1) for k in range(71)], -1.0)
    strength
    return (strength,)


@app.cell
def _(least_squares, modes, ridge, shape, thalweg, torch):
    _chance = torch.Generator().manual_seed(3)
    _sigma = torch.tensor([3.0, 1.5, 0.7, 0.3, 0.1], dtype=torch.float64)
    X = least_squares.from_spectrum(*((12, 5) if shape.value == "tall" else (5, 12)), _sigma, _chance)
    y = X @ torch.randn(X.shape[1], generator=_chance, dtype=torch.float64)
    y = y + 0.2 * torch.randn(len(y), generator=_chance, dtype=torch.float64)
    parts, at_zero = thalweg.decompose(X), ridge.at_zero(X, y)
    without_ridge = modes.nearest_minimum(thalweg.linearize(least_squares.make_problem(X, y)))
    return X, at_zero, parts, without_ridge, y


@app.cell
def _(X, at_zero, coefficients, direct, filters, parts, said, strokes, torch, y):
    _lam = torch.logspace(-4, 3, 120, dtype=torch.float64)
    _w, _phi = direct.ridge_path(X, y, _lam), filters.ridge_factors(parts.sigma, _lam)
    weights, modes_named = [f"w[{i}]" for i in range(X.shape[1])], [f"σ = {said(float(each))}" for each in parts.sigma]
    colours = dict(zip(modes_named, strokes.shades(len(modes_named)), strict=True))
    grid = torch.logspace(-2.5, 1.5, 200, dtype=torch.float64)
    whole_path = coefficients.ridge_paths(
        _lam, _w, weights, _phi, filters.degrees_of_freedom(_phi), {"chosen": 1.0}, modes_named, at_zero
    )
    return colours, grid, modes_named, weights, whole_path


@app.cell
def _(filters, kit, parts, shape, strength, torch):
    kit.remember({"shape": shape.value, "log_lam": strength.value})
    lam = 10.0**strength.value
    phi = filters.ridge_factors(parts.sigma, torch.tensor(lam, dtype=torch.float64))
    return lam, phi


@app.cell
def _(Chart):
    kept = Chart()
    kept
    return (kept,)


@app.cell
def _(colours, draw, filters, grid, kept, lam, mo, modes_named, parts, phi, said, torch):
    _curve = {"ridge": filters.ridge_factors(grid, torch.tensor(lam, dtype=torch.float64))}
    _points = {name: (parts.sigma[i : i + 1], phi[i : i + 1]) for i, name in enumerate(modes_named)}
    _each = ", ".join(f"{float(part):.2f} of {name}" for part, name in zip(phi, modes_named, strict=True))
    kept.show(
        draw.filter_curves(grid, _curve, _points, {"√λ": lam**0.5}, colours),
        f"what ridge keeps of a mode, over its singular value, at λ = {said(lam)}: half of it at σ = √λ = {said(lam**0.5)}; "
        f"of the data {_each}",
    )
    _freedom = float(filters.degrees_of_freedom(phi))
    mo.md(f"$\\lambda$ = **{said(lam, 4)}** keeps {_each}: {_freedom:.2f} effective degrees of freedom of {len(phi)}.")
    return


@app.cell
def _(Chart):
    paths = Chart()
    paths
    return (paths,)


@app.cell
def _(X, coefficients, lam, paths, phi, ridge, said, weights, whole_path, y):
    w = ridge.shifted_singular_values(X, y, lam)
    _now = ", ".join(f"{name} = {said(float(each))}" for name, each in zip(weights, w, strict=True))
    coefficients.move_mark(whole_path, "chosen", lam)
    paths.show(
        whole_path,
        f"{len(w)} weights over λ, from X⁺y at the left to 0 at the right; at λ = {said(lam)} {_now}; below, the parts of the "
        f"modes that are kept, {said(float(phi[0]))} of the strongest and {said(float(phi[-1]))} of the weakest",
    )
    return (w,)


@app.cell
def _(at_zero, mo, said, w, without_ridge):
    _far, _size, _all = (float(each.norm()) for each in (w - at_zero, w, at_zero))
    _same = float((without_ridge - at_zero).norm()) / _all
    mo.md(
        f"Now $\\|w - X^+ y\\|$ = **{said(_far)}** and $\\|w\\|$ = **{said(_size)}**. As $\\lambda \\to 0$ they tend to 0 and "
        f"to $\\|X^+ y\\|$ = {said(_all)}, as $\\lambda \\to \\infty$ to {said(_all)} and to 0. Descent from 0 without ridge "
        f"ends at $X^+ y$ as well: its forecast is there to {said(_same, 1)} of its size."
    )
    return


@app.cell
def _(mo):
    mo.md("## Every door, the same answer")
    return


@app.cell
def _():
    formulas = {
        "optimum": r"(X^\top X + \lambda I)^{-1} X^\top y",
        "shifted singular values": r"V \,\mathrm{diag}\bigl(\tfrac{\sigma_i}{\sigma_i^2 + \lambda}\bigr)\, U^\top y",
        "MAP estimate": r"\arg\max_w\, p(w \mid y),\; w \sim N(0, I),\; y \sim N(Xw, \lambda I)",
        "conditional mean": r"E[W \mid Y = y] = \Sigma_{WY}^{} \Sigma_{YY}^{-1} y",
        "fake data": r"\tbinom{X}{\sqrt\lambda I}^{+} \tbinom{y}{0}",
        "fake features": r"\text{first } d \text{ of the smallest } v:\; [X \;\; \sqrt\lambda I]\, v = y",
        "kernel form": r"X^\top (X X^\top + \lambda I)^{-1} y",
        "pseudo-inverse": r"\text{first } d \text{ of } A^\top (A A^\top)^{-1} y,\; A = [X \;\; \sqrt\lambda I]",
        "descent with weight decay": r"\lim_t w_t,\; w_{t+1} = (1 - \eta\lambda) w_t - \eta X^\top (X w_t - y)",
    }
    return (formulas,)


@app.cell
def _(X, agreement, formulas, lam, mo, ridge, said, y):
    answers = {name: door(X, y, lam) for name, door in ridge.DOORS.items()}
    _rows = [
        f"| {name}: ${formulas[name]}$ | {', '.join(said(float(each), 4) for each in answer[:3])}, … |"
        for name, answer in answers.items()
    ]
    mo.md(
        f"| door | $w$ at $\\lambda$ = {said(lam, 4)} |\n|---|---|\n" + "\n".join(_rows) + f"\n\nThe two of these "
        f"{len(answers)} that differ most differ by {said(float(agreement(answers).max()), 1)} of the answer's size."
    )
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
def _(X, colours, descent, draw_modes, lam, mo, modes, modes_named, parts, ridge, said, thalweg, w, y):
    _problem = ridge.weight_decay_problem(X, y, lam)
    _lr = 0.95 * modes.best_lr(parts.sigma.square() + lam)
    _rho = modes.step_factors(parts.sigma.square() + lam, parts.sigma.new_tensor(_lr)).abs()
    _result = thalweg.run(_problem, lr=_lr, steps=100, keep=60, choice="eager")
    _t, _w = thalweg.path(_result)
    _theory = modes.linear_path(thalweg.linearize(_problem), _lr, _t)
    _left = ", ".join(f"{said(float(part))} of {name}" for part, name in zip(_rho, modes_named, strict=True))
    _same = f"forecast and run differ by at most {said(float((_w - _theory).abs().max()), 1)}"
    _errors, _predicted = (_w - w) @ parts.Vh.T, (_theory - w) @ parts.Vh.T
    descent.show(
        draw_modes.mode_errors(_t, _errors, _t, _predicted, modes_named, [*colours.values()]),
        f"distance of {len(modes_named)} modes from ridge's answer over {int(_t[-1])} steps at lr {said(_lr)}: a step leaves "
        f"{_left}; {_same}",
    )
    mo.md(
        f"A little under the best rate, at {said(_lr, 4)}, the slowest mode keeps {said(float(_rho.max()), 4)} of its "
        f"distance a step. After {int(_t[-1])} steps: *{_result.outcome[0].words}*; {_same}."
    )
    return


@app.cell
def _(kit):
    kit.notice(
        r"What $\lambda$ competes with is $\sigma^2$, not $\sigma$: half of a mode is kept where $\sigma = \sqrt\lambda$.",
        r"As $\lambda \to 0$ ridge tends to least squares on tall data, and to the solution of least norm on wide data: "
        r"to $X^+ y$ in both. As $\lambda \to \infty$ it tends to 0.",
        r"Descent from 0 without ridge tends to $X^+ y$ too, for its steps are combinations of the rows of $X$: it never has a "
        r"part that no point sees.",
        r"The norm of $w$ falls as $\lambda$ grows; a single weight may grow for a while.",
        r"Weight decay adds $\lambda$ to every curvature, so the weak modes, which made descent slow, profit most.",
    )
    return


@app.cell
def _(kit):
    turns = (
        kit.Turn(
            r"The minimiser of $\|Xw - y\|^2 + \lambda \|w\|^2$ (names: `X`, `y`, `lam`, `I`, `inv(...)`, `'`)",
            "argmin(||X w - y||^2 + lam ||w||^2, w) = {}",
            {"X": "n x d", "y": "n", "w": "d", "lam": "scalar > 0"},
            hint="where the gradient vanishes",
            answer="inv(X' X + lam I) X' y",
            wrong="inv(X' X - lam I) X' y",
        ),
        kit.Turn(
            r"The same with an inverse as large as the number of points (the kernel form): $w = X^\top \cdots$ "
            r"(names: `X`, `y`, `lam`, `I`, `inv(...)`, `'`)",
            "argmin(||X w - y||^2 + lam ||w||^2, w) = X' {}",
            {"X": "n x d", "y": "n", "w": "d", "lam": "scalar > 0"},
            hint="push $X^\\top$ through the inverse",
            answer="inv(X X' + lam I) y",
            wrong="inv(X X') y",
        ),
        kit.Turn(
            r"Wide data of full row rank: where does ridge tend as $\lambda \to 0$? (names: `X`, `y`, `inv(...)`, `'`)",
            "lim(inv(X' X + lam I) X' y, lam -> 0+) = {}",
            {"X": "n x d full row rank", "y": "n", "lam": "scalar > 0"},
            hint="the solution of least norm",
            answer="X' inv(X X') y",
            wrong="inv(X' X) X' y",
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
    own = kit.own("data", "1 0.9 2\n2 2.1 4\n3 2.9 6.2\n4 4.2 7.9", "Your own data: a point a line, the target last")
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(coefficients, direct, filters, kit, mo, own, ridge, said, thalweg, torch):
    def _shown(rows):
        if rows.shape[1] < 2 or not rows[:, :-1].any():
            raise ValueError("need the target last in every line and a feature before it that is not always 0")
        X, y = rows[:, :-1], rows[:, -1]
        parts, at_zero, d = thalweg.decompose(X), ridge.at_zero(X, y), X.shape[1]
        lam = float(parts.sigma[0]) ** 2 * torch.logspace(-6, 2, 120, dtype=torch.float64)
        w, phi = direct.ridge_path(X, y, lam), filters.ridge_factors(parts.sigma, lam)
        names = [f"σ = {said(float(each))}" for each in parts.sigma]
        told = ", ".join(each.removeprefix("σ = ") for each in names[:12]) + ", …" * (len(names) > 12)
        least = f"$X^+ y$ has the norm {said(float(at_zero.norm()), 4)}"
        words = f"{d} weights over λ from {said(float(lam[0]))} to {said(float(lam[-1]))}: their norm falls from "
        words += f"{said(float(w[0].norm()))} to {said(float(w[-1].norm()))}; below, what is kept of {len(names)} modes"
        figure = coefficients.ridge_paths(
            lam, w, [f"w[{i}]" for i in range(d)], phi, filters.degrees_of_freedom(phi), {},
            names if len(names) <= 8 else (), at_zero,
        )  # fmt: skip
        return mo.vstack([mo.md(f"Singular values {told}; rank {parts.rank}; {least}."), kit.drawn(figure, words)])

    kit.shown(own, _shown)
    return


@app.cell
def _(kit):
    kit.end("least-squares-and-ridge")
    return


if __name__ == "__main__":
    app.run()
