"""What can be set of the experiments on vector calculus."""

from dataclasses import dataclass

from thalweg.experiments.settings import MOST_SEED, setting, whole


@dataclass(frozen=True)
class Review:
    """Vector calculus, the five questions."""

    n: int = setting(6, whole(2, 200), "how many entries the vectors have where numbers are put in")
    seed: int = setting(0, whole(0, MOST_SEED), "where chance begins: A, x and c")
