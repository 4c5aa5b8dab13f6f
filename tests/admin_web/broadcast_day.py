"""What staff send to many on a school day, as browsers do it, and what becomes of it."""

import re
from typing import Any

import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.post.channel import Receipt, Report
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.outcomes import Handed, settle
from hub.post.reports import keep_reports
from tests.admin_web.school_day import SchoolDay
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.sign_in.school import TEST

SKI = "Torsdag går {child} og resten av {group} på ski."
NEW = "/broadcasts/new"


def form(day: SchoolDay, group: str = "7A", **more: Any) -> dict[str, Any]:
    unit = day.village.unit("school").id
    return {"unit": unit, "groups": day.village.group(group).id, "language": "nb", "text_nb": SKI, **more}


def readers(seen: Seen) -> str:
    found = re.search(r'name="readers" value="([0-9a-f]+)"', seen.text)
    assert found is not None, seen.text
    return found[1]


async def look(browser: Browsing, given: dict[str, Any]) -> Seen:
    await browser.get(NEW)
    return await browser.post("/broadcasts/look", **given)


async def send(browser: Browsing, given: dict[str, Any]) -> Seen:
    looked = await look(browser, given)
    return await browser.post("/broadcasts/send", **given, readers=readers(looked))


async def wake(day: SchoolDay) -> None:
    bot, desk = BroadcastBot(), day.site.desk
    while due := await desk.look(TEST, bot.list_due):
        await desk.work(TEST, bot.prompt_due, due)


async def deliver(day: SchoolDay) -> None:
    """The provider takes all that is due, and tells that it arrived."""
    desk = day.site.desk
    while found := (await desk.work(TEST, claim, Room(200))).claimed:
        ids = [one.envelope.delivery_id for one in found]
        await desk.work(TEST, settle, [Handed(id_, Receipt(f"SM{id_}", "sent", 1)) for id_ in ids])
        told = [Report("twilio", f"{id_}:delivered", f"SM{id_}", "delivered", id_) for id_ in ids]
        await desk.work(TEST, keep_reports, told)


async def count(day: SchoolDay, table: type[Any]) -> int:
    asked = sa.select(sa.func.count()).select_from(table)
    return await day.site.desk.look(TEST, lambda look: look.session.scalar(asked) or 0)


async def list_texts(day: SchoolDay, guardian: str) -> list[str]:
    """What was posted to somebody's phone, in order."""
    phone = day.village.phone(guardian)
    asked = sa.select(Delivery.text).where(Delivery.recipient == phone).order_by(Delivery.id)
    return await day.site.desk.look(TEST, lambda look: list(look.session.scalars(asked)))


async def texts(day: SchoolDay) -> dict[str, str]:
    """By phone, what was posted there last."""
    asked = sa.select(Delivery).order_by(Delivery.id)
    return await day.site.desk.look(TEST, lambda look: {d.recipient: d.text for d in look.session.scalars(asked)})
