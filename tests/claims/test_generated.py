"""Generated claims: no true one is accused, and what one change made false is refuted. `benchmarks/claims.py` tries 10 000."""

import random

import pytest

from generated import FAMILIES, mutated
from thalweg.calculus.show import text
from thalweg.claims.check import check

SEEDS = range(40)


def drawn(seed):
    draw = random.Random(f"test {seed}")
    return draw, draw.choice(FAMILIES)(draw)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_true_claim_is_not_accused(seed):
    _, made = drawn(seed)
    answer = check(made.claim)
    assert answer.verdict.word in ("PROVED", "PASSED"), text(made.claim.statement)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_claim_that_one_change_made_false_is_refuted(seed):
    draw, made = drawn(seed)
    changes = list(made.false)
    if made.family in ("identity", "derivative") and (found := mutated(draw, made.claim)):
        changes.append(found)
    for kind, claim in changes:
        answer = check(claim)
        assert answer.verdict.word == "FALSE", f"{kind}: {text(claim.statement)}"
        assert answer.counterexample is not None
