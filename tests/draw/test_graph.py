"""Computation graphs: numbers by hand and by finite differences, formulas by evaluating them, drawings by their text."""

import math
import re
import xml.etree.ElementTree as ET

import pytest
import torch

from thalweg.draw.graph import computation_graph, nodes
from thalweg.draw.wording import said
from thalweg.subjects import organ


def number(value, wanted=False):
    return torch.tensor(value, dtype=torch.float64, requires_grad=wanted)


def by_hand(R, f):
    return 1 / torch.sqrt(1 + (2 * math.pi * f * 1e-6 * R) ** 2)


INPUTS = {"R": number(500.0, True), "f": number(800.0)}
CIRCUITS = [
    (by_hand, {"R": number(500.0), "f": number(800.0)}),
    (organ.low_pass, {"R": number(500.0), "f": number([800.0])}),
    (organ.high_pass, {"R": number(30.0), "f": number([800.0])}),
    (organ.band_pass, {"R_low": number(40.0), "R_high": number(160.0), "f": number([2000.0])}),
]


@pytest.mark.parametrize(("function", "inputs"), CIRCUITS)
def test_every_formula_gives_its_value(function, inputs):
    """Read back as Python, what a node shows is what it computed."""
    known = {name: float(value) for name, value in inputs.items()} | {"π": math.pi, "root": math.sqrt}
    for node in nodes(function, inputs):
        text = node.formula.replace("·", "*").replace("√", "root").replace("²", "**2").replace("−", "-")
        text = re.sub(r"10(⁻?)([⁰-⁹]+)", lambda m: f"1e{'-' if m[1] else ''}{'⁰¹²³⁴⁵⁶⁷⁸⁹'.index(m[2])}", text)
        text = re.sub(r"(\d)π", r"\1*π", text)
        assert eval(text, {}, known) == pytest.approx(float(node.value), rel=1e-12), node.formula


@pytest.mark.parametrize(("function", "inputs"), CIRCUITS)
def test_inputs_have_the_derivative_of_finite_differences(function, inputs):
    found = {node.name: node for node in nodes(function, inputs)}
    for name, value in inputs.items():
        h = 1e-6 * value
        ends = [function(*(inputs | {name: moved}).values()) for moved in (value - h, value + h)]
        assert float(found[name].derivative) == pytest.approx(float((ends[1] - ends[0]) / (2 * h)), rel=1e-6)


def test_operations_have_the_derivatives_of_the_chain_rule():
    u = 2e-6 * math.pi * 800 * 500
    found = {node.formula: node for node in nodes(by_hand, INPUTS)}
    squared, under, root = "(10⁻⁶·2π·f·R)²", "1 + (10⁻⁶·2π·f·R)²", "√(1 + (10⁻⁶·2π·f·R)²)"
    assert float(found[root].derivative) == pytest.approx(-1 / (1 + u * u))
    assert float(found[under].derivative) == pytest.approx(-((1 + u * u) ** -1.5) / 2)
    assert float(found["10⁻⁶·2π·f·R"].derivative) == pytest.approx(-u * (1 + u * u) ** -1.5)
    assert [found[f].backward for f in (squared, under, root)] == ["PowBackward0", "AddBackward0", "SqrtBackward0"]
    assert [found[f].operation for f in (squared, under, root)] == ["torch.pow", "torch.add", "torch.sqrt"]


def test_who_requires_a_gradient_is_a_parameter():
    assert [node.operation for node in nodes(by_hand, INPUTS)[:2]] == ["parameter", "data"]
    assert [node.operation for node in nodes(*CIRCUITS[0])[:2]] == ["parameter"] * 2


def test_the_inputs_are_left_alone():
    nodes(by_hand, INPUTS)
    assert INPUTS["R"].grad is None
    assert not INPUTS["f"].requires_grad


def test_an_axis_more_changes_no_formula():
    unsqueezed = next(node for node in nodes(*CIRCUITS[1]) if node.operation == "torch.unsqueeze")
    assert unsqueezed.formula == "R"


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda a, b: a - (b - a), "a − (b − a)"),
        (lambda a, b: a / (b * a), "a / (b·a)"),
        (lambda a, b: (a + b) * a, "(a + b)·a"),
        (lambda a, b: 1 - a * b, "1 − a·b"),
        (lambda a, b: -(a + b) * a, "(−(a + b))·a"),
        (lambda a, b: (a * b).exp() ** 3, "exp(a·b)³"),
        (lambda a, b: (a * b) ** 0.5 + 0 * a, "(a·b)⁰·⁵ + 0·a"),
        (lambda a, b: torch.stack([a, b]).sum(), "sum(stack([a, b]))"),
        (lambda a, b: math.pi * a + 2.5e-7 * b, "π·a + 2.5·10⁻⁷·b"),
        (lambda a, b: -2.0 * a * b, "(−2)·a·b"),
    ],
)
def test_formulas_are_bracketed_as_they_must_be(function, formula):
    assert nodes(function, {"a": number(0.7), "b": number(0.3)})[-1].formula == formula


def test_vectors_keep_their_shape():
    found = nodes(lambda R, f, y: ((organ.low_pass(R, f) - y) ** 2).mean(), {"R": number(5.0), **_tones()})
    assert found[1].derivative.shape == (7,)
    assert found[-1].value.shape == ()


def _tones():
    tones = torch.tensor(organ.TONES_HZ, dtype=torch.float64)
    return {"f": tones, "lamp": organ.lamps(organ.LOW_PASS, tones).double()}


def test_drawing_shows_every_node_and_is_a_well_formed_svg():
    svg = computation_graph(by_hand, INPUTS)
    text = " ".join(ET.fromstring(svg).itertext())
    for node in nodes(by_hand, INPUTS):
        for shown in (node.operation, node.formula, f"value {said(node.value, 5)}", node.backward):
            assert shown in text
    assert svg.count('class="node"') == 8 + 2 + 5  # operations, inputs, constants
    assert "id=" not in svg


def lines(svg):
    """Every node's lines of text, as drawn, by the first of them and the formula."""
    groups = [group for group in ET.fromstring(svg).iter() if group.get("class") == "node"]
    return [[text for text in group if text.tag.endswith("text")] for group in groups]


def test_a_derivative_that_is_rounding_reads_0():
    """At its peak the band pass has no slope in f; what two ways back leave over of it is rounding."""
    function, inputs = CIRCUITS[3]
    f = number([1e6 / (2 * math.pi * math.sqrt(40.0 * 160.0))])
    slope = next(node for node in nodes(function, inputs | {"f": f}) if node.name == "f").derivative
    assert abs(float(slope)) < 1e-15
    svg = computation_graph(lambda R_low, R_high, f: function(R_low, R_high, f).sum(), inputs | {"f": f})
    told = {texts[1].text: [text.text for text in texts] for texts in lines(svg) if len(texts) > 3}
    assert "d out / d this = 0" in told["f"]
    assert "d out / d this = −0.004" in told["R_low"]


@pytest.mark.parametrize(
    ("function", "x", "slope"),
    [
        (lambda x: 1e-20 * x, 1.0, "10⁻²⁰"),
        (lambda x: 1 + 1e-20 * x, 1e20, "10⁻²⁰"),
        (lambda x: x * 3, 1e-30, "3"),
        (lambda x: x + 1, 1e-30, "1"),
        (lambda x: x * 0, 5.0, "0"),
    ],
)
def test_a_derivative_that_is_small_but_counts_stays(function, x, slope):
    (texts,) = [texts for texts in lines(computation_graph(function, {"x": number(x)})) if texts[0].text == "parameter"]
    assert texts[-1].text == f"d out / d this = {slope}"


def test_lines_are_in_the_middle_of_their_node():
    for group in (
        group for group in ET.fromstring(computation_graph(by_hand, INPUTS)).iter() if group.get("class") == "node"
    ):
        box, *texts = [each for each in group if each.tag.endswith(("path", "text"))]
        x = [float(pair.split(",")[0]) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", box.get("d"))]
        for text in texts:
            assert text.get("text-anchor") == "middle"
            assert float(text.get("x")) == pytest.approx((min(x) + max(x)) / 2, abs=0.01)


def test_what_is_written_on_a_drawing_is_escaped():
    name = "<script>alert('x & \"y\"')</script>\\N"
    svg = computation_graph(lambda x: x * 2, {name: number(1.0)})
    assert "<script" not in svg
    assert name.replace(" ", "") in "".join("".join(ET.fromstring(svg).itertext()).split())


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x * torch.ones(3), r"need a function that gives one number, got shape \(3,\)"),
        (lambda x: torch.ones(()), "need a result that some input changes"),
        (lambda x: (x, x), "need a function that gives one tensor, got tuple"),
    ],
)
def test_nodes_refuse(function, message):
    with pytest.raises(ValueError, match=message):
        nodes(function, {"x": number(1.0)})
