"""What the lines `sizes n d` and `x : n` put into a frame: sizes, and names with shapes and traits."""

from thalweg.calculus.nodes import SCALAR, CalculusError, Expr, Shape, SyntaxProblem, number, symbol
from thalweg.calculus.parse import RELATIONS
from thalweg.calculus.sizes import ONE, Size, size_of
from thalweg.calculus.tokens import Token, exact
from thalweg.claims.files.assumptions import assume, take_given
from thalweg.claims.files.markdown import Line
from thalweg.claims.files.scopes import Frame, declare
from thalweg.claims.files.understanding import LARGEST_SIZE, certain_statement, conjuncts, ended, split, tokens_of

SQUARE = ("symmetric", "orthogonal", "diagonal", "invertible", "psd", "pd")
TRAIT_WORDS = (
    ("full", "column", "rank"),
    ("full", "row", "rank"),
    ("positive", "definite"),
    ("positive", "semidefinite"),
    *((word,) for word in (*SQUARE, "integer")),
)
_SHORT = {"positive definite": "pd", "positive semidefinite": "psd"}
_OF_NUMBERS = {">": "positive", ">=": "nonnegative", "!=": "nonzero"}
TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "!=": "!="}


# Sizes


def sizes(frame: Frame, line: Line, start: int) -> None:
    """`sizes n d, n >= d`.

    Raises:
        SyntaxProblem: If it is no list of names and relations.
    """
    relations = []
    for part in split(tokens_of(line, start, known=frame.known), ","):
        is_relation = any(token.kind in RELATIONS for token in part)
        relations += [part] * is_relation
        for token in part:
            if is_relation and (token.kind != "name" or token.text in frame.sizes):
                continue
            if token.kind != "name" or token.text == "x":
                raise SyntaxProblem(
                    f"need names of sizes (and not x, which stands in n x d), got {token.text!r}", token.column
                )
            declare(token.text, token.column, line, frame)
            frame.sizes.append(token.text)
        if not part:
            raise SyntaxProblem("need the name of a size here", start + 1)
    for part in relations:
        take_given(frame, line, ended(part))


def size(frame: Frame, tokens: list[Token], column: int) -> Size:
    """A size that is written: a name, a number, or a sum of such.

    Raises:
        CalculusError: If it is none.
    """
    total = Size()
    for part in split(tokens, "+"):
        total = total + _term(frame, part, column)
    if not total.terms and not 1 <= total.constant <= LARGEST_SIZE:
        raise CalculusError(f"need sizes from 1 to {LARGEST_SIZE}, got {total}", tokens[0].column if tokens else column)
    return total


def _term(frame: Frame, tokens: list[Token], column: int) -> Size:
    """One term of a size: `n`, `3`, `2 n`."""
    column = tokens[0].column if tokens else column
    kinds = [token.kind for token in tokens]
    if kinds not in (["name"], ["number"], ["number", "name"]):
        raise SyntaxProblem("need a size here: a declared name, a number, or a sum such as n + 1", column)
    count = exact(tokens[0].text, column) if kinds[0] == "number" else 1
    if count not in range(1, LARGEST_SIZE + 1):
        raise CalculusError(f"need whole sizes from 1 to {LARGEST_SIZE}, got {tokens[0].text}", column)
    if kinds[-1] == "number":
        return Size(int(count))
    name = tokens[-1].text
    if name not in frame.sizes:
        hint = "; write spaces around the x of a shape" if "x" in name else ""
        if name in frame.unread:
            message = f"{name} is no size here: line {frame.unread[name]}, which declares it, could not be read"
            raise CalculusError(message, tokens[-1].column)
        raise CalculusError(f"{name} is no size here: declare it first, `sizes {name}`{hint}", tokens[-1].column)
    one = frame.equal.get(name, size_of(name))
    return sum((one for _ in range(int(count) - 1)), one)


def shape(frame: Frame, tokens: list[Token], column: int) -> Shape:
    """A shape that is written: `scalar`, `n`, `n x d`.

    Raises:
        CalculusError: If it is none.
    """
    if [token.text for token in tokens] == ["scalar"]:
        return SCALAR
    cross = next((place for place, token in enumerate(tokens) if token.text in ("x", "*")), None)
    if cross is None:
        return Shape(size(frame, tokens, column), ONE)
    return Shape(size(frame, tokens[:cross], column), size(frame, tokens[cross + 1 :], column))


# Names with shapes and traits


def names(frame: Frame, line: Line, start: int) -> None:
    """`A, B : n x d full column rank`.

    Raises:
        SyntaxProblem: If names, shape or traits cannot be read.
        CalculusError: If a name is taken.
    """
    colon = line.text.index(":", start)
    said = split(tokens_of(line, start, colon), ",")
    for part in said:
        if len(part) != 1 or part[0].kind != "name":
            raise SyntaxProblem(
                "need names, with commas between them, before the colon", part[0].column if part else start + 1
            )
    found, words, relations = described(frame, tokens_of(line, colon + 1, known=frame.known)[:-1], colon + 2)
    for (token,) in said:
        declare(token.text, token.column, line, frame)
        try:
            _take(frame, line, token, found, words, relations)
        except CalculusError:
            frame.names.pop(token.text, None)
            frame.symbols.pop(token.text, None)
            raise


def described(frame: Frame, tokens: list[Token], column: int) -> tuple[Shape, frozenset[str], list[list[Token]]]:
    """A shape, the traits after it in words, and those in relations: `scalar integer >= 0`.

    Raises:
        SyntaxProblem: If there is something else.
        CalculusError: If the shape has no such trait.
    """
    place = next((i for i, token in enumerate(tokens) if _ends_shape(tokens, i)), len(tokens))
    found = shape(frame, tokens[:place], column)
    words: set[str] = set()
    relations: list[list[Token]] = []
    for part in split(tokens[place:], ","):
        rest = part
        while rest and rest[0].kind == "name" and rest[0].text != "in":
            said, rest = _trait(rest)
            words.add(said)
        relations += [rest] * bool(rest)
    for part in relations:
        if part[0].kind not in RELATIONS and part[0].text != "in":
            raise SyntaxProblem(f"need a trait or a relation such as > 0 here, got {part[0].text!r}", part[0].column)
    for word in words & {*SQUARE}:
        if found.rows != found.columns:
            raise CalculusError(f"{word} needs a square matrix, got {found}", column)
    if "integer" in words and not found.is_scalar:
        raise CalculusError(f"integer needs a scalar, got {found}", column)
    return found, frozenset(words), relations


def _ends_shape(tokens: list[Token], place: int) -> bool:
    """Whether the shape is over at this token."""
    token = tokens[place]
    if token.kind in RELATIONS or token.kind == "," or token.text == "in":
        return True
    before = tokens[place - 1] if place else token
    is_word = token.kind == before.kind == "name" and bool(place) and "x" not in (token.text, before.text)
    return is_word or any(token.text == words[0] for words in TRAIT_WORDS)


def _trait(tokens: list[Token]) -> tuple[str, list[Token]]:
    """The trait that begins here, and the tokens after it."""
    for words in TRAIT_WORDS:
        if tuple(token.text for token in tokens[: len(words)]) == words:
            said = " ".join(words)
            return _SHORT.get(said, said), tokens[len(words) :]
    known = ", ".join(" ".join(words) for words in TRAIT_WORDS if len(words) != 2)
    raise SyntaxProblem(f"{tokens[0].text} is no trait; there are {known}", tokens[0].column)


def _take(
    frame: Frame, line: Line, token: Token, found: Shape, words: frozenset[str], relations: list[list[Token]]
) -> None:
    """Put one name into the frame, with what is said of it."""
    plain = symbol(token.text, found, words)
    frame.names[token.text] = plain
    subject = Token("name", token.text, token.column, token.end, False)
    said = [certain_statement(line, ended([subject, *part]), frame) for part in relations]
    traits, givens = set(words), []
    for statement in (part for whole in said for part in conjuncts(whole)):
        trait = _as_trait(statement, plain)
        traits |= {trait} if trait else set()
        givens += [] if trait else [statement]
    final = symbol(token.text, found, frozenset(traits))
    frame.names[token.text] = frame.symbols[token.text] = final
    assume(frame, [put(given, {plain: final}) for given in givens], token.column)


def _as_trait(statement: Expr, subject: Expr) -> str | None:
    """The trait that a comparison of a scalar with 0 says, if it says one."""
    if statement.op != "compare" or not subject.is_scalar:
        return None
    left, right = statement.args
    relation = str(statement.value) if left == subject else TURNED[str(statement.value)]
    other = right if left == subject else left
    return _OF_NUMBERS.get(relation) if other == number(0) and subject in (left, right) else None


def put(expr: Expr, replaced: dict[Expr, Expr]) -> Expr:
    """An expression with nodes put in the place of others, also among the names that `forall` binds."""
    if expr in replaced:
        return replaced[expr]
    args = tuple(put(arg, replaced) for arg in expr.args)
    value = expr.value
    if expr.op == "forall":
        bound, brackets = value
        value = (tuple(replaced.get(name, name) for name in bound), brackets)
    return expr if args == expr.args and value == expr.value else Expr(expr.op, args, expr.shape, value)
