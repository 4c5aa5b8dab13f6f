"""Whom staff must see home, most urgent first: what each may see of it, whom they may call, and that they have done so.

Phones are shown to those alone who serve the child, and of them to whoever calls families in their role; and of a family those
alone who may fetch. Source: security rules S3.3, S3.9, S4.1 and S4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.desk import Look, Work
from hub.people.families import Right
from hub.people.places import Unit
from hub.post.audience import list_entitled
from hub.post.families import Known, list_known
from hub.safety.access import NotThereError, Reach
from hub.safety.guests import visible_at_unit
from hub.school.call_list import NOT_CALLED, may_call
from hub.school.day_board import OnBoard, Presence
from hub.school.fetch_waking import is_without_marks
from hub.school.ladders import Step
from hub.school.not_fetched import NotFetched, WhyCall, hold, hold_no_more, list_fetch_steps, list_still
from hub.school.trusted_people import TrustedPerson, list_counting


@dataclass(frozen=True, slots=True)
class StillHere:
    """One child. `is_listed`: staff are to call; before that it is only shown, or its family was asked at `asked_at`, or it is
    the marks that seem to be missing. `is_held` by what the family told, or because staff have spoken with it: `is_spoken`.

    `guardians` and `people` are whom this reader may call, each of whom may fetch the child.
    """

    case: NotFetched
    on: OnBoard
    is_listed: bool
    with_leader: bool
    asked_at: datetime | None
    is_held: bool
    is_spoken: bool
    guardians: tuple[Known, ...] = ()
    people: tuple[TrustedPerson, ...] = ()

    @property
    def called_ids(self) -> list[str]:
        """Those whose phones the reader sees."""
        return [*(known.id for known in self.guardians), *(row.id for row in self.people)]


def list_still_here(look: Look, reach: Reach, unit: Unit, day: date, board: Sequence[OnBoard]) -> list[StillHere]:
    """Those on the board, which is as the reader may see it."""
    by_child = {on.child_id: on for on in board if on.presence is Presence.HERE}
    cases = [case for case in list_still(look, unit, day) if case.child_id in by_child and case.closed_at is None]
    if not cases:
        return []
    lacks_marks = is_without_marks(board, len(cases))
    taken, calls = list_fetch_steps(look, [case.id for case in cases]), may_call(look, reach, unit)
    found = []
    for case in cases:
        steps = taken.get(case.id, {})
        is_spoken = case.is_spoken(look.now)
        is_held = is_spoken or case.is_told(look.now)
        is_unsure = lacks_marks and case.why == WhyCall.NO_MARKS
        is_listed = Step.LIST in steps and not is_held and not is_unsure
        on = by_child[case.child_id]
        found.append(
            StillHere(
                case,
                on,
                is_listed,
                Step.LEADER in steps,
                steps.get(Step.SECOND) or steps.get(Step.FIRST),
                is_held,
                is_spoken,
                _list_guardians(look, on, day) if calls and is_listed else (),
                _list_people(look, on, day) if calls and is_listed else (),
            )
        )
    return sorted(found, key=lambda one: (not one.is_listed, one.case.began_at, one.on.child.called, one.case.id))


def _list_guardians(look: Look, on: OnBoard, day: date) -> tuple[Known, ...]:
    known = [one for one in list_known(look, on.child, day) if one.phone and one.warning not in NOT_CALLED]
    may_fetch = list_entitled(look, [one.id for one in known], Right.FETCH, day)
    return tuple(one for one in known if on.child_id in may_fetch.get(one.id, ()))


def _list_people(look: Look, on: OnBoard, day: date) -> tuple[TrustedPerson, ...]:
    rows = list_counting(look, [on.child_id], day).get(on.child_id, ())
    return tuple(row for row in rows if row.phone)


def get_still(look: Look, reach: Reach, unit: Unit, case_id: str) -> NotFetched:
    """One of today's cases that the reach covers. Raises: NotThereError."""
    case, today = look.session.get(NotFetched, case_id), unit.today(look.now)
    if case is None or case.unit_id != unit.id or case.day != today:
        raise NotThereError
    if case.child_id not in visible_at_unit(look, reach, [case.child_id], unit.id, today):
        raise NotThereError
    return case


def note_spoken(work: Work, reach: Reach, unit: Unit, case_id: str, *, takes_back: bool = False) -> None:
    """Staff have spoken with the family, who are on the way; or have not, after all. While a tap holds, a second one changes
    nothing.

    Raises: NotThereError.
    """
    case = get_still(work, reach, unit, case_id)
    work.session.refresh(case, with_for_update=True)
    is_spoken = case.is_spoken(work.now)
    if takes_back and is_spoken:
        hold_no_more(work, case)
    elif not takes_back and not is_spoken and case.closed_at is None:
        hold(work, case, reach.staff_id)
