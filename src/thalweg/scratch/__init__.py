"""Networks from scratch in NumPy, to learn backpropagation from: no framework behind them.

Begin with `layers`, forward and backward side by side; then `losses`, `networks`, `updates` and `training`. `checking` holds
every gradient against differences. The names and the order of arguments are those that courses on deep learning use.
"""

from thalweg.scratch.checking import check_gradients, numeric_gradient, report
from thalweg.scratch.images import Images, load_cifar10
from thalweg.scratch.layers import (
    affine_backward,
    affine_forward,
    affine_relu_backward,
    affine_relu_forward,
    relu_backward,
    relu_forward,
)
from thalweg.scratch.losses import softmax_loss, svm_loss
from thalweg.scratch.networks import FullyConnectedNet, TwoLayerNet
from thalweg.scratch.training import Data, History, Recipe, accuracy, train
from thalweg.scratch.updates import adam, rmsprop, sgd, sgd_momentum

__all__ = [
    "Data",
    "FullyConnectedNet",
    "History",
    "Images",
    "Recipe",
    "TwoLayerNet",
    "accuracy",
    "adam",
    "affine_backward",
    "affine_forward",
    "affine_relu_backward",
    "affine_relu_forward",
    "check_gradients",
    "load_cifar10",
    "numeric_gradient",
    "relu_backward",
    "relu_forward",
    "report",
    "rmsprop",
    "sgd",
    "sgd_momentum",
    "softmax_loss",
    "svm_loss",
    "train",
]
