"""The public site: each channel's callbacks under `/{kind}/{name}`, or where it says; pages, where there are any, are a site
below it.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web
from multidict import istr

from hub.entrance import HEADERS
from hub.post.channel import Channel, Inbox, PlacedChannel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)


def build_public_site(channels: Mapping[str, Channel], inbox: Inbox) -> web.Application:
    """The application for the public port."""
    app = web.Application(client_max_size=64 * 1024)
    app.on_response_prepare.append(_add_headers)
    for name, channel in channels.items():
        prefix = channel.path if isinstance(channel, PlacedChannel) else f"/{channel.kind}/{name}"
        _mount(app, prefix, channel.listen(inbox))
    return app


def _mount(app: web.Application, prefix: str, callbacks: web.Application) -> None:
    """A channel's routes become the site's own: an application within one is looked through for every request."""
    for route in callbacks.router.routes():
        if route.resource is not None:
            app.router.add_route(route.method, prefix + route.resource.canonical, _with_neutral_errors(route.handler))
    app.cleanup_ctx.extend(callbacks.cleanup_ctx)


def _with_neutral_errors(callback: Handler) -> Handler:
    """A fault of ours tells a reference and nothing else."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await callback(request)
        except web.HTTPException:
            raise
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("a public request failed", extra={"reference": reference})
            return web.Response(status=500, text=f"Something went wrong here ({reference}).\n")

    return answer


_HEADERS = tuple((istr(name), value) for name, value in HEADERS.items())


async def _add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """A site below sees to its own."""
    if len(request.match_info.apps) > 1:
        return
    headers = answer.headers
    for name, value in _HEADERS:
        headers.setdefault(name, value)
    headers.popall(hdrs.SERVER, None)
