"""What can be set of the experiments on the colour organ."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from thalweg.experiments.settings import MOST_SEED, MOST_STEPS, number, one_of, positive, setting, several, whole


def _share(key: str, value: Any) -> float:  # noqa: ANN401
    read = number(key, value)
    if not 0 <= read < 0.5:
        raise ValueError(
            f"settings: need 0 <= {key} < 0.5, got {value}; from 1/2 on, off lamps pull no less than on lamps at any gain, "
            "and R runs away"
        )
    return read


@dataclass(frozen=True)
class Settings:
    """What can be set of every experiment on the colour organ; each field says what it is."""

    start: tuple[float, ...] = setting(
        (500.0,),
        several(positive, 4, "one start, or one for each resistor"),
        "resistors to begin with, in ohm: one for all, or one for each",
    )
    lr: float | None = setting(
        None, positive, "the learning rate; if it is not given, the notebook's in ohm and the best one in log R"
    )
    steps: int = setting(100_000, whole(1, MOST_STEPS), "the most steps")
    tolerance: float = setting(1e-6, positive, "descent stops where the loss, or every entry of the gradient, is below")
    data: str = setting(
        "grid",
        one_of("grid", "class", "tones"),
        "grid, the reference grid; class, drawn as a student's notebook did; tones, the seven of part (b)",
    )
    seed: int = setting(0, whole(0, MOST_SEED), "which class draw")
    off_target: float = setting(0.0, _share, "what an off lamp demands of the gain, from 0 to below 1/2")
    loss: str = setting(
        "squared",
        one_of("squared", "cross-entropy", "logistic", "exponential", "hinge"),
        "squared (against the demands), cross-entropy, logistic, exponential or hinge (against lamps)",
    )
    parameter: str = setting("ohm", one_of("ohm", "log"), "ohm descends in R, log in log R")


def check(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Only a squared loss has demands to shift."""
    if settings.loss == "squared":
        return settings
    if given.get("off_target"):
        raise ValueError(
            f"settings: need loss=squared with off_target, got loss={settings.loss}; leave one of them out"
        )
    return replace(settings, off_target=0.0)
