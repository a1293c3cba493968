"""Who is let in, and what is answered; the pages themselves are opened in `test_browser`."""

import asyncio
import json
import re

import pytest

from thalweg.lab import door
from thalweg.lab.topics import TOPICS


async def pages(scope, receive, send):
    """Stands for marimo."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"no-store")]})
    await send({"type": "http.response.body", "body": f"a page at {scope['path']}".encode()})


def ask(path="/", token="", query="", kind="http", method="GET", pages=pages, **headers):
    """Status, headers and text of one answer."""
    sent = []

    async def send(message):
        sent.append(message)

    named = {"host": "127.0.0.1:8642", **headers}
    scope = {
        "type": kind,
        "path": path,
        "method": method,
        "query_string": query.encode(),
        "server": ("127.0.0.1", 8642),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    asyncio.run(door.Door(pages, token)(scope, None, send))
    first = sent[0]
    return first.get("status", first["type"]), dict(first.get("headers", [])), sent[-1].get("body", b"").decode()


def test_the_index_has_a_card_with_a_picture_for_every_topic():
    status, headers, text = ask()
    assert status == 200
    assert headers[b"content-type"].startswith(b"text/html")
    for topic in TOPICS:
        assert f'href="{topic.name}/"' in text
        assert topic.title in text
    assert text.count("<svg") == text.count('role="img" aria-label="') == len(TOPICS)
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", text)


def test_pages_are_passed_on_and_may_ask_for_nothing_outside():
    status, headers, text = ask("/learning-rate/")
    assert (status, text) == (200, "a page at /learning-rate/")
    assert headers[b"content-security-policy"].startswith(b"default-src 'self'")
    assert ask("/learning-rate/ws", kind="websocket")[0] == "websocket.accept"


def test_scripts_of_pages_have_one_address_and_are_kept():
    _, headers, text = ask("/assets-of-pages/assets/index.js")
    assert text == "a page at /learning-rate/assets/index.js"
    assert headers[b"cache-control"].endswith(b"immutable")
    assert headers[b"cache-control"].count(b"no-store") == 0


@pytest.mark.parametrize("path", ["/assets-of-pages/", "/assets-of-pages/api/version", "/features/"])
def test_nothing_else_is_kept(path):
    assert ask(path)[1][b"cache-control"] == b"no-store"
    assert ask(path)[2] == f"a page at {path}"


def test_a_browser_that_asks_what_the_pages_are_is_told():
    status, headers, text = ask("/assets-of-pages/manifest.json")
    assert (status, headers[b"content-type"]) == (200, b"application/manifest+json")
    assert json.loads(text) == {"name": "thalweg", "start_url": "/"}


def test_nobody_logs_in():
    assert ask("/features/auth/login")[0] == 404


def test_a_websocket_gets_no_answer_that_is_not_one():
    _, version = door.PLOTLY.split("-")
    for path in ("/", f"/plotly-{version}", "/source/lab/topics.py"):
        assert ask(path, kind="websocket")[0] == "websocket.accept"


def test_sources_of_the_package_are_shown_and_nothing_else():
    assert ask("/source/lab/topics.py")[2].startswith('"""The topics')
    for path in ("/source/../../pyproject.toml", "/source//etc/passwd", "/source/lab/index.html", "/source/"):
        assert ask(path)[0] == 404


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1.example.org", "[::2]", "[::1", "", "10.0.0.1:8642", "evil@127.0.0.1:8642"]
)
def test_other_names_than_loopback_are_refused(host):
    assert ask(host=host)[0] == 403
    assert ask(host=host, kind="websocket")[0] == "websocket.close"


def test_pages_of_other_sites_are_refused():
    assert ask(origin="http://example.org")[0] == 403
    assert ask(origin="http://127.0.0.1:9999", kind="websocket")[0] == "websocket.close"
    assert ask(origin="http://[")[0] == 403
    assert ask(origin="null")[0] == 403
    assert ask(origin="http://127.0.0.1:8642")[0] == 200


def test_with_a_token_only_who_brings_it_is_let_in():
    assert ask(token="secret", host="10.0.0.1:8642")[0] == 403
    assert ask(token="secret", query="token=wrong")[0] == 403
    assert ask(token="secret", cookie="thalweg_lab_8642=wrong")[0] == 403
    assert ask(token="secret", cookie="thalweg_lab_8642=secret", kind="websocket")[0] == "websocket.accept"
    status, headers, _ = ask("/features/", token="secret", query="token=secret", host="10.0.0.1:8642")
    assert (status, headers[b"location"]) == (303, b"/features/")
    assert headers[b"set-cookie"].startswith(b"thalweg_lab_8642=secret; HttpOnly; SameSite=Strict")


@pytest.mark.parametrize("other", ['{"a":1}', "x[y]=1", "x=a b, c", "bad name=1", 'a="é', "=", ""])
def test_cookies_of_others_are_left_alone(other):
    assert ask(token="secret", cookie=f"{other}; thalweg_lab_8642=secret")[0] == 200
    assert ask(token="secret", cookie=f"thalweg_lab_8642=secret;{other}")[0] == 200
    assert ask(token="secret", cookie=f"{other}; thalweg_lab_8642=wrong")[0] == 403


def test_what_the_laboratory_shows_itself_can_only_be_read():
    assert ask(method="HEAD")[0] == 200
    status, headers, _ = ask(method="POST")
    assert (status, headers[b"allow"]) == (405, b"GET, HEAD")


@pytest.mark.parametrize("path", ["/features/@file/10-gone.txt", "/features/@file/x", "/features/@file/1-../../a"])
def test_a_file_that_is_not_there_is_not_found(path):
    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("there is none")

    assert ask(path, pages=broken)[0] == 404
    assert ask("/features/@file/10-there.txt")[2] == "a page at /features/@file/10-there.txt"


def test_the_token_leaves_the_state_in_the_address():
    _, headers, _ = ask("/features/", token="secret", query="token=secret&seed=3&f=x%27%20A")
    assert headers[b"location"] == b"/features/?seed=3&f=x%27+A"


def test_laboratories_on_two_ports_keep_their_tokens_apart():
    assert ask(token="secret", cookie="thalweg_lab_8643=secret")[0] == 403


def test_the_token_leads_to_no_other_host():
    assert ask("//example.org/", token="secret", query="token=secret")[1][b"location"] == b"/example.org/"
