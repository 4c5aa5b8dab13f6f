"""Whether the server that handed a mail in may speak for the envelope's sender. Source: RFC 7208."""

import time
from dataclasses import dataclass
from typing import Any

import spf

from channels.mail.names import domain_of
from channels.mail.resolver import CannotTellError, Resolver

SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class HandedIn:
    """By which server, as the connection tells, under which name, and for which sender: empty for a bounce."""

    address: str
    name: str
    sender: str

    @property
    def domain(self) -> str:
        return domain_of(self.sender)


class _Query(spf.query):  # type: ignore[misc]
    """The library's judging, with our own resolver, within a time and a number of questions of ours."""

    def __init__(self, handed_in: HandedIn, resolver: Resolver) -> None:
        super().__init__(i=handed_in.address, s=handed_in.sender, h=handed_in.name)
        self._resolver = resolver
        self._until = time.monotonic() + SECONDS

    def dns(self, name: Any, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        if time.monotonic() > self._until:
            raise CannotTellError
        found = self._resolver.look_up(str(name), qtype)
        if not found and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many empty answers")
        return found


def may_speak(handed_in: HandedIn, resolver: Resolver) -> bool:
    """Raises: CannotTellError."""
    if not handed_in.sender or not handed_in.address:
        return False
    try:
        result = _Query(handed_in, resolver).check()[0]
    except CannotTellError:
        raise
    except Exception:  # what a stranger publishes makes the library fall in ways of its own, and proves nothing
        return False
    if result == "temperror":
        raise CannotTellError
    return str(result) == "pass"
