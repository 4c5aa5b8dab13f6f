"""Sheets for families: a number, its pictures for the phone, and how to write to it; one, or all of a unit at once."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup
from phonenumbers import country_code_for_region

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.contact_card import contact_code, make_card, text_code
from admin_web.staff.invitation import draw_qr
from admin_web.staff.numbers_board import Sheet, gather_sheet, gather_sheets
from admin_web.staff.visiting import Visit
from hub.people.numbers import VirtualNumber
from hub.safety.access import NotThereError
from hub.words import Words

pages = Pages()


class RoleAsked(Asked):
    role_id: PublicId


class UnitAsked(Asked):
    unit_id: PublicId


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet as it is printed. `said` is each of the unit's languages, and what says things in it."""

    sheet: Sheet
    number: VirtualNumber
    code: str
    keep_qr: Markup
    write_qr: Markup
    said: list[tuple[str, Callable[..., str]]]


@pages.get("/numbers/roles/{role_id}/sheet")
async def show_sheet(visit: Visit, asked: RoleAsked) -> web.StreamResponse:
    """The sheet of one number."""
    sheet = await visit.look(gather_sheet, asked.role_id)
    card = f"/numbers/roles/{asked.role_id}/contact.vcf"
    return visit.show("staff/numbers_sheet.j2", papers=[_lay_out(sheet)], unit=sheet.unit, card=card)


@pages.get("/numbers/{unit_id}/sheets")
async def show_sheets(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The sheets of all numbers of a unit, each on a page of its own when printed. Raises: NotThereError."""
    unit, sheets = await visit.look(gather_sheets, asked.unit_id)
    if not sheets:
        raise NotThereError
    return visit.show("staff/numbers_sheet.j2", papers=[_lay_out(sheet) for sheet in sheets], unit=unit, card="")


@pages.get("/numbers/roles/{role_id}/contact.vcf")
async def download_card(visit: Visit, asked: RoleAsked) -> web.StreamResponse:
    """The number as a contact, to keep on a phone or to send on."""
    sheet = await visit.look(gather_sheet, asked.role_id)
    return web.Response(
        body=make_card(sheet.role.title, sheet.unit.name, sheet.number.value),
        headers={
            "Content-Type": "text/vcard; charset=utf-8",
            "Content-Disposition": 'attachment; filename="budbok.vcf"',
        },
    )


def _lay_out(sheet: Sheet) -> Paper:
    number = sheet.number
    return Paper(
        sheet=sheet,
        number=number,
        code=f"+{country_code_for_region(sheet.country)}",
        keep_qr=draw_qr(contact_code(sheet.role.title, sheet.unit.name, number.value)),
        write_qr=draw_qr(text_code(number.value)),
        said=[(language, Words(language).say) for language in _languages(sheet.unit.languages)],
    )


def _languages(of_unit: list[str]) -> list[str]:
    """The unit's languages, each way of saying it once."""
    said: dict[str, str] = {}
    for language in of_unit:
        said.setdefault(Words(language).say("numbers.how"), language)
    return list(said.values())
