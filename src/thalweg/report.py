"""An experiment's result for people and programs: a table in the terminal, JSON, and one self-contained page.

The page needs no network: plotly's script, the figures and all style are written into it. Nothing is computed here.
"""

import html
import json
import math
import os
import shlex
import tempfile
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalweg.comparison import Quantity, show
from thalweg.experiments.result import Picture, Result

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

DRAW = Path(__file__).parent / "draw"

_HEADINGS = ("quantity", "predicted", "measured", "difference", "verdict", "why so close")


def to_json(result: Result) -> dict[str, Any]:
    """A result for programs, in strictly valid JSON: plain numbers, and null for what is not a finite one.

    Args:
        result: What an experiment gave.

    Returns:
        Experiment, seed reference, settings, predicted, measured, verdict, reason and seconds, in this order.
    """
    return {
        "experiment": result.experiment,
        "seed_reference": result.seed_reference,
        "settings": as_plain(result.settings),
        "predicted": as_plain(result.predicted),
        "measured": as_plain(result.measured),
        "verdict": result.verdict,
        "reason": result.reason,
        "seconds": as_plain(result.seconds),
    }


def as_plain(value: Any) -> Any:  # noqa: ANN401
    """A value as JSON knows it: tensors and arrays become lists, words of an outcome a string, NaN and infinity None.

    Example:
        >>> as_plain({"R": torch.tensor(2.0), "path": (1, math.inf), "done": True})
        {'R': 2.0, 'path': [1, None], 'done': True}
    """
    if value is None or isinstance(value, bool | str) or type(value) is int:
        return value
    if isinstance(value, Enum):
        return value.name.replace("_", " ")
    if isinstance(value, Mapping):
        return {str(as_plain(key)): as_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_plain(entry) for entry in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if callable(getattr(value, "tolist", None)):  # Tensors and arrays, and their numbers.
        return as_plain(value.tolist())
    return str(value)


def print_table(result: Result, console: "Console") -> None:
    """Print what was predicted and what was measured, quantity by quantity, the verdict and its reason.

    Args:
        result: What an experiment gave.
        console: Where to print.
    """
    from rich.text import Text

    console.print(table(result))
    console.print(Text(f"{result.verdict}: {result.reason}", style=_COLOURS[result.verdict]))


def print_result(result: Result, folder: Path) -> None:
    """Print the table and where the page is, to the terminal.

    Args:
        result: What an experiment gave.
        folder: Where `write` put its page.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console()
    print_table(result, console)
    console.print(Text(f"page: {folder / 'index.html'}"), soft_wrap=True)


def table(result: Result) -> "Table":
    """The comparison as a table for the terminal.

    Args:
        result: What an experiment gave.

    Returns:
        A table of five columns, one row a quantity.
    """
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=Text(result.title), title_justify="left")
    for number, heading in enumerate(_HEADINGS[:-1]):
        drawn.add_column(heading, justify="right" if number in (1, 2, 3) else "left")
    for quantity in result.comparison.quantities:
        cells = _cells(quantity)
        drawn.add_row(*(Text(cell) for cell in cells[:-1]), Text(cells[-1], style=_COLOURS.get(cells[-1], "")))
    return drawn


def write(result: Result, folder: Path) -> None:
    """Write `index.html` and `result.json` into a folder, each of them whole or not at all.

    Args:
        result: What an experiment gave; its pictures are drawn now.
        folder: Where to write; it is made if it is missing.

    Raises:
        ValueError: If the folder cannot be made or written.
    """
    texts = {
        "index.html": page(result),
        "result.json": json.dumps(to_json(result), indent=2, allow_nan=False, ensure_ascii=False) + "\n",
    }
    check_folder(folder)
    try:
        for name, text in texts.items():
            _replace(folder / name, text)
    except OSError as error:
        raise ValueError(_unwritable(folder, error)) from error


def check_folder(folder: Path) -> None:
    """Make the folder if it is missing, and refuse one that cannot be written, before anything is computed for it.

    Args:
        folder: The folder.

    Raises:
        ValueError: If the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(_unwritable(folder, error)) from error


def page(result: Result) -> str:
    """The whole page: question, answer, settings, table, reason, pictures, and the command to have it again.

    Args:
        result: What an experiment gave; its pictures are drawn now.

    Returns:
        One HTML document that loads nothing.
    """
    from thalweg.draw import style

    drawn = [_picture(picture, number) for number, picture in enumerate(result.pictures)]
    plots = {f"picture-{number}": figure for number, (_, figure) in enumerate(drawn) if figure}
    parts = {
        "title": _escape(result.title),
        "question": _escape(result.question),
        "seed": _escape(result.seed_reference),
        "official": f"<p><b>Official answer.</b> {_escape(result.official)}</p>" if result.official else "",
        "settings": _settings(result.settings),
        "comparison": comparison(result),
        "verdict": result.verdict,
        "pictures": "\n".join(text for text, _ in drawn),
        "command": _escape(command(result)),
        "seconds": _escape(f"{result.seconds:.3g}"),
        "plots": "{" + ",".join(f'"{name}":{figure}' for name, figure in plots.items()) + "}",
        "plotly": f"<script>{style.plotly_script()}</script>" if plots else "",
        "style": "".join((DRAW / name).read_text(encoding="utf-8") for name in ("results.css", "plotting.css")),
        "plotting": (DRAW / "plotting.js").read_text(encoding="utf-8"),
    }
    text = (DRAW / "page.html").read_text(encoding="utf-8")
    before, *pieces = text.split("{{")
    return before + "".join(parts[piece.split("}}", 1)[0]] + piece.split("}}", 1)[1] for piece in pieces)


def comparison(result: Result) -> str:
    """Predicted against measured as a table, and the reason, in HTML; `draw/results.css` is its style.

    Example:
        >>> from thalweg.experiments.catalogue import run_experiment
        >>> comparison(run_experiment("organ/lamps")).count("<tr>")
        3
    """
    kinds = ("", "number", "number", "number", "", "")
    cells = [
        f'<th scope="col" class="{kind}">{text}</th>' if kind else f'<th scope="col">{text}</th>'
        for text, kind in zip(_HEADINGS, kinds, strict=True)
    ]
    return (
        f'<div class="scroll" tabindex="0">\n<table>\n<thead><tr>{"".join(cells)}</tr></thead>\n'
        f"<tbody>\n{_table(result)}\n</tbody>\n</table>\n</div>\n"
        f'<p class="reason">{_escape(result.reason)}</p>'
    )


_COLOURS = {"agrees": "green", "differs": "bold red", "": ""}


def _cells(quantity: Quantity) -> tuple[str, str, str, str, str]:
    """One row of the comparison in words and digits."""
    name = f"{quantity.name} ({quantity.unit})" if quantity.unit else quantity.name
    known = quantity.predicted is not None and quantity.measured is not None
    verdict = "" if not known else "agrees" if quantity.agrees else "differs"
    predicted = f"{quantity.bound} {show(quantity.predicted)}".strip()
    return name, predicted, show(quantity.measured), show(quantity.difference), verdict


def _why(quantity: Quantity) -> str:
    """How far a number may be off, if it is no bound, and why."""
    if quantity.bound or quantity.difference is None or not quantity.within:
        return quantity.reason
    return f"within {show(quantity.within)}: {quantity.reason}"


def _table(result: Result) -> str:
    """The comparison as rows of an HTML table, with the reason for each tolerance."""
    rows = []
    for quantity in result.comparison.quantities:
        name, *cells, verdict = _cells(quantity)
        values = (quantity.predicted, quantity.measured, quantity.difference)
        kinds = ["word" if isinstance(value, str) else "number" for value in values]
        numbers = "".join(f'<td class="{kind}">{_escape(cell)}</td>' for kind, cell in zip(kinds, cells, strict=True))
        word = verdict or ("not measured" if quantity.measured is None else "not compared")
        word = f'<td><span class="{verdict or "open"}">{word}</span></td>'
        rows.append(f'<tr><th scope="row">{_escape(name)}</th>{numbers}{word}<td>{_escape(_why(quantity))}</td></tr>')
    return "\n".join(rows)


def command(result: Result) -> str:
    """What to type to have this result again: every setting that was in force."""
    plain = {key: as_plain(value) for key, value in result.settings.items()}
    texts = {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in plain.items()}
    pairs = [f"{key}={texts[key]}" for key, value in plain.items() if value is not None]
    return shlex.join(["thalweg", "run", result.experiment, *pairs])


def _settings(settings: dict[str, Any]) -> str:
    """The settings as a list of names and values."""
    pairs = ((name, _words(as_plain(value))) for name, value in settings.items())
    return "".join(f"<div><dt>{_escape(name)}</dt><dd>{_escape(text)}</dd></div>" for name, text in pairs)


def _words(value: Any) -> str:  # noqa: ANN401
    """A plain value for a reader."""
    if isinstance(value, list):
        return ", ".join(_words(entry) for entry in value)
    if value is None or isinstance(value, bool | dict):
        return "none" if value is None else json.dumps(value)
    return show(value)


def _picture(picture: Picture, number: int) -> tuple[str, str]:
    """A picture's place on the page, and its figure as JSON; an SVG stands in its place at once."""
    from thalweg.draw import style

    drawn = picture.draw()
    svg, plot = (drawn, "") if isinstance(drawn, str) else ("", style.as_json(drawn))
    caption = _escape(picture.caption)
    kind = "svg" if svg else "plot"
    return (
        f"<figure><h3>{_escape(picture.title)}</h3>\n"
        f'<div id="picture-{number}" class="{kind}" role="img" aria-label="{caption}">{svg}</div>\n'
        f"<figcaption>{caption}</figcaption></figure>",
        plot,
    )


def _unwritable(folder: Path, error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return f"report: need a folder that can be written, got {str(folder)!r} ({reason})"


def _replace(path: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody ever sees half of it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _escape(text: str) -> str:
    return html.escape(text, quote=True)
