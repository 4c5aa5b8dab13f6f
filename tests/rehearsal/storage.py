"""Where media lie: another origin than the API. Like a real object store it refuses a caller with credentials."""

from __future__ import annotations

from aiohttp import web

from .texts import Media, TextLog


class Storage:
    def __init__(self, log: TextLog) -> None:
        self._log = log

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/{key}", self._fetch)])
        return app

    @staticmethod
    def path(media: Media) -> str:
        return f"/{media.storage_key}"

    async def _fetch(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            return web.Response(status=400, text="Only one auth mechanism allowed")
        media = self._log.find_media(request.match_info["key"])
        if media is None:
            return web.Response(status=404)
        return web.Response(body=media.content, headers={"Content-Type": media.content_type})
