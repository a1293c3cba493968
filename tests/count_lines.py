"""Prints the lines of every file under src and the ten longest functions, docstrings apart: what is shown stays small."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"


def lengths(path: Path) -> list[tuple[int, str]]:
    """Every function of a file with its length, from `def` to its end, less its docstring."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            has_docstring = ast.get_docstring(node) is not None
            docstring = first.end_lineno - first.lineno + 1 if has_docstring else 0
            found.append((node.end_lineno - node.lineno + 1 - docstring, f"{path.relative_to(SOURCE)}:{node.name}"))
    return found


def main() -> None:
    files = sorted(SOURCE.rglob("*.py"))
    counts = {path: len(path.read_text().splitlines()) for path in files}
    for path, count in counts.items():
        print(f"{count:6d}  {path.relative_to(SOURCE)}")
    print(f"{sum(counts.values()):6d}  in all\n\nthe longest functions, docstrings apart:")
    for count, name in sorted((pair for path in files for pair in lengths(path)), reverse=True)[:10]:
        print(f"{count:6d}  {name}")


if __name__ == "__main__":
    main()
