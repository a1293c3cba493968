"""Tokens to syntax: who stands with whom. What the names mean and whether shapes fit is for `meaning`.

From loose to tight: `iff`, `implies`, `or`, `and`, `not`, comparisons, sums, products, signs, powers and transposes. A space
between two factors is a product. `a / b c` is read `(a/b) c`; since many people mean `a/(b c)`, it is noted as a fork.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from thalweg.calculus.cursor import Cursor
from thalweg.calculus.nodes import SyntaxProblem
from thalweg.calculus.syntax import ALIASES, FUNCTIONS, RELATIONS, WORDS, Syntax
from thalweg.calculus.tokens import Token, tokens

DEEPEST = 16
LONGEST = 50  # of divisions, products entry by entry, powers and transposes of one thing in a row
_PRODUCTS = {"*": "mul", ".*": "hadamard", "/": "div", "./": "divide_entries"}


@dataclass
class _Reader(Cursor):
    """Reads a list of tokens from left to right.

    Attributes:
        flipped: Columns of slashes after which `a / b c` is read `a/(b c)`.
        depth: How many levels the place is in.
        bars: The brackets and bars that are open.
        forks: Columns of slashes where another reading begins.
    """

    flipped: Collection[int] = ()
    depth: int = 0
    bars: list[str] = field(default_factory=list)
    forks: list[int] = field(default_factory=list)

    # Statements

    def statement(self) -> Syntax:
        """A proposition or an expression: the two are told apart by `meaning`."""
        self.deeper(self.here)
        left = self.implication()
        while arrow := self.take("iff", "<=>"):
            if left.op == "iff":
                raise SyntaxProblem("need brackets that say which iff comes first", arrow.column)
            left = self.made("iff", (left, self.implication()), left.column)
        self.depth -= 1
        return left

    def deeper(self, token: Token) -> None:
        """One level further in, if there is one."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise SyntaxProblem(f"need at most {DEEPEST} levels within each other", token.column)

    def implication(self) -> Syntax:
        left = self.either()
        if arrow := self.take("implies", "=>"):
            self.deeper(arrow)
            right = self.implication()
            self.depth -= 1
            return self.made("implies", (left, right), left.column)
        if self.take("if"):
            return self.made("implies", (self.either(), left), left.column)
        return left

    def either(self) -> Syntax:
        return self.joined("or", self.both)

    def both(self) -> Syntax:
        return self.joined("and", self.negation)

    def joined(self, word: str, read: Callable[[], Syntax]) -> Syntax:
        """Statements joined by a word, all at one level."""
        parts = [read()]
        while self.take(word):
            parts.append(read())
        return self.made(word, tuple(parts), parts[0].column) if len(parts) > 1 else parts[0]

    def negation(self) -> Syntax:
        start = self.here
        if self.take("not"):
            self.deeper(start)
            result = self.made("not", (self.negation(),), start.column)
            self.depth -= 1
            return result
        if self.take("forall"):
            return self.forall(start)
        return self.comparison()

    def forall(self, start: Token) -> Syntax:
        """`forall x, y: ...` and `forall s in [a, b]: ...`."""
        bound = self.listed(self.variable)
        domain = (self.interval(),) if self.take("in") else ()
        self.need(":")
        body = self.statement()
        return self.made("forall", (body, *domain, *bound), start.column, text=str(len(domain)))

    def variable(self) -> Syntax:
        token = self.step()
        if token.kind != "name" or token.text in WORDS:
            raise SyntaxProblem(f"need a name, got {token.text!r}", token.column)
        return self.made("name", (), token.column, token.text)

    def interval(self) -> Syntax:
        """`[a, b]`, `(a, b)`, `(a, b]`, `[a, b)`: its text is the two brackets."""
        opened = self.take("[", "(")
        if opened is None:
            raise SyntaxProblem("need an interval such as [0, 1] or (0, inf)", self.here.column)
        low = self.sum()
        self.need(",")
        high = self.sum()
        closed = self.take("]", ")")
        if closed is None:
            raise SyntaxProblem(f"need ']' or ')' to close the interval of column {opened.column}", self.here.column)
        return self.made("interval", (low, high), opened.column, opened.text + closed.text)

    def comparison(self) -> Syntax:
        parts, relations = [self.sum()], []
        while self.here.kind in RELATIONS:
            relations.append("=" if self.here.text == "==" else self.here.text)
            self.step()
            parts.append(self.sum())
        if not relations and self.take("in"):
            return self.made("in", (parts[0], self.interval()), parts[0].column)
        if not relations and self.take("converges"):
            return self.made("converges", (parts[0],), parts[0].column)
        if not relations and self.take("->"):
            target = self.sum()
            side = self.take("+", "-")
            return self.made("tends", (parts[0], target), parts[0].column, side.text if side else "")
        return self.made("compare", tuple(parts), parts[0].column, " ".join(relations)) if relations else parts[0]

    # Expressions

    def sum(self) -> Syntax:
        left = self.product()
        while self.here.kind in ("+", "-") and not self._closes_a_limit():
            op = "add" if self.step().text == "+" else "sub"
            left = self.made(op, (left, self.product()), left.column)
        return left

    def _closes_a_limit(self) -> bool:
        """Whether this sign is the one of `lam -> 0+`."""
        return self.tokens[self.place + 1].text == ")" and self.here.glued

    def product(self) -> Syntax:
        left, row = self.sign(), 0
        while True:
            token = self.here
            if token.kind in _PRODUCTS:
                self.step()
                row = self.longer(row, token)
                right = self.sign()
                if token.kind == "/" and self._begins_a_factor() and self._is_fork(right, token):
                    while self._begins_a_factor():
                        right = self.made("mul", (right, self.sign()), right.column)
                left = self.made(_PRODUCTS[token.kind], (left, right), left.column)
            elif self._begins_a_factor():
                left = self.made("mul", (left, self.powers()), left.column)
            else:
                return left

    def longer(self, row: int, token: Token) -> int:
        """One more in a row, if there may be one."""
        if row >= LONGEST:
            raise SyntaxProblem(f"need at most {LONGEST} of {token.text!r} in a row; write brackets", token.column)
        return row + 1

    def _is_fork(self, divisor: Syntax, slash: Token) -> bool:
        """Whether the factors after this divisor belong to it in the reading that was asked for."""
        if divisor.op == "number" and not self.here.glued:
            return False  # `1/2 x` has one reading
        self.forks.append(slash.column)
        return slash.column in self.flipped

    def _begins_a_factor(self) -> bool:
        token = self.here
        if token.kind == "name":
            return token.text not in WORDS
        if token.kind in ("||", "|"):
            return token.kind not in self.bars
        return token.kind in ("number", "zeros", "(", "[")

    def sign(self) -> Syntax:
        start = self.here
        signs = 0
        while self.here.kind in ("+", "-"):
            signs += self.step().text == "-"
        result = self.powers()
        return self.made("neg", (result,), start.column) if signs % 2 else result

    def powers(self) -> Syntax:
        """A factor with its powers, transposes and indices."""
        base, row = self.atom(), 0
        while True:
            token = self.here
            if token.kind in ("'", "^", ".^"):
                row = self.longer(row, token)
            if token.kind == "'":
                self.step()
                base = self.made("transpose", (base,), base.column)
            elif token.kind == "[" and token.glued and (base.op in ("name", "index") or self._holds_indices()):
                base = self.index(base)
            elif token.kind in ("^", ".^"):
                base = self.power(base)
            else:
                return base

    def _holds_indices(self) -> bool:
        """Whether the bracket here holds one number or two: `A'[2,1]`."""
        kinds = [token.kind for token in self.tokens[self.place + 1 : self.place + 5]]
        return kinds[:2] == ["number", "]"] or kinds == ["number", ",", "number", "]"]

    def power(self, base: Syntax) -> Syntax:
        entrywise = self.step().text == ".^"
        if not entrywise and self.here.text in ("T", "'"):
            self.step()
            return self.made("transpose", (base,), base.column)
        if not entrywise and (plus := self.take("+")):
            if base.op == "number" or (self.here.glued and self._begins_a_factor()):
                raise SyntaxProblem("need a matrix before ^+, a space behind it; or lam -> 0+, without ^", plus.column)
            return self.made("call", (base,), base.column, "pinv")
        sign = self.take("-")
        exponent = self.atom()
        if sign:
            exponent = self.made("neg", (exponent,), sign.column)
        if self.here.kind in ("^", ".^"):
            raise SyntaxProblem("need brackets that say which power comes first, got a^b^c", self.here.column)
        return self.made("power_entries" if entrywise else "power", (base, exponent), base.column)

    def index(self, base: Syntax) -> Syntax:
        opened = self.step()
        args = self.listed(self.sum)
        self.need("]", opened)
        return self.made("index", (base, *args), base.column)

    def atom(self) -> Syntax:
        token = self.step()
        if token.kind in ("number", "zeros"):
            return self.made(token.kind, (), token.column, token.text)
        if token.kind == "name" and token.text not in WORDS:
            if self.here.kind == "(" and self.here.glued and token.text in FUNCTIONS:
                return self.call(token)
            if self.here.kind == "[" and self.here.glued and token.text == "E":
                opened = self.step()
                inside = self.within("[")
                self.need("]", opened)
                return self.made("call", (inside,), token.column, "E")
            return self.made("name", (), token.column, token.text)
        if token.kind == "(":
            inside = self.within("(")
            self.need(")", token)
            return Syntax(inside.op, inside.args, inside.text, token.column, self.tokens[self.place - 1].end)
        if token.kind == "[":
            return self.block(token)
        if token.kind in ("||", "|"):
            return self.bar(token)
        said = "the end" if token.kind == "end" else repr(token.text)
        raise SyntaxProblem(f"need a name, a number or a bracket, got {said}", token.column)

    def within(self, bracket: str) -> Syntax:
        """What stands in a bracket, where bars begin anew."""
        outer, self.bars = self.bars, [bracket]
        result = self.statement()
        self.bars = outer
        return result

    def call(self, name: Token) -> Syntax:
        opened = self.step()
        args = self.listed(lambda: self.within("("))
        self.need(")", opened)
        return self.made("call", tuple(args), name.column, ALIASES.get(name.text, name.text))

    def listed(self, read: Callable[[], Syntax]) -> list[Syntax]:
        """Things of one kind with commas between them."""
        found = [read()]
        while self.take(","):
            found.append(read())
        return found

    def block(self, opened: Token) -> Syntax:
        """`[A, B; C, D]`: commas between columns, semicolons between rows."""
        rows = [self.listed(lambda: self.within("["))]
        while self.take(";"):
            rows.append(self.listed(lambda: self.within("[")))
        closed = self.need("]", opened)
        if len({len(row) for row in rows}) > 1:
            counts = ", ".join(str(len(row)) for row in rows)
            raise SyntaxProblem(f"need as many blocks in each row, got {counts}", closed.column)
        return self.made(
            "block", tuple(part for row in rows for part in row), opened.column, f"{len(rows)} {len(rows[0])}"
        )

    def bar(self, opened: Token) -> Syntax:
        """`||x||` and `|a|`."""
        self.bars.append(opened.kind)
        inside = self.sum()
        self.bars.pop()
        self.need(opened.text, opened)
        kind = ""
        if opened.kind == "||" and self.here.kind == "_" and self.tokens[self.place + 1].text in ("2", "F"):
            self.step()
            kind = self.step().text
        return self.made("norm" if opened.kind == "||" else "bars", (inside,), opened.column, kind)


@dataclass(frozen=True)
class Reading:
    """One way to read a text.

    Attributes:
        syntax: How it is built.
        forks: Columns of the slashes where another reading begins.
    """

    syntax: Syntax
    forks: tuple[int, ...]


def parse(text: str | list[Token], flipped: Collection[int] = ()) -> Reading:
    """How a text is built.

    Args:
        text: An expression or a statement, or its tokens.
        flipped: Columns of slashes after which `a / b c` is to be read `a/(b c)`.

    Returns:
        The syntax, and the slashes at which it could be read otherwise.

    Raises:
        SyntaxProblem: If it cannot be read; it knows the column.

    Example:
        >>> parse("x' A x").syntax.op
        'mul'
        >>> parse("a / b c").forks
        (3,)
    """
    reader = _Reader(tokens(text) if isinstance(text, str) else text, flipped=flipped)
    syntax = reader.statement()
    if reader.here.kind != "end":
        raise SyntaxProblem(f"need an operator or the end, got {reader.here.text!r}", reader.here.column)
    return Reading(syntax, tuple(reader.forks))
