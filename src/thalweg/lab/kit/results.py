"""Experiments on a page: run with a bar, their comparison as a table, their pictures."""

import html
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import marimo as mo

from thalweg import report as reports
from thalweg.draw.explorables.chart import drawn
from thalweg.experiments import catalogue
from thalweg.experiments.result import Result
from thalweg.progress import Report

ALL = slice(None)
"""All pictures of a result, for `on_request`."""


@contextmanager
def progress(title: str) -> Generator[Report]:
    """A bar that shows how far something is, and goes when it is done.

    Args:
        title: What is being done.

    Yields:
        A function that takes the share done, from 0 to 1.
    """
    with mo.status.progress_bar(total=100, title=title, remove_on_exit=True) as shown:
        done = 0

        def report(share: float) -> None:
            nonlocal done
            step = int(100 * min(1.0, share)) - done
            if step > 0:
                done += step
                shown.update(increment=step)

        yield report


def experiment(name: str, settings: Mapping[str, Any] | None = None) -> Result:
    """Run an experiment of the catalogue; a bar shows how far it is.

    Args:
        name: Its name there.
        settings: Settings that differ from its own.

    Returns:
        What was predicted and measured.

    Raises:
        ValueError: If a setting is refused; it says what must hold.
    """
    with progress(catalogue.find(name).title) as report:
        return catalogue.run_experiment(name, {key: str(value) for key, value in (settings or {}).items()}, report)


def table(result: Result) -> mo.Html:
    """Predicted against measured, the reason, and the command to have the same again."""
    again = html.escape(reports.command(result))
    return mo.Html(f'<div class="results">{reports.comparison(result)}<p><code>{again}</code></p></div>')


def pictures(result: Result, *places: int) -> mo.Html:
    """Pictures of a result, all of them if no places are given, each with its title and its caption."""
    wanted = [result.pictures[place] for place in places] if places else result.pictures
    return mo.vstack([_picture(each) for each in wanted])


def _picture(picture: Any) -> mo.Html:  # noqa: ANN401
    figure = picture.draw()
    if isinstance(figure, str):
        shown = mo.Html(f'<div class="svg" role="img" aria-label="{html.escape(picture.caption)}">{figure}</div>')
    else:
        shown = drawn(figure, picture.caption)
    caption = mo.Html(f"<figcaption>{html.escape(picture.caption)}</figcaption>")
    return mo.vstack([mo.md(f"### {picture.title}"), shown, caption])


def on_request(
    button: mo.ui.run_button,
    name: str,
    settings: Mapping[str, Any] | None = None,
    *places: int | slice,
    before: str = "",
) -> mo.Html:
    """An experiment that is run when its button is pressed, and why not if its settings are refused.

    Args:
        button: The button.
        name: The experiment's name in the catalogue.
        settings: Settings that differ from its own.
        places: The pictures to show under the table; `ALL` for all of them.
        before: What stands there until then, in Markdown.

    Returns:
        What to show.
    """
    if not button.value:
        return mo.md(before)
    try:
        result = experiment(name, settings)
    except ValueError as refusal:
        return refused(refusal)
    wanted = [place for each in places for place in _places(result, each)]
    return mo.vstack([table(result), pictures(result, *wanted)]) if wanted else table(result)


def _places(result: Result, each: int | slice) -> Sequence[int]:
    places = range(len(result.pictures))
    return places[each] if isinstance(each, slice) else [each]


def refused(problem: Exception) -> mo.Html:
    """Why something cannot be done, for a reader: without the name of the function that refused it, which leads messages."""
    said = re.sub(r"^((?:line \d+, )?column \d+: |)[a-z_]\w*: ", r"\1", str(problem))
    return mo.callout(mo.Html(f"<div>{html.escape(said)}</div>"), kind="warn")
