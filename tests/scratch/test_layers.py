import numpy as np
import pytest
import torch

from thalweg.scratch import (
    affine_backward,
    affine_forward,
    affine_relu_backward,
    affine_relu_forward,
    numeric_gradient,
    relu_backward,
    relu_forward,
    softmax_loss,
    svm_loss,
)

CHANCE = np.random.default_rng(0)


def normal(*shape):
    return CHANCE.standard_normal(shape)


def by_torch(function, arrays, dout):
    """The gradients that torch finds in every argument."""
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    function(*leaves).backward(torch.tensor(dout))
    return [leaf.grad.numpy() for leaf in leaves]


def torch_affine(x, w, b):
    return x.flatten(1) @ w + b


PAIRS = [
    (affine_forward, affine_backward, torch_affine),
    (affine_relu_forward, affine_relu_backward, lambda x, w, b: torch_affine(x, w, b).relu()),
]


@pytest.mark.parametrize(("forward", "backward", "torchs"), PAIRS, ids=["affine", "affine_relu"])
@pytest.mark.parametrize("trailing", [(4,), (2, 3), (2, 1, 3)], ids=str)
def test_layers_are_torchs_forwards_and_backwards(forward, backward, torchs, trailing):
    arrays = normal(5, *trailing), normal(int(np.prod(trailing)), 7), normal(7)
    dout = normal(5, 7)
    out, cache = forward(*arrays)
    np.testing.assert_allclose(out, torchs(*map(torch.tensor, arrays)).numpy())
    for ours, theirs, array in zip(backward(dout, cache), by_torch(torchs, arrays, dout), arrays, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
        numeric = numeric_gradient(lambda _: forward(*arrays)[0], array, dout)
        np.testing.assert_allclose(ours, numeric, atol=1e-7)
    dx, dw, _ = backward(dout, cache, need_dx=False)
    assert dx is None
    np.testing.assert_array_equal(dw, backward(dout, cache)[1])


def test_relu_is_off_at_zero_as_torchs_is():
    x, dout = np.array([[-1.0, 0.0, 2.0]]), np.array([[3.0, 5.0, 7.0]])
    out, cache = relu_forward(x)
    np.testing.assert_array_equal(out, [[0, 0, 2]])
    np.testing.assert_array_equal(relu_backward(dout, cache), by_torch(torch.relu, [x], dout)[0])


def test_layers_keep_their_type():
    arrays = [array.astype(np.float32) for array in (normal(3, 4), normal(4, 2), normal(2))]
    out, cache = affine_relu_forward(*arrays)
    assert {out.dtype, *(grad.dtype for grad in affine_relu_backward(out, cache))} == {np.dtype(np.float32)}


@pytest.mark.parametrize("w", [(5, 2), (4, 3)], ids=str)
def test_shapes_that_do_not_fit_are_named(w):
    with pytest.raises(ValueError, match=r"affine_forward: need x \(n, d\), w \(d, m\), b \(m,\), got \(3, 2, 2\)"):
        affine_forward(normal(3, 2, 2), normal(*w), normal(2))


def test_gradients_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"affine_backward: need dout \(3, 2\)"):
        affine_backward(normal(3, 5), affine_forward(normal(3, 4), normal(4, 2), normal(2))[1])
    with pytest.raises(ValueError, match=r"relu_backward: need dout \(3, 2\)"):
        relu_backward(normal(1, 2), normal(3, 2))


LOSSES = [
    (softmax_loss, torch.nn.CrossEntropyLoss()),
    (svm_loss, lambda x, y: torch.nn.MultiMarginLoss(reduction="sum")(x, y) * x.shape[1] / len(x)),
]


@pytest.mark.parametrize(("ours", "torchs"), LOSSES, ids=["softmax", "svm"])
@pytest.mark.parametrize("size", [1.0, 100.0])
def test_losses_are_torchs(ours, torchs, size):
    x, y = size * normal(6, 4), CHANCE.integers(0, 4, 6)
    leaf = torch.tensor(x, requires_grad=True)
    theirs = torchs(leaf, torch.tensor(y))
    theirs.backward()
    loss, dx = ours(x, y)
    assert loss == pytest.approx(theirs.item())
    np.testing.assert_allclose(dx, leaf.grad.numpy(), atol=1e-12)


def test_huge_scores_do_not_overflow():
    assert softmax_loss(np.array([[1e4, -1e4]]), np.array([1]))[0] == pytest.approx(2e4)


@pytest.mark.parametrize("loss", [softmax_loss, svm_loss])
@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 3], "need labels from 0 to 2, got 3"),
        ([0, -1], "need labels from 0 to 2, got -1"),
        ([0], "need scores .n, k. and one label a row"),
        ([0.0, 1.0], "need whole numbers as labels"),
    ],
)
def test_labels_that_name_no_class_are_refused(loss, y, message):
    with pytest.raises(ValueError, match=message):
        loss(np.zeros((2, 3)), np.array(y))
