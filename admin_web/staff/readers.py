"""*Readers*, for whoever runs a unit: what reads tags there and when it was last heard of, a new gate, one that is gone, and
whether a proving tag needs a glance."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.door.pairing import LASTS, Offered, get_run_unit, let_confirm, list_readers, offer_pairing, revoke
from hub.door.readers import NAME_LENGTH, TagReader
from hub.people.naming import PLAIN_LETTER
from hub.people.places import Unit

pages = Pages()


class ReadersAsked(Asked):
    unit_id: PublicId


class NewGate(ReadersAsked):
    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH, pattern=f"^{PLAIN_LETTER}+$")]


class ReaderAsked(ReadersAsked):
    reader_id: PublicId


class ConfirmsWished(ReaderAsked):
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class Readers:
    """The devices of a unit: those in use, and those that are no more."""

    unit: Unit
    today: date
    used: list[TagReader]
    revoked: list[TagReader]


def gather_readers(look: Look, unit_id: str) -> Readers:
    """Raises: NotThereError."""
    unit = get_run_unit(look, unit_id)
    readers = list_readers(look, unit)
    return Readers(
        unit,
        unit.today(look.now),
        [reader for reader in readers if reader.revoked_at is None],
        [reader for reader in readers if reader.revoked_at is not None],
    )


@pages.get("/readers/{unit_id}")
async def show_readers(visit: Visit, asked: ReadersAsked) -> web.StreamResponse:
    """A unit's devices, each with when it was last heard of."""
    return await _show(visit, asked.unit_id)


@pages.post("/readers/{unit_id}", fresh=True)
async def add_gate(visit: Visit, asked: NewGate) -> web.StreamResponse:
    """A code for a new gate, shown this once."""
    return await _show(visit, asked.unit_id, await visit.work(offer_pairing, asked.unit_id, asked.name))


@pages.post("/readers/{unit_id}/{reader_id}/revoke")
async def revoke_reader(visit: Visit, asked: ReaderAsked) -> web.StreamResponse:
    """It is lost, or out of use: nothing more is taken from it."""
    await visit.work(revoke, asked.unit_id, asked.reader_id)
    return visit.go(f"/readers/{asked.unit_id}")


@pages.post("/readers/{unit_id}/{reader_id}/confirms", fresh=True)
async def switch_confirming(visit: Visit, asked: ConfirmsWished) -> web.StreamResponse:
    """Whether a proving tag at this gate needs a glance."""
    await visit.work(let_confirm, asked.unit_id, asked.reader_id, itself=asked.is_on)
    return visit.go(f"/readers/{asked.unit_id}#r-{asked.reader_id}")


async def _show(visit: Visit, unit_id: str, offered: Offered | None = None) -> web.Response:
    readers = await visit.look(gather_readers, unit_id)
    await visit.note_reading([unit_id])
    unit = readers.unit
    return visit.show(
        "staff/readers.j2",
        here=f"/readers/{unit_id}",
        readers=readers,
        offered=offered,
        public_url=visit.house.parts.settings.public.url.rstrip("/"),
        minutes=int(LASTS.total_seconds() // 60),
        seen={reader.id: unit.local(reader.seen_at) for reader in readers.used if reader.seen_at is not None},
        gone={reader.id: unit.local(reader.revoked_at) for reader in readers.revoked if reader.revoked_at is not None},
        today=readers.today,
        is_fresh=visit.signed_in.is_fresh,
    )
