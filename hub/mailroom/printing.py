"""What the office and the leaders of a unit do with letters on paper: have them gathered, fetch them for a printer, say that
they are posted, and take back one that does not find its receiver.

Source: security rules S3.1 and S3.2: whoever administers an owner sees no family's letters by that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.mailroom.not_digital import NotDigital, list_not_digital
from hub.mailroom.print_batches import (
    PrintBatch,
    count_to_print,
    count_waiting,
    fall_out,
    gather_batch,
    has_old_envelope,
    is_printed,
    list_letters_of,
    make_batch,
    print_anew,
    still_goes,
)
from hub.mailroom.print_binding import Batch
from hub.mailroom.sendings import LetterSending, SendingState, WhySending
from hub.people.families import Guardian
from hub.people.places import Unit
from hub.people.postal_addresses import has_post, is_only_by_hand, let_go_wrong_post
from hub.people.staff import Staff
from hub.safety.access import NotThereError, get_reach, list_units
from hub.safety.audit import note
from hub.safety.roles import may_run
from hub.seal import Seal

MOST_SHOWN = 100
"""Batches on a page, the newest first."""


class NotPrintedError(Refusal):
    """Nobody has fetched the batch for a printer yet, so it cannot have been posted."""

    words = "refusals.not_printed"


class MovedError(Refusal):
    """An address was corrected after the batch was printed: that letter is printed anew first."""

    words = "refusals.moved"


@dataclass(frozen=True, slots=True)
class Prints:
    """`units` are those that the reader runs; `waiting` counts letters by unit, `left` those that each batch has now, and
    `to_print` all that are not posted yet. `not_digital` are those whom digital post could not reach."""

    to_print: int
    units: Sequence[Unit]
    waiting: dict[str, int]
    batches: Sequence[PrintBatch]
    left: dict[str, int]
    names: dict[str, str]
    not_digital: Sequence[NotDigital]


@dataclass(frozen=True, slots=True)
class OneBatch:
    """A batch with its letters as they are now, each with its receiver. `missing` are the numbers of what has left it; `moved`
    the ids of those whose envelope bears an address that was corrected since, and which are not posted."""

    batch: PrintBatch
    unit: Unit
    letters: Sequence[tuple[LetterSending, Guardian]]
    missing: Sequence[int]
    moved: frozenset[str]
    names: dict[str, str]


def list_prints(look: Look) -> Prints:
    """Raises: NotThereError for whoever runs no unit."""
    units = _list_run(look)
    ids = [unit.id for unit in units]
    newest = sa.select(PrintBatch).where(PrintBatch.unit_id.in_(ids)).order_by(PrintBatch.id.desc()).limit(MOST_SHOWN)
    batches = list(look.session.scalars(newest))
    counted = (
        sa.select(PrintBatch.id, sa.func.count())
        .join(LetterSending, LetterSending.batch_id == PrintBatch.id)
        .where(PrintBatch.id.in_([batch.id for batch in batches]))
        .group_by(PrintBatch.id)
    )
    left = {row[0]: row[1] for row in look.session.execute(counted)}
    names, not_digital = _name_all(look, batches), list_not_digital(look, units)
    return Prints(count_to_print(look, ids), units, count_waiting(look, ids), batches, left, names, not_digital)


def get_batch(look: Look, batch_id: str) -> OneBatch:
    """Raises: NotThereError."""
    batch = look.session.get(PrintBatch, batch_id)
    unit = next((unit for unit in _list_run(look) if batch is not None and unit.id == batch.unit_id), None)
    if batch is None or unit is None:
        raise NotThereError
    letters = [
        (sending, look.session.get_one(Guardian, sending.guardian_id))
        for sending in list_letters_of(look, batch_id)
        if not is_only_by_hand(look, sending.guardian_id)
    ]
    missing = sorted(set(range(1, batch.letters + 1)) - {sending.batch_number for sending, _ in letters})
    moved = frozenset(
        sending.id
        for sending, _ in letters
        if sending.state == SendingState.PRINTED and has_old_envelope(look, batch, sending)
    )
    return OneBatch(batch, unit, letters, missing, moved, _name_all(look, [batch]))


def order_batch(work: Work, unit_id: str) -> bool:
    """Gather what waits now, without waiting for the next morning; whether more may wait. Raises: NotThereError."""
    if not any(unit.id == unit_id for unit in _list_run(work)):
        raise NotThereError
    return make_batch(work, unit_id, work.asker.id)


def check_batch(work: Work, batch_id: str) -> bool:
    """Whether anything of it may be printed now; what may not go any more leaves it. Raises: NotThereError."""
    letters = list_letters_of(work, _lock(work, batch_id).id)
    kept = [one for one in letters if is_printed(work, one)]
    return any(has_post(work, one.guardian_id) for one in kept)


def read_batch(work: Work, seal: Seal, batch_id: str) -> Batch | None:
    """What is bound of a batch as it is now. Audited. Raises: NotThereError."""
    return gather_batch(work, seal, _lock(work, batch_id))


def keep_printed(work: Work, batch_id: str, read_at: datetime) -> None:
    """It was bound with the addresses of a moment, and counts as fetched from now on. Raises: NotThereError."""
    batch = _lock(work, batch_id)
    batch.bound_at = read_at
    if not batch.was_printed:
        batch.printed_at, batch.printed_by = work.now, work.asker.id


def post_batch(work: Work, batch_id: str) -> bool:
    """All that is in it is posted; only the first time counts. Audited. Raises: NotThereError, NotPrintedError, MovedError.

    False where something of it may not go any more: that falls out, nothing counts as posted, and staff take it out first.
    """
    batch = _lock(work, batch_id)
    if not batch.was_printed:
        raise NotPrintedError
    printed = [one for one in list_letters_of(work, batch.id) if one.state == SendingState.PRINTED]
    going = [one for one in printed if still_goes(work, one)]
    if len(going) < len(printed):
        return False
    if any(has_old_envelope(work, batch, sending) for sending in going):
        raise MovedError
    for sending in going:
        sending.state, sending.posted_at, sending.handed_by = SendingState.POSTED, work.now, work.asker.id
    if batch.posted_at is None:
        batch.posted_at, batch.posted_by = work.now, work.asker.id
        note(work, "letters.post_batch", [batch.id, *(one.id for one in going)])
    return True


def take_back(work: Work, batch_id: str, sending_id: str) -> None:
    """It does not find its receiver: a person gives it, and nothing more is sent to that address. Where another was told since
    it was printed, it is printed anew for that instead. Audited. Raises: NotThereError.
    """
    batch = _lock(work, batch_id)
    sending = work.session.get(LetterSending, sending_id, with_for_update=True)
    if sending is None or sending.batch_id != batch.id:
        raise NotThereError
    if has_old_envelope(work, batch, sending):
        print_anew(work, sending)
        return
    let_go_wrong_post(work, sending.guardian_id)
    note(work, "post.wrong", [sending.guardian_id])
    fall_out(work, sending, WhySending.NO_ADDRESS)


def _lock(work: Work, batch_id: str) -> PrintBatch:
    """A batch of a unit that the asker runs. Raises: NotThereError."""
    batch = work.session.get(PrintBatch, batch_id, with_for_update=True)
    if batch is None or not any(unit.id == batch.unit_id for unit in _list_run(work)):
        raise NotThereError
    return batch


def _list_run(look: Look) -> list[Unit]:
    """The units that the asker leads or is the office of. Raises: NotThereError where there are none."""
    reach = get_reach(look)
    units = [unit for unit in list_units(look, reach) if may_run(look, reach, unit.id)]
    if not units:
        raise NotThereError
    return units


def _name_all(look: Look, batches: Sequence[PrintBatch]) -> dict[str, str]:
    """What those of the staff are called who did something with the batches."""
    ids = {id_ for batch in batches for id_ in (batch.made_by, batch.printed_by, batch.posted_by) if id_ is not None}
    return {staff.id: staff.name for staff in look.session.scalars(sa.select(Staff).where(Staff.id.in_(ids)))}
