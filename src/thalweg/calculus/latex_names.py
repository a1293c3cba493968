r"""Names in LaTeX: what `\hat{\sigma}_{\max}`, `\mathbf{W}^{(2)}` and `w_{t+1}` are called in plain text.

LaTeX cannot tell a name with a number, `W2`, from an entry, `x[1]`: both are written with a subscript. A declared name decides;
where none does, a number below a small Latin letter is an index, and elsewhere part of the name.
"""

import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from thalweg.calculus.latex_tree import ACCENTS, WRAPPERS, Node
from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.tokens import NAME

_LETTERS = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi
omega ell Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
GREEK = {
    **{name: (name,) for name in _LETTERS.split()},
    **{f"var{name}": (name,) for name in ("theta", "pi", "rho", "sigma", "phi")},
    "lambda": ("lam", "lambda"),
    "epsilon": ("epsilon", "eps"),
    "varepsilon": ("epsilon", "eps"),
}
_MOST_LABELS = 4


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is put together.

    Attributes:
        stems: How its letter may be spelled, the usual spelling first.
        labels: What is written around the letter, in order: `hat`, `max`, `2`, `star`.
        index: What stands in brackets behind it in plain text, if anything.
    """

    stems: tuple[str, ...]
    labels: tuple[str, ...] = ()
    index: tuple[Node, ...] = ()

    def spelled(self, names: Collection[str]) -> str:
        """The name in plain text: a declared one where one fits."""
        found = self.declared(names)
        number = next((label for label in self.labels if label.isdigit()), "")
        rest = list(self.labels)
        if number:
            rest.remove(number)
        return found or "_".join([self.stems[0] + number, *rest])

    def declared(self, names: Collection[str]) -> str:
        """The declared name that is written so; "" if there is none."""
        for stem in self.stems if names else ():
            for labels in itertools.permutations(self.labels):
                glued = "_".join([stem + "".join(labels[:1]), *labels[1:]])
                for spelling in ("_".join([stem, *labels]), glued):
                    if spelling in names:
                        return spelling
        return ""

    def with_label(self, label: str) -> "Name":
        """The name with one more thing written around it."""
        return replace(self, labels=(*self.labels, label))


def named(node: Node, names: Collection[str]) -> tuple[Name, tuple[Node, ...]] | None:
    r"""The name that a node is, and what of its superscript does not belong to the name.

    Args:
        node: A letter, a Greek letter, a word; with a font, an accent, a subscript, a layer `^{(2)}` or a star.
        names: What is declared.

    Returns:
        The name and the rest of the superscript; None if the node is no name.

    Raises:
        SyntaxProblem: If its subscript cannot be read.
    """
    name = _nucleus(node, names)
    if name is None:
        return None
    if node.below:
        name = _with_subscript(name, node.below, names)
    if len(name.labels) > _MOST_LABELS:
        raise SyntaxProblem(f"need at most {_MOST_LABELS} labels on a name", node.column)
    return _with_superscript(name, node.above or (), names)


def unwrapped(node: Node) -> Node | None:
    r"""The only node within a font or braces: of `\mathbf{x}` it is x."""
    wraps = node.kind == "group" or (node.kind == "command" and node.text in WRAPPERS)
    return node.parts[0][0] if wraps and len(node.parts[0]) == 1 else None


def _nucleus(node: Node, names: Collection[str]) -> Name | None:
    """The name without the scripts of the node."""
    if node.kind == "letter":
        return Name((node.text,))
    if node.kind == "words" and re.fullmatch(rf"{NAME}(?:\[.*\])?", node.text):
        return Name((node.text,))
    if node.kind == "command" and node.text in GREEK:
        return Name(GREEK[node.text])
    inner = (
        node.parts[0][0]
        if node.text in ACCENTS and node.kind == "command" and len(node.parts[0]) == 1
        else unwrapped(node)
    )
    if inner is None or inner.primed:
        return None
    found = named(inner, names)
    if found is None or found[1] or found[0].index:
        return None
    return found[0].with_label(ACCENTS[node.text]) if node.text in ACCENTS else found[0]


# Subscripts


def _with_subscript(name: Name, below: tuple[Node, ...], names: Collection[str]) -> Name:
    """The name with what stands below it: a label, or an index."""
    if is_shift(below):
        return replace(name, index=below)
    labels = labels_of(below)
    longer = replace(name, labels=(*name.labels, *labels))
    if longer.declared(names):
        return longer
    base = name.spelled(names)
    if f"{base}[{','.join(labels)}]" in names:
        return replace(name, index=below)
    if labels == ("t",) or (all(label.isdigit() for label in labels) and _is_entry(name, base, len(labels), names)):
        return replace(name, index=below)
    return longer


def _is_entry(name: Name, base: str, count: int, names: Collection[str]) -> bool:
    """Whether numbers below a name are places in it."""
    return count > 1 or base in names or re.fullmatch("[a-z]", name.stems[0]) is not None


def is_shift(nodes: tuple[Node, ...]) -> bool:
    """Whether nodes are `t+1` or the like."""
    return (
        len(nodes) == 3
        and all(node.is_bare for node in nodes)
        and (nodes[0].kind == "letter" or nodes[0].text in GREEK)
        and (nodes[1].kind, nodes[1].text) in (("sign", "+"), ("sign", "-"))
        and nodes[2].kind == "number"
    )


def labels_of(nodes: tuple[Node, ...]) -> tuple[str, ...]:
    """What a subscript says, part by part between commas.

    Raises:
        SyntaxProblem: If it is no label.
    """
    parts = [""]
    for node in nodes:
        if (node.kind, node.text) == ("sign", ","):
            parts.append("")
        else:
            parts[-1] += _word(node)
    if not all(parts):
        raise SyntaxProblem("need a label between the commas of a subscript", nodes[0].column)
    return tuple(parts)


def _word(node: Node) -> str:
    """A piece of a label."""
    inner = unwrapped(node)
    if inner is not None and node.is_bare:
        return _word(inner)
    if node.is_bare and node.kind in ("letter", "number", "words", "function"):
        word = node.text.replace(" ", "_").replace("-", "_")
    elif node.is_bare and node.kind == "command":
        word = GREEK[node.text][0] if node.text in GREEK else _LABELS.get(node.text, "")
    else:
        word = "star" if (node.kind, node.text) == ("sign", "*") else ""
    if not re.fullmatch(r"(?:(?![²³])\w)+", word):
        raise SyntaxProblem("need a label below a name (letters, numbers, or an index such as t+1)", node.column)
    return word


_LABELS = {"max": "max", "min": "min", "star": "star", "ast": "star", "infty": "inf"}

# Superscripts


def _with_superscript(name: Name, above: tuple[Node, ...], names: Collection[str]) -> tuple[Name, tuple[Node, ...]]:
    r"""The name with a star or a layer above it, and the rest of what stands above."""
    while above and above[0].is_bare:
        first, rest = above[0], above[1:]
        if (first.kind, first.text) in (("sign", "*"), ("command", "ast"), ("command", "star")):
            name, above = name.with_label("star"), rest
        elif (found := _layer(name, first, rest, names)) is not None:
            name, above = found, rest
        else:
            break
    return name, above


def _layer(name: Name, fence: Node, rest: tuple[Node, ...], names: Collection[str]) -> Name | None:
    """The name with the `(2)`, `(i)` or `(t+1)` above it; None if what stands there is an exponent."""
    if (
        fence.kind != "fence"
        or fence.text != "( )"
        or not all(is_transpose(node) or node.text in ("*", "star") for node in rest)
    ):
        return None
    inside = fence.parts[0]
    if is_shift(inside):
        return None if name.index else replace(name, index=inside)
    if len(inside) != 1 or not inside[0].is_bare or inside[0].kind not in ("letter", "number", "words"):
        return None
    labels = labels_of(inside)
    is_index = labels == ("t",) or f"{name.spelled(names)}[{labels[0]}]" in names
    if is_index and not name.index and not name.with_label(labels[0]).declared(names):
        return replace(name, index=inside)
    return name.with_label(labels[0])


def is_transpose(node: Node) -> bool:
    r"""Whether a superscript is `T`, `\top` or the like."""
    inner = unwrapped(node)
    if inner is not None and node.is_bare:
        return is_transpose(inner)
    if not node.is_bare:
        return False
    return (node.kind in ("letter", "words") and node.text == "T") or (
        node.kind == "command" and node.text in ("top", "intercal", "prime")
    )
