"""*Tags*: what is out at a unit and with whom, one tag found by its code, and one that is lost blocked by it."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.tags_board import TagBoard, gather_board
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.door.lost_tags import lose_by_label
from hub.door.tag_reach import get_tag_by_label
from hub.safety.access import NotThereError, get_reach, get_unit

pages = Pages()

Code = Annotated[str, Field(max_length=20)]


class UnitAsked(Asked):
    unit_id: PublicId


class BoardAsked(UnitAsked):
    """`told`: a code was sent to be blocked just now."""

    told: bool = False


class CodeAsked(UnitAsked):
    code: Code = ""


@pages.get("/tags")
async def show_first(visit: Visit) -> web.StreamResponse:
    """The way to the reader's first unit."""
    board = await visit.look(gather_board, None)
    return visit.go(f"/tags/{board.unit.id}")


@pages.get("/tags/{unit_id}")
async def show_board(visit: Visit, asked: BoardAsked) -> web.StreamResponse:
    """What is out, and what is here."""
    board = await visit.look(gather_board, asked.unit_id)
    return await _show(visit, board, told=asked.told)


@pages.get("/tags/{unit_id}/find")
async def find(visit: Visit, asked: CodeAsked) -> web.StreamResponse:
    """The tag that bears this code."""
    try:
        tag_id = await visit.look(find_by_code, asked.unit_id, asked.code)
    except NotThereError:
        board = await visit.look(gather_board, asked.unit_id)
        return await _show(visit, board, code=asked.code, wrong=visit.say("tags.not_found"))
    return visit.go(f"/tag/{tag_id}")


@pages.post("/tags/{unit_id}/lost")
async def block_by_code(visit: Visit, asked: CodeAsked) -> web.StreamResponse:
    """Block the tag that bears this code; the answer is the same where there is none."""
    await visit.work(lose_by_label, asked.unit_id, asked.code)
    return visit.go(f"/tags/{asked.unit_id}?told=true")


def find_by_code(look: Look, unit_id: str, code: str) -> str:
    """Raises: NotThereError."""
    reach = get_reach(look)
    get_unit(look, reach, unit_id)
    return get_tag_by_label(look, reach, code).tag.id


async def _show(visit: Visit, board: TagBoard, *, told: bool = False, code: str = "", wrong: str = "") -> web.Response:
    path = f"/tags/{board.unit.id}"
    await visit.note_reading([board.unit.id, *(one.tag.id for one in board.out)])
    return visit.show(
        "staff/tags.j2",
        status=404 if wrong else 200,
        here=path,
        path=path,
        board=board,
        title=visit.say("tags.title", out=len(board.out), lost=board.lost),
        today=board.unit.today(visit.house.parts.clock.now()),
        local=board.unit.local,
        units=[
            {"href": f"/tags/{unit.id}", "word": unit.name, "current": unit.id == board.unit.id} for unit in board.units
        ],
        told=told,
        code=code,
        wrong=wrong,
    )
