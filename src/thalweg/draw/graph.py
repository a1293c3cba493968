r"""What autograd sees: a function taken apart into torch's plain operations, with numbers on every one of them.

Each operation shows the part of the formula that it stands for, its value and the derivative of the result in it. The
function is traced, then run node by node; no derivative is written by hand.
"""

import html
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pygraphviz
import torch
from jaxtyping import Float
from torch import Tensor, fx
from torch.fx.experimental.proxy_tensor import make_fx

from thalweg.draw.wording import said

FILLS = {"parameter": "#F6D9B8", "data": "#CFE8F7", "constant": "#E4E4E4", "operation": "#FFFFFF", "result": "#CDEBDD"}
WIDE = 44  # Characters of a formula on one line.
SAME = ("unsqueeze", "squeeze", "view", "reshape", "expand", "clone", "detach", "alias", "lift_fresh_copy", "_to_copy")
SIGNS = {"add": (1, " + "), "sub": (1, " − "), "mul": (2, "·"), "div": (2, " / ")}
POWERS = str.maketrans("0123456789-−.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻·")
ROUNDINGS = 16  # Units of rounding below which a derivative is nothing else.
ATOM = 4  # How tightly a name, a number or a call holds together; a power 3, a product 2, a sum 1.


@dataclass(frozen=True)
class GraphNode:
    r"""One node of a computation: an input or an operation.

    Attributes:
        name: The name of an input, or torch's name for the operation with a number.
        operation: The torch operation; `parameter` or `data` for an input.
        formula: What it stands for, in terms of the inputs.
        value: Its value.
        derivative: The derivative of the result in it, of the same shape; None for whole numbers.
        backward: The name of autograd's node that carries the derivative back through it; empty for an input.
    """

    name: str
    operation: str
    formula: str
    value: Tensor
    derivative: Tensor | None
    backward: str


def nodes(function: Callable[..., Tensor], inputs: dict[str, Tensor]) -> list[GraphNode]:
    r"""Every input and operation of a function, in the order in which torch computes them.

    Args:
        function: Gives one number of the inputs, in their order, with torch operations.
        inputs: The inputs by name. Those that require a gradient are parameters and the others data; if none does,
            all are parameters. Derivatives are worked out for all of them.

    Returns:
        The nodes, the result last.

    Raises:
        ValueError: If the function gives anything but one number, or one that no input changes.

    Example:
        >>> square, total = nodes(lambda x: x * x + 1, {"x": torch.tensor(3.0)})[1:]
        >>> square.formula, float(square.value), float(square.derivative), square.backward
        ('x²', 9.0, 1.0, 'MulBackward0')
        >>> total.formula, float(total.value)
        ('1 + x²', 10.0)
    """
    traced, result = _trace(function, inputs), None
    roles, formulas = _roles(inputs), _formulas(traced, list(inputs))
    values = _values(traced, inputs)
    drawn = [node for node in traced.nodes if node.op in ("placeholder", "call_function")]
    result = values[_result(traced)]
    _check_result(result)
    result.sum().backward()
    names = iter(inputs)
    found = []
    for node in drawn:
        entry = node.op == "placeholder"
        name = next(names) if entry else node.name
        operation = roles[name] if entry else f"torch.{_operation(node)}"
        value = values[node]
        backward = value.grad_fn.name() if value.grad_fn is not None else ""
        found.append(GraphNode(name, operation, formulas[node][0], value.detach(), value.grad, backward))
    return found


def computation_graph(function: Callable[..., Tensor], inputs: dict[str, Tensor]) -> str:
    r"""The computation as a drawing: inputs and constants at the top, the result at the bottom.

    Args:
        function: Gives one number of the inputs, in their order, with torch operations.
        inputs: The inputs by name, as `nodes` takes them.

    Returns:
        An SVG element that is as wide as its page allows, with its background left clear.

    Example:
        >>> svg = computation_graph(lambda x: x * x + 1, {"x": torch.tensor(3.0)})
        >>> svg.startswith("<svg"), "MulBackward0" in svg, "x²" in svg
        (True, True, True)
    """
    traced = _trace(function, inputs)
    found = nodes(function, inputs)
    drawing = pygraphviz.AGraph(directed=True, rankdir="TB", bgcolor="transparent", nodesep=0.3, ranksep=0.35, pad=0.1)
    drawing.node_attr.update(shape="box", style="filled,rounded", fontname="Helvetica", fontsize=12, color="#7B7B7B")
    drawing.edge_attr.update(color="#7B7B7B", arrowsize=0.7)
    kept = [node for node in traced.nodes if node.op in ("placeholder", "call_function")]
    last, noise = _result(traced), _rounding(found)
    for node, shown in zip(kept, found, strict=True):
        fill = FILLS["result"] if node is last else FILLS.get(shown.operation, FILLS["operation"])
        drawing.add_node(node.name, label=_label(shown, noise), fillcolor=fill)
        for number, argument in enumerate(node.args):
            _edges(drawing, node, argument, number, traced)
    return _clean(drawing.draw(format="svg", prog="dot").decode())


def _trace(function: Callable[..., Tensor], inputs: dict[str, Tensor]) -> fx.Graph:
    """The function as a graph of torch's plain operations, without those whose results nobody uses."""

    def given(*values: Tensor) -> Any:  # noqa: ANN401  # Torch counts a function's parameters, those with a default as well.
        return function(*values)

    graph = make_fx(given)(*(value.detach() for value in inputs.values()))
    graph.graph.eliminate_dead_code()
    return graph.graph


def _result(graph: fx.Graph) -> fx.Node:
    (output,) = (node for node in graph.nodes if node.op == "output")
    result = output.args[0]
    if not isinstance(result, fx.Node):
        raise ValueError(f"nodes: need a function that gives one tensor, got {type(result).__name__}")
    return result


def _check_result(result: Tensor) -> None:
    if result.numel() != 1:
        raise ValueError(f"nodes: need a function that gives one number, got shape {tuple(result.shape)}; sum it")
    if not result.requires_grad:
        raise ValueError("nodes: need a result that some input changes, got a constant")


def _roles(inputs: dict[str, Tensor]) -> dict[str, str]:
    """Whether each input is a parameter or data."""
    chosen = any(value.requires_grad for value in inputs.values())
    return {name: "parameter" if value.requires_grad or not chosen else "data" for name, value in inputs.items()}


def _values(graph: fx.Graph, inputs: dict[str, Tensor]) -> dict[fx.Node, Tensor]:
    """Every node's value, each keeping its gradient when the result is derived."""
    values: dict[fx.Node, Tensor] = {}
    leaves = iter(inputs.values())
    for node in graph.nodes:
        if node.op == "placeholder":
            leaf = next(leaves).detach().clone()
            values[node] = leaf.requires_grad_(leaf.is_floating_point())
        elif node.op == "get_attr":
            values[node] = _constant(node)
        elif node.op == "call_function":
            arguments = fx.map_arg(node.args, values.__getitem__)
            keywords = fx.map_arg(node.kwargs, values.__getitem__)
            values[node] = node.target(*arguments, **keywords)
            if values[node].requires_grad:
                values[node].retain_grad()
    return values


def _constant(node: fx.Node) -> Tensor:
    return getattr(node.graph.owning_module, str(node.target))


def _operation(node: fx.Node) -> str:
    """Torch's name for what a node does."""
    return str(node.target).removeprefix("aten.").split(".")[0]


def _formulas(graph: fx.Graph, names: list[str]) -> dict[fx.Node, tuple[str, int]]:
    """What every node stands for, with how tightly it holds together."""
    formulas: dict[fx.Node, tuple[str, int]] = {}
    left = iter(names)
    for node in graph.nodes:
        if node.op == "placeholder":
            formulas[node] = (next(left), ATOM)
        elif node.op == "get_attr":
            formulas[node] = _number(_constant(node))
        elif node.op == "call_function":
            formulas[node] = _formula(node, formulas)
    return formulas


def _formula(node: fx.Node, formulas: dict[fx.Node, tuple[str, int]]) -> tuple[str, int]:
    """What one operation stands for, from what its arguments stand for."""
    operation = _operation(node)
    parts = [_part(argument, formulas) for argument in node.args]
    if operation in SAME:
        return parts[0]
    if operation == "select":
        return f"{_held(parts[0], ATOM)}[{node.args[2]}]", ATOM
    if operation == "sqrt":
        return f"√({parts[0][0]})" if parts[0][1] < ATOM else f"√{parts[0][0]}", ATOM
    if operation == "rsqrt":
        return f"1 / √({parts[0][0]})" if parts[0][1] < ATOM else f"1 / √{parts[0][0]}", 2
    if operation == "reciprocal":
        return f"1 / {_held(parts[0], 3)}", 2
    if operation == "neg":
        return f"−{_held(parts[0], 2)}", 1
    if operation == "pow" and parts[1][0].strip("−.0123456789") == "":
        return f"{_held(parts[0], ATOM)}{parts[1][0].translate(POWERS)}", 3
    if operation == "rsub" and not node.kwargs:
        return f"{_held(parts[1], 1)} − {_held(parts[0], 2)}", 1
    if operation in SIGNS and len(parts) == 2 and not node.kwargs:
        return _infix(operation, node, parts)
    return f"{operation}({', '.join(text for text, _ in parts)})", ATOM


def _infix(operation: str, node: fx.Node, parts: list[tuple[str, int]]) -> tuple[str, int]:
    """A sum, difference, product or quotient; numbers stand first, x·x is x²."""
    tightness, sign = SIGNS[operation]
    if operation == "mul" and node.args[0] is node.args[1]:
        return f"{_held(parts[0], ATOM)}²", 3
    if operation == "mul" and ("1", ATOM) in parts:
        return parts[0] if parts[1][0] == "1" else parts[1]
    if operation in ("add", "mul") and not isinstance(node.args[1], fx.Node):
        parts = parts[::-1]
    if operation == "mul" and parts[0][0].startswith("1 / "):
        return f"{_held(parts[1], 2)} / {parts[0][0][4:]}", 2
    if operation == "mul" and parts[1][0].startswith("1 / "):
        return f"{_held(parts[0], 2)} / {parts[1][0][4:]}", 2
    right = tightness + 1 if operation in ("sub", "div") else tightness
    return f"{_held(parts[0], tightness)}{sign}{_held(parts[1], right)}", tightness


def _held(part: tuple[str, int], tightness: int) -> str:
    """A part, in brackets if it holds together less tightly than it must."""
    return part[0] if part[1] >= tightness else f"({part[0]})"


def _part(argument: object, formulas: dict[fx.Node, tuple[str, int]]) -> tuple[str, int]:
    """What an argument stands for: a node, several, or a number."""
    if isinstance(argument, fx.Node):
        return formulas[argument]
    if isinstance(argument, list | tuple):
        return f"[{', '.join(_part(item, formulas)[0] for item in argument)}]", ATOM
    return _number(argument)


def _number(value: object) -> tuple[str, int]:
    """A number as a person writes it: whole, with π, or in powers of ten."""
    if isinstance(value, Tensor):
        return _number(value.item()) if value.numel() == 1 else (f"tensor{list(value.shape)}", ATOM)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return str(value), ATOM
    pies = value / math.pi
    if pies == 1:
        return "π", ATOM
    if pies and f"{pies:.3g}" == f"{pies:.10g}":
        text = _ten(pies)
        return (f"{text}·π" if "10" in text else f"{text}π"), 2
    return _ten(value), ATOM if value >= 0 else 1


def _ten(value: float | int) -> str:
    """Four digits, with a power of ten if it is a large or a small one."""
    mantissa, _, power = f"{abs(value):.4g}".partition("e")
    sign = "−" if value < 0 else ""
    if not power:
        return sign + mantissa
    raised = f"10{str(int(power)).translate(POWERS)}"
    return sign + (raised if mantissa == "1" else f"{mantissa}·{raised}")


def _edges(drawing: pygraphviz.AGraph, node: fx.Node, argument: object, number: int, graph: fx.Graph) -> None:
    """Arrows into a node from one of its arguments; a number in a sum or a product gets a node of its own."""
    if isinstance(argument, list | tuple):
        for place, item in enumerate(argument):
            if isinstance(item, fx.Node):
                _edges(drawing, node, item, number + place, graph)
    elif isinstance(argument, fx.Node):
        if argument.op == "get_attr":
            drawing.add_node(argument.name, label=_escape(_number(_constant(argument))[0]), fillcolor=FILLS["constant"])
        drawing.add_edge(argument.name, node.name)
    elif _operation(node) in (*SIGNS, "pow", "rsub") and isinstance(argument, int | float):
        name = f"{node.name}, {number}"
        drawing.add_node(name, label=_escape(_number(argument)[0]), fillcolor=FILLS["constant"])
        drawing.add_edge(name, node.name)


def _rounding(found: list[GraphNode]) -> tuple[float, float]:
    """Below which size a derivative, and its product with its value, are rounding beside those of all other nodes."""
    flowing = [(node.derivative, node.value) for node in found if node.derivative is not None]
    sizes = [[float(each.abs().nan_to_num(0.0, 0.0, 0.0).sum()) for each in (d, d * value)] for d, value in flowing]
    slopes, shares = zip(*sizes, strict=True)
    eps = ROUNDINGS * torch.finfo(found[-1].value.dtype).eps
    return eps * max(slopes), eps * max(shares)


def _label(node: GraphNode, noise: tuple[float, float]) -> str:
    """A node's lettering: what it does, what it stands for, its numbers, and autograd's name for the way back."""
    lines = [f"<B>{_escape(node.operation)}</B>", *_wrapped(node.formula), f"value {_escape(_shown(node.value))}"]
    if node.derivative is not None:
        noisy = (node.derivative.abs() < noise[0]) & ((node.derivative * node.value).abs() < noise[1])
        lines.append(f"d out / d this = {_escape(_shown(node.derivative.masked_fill(noisy, 0.0)))}")
    if node.backward:
        lines.append(f'<FONT POINT-SIZE="10" COLOR="#555555">{_escape(node.backward)}</FONT>')
    return f"<{'<BR/>'.join(lines)}>"


def _wrapped(formula: str) -> list[str]:
    """A formula, blue, on as many lines as it takes; it breaks after a sign."""
    lines, line = [], ""
    for piece in re.split(r"(?<=·)|(?<= [+−/] )", formula):
        if line and len(line) + len(piece) > WIDE:
            lines, line = [*lines, line], ""
        line += piece
    return [f'<FONT COLOR="#00507E">{_escape(text.strip())}</FONT>' for text in [*lines, line]]


def _shown(value: Float[Tensor, "*batch"]) -> str:
    """A number, or the first few of several."""
    entries = [said(entry, 5) for entry in value.flatten()[:3]]
    return entries[0] if value.numel() == 1 else f"({', '.join(entries)}{', …' if value.numel() > 3 else ''})"


def _escape(text: str) -> str:
    """Text for a label; Graphviz would read a backslash as its own."""
    return html.escape(text, quote=True).replace("\\", "\\\\")


def _centred(node: re.Match[str]) -> str:
    """A node with its lines in its middle: Graphviz sets them out by widths of its own font, not the browser's."""
    x = [float(place) for place in re.findall(r"(-?[\d.]+),-?[\d.]+", " ".join(re.findall(r' d="([^"]*)"', node[0])))]
    middle = f'text-anchor="middle" x="{(min(x) + max(x)) / 2:.2f}"'
    return re.sub(r'text-anchor="\w+" x="[^"]*"', middle, node[0])


def _clean(svg: str) -> str:
    """The svg element alone, without names that could clash on a page, no wider than the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<title>.*?</title>\s*|<!--.*?-->\s*| id=\"[^\"]*\"", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g class="node">.*?</g>', _centred, svg, flags=re.DOTALL)
    width = re.search(r'width="(\d+)pt"', svg)
    limit = f"width:100%;max-width:{width[1] if width else 800}pt;height:auto"
    return re.sub(r'width="\d+pt" height="\d+pt"', f'style="{limit}"', svg, count=1).strip()
