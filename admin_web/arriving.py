"""Forms that are still on their way in. They hold none of the site's seats, and a slow sender only a share of these.

Where there is no room, the one that has taken longest gives way: first among the newcomer's own, else among those of whoever
has most. So whoever sends slowly is in nobody's way but their own. Source: security rule S9.6.
"""

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Coroutine
from typing import Any, TypeVar

from aiohttp import web
from multidict import MultiMapping

from admin_web.client import IPAddress
from admin_web.parameters import BadInputError
from admin_web.uploads import read_with_files
from hub.desk import DeskBusyError
from hub.post.put_up import Upload

T = TypeVar("T")

FORM_SECONDS = 20
FILES_SECONDS = 120
FORMS_WITH_FILES = 8
"""So many at once: each is held in memory until it is whole."""
FORMS = 200
FORMS_PER_SOURCE = 50
SOURCE_BITS = 64  # of an IPv6 address: who has one has all that begin like it


class Arriving:
    """The forms of a site, oldest first."""

    def __init__(self, most: int = FORMS, per_source: int = FORMS_PER_SOURCE) -> None:
        self._most = most
        self._per_source = per_source
        self._limits: dict[asyncio.Timeout, str] = {}
        self._with_files = 0

    async def read(self, request: web.Request, client: IPAddress | None) -> MultiMapping[Any]:
        """Raises: BadInputError when it is no form, or does not arrive in time; DeskBusyError when it had to give way."""
        if request.content.is_eof():
            return await _read(request)
        return await self._in_time(client, FORM_SECONDS, _read(request))

    async def read_with_files(
        self, request: web.Request, client: IPAddress | None
    ) -> tuple[MultiMapping[Any], tuple[Upload, ...]]:
        """The same for a form with files, which has longer. Raises: DeskBusyError where enough such are on their way."""
        if self._with_files >= FORMS_WITH_FILES:
            raise DeskBusyError
        self._with_files += 1
        try:
            return await self._in_time(client, FILES_SECONDS, _read_with_files(request))
        finally:
            self._with_files -= 1

    async def _in_time(self, client: IPAddress | None, seconds: float, reading: Coroutine[Any, Any, T]) -> T:
        source = _source(client)
        self._make_room(source)
        gave_way = False
        try:
            async with asyncio.timeout(seconds) as limit:
                self._limits[limit] = source
                try:
                    return await reading
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


async def _read_with_files(request: web.Request) -> tuple[MultiMapping[Any], tuple[Upload, ...]]:
    try:
        return await read_with_files(request)
    except (ValueError, web.RequestPayloadError) as error:
        raise BadInputError(()) from error


async def _read(request: web.Request) -> MultiMapping[Any]:
    try:
        return await request.post()
    except (ValueError, web.RequestPayloadError) as error:
        raise BadInputError(()) from error


def _source(client: IPAddress | None) -> str:
    if isinstance(client, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((client, SOURCE_BITS), strict=False))
    return str(client)
