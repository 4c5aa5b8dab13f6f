"""A leave decision's letters as PDFs: made soon after the decision, which never waits for them, and kept as they were made.

What cannot be made is tried again, ever more seldom; the decision and its words stand without it. Whoever may not know of the
child any more when it is made gets none.
"""

import asyncio
import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import routine_asker
from hub.database import Base, Moment, Ref, Utc, after
from hub.desk import Desk, Look, Work
from hub.language import written_in
from hub.letters.letter import Letter
from hub.letters.rendering import NotMadeError, render
from hub.people.families import Guardian, Right
from hub.people.places import Owner, Unit
from hub.post.audience import list_guardians_of
from hub.post.letter_looks import find_letter_look, list_sender
from hub.safety.access import NotThereError
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter

log = logging.getLogger(__name__)
PAPERS = routine_asker("papers")
AT_ONCE = 50
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)


class LeavePaper(Base):
    """A letter's PDF as it was made, with the SHA-256 of its bytes in hex. Never changed."""

    __tablename__ = "leave_papers"
    letter_id: Mapped[Ref] = mapped_column(sa.ForeignKey("leave_letters.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    letter: Mapped[LeaveLetter] = after(LeaveLetter)


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter that is due as a PDF; None where its guardian may not know any more."""

    letter_id: str
    letter: Letter | None


@dataclass(frozen=True, slots=True)
class Sender:
    """What is the same on all letters of an owner."""

    country: str
    lines: tuple[str, ...]
    logo: bytes | None


_DUE = (
    sa.select(LeaveLetter, Unit)
    .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
    .join(Unit, Unit.id == LeaveDecision.unit_id)
    .where(LeaveLetter.paper_due <= sa.bindparam("now", type_=Utc))
    .order_by(LeaveLetter.paper_due, LeaveLetter.id)
    .limit(AT_ONCE)
)


def list_papers_due(look: Look) -> list[Asked]:
    """What is to be made now, AT_ONCE at most."""
    due = [(letter, unit) for letter, unit in look.session.execute(_DUE, {"now": look.now})]
    entitled = _list_entitled(look, due)
    senders = {owner_id: _find_sender(look, owner_id) for owner_id in {letter.owner_id for letter, _ in due}}
    asked = []
    for letter, unit in due:
        guardian = entitled.get((letter.child_id, letter.guardian_id, unit.today(look.now)))
        written = _write(look, letter, unit, guardian, senders[letter.owner_id]) if guardian is not None else None
        asked.append(Asked(letter.id, written))
    return asked


def _list_entitled(look: Look, due: Sequence[tuple[LeaveLetter, Unit]]) -> dict[tuple[str, str, date], Guardian]:
    """Who may know of which child, by the day of each unit."""
    children: dict[date, set[str]] = {}
    for letter, unit in due:
        children.setdefault(unit.today(look.now), set()).add(letter.child_id)
    return {
        (child_id, guardian.id, day): guardian
        for day, ids in children.items()
        for child_id, guardians in list_guardians_of(look, ids, Right.INFORM, day).items()
        for guardian in guardians
    }


def _find_sender(look: Look, owner_id: str) -> Sender:
    owner = look.session.get_one(Owner, owner_id)
    appearance = find_letter_look(look, owner_id)
    logo = appearance.logo if appearance is not None else None
    return Sender(owner.country, list_sender(look, owner), logo)


def _write(look: Look, letter: LeaveLetter, unit: Unit, guardian: Guardian, sender: Sender) -> Letter:
    """With the guardian's own name, and nobody else's address."""
    title, *paragraphs = re.split(r"\n[ \t]*\n", letter.text.strip())
    day = unit.today(letter.made_at)
    words = look.words.in_language(letter.language)
    return Letter(
        title=" ".join(title.split()),
        paragraphs=tuple(part.strip() for part in paragraphs),
        language=written_in(letter.language),
        country=sender.country,
        day=day,
        dated=words.say("paper.dated", day=day),
        sender=sender.lines,
        receiver=(guardian.name,),
        page_words=words.say("paper.page", page="{page}", pages="{pages}"),
        logo=sender.logo,
    )


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one that was due. `body` is None where there is to be none, or where it `failed`."""

    letter_id: str
    body: bytes | None
    failed: bool = False


_LETTERS = (
    sa.select(LeaveLetter)
    .where(LeaveLetter.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(LeaveLetter.id)
    .with_for_update()
)


def settle_papers(work: Work, made: Sequence[Made]) -> int:
    """Keep the PDF of each letter, once, and say when what failed is tried again; how many were kept."""
    asked = {"ids": [each.letter_id for each in made]}
    letters = {letter.id: letter for letter in work.session.scalars(_LETTERS, asked)}
    return sum(_settle(work, letters.get(each.letter_id), each) for each in made)


def _settle(work: Work, letter: LeaveLetter | None, made: Made) -> bool:
    if letter is None or letter.paper_due is None:
        return False
    if made.failed:
        letter.paper_due = work.now + min(FIRST_WAIT * 2 ** min(letter.paper_tries, 20), LONGEST_WAIT)
        letter.paper_tries += 1
        return False
    letter.paper_due = None
    if made.body is None:
        return False
    digest = hashlib.sha256(made.body).hexdigest()
    work.session.add(
        LeavePaper(letter_id=letter.id, owner_id=letter.owner_id, body=made.body, sha256=digest, made_at=work.now)
    )
    letter.sending_due = work.now
    return True


async def make_papers(desk: Desk) -> int:
    """Make what is due, in a thread and outside any work; how many were kept. What a crash lets go of is made again."""
    due = await desk.look(PAPERS, list_papers_due)
    if not due:
        return 0
    return await desk.work(PAPERS, settle_papers, await asyncio.to_thread(_make, due))


def _make(due: Sequence[Asked]) -> list[Made]:
    made = []
    for asked in due:
        try:
            made.append(Made(asked.letter_id, render(asked.letter) if asked.letter is not None else None))
        except NotMadeError:
            log.warning("a letter could not be made", extra={"letter": asked.letter_id})
            made.append(Made(asked.letter_id, None, failed=True))
    return made


def has_paper(look: Look, letter_id: str) -> bool:
    """Whether its PDF is made. It asks no rights: its callers have."""
    return look.session.scalar(sa.select(LeavePaper.letter_id).where(LeavePaper.letter_id == letter_id)) is not None


def get_paper(look: Look, letter_id: str) -> bytes:
    """The PDF as it was made. It asks no rights: its callers have.

    Raises: NotThereError, also where a byte of it is another than it was, which is logged.
    """
    paper = look.session.get(LeavePaper, letter_id)
    if paper is None:
        raise NotThereError
    if hashlib.sha256(paper.body).hexdigest() != paper.sha256:
        log.error("a letter is not as it was made", extra={"letter": letter_id})
        raise NotThereError
    return paper.body
