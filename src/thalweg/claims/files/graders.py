"""A marked claim file for graders: Gradescope's `results.json` and the results of otter-grader."""

import json
from dataclasses import dataclass

from thalweg.claims.files.marking import Marked
from thalweg.claims.files.report import echo, explained, points, printable, text, to_json, total, word


@dataclass(frozen=True)
class Grade:
    """A claim as graders see it: a name that no other claim has, points, and what is said of it."""

    name: str
    points: int
    output: str


def grades(marked: Marked) -> list[Grade]:
    """The claims with names of their own: the last heading and the label; the line too, where that is not enough.

    Args:
        marked: The file with its answers.

    Returns:
        One grade for each claim, in order.
    """
    items = marked.document.items
    names = [printable(": ".join([*item.headings[-1:], item.label])) for item in items]
    found: list[Grade] = []
    for item, answer, name in zip(items, marked.answers, names, strict=True):
        own = name if names.count(name) == 1 or f"line {item.line}" in name else f"{name} (line {item.line})"
        said = [f"{word(answer)}  {echo(item, answer)}", *explained(item, answer, marked.document.source)]
        found.append(Grade(own, points(answer), "\n".join(printable(line) for line in said)))
    return found


def to_gradescope(marked: Marked) -> dict[str, object]:
    """A marked file as Gradescope's autograder wants its `results.json`.

    Args:
        marked: The file with its answers.

    Returns:
        One object: score, output, output_format, visibility, tests.

    Reference:
        gradescope-autograders.readthedocs.io, specifications, "Output format".
    """
    tests = [
        {
            "name": grade.name,
            "number": str(number),
            "score": grade.points,
            "max_score": 1,
            "status": "passed" if grade.points else "failed",
            "output": grade.output,
            "visibility": "visible",
        }
        for number, grade in enumerate(grades(marked), 1)
    ]
    said = [total(marked), *(f"could not be read: {printable(str(problem))}" for problem in marked.problems)]
    return {
        "score": marked.score,
        "output": "\n".join(said),
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
    }


def to_otter(marked: Marked) -> dict[str, object]:
    """A marked file as otter-grader writes its results: a test file of one test case for each claim, by name.

    Where nothing is claimed there is one that fails, with what could not be read.

    Args:
        marked: The file with its answers.

    Returns:
        One object: by name score, possible, name, path, test_cases, all_or_nothing, test_case_results.

    Reference:
        otter-grader, `GradingResults.to_dict` and `TestFile.to_dict`.
    """
    if not marked.document.items:
        output = "\n".join(f"could not be read: {printable(str(problem))}" for problem in marked.problems)
        return {"claims": _otter(Grade("claims", 0, output), "")}
    pairs = zip(grades(marked), marked.document.items, strict=True)
    return {grade.name: _otter(grade, item.text) for grade, item in pairs}


def _otter(grade: Grade, body: str) -> dict[str, object]:
    """One test file of otter-grader."""
    case = {
        "name": grade.name,
        "body": printable(body),
        "hidden": False,
        "points": 1,
        "success_message": None,
        "failure_message": None,
    }
    return {
        "score": grade.points,
        "possible": 1,
        "name": grade.name,
        "path": None,
        "test_cases": [case],
        "all_or_nothing": True,
        "test_case_results": [{"test_case": case, "message": grade.output, "passed": bool(grade.points)}],
    }


def dumped(marked: Marked, form: str) -> str:
    """A marked file in one of the formats: text, json, gradescope, otter.

    Args:
        marked: The file with its answers.
        form: The format.

    Returns:
        Text, or one JSON object.
    """
    makers = {"json": to_json, "gradescope": to_gradescope, "otter": to_otter}
    return json.dumps(makers[form](marked), indent=2) + "\n" if form in makers else text(marked)
