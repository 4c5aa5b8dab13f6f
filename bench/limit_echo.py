"""The limit of a journey: an echo that does nothing else. Message and reply go into one group commit, the reply is sent,
and its receipt is kept.
"""

import argparse
import asyncio
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web

from .forms import PATH
from .group_writer import GroupWriter, open_sqlite
from .installation import ACCOUNT, PUBLIC_URL, TOKEN
from .limit_accepting import ANSWER
from .limit_site import serve_for_ever
from .signed import make_check

TABLE = (
    "CREATE TABLE talk (sid TEXT PRIMARY KEY, sender TEXT, recipient TEXT, body TEXT, reply TEXT, receipt TEXT, "
    "status TEXT)"
)
KEEP = (
    "INSERT INTO talk VALUES (?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (sid) DO UPDATE SET receipt = excluded.receipt, status = excluded.status"
)
AT_ONCE = 200
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Exchange = tuple[str, str, str, str, str]


class Echo:
    """Sends every text back to where it came from."""

    def __init__(self, writer: GroupWriter, session: aiohttp.ClientSession, provider: str) -> None:
        self._writer = writer
        self._session = session
        self._url = f"{provider}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        self._is_genuine = make_check("bare", PUBLIC_URL + PATH, TOKEN)
        self._sending: set[asyncio.Task[None]] = set()

    async def take(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        if not self._is_genuine(form, request.headers.get("X-Twilio-Signature", "")):
            raise web.HTTPForbidden
        exchange = (form["MessageSid"], form["From"], form["To"], form["Body"], form["Body"])
        await self._writer.put((*exchange, None, None))
        task = asyncio.create_task(self._send(exchange))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return web.Response(body=ANSWER, content_type="text/xml")

    async def _send(self, exchange: Exchange) -> None:
        body = urlencode({"To": exchange[1], "From": exchange[2], "Body": exchange[4]}).encode()
        async with self._session.post(self._url, data=body, headers=FORM) as answer:
            told = await answer.json()
        await self._writer.put((*exchange, told["sid"], told["status"]))


async def serve(port: int, file: str, provider: str) -> None:
    writer = GroupWriter(open_sqlite(file, TABLE, KEEP))
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, auth=aiohttp.BasicAuth(ACCOUNT, TOKEN)) as session:
        await serve_for_ever(port, PATH, Echo(writer, session, provider).take)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("file")
    parser.add_argument("provider")
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.file, asked.provider))


if __name__ == "__main__":
    main()
