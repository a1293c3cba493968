"""Names for indices that are summed over, by structure alone, so that equal terms become one and the same object."""

from thalweg.calculus.terms import Factor, Term

_Colours = dict[int, tuple]


def canonical(term: Term) -> Term:
    """A term with its indices numbered by structure alone.

    Indices get colours from where they occur, and from the colours beside them, until nothing changes. Where a tie
    remains, each of the tied indices is tried as the first, and the smallest text wins.
    """
    order = _smallest(term.factors, {index: (str(size),) for index, size in term.sizes}) if term.sizes else {}
    factors = tuple(sorted((_placed(factor, order) for factor in term.factors), key=lambda f: (f[0].key, f[1])))
    sizes = tuple(sorted((order[index], size) for index, size in term.sizes))
    return Term(term.count, term.scalars, factors, sizes)


def _placed(factor: Factor, order: dict[int, int]) -> Factor:
    """A factor with its indices numbered; those of a symmetric one in order."""
    atom, places = factor
    numbered = tuple(order.get(i, i) for i in places)
    return atom, tuple(sorted(numbered)) if atom.is_symmetric else numbered


def _smallest(factors: tuple[Factor, ...], colours: _Colours) -> dict[int, int]:
    """The numbering of indices that gives the smallest text, among those that the structure allows."""
    ranks = _refined(factors, colours)
    classes: dict[int, list[int]] = {}
    for index, rank in ranks.items():
        classes.setdefault(rank, []).append(index)
    tied = next((classes[rank] for rank in sorted(classes) if len(classes[rank]) > 1), None)
    if tied is None:
        return {index: place for place, index in enumerate(sorted(ranks, key=lambda i: ranks[i]))}
    best: tuple[str, dict[int, int]] | None = None
    for index in tied[:8]:
        tried = _smallest(factors, {i: (rank, i != index) for i, rank in ranks.items()})
        text = str(sorted((atom.key, places) for atom, places in (_placed(factor, tried) for factor in factors)))
        if best is None or text < best[0]:
            best = (text, tried)
    assert best is not None
    return best[1]


def _refined(factors: tuple[Factor, ...], colours: _Colours) -> dict[int, int]:
    """Ranks of indices by colour, refined until nothing changes."""
    ranks = _ranked(colours)
    while True:
        signs: dict[int, list] = {index: [] for index in colours}
        for atom, places in factors:
            for place, index in enumerate(places):
                if index in signs:
                    beside = tuple(ranks.get(i, i) for j, i in enumerate(places) if j != place)
                    signs[index].append((atom.key, 0 if atom.is_symmetric else place, beside))
        finer = _ranked({index: (ranks[index], *sorted(signs[index])) for index in colours})
        if len(set(finer.values())) == len(set(ranks.values())):
            return finer
        ranks = finer


def _ranked(colours: _Colours) -> dict[int, int]:
    """Colours as numbers in order."""
    order = {colour: rank for rank, colour in enumerate(sorted(set(colours.values())))}
    return {index: order[colour] for index, colour in colours.items()}
