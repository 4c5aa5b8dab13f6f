"""*Tags: rules and keys*, for leaders to see and administrators to set: what a lost one costs, and the secure ones' keys."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.door.hand_outs import WrongSerialError
from hub.door.sdm import UID_BYTES
from hub.door.tag_keys import OwnerTagKey, Writing, list_keys, make_keys, read_for_writing
from hub.door.tag_terms import MOST_FEE, MOST_MINUTES, Terms, currency_of, get_terms, set_terms
from hub.door.tags import read_serial
from hub.people.naming import names_of
from hub.people.places import Owner
from hub.safety.access import NotThereError, get_reach
from hub.safety.roles import get_administered
from hub.seal import Seal

pages = Pages()

PATH = "/tag-terms"


class TermsAsked(Asked):
    fee: Annotated[int, Field(ge=0, le=MOST_FEE)]
    walk_minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)]


class KeysAsked(Asked):
    serial: Annotated[str, Field(max_length=40)] = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What holds now; `may_change`: the reader administers the owner."""

    owner: Owner
    terms: Terms
    keys: tuple[tuple[OwnerTagKey, str], ...]
    may_change: bool


def gather_terms(look: Look) -> Found:
    """Raises: NotThereError for whoever neither leads a unit nor administers the owner."""
    reach = get_reach(look)
    if not reach.leads and not reach.administers:
        raise NotThereError
    owner = look.session.get_one(Owner, reach.owner_id)
    keys = list_keys(look, owner.id)
    names = names_of(look, staff={row.made_by for row in keys})
    named = tuple((row, names.get(row.made_by, "")) for row in keys)
    return Found(owner, get_terms(look, owner.id), named, reach.administers)


def make_new(work: Work, seal: Seal) -> None:
    """Raises: NotThereError unless the asker administers the owner."""
    make_keys(work, seal, get_administered(work).id, work.asker.id)


def read_keys(work: Work, seal: Seal, typed: str) -> Writing | None:
    """What one tag is written with, or None where it has no serial of seven bytes. Raises: NotThereError."""
    owner, serial = get_administered(work), read_serial(typed)
    if serial is None or len(serial) != 2 * UID_BYTES:
        return None
    return read_for_writing(work, seal, owner.id, bytes.fromhex(serial))


@pages.get(PATH)
async def show_terms(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As they are."""
    return _show(visit, await visit.look(gather_terms))


@pages.post(PATH, fresh=True)
async def keep_terms(visit: Visit, asked: TermsAsked) -> web.StreamResponse:
    """From now on they hold."""
    await visit.work(set_terms, Terms(asked.fee, asked.walk_minutes))
    return visit.go(PATH)


@pages.post("/tag-terms/keys", fresh=True)
async def keep_keys(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """New ones write from now on, and all of them read."""
    await visit.work(make_new, visit.house.parts.seal)
    return visit.go(f"{PATH}#keys")


@pages.post("/tag-terms/writing", fresh=True)
async def show_writing(visit: Visit, asked: KeysAsked) -> web.StreamResponse:
    """The keys that one new tag is written with."""
    writing = await visit.work(read_keys, visit.house.parts.seal, asked.serial)
    found = await visit.look(gather_terms)
    if writing is None:
        return _show(visit, found, serial=asked.serial, wrong=visit.say(WrongSerialError.words))
    return _show(visit, found, serial=asked.serial, writing=writing)


def _show(
    visit: Visit, found: Found, *, serial: str = "", writing: Writing | None = None, wrong: str = ""
) -> web.Response:
    return visit.show(
        "staff/tags_terms.j2",
        status=422 if wrong else 200,
        here=PATH,
        found=found,
        currency=currency_of(found.owner),
        today=visit.house.parts.clock.now().date(),
        serial=serial,
        writing=writing,
        wrong=wrong,
    )
