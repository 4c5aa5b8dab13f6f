"""The guide for families, to print or to show, in the family's language; and a tick for each family that was guided."""

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.tags_board import gather_guided
from admin_web.staff.visiting import Visit
from admin_web.tag_guide import guide_facts
from hub.desk import Look
from hub.door.guided import tick, untick
from hub.people.places import Unit
from hub.safety.access import get_reach, get_unit

pages = Pages()


class GuideAsked(Asked):
    """`language`: the family's, where it is not the reader's own."""

    unit_id: PublicId
    language: str = ""


class UnitAsked(Asked):
    unit_id: PublicId


class FamilyAsked(Asked):
    unit_id: PublicId
    child_id: PublicId


def find_unit(look: Look, unit_id: str) -> Unit:
    """Raises: NotThereError."""
    return get_unit(look, get_reach(look), unit_id)


@pages.get("/tags/{unit_id}/guide")
async def show_guide(visit: Visit, asked: GuideAsked) -> web.StreamResponse:
    """In one language at a time."""
    unit = await visit.look(find_unit, asked.unit_id)
    path = f"/tags/{unit.id}/guide"
    return visit.show("staff/tags_guide.j2", unit=unit, **guide_facts(path, asked.language, visit.language))


@pages.get("/tags/{unit_id}/guided")
async def show_guided(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """Whose family was guided, when and by whom."""
    board = await visit.look(gather_guided, asked.unit_id)
    await visit.note_reading([asked.unit_id, *(child.id for child, _, _ in board.rows)])
    path = f"/tags/{asked.unit_id}/guided"
    return visit.show(
        "staff/tags_guided.j2",
        here=path,
        path=path,
        board=board,
        title=visit.say("tags.guided_title", n=sum(row is not None for _, row, _ in board.rows), of=len(board.rows)),
        today=board.unit.today(visit.house.parts.clock.now()),
        local=board.unit.local,
    )


@pages.post("/tags/{unit_id}/guided/{child_id}")
async def keep_guided(visit: Visit, asked: FamilyAsked) -> web.StreamResponse:
    """The family was guided."""
    await visit.work(tick, asked.child_id)
    return visit.go(f"/tags/{asked.unit_id}/guided#g-{asked.child_id}")


@pages.post("/tags/{unit_id}/guided/{child_id}/undo")
async def undo_guided(visit: Visit, asked: FamilyAsked) -> web.StreamResponse:
    """It was a slip."""
    await visit.work(untick, asked.child_id)
    return visit.go(f"/tags/{asked.unit_id}/guided#g-{asked.child_id}")
