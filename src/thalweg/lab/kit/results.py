"""Experiments on a page: run with a bar, their comparison as a table, their pictures."""

import html
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import marimo as mo

from thalweg import report as reports
from thalweg.draw.explorables.chart import drawn
from thalweg.experiments import catalogue
from thalweg.experiments.result import Result
from thalweg.progress import Report


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


def refused(problem: Exception) -> mo.Html:
    """Why something cannot be done, for a reader."""
    return mo.callout(mo.md(html.escape(str(problem))), kind="warn")
