"""Consents in the village, for tests of pages: who has said what, and what is being asked."""

from datetime import timedelta

from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.school.campaigns import list_campaigns, start
from hub.school.consent_kinds import list_kinds
from hub.school.consent_standing import may_use
from hub.school.consents import Choice, How, Told, say_words
from tests.admin_web.school_day import MONDAY, SchoolDay
from tests.hub.sign_in.school import TEST


async def say(day: SchoolDay, guardian: str, child: str, *codes: str) -> None:
    """ "photo_internal" is a yes on paper, "-swimming" a no."""

    def words(work: Work) -> None:
        who = day.village.guardian(guardian)
        kinds = {kind.code: kind for kind in list_kinds(work, who.owner_id)}
        choices = [Choice(kinds[code.lstrip("-")], granted=not code.startswith("-")) for code in codes]
        kept = work.session.get_one(Child, day.village.child(child).id)
        say_words(work, kept, who.id, choices, Told(How.PAPER, who.id, Trust.STRONG))

    await day.site.desk.work(TEST, words)


async def kind_id(day: SchoolDay, code: str) -> str:
    def find(look: Look) -> str:
        return next(kind.id for kind in list_kinds(look, day.village.owner().id) if kind.code == code)

    return await day.site.desk.look(TEST, find)


async def may(day: SchoolDay, child: str, code: str) -> bool:
    return await day.site.desk.look(TEST, may_use, day.village.child(child).id, code, MONDAY)


async def ask_7a(day: SchoolDay, *codes: str) -> str:
    """A campaign in 7A that runs; its id."""

    def begin(work: Work) -> str:
        kinds = {kind.code: kind.id for kind in list_kinds(work, day.village.owner().id)}
        unit, group = day.village.unit("school"), day.village.group("7A")
        return start(work, unit, group.id, [kinds[code] for code in codes], MONDAY + timedelta(days=14), 4).id

    return await day.site.desk.work(TEST, begin)


async def campaigns(day: SchoolDay) -> list[str]:
    def find(look: Look) -> list[str]:
        return [campaign.id for campaign in list_campaigns(look, day.village.unit("school").id, MONDAY)]

    return await day.site.desk.look(TEST, find)


async def fill_7a(day: SchoolDay) -> None:
    """A class as it is in March: most have said yes, some disagree, some have not answered."""
    await say(day, "Anne Nordmann", "Kari Nordmann", "electronic", "photo_internal", "photo_public", "swimming", "trip")
    await say(day, "Ola Nordmann", "Kari Nordmann", "electronic", "photo_internal", "-photo_public", "class_list")
    await say(day, "Silje Strøm", "Henrik Strøm", "electronic", "swimming", "trip", "car", "class_list")
    await say(day, "Jorunn Tveit", "Eirik Tveit", "electronic", "-swimming", "trip")
