"""What families told lastingly of a child, for staff: on its page, opened from *Morning*, and what a kitchen must know.

Each opening stands in the audit. What a guardian wrote is kept about the child by one tap beside their message.
Source: security rules S3.9 and S10.2.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId
from admin_web.staff.export_asking import PrintWay, ask_first, hold_print, open_print
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.entry import Entry, Sharing
from hub.post.messages import Author
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, get_child, get_reach, get_unit
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.guests import get_looked_after
from hub.school.care_at_door import CareOfChild, Kitchen, keep_from_message, list_keepable, read_care, read_kitchen
from hub.school.care_notes import (
    WORDS_LENGTH,
    CareNote,
    Matter,
    NoteKind,
    Teller,
    end_note,
    tell_note,
    uphold_note,
)
from hub.school.trusted_people import TrustedPerson, check_person, end_person

pages = Pages()

TICKED = "yes"
CARE = "/children/{child_id}/care"


class CareAsked(Asked):
    child_id: PublicId


class NoteAsked(CareAsked):
    matter: NoteKind
    words: Annotated[str, Field(min_length=1, max_length=WORDS_LENGTH, pattern=r"\S")]
    serious: Literal["", "yes"] = ""


class OneNoteAsked(CareAsked):
    note_id: PublicId
    answer: Literal["yes", "no"]


class OnePersonAsked(CareAsked):
    person_id: PublicId
    answer: Literal["yes", "no"]


class KeepAsked(Asked):
    thread_id: PublicId
    message_id: PublicId
    about: PublicId
    matter: NoteKind
    words: Annotated[str, Field(min_length=1, max_length=WORDS_LENGTH, pattern=r"\S")]


class KitchenAsked(Asked):
    unit_id: PublicId
    day: Day | None = None


def gather_care(look: Look, child_id: str) -> CareOfChild:
    """Raises: NotThereError."""
    reach = get_reach(look)
    child, places = get_looked_after(look, reach, child_id)
    return read_care(look, reach, child, places)


def _get_own_care(look: Look, child_id: str) -> CareOfChild:
    """The same where the child has its place, to change it. Raises: NotThereError."""
    reach = get_reach(look)
    child, places = get_child(look, reach, child_id)
    return read_care(look, reach, child, places)


@pages.get(CARE)
async def show_care(visit: Visit, asked: CareAsked) -> web.StreamResponse:
    """What stands, opened in its row on *Morning*; anyone else is led to the child's page."""
    if not visit.is_partial:
        return visit.go(f"/children/{asked.child_id}#care")
    care = await visit.look(gather_care, asked.child_id)
    await visit.note_reading([care.child.id, *care.read_ids])
    return visit.show("staff/care_lines.j2", care=lay_out_care(visit, care), path=f"/children/{care.child.id}")


def lay_out_care(visit: Visit, care: CareOfChild) -> dict[str, Any]:
    """What pages/staff/care_parts.j2 is given."""
    path = f"/children/{care.child.id}/care"
    said = care.unit.local(care.said_at).date() if care.said_at is not None else None
    today = care.unit.today(visit.house.parts.clock.now())
    return {
        "path": path,
        "may_read": care.may_read,
        "said": visit.say("care_page.said", day=said, today=today) if said is not None else "",
        "notes": [_lay_out_note(visit, care, row, today) for row in care.notes],
        "people": [_lay_out_person(visit, care, row, today) for row in care.people],
        "kinds": [(kind.value, visit.say("own_care.kind", kind=kind.value)) for kind in NoteKind],
        "most": WORDS_LENGTH,
        "ticked": TICKED,
    }


def _lay_out_note(visit: Visit, care: CareOfChild, row: CareNote, today: date) -> dict[str, Any]:
    day = care.unit.local(row.told_at).date()
    return {
        "id": row.id,
        "word": visit.say("own_care.kind", kind=row.kind),
        "words": row.words,
        "serious": row.serious,
        "told": visit.say(
            "care_page.told", name=care.names.get(row.told_by, ""), day=day, today=today, sure=row.is_confirmed
        ),
        "questioned": visit.say("care_page.questioned", name=care.names.get(row.questioned_by or "", ""))
        if row.questioned_at is not None
        else "",
        "asks": row.questioned_at is not None or not row.is_confirmed,
    }


def _lay_out_person(visit: Visit, care: CareOfChild, row: TrustedPerson, today: date) -> dict[str, Any]:
    rings = care.rings(row)
    is_open = row.may_fetch and row.checked_at is None and (row.untold or rings)
    return {
        "id": row.id,
        "person": row.person,
        "relation": row.relation,
        "phone": shown_phone(row.phone) if row.phone else "",
        "trusted_with": visit.say("care_page.trusted_with", fetches=row.may_fetch, rung=row.is_rung),
        "told": visit.say(
            "care_page.told",
            name=care.names.get(row.told_by, ""),
            day=care.unit.local(row.told_at).date(),
            today=today,
            sure=True,
        ),
        "doubt": _doubt(visit, care, row),
        "rings": rings,
        "asks": is_open or row.disputed_at is not None,
    }


def _doubt(visit: Visit, care: CareOfChild, row: TrustedPerson) -> str:
    """Why the name does not count at the door, or not yet."""
    if row.disputed_at is not None:
        return visit.say("care_page.denied", name=care.names.get(row.disputed_by or "", ""))
    if care.rings(row):
        return visit.say("morning.fetcher", standing=care.standings[row.id])
    return visit.say("care_page.untold") if row.may_fetch and row.untold and row.checked_at is None else ""


@pages.post(f"{CARE}/notes")
async def write_note(visit: Visit, asked: NoteAsked) -> web.StreamResponse:
    """What a family told by word of mouth."""
    matter = Matter(asked.matter, " ".join(asked.words.split()), asked.serious == TICKED)
    await visit.work(write_note_about, asked.child_id, matter)
    return visit.go(f"/children/{asked.child_id}#care")


def write_note_about(work: Work, child_id: str, matter: Matter) -> None:
    """Raises: NotThereError."""
    child = _get_cared_for(work, child_id).child
    tell_note(work, child, matter, Teller(work.asker.id, Trust.CONFIRMED, work.asker.id))


@pages.post(f"{CARE}/notes/{{note_id}}")
async def settle_note(visit: Visit, asked: OneNoteAsked) -> web.StreamResponse:
    """Somebody has asked the family: it holds, or is over."""
    await visit.work(settle_one_note, asked.child_id, asked.note_id, holds=asked.answer == "yes")
    return visit.go(f"/children/{asked.child_id}#care")


def settle_one_note(work: Work, child_id: str, note_id: str, *, holds: bool) -> None:
    """Raises: NotThereError."""
    row = next((row for row in _get_cared_for(work, child_id).notes if row.id == note_id), None)
    if row is None:
        raise NotThereError
    if holds:
        uphold_note(work, row)
    else:
        end_note(work, row, work.asker.id)


def _get_cared_for(look: Look, child_id: str) -> CareOfChild:
    care = _get_own_care(look, child_id)
    if not care.may_read:
        raise NotThereError
    return care


@pages.post(f"{CARE}/people/{{person_id}}")
async def settle_person(visit: Visit, asked: OnePersonAsked) -> web.StreamResponse:
    """Somebody has asked the family: they may, or may not."""
    await visit.work(settle_one_person, asked.child_id, asked.person_id, holds=asked.answer == "yes")
    return visit.go(f"/children/{asked.child_id}#care")


def settle_one_person(work: Work, child_id: str, person_id: str, *, holds: bool) -> None:
    """Raises: NotThereError."""
    row = next((row for row in _get_own_care(work, child_id).people if row.id == person_id), None)
    if row is None:
        raise NotThereError
    if holds:
        check_person(work, row, work.asker.id)
    else:
        end_person(work, row, work.asker.id)


@pages.post("/threads/{thread_id}/messages/{message_id}/care")
async def keep_message(visit: Visit, asked: KeepAsked) -> web.StreamResponse:
    """What this message says stands of a child from now on."""
    await visit.work(keep_one_message, asked)
    return visit.go(f"/threads/{asked.thread_id}#m-{asked.message_id}")


def keep_one_message(work: Work, asked: KeepAsked) -> None:
    """Raises: NotThereError."""
    keep_from_message(work, get_reader(work), asked.thread_id, asked.message_id, asked.about, asked.matter, asked.words)


def gather_keepable(look: Look, entries: Sequence[Entry], children: Sequence[Child]) -> dict[str, list[Child]]:
    """By message, the children about whom its words may be kept: those it names, or any of the talk where it names none. No
    pupil's own are kept."""
    known = {child.id: child for child in children}
    told = {
        entry.id: [about.id for about in entry.children if about.id in known] or list(known)
        for entry in entries
        if entry.sensitive and entry.author is Author.GUARDIAN and not entry.note and entry.sharing is not Sharing.PUPIL
    }
    return {id_: [known[child_id] for child_id in ids] for id_, ids in list_keepable(look, told).items()}


def lay_out_keepable(visit: Visit, keepable: Mapping[str, Sequence[Child]]) -> dict[str, Any]:
    """What thread_parts.j2 draws beneath a message: its children, and the kinds there are."""
    return {
        "keepable": {id_: [(child.id, child.called) for child in children] for id_, children in keepable.items()},
        "keep_length": WORDS_LENGTH,
        "care_kinds": [(kind.value, visit.say("own_care.kind", kind=kind.value)) for kind in NoteKind],
    }


def gather_kitchen(look: Look, unit_id: str, day: date | None) -> Kitchen:
    """Today unless told otherwise. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    return read_kitchen(look, reach, unit, day or unit.today(look.now))


@pages.get("/kitchen/{unit_id}")
async def show_kitchen(visit: Visit, asked: KitchenAsked) -> web.StreamResponse:
    """Who must not eat what on a day, by group; made for paper too."""
    kitchen = await visit.look(gather_kitchen, asked.unit_id, asked.day)
    return await _show_kitchen(visit, kitchen, hold_print(_wish_of(kitchen), kitchen.rows))


@pages.get("/kitchen/{unit_id}/print", fresh=True)
async def print_kitchen(visit: Visit, asked: KitchenAsked) -> web.StreamResponse:
    """The same for paper."""
    kitchen = await visit.look(gather_kitchen, asked.unit_id, asked.day)
    wish = _wish_of(kitchen)
    if (asks := await ask_first(visit, wish, kitchen.rows)) is not None:
        return asks
    return await _show_kitchen(visit, kitchen, open_print(wish, kitchen.rows))


def _wish_of(kitchen: Kitchen) -> Wish:
    return Wish(ExportKind.ON_PAPER_KITCHEN, kitchen.unit.id, kitchen.day, kitchen.day)


async def _show_kitchen(visit: Visit, kitchen: Kitchen, prints: PrintWay) -> web.Response:
    unit, today = kitchen.unit, kitchen.unit.today(visit.house.parts.clock.now())
    await visit.note_reading([unit.id, *kitchen.read_ids])
    return visit.show(
        "staff/kitchen.j2",
        path=f"/kitchen/{unit.id}",
        unit=unit,
        kitchen=kitchen,
        prints=prints,
        answer=visit.say("care_page.kitchen_answer", n=kitchen.coming, day=kitchen.day, today=today),
        kind_word=lambda kind: visit.say("own_care.kind", kind=kind),
    )
