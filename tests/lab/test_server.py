"""Who is let in, and what is answered; the pages themselves are opened in `test_browser`."""

import asyncio
import re
import socket

import pytest

from thalweg.lab import server
from thalweg.lab.topics import TOPICS


async def pages(scope, receive, send):
    """Stands for marimo."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a page"})


def ask(path="/", token="", query="", kind="http", **headers):
    """Status, headers and text of one answer."""
    sent = []

    async def send(message):
        sent.append(message)

    named = {"host": "127.0.0.1:8642", **headers}
    scope = {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    asyncio.run(server.Door(pages, token)(scope, None, send))
    first = sent[0]
    return first.get("status", first["type"]), dict(first.get("headers", [])), sent[-1].get("body", b"").decode()


def test_the_index_has_a_card_with_a_picture_for_every_topic():
    status, headers, text = ask()
    assert status == 200
    assert headers[b"content-type"].startswith(b"text/html")
    for topic in TOPICS:
        assert f'href="{topic.name}/"' in text
        assert topic.title in text
    assert text.count("<svg") == len(TOPICS)
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", text)


def test_pages_are_passed_on():
    assert ask("/learning-rate/")[2] == "a page"


def test_sources_of_the_package_are_shown_and_nothing_else():
    assert ask("/source/lab/topics.py")[2].startswith('"""The topics')
    for path in ("/source/../../pyproject.toml", "/source//etc/passwd", "/source/lab/index.html", "/source/"):
        assert ask(path)[0] == 404


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "[::2]", "", "10.0.0.1:8642"])
def test_other_names_than_loopback_are_refused(host):
    assert ask(host=host)[0] == 403
    assert ask(host=host, kind="websocket")[0] == "websocket.close"


def test_pages_of_other_sites_are_refused():
    assert ask(origin="http://example.org")[0] == 403
    assert ask(origin="http://127.0.0.1:9999", kind="websocket")[0] == "websocket.close"
    assert ask(origin="http://127.0.0.1:8642")[0] == 200


def test_with_a_token_only_who_brings_it_is_let_in():
    assert ask(token="secret", host="10.0.0.1:8642")[0] == 403
    assert ask(token="secret", query="token=wrong")[0] == 403
    assert ask(token="secret", cookie="thalweg_lab=wrong")[0] == 403
    assert ask(token="secret", cookie="thalweg_lab=secret", kind="websocket")[0] == 200
    status, headers, _ = ask("/features/", token="secret", query="token=secret", host="10.0.0.1:8642")
    assert (status, headers[b"location"]) == (303, b"/features/")
    assert headers[b"set-cookie"].startswith(b"thalweg_lab=secret; HttpOnly; SameSite=Strict")


def test_the_token_leads_to_no_other_host():
    assert ask("//example.org/", token="secret", query="token=secret")[1][b"location"] == b"/example.org/"


def test_others_are_served_only_with_a_token():
    with pytest.raises(ValueError, match="need a token"):
        server.serve("0.0.0.0", 8642, "")


def test_a_port_that_is_taken_gives_the_next_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert server.free_port("127.0.0.1", port) == port + 1 or server.free_port("127.0.0.1", port) > port
    with pytest.raises(ValueError, match="need an address and a port that are free"):
        server.free_port("192.0.2.1", 8642)
