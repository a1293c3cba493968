r"""What takes something after it in LaTeX, and where that ends.

What `\frac{\partial}{\partial x}`, `\nabla_x` and `\lim` act on ends at the next plus, minus or relation; a function without
brackets takes one factor, and `argmin` a sum. Where people would differ, brackets are asked for.
"""

from dataclasses import replace

from thalweg.calculus.latex_names import is_transpose, named, unwrapped
from thalweg.calculus.latex_rows import PRODUCTS, SUMS, Row, extent, inside, raised, scripted, split, written
from thalweg.calculus.latex_tree import Node
from thalweg.calculus.latex_words import RELATIONS, SUCH_THAT, bracketed, call, function, operator, sign, unknown
from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.tokens import Token

BRACKETS = frozenset({"( )", "[ ]", r"\{ \}"})
_ARROWS = {"downarrow": "+", "searrow": "+", "uparrow": "-", "nearrow": "-"}


# Functions


def function_of(row: Row, node: Node, name: str) -> list[Token]:
    r"""A function with its argument: `\log(x)`, `\tr{A}`, `\sin x`, `\sin^2 x`."""
    if name == "lim" and node.below:
        return _limit(row, node)
    if name == "argmin" and node.below:
        return _argmin(row, node, node.below)
    if name == "E":
        return expectation(row, node)
    _refuse_scripts(node, name)
    if row.here is None or row.operator:
        raise SyntaxProblem(f"need brackets after {name}", row.next_column)
    if is_bracket(row.here):
        argument = row.step()
        made = call(name, [inside(row, argument)], node.column, argument.end)
        if node.above and (argument.above or argument.primed):
            raise SyntaxProblem("need one power; write the other with brackets", argument.end)
        return scripted(row, raised(row, made, node, node.above or ()), argument)
    if name in ("lim", "argmin"):
        remedy = r"\lim_{x \to 0} or \operatorname*{argmin}_{w}"
        raise SyntaxProblem(f"need what varies below {name}, as in {remedy}", node.column)
    made = call(name, [row.factor(row)], node.column, row.nodes[row.place - 1].after)
    following = row.nodes[row.place + (row.operator in PRODUCTS) :]
    if (row.has_factor or row.operator in PRODUCTS) and not (following and function(following[0], row.names)):
        raise SyntaxProblem(f"need brackets that say where the argument of {name} ends", row.next_column)
    return raised(row, made, node, node.above or ())


def _refuse_scripts(node: Node, name: str) -> None:
    """Refuse all scripts on a function but a whole power."""
    if node.below:
        remedy = "write its argument in brackets"
        if name in ("max", "min"):
            remedy = r"\operatorname*{argmin}_{w} says where a function is smallest"
        raise SyntaxProblem(f"need no subscript on {name}; {remedy}", node.below[0].column)
    if node.primed or (node.above and not (len(node.above) == 1 and node.above[0].kind == "number")):
        raise SyntaxProblem(f"need no script on {name} but a whole power; write {name}(...) first", node.column)


def is_bracket(node: Node) -> bool:
    """Whether a node is a bracket or braces."""
    return node.kind == "group" or (node.kind == "fence" and node.text in BRACKETS)


def expectation(row: Row, node: Node) -> list[Token]:
    r"""`\mathbb{E}[f]`: the mean over all random names."""
    argument = row.here
    if not node.is_bare:
        raise SyntaxProblem("need no script on E: the mean is over all random names", node.column)
    if argument is None or not is_bracket(argument):
        raise SyntaxProblem(r"need brackets after E, as in \mathbb{E}[x]", row.next_column)
    row.step()
    opened, closed = sign("[", argument.column, argument.column, glued=True), sign("]", argument.end, argument.end)
    made = [Token("name", "E", node.column, node.end, False), opened, *inside(row, argument), closed]
    return scripted(row, made, argument)


def indicator(row: Row, node: Node, condition: tuple[Node, ...], end: int) -> list[Token]:
    """1 where a condition holds, else 0."""
    while len(condition) == 1 and is_bracket(condition[0]) and condition[0].is_bare:
        condition = condition[0].parts[0]
    digits = [[Token("number", digit, end, end, False)] for digit in "10"]
    return call("where", [written(row.within(condition, end)), *digits], node.column, end)


def blackboard(row: Row, node: Node) -> list[Token]:
    r"""`\mathbb{E}[x]` and `\mathbb{1}(x > 0)`."""
    inner = node.parts[0][0].text if len(node.parts[0]) == 1 else ""
    if inner == "E":
        return expectation(row, node)
    if inner not in ("1", "I"):
        raise unknown(node)
    if node.below and is_condition(node.below) and not node.above:
        return indicator(row, node, node.below, node.after)
    if node.is_bare and row.here and is_bracket(row.here):
        argument = row.step()
        return scripted(row, indicator(row, node, argument.parts[0], argument.end), argument)
    raise unknown(node)


def is_condition(nodes: tuple[Node, ...]) -> bool:
    """Whether a relation stands in it."""
    return any(operator(node) in RELATIONS or (is_bracket(node) and is_condition(node.parts[0])) for node in nodes)


# Limits and minima


def _limit(row: Row, node: Node) -> list[Token]:
    r"""`\lim_{\lambda \to 0^+}` of a product."""
    below = node.below or ()
    places = [place for place, part in enumerate(below) if operator(part) == "->" or part.text in _ARROWS]
    if len(places) != 1 or places[0] + 1 == len(below) or node.above or node.primed:
        raise SyntaxProblem(r"need where a name goes, as in \lim_{\lambda \to 0^+}", node.column)
    arrow, target = below[places[0]], below[places[0] + 1 :]
    side, last = _ARROWS.get(arrow.text, ""), target[-1]
    if operator(last) in ("+", "-") and len(target) > 1:
        side, target = operator(last), target[:-1]
    elif last.above is not None and "".join(operator(part) or "?" for part in last.above) in ("", "+", "-"):
        side = operator(last.above[0]) if last.above else side
        target = (*target[:-1], replace(last, above=None))
    going = [*written(row.within(below[: places[0]], arrow.column)), sign("->", arrow.column, arrow.end)]
    going += written(row.within(target, node.after))
    if side:
        going.append(sign(side, last.end, last.end, glued=True))
    return call("lim", [extent(row, PRODUCTS), going], node.column, row.nodes[row.place - 1].after)


def _argmin(row: Row, node: Node, below: tuple[Node, ...]) -> list[Token]:
    r"""`\operatorname*{argmin}_{w} f`, with conditions after `\text{s.t.}` or below, after a colon."""
    variable, *more = split(below, ":")
    if node.above or node.primed or len(more) > 1:
        raise SyntaxProblem(
            r"need \operatorname*{argmin}_{w} f, or with a condition \operatorname*{argmin}_{w: A w = b} f", node.column
        )
    value = extent(row, SUMS)
    conditions = split(more[0], ",") if more else []
    start = row.place + (row.operator == ",")
    if start < len(row.nodes) and operator(row.nodes[start]) == SUCH_THAT:
        conditions += split(row.nodes[start + 1 :], ",")
        row.place = len(row.nodes)
    parts = [written(row.within(part, row.column)) for part in (variable, *conditions)]
    return call("argmin", [value, *parts], node.column, row.nodes[row.place - 1].after)


def arg(row: Row, node: Node) -> list[Token]:
    r"""`\arg\min_w f`."""
    least = row.here
    if least is None or (least.kind, least.text) != ("command", "min") or not least.below or not node.is_bare:
        raise SyntaxProblem(r"need \min_{w} after \arg", row.next_column)
    row.step()
    return _argmin(row, replace(least, column=node.column), least.below)


def underset(row: Row, node: Node) -> list[Token]:
    r"""`\underset{w}{\operatorname{argmin}} f`: what stands below is a subscript."""
    below, above = node.parts
    if len(above) != 1 or not above[0].is_bare or not node.is_bare:
        raise unknown(node)
    row.again(replace(above[0], below=below, after=node.after))
    return row.factor(row)


# Derivatives


def fraction(row: Row, node: Node) -> list[Token]:
    r"""`\frac{a}{b}`, in brackets; or `\frac{\partial f}{\partial x}`."""
    top, bottom = node.parts
    if top and bottom and _is_differential(top[0]) and _is_differential(bottom[0]):
        over, under = (_letter_of(part[0]) for part in (top, bottom))
        if over == under and (over == "partial" or len(bottom) in (2, 4)):
            return _derivative(row, node, top, bottom)
    parts = [bracketed(inside(row, node, place), node.column, node.end) for place in (0, 1)]
    made = bracketed([*parts[0], sign("/", node.column, node.end), *parts[1]], node.column, node.end)
    return scripted(row, made, node)


def _letter_of(node: Node) -> str:
    """The letter or command in fonts."""
    inner = unwrapped(node)
    return _letter_of(inner) if inner is not None and node.is_bare else node.text


def _is_differential(node: Node) -> bool:
    r"""Whether a node is `\partial`, `d` or `\mathrm{d}`, or the square of one."""
    power = node.above or ()
    return (
        _letter_of(replace(node, above=None)) in ("partial", "d")
        and node.below is None
        and not node.primed
        and _is_order(power)
    )


def _is_order(power: tuple[Node, ...]) -> bool:
    """Whether a power says how often to differentiate: not at all, or "2"."""
    return not power or (len(power) == 1 and power[0].text == "2")


def _derivative(row: Row, node: Node, top: tuple[Node, ...], bottom: tuple[Node, ...]) -> list[Token]:
    r"""`\frac{\partial f}{\partial x}`, and the second derivative by one name."""
    is_second = bool(top[0].above)
    variable = _variable(row, bottom, is_second)
    if top[1:]:
        body_row = row.within(top[1:], bottom[0].column)
        body = extent(body_row, PRODUCTS)
        if body_row.here:
            raise SyntaxProblem("need brackets around the sum that is differentiated", body_row.next_column)
    elif node.is_bare:
        body = _operand(row, node)
    else:
        raise SyntaxProblem("need brackets around the derivative before a script", node.end)
    end = row.nodes[row.place - 1].after
    return scripted(row, call("hessian" if is_second else "deriv", [body, variable], node.column, end), node)


def _variable(row: Row, bottom: tuple[Node, ...], is_second: bool) -> list[Token]:
    r"""The name below: of `\partial x`, `\partial x^2`, `\partial x \partial x^\top`."""
    remedy = r"need one name below, as in \frac{\partial f}{\partial x} or \frac{\partial^2 f}{\partial x^2}"
    if (
        bottom[0].above
        or len(bottom) not in (2, 4)
        or (len(bottom) == 4 and not (is_second and _is_differential(bottom[2])))
    ):
        raise SyntaxProblem(remedy, bottom[0].column)
    found = [_bare(row, part, remedy) for part in bottom[1::2]]
    powers = [_power_of(above) for _, above in found]
    if powers not in ((["2"], ["", ""], ["", "T"]) if is_second else ([""],)):
        raise SyntaxProblem(remedy, bottom[1].column)
    variables = [written(row.within((name,), name.after)) for name, _ in found]
    if [token.text for token in variables[0]] != [token.text for token in variables[-1]]:
        raise SyntaxProblem(
            "need the same name twice in a second derivative; write a derivative of a derivative", bottom[3].column
        )
    return variables[0]


def _bare(row: Row, node: Node, remedy: str) -> tuple[Node, tuple[Node, ...]]:
    """A name without its power, and the power."""
    found = named(node, row.names)
    if found is None or node.primed:
        raise SyntaxProblem(remedy, node.column)
    above = node.above or ()
    return replace(node, above=above[: len(above) - len(found[1])]), found[1]


def _power_of(above: tuple[Node, ...]) -> str:
    """What a power is: "", "2", "T" for a transpose, "?" for anything else."""
    if len(above) != 1:
        return "?" if above else ""
    return "T" if is_transpose(above[0]) else "2" if _is_order(above) else "?"


def nabla(row: Row, node: Node) -> list[Token]:
    r"""`\nabla_x f`: the gradient, a column; `\nabla_x^2 f`: the Hessian."""
    if not node.below or node.primed or not _is_order(node.above or ()):
        raise SyntaxProblem(r"need the name to differentiate by, as in \nabla_x f or \nabla_x^2 f", node.column)
    variable = written(row.within(node.below, node.after))
    if row.here and is_bracket(row.here) and row.here.above and is_transpose(row.here.above[-1]):
        raise SyntaxProblem(r"need brackets that say what is transposed, as in (\nabla_x f)^\top", row.next_column)
    body = _operand(row, node)
    end = row.nodes[row.place - 1].after
    if node.above:
        return call("hessian", [body, variable], node.column, end)
    return [*call("deriv", [body, variable], node.column, end), sign("'", end, end)]


def partial(row: Row, node: Node) -> list[Token]:
    r"""`\partial_x f`."""
    if not node.below or node.above or node.primed:
        raise unknown(node)
    variable = written(row.within(node.below, node.after))
    return call("deriv", [_operand(row, node), variable], node.column, row.nodes[row.place - 1].after)


def _operand(row: Row, node: Node) -> list[Token]:
    """What is differentiated: a bracket, or the product that follows."""
    if row.here is None or (row.operator and row.operator not in ("+", "-")):
        raise SyntaxProblem(f"need something to differentiate after {node.text}", row.next_column)
    if not (is_bracket(row.here) and row.here.is_bare):
        return extent(row, PRODUCTS)
    bracket = row.step()
    if row.has_factor or row.operator in PRODUCTS:
        raise SyntaxProblem("need brackets that say whether what follows is differentiated too", row.next_column)
    return inside(row, bracket)
