"""The experiments on linear problems: learning rates, least squares, ridge, Tikhonov, noise."""

from thalweg.experiments import linear_settings as kinds
from thalweg.experiments.entry import Entry

HOMEWORK_1 = "Homework 1, spring 2025, question"
FALL_2025 = "Homework 0, fall 2025, question"

LINEAR = (
    Entry(
        "learning-rate/scalar",
        "One unknown: how large a learning rate may be",
        "Solve sigma w = y by descent from 0: which learning rates are stable, and how many steps until w is right?",
        f"{HOMEWORK_1} 1 (a), (b)",
        "learning_rate:scalar",
        kinds.Rates,
        "Stable for 0 < lr < 1 / sigma^2 with the sum of squares; the error shrinks by |1 - 2 lr sigma^2| a step.",
        check=kinds.check_rates,
    ),
    Entry(
        "learning-rate/two",
        "Two unknowns: one limits, the other is slow",
        "Two scalar problems, one learning rate: which sigma limits it, which converges slower, and which rate is best?",
        f"{HOMEWORK_1} 1 (c) to (f)",
        "learning_rate:two",
        kinds.Rates,
        "The larger sigma limits; the best rate is 1 / (sigma_l^2 + sigma_s^2); modes in between change neither.",
        {"sigma": (3.0, 0.5)},
        kinds.check_rates,
    ),
    Entry(
        "learning-rate/svd",
        "Any least squares is scalar problems side by side",
        "What do the answers for one and two unknowns say of X w = y with any X?",
        f"{HOMEWORK_1} 1 (g)",
        "learning_rate:svd",
        kinds.Modes,
        "In the coordinates of its SVD least squares is parallel scalar problems, one for each singular value.",
        check=kinds.check_modes,
    ),
    Entry(
        "ill-conditioned",
        "Descent does not go nuts",
        "Where inverting a matrix puts the answer off by 1e10, how far off can k steps of descent be?",
        "Homework 0, fall 2023, question 1 (spring 2023, question 3)",
        "ill_conditioned:ill_conditioned",
        kinds.IllConditioned,
        "At most k lr alpha |y| + |w*|, as long as descent cannot diverge.",
    ),
    Entry(
        "least-squares/tall",
        "More points than features: the weights of least error",
        "Which weights come nearest to X w = y, and what is the left inverse that finds them?",
        f"{FALL_2025} 3 (a) to (c)",
        "least_squares:tall",
        kinds.LeastSquares,
        "w = (X'X)^-1 X'y = V S+ U'y, and (X'X)^-1 X' times X is I.",
        check=kinds.check_least_squares,
    ),
    Entry(
        "least-squares/wide",
        "More features than points: the smallest solution",
        "Of infinitely many solutions of X w = y, which is the smallest, and which does descent find?",
        f"{FALL_2025} 3 (d) to (f)",
        "least_squares:wide",
        kinds.LeastSquares,
        "w = X'(XX')^-1 y = V S+ U'y, and X times X'(XX')^-1 is I.",
        {"points": 4, "features": 12},
        kinds.check_least_squares,
    ),
)
