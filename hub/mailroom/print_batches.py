"""Batches of paper: once a day, and whenever staff ask for it, the letters of a unit that go on paper are put together.

A batch is made in one work and holds BATCH letters at most; more of them make more batches. So whatever ends the hub, each
letter is in one batch or waits for the next. The PDF is bound when it is asked for and kept nowhere, since it would show
addresses that lie sealed in the store. Who may know is asked at both moments. Source: security rules S3.4, S4.4 and S9.8.
"""

from collections.abc import Sequence
from datetime import time
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Asker, routine_asker
from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Desk, Look, Work
from hub.language import written_in
from hub.letters.envelopes import AddressPage, ListPage
from hub.mailroom.print_binding import Batch, Enclosed
from hub.mailroom.sendings import LetterSending, SendingState, WhySending
from hub.mailroom.ways import end_sending, find_hindrance, give_to_nobody, put_on_paper
from hub.people.families import Guardian
from hub.people.places import Owner, Unit
from hub.people.postal_addresses import has_moved_since, has_post, is_only_by_hand, open_post
from hub.post.letter_looks import list_sender
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import get_paper
from hub.seal import Seal

PRINTS = routine_asker("prints")
BATCH = 100
"""Letters in a batch: as much paper as a printer holds, and a work that is soon over."""
MADE_AT = time(6, 0)
"""On the clock of the unit: what waits for paper by then is gathered."""


class PrintBatch(Base):
    """Letters of one unit that are printed together. `number` counts the unit's batches from one, `letters` are those that
    it was made with; `made_by` is None where the day's routine made it. `printed_at` is when it was first fetched, `bound_at`
    when the addresses were read that it was last bound with."""

    __tablename__ = "print_batches"
    __table_args__ = (sa.UniqueConstraint("unit_id", "number"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    number: Mapped[int]
    letters: Mapped[int]
    made_at: Mapped[Moment]
    made_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    printed_at: Mapped[Moment | None] = mapped_column(default=None)
    printed_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    bound_at: Mapped[Moment | None] = mapped_column(default=None)
    posted_at: Mapped[Moment | None] = mapped_column(default=None)
    posted_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    @property
    def was_printed(self) -> bool:
        return self.printed_at is not None


_OF_UNITS = (
    sa.select(LeaveDecision.unit_id)
    .join(LeaveLetter, LeaveLetter.decision_id == LeaveDecision.id)
    .join(LetterSending, LetterSending.letter_id == LeaveLetter.id)
    .where(LetterSending.state == SendingState.PAPER)
)
_WAITING = (
    sa.select(LetterSending)
    .join(LeaveLetter, LeaveLetter.id == LetterSending.letter_id)
    .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
    .where(LetterSending.state == SendingState.PAPER, LeaveDecision.unit_id == sa.bindparam("unit"))
    .order_by(LetterSending.made_at, LetterSending.id)
    .limit(BATCH)
    .with_for_update(of=LetterSending)
)
_IN_BATCH = (
    sa.select(LetterSending).where(LetterSending.batch_id == sa.bindparam("batch")).order_by(LetterSending.batch_number)
)


def list_units_due(look: Look) -> list[str]:
    """The units in which paper waits that was there when the day's batch is made, and has had none today."""
    waits = _OF_UNITS.add_columns(sa.func.min(LetterSending.made_at)).group_by(LeaveDecision.unit_id)
    due = []
    for unit_id, first in look.session.execute(waits):
        unit = look.session.get_one(Unit, unit_id)
        today = unit.today(look.now)
        begins = unit.moment(today, MADE_AT)
        if first < begins <= look.now and not _had_one(look, unit_id, unit.moment(today, time())):
            due.append(unit_id)
    return due


def _had_one(look: Look, unit_id: str, since: object) -> bool:
    asked = sa.select(PrintBatch.id).where(
        PrintBatch.unit_id == unit_id, PrintBatch.made_by.is_(None), PrintBatch.made_at >= since
    )
    return look.session.scalars(asked.limit(1)).first() is not None


def count_waiting(look: Look, unit_ids: Sequence[str]) -> dict[str, int]:
    """How many letters wait for paper at each of the units; none where none does."""
    asked = _OF_UNITS.add_columns(sa.func.count()).where(LeaveDecision.unit_id.in_(unit_ids))
    return {row[0]: row[1] for row in look.session.execute(asked.group_by(LeaveDecision.unit_id))}


def count_to_print(look: Look, unit_ids: Sequence[str]) -> int:
    """How many letters of these units wait for paper, or are in a batch that is not posted yet."""
    in_batches = (
        sa.select(sa.func.count())
        .select_from(LetterSending)
        .join(PrintBatch, PrintBatch.id == LetterSending.batch_id)
        .where(LetterSending.state == SendingState.PRINTED, PrintBatch.unit_id.in_(unit_ids))
    )
    return sum(count_waiting(look, unit_ids).values()) + (look.session.scalar(in_batches) or 0)


def let_go_sendings(work: Work, of_letters: sa.Select[str]) -> None:
    """How these letters were sent is forgotten, and a batch goes with the last that was in it."""
    do, theirs = work.session.execute, LetterSending.letter_id.in_(of_letters)
    batches = list(work.session.scalars(sa.select(LetterSending.batch_id).where(theirs).distinct()))
    do(sa.delete(LetterSending).where(theirs))
    is_used = sa.exists().where(LetterSending.batch_id == PrintBatch.id)
    do(sa.delete(PrintBatch).where(PrintBatch.id.in_([id_ for id_ in batches if id_ is not None]), ~is_used))


def make_batch(work: Work, unit_id: str, made_by: str | None = None) -> bool:
    """Gather what waits for paper at a unit, BATCH letters at most; whether more may wait. It asks no rights. Audited.

    Whoever may not know any more gets nothing; where there is no postal address, or none may be used, nobody receives it.
    """
    work.take_turns([unit_id])
    waiting = list(work.session.scalars(_WAITING, {"unit": unit_id}))
    kept = [sending for sending in waiting if still_goes(work, sending)]
    if kept:
        newest = work.session.scalar(sa.select(sa.func.max(PrintBatch.number)).where(PrintBatch.unit_id == unit_id))
        batch = PrintBatch(
            id=work.new_id(),
            owner_id=kept[0].owner_id,
            unit_id=unit_id,
            number=(newest or 0) + 1,
            letters=len(kept),
            made_at=work.now,
            made_by=made_by,
        )
        work.session.add(batch)
        work.session.flush()
        for number, sending in enumerate(kept, start=1):
            sending.state, sending.batch_id, sending.batch_number = SendingState.PRINTED, batch.id, number
        note(work, "letters.batch", [batch.id, unit_id])
    return len(waiting) == BATCH


def still_goes(work: Work, sending: LetterSending) -> bool:
    """Whether it goes on paper at this moment; where it does not, it leaves its batch, and is settled where it goes instead."""
    hindrance = find_hindrance(work, work.session.get_one(LeaveLetter, sending.letter_id))
    if hindrance is not None:
        sending.batch_id = sending.batch_number = None
        end_sending(work, sending, hindrance)
    elif is_only_by_hand(work, sending.guardian_id):
        fall_out(work, sending, WhySending.PROTECTED)
    elif not has_post(work, sending.guardian_id):
        fall_out(work, sending, WhySending.NO_ADDRESS)
    else:
        return True
    return False


async def make_due_batches(desk: Desk) -> None:
    """The day's batches, in as many works as they need."""
    for unit_id in await desk.look(PRINTS, list_units_due):
        await make_batches(desk, PRINTS, partial(make_batch, unit_id=unit_id))


async def make_batches(desk: Desk, asker: Asker, make: "partial[bool]") -> None:
    """Until nothing waits any more."""
    while await desk.work(asker, make):
        pass


def list_letters_of(look: Look, batch_id: str) -> list[LetterSending]:
    """The letters that are in a batch now, by their numbers. It asks no rights: its callers have."""
    return list(look.session.scalars(_IN_BATCH, {"batch": batch_id}))


def gather_batch(work: Work, seal: Seal, batch: PrintBatch) -> Batch | None:
    """All that is bound of a batch at this moment, None where nothing is. It asks no rights: its callers have. Audited.

    What may not go any more falls out of it. One that was posted already stays, and is not printed again where it may not be.
    """
    unit, owner = work.session.get_one(Unit, batch.unit_id), work.session.get_one(Owner, batch.owner_id)
    sender = list_sender(work, owner)
    enclosed = [
        Enclosed(sending.id, AddressPage(receiver, sender, f"{batch.number}-{sending.batch_number}"), pdf)
        for sending in list_letters_of(work, batch.id)
        if is_printed(work, sending)
        if (receiver := _address(work, seal, sending, owner)) and (pdf := _find_pdf(work, sending))
    ]
    note(work, "letters.print", [batch.id, *(one.sending_id for one in enclosed)])
    if not enclosed:
        return None
    words, day = work.words.in_language(owner.language), unit.today(batch.made_at)

    def write_list(rows: Sequence[tuple[str, int]]) -> ListPage:
        sheets = sum(count for _, count in rows)
        lead = words.say("prints.list_lead", unit=unit.name, day=day, letters=len(rows), sheets=sheets)
        columns = (words.say("prints.list_number"), words.say("prints.list_sheets"))
        return ListPage(words.say("prints.list_title", number=batch.number), lead.splitlines(), columns, rows)

    return Batch(enclosed, write_list, written_in(owner.language), owner.country, work.now)


def has_old_envelope(look: Look, batch: PrintBatch, sending: LetterSending) -> bool:
    """Whether its receiver moved after the batch was bound, so that the envelope bears the old address."""
    return batch.bound_at is not None and has_moved_since(look, sending.guardian_id, batch.bound_at)


def print_anew(work: Work, sending: LetterSending) -> None:
    """It leaves its batch and waits for the next. Audited."""
    sending.batch_id = sending.batch_number = sending.posted_at = sending.handed_by = None
    put_on_paper(work, sending, sending.why or WhySending.NO_WORD)


def fall_out(work: Work, sending: LetterSending, why: WhySending) -> None:
    """It leaves its batch, and a person gives it. Audited."""
    sending.batch_id = sending.batch_number = sending.posted_at = None
    give_to_nobody(work, sending, why)


def is_printed(work: Work, sending: LetterSending) -> bool:
    """Whether it may be printed at this moment, for the first time or again; where it may not be sent any more, it leaves its
    batch."""
    if sending.state == SendingState.PRINTED:
        return still_goes(work, sending)
    return find_hindrance(work, work.session.get_one(LeaveLetter, sending.letter_id)) is None


def _address(work: Work, seal: Seal, sending: LetterSending, owner: Owner) -> tuple[str, ...]:
    """The lines of the envelope; none where it is not printed, or not again."""
    post = open_post(work, seal, sending.guardian_id)
    if post is not None:
        return post.lines(work.session.get_one(Guardian, sending.guardian_id).name, owner.country, owner.language)
    if sending.state == SendingState.PRINTED:
        fall_out(work, sending, WhySending.NO_ADDRESS)
    return ()


def _find_pdf(work: Work, sending: LetterSending) -> bytes:
    """As it was made; nothing where it is not any more."""
    try:
        return get_paper(work, sending.letter_id)
    except NotThereError:
        if sending.state == SendingState.PRINTED:
            fall_out(work, sending, WhySending.BROKEN)
        return b""
