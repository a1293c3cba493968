"""Three layers against five on a page: what is foreseen at once, one training at a time, and the pictures with their words.

What is foreseen comes from `scratch_forecast`, what is trained from `scratch_setup`; here both are laid together.
"""

import math
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from thalweg.draw import depth, depth_lines, strokes
from thalweg.draw.wording import said
from thalweg.experiments.result import Shown
from thalweg.experiments.scratch_forecast import Foreseen, foresee, grid
from thalweg.experiments.scratch_pictures import key_of
from thalweg.experiments.scratch_settings import Depth
from thalweg.experiments.scratch_setup import HE, NETS, Task, make_task
from thalweg.experiments.scratch_sizes import Starts, draw_starts
from thalweg.once import Once
from thalweg.scratch import History
from thalweg.scratch.starts import spread

NAME = "scratch/three-against-five"
OWN = """0 0 0
1 1 0
2 0 0
0 1 1
1 0 1
2 1 1
0.5 0.5 2
1.5 0.5 2"""  # Points of three kinds on a chessboard.
SCALES, RATES = 13, 16  # Cells of the map.
FATES = {
    "learns": "to learn every example",
    "breaks": "to break: one step changes a layer by more than its own size",
    "overshoots": "to overshoot: a smaller learning rate would do",
    "too slow": "to be too slow to learn every example",
}
BREAKS, OPEN = "a step breaks a layer", "beyond, open: a step breaks a layer"
Cell = tuple[int, int]
Sizes = dict[tuple[str, str], Tensor]


@dataclass(frozen=True)
class Bench:
    """A task and all that is known of it before training.

    Attributes:
        task: What is to be learned, and how.
        scales: The weight scales of the map.
        rates: Its learning rates.
        foreseen: What becomes of each network, over both.
        starts: Each network's starts, for signals layer by layer.
    """

    task: Task
    scales: Float[Tensor, " s"]
    rates: Float[Tensor, " l"]
    foreseen: dict[str, Foreseen]
    starts: dict[str, Starts]


_FORESEEN = Once[Bench](8)


def settings(images: int = 50, hidden: int = 40, epochs: int = 20, seed: int = 0) -> Depth:
    """The settings of a map as large as the page's; by default those that the page begins with."""
    return Depth(images=images, hidden=hidden, epochs=epochs, seed=seed, scales=SCALES, rates=RATES)


def scales() -> list[float]:
    """The weight scales that can be chosen, in three digits."""
    return [float(f"{value:.3g}") for value in grid(Depth.least_scale, Depth.most_scale, SCALES).tolist()]


def rates() -> list[float]:
    """The learning rates that can be chosen, in three digits."""
    return [float(f"{value:.3g}") for value in grid(Depth.least_lr, Depth.most_lr, RATES).tolist()]


def bench(chosen: Depth) -> Bench:
    """All that is foreseen of digits: once, for everybody who asks the same."""
    return _FORESEEN.get(chosen, lambda: bench_of(make_task(chosen)))


def bench_of(task: Task) -> Bench:
    """All that is foreseen of a task."""
    chosen = task.settings
    scales = grid(chosen.least_scale, chosen.most_scale, chosen.scales)
    over = scales, grid(chosen.least_lr, chosen.most_lr, chosen.rates)
    foreseen = {name: foresee(layers, *over, task) for name, layers in NETS.items()}
    return Bench(task, *over, foreseen, {name: draw_starts(layers, task) for name, layers in NETS.items()})


def cell(scale: float, lr: float) -> Cell:
    """The cell of the map whose weight scale and learning rate are nearest."""
    return _nearest(scales(), scale), _nearest(rates(), lr)


def _nearest(steps: list[float], wanted: float) -> int:
    """The place of the step that is the least times off."""
    return min(range(len(steps)), key=lambda place: abs(math.log(steps[place] / wanted)))


def chosen(known: Bench, cell: Cell) -> tuple[float, float]:
    """The weight scale and the learning rate of a cell."""
    return float(known.scales[cell[0]]), float(known.rates[cell[1]])


def region(known: Bench) -> Any:  # noqa: ANN401
    """The map as it is foreseen, with a mark that `depth.mark` moves."""
    best, first = {name: found.best for name, found in known.foreseen.items()}, chosen(known, (0, 0))
    return depth.good_region(
        known.scales, known.rates, best, *_theory(known, OPEN), chosen=first, what="foreseen accuracy (%)"
    )


def region_in_words(known: Bench, cell: Cell) -> str:
    """What that map says, and of the chosen cell."""
    cells = " and ".join(f"{name} in {_share(found.good)}" for name, found in known.foreseen.items())
    return (
        "foreseen accuracy over weight scale and learning rate, open where a step breaks a layer. Every example is foreseen "
        f"to be learned by {cells} of the map. {fates(known, cell)}"
    )


def trained_region(known: Bench, accuracy: dict[str, Float[Tensor, "s l"]]) -> Shown:
    """The map as it was trained under the outline of what was foreseen, with a mark, and what it says."""
    figure = depth.good_region(known.scales, known.rates, accuracy, *_theory(known), chosen=chosen(known, (0, 0)))
    cells = " and ".join(
        f"{name} in {_share(accuracy[name] == 1)} where {_share(found.good)} was foreseen"
        for name, found in known.foreseen.items()
    )
    return figure, f"training accuracy over weight scale and learning rate; every example was learned by {cells}"


def _theory(known: Bench, limit: str = BREAKS) -> tuple[dict[str, Tensor], dict[str, dict[str, Tensor]]]:
    """The outlines and the limits of a map."""
    good = {name: found.good for name, found in known.foreseen.items()}
    return good, {name: {limit: found.breaking} for name, found in known.foreseen.items()}


def _share(cells: Tensor) -> str:
    return f"{float(cells.double().mean()):.0%}"


def fates(known: Bench, cell: Cell) -> str:
    """What is foreseen of both networks in a cell, in a sentence each."""
    return " ".join(
        f"{name.capitalize()} are foreseen {FATES[found.fate(*cell)]}." for name, found in known.foreseen.items()
    )


def layers(known: Bench, cell: Cell) -> tuple[Shown, Shown]:
    """Signals and gradients layer by layer at the chosen scale, and as they would be at He's."""
    scale, places = chosen(known, cell)[0], range(2)
    expected, mean, std = ([dict[tuple[str, str], Tensor]() for _ in places] for _ in range(3))
    for name, starts in known.starts.items():
        found, he, key = starts.squares(scale), key_of(name, HE), key_of(name, scale)
        reference, theory = starts.expected(HE), starts.expected(scale, float(found[1][:, -1].mean()))
        for place in places:
            expected[place] |= {he: reference[place].sqrt(), key: theory[place].sqrt()}
            measured = found[place].sqrt()
            mean[place][key], std[place][key] = measured.mean(0), measured.std(0)
    return _sizes(known, scale, "signal", expected[0], mean[0], std[0]), _sizes(
        known, scale, "gradient", expected[1], mean[1], std[1]
    )


def multiplied(chosen: Depth) -> str:
    """What a hidden layer does to signals at He's scale, in Markdown."""
    hidden = chosen.hidden
    return (
        r"At weight scale $s$ a hidden layer of $n$ units multiplies signals by $s \sqrt{n / 2}$, and so do gradients on their "
        r"way back: over $L$ layers by its $L$-th power. At He's scale $\sqrt{2/n}$, "
        f"{said(spread(hidden, hidden, HE))} for {hidden} units, it is 1. Dotted: sizes at He's scale, level from one hidden "
        "layer to the next."
    )


def _sizes(known: Bench, scale: float, kind: str, expected: Sizes, mean: Sizes, std: Sizes) -> Shown:
    """A picture of sizes layer by layer, and by how much they change."""
    hidden = known.task.settings.hidden
    factor = f"a hidden layer is expected to multiply it by {said(scale / spread(hidden, hidden, HE))}"
    ends = (f"{name} from {said(sizes[0])} to {said(sizes[-1])}" for (name, _), sizes in mean.items())
    words = f"size of the {kind} layer by layer at weight scale {said(scale)}: {factor}; measured {' and '.join(ends)}"
    return depth_lines.by_layer(expected, mean, std, f"size of the {kind}", 330), words


def trained(known: Bench, cell: Cell) -> dict[str, History]:
    """Both networks, trained at one cell."""
    return {name: known.task.train(layers, *chosen(known, cell)) for name, layers in NETS.items()}


def training(known: Bench, cell: Cell, found: dict[str, History]) -> Shown:
    """Loss and accuracy of both trainings over what was foreseen, if no step breaks a layer: then nothing is."""
    scale, batches = f"scale {said(known.scales[cell[0]])}", math.ceil(len(known.task.y) / known.task.settings.batch)
    loss, right = (
        {(name, scale): known.scales.new_tensor(getattr(each, what)) for name, each in found.items()}
        for what in ("loss", "train_accuracy")
    )
    valid = {(name, scale): each for name, each in known.foreseen.items() if each.fate(*cell) != "breaks"}
    foreseen = (
        {key: each.loss[cell] for key, each in valid.items()},
        {key: each.accuracy[cell] for key, each in valid.items()},
    )
    figure = depth_lines.histories(loss, right, batches, foreseen)
    return figure, f"losses of every step and accuracies after every epoch. {outcomes(known, cell, found)}"


def outcomes(known: Bench, cell: Cell, found: dict[str, History]) -> str:
    """What was foreseen and what became of both networks, in a sentence each."""
    return " ".join(_outcome(name, known.foreseen[name].fate(*cell), each) for name, each in found.items())


def _outcome(name: str, fate: str, history: History) -> str:
    missed = fate == "learns" and max(history.train_accuracy, default=0.0) < 1
    why = ": the linearization at the start does not hold so far" if missed else ""
    return f"{name.capitalize()} are foreseen {FATES[fate]}; {_became(history)}{why}."


def own(known: Bench | None, figure: Any, cell: Cell) -> tuple[Shown, Shown, str]:  # noqa: ANN401
    """A visitor's own map with its mark at a cell, both trainings there and what became of them; nothing of refused data."""
    if known is None:
        refused = none("nothing: the data were refused")
        return refused, refused, ""
    found = trained(known, cell)
    return (
        marked(known, (figure, region_in_words(known, cell)), cell),
        training(known, cell, found),
        outcomes(known, cell, found),
    )


def marked(known: Bench, shown: Shown | None, cell: Cell) -> Shown:
    """A map with its mark at a cell; nothing as long as there is none."""
    if shown is None:
        return none("nothing: the whole map has not been trained yet")
    return depth.mark(shown[0], chosen(known, cell)), shown[1]


def none(words: str) -> Shown:
    """An empty picture, and why it is."""
    return strokes.nothing(40), words


def asked(chosen: Depth) -> dict[str, int]:
    """Settings as the catalogue takes them: those that a page can change."""
    return {name: getattr(chosen, name) for name in ("images", "hidden", "epochs", "seed", "scales", "rates")}


def _became(history: History) -> str:
    """What a training reached."""
    if history.outcome == "diverged":
        return f"the loss left all bounds after {len(history.loss)} steps"
    best = max(history.train_accuracy)
    if best < 1:
        return f"at best {best:.0%} were learned"
    return f"all were learned after epoch {history.train_accuracy.index(1.0) + 1}"
