"""A mail is read in whatever pieces it comes, ends at CR LF . CR LF alone, and is what its sender wrote, to the letter."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from channels.mail import session as ours
from channels.mail.session import Session
from tests.patience import PATIENCE

BEGIN = b"EHLO a.example\r\nMAIL FROM:<anne@a.example>\r\nRCPT TO:<seat@b.example>\r\nDATA\r\n"
AGAIN = BEGIN.partition(b"\r\n")[2]


@dataclass
class Taken:
    """What was handed to the hook. `silence` is how many seconds somebody who comes may say nothing."""

    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    port: int = 0
    silence: float = PATIENCE

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append((str(envelope.mail_from), list(envelope.rcpt_tos), envelope.content))
        return "250 Kept"

    async def talk(self, *pieces: bytes) -> list[bytes]:
        """Everything that is answered, by its first line, until both have hung up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        writer.write(b"QUIT\r\n")
        async with asyncio.timeout(PATIENCE):
            told = await reader.read(-1)
        writer.close()
        return [line for line in told.split(b"\r\n") if line[3:4] == b" "]


@pytest.fixture
async def taken() -> AsyncIterator[Taken]:
    out = Taken()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Session(out, hostname="b.example", timeout=out.silence, loop=loop), "127.0.0.1", 0
    )
    out.port = server.sockets[0].getsockname()[1]
    yield out
    server.close()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"A: b\r\n\r\nHei\r\n.\r\n", b"A: b\r\n\r\nHei\r\n"),
        (b"..\r\n...\r\n..a\r\n.b\r\n.\r\n", b".\r\n..\r\n.a\r\nb\r\n"),
        (b"a\r\n\r\n..\r\n\r\n.\r\n", b"a\r\n\r\n.\r\n\r\n"),
        (b"x" * 999 + b"\r\n.\r\n", b"x" * 999 + b"\r\n"),
    ],
)
@pytest.mark.parametrize("at_once", [1, 3, 100_000])
async def test_a_mail_is_the_same_in_whatever_pieces_it_comes(
    taken: Taken, sent: bytes, kept: bytes, at_once: int
) -> None:
    answers = await taken.talk(BEGIN, *(sent[at : at + at_once] for at in range(0, len(sent), at_once)))

    assert taken.mails == [("anne@a.example", ["seat@b.example"], kept)]
    assert answers[-2] == b"250 Kept"


async def test_what_follows_a_mail_at_once_is_the_next(taken: Taken) -> None:
    await taken.talk(BEGIN + b"One\r\n.\r\n" + AGAIN + b"Two\r\n.\r\n" + AGAIN + b".\r\n")

    assert [content for _, _, content in taken.mails] == [b"One\r\n", b"Two\r\n", b""]


async def test_a_line_that_is_too_long_is_refused_and_the_next_mail_taken(taken: Taken) -> None:
    answers = await taken.talk(BEGIN + b"a\r\n" * 500 + b"x" * 1000 + b"\r\nb\r\n.\r\n" + AGAIN + b"Two\r\n.\r\n")

    told = b" ".join(line[:3] for line in answers)
    assert told == b"220 250 250 250 354 500 250 250 354 250 221"
    assert [content for _, _, content in taken.mails] == [b"Two\r\n"]


async def test_too_large_a_mail_is_refused_once_it_has_ended(taken: Taken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "MOST_BYTES", 10_000)

    answers = await taken.talk(BEGIN + b"many\r\n" * 100_000 + b".\r\n" + AGAIN + b"Two\r\n.\r\n")

    assert [line[:3] for line in answers].count(b"552") == 1
    assert [content for _, _, content in taken.mails] == [b"Two\r\n"]


async def test_who_hangs_up_within_a_mail_hands_in_none(taken: Taken) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", taken.port)
    writer.write(BEGIN + b"Hei\r\n")
    await reader.readline()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()

    assert taken.mails == []


async def test_who_says_nothing_is_hung_up_on(taken: Taken) -> None:
    taken.silence = 0.05
    reader, writer = await asyncio.open_connection("127.0.0.1", taken.port)
    async with asyncio.timeout(PATIENCE):
        told = await reader.read(-1)
    writer.close()

    assert told.startswith(b"220")


@pytest.mark.parametrize(
    ("said", "address", "more"),
    [
        ("<anne@a.example>", "anne@a.example", ""),
        ("<anne+x.y@a.example> SIZE=3 BODY=8BITMIME", "anne+x.y@a.example", "SIZE=3 BODY=8BITMIME"),
        ("<Anne@A.example>SIZE=3", "Anne@A.example", "SIZE=3"),
        ("<>", "", ""),
        ('<"a b"@a.example>', '"a b"@a.example', ""),
        ("<a@@b>", None, None),
    ],
)
async def test_an_address_is_read_as_the_library_reads_it(said: str, address: str | None, more: str | None) -> None:
    loop = asyncio.get_running_loop()
    session, library = Session(None, hostname="b", loop=loop), SMTP(None, hostname="b", loop=loop)

    found = session._getaddr(said)

    assert found == library._getaddr(said)
    if address:
        assert found == (address, more)
