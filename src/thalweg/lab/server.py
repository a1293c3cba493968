"""The server of the laboratory: an index, the pages, their sources; on loopback unless told otherwise.

Every request must name this server in its Host header, and a websocket in its Origin too, so that no page of another site can
reach it through a visitor's browser. On another address than loopback every visitor must bring the token.
"""

import hmac
import html
import importlib.metadata
import os
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from thalweg.lab.topics import TOPICS

HERE = Path(__file__).parent
PACKAGE = HERE.parent
COOKIE = "thalweg_lab"
ASSETS = "/assets-of-pages"  # one address for all pages, so that a browser fetches and compiles their scripts once
PLOTLY = f"/plotly-{importlib.metadata.version('plotly')}.js"
FOREVER = (b"cache-control", b"private, max-age=31536000, immutable")
TYPES = {
    "html": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "script": "text/javascript; charset=utf-8",
}
POLICY = "default-src 'self' 'unsafe-inline' data: blob:; frame-ancestors 'self'"

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
        if refusal and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal})
        elif refusal:
            await _answer(send, 403, refusal)
        elif scope["type"] == "http" and self.token and _asked(scope):
            await _answer(send, 303, "the token is kept in a cookie", more=self._kept(scope))
        elif scope["type"] == "http" and scope["path"] == "/":
            await _answer(send, 200, index(), "html")
        elif scope["type"] == "http" and scope["path"].startswith("/source/"):
            text = source(scope["path"].removeprefix("/source/"))
            await _answer(send, 200 if text else 404, text or "there is no such source")
        elif scope["path"] == PLOTLY:
            await _answer(send, 200, plotly(), "script", [FOREVER])
        elif scope["path"].startswith(f"{ASSETS}/"):
            path = f"/{TOPICS[0].name}{scope['path'].removeprefix(ASSETS)}"
            await self.pages({**scope, "path": path, "raw_path": path.encode()}, receive, _kept_forever(send))
        else:
            await self.pages(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        """Why a request is not answered; empty if it is."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if not self.token and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return "thalweg lab answers to 127.0.0.1 and localhost only"
        if "origin" in headers and urlsplit(headers["origin"]).netloc != host:
            return "thalweg lab does not answer pages of other sites"
        if self.token and not self._knows(scope, headers):
            return "thalweg lab needs the address with its token, as it was printed when it started"
        return ""

    def _knows(self, scope: Scope, headers: dict[str, str]) -> bool:
        """Whether a visitor brings the token, in the address or in a cookie."""
        try:
            kept = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            kept = None
        return any(
            hmac.compare_digest(each.encode(), self.token.encode())
            for each in (_asked(scope), kept.value if kept else "")
        )

    def _kept(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """The cookie that keeps the token, and the way to the same address without it."""
        way = "/" + quote(scope["path"].lstrip("/"))  # two slashes would lead to another host
        cookie = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
        return [(b"set-cookie", cookie.encode()), (b"location", way.encode())]


def _asked(scope: Scope) -> str:
    """The token in an address; empty if there is none."""
    return parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]


def _kept_forever(send: Send) -> Send:
    """Answers that a browser may keep, since their names change with what is in them."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            message["headers"] = [*message.get("headers", []), FOREVER]
        await send(message)

    return sending


async def _answer(send: Send, status: int, text: str, kind: str = "text", more: list | None = None) -> None:
    """A whole answer."""
    body = text.encode()
    headers = [
        (b"content-type", TYPES[kind].encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", POLICY.encode()),
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# What it shows itself


def head() -> str:
    """What stands in the head of every page: the style of results and of the laboratory."""
    style = "".join((PACKAGE / name).read_text(encoding="utf-8") for name in ("draw/results.css", "lab/lab.css"))
    return f'<link rel="icon" href="data:,"><style>{style}</style><script src="{PLOTLY}" async></script>'


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


def source(name: str) -> str:
    """A source file of the package; empty if there is none of that name.

    Example:
        >>> source("lab/topics.py").startswith('\"\"\"The topics')
        True
        >>> source("../../pyproject.toml"), source("nothing.py")
        ('', '')
    """
    known = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    return known[name].read_text(encoding="utf-8") if name in known else ""


# Serving


def free_port(host: str, port: int) -> int:
    """The port, if it is free, else the next one that is.

    Raises:
        ValueError: If none of ten is free, or if the address cannot be bound.
    """
    reason = ""
    for each in range(port, min(port + 10, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host.strip("[]"), each))
            except OSError as error:
                reason = error.strerror or str(error)
                continue
            return each
    raise ValueError(f"lab: need an address and a port that are free, got {host}:{port} ({reason})")


def serve(host: str, port: int, token: str, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until it is interrupted.

    Args:
        host: The address to bind.
        port: The port.
        token: What visitors must bring; empty on loopback.
        ready: Called when the server answers.

    Raises:
        ValueError: If an address that others reach is to be served without a token.
    """
    if not is_loopback(host) and not token:
        raise ValueError(f"lab: need a token to serve on {host}, which others can reach")
    laboratory = application(token)
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list | None = None) -> None:
            await super().startup(sockets)
            threading.Thread(target=_warm, daemon=True).start()
            ready()

    Server(uvicorn.Config(laboratory, host=host, port=port, log_level="warning", ws_max_size=2**25)).run()


def _warm() -> None:
    """Import what pages need and draw the index, so that the first visitor need not wait."""
    import thalweg.lab.kit  # noqa: F401

    index()
