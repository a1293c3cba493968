"""The laboratory's server: where it listens, on loopback unless told otherwise, and what it works out before visitors come.

Who may come in, and what is answered, stands in `door`.
"""

import errno
import os
import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType

from thalweg.lab.door import application, index, is_loopback


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on the port, or on the next one that is free.

    Args:
        host: The address, or its name.
        port: The port to begin with.

    Returns:
        The socket; `getsockname()[1]` is its port.

    Raises:
        ValueError: If none of ten is free or may be opened, or if the address is empty or not one of this machine.
    """
    if not host:
        raise ValueError(
            "lab: need an address, such as 127.0.0.1, got an empty one, which would be all of this machine's"
        )
    if not 0 <= port <= 65535:
        raise ValueError(f"lab: need a port from 1 to 65535, or 0 for any that is free, got {port}")
    family, last = socket.AF_INET6 if ":" in host else socket.AF_INET, min(port + 9, 65535)
    for each in range(port, last + 1):
        try:
            return socket.create_server((host.strip("[]"), each), family=family, backlog=128)
        except PermissionError:
            raise ValueError(f"lab: need a port that you may open, got {each}; try one above 1023") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ValueError(f"lab: need an address of this machine, got {host!r} ({error.strerror})") from None
    raise ValueError(f"lab: need a port that is free, got {port}; those up to {last} are taken too")


def address(listener: socket.socket, token: str = "") -> str:
    """What a visitor types to come in.

    Example:
        >>> with listening("127.0.0.1", 8900) as listener:
        ...     address(listener, "secret").split("/", 3)[3]
        '?token=secret'
    """
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = socket.gethostname()
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"?token={token}" if token else "")


def serve(listener: socket.socket, token: str, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until it is interrupted, which ends the process.

    Args:
        listener: A socket that listens, from `listening`.
        token: What visitors must bring; empty on loopback.
        ready: Called when all is there; who comes from then on is answered.

    Raises:
        ValueError: If an address that others reach is to be served without a token.
    """
    host = listener.getsockname()[0]
    if not is_loopback(host) and not token:
        raise ValueError(f"lab: need a token to serve on {host}, which others can reach")
    laboratory = application(token)
    import uvicorn

    warming = threading.Timer(1.0, warm)  # Once the server answers: until then it would only be in the way.
    warming.daemon = True
    warming.start()
    ready()

    class AtOnce(uvicorn.Server):
        """A server whose process ends when it is told to: threads of open pages, or of the warming, would keep it."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            os.write(2, b"thalweg lab: closed\n")
            os._exit(0)

    AtOnce(uvicorn.Config(laboratory, log_level="warning", ws_max_size=2**25)).run(sockets=[listener])


def warm() -> None:
    """Import what pages need, draw the index and work out what pages begin with, so that the first visitor need not wait."""
    import thalweg.lab.kit  # noqa: F401
    from thalweg.experiments import catalogue, features_page, relu_page, scratch_page

    index()
    for entry in catalogue.entries():
        catalogue.load(entry)
    scratch_page.bench(scratch_page.settings())
    for way, lr in relu_page.RATES.items():
        relu_page.told(way, relu_page.trained(relu_page.Asked(way, lr)))
    features_page.told(features_page.train(features_page.task()))
