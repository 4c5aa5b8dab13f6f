"""*Texts to send again*: what a unit keeps for those who write to many there; kept from the composer, and put in there."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.broadcast_asked import ComposeAsked
from admin_web.staff.broadcasts_new import NotFreshError, show_refused
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner
from hub.post.broadcast_rights import get_sending
from hub.post.kept_texts import KeptText, keep_text, list_texts, may_remove, remove_text
from hub.safety.access import NotThereError

pages = Pages()


class TextAsked(Asked):
    text_id: PublicId


@dataclass(frozen=True, slots=True)
class Kept:
    """One text as it is listed; `unit` is named where the reader may send at several."""

    id: str
    name: str
    text: str
    language: str
    unit: str
    may_remove: bool


def gather_texts(look: Look) -> list[Kept]:
    """Raises: NotThereError."""
    units = {unit.id: unit.name for unit, _ in get_sending(look).list_units(look)}
    return [_lay_out(look, kept, units[kept.unit_id] if len(units) > 1 else "") for kept in list_texts(look)]


def _lay_out(look: Look, kept: KeptText, unit: str) -> Kept:
    language = kept.language if kept.language in kept.texts else next(iter(kept.texts))
    return Kept(kept.id, kept.name, kept.texts[language], language, unit, may_remove(look, kept))


@pages.get("/broadcasts/texts")
async def show_texts(visit: Visit) -> web.StreamResponse:
    """What is kept to be sent again, by name."""
    found: Sequence[Kept] = await visit.look(gather_texts)
    return visit.show("staff/broadcast_texts.j2", here="/broadcasts", found=found)


@pages.post("/broadcasts/texts/keep", files=True)
async def keep_one(visit: Visit, asked: ComposeAsked) -> web.StreamResponse:
    """Keep what is typed in the composer. Who has not given a code lately keeps what they typed, and is led to giving one."""
    if not visit.signed_in.is_fresh:
        return await show_refused(visit, asked, NotFreshError())
    kept = await visit.try_work(keep_typed, asked)
    if isinstance(kept, Refusal):
        return await show_refused(visit, asked, kept)
    return visit.go("/broadcasts/texts")


def keep_typed(work: Work, asked: ComposeAsked) -> None:
    """Raises: NotThereError, and what `keep_text` raises."""
    if asked.unit is None:
        raise NotThereError
    owner = work.session.get_one(Owner, get_sending(work).reach.owner_id)
    keep_text(work, asked.unit, asked.text_name, asked.written(asked.language or owner.language))


@pages.post("/broadcasts/texts/{text_id}/remove", fresh=True)
async def remove_one(visit: Visit, asked: TextAsked) -> web.StreamResponse:
    """Keep it no longer; what was sent with its words stays as it was."""
    await visit.work(remove_text, asked.text_id)
    return visit.go("/broadcasts/texts")
