"""What befalls requests to a pretended service for digital post, on demand: another answer, a cut, or silence."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CUT, SILENT = 0, -1
"""The connection is cut; nothing is answered at all."""


@dataclass
class Fault:
    """What befalls requests with this method and with `path` in theirs: after `spared` of them the next `times` get an answer
    with this `status`, or CUT, or SILENT. `taken`: it is carried out all the same, and only the answer is another."""

    path: str
    status: int
    method: str = ""
    body: str = ""
    taken: bool = False
    spared: int = 0
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)

    def meets(self, request: web.Request) -> bool:
        """Whether it befalls this one; it is counted then."""
        if self.path not in request.path or self.method not in ("", request.method) or self.times < 1:
            return False
        if self.spared:
            self.spared -= 1
            return False
        self.times -= 1
        return True

    async def befall(self, request: web.Request, handler: Any, closing: asyncio.Event) -> web.StreamResponse:
        """What is answered instead; silence lasts until `closing`."""
        if self.taken:
            with suppress(web.HTTPException):  # an answer as any other, so it is another too
                await handler(request)
        if self.status == CUT:
            assert request.transport is not None
            request.transport.abort()
        elif self.status == SILENT:
            await closing.wait()
        return web.Response(
            status=500 if self.status in (CUT, SILENT) else self.status,
            text=self.body,
            content_type="application/json",
            headers=self.headers,
        )
