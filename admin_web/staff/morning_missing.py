"""The first thing on *Morning*: the children who are looked for, whom one may call, and closing a case with one tap."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.morning_board import Board
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.desk import Look, Work
from hub.people.families import Child
from hub.safety.access import NotThereError, get_reach, get_unit
from hub.school.call_list import How, Missing, close_case, get_case, undo_close

pages = Pages()


class CaseAsked(Asked):
    unit_id: PublicId
    case_id: PublicId


class CloseAsked(CaseAsked):
    how: How


@dataclass(frozen=True, slots=True)
class LookedFor:
    """What the templates draw: cards for those staff are to call about, and names of those whose families were asked."""

    listed: list[dict[str, Any]]
    asked: list[str]


@pages.post("/morning/{unit_id}/missing/{case_id}")
async def close_one(visit: Visit, asked: CloseAsked) -> web.StreamResponse:
    """Somebody found out where a child is."""
    await visit.work(close_by_page, asked.unit_id, asked.case_id, asked.how)
    return visit.go(f"/morning/{asked.unit_id}?closed={asked.case_id}")


@pages.post("/morning/{unit_id}/missing/{case_id}/undo")
async def undo_one(visit: Visit, asked: CaseAsked) -> web.StreamResponse:
    """The tap was wrong."""
    await visit.work(undo_by_page, asked.unit_id, asked.case_id)
    return visit.go(f"/morning/{asked.unit_id}")


def close_by_page(work: Work, unit_id: str, case_id: str, how: How) -> None:
    """Raises: NotThereError."""
    reach = get_reach(work)
    close_case(work, reach, get_unit(work, reach, unit_id), case_id, how)


def undo_by_page(work: Work, unit_id: str, case_id: str) -> None:
    """Raises: NotThereError."""
    reach = get_reach(work)
    undo_close(work, reach, get_unit(work, reach, unit_id), case_id)


def find_closed(look: Look, unit_id: str, case_id: str) -> tuple[str, str] | None:
    """What the child of a case that was just closed is called, and how it was closed; None when it is not the asker's."""
    reach = get_reach(look)
    try:
        case = get_case(look, reach, get_unit(look, reach, unit_id), case_id)
    except NotThereError:
        return None
    if case.closed_how is None or case.closed_by != reach.staff_id:
        return None
    return look.session.get_one(Child, case.child_id).called, case.closed_how


def looked_for(visit: Visit, board: Board) -> LookedFor:
    """Everything in words."""
    return LookedFor(
        [_card(visit, board, one) for one in board.missing if one.is_listed or one.is_alarm],
        [_asked(visit, board, one) for one in board.missing if not (one.is_listed or one.is_alarm)],
    )


def _card(visit: Visit, board: Board, one: Missing) -> dict[str, Any]:
    case, name = one.case, f"{one.on.child.called} {one.on.child.last_name}"
    group = next((group.name for group in board.groups if group.id == one.on.group_id), "")
    at = None if case.answered_at is None else board.unit.local(case.answered_at)
    asked_at = None if one.asked_at is None else board.unit.local(one.asked_at)
    who = board.guardians.get(case.answered_by or "", "")
    leader = ("missing.with_you" if board.is_led else "missing.with_leader") if one.with_leader else ""
    return {
        "id": case.id,
        "child_id": case.child_id,
        "is_alarm": one.is_alarm,
        "title": visit.say("missing.alarm" if one.is_alarm else "missing.not_come", name=name, group=group),
        "why": visit.say("missing.why", code=case.why, who=who, at=at, asked_at=asked_at),
        "leader": visit.say(leader) if leader else "",
        "calls": [
            {
                "phone": known.phone,
                "shown": shown_phone(known.phone),
                "who": visit.say(
                    "missing.call", name=known.name, relation=visit.say("child.relation", code=known.relation)
                ),
            }
            for known in one.guardians
        ],
    }


def _asked(visit: Visit, board: Board, one: Missing) -> str:
    at = None if one.asked_at is None else board.unit.local(one.asked_at)
    return visit.say("missing.asked", name=one.on.child.called, at=at)
