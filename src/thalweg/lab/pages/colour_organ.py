# /// script
# [tool.marimo.display]
# theme = "system"
# ///
import marimo

app = marimo.App(width="medium", app_title="Colour organ · thalweg")


@app.cell
def _():
    import marimo as mo

    from thalweg.draw import organ as draw
    from thalweg.draw.explorables import lamps as explorable
    from thalweg.draw.explorables import music as player
    from thalweg.draw.explorables.chart import Chart
    from thalweg.draw.wording import said
    from thalweg.experiments import organ_lessons as lessons
    from thalweg.experiments import organ_pictures as pictures
    from thalweg.lab import kit
    from thalweg.subjects import organ

    return Chart, draw, explorable, kit, lessons, mo, organ, pictures, player, said


@app.cell
def _(kit):
    kit.begin("colour-organ")
    return


@app.cell
def _(mo):
    mo.md(r"""
    A resistance $R$ before a capacitor $C = 1\,\mu\mathrm F$ lets low tones through: the gain is $1/\sqrt{1 + u^2}$ with
    $u = 2 \pi f R C$. The other way round it is a high pass, $u/\sqrt{1 + u^2}$. A high pass after a low pass is a band pass,
    here with an ideal buffer between them, an operational amplifier as a follower: neither stage loads the other, and nothing
    loads the outputs. A lamp is on where the gain is above $1/\sqrt 2$.

    ## By hand

    Seven tones, and the lamps that they should light. Drag the cut-off in the first picture, or move the slider, until all
    lamps are right; then reveal what descent would take, or turn all four resistors. In the last picture every lamp pulls at
    the $R$ that was turned last, with the derivative of its own cost: a positive one makes $R$ smaller. Wrong lamps pull with
    thick arrows. An on lamp demands the gain 1, an off lamp the gain $a$.
    """)
    return


@app.cell
def _(explorable, kit, mo, organ):
    _desired = organ.desired_ohm(organ.COLOUR_ORGAN).tolist()
    _opened = explorable.opened(kit.remembered, _desired, organ.TONES_HZ, organ.FARAD)
    lamps = mo.ui.anywidget(_opened)
    get_a, set_a = mo.state(_opened.rest)
    hand: dict[str, list[float]] = {}  # What was set last, for buttons: reading it runs nothing again.
    lamps
    return get_a, hand, lamps, set_a


@app.cell
def _(explorable, get_a, hand, kit, lamps, set_a):
    kit.remember(explorable.address(lamps.value))
    hand["ohm"] = lamps.value["ohm"]
    if lamps.value["rest"] != get_a():  # What takes long waits until the slider is let go.
        set_a(lamps.value["rest"])
    return


@app.cell
def _(lamps, lessons):
    yours, learned = lamps.value["ohm"], lessons.settled(lamps.value["demand"])
    return learned, yours


@app.cell
def _(lamps, learned, lessons, mo, yours):
    _a, _all = lamps.value["demand"], lamps.value["all"]
    _words = [lessons.by_hand(yours, _a, _all)]
    if lamps.value["revealed"]:
        _words.append(lessons.revealed(learned, _a, _all))
    mo.md(" ".join(_words))
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Learn it

    Now descent turns the knob of the low pass: $R \leftarrow R - \eta\, \partial L / \partial R$ with the mean squared error
    over 250 frequencies from 1 Hz to 1 MHz, until the loss or its gradient is below $10^{-6}$, or for 300 steps. It learns
    from the whole gain curve, or from lamps alone. The forecast is made before the run and drawn wide and dashed; steps so
    long that no flow describes them it takes one by one.
    """)
    return


@app.cell
def _(kit):
    _sources, _rates = ["the gain curve", "lamps"], [50, 100, 200, 400, 700, 1000, 1500, 2000, 2150, 2300, 4000]
    start = kit.slider("start", "start (ohm)", [20, 50, 100, 150, 200, 300, 500, 700, 1000], 500)
    rate = kit.slider("rate", "lr (1000 ohm²)", _rates, 100)
    source = kit.radio("source", "learn from", _sources, _sources[0])
    kit.controls(start, rate, source)
    return rate, source, start


@app.cell
def _(get_a, mo, said, source):
    demand = get_a() if source.value == "lamps" else None
    mo.md("" if demand is None else f"Off lamps demand $a$ = {said(demand)}, as you set it under the first pictures.")
    return (demand,)


@app.cell
def _(Chart):
    course = Chart()
    course
    return (course,)


@app.cell
def _(course, demand, kit, lessons, mo, pictures, rate, source, start):
    kit.remember({"start": start.value, "rate": rate.value, "source": source.value})
    lesson = lessons.low_pass(float(start.value), 1000.0 * rate.value, demand)
    _picture = pictures.parameters_picture(lesson)
    course.show(_picture.draw(), _picture.caption)
    mo.md(lessons.told(lesson))
    return (lesson,)


@app.cell
def _(Chart, mo):
    curves = Chart()
    mo.vstack([
        mo.md("### The gain while it is learned\n\nFrom light to dark: the cut-off slides along the axis."),
        curves,
    ])
    return (curves,)


@app.cell
def _(Chart, mo):
    valley = Chart()
    mo.vstack([
        mo.md("### The loss over R\n\nFar above the minimum an ohm changes little: large starts take long."),
        valley,
    ])
    return (valley,)


@app.cell
def _(Chart, mo):
    war = Chart()
    mo.vstack([
        mo.md(
            "### Tug of war, step by step\n\nEvery frequency's pull at $R$ while it is learned, a positive one towards smaller "
            "$R$; below, all pulls either way added up. Descent rests where they balance. Here it steps in $R$, so these are "
            "pulls at $R$; by hand they were pulls at $\\ln R$, which is $R$ times as much, so that all four resistors compare."
        ),
        war,
    ])
    return (war,)


@app.cell
def _(curves, lesson, pictures, valley, war):
    _shown = (pictures.gain_picture(lesson, 0, "low pass"), pictures.loss_picture(lesson), pictures.war_picture(lesson))
    for _place, _picture in zip((curves, valley, war), _shown, strict=True):
        _place.show(_picture.draw(), _picture.caption)
    return


@app.cell
def _(kit):
    kit.notice(
        r"Whole ranges of $R$ light the right lamps: the score alone cannot tell 180 from 220 ohm. Descent uses the gains.",
        r"Pulls balance where the gain at the boundary is $1/(2(1 - a))$. With off lamps that demand $a = 0$ that is 1/2, and "
        r"descent learns $\sqrt 3$ times the right $R$ of the low pass; with $a = 1 - 1/\sqrt 2 \approx 0.293$ it is right.",
        r"The curvature at the minimum of the gain curve's loss is $1/(2 \Lambda R^2)$ with "
        r"$\Lambda = \ln(f_{\max}/f_{\min})$, so rates up to $4 \Lambda R^2 \approx 2.19 \cdot 10^6$ are stable; beyond, the "
        r"run jumps from side to side.",
        r"A wrong lamp pulls in one direction, but right ones pull too: far from the cut-off a lamp has almost no pull left.",
    )
    return


@app.cell
def _(kit, lessons, mo):
    _lessons, _ways = list(lessons.LESSONS), list(lessons.WAYS)
    which_lesson = kit.dropdown("lesson", "learn", _lessons, _lessons[0], full_width=True)
    way = kit.dropdown("way", "descend", _ways, _ways[0], full_width=True)
    go = mo.ui.run_button(label="learn it, from your resistances")
    mo.vstack([
        mo.md(r"""
        ## All four, each filter, Bode lines

        Three lamps, four resistors, one loss; or one filter by itself: the high pass, the band pass with its loss over two
        resistances and a start in the flat far corner, or the band pass as straight lines in decibels. The curvature in $R$
        falls as $1/R^2$, so that one rate must serve curvatures that differ some thirtyfold; in $\ln R$ all bend about alike.
        Descent begins at the resistances that you set by hand, and off lamps demand your $a$.
        """),
        which_lesson,
        way,
        go,
    ])
    return go, way, which_lesson


@app.cell
def _(kit, way, which_lesson):
    kit.remember({"lesson": which_lesson.value, "way": way.value})
    return


@app.cell
def _(get_a, go, hand, kit, lessons, way, which_lesson):
    _lesson = lessons.LESSONS[which_lesson.value]
    _settings = lessons.chosen(_lesson, hand["ohm"], get_a(), lessons.WAYS[way.value]) if go.value else {}
    kit.on_request(go, _lesson.experiment, _settings, kit.ALL)
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
def _(graph_button, kit):
    kit.on_request(graph_button, "organ/graph", None, kit.ALL)
    return


@app.cell
def _(mo):
    mo.md(r"""
    ## Music

    The filters at work: a sound goes through all three, and each lamp shows how much of it comes through, of all channels
    together; it is on above $1/\sqrt 2$, and lights no more than three times a second. What each filter lets through is
    foreseen, dashed. Play the page's own tune, one tone, or a file of yours (at most 20 MB and 10 minutes), which stays on
    your machine. In music low tones are the strongest: an amplifier before the lamps, and in the picture, helps the others.
    """)
    return


@app.cell
def _(kit):
    _whose = ["learned by descent", "yours, set by hand"]
    which = kit.radio("whose", "resistors", _whose, _whose[0])
    which
    return (which,)


@app.cell
def _(kit, mo, organ, player):
    music = mo.ui.anywidget(player.opened(kit.remembered, kit.chosen, organ.FARAD))
    music
    return (music,)


@app.cell
def _(kit, learned, mo, music, organ, player, said, which, yours):
    kit.remember({"whose": which.value} | player.address(music.value))
    _ohm = learned.tolist() if which.value == "learned by descent" else yours
    music.widget.ohm = _ohm
    _cuts = [said(organ.cutoff_ohm(each), 4) for each in _ohm]
    mo.md(
        f"Cut-offs: low pass {_cuts[0]} Hz, stages of the band pass {_cuts[2]} and {_cuts[1]} Hz, high pass {_cuts[3]} Hz."
    )
    return


@app.cell
def _(kit):
    _parts, _u = dict.fromkeys(("f", "R", "C"), "scalar > 0"), "2 pi f R C"
    turns = (
        kit.Turn(
            r"A low pass lights its lamp just if $f <$ ... (in `pi`, `R` and `C`)",
            f"1 / sqrt(1 + ({_u})^2) > 1 / sqrt(2) iff f < {{}}", _parts,
            hint="where is $1 + u^2 = 2$?", answer="1 / (2 pi R C)", wrong="1 / (R C)",
        ),
        kit.Turn(
            r"And at its cut-off, where $2 \pi f R C = 1$, the gain of the low pass is ... (a number, as `2` or `sqrt(5)`)",
            f"{_u} = 1 implies 1 / sqrt(1 + ({_u})^2) = {{}}", _parts,
            hint="it is not one half", answer="1 / sqrt(2)", wrong="1 / 2",
        ),
        kit.Turn(
            r"What is $\partial / \partial R$ of the gain $1/\sqrt{1 + (aR)^2}$? Mind its sign. (in `a` and `R`)",
            "deriv(1 / sqrt(1 + (a R)^2), R) = {}", {"a": "scalar > 0", "R": "scalar > 0"},
            hint="write it as a power: $(1 + a^2 R^2)^{-1/2}$",
            answer="-a^2 R / (1 + (a R)^2)^(3/2)", wrong="a^2 R / (1 + (a R)^2)^(3/2)",
        ),
    )  # fmt: skip
    answers = kit.ask(*turns)
    return answers, turns


@app.cell
def _(answers, kit, turns):
    kit.answered(turns, answers)
    return


@app.cell
def _(kit, mo):
    own = kit.own(
        "lamps",
        "250 1\n600 1\n1000 1\n1800 0\n4000 0",
        "Your own lamps for a low pass: a frequency in Hz and 1 (on) or 0 (off) a line, in ascending order",
    )
    mo.vstack([mo.md("## Your own data"), own])
    return (own,)


@app.cell
def _(draw, kit, lessons, mo, own):
    def _shown(table):
        hz, on, ends = lessons.own_lamps(table)
        words, rows = lessons.own_rows(hz, on, ends)
        picture = draw.lamp_bars(hz, rows)
        said = (
            f"{len(hz)} lamps, filled if on: yours, and those of {', '.join(list(rows)[1:])}. {words.replace('*', '')}"
        )
        return mo.vstack([mo.md(words), kit.drawn(picture, said)])

    kit.shown(own, _shown, 2)
    return


@app.cell
def _(kit):
    kit.end("colour-organ")
    return


if __name__ == "__main__":
    app.run()
