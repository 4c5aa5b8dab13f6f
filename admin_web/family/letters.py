"""A guardian's letters: what was decided, when it was told of, and when it was opened. To open one is an act, and is kept.

What is behind a code is an open channel still: the reasons stay with the unit, and so does the PDF that holds them, or that is
about a protected child. Source: security rules S6.1, S4.4 and S2.7.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from admin_web.family.letter_answers import answer_here, gather_answers, lay_out_answer
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.files import WHOLE
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.mailroom.sendings import find_sending
from hub.mailroom.status import Step, list_steps
from hub.people.places import Unit
from hub.safety.access import NotThereError
from hub.school.leave_answers import LetterAnswer
from hub.school.leave_letters import open_letter
from hub.school.leave_papers import has_paper
from hub.school.letter_codes import KnownLetter, list_letters_of
from hub.sign_in.family_sessions import get_acting_session, get_family_session
from hub.talk.bot import Bot
from hub.words import Words

pages = Pages()


class LetterAsked(Asked):
    letter_id: PublicId


class AnswerAsked(LetterAsked):
    answer: LetterAnswer


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter as the page shows it; the moments in words. `outcome` is what was decided, once it is opened and while it
    holds. `sent` says where else it went, and how far it came there."""

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
    outcome: str
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


@dataclass(frozen=True, slots=True)
class WholeLetter:
    """A letter, whether its PDF is made, how far it has come otherwise, and what may be answered to it."""

    known: KnownLetter
    has_pdf: bool
    steps: list[Step]
    answers: tuple[LetterAnswer, ...]


def gather_whole(look: Look, session_id: str, letter_id: str) -> WholeLetter:
    """Raises: NotThereError."""
    known, has_pdf = gather_letter(look, session_id, letter_id)
    sending = find_sending(look, letter_id)
    steps = list_steps(sending) if sending is not None else []
    return WholeLetter(known, has_pdf, steps, gather_answers(look, session_id, known))


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
    return await _show_one(visit, asked.letter_id)


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


@pages.post(f"{HOME}/letters/{{letter_id}}/answer")
async def answer_one(visit: FamilyVisit, asked: AnswerAsked) -> web.StreamResponse:
    """Answer a letter that was opened."""
    told = (visit.house.parts.bots, visit.signed_in.id, asked.letter_id, asked.answer, visit.words)
    outcome = await visit.try_work(answer_known, *told)
    if isinstance(outcome, Refusal):
        return await _show_one(visit, asked.letter_id, outcome)
    return visit.go(f"{HOME}/letters/{asked.letter_id}#answer")


def answer_known(
    work: Work, bots: Mapping[str, Bot], session_id: str, letter_id: str, answer: LetterAnswer, words: Words
) -> None:
    """Raises: NotThereError, NotByMailError, LeaveOverError, FormChangedError."""
    work.take_turns([get_letter(work, session_id, letter_id).child.id])
    work.session.expire_all()
    answer_here(work, bots, session_id, get_letter(work, session_id, letter_id), answer, words)


async def _show_one(visit: FamilyVisit, letter_id: str, refusal: Refusal | None = None) -> web.Response:
    whole = await visit.look(gather_whole, visit.signed_in.id, letter_id)
    known = whole.known
    await visit.note_reading([known.letter.id])
    return visit.show(
        "family/letter.j2",
        status=422 if refusal is not None else 200,
        letter=replace(_row(visit, known), sent=tuple(say_sent(visit, known.unit, whole.steps))),
        has_pdf=whole.has_pdf,
        box=lay_out_answer(visit, known, whole.answers),
        refused=visit.explain(refusal) if refusal is not None else "",
    )


def say_sent(visit: FamilyVisit, unit: Unit, steps: Iterable[Step]) -> Iterator[str]:
    """Where a letter went besides these pages, as its own guardian reads it."""
    today = unit.today(visit.house.parts.clock.now())
    for step in steps:
        day = unit.today(step.at) if step.at is not None else None
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
        outcome=visit.say("own_leave.standing", standing=known.outcome) if letter.opened_at and known.holds else "",
    )
