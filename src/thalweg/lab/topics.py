"""The topics of the laboratory, in the order in which a course asks for them. It imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Topic:
    """One page.

    Attributes:
        name: The page's address and the name of its file.
        title: What it is called.
        teaser: What one can do there, in a sentence.
        question: What it asks, in Markdown with maths.
        seed: The homework's questions that it comes from.
        experiments: The experiments of the catalogue that belong to it.
    """

    name: str
    title: str
    teaser: str
    question: str
    seed: str
    experiments: tuple[str, ...]

    @property
    def file(self) -> Path:
        """The page's notebook."""
        return PAGES / f"{self.name.replace('-', '_')}.py"


TOPICS = (
    Topic(
        "learning-rate",
        "Learning rate",
        "Drag the rate under the curve of every singular value, and past the limit.",
        r"""How large may a learning rate be, and which is best? With one weight, $\tfrac c2 (\sigma w - y)^2$, a step
        multiplies the error by $\rho = 1 - \eta\, c\, \sigma^2$. With many, each singular value of $X$ has a $\rho$
        of its own: the largest $\sigma$ says how large $\eta$ may be, the smallest how long it takes.""",
        "Homework 1, spring 2025, question 1",
        ("learning-rate/scalar", "learning-rate/two", "learning-rate/svd"),
    ),
    Topic(
        "ill-conditioned",
        "Ill-conditioned problems",
        "Watch inversion go wild where descent stays calm, and stop it early.",
        r"""With a tiny singular value, $w = X^{-1} y$ blows up the noise in $y$. Descent from 0 does not: after $t$
        steps $\|w_t\| \le t\, \eta\, \alpha\, \|y\|$ with $\alpha = \sigma_{\max}(X)$. How far is it right, and
        when should one stop?""",
        "Homework 0, fall 2023, question 1 (spring 2023, question 3)",
        ("ill-conditioned",),
    ),
    Topic(
        "least-squares-and-ridge",
        "Least squares and ridge",
        "Tall and wide data, ridge through every door, one slider for its strength.",
        r"""With more points than features there is one $w$ of least error; with fewer, infinitely many, and one of
        least norm. Ridge, $\min \|Xw - y\|^2 + \lambda \|w\|^2$, joins the two: what does $\lambda$ do to each
        singular value, and where does it lead as $\lambda \to 0$ and as $\lambda \to \infty$?""",
        "Homework 0, fall 2025, questions 3 and 4; homework 1, spring 2025, question 3",
        ("least-squares/tall", "least-squares/wide", "ridge", "ridge/limits", "ridge/filters", "ridge/diabetes",
         "ridge/polynomial"),
    ),
    Topic(
        "noise-and-tikhonov",
        "Noise and Tikhonov",
        "Shake the data at every step: the mean of the weights is ridge, and their cloud is foreseen.",
        r"""Fresh noise of variance $s^2$ on the inputs at every step of descent acts, on average, as ridge with
        $\lambda = n s^2$. How large is the cloud around that mean, and up to which learning rate is it bounded? And what
        does a general Tikhonov penalty $\|W_2 (x - c)\|^2$ do, or a prior $x \sim N(c, \Sigma)$?""",
        "Homework 1, spring 2025, questions 2 and 4; homework 0, fall 2023, question 2",
        ("noise", "noise/ridge", "tikhonov"),
    ),
    Topic(
        "one-elbow",
        "One elbow",
        "Drag one unit, one point and the learning rate: where does the elbow go?",
        r"""One unit $\max(0, w x + b)$ bends at its elbow $e = -b/w$. After one step on one point, does the elbow move
        left or right, does the slope become steeper, does the error fall? The answers hold exactly on regions of
        the learning rate.""",
        "Homework 0, fall 2025, question 5 (fall 2023, question 4; spring 2023, question 6)",
        ("elbow/one-unit", "elbow/network"),
    ),
    Topic(
        "a-network-learns",
        "A ReLU network learns",
        "Scrub through training: elbows travel, the curve comes, three ways compared.",
        r"""A hidden layer of ReLU units learns a piecewise linear curve: by its output layer alone, by all layers, or
        by ridge on the features that it started with. Where do the elbows go, and which of the three is best on
        points it has not seen?""",
        "The discussion before homework 1, spring 2025, question 5",
        ("relu/training",),
    ),
    Topic(
        "features",
        "Features",
        "The features of a network at its start and after training; choose a mode and see it.",
        r"""Near a point, a network is linear in its parameters: its features are the derivatives of its output,
        $\partial f / \partial w$. How many of them differ, what do the principal ones look like, and what does
        training do to them?""",
        "Homework 1, spring 2025, question 5",
        ("features/one-layer", "features/two-layers"),
    ),
    Topic(
        "from-scratch",
        "From scratch",
        "Three layers against five: where each learns, foreseen from the scale of its signals.",
        r"""In a deep network signals grow or fade layer by layer with the scale of the weights. Where do three layers
        learn, where do five, and why is the window of good learning rates smaller for the deeper one?""",
        "Homework 0, fall 2025, question 6 (a)",
        ("scratch/three-against-five",),
    ),
    Topic(
        "vector-calculus",
        "Vector calculus",
        "Type an expression and read the story of its derivative.",
        r"""What is the derivative of $x^\top A x$, of $\|Xw - y\|^2$, of anything built of vectors and matrices? Its
        shape first, then an arbitrary entry, then all of them stacked: in the convention that the derivative of a
        scalar is a row.""",
        "Homework 0, fall 2025, question 2 (fall 2023, question 3; spring 2023, question 5)",
        ("calculus/review",),
    ),
    Topic(
        "colour-organ",
        "Colour organ",
        "Find a resistor by ear and eye, let descent learn it, then play music through the lamps.",
        r"""Three lamps should light for low, middle and high tones. Which resistors do it? By hand first; then descent
        learns them from the lamps, where each wrong lamp pulls the resistance up or down.""",
        "Homework 0, spring 2023, question 7 (fall 2023, question 5)",
        (
            "organ/by-hand", "organ/lamps", "organ/low-pass", "organ/learning-rates", "organ/binary", "organ/cure",
            "organ/high-pass", "organ/band-pass", "organ/bode", "organ", "organ/graph",
        ),
    ),
)  # fmt: skip


def topic(name: str) -> Topic:
    """The topic of that name.

    Raises:
        ValueError: If there is none.

    Example:
        >>> topic("features").file.name
        'features.py'
    """
    for each in TOPICS:
        if each.name == name:
            return each
    raise ValueError(f"topic: need one of {', '.join(each.name for each in TOPICS)}, got {name!r}")
