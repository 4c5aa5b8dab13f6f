"""The limit of taking taps: bare aiohttp, the same signature, one row in a group commit, and the answer.

`python -m bench.limit_gate PORT STORE KEYS`, where KEYS is a file of gates and their keys.
"""

import asyncio
import json
import sys
from pathlib import Path

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from nfc_gateway import wire

from .group_writer import GroupWriter, open_postgresql, open_sqlite
from .installation import PUBLIC_URL
from .limit_site import serve_for_ever

TABLE = "CREATE TABLE kept (reader TEXT, number BIGINT, serial TEXT, touched_at TEXT, PRIMARY KEY (reader, number))"
INSERT = "INSERT INTO kept VALUES (?, ?, ?, ?)"
ANSWER = b'{"kept":1}'


async def serve(port: int, store: str, keys: dict[str, str]) -> None:
    """`store` is a file for SQLite, or a server's address."""
    opened = open_postgresql if store.startswith("postgresql:") else open_sqlite
    writer = GroupWriter(opened(store, TABLE, INSERT))
    known = {reader: Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)) for reader, key in keys.items()}

    async def take(request: web.Request) -> web.Response:
        body, reader = await request.read(), request.match_info["reader"]
        sent_at, signature = request.headers[wire.SENT_AT], request.headers[wire.SIGNATURE]
        signed = wire.signed(PUBLIC_URL + wire.taps_path(reader), reader, sent_at, body)
        known[reader].verify(bytes.fromhex(signature), signed)
        for touch in json.loads(body)["touches"]:
            await writer.put((reader, touch["number"], touch["serial"], touch["touched_at"]))
        return web.Response(body=ANSWER, content_type="application/json")

    await serve_for_ever(port, "/taps/{reader}", take)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], json.loads(Path(sys.argv[3]).read_text())))
