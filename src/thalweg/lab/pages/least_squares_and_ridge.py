# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Least squares and ridge · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.wording import said
    from thalweg.experiments import ridge_page as theory
    from thalweg.experiments.linear_setup import listed
    from thalweg.lab import kit

    return Chart, kit, listed, mo, said, theory


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
def _(kit):
    _kinds = {"tall: 12 points, 5 features": "tall", "wide: 5 points, 12 features": "wide"}
    shape = kit.radio("shape", "data", _kinds, "tall")
    shape
    return (shape,)


@app.cell
def _(kit):
    strength = kit.slider("log_lam", "log₁₀ λ", [round(0.1 * k - 4, 1) for k in range(71)], -1.0)
    strength
    return (strength,)


@app.cell
def _(shape, theory):
    study = theory.study(shape.value)
    whole_path = theory.paths(study)
    return study, whole_path


@app.cell
def _(kit, shape, strength, study, theory):
    kit.remember({"shape": shape.value, "log_lam": strength.value})
    answer = theory.answer(study, strength.value)
    return (answer,)


@app.cell
def _(Chart):
    kept = Chart()
    kept
    return (kept,)


@app.cell
def _(answer, kept, mo, study, theory):
    kept.show(*theory.kept(study, answer))
    mo.md(theory.kept_told(study, answer))
    return


@app.cell
def _(Chart):
    paths = Chart()
    paths
    return (paths,)


@app.cell
def _(answer, paths, study, theory, whole_path):
    paths.show(*theory.paths_at(whole_path, study, answer))
    return


@app.cell
def _(answer, mo, study, theory):
    mo.md(theory.limits_told(study, answer))
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
def _(answer, formulas, listed, mo, said, study, theory):
    answers, _apart = theory.doors(study, answer.lam)
    _rows = [f"| {name}: ${formulas[name]}$ | {listed(w, 4, 3)} |" for name, w in answers.items()]
    mo.md(
        f"| door | $w$ at $\\lambda$ = {said(answer.lam, 4)} |\n|---|---|\n"
        + "\n".join(_rows)
        + f"\n\nThe two of these "
        f"{len(answers)} that differ most differ by {said(_apart, 1)} of the answer's size."
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
def _(answer, descent, mo, study, theory):
    _seen = theory.descent(study, answer)
    descent.show(*theory.descent_shown(study, _seen))
    mo.md(theory.descent_told(_seen))
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
def _(kit, mo, own, theory):
    def _shown(rows):
        found = theory.own(rows)
        return mo.vstack([mo.md(theory.own_told(found)), kit.drawn(*theory.own_paths(found))])

    kit.shown(own, _shown)
    return


@app.cell
def _(kit):
    kit.end("least-squares-and-ridge")
    return


if __name__ == "__main__":
    app.run()
