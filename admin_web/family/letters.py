"""A guardian's letters: what was decided, when it was told of, and when it was opened. To open one is an act, and is kept.

What is behind a code is an open channel still: the reasons stay with the unit, and so does the PDF that holds them, or that is
about a protected child. Source: security rules S6.1, S4.4 and S2.7.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.files import WHOLE
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.asker import Trust
from hub.desk import Look, Work
from hub.mailroom.sendings import find_sending
from hub.mailroom.status import Step, list_steps
from hub.safety.access import NotThereError
from hub.school.leave_letters import open_letter
from hub.school.leave_papers import has_paper
from hub.school.letter_codes import KnownLetter, list_letters_of
from hub.sign_in.family_sessions import get_acting_session, get_family_session

pages = Pages()


class LetterAsked(Asked):
    letter_id: PublicId


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter as the page shows it; the moments in words. `sent` says where else it went, and how far it came there."""

    id: str
    child: str
    unit: str
    days: str
    told: str
    opened: str
    holds: bool
    text: str
    language: str
    needs_strong: bool
    sent: tuple[str, ...] = ()


def gather_letters(look: Look, session_id: str) -> list[KnownLetter]:
    """Raises: NotThereError."""
    return list_letters_of(look, get_family_session(look, session_id).family.guardian_ids)


def get_letter(look: Look, session_id: str, letter_id: str) -> KnownLetter:
    """Raises: NotThereError."""
    found = next((one for one in gather_letters(look, session_id) if one.letter.id == letter_id), None)
    if found is None:
        raise NotThereError
    return found


def gather_letter(look: Look, session_id: str, letter_id: str) -> tuple[KnownLetter, bool]:
    """A letter, and whether its PDF is made. Raises: NotThereError."""
    known = get_letter(look, session_id, letter_id)
    return known, has_paper(look, known.letter.id)


def gather_sent(look: Look, session_id: str, letter_id: str) -> tuple[KnownLetter, bool, list[Step]]:
    """The same, and how far it has come otherwise. Raises: NotThereError."""
    known, has_pdf = gather_letter(look, session_id, letter_id)
    sending = find_sending(look, letter_id)
    return known, has_pdf, list_steps(sending) if sending is not None else []


def get_letter_to_save(look: Look, session_id: str, letter_id: str) -> KnownLetter:
    """An opened letter whose PDF this session may have. Raises: NotThereError."""
    known, has_pdf = gather_letter(look, session_id, letter_id)
    is_strong = get_family_session(look, session_id).trust >= Trust.STRONG
    if not has_pdf or known.letter.opened_at is None or (needs_strong(known) and not is_strong):
        raise NotThereError
    return known


def needs_strong(known: KnownLetter) -> bool:
    """Whether the whole letter says what a code alone does not show."""
    return known.child.protected or known.letter.text != known.letter.open_text


@pages.get(f"{HOME}/letters")
async def show_letters(visit: FamilyVisit) -> web.StreamResponse:
    """My letters, the newest first."""
    known = await visit.look(gather_letters, visit.signed_in.id)
    await visit.note_reading([one.letter.id for one in known])
    return visit.show(
        "family/letters.j2",
        letters=[_row(visit, one) for one in known],
        waiting=sum(1 for one in known if one.waits),
    )


@pages.get(f"{HOME}/letters/{{letter_id}}")
async def show_letter(visit: FamilyVisit, asked: LetterAsked) -> web.StreamResponse:
    """One letter; its words once it was opened."""
    known, has_pdf, steps = await visit.look(gather_sent, visit.signed_in.id, asked.letter_id)
    await visit.note_reading([known.letter.id])
    row = replace(_row(visit, known), sent=tuple(_say_sent(visit, known, steps)))
    return visit.show("family/letter.j2", letter=row, has_pdf=has_pdf)


@pages.get(f"{HOME}/letters/{{letter_id}}/pdf")
async def fetch_pdf(visit: FamilyVisit, asked: LetterAsked) -> web.StreamResponse:
    """The way to an opened letter as a PDF."""
    await visit.look(get_letter_to_save, visit.signed_in.id, asked.letter_id)
    return web.Response(status=303, headers={"Location": visit.files.link(visit.signed_in.id, asked.letter_id, WHOLE)})


@pages.post(f"{HOME}/letters/{{letter_id}}/open")
async def open_one(visit: FamilyVisit, asked: LetterAsked) -> web.StreamResponse:
    """Open a letter: from now on it is known to have been read."""
    await visit.work(open_known, visit.signed_in.id, asked.letter_id)
    return visit.go(f"{HOME}/letters/{asked.letter_id}")


def open_known(work: Work, session_id: str, letter_id: str) -> None:
    """Raises: NotThereError, NotByMailError."""
    get_acting_session(work, session_id)
    open_letter(work, get_letter(work, session_id, letter_id).letter)


def _say_sent(visit: FamilyVisit, known: KnownLetter, steps: Iterable[Step]) -> Iterator[str]:
    today = known.unit.today(visit.house.parts.clock.now())
    for step in steps:
        day = known.unit.today(step.at) if step.at is not None else None
        if said := visit.say("letter_status.own", code=step.code, day=day, today=today, detail=step.detail):
            yield said


def _row(visit: FamilyVisit, known: KnownLetter) -> LetterRow:
    letter = known.letter
    today = known.unit.today(visit.house.parts.clock.now())
    is_strong = visit.signed_in.trust >= Trust.STRONG

    def say(moment: datetime | None) -> str:
        if moment is None:
            return ""
        at = known.unit.local(moment)
        return visit.say("threads.moment", at=at, day=at.date(), today=today)

    return LetterRow(
        id=letter.id,
        child=known.child.called,
        unit=known.unit.name,
        days=visit.say("family.letter_days", days=known.application.days_off, today=today),
        told=say(letter.told_at),
        opened=say(letter.opened_at),
        holds=known.holds,
        text="" if letter.opened_at is None else letter.text if is_strong else letter.open_text,
        language=letter.language if letter.language != visit.language else "",
        needs_strong=needs_strong(known) and not is_strong,
    )
