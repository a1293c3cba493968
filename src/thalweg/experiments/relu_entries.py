"""The experiments on ReLU networks: elbows, training, and the features of their linearization."""

from thalweg.experiments import relu_settings as kinds
from thalweg.experiments.entry import Entry

ELBOW = "Homework 0, fall 2025, question 5 (fall 2023, question 4; spring 2023, question 6)"
FEATURES = "Homework 1, spring 2025, question 5"

RELU = (
    Entry(
        "elbow/one-unit",
        "One ReLU unit and one training point",
        "Where is the elbow, and where do slope and elbow go in one step, at every learning rate?",
        f"{ELBOW} (a), (b)",
        "elbow_unit:one_unit",
        kinds.OneUnit,
        "e = -b / w. (i) Nothing moves. (ii) Shallower; right if and only if (b - w/x) (lr - w/x) > 0. (iii) Steeper, right. "
        "(iv) Steeper, left. The error falls even where the slope moves against it: lr 0.1, x = 1, y = 1, w = -2, b = 4.",
    ),
    Entry(
        "elbow/network",
        "Every elbow of a hidden layer in one step",
        "Where are the elbows of a network with one hidden layer after one step on one training point?",
        f"{ELBOW} (c), (d)",
        "elbow_network:network",
        kinds.OneStep,
        "(-b_i + lr (f(x) - y) a_i) / (w_i - lr x (f(x) - y) a_i) for units that are on at x; the others stay.",
    ),
    Entry(
        "relu/training",
        "A ReLU network learns a curve in three ways",
        "Train the output layer alone, all layers, or the output layer by ridge: which is best, and at what cost?",
        f"The discussion before {FEATURES[0].lower()}{FEATURES[1:]}",
        "relu_training:training",
        kinds.Training,
        check=kinds.check_training,
    ),
    Entry(
        "features/one-layer",
        "The features of a network with one hidden layer",
        "What are the derivatives in every parameter as functions of x, their singular values and principal features?",
        f"{FEATURES} (a), (b)",
        "features:one_layer",
        kinds.Features,
        check=kinds.check_one_layer,
    ),
    Entry(
        "features/two-layers",
        "The features of a network with two hidden layers",
        "The same with a second hidden layer of the same size: features of both, singular values, principal features.",
        f"{FEATURES} (c)",
        "features:two_layers",
        kinds.Features,
        check=kinds.check_two_layers,
    ),
)
