"""What Telegram posts to us: kept first, then answered. Who does not show our secret is refused. Source: security rule S7.1."""

import hmac

from aiohttp import web

from channels.bodies import apologise, read_body
from channels.chat.telegram_courtesies import Courtesies
from channels.chat.telegram_updates import NAME, NonsenseError, Reader
from hub.post.channel import Inbox

PROOF_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_BYTES = 64 * 1024
JSON = "application/json"
PLACE = "/webhook"


class Webhook:
    """The one route, `POST /webhook`."""

    def __init__(self, secret: str, reader: Reader, courtesies: Courtesies, inbox: Inbox) -> None:
        self._secret = secret.encode()
        self._reader = reader
        self._courtesies = courtesies
        self._inbox = inbox

    async def take(self, request: web.Request) -> web.Response:
        if not self._is_genuine(request):
            raise web.HTTPForbidden
        try:
            told = self._reader.read(await read_body(request, JSON, MOST_BYTES))
        except NonsenseError:
            raise web.HTTPBadRequest from None
        if told.inbound is not None:
            try:
                await self._inbox.receive(told.inbound)
            except Exception as error:
                raise apologise(error, NAME, str(told.update_id)) from None
        self._courtesies.show(told)
        return web.Response()

    def _is_genuine(self, request: web.Request) -> bool:
        """Shown once, and exactly."""
        shown = request.headers.getall(PROOF_HEADER, [])
        is_right = hmac.compare_digest("".join(shown).encode("utf-8", "surrogateescape"), self._secret)
        return is_right and len(shown) == 1
