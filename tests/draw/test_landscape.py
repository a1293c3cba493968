import numpy as np
import pytest
import torch

from thalweg.draw import style
from thalweg.draw.landscape import loss_curve, loss_surface

OHM = torch.logspace(0, 4, 801, dtype=torch.float64)


def bowl(R):
    return (R / 200).log().square()


def test_path_lies_on_the_curve():
    path = torch.tensor([500.0, 300.0, 201.0], dtype=torch.float64)
    marks = {"desired": 198.94, "predicted": 200.4, "learned": 200.43}
    drawn = {trace.name: trace for trace in loss_curve(OHM, bowl(OHM), path, bowl(path), marks).data}
    np.testing.assert_allclose(drawn["loss"].y, np.log(drawn["loss"].x / 200) ** 2, atol=1e-12)
    assert drawn["descent"].x.tolist() == path.tolist()
    assert drawn["start"].x == [500.0]
    assert drawn["learned: 200.4 ohm"].line.color == style.RUN
    assert drawn["predicted: 200.4 ohm"].line.color == style.FORECAST


def test_surface_has_its_rows_along_y():
    x, y = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64), torch.tensor([5.0, 50.0], dtype=torch.float64)
    loss = y.unsqueeze(1) * x
    paths = {"near": torch.tensor([[10.0, 5.0], [1.0, 5.0]]), "far": torch.tensor([[100.0, 50.0]])}
    figure = loss_surface(x, y, loss, paths, (1.0, 5.0), ("low", "high"))
    contours, near, start, far, _, minimum = figure.data
    np.testing.assert_allclose(contours.z[1], np.log10(50 * np.array([1.0, 10.0, 100.0])), rtol=1e-6)
    assert (near.x.tolist(), near.y.tolist()) == ([10.0, 1.0], [5.0, 5.0])
    assert (start.x[0], start.y[0]) == (10.0, 5.0)
    assert near.line.color != far.line.color
    assert (minimum.x[0], minimum.y[0]) == (1.0, 5.0)
    assert figure.layout.xaxis.title.text == "low (ohm)"


@pytest.mark.parametrize("least", [0.0, 1e-3])
def test_a_perfect_fit_has_a_height_too(least):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    loss = torch.tensor([[1.0, 0.1], [0.01, least]], dtype=torch.float64)
    z = loss_surface(x, x, loss, {}, (2.0, 2.0), ("a", "b")).data[0].z
    assert np.isfinite(z).all()
    assert z.min() == pytest.approx(-2 if least == 0 else -3)


def test_a_large_surface_is_thinned():
    x, y = torch.logspace(0, 3, 400, dtype=torch.float64), torch.logspace(0, 2, 300, dtype=torch.float64)
    figure = loss_surface(x, y, y.unsqueeze(1) * x, {}, (1.0, 1.0), ("a", "b"))
    contours = figure.data[0]
    np.testing.assert_allclose(contours.z, np.log10(contours.y[:, None] * contours.x), atol=1e-6)
    assert (contours.x[-1], contours.y[-1]) == pytest.approx((1000, 100))
    assert len(style.as_json(figure)) < 300_000
