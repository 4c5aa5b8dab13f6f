"""What *Diary* and *Morning* say of children who are still here after their time."""

from dataclasses import dataclass
from typing import Any

from admin_web.staff.morning_board import BoardDay
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.school.not_fetched import Fetch, WhyCall
from hub.school.still_here import StillHere


@dataclass(frozen=True, slots=True)
class Still:
    """What the templates draw: cards for those staff are to call about, and a calm line for each of the others."""

    calls: list[dict[str, Any]]
    calm: list[dict[str, Any]]


def still_said(visit: Visit, board: BoardDay) -> Still:
    """Everything in words."""
    said = [(one.is_listed, _card(visit, board, one)) for one in board.still]
    return Still([card for is_listed, card in said if is_listed], [card for is_listed, card in said if not is_listed])


def _card(visit: Visit, board: BoardDay, one: StillHere) -> dict[str, Any]:
    case, child = one.case, one.on.child
    name = f"{child.called} {child.last_name}"
    group, row = next((group, row) for group in board.groups for row in group.rows if row.child_id == child.id)
    path = f"/diary/{board.unit.id}"
    leader = ("missing.with_you" if board.is_led else "missing.with_leader") if one.with_leader else ""
    return {
        "id": case.id,
        "child_id": child.id,
        "name": name,
        "title": visit.say("still_here.call_now" if one.is_listed else "still_here.child", name=name, group=group.name),
        "why": _why(visit, board, one),
        "leader": visit.say(leader) if leader and one.is_listed else "",
        "calls": _calls(visit, one),
        "is_held_by_staff": one.is_spoken,
        "at": f"{path}/still/{case.id}",
        "leaves": f"{path}/groups/{group.id}/children/{child.id}/left" if not row.rings else "",
    }


def _why(visit: Visit, board: BoardDay, one: StillHere) -> str:
    unit, case = board.unit, one.case
    asked_at = None if one.asked_at is None else unit.local(one.asked_at)
    due = visit.say("still_here.due", at=unit.local(case.began_at))
    if one.is_listed or case.why == WhyCall.NO_MARKS:
        return visit.say("still_here.why", code=case.why, at=asked_at)
    if one.is_spoken and case.waits_until is not None:
        return f"{due} {visit.say('still_here.spoken_with', until=unit.local(case.waits_until))}"
    if case.answered_at is not None and (one.is_held or case.answer == Fetch.UNCLEAR):
        who = board.guardians.get(case.answered_by or "", "")
        at = unit.local(case.answered_at)
        return f"{due} {visit.say('still_here.held', who=who, said=case.answer, at=at, until=case.comes_at)}"
    return f"{due} {visit.say('still_here.asked', at=asked_at)}" if asked_at is not None else due


def _calls(visit: Visit, one: StillHere) -> list[tuple[str, str, str]]:
    """(phone, as it is shown, whom it calls): the guardians, then others who may fetch."""
    guardians = [
        (
            known.phone,
            shown_phone(known.phone),
            visit.say("missing.call", name=known.name, relation=visit.say("child.relation", code=known.relation)),
        )
        for known in one.guardians
    ]
    people = [
        (row.phone, shown_phone(row.phone), visit.say("still_here.may_fetch", name=row.person, relation=row.relation))
        for row in one.people
        if row.phone is not None
    ]
    return [*guardians, *people]
