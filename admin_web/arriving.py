"""Forms that are still on their way in. They hold none of the site's seats, and a slow sender only a share of these.

Where there is no room, the one that has taken longest gives way: first among the newcomer's own, else among those of whoever
has most. So whoever sends slowly is in nobody's way but their own. Source: security rule S9.6.
"""

import asyncio
import ipaddress
from collections import Counter
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from admin_web.client import IPAddress
from admin_web.parameters import BadInputError
from hub.desk import DeskBusyError

FORM_SECONDS = 20
FORMS = 200
FORMS_PER_SOURCE = 50
SOURCE_BITS = 64  # of an IPv6 address: who has one has all that begin like it


class Arriving:
    """The forms of a site, oldest first."""

    def __init__(self, most: int = FORMS, per_source: int = FORMS_PER_SOURCE) -> None:
        self._most = most
        self._per_source = per_source
        self._limits: dict[asyncio.Timeout, str] = {}

    async def read(self, request: web.Request, client: IPAddress | None) -> MultiMapping[Any]:
        """Raises: BadInputError when it is no form, or does not arrive in time; DeskBusyError when it had to give way."""
        if request.content.is_eof():
            return await _read(request)
        source = _source(client)
        self._make_room(source)
        gave_way = False
        try:
            async with asyncio.timeout(FORM_SECONDS) as limit:
                self._limits[limit] = source
                try:
                    return await _read(request)
                finally:
                    gave_way = self._limits.pop(limit, None) is None
        except TimeoutError as error:
            raise (DeskBusyError() if gave_way else BadInputError(())) from error

    def _make_room(self, source: str) -> None:
        held = Counter(self._limits.values())
        if held[source] >= self._per_source:
            self._give_way(source)
        elif len(self._limits) >= self._most:
            self._give_way(held.most_common(1)[0][0])

    def _give_way(self, source: str) -> None:
        oldest = next(limit for limit, its in self._limits.items() if its == source)
        del self._limits[oldest]
        if not oldest.expired():
            oldest.reschedule(asyncio.get_running_loop().time())


async def _read(request: web.Request) -> MultiMapping[Any]:
    try:
        return await request.post()
    except (ValueError, web.RequestPayloadError) as error:
        raise BadInputError(()) from error


def _source(client: IPAddress | None) -> str:
    if isinstance(client, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((client, SOURCE_BITS), strict=False))
    return str(client)
