"""One touch in a mail program, and its reader has no more of what goes to many: it is a STOP of the person that the mail was
sent to, known by the reply token that only that mail named.

The program posts by itself; whoever merely follows the link stops nothing.
Source: RFC 8058; security rules S1.8, S2.7 and S5.4.
"""

import asyncio
import hashlib

from aiohttp import web

from channels.bodies import BODY_SECONDS
from hub.address import MAIL, Address
from hub.post.channel import BusyError, Inbound, Inbox

ONE_CLICK = "List-Unsubscribe=One-Click"
STOP_PATH = "/stop/{digits}/{token}"
STOP = "STOP"
MOST_BYTES = 1024


def write_stop(mailbox: str) -> str:
    """The path for one mail, by the mailbox that it is answered at."""
    digits, _, token = mailbox.partition("@")[0].partition("+")
    return f"/stop/{digits}/{token}"


class Stopping:
    """Answers the mail programs."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def take(self, request: web.Request) -> web.Response:
        """Yes only once it is kept; what is over, or never was, is not there."""
        if not await _is_one_click(request):
            raise web.HTTPBadRequest
        token = request.match_info["token"]
        try:
            mailbox = await self._inbox.find_mailbox(f"{request.match_info['digits']}+{token}")
            if mailbox is None or mailbox.writer is None or mailbox.work_mail_id is not None:
                raise web.HTTPNotFound
            await self._inbox.receive(_make_stop(mailbox.number, mailbox.writer, token))
        except BusyError:
            raise web.HTTPServiceUnavailable from None
        return web.Response()


async def _is_one_click(request: web.Request) -> bool:
    """Whether the form says this and nothing else, as a mail program may write it: like a browser, in either of two ways.

    Raises: web.HTTPException for what is too large.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            form = await request.clone(client_max_size=MOST_BYTES).post()
    except web.HTTPException:
        raise
    except Exception:  # what a stranger writes makes the library fall in ways of its own, and stops nothing
        return False
    return list(form.items()) == [tuple(ONE_CLICK.split("="))]


def _make_stop(number: str, writer: str, token: str) -> Inbound:
    key = hashlib.sha256(f"{STOP}\x1f{token}".encode()).hexdigest()
    return Inbound(
        channel=MAIL,
        key=f"{MAIL}:{key}",
        sender=Address(MAIL, writer),
        recipient=Address(MAIL, number),
        text=STOP,
        provider_id=key[:32],
        opt_out=STOP,
    )
