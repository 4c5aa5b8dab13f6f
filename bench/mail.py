"""Mail: how many signed mails a second are judged, kept durably and answered yes, against a sink that looks at nothing; and
how many leave signed, against aiosmtplib alone, unsigned, over as many kept connections."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import aiosmtplib

from channels.mail.channel import MailChannel
from channels.mail.settings import MailSettings
from channels.mail.signing import Signer
from hub.address import MAIL, Address
from hub.outside import Outside
from hub.post.channel import Cover, Envelope
from tests.channels.mail_rehearsal import (
    FAMILY_DOMAIN,
    OUR_DOMAIN,
    SELECTOR,
    NameServer,
    private_key,
    public_record,
    write,
)

from .installation import Installation, free_port, install, settle
from .mail_load import hand_in_all
from .neighbourhood import number_of
from .process import is_open, start
from .row import Row

CHILDREN = 20
OUT_CONNECTIONS = 8
EXPECTED_IN, EXPECTED_OUT = 970.0, 480.0
FROM, TO = f"anne@{FAMILY_DOMAIN}", f"{number_of(0).removeprefix('+')}@{OUR_DOMAIN}"
COVER = Cover("Beskjed fra skolen", "Haug skole", "Svar på denne e-posten.", "nb", "t" * 26, "token", automatic=False)
TEXT = "Notert: Ella er borta i dag, mandag 3. mars. Feil? Svar ANGRE."


@dataclass
class Rates:
    """Mails a second in each turn."""

    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)


def measure(mails: int = 1500, turns: int = 3) -> list[Row]:
    """The rows of mail; so many mails each way in each turn, for each side."""
    with tempfile.TemporaryDirectory() as name:
        folder, sink = Path(name), free_port()
        with start(folder, "sink", "-m", "bench.mail_sink", str(sink)) as process:
            process.wait_until(lambda: is_open(sink))
            way_in, way_out = asyncio.run(_measure(folder, sink, mails, turns))
    return [
        Row("mail in, signed, judged and kept durably", median(way_in.ours), median(way_in.limit), "/s", 0.4, 0.7,
            expected=EXPECTED_IN, note="SQLite; the limit is aiosmtpd's sink, which looks at nothing"),
        Row("mail out, DKIM-signed", median(way_out.ours), median(way_out.limit), "/s", 0.4, 0.6,
            expected=EXPECTED_OUT, note=f"the limit is aiosmtplib, unsigned, {OUT_CONNECTIONS} kept connections"),
    ]  # fmt: skip


async def _measure(folder: Path, sink: int, mails: int, turns: int) -> tuple[Rates, Rates]:
    loop = asyncio.get_running_loop()
    transport, names = await loop.create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    names.records[f"{SELECTOR}._domainkey.{FAMILY_DOMAIN}"] = public_record(private_key())
    port = free_port()
    installation = _install(folder / "hub", port, sink, names.address)
    await asyncio.to_thread(settle, installation, CHILDREN)
    way_in, way_out = Rates(), Rates()
    with installation.start("bench.accepting_hub", str(installation.config)) as hub:
        await asyncio.to_thread(hub.wait_until, lambda: is_open(port))
        for turn in range(turns):
            signed = await asyncio.to_thread(_write_mails, mails, turn)
            way_in.limit.append(await hand_in_all(sink, FROM, TO, signed))
            way_in.ours.append(await hand_in_all(port, FROM, TO, signed))
    settings = MailSettings.model_validate(_settings(free_port(), sink, names.address))
    for turn in range(turns):
        way_out.limit.append(await _press(mails, await _plain(sink)))
        way_out.ours.append(await _press(mails, _signed(settings, turn)))
    transport.close()
    return way_in, way_out


def _settings(port: int, sink: int, resolver: str) -> dict[str, str]:
    return {
        "listen": f"127.0.0.1:{port}",
        "domain": OUR_DOMAIN,
        "relay": f"127.0.0.1:{sink}",
        "resolver": resolver,
        "dkim_key": private_key(),
    }


def _install(folder: Path, port: int, sink: int, resolver: str) -> Installation:
    installation = install(folder)
    key = folder / "secrets" / "BUDBOK_CHANNELS__MAIL__DKIM_KEY"
    told = _settings(port, sink, resolver)
    key.write_text(told.pop("dkim_key"), "utf-8")
    with installation.config.open("a", encoding="utf-8") as out:
        out.write("\n[channels.mail]\n" + "".join(f'{name} = "{value}"\n' for name, value in told.items()))
    return installation


def _write_mails(count: int, turn: int) -> list[bytes]:
    """As a family's provider hands them over; no two of a run are alike."""
    signer, at = Signer(FAMILY_DOMAIN, SELECTOR, private_key()), datetime.now(UTC)
    return [
        signer.sign(
            write(TO, "Ella er syk i dag", sender=FROM, Message_ID=f"<{turn}.{n}@{FAMILY_DOMAIN}>").as_bytes(), at
        ).rstrip(b"\r\n")
        for n in range(count)
    ]


Send = Callable[[int], Awaitable[object]]


async def _press(count: int, send: Send) -> float:
    """How many a second were taken by the relay, with as many under way as there are connections."""
    loop = asyncio.get_running_loop()
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await send(number)

    begun = loop.time()
    async with asyncio.TaskGroup() as group:
        for _ in range(OUT_CONNECTIONS):
            group.create_task(work())
    return count / (loop.time() - begun)


async def _plain(sink: int) -> Send:
    """aiosmtplib alone, with one mail made beforehand."""
    content = write(FROM, TEXT, sender=TO).as_bytes()
    idle: list[aiosmtplib.SMTP] = []
    for _ in range(OUT_CONNECTIONS):
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sink, start_tls=False)
        await client.connect()
        idle.append(client)

    async def send(_: int) -> None:
        client = idle.pop()
        await client.sendmail(TO, [FROM], content)
        idle.append(client)

    return send


def _signed(settings: MailSettings, turn: int) -> Send:
    """The channel as the outbox calls it."""
    channel = MailChannel(settings, Outside(), "https://hub.bench.example")
    now = datetime.now(UTC)

    async def send(number: int) -> None:
        id_ = f"{turn}{number:025d}"
        await channel.send(
            Envelope(id_, Address(MAIL, number_of(0)), Address(MAIL, FROM), TEXT, attempted_at=now, cover=COVER)
        )

    return send
