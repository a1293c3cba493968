"""Public names that are imported when they are first used, so that the command answers at once."""

import importlib
from collections.abc import Callable, Mapping, Sequence


def importer(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """A package's `__getattr__`.

    Args:
        package: The package's name.
        homes: The public names of each of its modules.

    Returns:
        What finds a public name in its module; it raises `AttributeError` for any other.

    Example:
        >>> importer("thalweg", {"losses": ["Loss"]})("Loss").__name__
        'Loss'
    """
    home = {name: module for module, names in homes.items() for name in names}

    def found(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{package}.{home[name]}"), name)

    return found
