"""Handing out a tag: first whom it stands for, then its number, who gets it, and the receipt."""

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.tags_board import list_unit_children
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.door.hand_outs import NAME_LENGTH, Giving, hand_out, list_receivers
from hub.door.tag_reach import reached_children
from hub.door.tags import TagKind
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.post.pictures import BadPictureError, make_anew
from hub.post.put_up import NotTakenError, Upload
from hub.safety.access import NotThereError, get_reach, get_unit

pages = Pages()

SOMEBODY = "somebody"
SERIAL_LETTERS = 40


class GiveAsked(Asked):
    unit_id: PublicId
    children: tuple[PublicId, ...] = ()


class Given(GiveAsked):
    """`receiver` is a guardian's id, or SOMEBODY whom `name` names."""

    serial: Annotated[str, Field(max_length=SERIAL_LETTERS)] = ""
    tag_kind: TagKind = TagKind.STATIC
    receiver: Annotated[str, Field(max_length=30)] = ""
    name: Annotated[str, Field(max_length=NAME_LENGTH)] = ""

    def giving(self, signature: bytes | None) -> Giving:
        guardian_id = None if self.receiver in ("", SOMEBODY) else self.receiver
        name = self.name if self.receiver == SOMEBODY else ""
        return Giving(self.serial, self.tag_kind, self.children, guardian_id, name, signature)


def gather_giving(look: Look, unit_id: str, child_ids: tuple[str, ...]) -> tuple[Unit, list[Child], list[Guardian]]:
    """The unit, the children to choose among or those chosen, and who may be given a tag for them. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if not child_ids:
        return unit, list_unit_children(look, reach, unit), []
    children = list(reached_children(look, reach, child_ids))
    if len(children) != len(set(child_ids)):
        raise NotThereError
    return unit, children, list_receivers(look, unit, child_ids)


def give_one(work: Work, unit_id: str, giving: Giving) -> str:
    """The id of the tag. Raises: what `hand_out` raises."""
    return hand_out(work, unit_id, giving).tag_id


@pages.get("/tags/{unit_id}/give")
async def show_form(visit: Visit, asked: GiveAsked) -> web.StreamResponse:
    """Whom it stands for, or the rest of it."""
    return await _show(visit, asked)


@pages.post("/tags/{unit_id}/give", files=True)
async def give(visit: Visit, asked: Given) -> web.StreamResponse:
    """Keep that it was handed out, with the signature where one was drawn."""
    try:
        signature = await _read_signature(visit.uploads)
    except NotTakenError as refusal:
        return await _show(visit, asked, asked, refusal)
    given = await visit.try_work(give_one, asked.unit_id, asked.giving(signature))
    if isinstance(given, Refusal):
        return await _show(visit, asked, asked, given)
    return visit.go(f"/tag/{given}")


async def _read_signature(uploads: tuple[Upload, ...]) -> bytes | None:
    """Made anew from its pixels; None where nothing was drawn. Raises: NotTakenError."""
    drawn = [upload for upload in uploads if upload.content]
    if not drawn:
        return None
    try:
        return (await asyncio.to_thread(make_anew, drawn[0].content))[0]
    except BadPictureError as error:
        raise NotTakenError(str(error)) from None


async def _show(
    visit: Visit, asked: GiveAsked, typed: Given | None = None, refusal: Refusal | None = None
) -> web.Response:
    unit, children, guardians = await visit.look(gather_giving, asked.unit_id, asked.children)
    await visit.note_reading([unit.id, *(child.id for child in children)])
    chosen = children if asked.children else []
    return visit.show(
        "staff/tags_give.j2",
        status=200 if refusal is None else 422,
        here=f"/tags/{unit.id}/give",
        path=f"/tags/{unit.id}",
        unit=unit,
        title=visit.say("tags.give_title", names=[child.called for child in chosen]),
        children=children,
        chosen=chosen,
        receivers=[("", "–"), *((one.id, one.name) for one in guardians), (SOMEBODY, visit.say("tags.somebody"))],
        kinds=[(kind.value, visit.say(f"tags.kind_{kind}")) for kind in TagKind],
        typed=typed,
        wrong="" if refusal is None else visit.explain(refusal),
    )
