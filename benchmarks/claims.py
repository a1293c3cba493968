"""How right and how fast the checker of claims is: generated claims, the same with one change, and the homeworks' files.

Prints one table and writes it to `claims.md` and `claims.json`. The generator is `tests/generated.py`; whether a change made a
claim false is decided there, without the checker. One thread a process; claims are dealt out to all cores.
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

HEAD = [
    "# Benchmarks of claims",
    "",
    "Written by `make benchmark`. True claims are random expressions beside the same expressions reworded, derivatives,",
    "inequalities, claims with givens, with inverses, and limits. False ones are made from them by one change: a sign, a",
    "transpose, a factor, `<` for `<=`, a given left out; whether a changed identity is false is found at random numbers,",
    "without the checker. A rate is of one core and counts the claims that were proved.",
]
CHUNK, EVERY = 50, 2
FILES = ("homework-0-fall-2023", "homework-0-spring-2023", "homework-0-fall-2025", "homework-1-spring-2025")


@dataclass
class Tally:
    """What was counted.

    Attributes:
        true: Verdicts of true claims, by family and verdict.
        false: Verdicts of false claims, by change and verdict.
        accused: True claims that were called false or ill-typed.
        missed: False claims that were not refuted.
        seconds: Of claims that were proved, in all.
        refuting: Of false claims, in all.
        slowest: The longest that one claim took.
    """

    true: Counter = field(default_factory=Counter)
    false: Counter = field(default_factory=Counter)
    accused: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    refuting: float = 0.0
    slowest: float = 0.0

    def add(self, other: "Tally") -> None:
        """Another tally counted in."""
        self.true += other.true
        self.false += other.false
        self.accused += other.accused
        self.missed += other.missed
        self.seconds += other.seconds
        self.refuting += other.refuting
        self.slowest = max(self.slowest, other.slowest)


def chunk(first: int) -> Tally:
    """A chunk of claims, checked."""
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    from generated import FAMILIES
    from thalweg.calculus.show import text
    from thalweg.claims.check import check

    tally = Tally()
    for place in range(first, first + CHUNK):
        draw = random.Random(f"benchmark {place}")
        made = draw.choice(FAMILIES)(draw)
        answer, took = _timed(check, made.claim)
        tally.true[f"{made.family}: {answer.verdict.word}"] += 1
        tally.slowest = max(tally.slowest, took)
        if answer.verdict.word == "PROVED":
            tally.seconds += took
        elif answer.verdict.word != "PASSED":
            tally.accused.append(f"{answer.verdict.word}: {text(made.claim.statement)}")
        for kind, claim in _changes(draw, made) if place % EVERY == 0 else ():
            answer, took = _timed(check, claim)
            tally.false[f"{kind}: {answer.verdict.word}"] += 1
            tally.refuting += took
            tally.slowest = max(tally.slowest, took)
            if answer.verdict.word != "FALSE":
                tally.missed.append(f"{answer.verdict.word}: {text(claim.statement)}")
    return tally


def _timed(check, claim):
    began = time.perf_counter()
    answer = check(claim)
    return answer, time.perf_counter() - began


def _changes(draw, made) -> Iterator:
    """The claim's false versions."""
    from generated import mutated

    yield from made.false
    if made.family in ("identity", "derivative") and (found := mutated(draw, made.claim)):
        yield found


def homework(name: str) -> tuple[int, float]:
    """How many claims of a homework there are that need no experiment, and how long they take, one after the other."""
    from thalweg.claims.check import check
    from thalweg.claims.files.document import read
    from thalweg.claims.nouns import Claim

    began = time.perf_counter()
    items = [item.content for item in read((ROOT / "examples" / "claims" / f"{name}.md").read_text()).items]
    claims = [claim for claim in items if isinstance(claim, Claim)]
    for claim in claims:
        check(claim)
    return len(claims), time.perf_counter() - began


def rows(tally: Tally, homeworks: dict[str, tuple[int, float]]) -> list[list[str]]:
    """The table."""
    proved = sum(count for key, count in tally.true.items() if key.endswith(" PROVED"))
    count, false = sum(tally.true.values()), sum(tally.false.values())
    refuted = sum(found for key, found in tally.false.items() if key.endswith(" FALSE"))
    rate = proved / tally.seconds
    found = [
        ["true claims that were accused", f"{len(tally.accused)} of {count}", "0 of 10 000", _yes(not tally.accused)],
        ["true claims that were proved", f"{100 * proved / count:.1f} %", "", ""],
        [
            "false claims that were refuted",
            f"{100 * refuted / false:.2f} % of {false}",
            ">= 99 %",
            _yes(refuted >= 0.99 * false),
        ],
        ["claims a second, one core, no search", f"{rate:.0f}", ">= 30", _yes(rate >= 30)],
        ["a refutation with its remedy, mean", f"{1e3 * tally.refuting / false:.0f} ms", "", ""],
        ["the longest that one claim took", f"{tally.slowest:.2f} s", "", ""],
    ]
    for name, (claims, seconds) in homeworks.items():
        of_fifty = 50 * seconds / claims
        found.append([
            f"50 claims of {name} ({claims} in {seconds:.1f} s)",
            f"{of_fifty:.1f} s",
            "< 10 s",
            _yes(of_fifty < 10),
        ])
    return found


def _yes(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def main() -> None:
    """Count, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    count = parser.parse_args().count
    os.environ["OMP_NUM_THREADS"] = "1"
    homeworks = {name: homework(name) for name in FILES}
    tally = Tally()
    with multiprocessing.get_context("spawn").Pool() as pool:
        for place, part in enumerate(pool.imap_unordered(chunk, range(0, count, CHUNK)), 1):
            tally.add(part)
            if sys.stderr.isatty():
                print(f"\r{place * CHUNK} of {count}", end="", file=sys.stderr)
    table = rows(tally, homeworks)
    lines = ["| what | found | target | met |", "|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in table)]
    kinds = [f"- {key}: {found}" for key, found in sorted((tally.true + tally.false).items())]
    text = "\n".join([
        *HEAD,
        "",
        *lines,
        "",
        *kinds,
        *(f"- accused: {said}" for said in tally.accused),
        *(f"- missed: {said}" for said in tally.missed),
    ])
    print(text)
    (ROOT / "benchmarks" / "claims.md").write_text(text + "\n")
    (ROOT / "benchmarks" / "claims.json").write_text(
        json.dumps({**vars(tally), "homeworks": homeworks}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
