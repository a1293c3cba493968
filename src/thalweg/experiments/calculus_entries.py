"""The experiments on vector calculus."""

from thalweg.experiments import calculus_settings as kinds
from thalweg.experiments.entry import Entry

CALCULUS = (
    Entry(
        "calculus/review",
        "Vector calculus, five questions",
        "What are the derivatives of x'c, ||x||^2, A x and x'A x in the row convention, and when is the last one 2 x'A?",
        "Homework 0, fall 2025, question 2; fall 2023, question 3; spring 2023, question 5",
        "calculus_review:review",
        kinds.Review,
        "c', 2 x', A, x'(A + A'); the last is 2 x'A if and only if A is symmetric.",
    ),
)
