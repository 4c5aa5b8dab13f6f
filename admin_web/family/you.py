"""What everybody chooses for themselves on the family pages: language and appearance, kept in this browser."""

from typing import Literal

from aiohttp import web

from admin_web import cookies
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, BackPath

pages = Pages()


class LanguageAsked(Asked):
    language: Literal["nb", "sv", "fi", "en"]
    back: BackPath = HOME


class ThemeAsked(Asked):
    theme: Literal["auto", "light", "dark"]
    back: BackPath = HOME


@pages.post(f"{HOME}/you/language", guests=True)
async def choose_language(visit: FamilyVisit, asked: LanguageAsked) -> web.StreamResponse:
    """Read the pages in another language; what is texted stays in the one that was chosen with the school."""
    answer = visit.go(asked.back)
    visit.house.cookies.set(answer, cookies.LANGUAGE, asked.language, cookies.LONG)
    return answer


@pages.post(f"{HOME}/you/theme", guests=True)
async def choose_theme(visit: FamilyVisit, asked: ThemeAsked) -> web.StreamResponse:
    """Light, dark, or as the device is."""
    answer = visit.go(asked.back)
    visit.house.cookies.set(answer, cookies.THEME, asked.theme, cookies.LONG)
    return answer
