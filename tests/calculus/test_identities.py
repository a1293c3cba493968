from collections import Counter

import pytest

from thalweg.calculus import show
from thalweg.calculus.confirm import confirm
from thalweg.calculus.identities import IDENTITIES, Identity
from thalweg.calculus.indices import same
from thalweg.calculus.meaning import Scope, understand
from thalweg.calculus.nodes import TRAITS, Expr, symbol
from thalweg.calculus.told import KINDS, Question, answered


def question(identity: Identity) -> Question:
    kinds, traits = identity.kinds, identity.traits
    return Question(identity.text, identity.wrt, identity.shapes, kinds, traits, bool(identity.second))


def understood(text: str, like: Expr, f: Expr) -> Expr:
    """A text with the names of an expression, of the shape of another: of `I` and `0` nothing else says the size."""
    names = {node.value.name: node for node in f.walk() if node.op == "symbol"}
    sizes = {name for node in f.walk() for side in (node.shape.rows, node.shape.columns) for name in side.names}
    scope = Scope({**names, "RESULT": symbol("RESULT", like.shape)}, sizes | {"n"})
    return understand(f"RESULT = {text}", scope).expr.args[1]


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda identity: f"{identity.text} by {identity.wrt}")
def test_every_identity_is_derived(identity):
    found = answered(question(identity))
    for text, derivation in ((identity.derivative, found), (identity.second, found.second)):
        if not text:
            continue
        assert derivation.result is not None
        expected = understood(text, derivation.result, found.f)
        assert derivation.confirmation.agrees
        assert derivation.engines_agree or (derivation.f.op == "block" and derivation.engines_agree is None)
        if not same(expected, derivation.result):
            assert identity.text in DIFFERENT_FORMS
            assert confirm(derivation.f, derivation.x, expected).agrees, "autograd confirms what the literature says"
        again = understood(show.text(expected), derivation.result, found.f)
        assert again == expected or same(again, expected)


DIFFERENT_FORMS = {  # a block has no index form; the other is a sum of two fractions that comes out as one
    "[x; A x]",
    "omega rho kappa / sqrt(1 + (omega rho kappa)^2)",
}


def test_different_forms_are_no_more_than_needed():
    assert {identity.text for identity in IDENTITIES} >= DIFFERENT_FORMS
    assert len(DIFFERENT_FORMS) == 2


def test_the_table_is_a_table():
    assert len(IDENTITIES) >= 75
    assert not [key for key, count in Counter((i.text, i.wrt, str(i.traits)) for i in IDENTITIES).items() if count > 1]
    groups = [identity.group for identity in IDENTITIES]
    assert all(groups), "every row has a group"
    assert sorted(groups, key=groups.index) == groups, "the rows of a group stand together"
    assert {kind for identity in IDENTITIES for kind in identity.kinds.values()} <= {*KINDS}
    assert {trait for identity in IDENTITIES for trait in identity.traits.values()} <= TRAITS
    assert sum(bool(identity.second) for identity in IDENTITIES) >= 15


@pytest.mark.parametrize(
    ("text", "wrt", "derivative"),
    [
        ("x' c", "x", "c'"),
        ("||x||^2", "x", "2 x'"),
        ("A x", "x", "A"),
        ("x' A x", "x", "x' (A + A')"),
    ],
)
def test_the_homework_is_in_the_table(text, wrt, derivative):
    assert (text, wrt, derivative) in {(i.text, i.wrt, i.derivative) for i in IDENTITIES}


def test_what_is_listed_is_what_a_person_reads():
    row = next(identity for identity in IDENTITIES if identity.text == "logdet(X)")
    assert (row.group, row.wrt, row.derivative, row.second) == ("determinants", "X", "inv(X)", "")
