"""Names for indices that are summed over, by structure alone, so that equal terms become one and the same object."""

from thalweg.calculus.terms import Factor, Term

_Colours = dict[int, tuple]


def canonical(term: Term) -> Term:
    """A term with its indices numbered by structure alone.

    Indices get colours from where they occur, and from the colours beside them, until nothing changes. Where a tie
    remains, each of the tied indices is tried as the first, and the smallest text wins. Sums that share no index are
    numbered one by one.
    """
    sizes = dict(term.sizes)
    parts = []
    for factors, indices in _separate(term):
        order = _smallest(factors, {index: (str(sizes[index]),) for index in indices})
        named = sorted((order[index], str(sizes[index])) for index in indices)
        parts.append((_text(factors, order), named, order))
    numbers: dict[int, int] = {}
    for _, _, order in sorted(parts, key=lambda part: part[:2]):
        numbers |= {index: len(numbers) + place for index, place in order.items()}
    placed = sorted((_placed(factor, numbers) for factor in term.factors), key=lambda f: (f[0].key, f[1]))
    bound = tuple(sorted((numbers[index], size) for index, size in term.sizes))
    return Term(term.count, term.scalars, tuple(placed), bound)


def _separate(term: Term) -> list[tuple[tuple[Factor, ...], set[int]]]:
    """The factors in groups that share no index that is summed over, each with its indices."""
    groups: list[tuple[tuple[Factor, ...], set[int]]] = [((), {index}) for index, _ in term.sizes]
    for factor in term.factors:
        indices = {index for index in factor[1] if index >= 0}
        touched = [group for group in groups if indices & group[1]]
        groups = [group for group in groups if not indices & group[1]]
        if indices:
            met = tuple(other for group in touched for other in group[0])
            groups.append(((*met, factor), indices.union(*(group[1] for group in touched))))
    return groups


def _placed(factor: Factor, order: dict[int, int]) -> Factor:
    """A factor with its indices numbered; those of a symmetric one in order."""
    atom, places = factor
    numbered = tuple(order.get(i, i) for i in places)
    return atom, tuple(sorted(numbered)) if atom.is_symmetric else numbered


def _text(factors: tuple[Factor, ...], order: dict[int, int]) -> str:
    """The text of factors with their indices numbered."""
    return str(sorted((atom.key, places) for atom, places in (_placed(factor, order) for factor in factors)))


def _smallest(factors: tuple[Factor, ...], colours: _Colours) -> dict[int, int]:
    """The numbering of indices that gives the smallest text, among those that the structure allows."""
    ranks = _refined(factors, colours)
    tied = _tied(ranks)
    if not tied:
        return ranks
    best: tuple[str, dict[int, int]] | None = None
    for index in tied[:8]:
        chosen = {i: (rank, i != index) for i, rank in ranks.items()}
        if best is not None and _text(factors, _first(factors, chosen)) == best[0]:
            continue  # the term looks the same from here
        tried = _smallest(factors, chosen)
        text = _text(factors, tried)
        if best is None or text < best[0]:
            best = (text, tried)
    assert best is not None
    return best[1]


def _first(factors: tuple[Factor, ...], colours: _Colours) -> dict[int, int]:
    """The numbering in which the first index wins every tie."""
    ranks = _refined(factors, colours)
    while tied := _tied(ranks):
        ranks = _refined(factors, {i: (rank, i != tied[0]) for i, rank in ranks.items()})
    return ranks


def _tied(ranks: dict[int, int]) -> list[int]:
    """The indices of the first rank that is held by several."""
    classes: dict[int, list[int]] = {}
    for index, rank in ranks.items():
        classes.setdefault(rank, []).append(index)
    return next((classes[rank] for rank in sorted(classes) if len(classes[rank]) > 1), [])


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
