"""New phones and mail addresses of a family: staff write down what they are told of, and say whether a change is theirs."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import PublicId
from admin_web.staff.child import ChildAsked
from admin_web.staff.child_book import gather_child
from admin_web.staff.child_layout import show_book
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.post.address_decisions import decide, write_down

pages = Pages()


class ChangeAsked(ChildAsked):
    change_id: PublicId


class AddressWritten(ChildAsked):
    guardian_id: PublicId
    address: Annotated[str, Field(max_length=254)]


@pages.post("/children/{child_id}/addresses/{change_id}/confirm", fresh=True)
async def confirm_address(visit: Visit, asked: ChangeAsked) -> web.StreamResponse:
    """The address is theirs: it acts at once."""
    return await _decide(visit, asked, agreed=True)


@pages.post("/children/{child_id}/addresses/{change_id}/refuse")
async def refuse_address(visit: Visit, asked: ChangeAsked) -> web.StreamResponse:
    """It is not, or nobody knows: the old one stays."""
    return await _decide(visit, asked, agreed=False)


@pages.post("/children/{child_id}/addresses", fresh=True)
async def post_address(visit: Visit, asked: AddressWritten) -> web.StreamResponse:
    """Write down a new phone or mail address that the family told of."""
    return await _after(
        visit, asked, await visit.try_work(write_down, asked.child_id, asked.guardian_id, asked.address)
    )


async def _decide(visit: Visit, asked: ChangeAsked, *, agreed: bool) -> web.StreamResponse:
    return await _after(visit, asked, await visit.try_work(decide, asked.child_id, asked.change_id, agreed=agreed))


async def _after(visit: Visit, asked: ChildAsked, done: object) -> web.StreamResponse:
    if isinstance(done, Refusal):
        return await show_book(visit, await visit.look(gather_child, asked.child_id), refusal=done)
    return visit.go(f"/children/{asked.child_id}")
