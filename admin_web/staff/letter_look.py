"""*How letters look*, for administrators: who sends the owner's letters, from which address, and with which logo."""

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal
from hub.people.places import Owner
from hub.post.letter_looks import (
    LONGEST_ADDRESS,
    LONGEST_SENDER,
    MOST_LINES,
    LetterLook,
    find_letter_look,
    make_logo,
    set_letter_look,
)
from hub.safety.access import NotThereError
from hub.safety.roles import get_administered

pages = Pages()
PATH = "/letters/look"


class LookWished(Asked):
    """`drop`: letters bear no logo any more; a picture that comes along is the new one all the same."""

    sender: Annotated[str, Field(max_length=LONGEST_SENDER)] = ""
    address: Annotated[str, Field(max_length=LONGEST_ADDRESS)] = ""
    drop: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """`held` is None where nobody has set anything yet."""

    owner: Owner
    held: LetterLook | None


def gather_letter_look(look: Look) -> Found:
    """Raises: NotThereError for whoever does not administer the owner."""
    owner = get_administered(look)
    return Found(owner, find_letter_look(look, owner.id))


@pages.get(PATH)
async def show_letter_look(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As it is."""
    return _show(visit, await visit.look(gather_letter_look))


@pages.post(PATH, fresh=True, files=True)
async def keep_letter_look(visit: Visit, asked: LookWished) -> web.StreamResponse:
    """From the next letter on; what was typed is kept where the logo is refused."""
    found = await visit.look(gather_letter_look)
    try:
        logo = await make_logo(visit.uploads[0], visit.house.parts.scanner) if visit.uploads else None
    except NotThereError:
        raise
    except Refusal as refusal:
        return _show(visit, found, asked, visit.explain(refusal))
    await visit.work(set_letter_look, asked.sender, asked.address, logo, keeps_logo=not asked.drop)
    return visit.go(PATH)


def _show(visit: Visit, found: Found, typed: LookWished | None = None, wrong: str = "") -> web.Response:
    shown = typed or found.held
    return visit.show(
        "staff/letter_look.j2",
        status=422 if wrong else 200,
        here=PATH,
        owner=found.owner.name,
        sender=shown.sender if shown is not None else "",
        address=shown.address if shown is not None else "",
        has_logo=found.held is not None and found.held.logo is not None,
        most=MOST_LINES,
        wrong=wrong,
    )
