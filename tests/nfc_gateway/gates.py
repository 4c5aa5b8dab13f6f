"""The hub's side on loopback with a desk of the village's, and a gate there that signs as a gate does."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from aiohttp import ClientSession, web

from hub.asker import operator_asker
from hub.desk import Look, Work
from hub.door.pairing import offer_pairing
from hub.door.readers import TagReader
from hub.door.taps import Tap
from nfc_gateway import wire
from nfc_gateway.receiver import Receiver
from nfc_gateway.state import Identity
from tests.hub.door.devices import SERIAL
from tests.hub.door.proving_tags import SEAL
from tests.hub.post.spoken import as_staff
from tests.ports import hold_port
from tests.village import Village

LEADER = "Astrid Vik"
"""Of the preschool."""
TEST = operator_asker("test")


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    body: bytes

    @property
    def answer(self) -> wire.Answer:
        return wire.read_answer(self.body)


@dataclass
class Hubside:
    """Where gates post to, and what came of it."""

    url: str
    village: Village
    session: ClientSession

    async def code(self, name: str = "Main entrance") -> str:
        """As the preschool's leader was shown it."""
        leader = as_staff(self.village.staff(LEADER))
        unit_id = self.village.unit("preschool").id
        return (await self.village.desk.work(leader, offer_pairing, unit_id, name)).code

    async def pair(self, code: str, secret: str) -> Said:
        body = wire.write_pairing(wire.Pairing(code, wire.public_key(secret)))
        return await self.post(wire.PAIR_PATH, body, secret, "", wire.write_moment(self.now))

    async def paired(self) -> Identity:
        secret = wire.new_key()
        said = await self.pair(await self.code(), secret)
        return Identity(self.url, wire.read_paired(said.body).reader, secret)

    @property
    def now(self) -> datetime:
        return self.village.desk.clock.now()

    async def send(
        self, gate: Identity, touches: Sequence[wire.Told], *, fast: timedelta = timedelta(0), secret: str = ""
    ) -> Said:
        """`fast`: so much the gate's clock is ahead."""
        path, sent_at = wire.taps_path(gate.reader), wire.write_moment(self.now + fast)
        return await self.post(path, wire.write_batch(touches), secret or gate.secret, gate.reader, sent_at)

    async def post(self, path: str, body: bytes, secret: str, reader: str, sent_at: str) -> Said:
        return await self.post_signed(
            path,
            body,
            {wire.SENT_AT: sent_at, wire.SIGNATURE: wire.sign(secret, self.url + path, reader, sent_at, body)},
        )

    async def post_signed(self, path: str, body: bytes, headers: dict[str, str]) -> Said:
        async with self.session.post(self.url + path, data=body, headers=headers) as answer:
            return Said(answer.status, await answer.read())

    def touch(
        self, number: int, *, ago: timedelta = timedelta(0), serial: str = SERIAL, waited: bool = False
    ) -> wire.Told:
        return wire.Told(number, serial, self.now - ago, waited=waited)

    async def taps(self) -> list[Tap]:
        return await self.village.desk.look(TEST, _list_taps)

    async def reader(self, gate: Identity) -> TagReader:
        return await self.village.desk.look(TEST, lambda look: look.session.get_one(TagReader, gate.reader))

    async def revoke(self, gate: Identity) -> None:
        def end(work: Work) -> None:
            work.session.get_one(TagReader, gate.reader).revoked_at = work.now

        await self.village.desk.work(TEST, end)


def _list_taps(look: Look) -> list[Tap]:
    return list(look.session.scalars(sa.select(Tap).order_by(Tap.number)))


@asynccontextmanager
async def hub_side(village: Village) -> AsyncIterator[Hubside]:
    """The receiver alone."""
    port = hold_port()
    url = f"http://127.0.0.1:{port}"
    app = web.Application(client_max_size=wire.BODY_BYTES)
    app.add_subapp("/taps", Receiver(village.desk, url, SEAL).build())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with ClientSession() as session:
            yield Hubside(url, village, session)
    finally:
        await runner.cleanup()
