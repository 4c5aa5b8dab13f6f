"""What a guardian denies of the door, first on *Morning*: whom to call, and closing it with a word."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.morning_board import Board
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.desk import Work
from hub.safety.access import get_reach, get_unit
from hub.school.attendance import Attendance
from hub.school.attendance_denials import WORD_LENGTH, Denied, WasTold, close_denial
from hub.school.attendance_wishes import Moved

pages = Pages()
TOLD = {
    (Moved.CAME, True): "came",
    (Moved.LEFT, True): "left",
    (Moved.CAME, False): "not_come",
    (Moved.LEFT, False): "not_left",
}
"""What the guardian had been told, by how the child moved and whether it was said to have."""


class FoundOut(Asked):
    unit_id: PublicId
    denial_id: PublicId
    word: Annotated[str, Field(max_length=WORD_LENGTH, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class DeniedCard:
    """One alarm in words; `calls` are pairs of a phone to ring, the phone as it is shown, and whose it is."""

    id: str
    child_id: str
    title: str
    why: str
    calls: tuple[tuple[str, str, str], ...]


@pages.post("/morning/{unit_id}/denied/{denial_id}")
async def close_one(visit: Visit, asked: FoundOut) -> web.StreamResponse:
    """Somebody found out how it was."""
    await visit.work(close_by_page, asked.unit_id, asked.denial_id, asked.word.strip())
    return visit.go(f"/morning/{asked.unit_id}")


def close_by_page(work: Work, unit_id: str, denial_id: str, word: str) -> None:
    """Raises: NotThereError."""
    reach = get_reach(work)
    close_denial(work, reach, get_unit(work, reach, unit_id), denial_id, word)


def list_cards(visit: Visit, board: Board) -> list[DeniedCard]:
    """Everything in words, the earliest alarm first."""
    return [_card(visit, board, one) for one in board.denied]


def _card(visit: Visit, board: Board, one: Denied) -> DeniedCard:
    group = next((group.name for group in board.groups if group.id == one.group_id), "")
    was, local = one.was_told, board.unit.local
    told = TOLD[was.moved, was.said_at is not None]
    return DeniedCard(
        id=one.denial.id,
        child_id=one.child.id,
        title=visit.say("missing.denied", name=f"{one.child.called} {one.child.last_name}", group=group, told=told),
        why=visit.say(
            "missing.why_denied",
            who=board.guardians.get(one.denial.guardian_id, ""),
            at=local(one.denial.raised_at),
            today=board.today,
            told=told,
            said_at=None if was.said_at is None else local(was.said_at),
            person=was.person,
            marked=_find_fetcher(one.mark, was),
        ),
        calls=tuple(
            (
                known.phone,
                shown_phone(known.phone),
                visit.say("missing.call", name=known.name, relation=visit.say("child.relation", code=known.relation)),
            )
            for known in one.guardians
        ),
    )


def _find_fetcher(mark: Attendance, was: WasTold) -> str:
    """Who fetched the child by its mark, where the guardian was told of its leaving without that name; else ""."""
    marked = mark.fetched_name or ""
    return marked if was.moved is Moved.LEFT and marked != was.person else ""
