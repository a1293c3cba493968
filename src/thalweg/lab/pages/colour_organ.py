# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Colour organ · thalweg")


@app.cell
def _():
    from dataclasses import replace

    import marimo as mo
    import torch

    from thalweg import losses, pulls
    from thalweg.draw import organ as draw
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.explorables.lamps import Lamps
    from thalweg.draw.explorables.music import Music
    from thalweg.experiments import organ_setup
    from thalweg.experiments.organ_settings import Settings
    from thalweg.lab import kit
    from thalweg.progress import silent
    from thalweg.solvers import gauss_newton
    from thalweg.subjects import organ, organ_theory

    return (
        Chart,
        Lamps,
        Music,
        Settings,
        draw,
        gauss_newton,
        kit,
        losses,
        mo,
        organ,
        organ_setup,
        organ_theory,
        pulls,
        replace,
        silent,
        torch,
    )


@app.cell
def _(kit):
    kit.begin("colour-organ")
    return


@app.cell
def _(mo):
    mo.md(r"""
    A resistor $R$ before a capacitor $C = 1\,\mu\mathrm F$ lets low tones through: the gain is $1/\sqrt{1 + u^2}$ with
    $u = 2 \pi f R C$. The other way round it is a high pass, $u/\sqrt{1 + u^2}$; a high pass after a low pass is a band pass.
    A lamp is on where the gain is above $1/\sqrt 2$.

    ## By hand

    Seven tones, and the lamps that they should light. Drag the cut-off in the first picture, or move the slider, until all
    lamps are right; then reveal what descent would take, or turn all four resistors. In the last picture every lamp pulls at
    the resistor that was turned last; wrong ones pull with thick arrows.
    """)
    return


@app.cell
def _(Lamps, kit, mo, organ):
    _desired = organ.desired_ohm(organ.COLOUR_ORGAN).tolist()
    _start = {"R": 500.0, "R_band_low": 20.0, "R_band_high": 400.0, "R_high": 100.0}
    lamps = mo.ui.anywidget(
        Lamps(
            ohm=[kit.remembered(name, ohm, 5.0, 2000.0) for name, ohm in _start.items()],
            desired=_desired,
            farad=organ.FARAD,
            tones=list(organ.TONES_HZ),
            tones_all=[100.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 2500.0, 3400.0, 4300.0, 5500.0, 8000.0, 12000.0],
            demand=kit.remembered("demand", 0.3, 0.0, 0.45),
            all=kit.remembered("all", 0.0) == 1.0,
            revealed=kit.remembered("revealed", 0.0) == 1.0,
        )
    )
    lamps
    return (lamps,)


@app.cell
def _(gauss_newton, kit, lamps, losses, organ, torch):
    _names = ("R", "R_band_low", "R_band_high", "R_high")
    yours, demand = lamps.value["ohm"], lamps.value["demand"]
    kit.remember({
        **dict(zip(_names, yours, strict=True)),
        "demand": demand,
        "all": int(lamps.value["all"]),
        "revealed": int(lamps.value["revealed"]),
    })
    hz = organ.reference_grid()
    on = organ.lamps(organ.COLOUR_ORGAN, hz).double()
    four = organ.make_problem(
        organ.COLOUR_ORGAN,
        hz,
        on,
        organ.desired_ohm(organ.COLOUR_ORGAN),
        losses.shifted(demand, 2 / on.numel()),
        logarithmic=True,
    )
    learned = gauss_newton(four).w.exp()
    mine = torch.tensor(yours, dtype=torch.float64)
    return demand, four, learned, mine


@app.cell
def _(demand, four, lamps, learned, losses, mine, mo, organ, organ_theory, pulls, torch):
    _net = float(pulls(four, mine.log())[:, 0].sum())
    _way = "larger" if _net < 0 else "smaller"
    _words = [
        f"Your low pass has its cut-off at **{organ.cutoff_ohm(float(mine[0])):.4g} Hz**; all pulls together would make "
        f"$R$ {_way}."
    ]
    if lamps.value["revealed"]:
        _tones = torch.tensor(organ.TONES_HZ, dtype=torch.float64)
        _low, _high = organ_theory.ohm_interval(_tones, organ.lamps(organ.LOW_PASS, _tones))
        _ratio = organ_theory.crossing_ratio(losses.shifted(demand))
        _gain = organ_theory.crossing_gain(losses.shifted(demand))
        _ohm = [f"{float(each):.4g}" for each in learned]
        _words.append(
            f"Every resistor from **{_low:.5g}** to **{_high:.5g}** ohm lights the seven lamps. "
            rf"The theory: pulls balance at the gain $h = 1/(2(1 - a))$, here {_gain:.4g}, "
            rf"so at $\sqrt{{1/h^2 - 1}} = {_ratio:.4g}$ times the resistor that the lamps were made with, "
            f"{_ratio * organ.cutoff_ohm(800.0):.5g} ohm. The minimum over a thousand lamps: **{_ohm[0]}** ohm, and "
            f"{_ohm[1]}, {_ohm[2]} and {_ohm[3]} ohm for the other three."
        )
    mo.md(" ".join(_words))
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Learn it

    Now descent turns the knob of the low pass: $R \leftarrow R - \eta\, \partial L / \partial R$ with the mean squared error
    over a thousand frequencies from 1 Hz to 1 MHz. It learns from the whole gain curve, or from lamps alone, where off
    lamps demand the gain $a$. The forecast is made before a single step and drawn wide and dashed.
    """)
    return


@app.cell
def _(kit, mo):
    def _slider(name, label, steps, default):
        near = kit.remembered(name, float(default), steps[0], steps[-1])
        value = min(steps, key=lambda each: abs(each - near))
        return mo.ui.slider(steps=steps, value=value, label=label, show_value=True, full_width=True)

    start = _slider("start", "start (ohm)", [20, 50, 100, 150, 200, 300, 500, 700, 1000], 500)
    rate = _slider(
        "rate",
        "learning rate",
        [50_000, 100_000, 200_000, 400_000, 700_000, 1_000_000, 1_500_000, 2_000_000, 2_150_000, 2_300_000, 4_000_000],
        100_000,
    )
    _sources = ["the gain curve", "lamps"]
    source = mo.ui.radio(
        _sources, value=kit.chosen("source", _sources, "the gain curve"), label="learn from", inline=True
    )
    off = _slider("off", "gain that an off lamp demands, a", [each / 100 for each in range(46)], 0.3)
    mo.vstack([start, rate, source, off])
    return off, rate, source, start


@app.cell
def _(Chart):
    course, valley, war = Chart(), Chart(), Chart()
    course
    return course, valley, war


@app.cell
def _(Settings, course, kit, mo, off, organ, organ_setup, rate, replace, silent, source, start):
    kit.remember({"start": start.value, "rate": rate.value, "source": source.value, "off": off.value})
    settings = Settings(start=(float(start.value),), lr=float(rate.value), steps=300, off_target=0.0)
    if source.value == "lamps":
        settings = replace(settings, off_target=off.value)
        _problem = organ_setup.from_lamps(organ.LOW_PASS, settings)
    else:
        _hz = organ.reference_grid()
        _wanted = organ.gain(organ.LOW_PASS, organ.desired_ohm(organ.LOW_PASS), _hz)
        _problem = organ_setup.make_problem(organ.LOW_PASS, settings, _wanted, _hz)
    lesson = organ_setup.learn(organ.LOW_PASS, settings, _problem, settings.lr, silent)
    pictures = organ_setup.standard_pictures(lesson)
    course.show(pictures[0].draw(), pictures[0].caption)
    _theory, _measured = organ_setup.numbers(lesson)
    _limit = _theory["largest_stable_lr"]
    mo.md(
        f"Forecast: **{_theory['ohm']:.5g} ohm** after {_theory['steps'] or '∞'} steps, *{_theory['outcome']}*; the largest "
        f"stable rate is {_limit:.4g}. Run: **{_measured['ohm']:.5g} ohm** after {_measured['steps']} steps, "
        f"*{_measured['outcome']}*."
    )
    return lesson, pictures


@app.cell
def _(mo, valley):
    mo.vstack([
        mo.md("### The loss over R\n\nSteep below the minimum, ever flatter above: large starts take long."),
        valley,
    ])
    return


@app.cell
def _(pictures, valley):
    valley.show(pictures[3].draw(), pictures[3].caption)
    return


@app.cell
def _(mo, war):
    mo.vstack([
        mo.md(
            "### Tug of war, step by step\n\nEvery frequency's pull at $R$ while it is learned; below, all pulls either way "
            "added up. Descent rests where they balance."
        ),
        war,
    ])
    return


@app.cell
def _(pictures, war):
    war.show(pictures[4].draw(), pictures[4].caption)
    return


@app.cell
def _(kit):
    kit.notice(
        r"Whole ranges of $R$ light the right lamps: the score alone cannot tell 180 from 220 ohm. Descent uses the gains.",
        r"With off lamps that demand 0 ($a = 0$) descent learns $\sqrt 3$ times the right resistor: the boundary goes where "
        r"the gain is halfway between what the two sides demand, at 1/2. With $a = 1 - 1/\sqrt 2 \approx 0.293$ it is right.",
        r"The curvature at the minimum is $1/(2 \Lambda R^2)$ with $\Lambda = \ln(f_{\max}/f_{\min})$, so rates up to "
        r"$4 \Lambda R^2 \approx 2.19 \cdot 10^6$ are stable; beyond, the run jumps from side to side.",
        r"A wrong lamp pulls in one direction, but right ones pull too: far from the cut-off a lamp has almost no pull left.",
    )
    return


@app.cell
def _(mo):
    way = mo.ui.dropdown(
        {"in log R: a handful of steps": "log", "in R, as the homework does: about 19 000 steps": "ohm"},
        value="in log R: a handful of steps",
        label="descend",
    )
    four_button = mo.ui.run_button(label="learn all four")
    mo.vstack([
        mo.md(
            "## All four at once\n\nThree lamps, four resistors, one loss. The curvature in $R$ falls as $1/R^2$, so that one "
            "rate must serve curvatures that differ some thirtyfold; in $\\log R$ all bend about alike."
        ),
        mo.hstack([way, four_button], justify="start", wrap=True),
    ])
    return four_button, way


@app.cell
def _(four_button, kit, mo, way):
    mo.stop(not four_button.value)
    _result = kit.experiment("organ", {"parameter": way.value})
    mo.vstack([kit.table(_result), kit.pictures(_result, 0, 4)])
    return


@app.cell
def _(mo):
    graph_button = mo.ui.run_button(label="draw the graphs")
    mo.vstack([
        mo.md(
            "## What autograd sees\n\nEach operation of PyTorch's graph is one sign of the formula; the derivative of the "
            "gain flows back through it to the resistor."
        ),
        graph_button,
    ])
    return (graph_button,)


@app.cell
def _(graph_button, kit, mo):
    mo.stop(not graph_button.value)
    _result = kit.experiment("organ/graph")
    mo.vstack([kit.table(_result), kit.pictures(_result)])
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Music

    The filters at work: a sound goes through all three, and each lamp shows how much of it comes through; it is on above
    $1/\sqrt 2$, and lights no more than three times a second. What each filter lets through is foreseen, dashed. Play
    the page's own tune, one tone, or a file of yours (at most 20 MB and 10 minutes), which stays on your machine. In music
    low tones are the strongest: an amplifier before the lamps helps the others.
    """)
    return


@app.cell
def _(mo):
    which = mo.ui.radio(
        ["learned by descent", "yours, set by hand"], value="learned by descent", label="resistors", inline=True
    )
    which
    return (which,)


@app.cell
def _(Music, organ):
    music = Music(farad=organ.FARAD)
    music
    return (music,)


@app.cell
def _(learned, mine, mo, music, organ, which):
    _ohm = (learned if which.value == "learned by descent" else mine).tolist()
    music.ohm = _ohm
    _cuts = [f"{organ.cutoff_ohm(each):.4g}" for each in _ohm]
    mo.md(f"Cut-offs: low pass {_cuts[0]} Hz, band pass {_cuts[2]} to {_cuts[1]} Hz, high pass {_cuts[3]} Hz.")
    return


@app.cell
def _(kit):
    _parts = {"p": "scalar > 0", "f": "scalar > 0", "R": "scalar > 0", "C": "scalar > 0"}
    turns = (
        kit.Turn(
            r"A low pass lights its lamp just if $f <$ ... (write `p` for $\pi$, and `R`, `C`)",
            "1 / sqrt(1 + (2 p f R C)^2) > 1 / sqrt(2) iff f < {}",
            _parts,
            hint="where is $1 + u^2 = 2$?",
            answer="1 / (2 p R C)",
            wrong="1 / (R C)",
        ),
        kit.Turn(
            r"And at its cut-off, where $2 \pi f R C = 1$, the gain of the low pass is ...",
            "2 p f R C = 1 implies 1 / sqrt(1 + (2 p f R C)^2) = {}",
            _parts,
            hint="it is not one half",
            answer="1 / sqrt(2)",
            wrong="1 / 2",
        ),
        kit.Turn(
            r"With $u = aR$: what is $\partial / \partial R$ of the gain $1/\sqrt{1 + (aR)^2}$? Mind its sign.",
            "deriv(1 / sqrt(1 + (a R)^2), R) = {}",
            {"a": "scalar > 0", "R": "scalar > 0"},
            hint="write it as a power: $(1 + a^2 R^2)^{-1/2}$",
            answer="-a^2 R / (1 + (a R)^2)^(3/2)",
            wrong="a^2 R / (1 + (a R)^2)^(3/2)",
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
        value=kit.text("lamps", "250 1\n600 1\n1000 1\n1800 0\n4000 0"),
        label="Your own lamps for a low pass: a frequency in Hz and 1 (on) or 0 (off) a line, in ascending order",
        rows=5,
        max_length=2000,
    )
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(Chart, draw, kit, mo, organ, organ_theory, own, torch):
    def _shown():
        try:
            table = kit.matrix(own.value)
            if table.shape[1] != 2 or not ((table[:, 1] == 0) | (table[:, 1] == 1)).all():
                raise ValueError("need a frequency and 0 or 1 in every line")
            f, wanted = table[:, 0], table[:, 1] == 1
            low, high = organ_theory.ohm_interval(f, wanted)
        except ValueError as problem:
            return kit.refused(problem)
        rows = {"desired": wanted}
        for ohm in (low / 1.2, (low * high) ** 0.5, high * 1.2):
            rows[f"{ohm:.4g} ohm"] = organ.low_pass(torch.tensor(ohm, dtype=torch.float64), f) > organ.ON
        picture = Chart()
        picture.show(
            draw.lamp_bars(f, rows), "your lamps, and those of a resistor below, inside and above the right ones"
        )
        return mo.vstack([
            mo.md(f"Every resistor from **{low:.5g}** to **{high:.5g}** ohm lights exactly these lamps."),
            picture,
        ])

    _shown()
    return


@app.cell
def _(kit):
    kit.end("colour-organ")
    return


if __name__ == "__main__":
    app.run()
