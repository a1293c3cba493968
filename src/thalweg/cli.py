"""The command `thalweg`. It imports nothing heavy before it is needed, and computes nothing itself."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from thalweg.experiments import catalogue
from thalweg.experiments.settings import from_pairs, resolve
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

    Settings of the colour organ: start, lr, steps, tolerance, data (grid, class, tones), seed, off_target, loss (squared,
    cross-entropy, logistic, exponential, hinge), parameter (ohm, log). Exit status: 0 forecast and run agree, 1 they
    differ, 2 bad input.
    """
    entry = catalogue.find(name)
    given = from_pairs([*(settings or []), *(pairs or [])])
    resolve(entry.defaults, given)
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
