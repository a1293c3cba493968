"""A claim file checked: every claim answered. How a claim is decided is `check`'s business; what is made of it `report`'s."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from thalweg.calculus.nodes import CalculusError
from thalweg.claims import clock
from thalweg.claims.files.document import Document, read
from thalweg.claims.files.inductions import Sequenced
from thalweg.claims.files.measured import Measured
from thalweg.claims.files.measuring import Bench, Runner, answered
from thalweg.claims.files.statements import Item
from thalweg.claims.nouns import Answer, Claim, Verdict

Check = Callable[[Claim, float], Answer]
GOOD = frozenset({Verdict.PROVED, Verdict.PASSED})
SECONDS = 5.0
FIELDS = ("name", "sources", "collaborators", "hours")


@dataclass(frozen=True)
class Marked:
    """A claim file with its answers.

    Attributes:
        document: The file.
        answers: One for each of its items; None where it could not be read.
        problems: What could not be read, or not be run.
    """

    document: Document
    answers: tuple[Answer | None, ...]
    problems: tuple[CalculusError, ...]

    @property
    def score(self) -> int:
        """How many claims are proved or passed."""
        return sum(answer is not None and answer.verdict in GOOD for answer in self.answers)

    @property
    def status(self) -> int:
        """0 if all claims are proved or passed, 1 if some are not, 2 if something could not be read."""
        return 2 if self.problems else int(self.score < len(self.answers))

    @property
    def missing(self) -> tuple[str, ...]:
        """What the front matter does not say."""
        return tuple(key for key in FIELDS if not self.document.front.get(key))


def check_text(text: str, seconds: float = SECONDS, check: Check | None = None, runner: Runner | None = None) -> Marked:
    """A claim file, read and checked.

    Args:
        text: The file.
        seconds: The most time for one claim.
        check: What answers a claim in a time; `thalweg.claims.check` if it is not given.
        runner: What runs an experiment; without it, claims about experiments stay undecided.

    Returns:
        The file with its answers.

    Raises:
        ValueError: If it is no text.
    """
    if not isinstance(text, str):
        raise ValueError(f"check_text: need a text, got {type(text).__name__}")
    return mark(read(text), seconds, check, runner)


def mark(
    document: Document,
    seconds: float = SECONDS,
    check: Check | None = None,
    runner: Runner | None = None,
    report: Callable[[float], None] | None = None,
) -> Marked:
    """A claim file, checked.

    Args:
        document: The file.
        seconds: The most time for one claim.
        check: What answers a claim in a time; `thalweg.claims.check` if it is not given.
        runner: What runs an experiment; without it, claims about experiments stay undecided.
        report: Called with the share that is done.

    Returns:
        The file with its answers.
    """
    check = check or _check()
    bench = Bench(runner)
    answers: list[Answer | None] = []
    items = list(document.items)
    problems = list(document.problems)
    for place, item in enumerate(document.items):
        if report is not None:
            report(place / len(items))
        try:
            answers.append(_answered(item, check, seconds, bench))
        except CalculusError as problem:
            items[place] = replace(item, content=problem)
            problems += [problem] * (str(problem) not in map(str, problems))
            answers.append(None)
    return Marked(replace(document, items=tuple(items)), tuple(answers), tuple(problems))


def _check() -> Check:
    """What answers a claim."""
    from thalweg.claims.check import check

    return lambda claim, seconds: check(claim, seconds=seconds)


def _answered(item: Item, check: Check, seconds: float, bench: Bench) -> Answer | None:
    """The answer to an item, with what the file says of it."""
    began = time.monotonic()
    content = item.content
    if isinstance(content, CalculusError):
        return None
    if isinstance(content, Claim):
        answer = _safely(check, content, seconds)
    elif isinstance(content, Sequenced):
        answer = _of_members(content, check, seconds)
    else:
        answer = answered(content, bench) if isinstance(content, Measured) else content
    is_own = isinstance(content, Claim) and not item.note
    echo = answer.echo if is_own and answer.echo else item.echo
    answer = replace(answer, echo=echo, how=item.note + answer.how, seconds=time.monotonic() - began)
    return _doubted(answer, item.doubt)


def _doubted(answer: Answer, doubt: str) -> Answer:
    """An answer that is no accusation where something above could not be read."""
    if not doubt or answer.verdict not in (Verdict.FALSE, Verdict.ILL_TYPED, Verdict.VACUOUS):
        return answer
    return replace(answer, verdict=Verdict.UNDECIDED, how=f"{doubt}; without that: {answer.verdict.word}, {answer.how}")


def _safely(check: Check, claim: Claim, seconds: float) -> Answer:
    """The answer to a claim; whatever goes wrong on the way, there is one."""
    try:
        return check(claim, seconds)
    except Exception as problem:
        if os.environ.get("THALWEG_TRACE"):
            raise
        return Answer(Verdict.UNDECIDED, f"the check itself failed: {type(problem).__name__}; please report this claim")


def _of_members(parts: Sequenced, check: Check, seconds: float) -> Answer:
    """The answer to a claim about every member of a sequence: for any state, or by induction, or for the first members."""
    end = clock.now() + seconds

    def ask(claim: Claim) -> Answer:
        return _safely(check, claim, max(0.1, (end - clock.now()) / 2))

    whole = ask(parts.whole)
    if whole.verdict in (Verdict.PROVED, Verdict.VACUOUS):
        return replace(whole, how=f"for any value of the state: {whole.how}")
    first = ask(parts.start)
    if first.verdict is Verdict.FALSE:
        return replace(first, how=f"at the start, t = 0: {first.how}", condition="")
    is_proved = first.verdict is Verdict.PROVED and parts.step is not None
    if is_proved and ask(parts.step).verdict is Verdict.PROVED:
        return replace(first, how="by induction: it holds at the start, and at t + 1 if it holds at t")
    return _of_first(parts, first, ask)


def _of_first(parts: Sequenced, first: Answer, ask: Callable[[Claim], Answer]) -> Answer:
    """The answer that the first members give."""
    found = [first]
    for k, member in enumerate(parts.members[1:], 1):
        found.append(ask(member))
        if found[-1].verdict is Verdict.FALSE:
            return replace(found[-1], how=f"at t = {k}: {found[-1].how}", condition="")
    if all(answer.verdict in GOOD for answer in found):
        return Answer(
            Verdict.PASSED, f"held for t = 0 to {len(found) - 1}; there is no proof for every t", samples=len(found)
        )
    return Answer(Verdict.UNDECIDED, "neither an induction nor the first members decide it")
