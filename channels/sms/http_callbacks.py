"""What a gateway posts to us: kept first, then answered. Whatever is not surely the gateway's is refused.

Source: security rules S7.1, S7.2 and S7.10.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from channels.bodies import apologise, read_body
from channels.sms.addresses import NonsenseError
from channels.sms.http_message import NAME, read_inbound, read_object, read_report
from channels.sms.http_signature import Signatures
from hub.post.channel import Inbound, Inbox, Report

MOST_BYTES = 64 * 1024
JSON = "application/json"
T = TypeVar("T", Inbound, Report)


class GatewayCallbacks:
    """The two routes, `POST /message` and `POST /status`."""

    def __init__(self, signatures: Signatures, inbox: Inbox) -> None:
        self._signatures = signatures
        self._inbox = inbox

    def make_application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/message", self._take_message)
        application.router.add_post("/status", self._take_status)
        return application

    async def _take_message(self, request: web.Request) -> web.Response:
        return await self._take(request, read_inbound, self._inbox.receive)

    async def _take_status(self, request: web.Request) -> web.Response:
        return await self._take(request, read_report, self._inbox.report)

    async def _take(
        self, request: web.Request, read: Callable[[dict[str, object]], T], keep: Callable[[T], Awaitable[bool]]
    ) -> web.Response:
        """409 for what was taken as it is: the gateway need not come again. Raises: web.HTTPException."""
        body = await read_body(request, JSON, MOST_BYTES)
        if not self._signatures.is_genuine(request.method, request.raw_path, request.headers, body):
            raise web.HTTPForbidden
        if self._signatures.was_taken(request.headers):
            raise web.HTTPConflict
        try:
            told = read(read_object(body))
        except NonsenseError:
            raise web.HTTPBadRequest from None
        try:
            await keep(told)
        except Exception as error:
            raise apologise(error, NAME, told.provider_id) from None
        self._signatures.take(request.headers)
        return web.Response(status=204)
