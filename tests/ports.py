"""Ports of loopback for hubs that want to be told where to listen. Nobody else gets one while its test runs.

A port stays bound, by a socket that never listens: the system gives it to nobody who asks for any port, and whoever names it,
as a hub does, may listen beside it. A connection to a port where nobody listens is refused, as it should be.
"""

import socket

_HELD: list[socket.socket] = []


def hold_port() -> int:
    """A port that is this process's own until `let_ports_go`."""
    held = socket.socket()
    _HELD.append(held)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    return port


def let_ports_go() -> None:
    while _HELD:
        _HELD.pop().close()
