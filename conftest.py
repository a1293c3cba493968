"""Every file that says shapes of arrays has them checked at run time; the others have their types checked by `make lint`."""

from pathlib import Path

from jaxtyping import install_import_hook

SOURCE = Path(__file__).parent / "src"
FILES = [path for path in (SOURCE / "thalweg").rglob("*.py") if "from jaxtyping import" in path.read_text()]
SHAPED = [".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in FILES]

install_import_hook(SHAPED, "beartype.beartype")
