"""The command `thalweg`. It imports nothing heavy before it is needed, and computes nothing itself."""

import json
import os
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from thalweg.experiments import catalogue
from thalweg.experiments.entry import settle
from thalweg.experiments.settings import about, from_pairs
from thalweg.progress import Report, bar

if TYPE_CHECKING:
    from thalweg.claims.files.marking import Marked

DIFFERS, BAD_INPUT, INTERRUPTED = 1, 2, 130
RUN_SECONDS = 300.0  # The most that a file of claims may ask of one experiment.

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


@app.command("derive")
def derive_expression(
    expression: Annotated[
        str | None, typer.Argument(help="A scalar, vector or matrix, in plain text or LaTeX.", show_default=False)
    ] = None,
    wrt: Annotated[str | None, typer.Option(help="The name with respect to which it is differentiated.")] = None,
    shapes: Annotated[list[str] | None, typer.Option("--shape", help="'A: n x m', 'x: n' or 'a: scalar'.")] = None,
    scalar: Annotated[list[str] | None, typer.Option(help="A name that is a scalar.")] = None,
    vector: Annotated[list[str] | None, typer.Option(help="A name that is a column vector.")] = None,
    matrix: Annotated[list[str] | None, typer.Option(help="A name that is a matrix.")] = None,
    symmetric: Annotated[list[str] | None, typer.Option(help="A matrix that is symmetric.")] = None,
    orthogonal: Annotated[list[str] | None, typer.Option(help="A matrix that is orthogonal.")] = None,
    diagonal: Annotated[list[str] | None, typer.Option(help="A matrix that is diagonal.")] = None,
    positive: Annotated[list[str] | None, typer.Option(help="A scalar that is positive.")] = None,
    second: Annotated[bool, typer.Option("--second", help="Differentiate once more.")] = False,
    as_latex: Annotated[bool, typer.Option("--latex", help="Print the lines in LaTeX.")] = False,
    show_list: Annotated[bool, typer.Option("--list", help="List known derivatives instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON value.")] = False,
) -> None:
    """Derive: the derivative of an expression, step by step, confirmed by two engines and by autograd.

    Capital letters are matrices, small ones column vectors, Greek ones and `lam` scalars; sizes are found from the use.
    A scalar by a column vector gives a row; a vector by a vector gives a matrix with a row for each output.
    """
    from thalweg.calculus import told

    if show_list:
        _list_identities(as_json)
        return
    kinds = {"scalar": scalar, "vector": vector, "matrix": matrix}
    traits = {"symmetric": symmetric, "orthogonal": orthogonal, "diagonal": diagonal, "positive": positive}
    question = told.Question(*_asked(expression, wrt), tuple(shapes or ()), _by_name(kinds), _by_name(traits), second)
    derivation = told.answered(question)
    print(json.dumps(told.as_json(derivation), indent=2) if as_json else told.told(derivation, as_latex))


def _asked(expression: str | None, wrt: str | None) -> tuple[str, str]:
    """What is differentiated, and by what; both must be said."""
    if expression is None or wrt is None:
        raise ValueError('derive: need an expression and --wrt NAME, such as: thalweg derive "x\' A x" --wrt x')
    return expression, wrt


def _by_name(given: dict[str, list[str] | None]) -> dict[str, str]:
    """Names with what was said of them."""
    return {name: word for word, names in given.items() for name in names or ()}


def _list_identities(as_json: bool) -> None:
    """The table of known derivatives."""
    from thalweg.calculus.identities import IDENTITIES

    if as_json:
        print(json.dumps([asdict(identity) for identity in IDENTITIES], indent=2))
        return
    width = max(len(identity.text) for identity in IDENTITIES)
    group = ""
    for identity in IDENTITIES:
        if identity.group != group:
            group = identity.group
            print(f"\n{group}")
        traits = ", ".join(f"{name} {trait}" for name, trait in dict(identity.traits).items())
        known = f"   ({traits})" if traits else ""
        print(f"  {identity.text:<{width}}  by {identity.wrt:<6}  {identity.derivative}{known}")


@app.command("check")
def check_claims(
    file: Annotated[str, typer.Argument(help="A Markdown file with claims; - is standard input.", show_default=False)],
    form: Annotated[
        Literal["text", "json", "gradescope", "otter"] | None,
        typer.Option("--format", help="What is printed; text if it is not given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds-per-claim", min=0.1, max=600, help="The most time for one claim.")
    ] = 5.0,
) -> None:
    """Check the claims in a file: each gets a proof, a test or a counterexample. docs/claims.md has the language.

    Exit status: 0 all are proved or passed, 1 some are not, 2 something in the file cannot be read.
    """
    from thalweg.claims.files import graders, report

    said = _form(form, as_json)
    marked = _marked(_told_claims(file, said), seconds)
    if said == "text":
        report.print_text(marked)
    else:
        print(graders.dumped(marked, said), end="")
    sys.exit(marked.status)


def _form(form: str | None, as_json: bool) -> str:
    """What is printed; two answers to that are refused."""
    if as_json and form not in ("json", None):
        raise ValueError(f"check: need --json or --format {form}, got both")
    return "json" if as_json else form or "text"


def _told_claims(file: str, form: str) -> str:
    """The text of a claim file; of one that cannot be read, programs are told in their format too."""
    from thalweg.claims.files import document, graders, marking

    try:
        return _claims(file)
    except ValueError as error:
        if form != "text":
            print(graders.dumped(marking.mark(document.unreadable(str(error))), form), end="")
        raise


def _claims(file: str) -> str:
    """The text of a claim file; a file that is too large is not read."""
    from thalweg.claims.files.markdown import MOST_BYTES

    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
            found = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"check: need a file that can be read, got {file}: {error.strerror}") from error
    if len(found) > MOST_BYTES:
        raise ValueError(f"check: need at most {MOST_BYTES // 1024} KB, got more")
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        before = found[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
        raise ValueError(
            f"check: line {line}, column {column}: need UTF-8 text, got byte {found[error.start]:#x}"
        ) from None


def _marked(text: str, seconds: float) -> "Marked":
    """A claim file, checked behind a progress bar; its experiments are run once each, when a claim asks for them."""
    from thalweg.claims.files.document import read
    from thalweg.claims.files.marking import mark

    document = read(text)
    done = [0.0]
    with bar("checking claims") as tell:

        def report(share: float) -> None:
            done[0] = share
            tell(share)

        def runner(name: str, given: dict[str, str]) -> dict[str, object]:
            inner = 1 / len(document.items)
            return _measured(name, given, lambda share: tell(done[0] + share * inner))

        return mark(document, seconds, runner=runner, report=report)


def _measured(name: str, given: dict[str, str], tell: Report) -> dict[str, object]:
    """What an experiment measures, by name: its own numbers, and the quantities that it compares."""
    from thalweg.report import as_plain

    with _limited(RUN_SECONDS):
        result = catalogue.run_experiment(name, given, tell)
    return {quantity.name: quantity.measured for quantity in result.comparison.quantities} | as_plain(result.measured)


@contextmanager
def _limited(seconds: float) -> Generator[None]:
    """Ends what takes longer, where the system has alarms."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _text(value: object) -> str:
    """A default as it would be typed."""
    if value is None:
        return "chosen"
    return ",".join(f"{part:g}" for part in value) if isinstance(value, tuple) else str(value)


@app.command("lab")
def open_laboratory(
    host: Annotated[
        str, typer.Option(help="The address to serve on; others can reach any but 127.0.0.1.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; the next free one if it is taken, any free one if it is 0.")
    ] = 8642,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open the index in a browser.")] = True,
) -> None:
    """Open the laboratory in the browser: an index, and one page a topic. Ctrl-C ends it.

    On another address than loopback a token is made, and only who has the printed address with it is let in.
    """
    import secrets
    import webbrowser

    from thalweg.lab import door, server

    listener = server.listening(host, port)
    token = "" if door.is_loopback(host) else secrets.token_urlsafe(16)
    address = server.address(listener, token)
    if token:
        print(
            f"thalweg lab: others can reach {host}; give the address below only to those who may use this machine",
            file=sys.stderr,
        )

    def ready() -> None:
        print(f"thalweg lab: {address}", flush=True)
        if show:
            webbrowser.open(address)

    server.serve(listener, token, ready)


def main() -> None:
    """Run the command; bad input ends it with a message and status 2 (and a traceback if THALWEG_TRACE is set)."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:  # Of a file, which nobody here opened to print.
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # What is left is not tried again on leaving.
        print(f"thalweg: the output could not be written: {error.strerror}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except ValueError as error:
        if os.environ.get("THALWEG_TRACE"):
            raise
        print(f"thalweg: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # Typer's word for Ctrl-C.
            print("thalweg: interrupted; nothing was written", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
