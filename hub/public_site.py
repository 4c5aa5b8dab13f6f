"""The public site: each channel's callbacks under `/{kind}/{name}`, and nothing else."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from hub.entrance import HEADERS
from hub.post.channel import Channel, Inbox

log = logging.getLogger(__name__)


def build_public_site(channels: Mapping[str, Channel], inbox: Inbox) -> web.Application:
    """The application for the public port."""
    app = web.Application(middlewares=[_neutral_errors], client_max_size=64 * 1024)
    app.on_response_prepare.append(_add_headers)
    for name, channel in channels.items():
        app.add_subapp(f"/{channel.kind}/{name}", channel.listen(inbox))
    return app


@web.middleware
async def _neutral_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A fault of ours tells a reference and nothing else."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("a public request failed", extra={"reference": reference})
        return web.Response(status=500, text=f"Something went wrong here ({reference}).\n")


async def _add_headers(_: web.Request, answer: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.popall("Server", None)
