"""The command `thalweg`. It imports nothing heavy before it is needed, and computes nothing itself."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from thalweg.experiments import catalogue
from thalweg.experiments.entry import settle
from thalweg.experiments.settings import about, from_pairs
from thalweg.progress import bar

DIFFERS, BAD_INPUT = 1, 2

app = typer.Typer(
    help="A laboratory for gradient descent: it predicts what descent will do, runs it, and compares the two.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command("list")
def list_experiments(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead of a table.")] = False,
) -> None:
    """List the experiments."""
    if as_json:
        rows = [
            {"experiment": e.name, "title": e.title, "seed_reference": e.seed_reference} for e in catalogue.entries()
        ]
        print(json.dumps(rows, indent=2))
        return
    width = max(len(e.name) for e in catalogue.entries())
    for entry in catalogue.entries():
        print(f"{entry.name:<{width}}  {entry.title} ({entry.seed_reference})")


@app.command("show")
def show_experiment(
    name: Annotated[str, typer.Argument(help="An experiment's name; `thalweg list` shows them.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON object.")] = False,
) -> None:
    """Show what an experiment asks, and what can be set of it."""
    entry = catalogue.find(name)
    values = asdict(settle(entry, {}))
    described = {key: {"about": text, "default": values[key]} for key, text in about(entry.settings).items()}
    if as_json:
        said = {key: getattr(entry, key) for key in ("title", "question", "official", "seed_reference")}
        print(json.dumps({"experiment": entry.name, **said, "settings": described}, indent=2))
        return
    print(f"{entry.title} ({entry.seed_reference})\n{entry.question}\n")
    width = max(len(key) for key in described)
    for key, said in described.items():
        print(f"  {key:<{width}}  {said['about']} [{_text(said['default'])}]")
    print(f"\nthalweg run {entry.name} KEY=VALUE ...")


@app.command("run")
def run_experiment(
    name: Annotated[str, typer.Argument(help="An experiment's name; `thalweg list` shows them.", show_default=False)],
    pairs: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Settings, as with --set.", show_default=False)
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting; may be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the page goes; out/NAME if it is not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON object.")] = False,
) -> None:
    """Run an experiment: predict, run, compare; print the table and write the page.

    `thalweg show NAME` lists its settings. Exit status: 0 forecast and run agree, 1 they differ, 2 bad input.
    """
    entry = catalogue.find(name)
    given = from_pairs([*(settings or []), *(pairs or [])])
    settle(entry, given)
    from thalweg import report

    folder = out or Path("out") / entry.name.replace("/", "-")
    report.check_folder(folder)
    with bar(entry.title) as tell:
        result = catalogue.run_experiment(name, given, tell)
    report.write(result, folder)
    if as_json:
        print(json.dumps(report.to_json(result)))
    else:
        report.print_result(result, folder)
    sys.exit(0 if result.verdict == "agrees" else DIFFERS)


def _text(value: object) -> str:
    """A default as it would be typed."""
    if value is None:
        return "chosen"
    return ",".join(f"{part:g}" for part in value) if isinstance(value, tuple) else str(value)


def main() -> None:
    """Run the command; bad input ends it with a message and status 2 (and a traceback if THALWEG_TRACE is set)."""
    try:
        app()
    except ValueError as error:
        if os.environ.get("THALWEG_TRACE"):
            raise
        print(f"thalweg: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        print("thalweg: interrupted; nothing was written", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
