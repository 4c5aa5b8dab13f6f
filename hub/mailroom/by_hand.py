"""Letters with which a person has something to do: those that nobody could receive, and that somebody gives, those that went
astray, and those whose guardian is to hear that the leave has ended. Whoever decides leave sees them, and the office of the
unit that decided; of a protected child whoever is its named reader and serves it.

Rights are asked anew here as anywhere: whoever is blocked by now is given nothing. The store is walked in the order of the list
until a page is full, so that what is not this reader's to give keeps nothing else from being seen. Source: security rules S3.1,
S3.7 and S4.4.

Of a protected child none of whose named readers is there, the leader of where it goes now is told how many there are and
nothing else: somebody has to be named before anybody sees them. Where it went before nobody is told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look, Work
from hub.mailroom.sendings import LetterSending, SendingState, WhySending
from hub.mailroom.ways import find_hindrance, give_to_nobody, may_know
from hub.people.families import Child, Guardian, Placement
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_child, get_known, get_reach, list_units, reach_of
from hub.safety.audit import note
from hub.safety.home_unit import find_home_unit
from hub.safety.named_readers import NamedReader
from hub.safety.roles import may_run
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_queue import get_leave, leads

TAKEN_BACK_WITHIN = timedelta(days=1)
"""So long whoever said that a letter was given may say that it was not."""
MOST_SHOWN, AT_ONCE = 100, 200
"""Letters on a page, and how many are read of the store at a time."""
_WAITS = LetterSending.state == SendingState.NOBODY
_ASTRAY = sa.and_(LetterSending.astray_at.is_not(None), LetterSending.astray_noted_by.is_(None))
_ENDED = sa.and_(LetterSending.end_untold_at.is_not(None), LetterSending.end_told_by.is_(None))


@dataclass(frozen=True, slots=True)
class ByHand:
    """One letter to give. `application_id` is None for whoever may give it and not see the matter that it is about;
    `is_served`: the asker sees its child's page."""

    sending: LetterSending
    guardian: Guardian
    child: Child
    unit: Unit
    application_id: str | None = None
    is_served: bool = True


@dataclass(frozen=True, slots=True)
class ByHandPage:
    """Letters to give, the oldest first, and the id of the last where more follow."""

    letters: list[ByHand]
    last_id: str | None


def list_by_hand(look: Look, after: str | None = None) -> ByHandPage:
    """Those that the asker may give, MOST_SHOWN at most, behind the one with the id `after`. Raises: NotThereError."""
    reach = get_reach(look)
    waiting = (_find(look, reach, one) for one in _walk(look, reach, _WAITS, after))
    found = list(islice((one for one in waiting if one is not None), MOST_SHOWN + 1))
    shown = found[:MOST_SHOWN]
    return ByHandPage(shown, shown[-1].sending.id if len(found) > MOST_SHOWN else None)


def list_astray(look: Look) -> list[ByHand]:
    """Letters that went by a number which their guardian has no more and of which nobody has taken note, as the asker may know
    of them; the oldest first, MOST_SHOWN at most. Raises: NotThereError."""
    reach = get_reach(look)
    gone = (_find_astray(look, reach, one) for one in _walk(look, reach, _ASTRAY))
    return list(islice((one for one in gone if one is not None), MOST_SHOWN))


def list_ended(look: Look) -> list[ByHand]:
    """Letters of leave that has ended since, of which the asker is to tell the guardian; the oldest first, MOST_SHOWN at most.

    Raises: NotThereError.
    """
    reach = get_reach(look)
    ended = (_find_ended(look, reach, one) for one in _walk(look, reach, _ENDED))
    return list(islice((one for one in ended if one is not None), MOST_SHOWN))


def list_given(look: Look) -> list[ByHand]:
    """What the asker gave a short while ago, and may still say they did not; the oldest first. Raises: NotThereError."""
    reach = get_reach(look)
    given = sa.and_(
        LetterSending.state == SendingState.GIVEN,
        LetterSending.handed_by == look.asker.id,
        LetterSending.given_at > sa.bindparam(None, look.now - TAKEN_BACK_WITHIN, type_=Utc, unique=True),
    )
    found = (_find(look, reach, one) for one in _walk(look, reach, given))
    return list(islice((one for one in found if one is not None), MOST_SHOWN))


def count_unseen(look: Look) -> int:
    """How many letters of all kinds nobody may see, being of protected children without a named reader who could: of those
    that go to units which the asker leads, and of those that go nowhere any more and were decided on there. 0 for whoever
    leads none. Raises: NotThereError."""
    reach = get_reach(look)
    led = {unit.id for unit in list_units(look, reach) if leads(look, reach, unit)}
    if not led:
        return 0
    here = sa.exists().where(Placement.child_id == Child.id, Placement.unit_id.in_(led))
    asked = (
        sa.select(LetterSending, Child.id, LeaveDecision.unit_id)
        .join(LeaveLetter, LeaveLetter.id == LetterSending.letter_id)
        .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
        .join(Child, Child.id == LeaveLetter.child_id)
        .where(LetterSending.owner_id == reach.owner_id, Child.protected, sa.or_(_WAITS, _ASTRAY, _ENDED))
        .where(sa.or_(LeaveDecision.unit_id.in_(led), here))
    )
    return sum(
        _find_home(look, child_id, decided_at) in led and _is_unseen(look, sending, child_id)
        for sending, child_id, decided_at in look.session.execute(asked)
    )


def get_to_give(look: Look, letter_id: str) -> None:
    """Whether the asker is to give this letter, and so may print it. Raises: NotThereError where they are not."""
    reach = get_reach(look)
    waiting = sa.select(LetterSending).where(LetterSending.letter_id == letter_id, _WAITS)
    sending = look.session.scalars(waiting).one_or_none()
    if sending is None or sending.owner_id != reach.owner_id or _find(look, reach, sending) is None:
        raise NotThereError


def give(work: Work, sending_id: str) -> None:
    """The asker has given it to its guardian. Audited. Raises: NotThereError, also where that was done by now."""
    found = _get(work, sending_id, _find, lambda one: one.state == SendingState.NOBODY)
    found.sending.state, found.sending.due = SendingState.GIVEN, None
    found.sending.given_at, found.sending.handed_by = work.now, work.asker.id
    note(work, "letters.given", [sending_id, found.sending.letter_id, found.guardian.id])


def take_back(work: Work, sending_id: str) -> None:
    """It was not given after all, and waits again. Audited. Raises: NotThereError, also for whoever did not say that it was."""
    found = _get(work, sending_id, _find, lambda one: _may_be_taken_back(work, one))
    found.sending.given_at = found.sending.handed_by = None
    give_to_nobody(work, found.sending, found.sending.why or WhySending.NO_ADDRESS)
    note(work, "letters.not_given", [sending_id, found.sending.letter_id, found.guardian.id])


def _may_be_taken_back(look: Look, sending: LetterSending) -> bool:
    given_at = sending.given_at if sending.state == SendingState.GIVEN else None
    return given_at is not None and sending.handed_by == look.asker.id and given_at > look.now - TAKEN_BACK_WITHIN


def note_astray(work: Work, sending_id: str) -> None:
    """The asker has taken note that it went astray. Audited. Raises: NotThereError, also where that was done by now."""
    found = _get(work, sending_id, _find_astray, lambda one: one.is_astray)
    found.sending.astray_noted_by = work.asker.id
    note(work, "letters.astray_noted", [sending_id, found.sending.letter_id, found.guardian.id])


def tell_end(work: Work, sending_id: str) -> None:
    """The asker has told its guardian that the leave has ended. Audited. Raises: NotThereError, also where that was done by
    now."""
    found = _get(work, sending_id, _find_ended, lambda one: one.is_end_untold)
    found.sending.end_told_by = work.asker.id
    note(work, "letters.end_told", [sending_id, found.sending.letter_id, found.guardian.id])


_Find = Callable[[Look, Reach, LetterSending], ByHand | None]


def _get(work: Work, sending_id: str, find: _Find, is_there: Callable[[LetterSending], bool]) -> ByHand:
    """Raises: NotThereError."""
    reach = get_reach(work)
    sending = work.session.get(LetterSending, sending_id, with_for_update=True)
    found = None
    if sending is not None and sending.owner_id == reach.owner_id and is_there(sending):
        found = find(work, reach, sending)
    if found is None:
        raise NotThereError
    return found


def _find_home(look: Look, child_id: str, decided_at: str) -> str:
    """The unit where a child goes today; the one that decided, where it goes to none."""
    home = find_home_unit(look, child_id)
    return home.id if home is not None else decided_at


def _is_unseen(look: Look, sending: LetterSending, child_id: str) -> bool:
    """Whether none of a child's named readers may know of a letter that somebody is to give, or to take note of."""
    letter = look.session.get_one(LeaveLetter, sending.letter_id)
    if not sending.is_astray and not _is_ended(look, sending, letter) and find_hindrance(look, letter) is not None:
        return False
    named = sa.select(NamedReader.staff_id).where(NamedReader.child_id == child_id)
    return not any(_may_read(look, staff_id, sending) for staff_id in look.session.scalars(named).all())


def _is_ended(look: Look, sending: LetterSending, letter: LeaveLetter) -> bool:
    """Whether its guardian is to hear of the end, and still may."""
    decision = look.session.get_one(LeaveDecision, letter.decision_id)
    return sending.is_end_untold and may_know(look, letter, decision)


def _may_read(look: Look, staff_id: str, sending: LetterSending) -> bool:
    try:
        return _find_astray(look, reach_of(look, staff_id), sending) is not None
    except NotThereError:
        return False


def _walk(look: Look, reach: Reach, which: sa.ColumnElement[bool], after: str | None = None) -> Iterator[LetterSending]:
    """The oldest first: those of the units of the reach, without protected children whose reader the asker is not."""
    here = sa.exists().where(Placement.child_id == Child.id, Placement.unit_id.in_(reach.units))
    named = sa.exists().where(NamedReader.child_id == Child.id, NamedReader.staff_id == reach.staff_id)
    asked = (
        sa.select(LetterSending)
        .join(LeaveLetter, LeaveLetter.id == LetterSending.letter_id)
        .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
        .join(Child, Child.id == LeaveLetter.child_id)
        .where(LetterSending.owner_id == reach.owner_id, which)
        .where(sa.or_(LeaveDecision.unit_id.in_(reach.units), here), sa.or_(~Child.protected, named))
        .order_by(LetterSending.made_at, LetterSending.id)
        .limit(AT_ONCE)
    )
    last = look.session.get(LetterSending, after) if after is not None else None
    while True:
        behind = sa.true() if last is None else _is_behind(last)
        part = look.session.scalars(asked.where(behind)).all()
        yield from part
        if len(part) < AT_ONCE:
            return
        last = part[-1]


def _is_behind(last: LetterSending) -> sa.ColumnElement[bool]:
    made = LetterSending.made_at
    return sa.or_(made > last.made_at, sa.and_(made == last.made_at, LetterSending.id > last.id))


def _find(look: Look, reach: Reach, sending: LetterSending) -> ByHand | None:
    """None where it is not the asker's to give, or nobody's by now."""
    if find_hindrance(look, look.session.get_one(LeaveLetter, sending.letter_id)) is not None:
        return None
    return _find_astray(look, reach, sending)


def _find_ended(look: Look, reach: Reach, sending: LetterSending) -> ByHand | None:
    """None where it is not the asker's to tell, or nobody's by now."""
    is_ended = _is_ended(look, sending, look.session.get_one(LeaveLetter, sending.letter_id))
    return _find_astray(look, reach, sending) if is_ended else None


def _find_astray(look: Look, reach: Reach, sending: LetterSending) -> ByHand | None:
    """None where the asker may not know of it."""
    letter = look.session.get_one(LeaveLetter, sending.letter_id)
    decision = look.session.get_one(LeaveDecision, letter.decision_id)
    guardian = look.session.get_one(Guardian, sending.guardian_id)
    try:
        row = get_leave(look, reach, decision.application_id)
    except NotThereError:
        return _find_for_others(look, reach, sending, guardian, decision)
    return ByHand(sending, guardian, row.child, row.unit, decision.application_id)


def _find_for_others(
    look: Look, reach: Reach, sending: LetterSending, guardian: Guardian, decision: LeaveDecision
) -> ByHand | None:
    """For the office where the child goes or, wherever that is by now, of the unit that decided; and for whoever serves a
    protected child as its named reader, since of those often nobody decides."""
    try:
        child = get_known(look, reach, decision.child_id)
    except NotThereError:
        return None
    places = _list_places(look, reach, child.id)
    unit = next((unit for unit in places if child.protected or may_run(look, reach, unit.id)), None)
    if unit is not None:
        return ByHand(sending, guardian, child, unit)
    if may_run(look, reach, decision.unit_id):
        decided_at = look.session.get_one(Unit, decision.unit_id)
        return ByHand(sending, guardian, child, decided_at, is_served=bool(places))
    return None


def _list_places(look: Look, reach: Reach, child_id: str) -> list[Unit]:
    """Where it is placed today within the reach."""
    try:
        return [unit for unit, _ in get_child(look, reach, child_id)[1]]
    except NotThereError:
        return []
