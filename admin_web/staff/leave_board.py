"""What *Leave* shows: the applications of my groups or units, and one of them with all that stands around it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.desk import Look
from hub.mailroom.by_hand import count_unseen, list_astray, list_by_hand, list_ended
from hub.mailroom.print_batches import count_to_print
from hub.mailroom.sendings import LetterSending, find_sending
from hub.people.families import Guardian, Right
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.audience import list_guardians_for
from hub.safety.access import get_reach, get_unit, list_units
from hub.safety.roles import may_run
from hub.safety.starts import Function, find_begins
from hub.school.leave import LeaveState
from hub.school.leave_answers import list_not_accepted
from hub.school.leave_letters import LeaveLetter, list_letters
from hub.school.leave_papers import has_paper
from hub.school.leave_queue import LeaveRow, get_leave, leads, list_leave


class Shown(StrEnum):
    """Which applications are shown."""

    WAITING = "waiting"
    DECIDED = "decided"
    ALL = "all"


STATES = {
    Shown.WAITING: frozenset({LeaveState.WAITS}),
    Shown.DECIDED: frozenset({LeaveState.DECIDED}),
    Shown.ALL: frozenset(LeaveState),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """The applications shown, by unit, and how many wait. `begins`: when the units begin that take none yet; `by_hand`: how
    many letters wait for somebody to give them; `unseen`: how many of which nobody may know; `astray`: how many went by a
    number that was corrected since; `ended`: how many whose guardian somebody is to tell that the leave has ended; `to_print`:
    how many for whoever prints and posts them; `not_accepted`: the ids of refused ones that a guardian does not accept."""

    units: list[Unit]
    unit: Unit | None
    rows: list[LeaveRow]
    waiting: int
    can_set: bool
    days: dict[str, date]
    begins: dict[str, date]
    by_hand: int
    unseen: int
    astray: int
    ended: int
    to_print: int
    not_accepted: set[str]


@dataclass(frozen=True, slots=True)
class Whole:
    """One application with what stands around it. `told` are those who are told of a decision; `on_paper` the ids of the
    letters whose PDF is made, `sendings` how far each has come, by the letter's id."""

    row: LeaveRow
    told: list[Guardian]
    letters: list[tuple[Guardian, LeaveLetter]]
    on_paper: frozenset[str]
    sendings: dict[str, LetterSending]
    decider: Staff | None
    today: date
    can_set: bool


def gather_leave(look: Look, only: Shown, unit_id: str | None) -> Listed:
    """Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id) if unit_id is not None else None
    units = list_units(look, reach)
    shown = [unit] if unit is not None else units
    waiting = [row for each in shown for row in list_leave(look, reach, each, STATES[Shown.WAITING])]
    others = [row for each in shown for row in list_leave(look, reach, each, STATES[only] - STATES[Shown.WAITING])]
    rows = others if only is Shown.DECIDED else sorted([*waiting, *others], key=lambda row: row.application.first_day)
    return Listed(
        units,
        unit,
        rows,
        len(waiting),
        any(leads(look, reach, each) for each in units),
        {each.id: each.today(look.now) for each in units},
        {each.id: day for each in shown if (day := find_begins(look, each, Function.LEAVE)) is not None},
        len(list_by_hand(look).letters),
        count_unseen(look),
        len(list_astray(look)),
        len(list_ended(look)),
        count_to_print(look, [each.id for each in units if may_run(look, reach, each.id)]),
        list_not_accepted(look, [row.application.id for row in rows if row.decision is not None]),
    )


def gather_one(look: Look, application_id: str) -> Whole:
    """Raises: NotThereError."""
    reach = get_reach(look)
    row = get_leave(look, reach, application_id)
    today = row.unit.today(look.now)
    told = list_guardians_for(look, row.child.id, Right.INFORM, today)
    letters = list_letters(look, row.decision.id) if row.decision is not None else []
    return Whole(
        row,
        told,
        [(look.session.get_one(Guardian, letter.guardian_id), letter) for letter in letters],
        frozenset(letter.id for letter in letters if has_paper(look, letter.id)),
        {letter.id: sending for letter in letters if (sending := find_sending(look, letter.id)) is not None},
        look.session.get(Staff, row.decision.decided_by) if row.decision is not None else None,
        today,
        leads(look, reach, row.unit),
    )
