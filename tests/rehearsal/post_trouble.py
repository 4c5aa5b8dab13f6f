"""The trouble that whoever rehearses makes for a pretended service of digital post, on its own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from .post_faults import CUT, SILENT, Fault

FOR_LONG = 1_000_000_000
"""So many requests: until something else is chosen."""


@dataclass(frozen=True)
class Choice:
    """`fault` befalls every request to the service, None when all is well."""

    words: str
    fault: Fault | None


CHOICES: Mapping[str, Choice] = {
    "well": Choice("answers", None),
    "down": Choice("is down (503)", Fault("", 503, times=FOR_LONG)),
    "many": Choice("says “too many” (429)", Fault("", 429, times=FOR_LONG, headers={"Retry-After": "30"})),
    "silent": Choice("never answers", Fault("", SILENT, times=FOR_LONG)),
    "lost": Choice("takes all, and its answers are lost", Fault("", CUT, taken=True, times=FOR_LONG)),
    "refused": Choice("knows us no more (401)", Fault("", 401, times=FOR_LONG)),
}


class PostTrouble:
    """What is chosen for the requests whose paths begin so; choosing sets it anew."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self.chosen = "well"
        self._fault: Fault | None = None

    def find(self, request: web.Request) -> Fault | None:
        """What befalls this request, if anything."""
        is_asked = self._fault is not None and request.path.startswith(self._paths)
        return self._fault if is_asked else None

    async def choose(self, request: web.Request) -> web.Response:
        """The page's form. Raises: HTTPNotFound, HTTPSeeOther."""
        key = str((await request.post()).get("trouble", ""))
        if key not in CHOICES:
            raise web.HTTPNotFound
        fault = CHOICES[key].fault
        self.chosen, self._fault = key, None if fault is None else replace(fault)
        raise web.HTTPSeeOther("/")
