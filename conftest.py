"""Every file that says shapes of arrays has them checked at run time; the others have their types checked by `make lint`."""

import importlib
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

SOURCE = Path(__file__).parent / "src"
FILES = [path for path in (SOURCE / "thalweg").rglob("*.py") if "from jaxtyping import" in path.read_text()]
SHAPED = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in FILES]

# What a file under the hook is first to import, is compiled anew in every process: the hook looks for its bytecode elsewhere.
for large in ("beartype", "plotly.graph_objects", "scipy.integrate", "xarray"):
    importlib.import_module(large)
install_import_hook(SHAPED, "beartype.beartype")


def pytest_configure(config: pytest.Config) -> None:
    """Several workers take files as they stand: by default those of few tests come last, and some of them take a minute."""
    config.option.loadscopereorder = False
