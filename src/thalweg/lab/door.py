"""The laboratory as one application: an index, the pages, their sources, and the door in front of them.

Every request must name this server in its Host header, and in its Origin if it has one, as a browser's websocket always has: so
no page of another site can reach it through a visitor's browser. On another address than loopback every visitor must bring the
token.
"""

import hmac
import html
import importlib.metadata
import json
import os
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from thalweg.lab.topics import TOPICS

HERE = Path(__file__).parent
PACKAGE = HERE.parent
ASSETS = "/assets-of-pages"  # one address for all pages, so that a browser fetches and compiles their scripts once
KEPT = (f"{ASSETS}/assets/", f"{ASSETS}/favicon.ico", f"{ASSETS}/apple-touch-icon.png")
PLOTLY = f"/plotly-{importlib.metadata.version('plotly')}.js"
STYLE, SCRIPT, MANIFEST = "/thalweg.css", "/thalweg.js", f"{ASSETS}/manifest.json"
FOREVER = (b"cache-control", b"private, max-age=31536000, immutable")
TYPES = {
    "html": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "style": "text/css; charset=utf-8",
    "script": "text/javascript; charset=utf-8",
    "manifest": "application/manifest+json",
}
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'"
"""What a page may load: nothing from outside."""
FILE = re.compile(r"/@file/\d+-[\w.-]+$")  # What a page makes for its visitor.
GUARD = (b"content-security-policy", POLICY.encode())

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def application(token: str = "") -> Asgi:
    """The whole laboratory as one ASGI application.

    Args:
        token: What every visitor must bring, as `?token=...` at first; without one, only loopback names are answered.

    Returns:
        The application.

    Raises:
        ValueError: If marimo or anywidget are not installed.
    """
    os.environ["MARIMO_SKIP_UPDATE_CHECK"] = "1"
    try:
        import anywidget  # noqa: F401
        import marimo
    except ImportError as error:
        raise ValueError(f"lab: need {error.name}; install it with: pip install 'thalweg[lab]'") from None
    from thalweg.draw.explorables import chart

    chart.Chart._esm = chart.WITHOUT_PLOTLY  # the script is 5 MB: all pages load it from one address
    pages = marimo.create_asgi_app(quiet=True, html_head=head(), session_ttl=60, asset_url=ASSETS)
    for each in filter(lambda each: each.file.exists(), TOPICS):
        pages = pages.with_app(path=f"/{each.name}", root=str(each.file))
    return Door(pages.build(), token)


class Door:
    """What stands in front of the pages: it asks who comes, and answers the index and the sources itself.

    Attributes:
        pages: The pages' application.
        token: What visitors must bring; empty on loopback.
    """

    def __init__(self, pages: Asgi, token: str = "") -> None:
        self.pages = pages
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self.pages(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket" and refusal:
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        elif scope["type"] == "websocket":
            await self.pages(scope, receive, send)
        elif refusal:
            await _answer(send, 403, refusal)
        elif self.token and _asked(scope):
            await _answer(send, 303, "the token is kept in a cookie", more=self._kept(scope))
        else:
            await self._show(scope["path"], scope, receive, send)

    async def _show(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a visitor who may come in."""
        if path in OWN and scope.get("method", "GET") not in ("GET", "HEAD"):
            await _answer(send, 405, "this can only be read", more=[(b"allow", b"GET, HEAD")])
        elif path in OWN:
            make, kind, more = OWN[path]
            await _answer(send, 200, make(), kind, more)
        elif path.startswith("/source/"):
            text = sources().get(path.removeprefix("/source/"))
            await _answer(send, 200, text) if text else await _answer(send, 404, "there is no such source")
        elif "/auth/" in path:
            await _answer(send, 404, "nobody logs in here")
        elif "/@file/" in path:
            await self._file(path, scope, receive, send)
        elif path.startswith(KEPT):  # any page has them
            its = f"/{TOPICS[0].name}{path.removeprefix(ASSETS)}"
            await self.pages({**scope, "path": its, "raw_path": its.encode()}, receive, _with(send, [FOREVER]))
        else:
            await self.pages(scope, receive, _with(send, [GUARD]))

    async def _file(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what a page has made for its visitor, if it is there: marimo begins an answer before it looks."""
        answer: list[MutableMapping[str, Any]] = []

        async def keep(message: MutableMapping[str, Any]) -> None:
            answer.append(message)

        try:
            if FILE.search(path):
                await self.pages(scope, receive, _with(keep, [GUARD]))
        except RuntimeError:
            answer.clear()
        for message in answer:
            await send(message)
        if not answer:
            await _answer(send, 404, "there is no such file")

    def _refusal(self, scope: Scope) -> str:
        """Why a request is not answered; empty if it is."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if not self.token and not is_loopback(_name(host)):
            return "thalweg lab answers to 127.0.0.1 and localhost only"
        if "origin" in headers and headers["origin"] not in {f"http://{host}", f"https://{host}"}:
            return "thalweg lab does not answer pages of other sites"
        if self.token and not self._knows(scope, headers):
            return "thalweg lab needs the address with its token, as it was printed when it started"
        return ""

    def _knows(self, scope: Scope, headers: dict[str, str]) -> bool:
        """Whether a visitor brings the token, in the address or in a cookie."""
        cookies = (each.strip().partition("=") for each in headers.get("cookie", "").split(";"))
        kept = [value for name, _, value in cookies if name == _cookie(scope)]  # Others may be of any form.
        return any(hmac.compare_digest(each.encode(), self.token.encode()) for each in (_asked(scope), *kept))

    def _kept(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """The cookie that keeps the token, and the way to the same address without it."""
        way = "/" + quote(scope["path"].lstrip("/"))  # two slashes would lead to another host
        rest = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "token"]
        way += f"?{urlencode(rest)}" if rest else ""
        cookie = f"{_cookie(scope)}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        return [(b"set-cookie", cookie.encode()), (b"location", way.encode())]


def _name(host: str) -> str:
    """The name in a Host header, without its port; empty if it is none."""
    try:
        return "" if "@" in host else urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _cookie(scope: Scope) -> str:
    """The name of the cookie that keeps the token: one a port, since a browser sends cookies to all ports of a host."""
    return f"thalweg_lab_{(scope.get('server') or ('', ''))[1]}"


def _asked(scope: Scope) -> str:
    """The token in an address; empty if there is none."""
    return parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]


def _with(send: Send, more: Collection[tuple[bytes, bytes]]) -> Send:
    """Good answers with these headers, in the place of their own ones of the same names."""
    names = {name for name, _ in more}

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message["headers"] = [*(each for each in message.get("headers", []) if each[0] not in names), *more]
        await send(message)

    return sending


async def _answer(send: Send, status: int, text: str, kind: str = "text", more: list | None = None) -> None:
    """A whole answer."""
    body = text.encode()
    headers = [
        (b"content-type", TYPES[kind].encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        GUARD,
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# What it shows itself


def head() -> str:
    """What stands in the head of every page."""
    return (
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="{STYLE}">'
        f'<script src="{SCRIPT}" async></script><script src="{PLOTLY}" async></script>'
    )


@cache
def style() -> str:
    """The style of results and of the laboratory; marimo gives a file, unlike a style element, to its controls too."""
    return "".join((PACKAGE / name).read_text(encoding="utf-8") for name in ("draw/results.css", "lab/lab.css"))


@cache
def plotly() -> str:
    """Plotly's script."""
    from thalweg.draw import style

    return style.plotly_script()


@cache
def index() -> str:
    """The index: a card with a picture for each topic."""
    from thalweg.draw.thumbnails import thumbnail

    cards = [
        f'<li><a href="{each.name}/"><span class="picture">{thumbnail(each.name)}</span>'
        f"<b>{html.escape(each.title)}</b><span>{html.escape(each.teaser)}</span></a></li>"
        for each in TOPICS
    ]
    text = (HERE / "index.html").read_text(encoding="utf-8")
    return text.replace("{{head}}", head()).replace("{{cards}}", "\n".join(cards))


@cache
def script() -> str:
    """What makes the controls of pages easier to hear."""
    return (HERE / "lab.js").read_text(encoding="utf-8")


def manifest() -> str:
    """What a browser is told that keeps the laboratory like a program."""
    return json.dumps({"name": "thalweg", "start_url": "/"})


OWN: dict[str, tuple[Callable[[], str], str, list[tuple[bytes, bytes]]]] = {
    "/": (index, "html", []),
    STYLE: (style, "style", []),
    SCRIPT: (script, "script", []),
    MANIFEST: (manifest, "manifest", []),
    PLOTLY: (plotly, "script", [FOREVER]),
}
"""What is answered without a page: how it is made, its kind, and more headers."""


@cache
def sources() -> dict[str, str]:
    """The source files of the package, by their names.

    Example:
        >>> sources()["lab/topics.py"].startswith('\"\"\"The topics')
        True
        >>> "../../pyproject.toml" in sources()
        False
    """
    return {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
