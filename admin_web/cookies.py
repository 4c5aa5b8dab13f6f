"""The cookies of a site: held to this host, unseen by scripts, and sent by TLS alone.

A rehearsal on loopback without TLS uses the same cookies under plain names. Source: security rule S2.3.
"""

from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

SESSION = "budbok-staff"
FAMILY_SESSION = "budbok-family"
DEVICE = "budbok-device"
STEP = "budbok-step"
FORM = "budbok-form"
LANGUAGE = "budbok-language"
THEME = "budbok-theme"
LATER = "budbok-later"
NO_NOTICES = "budbok-no-notices"
DOOR = "budbok-door"

LONG = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Cookies:
    """`secure` unless the site is on loopback without TLS. `session` is the name of the session's own; `apart` ends the names
    of the others, so that two sites of one host do not read each other's."""

    secure: bool
    session: str = SESSION
    apart: str = ""

    def read(self, request: web.Request, name: str) -> str | None:
        value = request.cookies.get(self._name(name))
        return value if value and len(value) <= 200 and value.isascii() else None

    def set(self, answer: web.StreamResponse, name: str, value: str, lasts: timedelta | None = None) -> None:
        """Until the browser closes, unless it `lasts`."""
        answer.set_cookie(
            self._name(name),
            value,
            max_age=int(lasts.total_seconds()) if lasts else None,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )

    def drop(self, answer: web.StreamResponse, name: str) -> None:
        answer.del_cookie(self._name(name), path="/", secure=self.secure, httponly=True, samesite="Lax")

    def _name(self, name: str) -> str:
        name = name if name == self.session else name + self.apart
        return f"__Host-{name}" if self.secure else name
