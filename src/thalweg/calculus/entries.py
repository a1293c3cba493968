"""An arbitrary entry as people write it: `Σ_ij A_ij x_i x_j`. It prints index forms and works nothing out."""

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from thalweg.calculus import show
from thalweg.calculus.forms import COLUMN, ROW, Atom, Form, Term
from thalweg.calculus.index_derivatives import BY_COLUMN, BY_ROW
from thalweg.calculus.nodes import SCALAR, CalculusError, Shape
from thalweg.calculus.stack import atom_expr, stacked

FREE = {ROW: "i", COLUMN: "j", BY_ROW: "k", BY_COLUMN: "l"}
_LETTERS = "ijpqrsuvabcefgh"
MOST_TERMS = 300  # that a person might read


def entry(form: Form, is_latex: bool = False, free: Mapping[int, str] = FREE) -> str:
    """A form as text or LaTeX.

    Args:
        form: The entry.
        is_latex: Whether LaTeX is wanted.
        free: The letters of the free indices.

    Raises:
        CalculusError: If there are more terms than one would read, or more indices than letters.

    Example:
        >>> from thalweg.calculus.indices import index_form
        >>> from thalweg.calculus.meaning import Scope, understand
        >>> entry(index_form(understand("x' A x", Scope(is_open=True)).expr))
        'Σ_ij A_ij x_i x_j'
    """
    return _Entries(is_latex).sum(form, dict(free), frozenset(free.values()) & _used_letters(form, free))


def _used_letters(form: Form, free: Mapping[int, str]) -> frozenset[str]:
    """The letters of the free indices that occur."""
    return frozenset(free[i] for term in form.terms for _, places in term.factors for i in places if i in free)


class _Entries:
    """Writes forms in one of two styles."""

    def __init__(self, is_latex: bool) -> None:
        self.is_latex = is_latex
        self.left = MOST_TERMS

    def sum(self, form: Form, names: dict[int, str], taken: frozenset[str]) -> str:
        shown = ""
        for place, term in enumerate(sorted(form.terms, key=lambda term: term.count < 0)):
            text = self.term(Term(abs(term.count), term.scalars, term.factors, term.sizes), names, taken)
            sign = "-" if term.count < 0 else ""
            shown += text if not place and not sign else f"-{text}" if not place else f" {sign or '+'} {text}"
        return shown or "0"

    def term(self, term: Term, names: dict[int, str], taken: frozenset[str]) -> str:
        letters = [letter for letter in _LETTERS if letter not in taken]
        ordered = _by_appearance(term)
        self.left -= 1
        if self.left < 0 or len(ordered) > len(letters):
            raise CalculusError(f"need at most {MOST_TERMS} terms and {len(_LETTERS)} indices to write an entry out")
        names = {**names, **{index: letters[place] for place, index in enumerate(ordered)}}
        taken = taken | {names[index] for index in ordered}
        over = [self._number(term.count)] if term.count != 1 else []
        under = []
        for atom, power in term.scalars:
            (under if power < 0 else over).append(self._power(self._scalar(atom, names, taken), abs(power)))
        factors = Counter(self._factor(atom, places, names, taken) for atom, places in _ordered(term))
        sums = self._sums([names[index] for index in ordered])
        inside = " ".join(self._power(text, Fraction(count)) for text, count in factors.items())
        whole = " ".join([*over, *([f"{sums}{inside}"] if inside else [])]) or "1"
        if not under:
            return whole
        if self.is_latex:
            return f"\\frac{{{whole}}}{{{' '.join(under)}}}"
        below = " ".join(under)
        return f"{f'({whole})' if sums else whole} / {below if len(under) == 1 else f'({below})'}"

    def _sums(self, letters: list[str]) -> str:
        if not letters:
            return ""
        return f"\\sum_{{{','.join(letters)}}} " if self.is_latex else f"Σ_{''.join(letters)} "

    def _number(self, value: Fraction) -> str:
        if value.denominator == 1:
            return str(value)
        return f"\\frac{{{value.numerator}}}{{{value.denominator}}}" if self.is_latex else f"({value})"

    def _power(self, text: str, power: Fraction) -> str:
        if power == 1:
            return text
        if power == Fraction(1, 2):
            return f"\\sqrt{{{text}}}" if self.is_latex else f"sqrt({text.removeprefix('(').removesuffix(')')})"
        shown = str(power) if power.denominator == 1 else f"({power})"
        return f"{text}^{{{power}}}" if self.is_latex else f"{text}^{shown}"

    def _scalar(self, atom: Atom, names: dict[int, str], taken: frozenset[str]) -> str:
        if atom.kind == "group":
            return f"({self.sum(atom.inner[0], names, taken)})"
        if atom.kind == "map":
            return self._call(atom, names, taken)
        return self._shown(atom, Shape(SCALAR.rows, SCALAR.columns))

    def _shown(self, atom: Atom, shape: Shape) -> str:
        """An atom as the expression that it is."""
        try:
            expr = atom_expr(atom, shape)
        except CalculusError:
            return atom.kind
        return show.latex(expr) if self.is_latex else show.text(expr)

    def _call(self, atom: Atom, names: dict[int, str], taken: frozenset[str]) -> str:
        inside = self.sum(atom.inner[0], names, taken)
        return f"\\operatorname{{{atom.name}}}\\left({inside}\\right)" if self.is_latex else f"{atom.name}({inside})"

    def _factor(self, atom: Atom, places: tuple[int, ...], names: dict[int, str], taken: frozenset[str]) -> str:
        letters = "".join(names.get(i, "?") for i in places)
        if atom.kind == "delta":
            letters = "".join(sorted(letters))
            return f"\\delta_{{{letters}}}" if self.is_latex else f"δ_{letters}"
        if atom.kind in ("map", "raised"):
            inner = {**names, **{free: names[i] for free, i in zip((ROW, COLUMN), places, strict=False)}}
            if atom.kind == "raised":
                return self._power(f"({self.sum(atom.inner[0], inner, taken)})", Fraction(atom.name))
            return self._call(atom, inner, taken)
        if atom.kind == "inverse":
            body = self._inside(atom)
            return f"\\left({body}\\right)^{{-1}}_{{{letters}}}" if self.is_latex else f"inv({body})_{letters}"
        name = self._shown(atom, Shape(SCALAR.rows, SCALAR.columns)) if atom.kind == "symbol" else atom.kind
        return show.indexed(name, letters) if self.is_latex else f"{name}_{letters}"

    def _inside(self, atom: Atom) -> str:
        try:
            expr = stacked(atom.inner[0], Shape(*atom.shape))
        except CalculusError:
            return "..."
        return show.latex(expr) if self.is_latex else show.text(expr)


def _ordered(term: Term) -> list[tuple[Atom, tuple[int, ...]]]:
    """Factors as people write them: matrices before vectors."""
    return sorted(term.factors, key=lambda factor: (-len(factor[1]), factor[0].key))


def _by_appearance(term: Term) -> list[int]:
    """The indices that are summed over, in the order in which they are met."""
    bound = dict(term.sizes)
    return list(dict.fromkeys(i for _, places in _ordered(term) for i in places if i in bound))
