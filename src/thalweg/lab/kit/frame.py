"""The beginning and the end of a page."""

import html

import marimo as mo

from thalweg.experiments import catalogue
from thalweg.lab.topics import TOPICS, topic


def begin(name: str) -> mo.Html:
    """A page's head: the way back, the title, the question.

    Args:
        name: The topic's name.

    Returns:
        What to show first.
    """
    about = topic(name)
    question = " ".join(about.question.split())
    return mo.md(
        f'<nav><a href="../">thalweg, all topics</a></nav>\n\n# {about.title}\n\n{question}\n\n'
        f'<p class="seed">{html.escape(about.seed)}</p>'
    )


def end(name: str) -> mo.Html:
    """A page's foot: the same as commands, and where the sources are."""
    about = topic(name)
    rows = [
        f"- `thalweg run {each}`: {catalogue.find(each).title} "
        f'(<a href="../source/experiments/{catalogue.find(each).where.split(":")[0]}.py">source</a>)'
        for each in about.experiments
    ]
    place = [each.name for each in TOPICS].index(name)
    following = TOPICS[(place + 1) % len(TOPICS)]
    return mo.md(
        "## The same from the command line\n\n" + "\n".join(rows) + "\n\n"
        f'<p>This page is a marimo notebook. Save <a href="../source/lab/pages/{about.file.name}">its source</a> as '
        f"<code>{about.file.name}</code>, and <code>marimo edit {about.file.name}</code> opens it; "
        f"<code>marimo export ipynb {about.file.name} -o {about.file.stem}.ipynb</code> makes a Jupyter notebook of it. Print "
        "the page with the browser to hand it in.</p>\n\n"
        f'<nav>Next: <a href="../{following.name}/">{following.title}</a></nav>'
    )


def notice(*sentences: str) -> mo.Html:
    """What to notice, as a list; each sentence is Markdown with maths."""
    return mo.md("## What to notice\n\n" + "\n".join(f"- {' '.join(sentence.split())}" for sentence in sentences))
