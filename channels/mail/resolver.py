"""Questions to name servers, for judging a mail: one resolver, as the settings say, which remembers what it was told."""

import time
from collections.abc import Callable
from typing import Any

import dns.exception
import dns.name
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT

from channels.mail.settings import split

DNS_SECONDS = 5.0
REMEMBERED = 10_000
LONGEST_SECONDS, NOTHING_SECONDS = 3600, 60.0
Ask = Callable[[str], str | None]
_NOTHING = (
    dns.resolver.NXDOMAIN,
    dns.resolver.NoAnswer,
    dns.name.LabelTooLong,
    dns.name.EmptyLabel,
    dns.name.NameTooLong,
)
Found = str | tuple[bytes, ...] | tuple[int, str]


class CannotTellError(Exception):
    """A name server did not answer: the sender is told to come back."""


class NotAtHandError(CannotTellError):
    """Only a name server could tell, and none may be waited for here."""


class Resolver:
    """Safe to use from several threads. `address` is of a name server as host:port, None for the machine's own."""

    def __init__(self, address: str | None) -> None:
        self._resolver = dns.resolver.Resolver(configure=address is None)
        if address is not None:
            host, port = split(address)
            self._resolver.nameservers, self._resolver.port = [host], port
        self._resolver.lifetime = DNS_SECONDS
        self._known: dict[tuple[str, str], tuple[float, list[Found]]] = {}

    def ask(self, name: str) -> str | None:
        """The first TXT record there. Raises: CannotTellError."""
        for found in self.look_up(name, "TXT"):
            assert isinstance(found, tuple)
            return b"".join(part for part in found if isinstance(part, bytes)).decode("utf-8", "replace")
        return None

    def look_up(self, name: str, kind: str) -> list[Found]:
        """Records of a kind: TXT as their pieces, MX as preference and host, A, AAAA and PTR as text.

        Raises: CannotTellError.
        """
        until, found = self._known.get((name, kind), (0.0, []))
        if until > time.monotonic():
            return found
        lasts, found = self._resolve(name, kind)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[name, kind] = time.monotonic() + lasts, found
        return found

    def _resolve(self, name: str, kind: str) -> tuple[float, list[Found]]:
        """For how many seconds it holds, and what it is. Raises: CannotTellError."""
        try:
            answer = self._resolver.resolve(name, kind)
        except _NOTHING:
            return NOTHING_SECONDS, []
        except dns.exception.DNSException:
            raise CannotTellError from None
        ttl = 0 if answer.rrset is None else answer.rrset.ttl
        return float(min(ttl, LONGEST_SECONDS)), [_read(record) for record in answer]


class AtHand(Resolver):
    """What a resolver has been told and still holds; all else raises NotAtHandError."""

    def __init__(self, resolver: Resolver) -> None:
        self._known = resolver._known

    def _resolve(self, name: str, kind: str) -> tuple[float, list[Found]]:
        raise NotAtHandError


def _read(record: Any) -> Found:
    """What the library holds differently for each kind."""
    match record:
        case TXT():
            return tuple(record.strings)
        case MX():
            return int(record.preference), str(record.exchange.to_text(True))
        case PTR():
            return str(record.target.to_text(True))
        case _:
            return str(record.address)
