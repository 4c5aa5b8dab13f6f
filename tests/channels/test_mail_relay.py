"""The relay says what it likes, and the hub takes none of it for a yes that was not said to this mail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from channels.mail.relay import Relay
from channels.mail.settings import MailSettings
from hub.post.channel import SendError, TryLaterError, UnknownFateError
from tests.channels.mail_rehearsal import OUR_DOMAIN
from tests.patience import PATIENCE
from tests.ports import hold_port

CONTENT = b"Subject: Hei\r\n\r\nHei\r\n.\r\n..to\r\n.MAIL FROM:<a@b.example>\r\n"
YES = b"250 OK\r\n"
USUAL = {b"EHLO": YES, b"MAIL": YES, b"RCPT": YES, b"DATA": b"354 Go on\r\n", b".": YES}


@dataclass
class ScriptedRelay:
    """Says word for word what it is told to, once each, and else what a relay says; an answer that ends no line is its last."""

    port: int = 0
    says: dict[bytes, bytes] = field(default_factory=dict)
    mails: list[bytes] = field(default_factory=list)
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 relay.example\r\n")
        while line := await reader.readline():
            command = line[:4]
            if not await self._answer(writer, command):
                break
            if command == b"DATA":
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                if not await self._answer(writer, b"."):
                    break
        writer.close()
        self.left.set()

    async def _answer(self, writer: asyncio.StreamWriter, command: bytes) -> bool:
        told = self.says.pop(command, USUAL[command])
        writer.write(told)
        return told.endswith(b"\n")

    async def take(self, relay: Relay) -> None:
        await relay.send(f"bounce@{OUR_DOMAIN}", "anne@familie.example.org", CONTENT)


@asynccontextmanager
async def a_scripted_relay() -> AsyncIterator[tuple[ScriptedRelay, Relay]]:
    script = ScriptedRelay()
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    settings = MailSettings(
        listen=f"127.0.0.1:{hold_port()}", domain=OUR_DOMAIN, relay=f"127.0.0.1:{script.port}", resolver="127.0.0.1:53"
    )
    relay = Relay(settings)
    try:
        yield script, relay
    finally:
        relay.close()
        server.close()


@pytest.mark.parametrize(
    "nonsense", [b"Hello\r\n", b"\r\n", b"25", b"250-All is\r\n250-well\r\n250", b"250-" + b"x" * 40_000]
)
async def test_what_is_no_answer_is_no_yes(nonsense: bytes) -> None:
    async with a_scripted_relay() as (script, relay):
        for command, error in ((b"RCPT", TryLaterError), (b"DATA", TryLaterError), (b".", UnknownFateError)):
            script.says[command] = nonsense
            with pytest.raises(SendError) as raised:
                await script.take(relay)
            assert type(raised.value) is error, command

        assert len(script.mails) == 1


async def test_an_answer_of_many_lines_is_one_and_what_follows_it_answers_nothing() -> None:
    async with a_scripted_relay() as (script, relay):
        script.says[b"MAIL"] = b"250-You are\r\n250 welcome\r\n"
        script.says[b"."] = b"250 Kept\r\n250 OK\r\n"

        await script.take(relay)
        script.says[b"."] = b"554 5.6.0 Spam\r\n"
        with pytest.raises(SendError) as raised:
            await script.take(relay)

        assert raised.value.reason == "smtp_554"
        assert script.connections == 2


async def test_a_relay_that_says_goodbye_to_a_kept_connection_is_met_anew() -> None:
    async with a_scripted_relay() as (script, relay):
        script.says[b"."] = b"250 OK\r\n421 4.4.2 Goodbye\r\n"
        await script.take(relay)
        async with asyncio.timeout(PATIENCE):
            await script.left.wait()

        await script.take(relay)

        assert (script.connections, len(script.mails)) == (2, 2)


async def test_a_dot_that_begins_a_line_neither_ends_a_mail_nor_is_lost() -> None:
    async with a_scripted_relay() as (script, relay):
        await script.take(relay)

        assert script.mails == [CONTENT.replace(b"\r\n.", b"\r\n..") + b".\r\n"]
        assert script.connections == 1
