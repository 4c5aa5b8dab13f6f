"""The reader that nfcpy drives, found by its path. Over UDP, where a gate is tried without one, it is on this computer alone:
nfcpy's own driver would listen to every network.
"""

import errno
import ipaddress
import os
import socket
from typing import Any

import nfc
import nfc.clf.udp

UDP = "udp"
HOST, PORT = "localhost", 54321
"""Where a path of UDP names none, as nfcpy has it."""


def open_device(path: str) -> Any:
    """A frontend of nfcpy's, to be closed. `path` is one of nfcpy's: `usb`, `tty:USB0:pn532`, `udp:127.0.0.1:54321`.

    Raises: OSError, too where UDP is not to stay on this computer.
    """
    kind, _, rest = path.partition(":")
    if kind != UDP:
        return nfc.ContactlessFrontend(path)
    host, _, port = rest.partition(":")
    frontend = nfc.ContactlessFrontend()
    frontend.device = _Loopback(host or HOST, int(port or PORT))
    return frontend


class _Loopback(nfc.clf.udp.Device):
    """Both who reads and who plays a tag take a port of loopback; `addr` is where the played tag listens."""

    def __init__(self, host: str, port: int) -> None:
        if not ipaddress.ip_address(socket.gethostbyname(host)).is_loopback:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        super().__init__(host, port)
        self._vendor_name, self._device_name, self._chipset_name = "Loopback", "IP-Stack", "UDP"

    def _bind_socket(self, time_to_return: float) -> bool:
        """False where somebody else plays a tag there."""
        try:
            self.socket.bind(self.addr)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
        return True

    def _send_data(self, brty: str, data: bytes, addr: tuple[str, int]) -> None:
        """From loopback too: a socket without a port takes one of every network when it first sends."""
        _, port = self.socket.getsockname()
        if not port:
            self.socket.bind((self.addr[0], 0))
        super()._send_data(brty, data, addr)
