"""One tag: whom it stands for, who has it and had it, and what can be done: taken back, lost, found, looked into."""

from aiohttp import web

from admin_web.files import WHOLE
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.tags_board import gather_story
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.door.hand_outs import get_signature, take_back
from hub.door.lost_tags import find_again, lose, settle_suspicion
from hub.safety.access import get_reach

pages = Pages()


class TagAsked(Asked):
    tag_id: PublicId


class SignatureAsked(Asked):
    hand_out_id: PublicId


@pages.get("/tag/{tag_id}")
async def show_tag(visit: Visit, asked: TagAsked) -> web.StreamResponse:
    """As it is now, and its history."""
    story = await visit.look(gather_story, asked.tag_id)
    children = story.reached.children
    await visit.note_reading([asked.tag_id, *(child.id for child in children)])
    return visit.show(
        "staff/tags_one.j2",
        here=f"/tag/{asked.tag_id}",
        path=f"/tag/{asked.tag_id}",
        story=story,
        tag=story.reached.tag,
        children=children,
        today=story.unit.today(visit.house.parts.clock.now()),
        local=story.unit.local,
    )


@pages.post("/tag/{tag_id}/back")
async def keep_return(visit: Visit, asked: TagAsked) -> web.StreamResponse:
    """It is here again."""
    await visit.work(take_back, asked.tag_id)
    return visit.go("/tags")


@pages.post("/tag/{tag_id}/lost")
async def keep_loss(visit: Visit, asked: TagAsked) -> web.StreamResponse:
    """It opens nothing from now on."""
    await visit.work(lose, asked.tag_id)
    return visit.go(f"/tag/{asked.tag_id}")


@pages.post("/tag/{tag_id}/found")
async def keep_find(visit: Visit, asked: TagAsked) -> web.StreamResponse:
    """It opens again."""
    await visit.work(find_again, asked.tag_id)
    return visit.go(f"/tag/{asked.tag_id}")


@pages.post("/tag/{tag_id}/copied")
async def keep_copied(visit: Visit, asked: TagAsked) -> web.StreamResponse:
    """It has a double, and never opens again."""
    await visit.work(settle_suspicion, asked.tag_id, is_copied=True)
    return visit.go(f"/tag/{asked.tag_id}")


@pages.post("/tag/{tag_id}/not-copied")
async def keep_not_copied(visit: Visit, asked: TagAsked) -> web.StreamResponse:
    """Somebody has looked: it has none."""
    await visit.work(settle_suspicion, asked.tag_id, is_copied=False)
    return visit.go(f"/tag/{asked.tag_id}")


@pages.get("/tag-signatures/{hand_out_id}")
async def fetch_signature(visit: Visit, asked: SignatureAsked) -> web.StreamResponse:
    """The way to what was signed, which lies where all files lie."""
    await visit.look(check_signature, asked.hand_out_id)
    link = visit.files.link(visit.signed_in.id, asked.hand_out_id, WHOLE)
    return web.Response(status=303, headers={"Location": link})


def check_signature(look: Look, hand_out_id: str) -> None:
    """Raises: NotThereError."""
    get_signature(look, get_reach(look), hand_out_id)
