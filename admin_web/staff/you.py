"""What everybody chooses for themselves: language and appearance; and the first page, which leads on."""

from typing import Literal

from aiohttp import web

from admin_web import cookies
from admin_web.page import Pages
from admin_web.parameters import Asked, BackPath
from admin_web.staff.visiting import Visit
from hub.desk import Work
from hub.people.staff import Staff

pages = Pages()

FIRST_PAGE = "/morning"


class LanguageAsked(Asked):
    language: Literal["nb", "sv", "fi", "en"]
    back: BackPath = "/"


class ThemeAsked(Asked):
    theme: Literal["auto", "light", "dark"]
    back: BackPath = "/"


@pages.get("/", guests=True)
async def first(visit: Visit) -> web.StreamResponse:
    """Where one begins."""
    return visit.go(FIRST_PAGE if visit.session else "/sign-in")


@pages.post("/you/language", guests=True)
async def choose_language(visit: Visit, asked: LanguageAsked) -> web.StreamResponse:
    """Read the pages in another language, here and wherever one signs in."""
    if visit.session is not None and not visit.session.is_faded:
        await visit.work(keep_language, visit.session.staff_id, asked.language)
    answer = visit.go(asked.back)
    visit.house.cookies.set(answer, cookies.LANGUAGE, asked.language, cookies.LONG)
    return answer


@pages.post("/you/theme", guests=True)
async def choose_theme(visit: Visit, asked: ThemeAsked) -> web.StreamResponse:
    """Light, dark, or as the device is."""
    answer = visit.go(asked.back)
    visit.house.cookies.set(answer, cookies.THEME, asked.theme, cookies.LONG)
    return answer


def keep_language(work: Work, staff_id: str, language: str) -> None:
    work.session.get_one(Staff, staff_id).language = language
