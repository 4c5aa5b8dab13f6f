"""*My phone*: the phones that one texts the hub from, how a new one is registered, and what one can write."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.desk import Look, Refusal
from hub.safety.address_changes import CODE_LIFE, new_code
from hub.safety.staff_phones import StaffPhone, list_phones
from hub.talk.staff_registering import prove_phone, register_phone, remove_phone

pages = Pages()

PATH = "/you/phone"


class PhoneTold(Asked):
    number: Annotated[str, Field(max_length=40)]


class PhoneAsked(Asked):
    phone_id: PublicId


class CodeTyped(PhoneAsked):
    code: Annotated[str, Field(max_length=20)]


@pages.get("/you/phone", fresh=True)
async def show_phones(visit: Visit) -> web.StreamResponse:
    """One's registered phones."""
    return await _show(visit)


@pages.post("/you/phone", fresh=True)
async def register(visit: Visit, asked: PhoneTold) -> web.StreamResponse:
    """Send a code to a new phone, or to one that is to be confirmed anew."""
    told = await visit.try_work(register_phone, asked.number, new_code())
    if isinstance(told, Refusal):
        return await _show(visit, number_wrong=visit.explain(told), typed=asked.number)
    return visit.go(PATH)


@pages.post("/you/phone/{phone_id}/code", fresh=True)
async def prove(visit: Visit, asked: CodeTyped) -> web.StreamResponse:
    """The code that came there."""
    is_right = await visit.work(prove_phone, asked.phone_id, "".join(asked.code.split()))
    if is_right:
        return visit.go(PATH)
    return await _show(
        visit, code_wrong=visit.say("staff_phones.wrong_code" if is_right is False else "staff_phones.code_over")
    )


@pages.post("/you/phone/{phone_id}/remove", fresh=True)
async def remove(visit: Visit, asked: PhoneAsked) -> web.StreamResponse:
    """A phone that is lost, or somebody else's now."""
    await visit.work(remove_phone, asked.phone_id)
    return visit.go(PATH)


def _list_own(look: Look, staff_id: str) -> tuple[Sequence[StaffPhone], set[str], date]:
    """One's phones, the ids of those that so much came from that the hub fell silent, and the day it is (UTC)."""
    phones = list_phones(look, [staff_id])
    return phones, {phone.id for phone in phones if phone.was_silenced(look.now)}, look.now.date()


async def _show(visit: Visit, *, number_wrong: str = "", typed: str = "", code_wrong: str = "") -> web.Response:
    phones, silenced, today = await visit.look(_list_own, visit.signed_in.staff_id)
    return visit.show(
        "staff/own_phone.j2",
        status=422 if number_wrong or code_wrong else 200,
        here=PATH,
        proven=[phone for phone in phones if phone.proven_at is not None],
        coded=next((phone for phone in phones if phone.proven_at is None), None),
        shown_phone=shown_phone,
        silenced=silenced,
        today=today,
        minutes=int(CODE_LIFE.total_seconds() // 60),
        number_wrong=number_wrong,
        typed=typed,
        code_wrong=code_wrong,
    )
