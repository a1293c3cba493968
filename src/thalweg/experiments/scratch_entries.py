"""The experiments on networks from scratch."""

from thalweg.experiments import scratch_settings as kinds
from thalweg.experiments.entry import Entry

SCRATCH = (
    Entry(
        "scratch/three-against-five",
        "Three layers against five",
        "Is a net of five layers harder to overfit 50 images with than one of three, for which weight scales and learning "
        "rates, and why?",
        "Homework 0, fall 2025, question 6 (a)",
        "scratch_depth:three_against_five",
        kinds.Depth,
        check=kinds.check_depth,
    ),
)
