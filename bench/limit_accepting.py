"""The limit of accepting: bare aiohttp, a signature, one row in a group commit, and the answer. It does nothing else."""

import argparse
import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

from .forms import PATH
from .group_writer import GroupWriter, open_postgresql, open_sqlite
from .installation import PUBLIC_URL, TOKEN
from .limit_site import serve_for_ever
from .signed import CHECKS, make_check

TABLE = "CREATE TABLE kept (sid TEXT PRIMARY KEY, sender TEXT, recipient TEXT, body TEXT)"
INSERT = "INSERT INTO kept VALUES (?, ?, ?, ?)"
ANSWER = b'<?xml version="1.0" encoding="UTF-8"?><Response />'


async def serve(port: int, store: str, signature: str) -> None:
    """`store` is a file for SQLite, or a server's address."""
    opened = open_postgresql if store.startswith("postgresql:") else open_sqlite
    writer = GroupWriter(opened(store, TABLE, INSERT))
    is_genuine = make_check(signature, PUBLIC_URL + PATH, TOKEN)

    async def take(request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        if not is_genuine(form, request.headers.get("X-Twilio-Signature", "")):
            raise web.HTTPForbidden
        await writer.put((form["MessageSid"], form["From"], form["To"], form["Body"]))
        return web.Response(body=ANSWER, content_type="text/xml")

    await serve_for_ever(port, PATH, take)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("store")
    parser.add_argument("--signature", choices=CHECKS, default="bare")
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.store, asked.signature))


if __name__ == "__main__":
    main()
