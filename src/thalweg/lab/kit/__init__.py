"""What the pages of the laboratory share, under one name. A page lays it out; what it shows comes from the rest of thalweg."""

from thalweg.draw.explorables.chart import drawn
from thalweg.lab.kit.address import (
    MOST_CHARACTERS,
    chosen,
    controls,
    dropdown,
    radio,
    remember,
    remembered,
    slider,
    text,
)
from thalweg.lab.kit.frame import begin, end, notice
from thalweg.lab.kit.own import claimed, derivation, matrix, own, shown
from thalweg.lab.kit.results import ALL, experiment, on_request, pictures, progress, refused, table
from thalweg.lab.kit.turns import MOST_TYPED, Turn, answered, ask, judged, verdict

__all__ = [
    "ALL", "MOST_CHARACTERS", "MOST_TYPED", "Turn", "answered", "ask", "begin", "chosen", "claimed", "controls", "derivation",
    "drawn", "dropdown", "end", "experiment", "judged", "matrix", "notice", "on_request", "own", "pictures", "progress",
    "radio", "refused", "remember", "remembered", "shown", "slider", "table", "text", "verdict",
]  # fmt: skip
