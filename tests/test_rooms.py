"""Imports run one way: a file may import what stands before its room in this list, and its own room."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from jaxtyping import TypeCheckError

import thalweg
from thalweg import claims
from thalweg.spectrum import decompose

SOURCE = Path(__file__).parent.parent / "src" / "thalweg"
SPINE = """once losses problem solvers linearization spectrum filters direct rules modes minibatch outcome temporaries threads
engine rows progress descent flow_line flow forecast comparison"""
ORDER = [
    "laziness",
    "scratch",
    "calculus",
    "claims",
    *SPINE.split(),
    "subjects",
    "draw",
    "experiments",
    "report",
    "lab",
    "cli",
]
ALONE = {"__init__", "conftest"}  # the first names everything, and imports it only when it is asked for
IN_CLAIMS = [
    "clock",
    "nouns",
    "echo",
    "expand",
    "rational",
    "hunt",
    "numbers",
    "singular",
    "proofs",
    "analysis",
    "mending",
    "check",
    "files",
    "domains",
    "stating",
]
FILES = sorted(path for path in SOURCE.rglob("*.py") if path.stem not in ALONE or path.parent != SOURCE)


def imported(path: Path) -> set[str]:
    """The full names of all modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides its room"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_imports_only_what_stands_below_it(path):
    assert room(path) in ORDER, f"{room(path)} has no place in the order of rooms: give it one in test_rooms.py"
    known = {name.split(".")[1] for name in imported(path) if name.startswith("thalweg.")} & {*ORDER}
    above = {name for name in known - {room(path)} if ORDER.index(name) > ORDER.index(room(path))}
    assert not above, f"{path.name} is in {room(path)} and must not import {sorted(above)}"
    if room(path) != "draw":
        assert not {name for name in imported(path) if name.split(".")[0] == "plotly"}, "only draw knows plotly"


@pytest.mark.parametrize("path", sorted((SOURCE / "claims").glob("[!_]*")), ids=lambda path: path.stem)
def test_the_rooms_of_claims_stand_one_above_the_other(path):
    files = path.rglob("*.py") if path.is_dir() else [path]
    names = {name.split(".")[2] for file in files for name in imported(file) if name.startswith("thalweg.claims.")}
    above = {name for name in names & {*IN_CLAIMS} if IN_CLAIMS.index(name) > IN_CLAIMS.index(path.stem)}
    assert not above, f"claims/{path.stem} must not import {sorted(above)}"


@pytest.mark.parametrize("path", sorted((SOURCE / "lab" / "pages").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_pages_import_what_computes_and_compute_nothing(path):
    packages = {".".join(name.split(".")[:2]) for name in imported(path)}
    assert packages <= {"marimo", "thalweg.draw", "thalweg.experiments", "thalweg.lab", "thalweg.subjects"}


def test_from_scratch_there_is_numpy_and_nothing_else():
    for path in (SOURCE / "scratch").glob("*.py"):
        packages = {name.split(".")[0] for name in imported(path)} - {"thalweg", *sys.stdlib_module_names}
        assert packages <= {"numpy"}, f"{path.name} imports {packages}"


def test_no_public_name_is_hidden_by_a_module():
    """Once a submodule is imported its package has it as an attribute, under the module's name."""
    for package in (thalweg, claims):
        modules = {path.stem for path in Path(package.__file__).parent.iterdir()}
        assert not modules & set(package.__all__)


def test_shapes_that_are_said_are_checked_at_run_time():
    with pytest.raises(TypeCheckError, match="decompose"):
        decompose(torch.zeros(3))


@pytest.mark.parametrize("module", ["thalweg", "thalweg.cli"])
def test_import_is_quick_because_torch_waits(module):
    if module == "thalweg.cli" and not (SOURCE / "cli.py").exists():
        pytest.skip("there is no cli.py yet")
    heavy = ("torch", "plotly", "scipy", "xarray", "numpy")
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", "loaded before anything was asked of it"
