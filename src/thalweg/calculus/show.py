"""Expressions as text that can be read again, and as LaTeX. Both follow one table of how tightly operations bind."""

from fractions import Fraction

from thalweg.calculus.nodes import STATEMENTS, Expr, Symbol
from thalweg.calculus.sizes import Size
from thalweg.calculus.styles import LATEX, PLAIN, Style

_LOOSE, _SUM, _PRODUCT, _POWER, _ATOM = range(5)


def text(expr: Expr) -> str:
    """An expression as plain text.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> text(understand("2*(X*w-y)'X + 2lam*w'", Scope(is_open=True)).expr)
        "2 (X w - y)' X + 2 lam w'"
    """
    return _Writer(PLAIN).write(expr, _LOOSE)


def latex(expr: Expr) -> str:
    r"""An expression as LaTeX.

    Example:
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> latex(understand("x' A^-1 x / lam", Scope(is_open=True)).expr)
        '\\frac{x^\\top A^{-1} x}{\\lambda}'
    """
    return _Writer(LATEX).write(expr, _LOOSE)


def indexed(latex: str, letters: str) -> str:
    r"""A name in LaTeX with indices; one that has a subscript has more in it, since two in a row cannot be typeset.

    Example:
        >>> indexed("W", "ij"), indexed("W_{1}", "ij")
        ('W_{ij}', 'W_{1,ij}')
    """
    return f"{latex[:-1]},{letters}}}" if "_{" in latex and latex.endswith("}") else f"{latex}_{{{letters}}}"


def shaped(expr: Expr) -> str:
    """The names of an expression with their shapes: `A: n x n, x: n x 1`."""
    names = {node.value.name: str(node.shape) for node in expr.walk() if isinstance(node.value, Symbol)}
    return ", ".join(f"{name}: {shape}" for name, shape in names.items())


_WORDS_OF_CALLS = {"trace": "tr", "total": "sum", "diagonal": "diag", "expectation": "E"}


class _Writer:
    """Writes a tree in a style, with brackets where they are needed and nowhere else."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.is_latex = style is LATEX

    def write(self, expr: Expr, tight: int) -> str:
        """The node, in brackets if it binds less tightly than what stands around it."""
        shown, own = self._shown(expr)
        return self.style.bracket.format(shown) if own < tight else shown

    def _shown(self, expr: Expr) -> tuple[str, int]:
        """The node's text and how tightly it binds."""
        special = getattr(self, f"_{expr.op}", None)
        if special is not None:
            return special(expr)
        return self._call(expr, str(expr.value) if expr.op == "map" else _WORDS_OF_CALLS.get(expr.op, expr.op))

    def _call(self, expr: Expr, name: str, args: tuple[Expr, ...] | None = None) -> tuple[str, int]:
        shown = ", ".join(self.write(arg, _LOOSE) for arg in (expr.args if args is None else args))
        return self.style.call.format(name, shown), _ATOM

    def _symbol(self, expr: Expr) -> tuple[str, int]:
        return self.style.name(expr.value.name), _ATOM

    def _number(self, expr: Expr) -> tuple[str, int]:
        value: Fraction = expr.value
        if value.denominator == 1:
            return str(value), _ATOM if value >= 0 else _SUM
        if self.is_latex:
            sign = "-" * (value < 0)
            return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}", _ATOM if value >= 0 else _SUM
        return f"{value.numerator}/{value.denominator}", _PRODUCT if value >= 0 else _SUM

    def _size(self, expr: Expr) -> tuple[str, int]:
        size: Size = expr.value
        return self._sum_of_names(size), _ATOM if len(size.terms) == 1 and not size.constant else _SUM

    def _infinity(self, _expr: Expr) -> tuple[str, int]:
        return (r"\infty" if self.is_latex else "inf"), _ATOM

    def _pi(self, _expr: Expr) -> tuple[str, int]:
        return self.style.name("pi"), _ATOM

    def _identity(self, _expr: Expr) -> tuple[str, int]:
        return "I", _ATOM

    def _zeros(self, _expr: Expr) -> tuple[str, int]:
        return "0", _ATOM

    def _ones(self, expr: Expr) -> tuple[str, int]:
        rows, columns = (self._sum_of_names(size) for size in (expr.shape.rows, expr.shape.columns))
        is_row = expr.shape.rows == Size(1) and not expr.shape.is_scalar
        if self.is_latex:
            below = columns if is_row else rows if expr.shape.is_column else f"{rows} \\times {columns}"
            return f"\\mathbf{{1}}_{{{below}}}" + r"^\top" * is_row, _POWER if is_row else _ATOM
        if is_row:
            return f"ones({columns})'", _POWER
        return f"ones({rows})" if expr.shape.is_column else f"ones({rows}, {columns})", _ATOM

    def _sum_of_names(self, size: Size) -> str:
        """A size, its names in the style."""
        parts = [
            self.style.name(name) if count == 1 else f"{count} {self.style.name(name)}" for name, count in size.terms
        ]
        return " + ".join([*parts, *([str(size.constant)] if size.constant or not parts else [])])

    def _add(self, expr: Expr) -> tuple[str, int]:
        shown = self.write(expr.args[0], _SUM)
        for term in expr.args[1:]:
            positive, is_negative = _without_sign(term)
            shown += (" - " if is_negative else " + ") + self.write(positive, _PRODUCT)
        return shown, _SUM

    def _product(self, expr: Expr) -> tuple[str, int]:
        factors = list(expr.args)
        sign = ""
        if factors[0].op == "number" and factors[0].value == -1 and len(factors) > 1:
            sign, factors = "-", factors[1:]
        under = [f for f in factors if _divides(f)]
        over = [f for f in factors if not _divides(f)]
        shown = self._fraction(over, under) if under else self._factors(over)
        return sign + shown, _SUM if sign or _starts_negative(factors) else _PRODUCT

    def _factors(self, factors: list[Expr]) -> str:
        if not factors:
            return "1"
        parts = []
        for place, factor in enumerate(factors):
            nested = factor.op in ("product", "hadamard") or (
                place and factor.op == "number" and (factor.value.denominator > 1 or factor.value < 0)
            )
            leads = not place and factor.op == "number"
            parts.append(self.write(factor, _LOOSE if leads else _POWER if nested else _PRODUCT))
        return self.style.times.join(parts)

    def _fraction(self, over: list[Expr], under: list[Expr]) -> str:
        """What is divided, over what divides."""
        bases = [_divisor(factor) for factor in under]
        if self.is_latex:
            top = self.write(over[0], _LOOSE) if len(over) == 1 else self._factors(over)
            bottom = self.write(bases[0], _LOOSE) if len(bases) == 1 else self._factors(bases)
            return self.style.fraction.format(top, bottom)
        bottom = self.write(bases[0], _POWER) if len(bases) == 1 else self.style.bracket.format(self._factors(bases))
        return self.style.fraction.format(self._factors(over), bottom)

    def _hadamard(self, expr: Expr) -> tuple[str, int]:
        left, right = expr.args
        if right.op == "raised" and right.value == -1 and not self.is_latex:
            return f"{self.write(left, _POWER)} ./ {self.write(right.args[0], _POWER)}", _PRODUCT
        sign = r" \odot " if self.is_latex else " .* "
        return f"{self.write(left, _POWER)}{sign}{self.write(right, _POWER)}", _PRODUCT

    def _transpose(self, expr: Expr) -> tuple[str, int]:
        inside = expr.args[0]
        if self.is_latex and inside.op == "inverse":
            return f"{self.write(inside.args[0], _ATOM)}^{{-\\top}}", _POWER
        return self.style.transpose.format(self.write(inside, _POWER + self.is_latex)), _POWER

    def _inverse(self, expr: Expr) -> tuple[str, int]:
        if self.is_latex:
            return self.style.inverse.format(self.write(expr.args[0], _ATOM)), _POWER
        return self._call(expr, "inv")

    def _pinv(self, expr: Expr) -> tuple[str, int]:
        return (f"{self.write(expr.args[0], _ATOM)}^\\dagger", _POWER) if self.is_latex else self._call(expr, "pinv")

    def _power(self, expr: Expr) -> tuple[str, int]:
        base, exponent = expr.args
        if exponent.op == "number" and exponent.value == Fraction(1, 2):
            return (
                (f"\\sqrt{{{self.write(base, _LOOSE)}}}", _ATOM) if self.is_latex else self._call(expr, "sqrt", (base,))
            )
        if _divides(expr):
            return self._fraction([], [expr]), _PRODUCT
        base_tight = _ATOM if base.op in ("power", "transpose", "number") or self.is_latex else _POWER
        if base.op == "number" and base.value.denominator == 1 and base.value >= 0:
            base_tight = _POWER
        shown = self.write(exponent, _LOOSE if self.is_latex else _ATOM)
        return self.style.power.format(self.write(base, base_tight), shown), _POWER

    def _raised(self, expr: Expr) -> tuple[str, int]:
        exponent: Fraction = expr.value
        shown = str(exponent) if exponent.denominator == 1 and (exponent >= 0 or self.is_latex) else f"({exponent})"
        base = self.write(expr.args[0], _ATOM)
        return (f"{base}^{{\\circ {exponent}}}" if self.is_latex else f"{base}.^{shown}"), _POWER

    def _map(self, expr: Expr) -> tuple[str, int]:
        if expr.value == "abs" and expr.is_scalar:
            inside = self.write(expr.args[0], _LOOSE)
            return (f"\\left|{inside}\\right|" if self.is_latex else f"|{inside}|"), _ATOM
        return self._call(expr, str(expr.value))

    def _norm(self, expr: Expr) -> tuple[str, int]:
        inside = expr.args[0]
        is_vector = Size(1) in (inside.shape.rows, inside.shape.columns)
        kind = "2" if is_vector else "F" if expr.value == "F" else "S"
        return self.style.norm[kind].format(self.write(inside, _LOOSE)), _ATOM

    def _entry(self, expr: Expr) -> tuple[str, int]:
        row, column = expr.value
        place = f"{row + 1}" if expr.args[0].shape.is_column else f"{row + 1},{column + 1}"
        return self.style.entry.format(self.write(expr.args[0], _ATOM), place), _ATOM

    def _block(self, expr: Expr) -> tuple[str, int]:
        rows, columns = expr.value
        opened, beside, below, closed = self.style.block
        parts = [self.write(arg, _LOOSE) for arg in expr.args]
        lines = [beside.join(parts[row * columns : (row + 1) * columns]) for row in range(rows)]
        return f"{opened}{below.join(lines)}{closed}", _ATOM

    def _limit(self, expr: Expr) -> tuple[str, int]:
        value, variable, target = (self.write(arg, _LOOSE) for arg in expr.args)
        if self.is_latex:
            return f"\\lim_{{{variable} \\to {target}^{{{expr.value}}}}} {self.write(expr.args[0], _PRODUCT)}", _SUM
        return f"lim({value}, {variable} -> {target}{expr.value})", _ATOM

    def _deriv(self, expr: Expr) -> tuple[str, int]:
        if not self.is_latex:
            return self._call(expr, "deriv")
        inside, variable = (self.write(arg, _LOOSE) for arg in expr.args)
        return f"\\frac{{\\partial}}{{\\partial {variable}}}\\left({inside}\\right)", _SUM

    def _expectation(self, expr: Expr) -> tuple[str, int]:
        inside = self.write(expr.args[0], _LOOSE)
        return (f"\\mathbb{{E}}\\left[{inside}\\right]" if self.is_latex else f"E[{inside}]"), _ATOM

    # Statements

    def _compare(self, expr: Expr) -> tuple[str, int]:
        left, right = (self.write(arg, _SUM) for arg in expr.args)
        return f"{left} {self.style.relations[str(expr.value)]} {right}", _LOOSE

    def _joined(self, expr: Expr) -> tuple[str, int]:
        parts = [
            self.style.bracket.format(s) if _needs(arg) else s for arg in expr.args for s in [self.write(arg, _LOOSE)]
        ]
        return f" {self.style.words[expr.op]} ".join(parts), _LOOSE

    _and = _or = _implies = _iff = _joined

    def _not(self, expr: Expr) -> tuple[str, int]:
        return f"{self.style.words['not']} {self.style.bracket.format(self.write(expr.args[0], _LOOSE))}", _LOOSE

    def _converges(self, expr: Expr) -> tuple[str, int]:
        state, step, *start = (self.write(arg, _LOOSE) for arg in expr.args)
        return f"{state} converges as it becomes {step}{_from(start)}", _LOOSE

    def _tends_to(self, expr: Expr) -> tuple[str, int]:
        state, step, target, *start = (self.write(arg, _LOOSE) for arg in expr.args)
        return f"{state} {self.style.words['->']} {target} as it becomes {step}{_from(start)}", _LOOSE

    def _forall(self, expr: Expr) -> tuple[str, int]:
        body, *limits = expr.args
        names, brackets = expr.value
        shown = ", ".join(self.style.name(name.value.name) for name in names)
        if limits:
            low, high = (self.write(limit, _LOOSE) for limit in limits)
            shown += f" {self.style.words['in']} {brackets[0]}{low}, {high}{brackets[1]}"
        return f"{self.style.words['forall']} {shown}: {self.write(body, _LOOSE)}", _LOOSE


def _needs(expr: Expr) -> bool:
    """Whether a statement within another one needs brackets."""
    return expr.op in STATEMENTS - {"compare", "not"}


def _without_sign(term: Expr) -> tuple[Expr, bool]:
    """A term without its minus, and whether it had one."""
    if term.op == "number" and term.value < 0:
        return Expr("number", (), term.shape, -term.value), True
    if term.op != "product" or not _starts_negative(list(term.args)):
        return term, False
    first, *rest = term.args
    if first.value == -1:
        return (rest[0] if len(rest) == 1 else Expr("product", tuple(rest), term.shape)), True
    return Expr("product", (Expr("number", (), first.shape, -first.value), *rest), term.shape), True


def _starts_negative(factors: list[Expr]) -> bool:
    return bool(factors) and factors[0].op == "number" and factors[0].value < 0


def _divides(factor: Expr) -> bool:
    """Whether a factor is 1 over something."""
    return factor.op == "power" and factor.args[1].op == "number" and factor.args[1].value < 0


def _divisor(factor: Expr) -> Expr:
    """What a factor divides by."""
    base, exponent = factor.args
    if exponent.value == -1:
        return base
    return Expr("power", (base, Expr("number", (), exponent.shape, -exponent.value)), factor.shape)


def _from(start: list[str]) -> str:
    """Where a sequence starts, if that is said."""
    return "".join(f" from {shown}" for shown in start)
