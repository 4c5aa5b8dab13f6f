"""Two hubs on one store that wake the same bot in the same moment: families are asked and told once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from bots.care_holiday import CareHolidayBot
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Desk, Look, StoreAwayError, Work
from hub.doorbell import LocalDoorbell
from hub.people.places import Unit
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Message
from hub.school.campaigns import start
from hub.school.care_holidays import Unanswered, ask_about
from hub.school.consent_kinds import list_kinds
from hub.talk.bot import Prompter, prompt_some
from tests.bots.test_leave_news import BOT as LEAVE
from tests.bots.test_leave_news import granted
from tests.hub.post.outboxes import TEST
from tests.village import Village

MONDAY = date(2025, 3, 3)
TRIES = 5


@asynccontextmanager
async def another_hub(village: Village) -> AsyncIterator[Desk]:
    desk = Desk(village.desk.url, village.desk.clock, LocalDoorbell(), node="other")
    yield desk
    await desk.close()


def list_texts(look: Look) -> list[tuple[str, str]]:
    asked = sa.select(Delivery.recipient, Message.text).join(Message, Message.id == Delivery.message_id)
    return [(phone, text) for phone, text in look.session.execute(asked.where(Message.author == Author.BOT))]


async def wake(desk: Desk, bot: Prompter, due: Sequence[str]) -> None:
    """Whoever waits for its turn longer than the store lets it, on a machine that has much to do, tries again."""
    for _ in range(TRIES):
        with suppress(StoreAwayError):
            return await prompt_some(desk, TEST, bot, due)
    raise StoreAwayError


async def wake_in_both(village: Village, bot: Prompter) -> list[tuple[str, str]]:
    """What both wrote together, having read the same as due: the phone and the text of each."""
    due = await village.desk.look(TEST, bot.list_due)
    assert due
    async with another_hub(village) as other:
        await asyncio.gather(*(wake(desk, bot, due) for desk in (village.desk, other)))
    return await village.desk.look(TEST, list_texts)


def is_once_to_each(texts: list[tuple[str, str]]) -> bool:
    return bool(texts) and len(texts) == len(set(texts))


async def test_a_decision_about_leave_is_told_once_to_each(village: Village) -> None:
    await granted(village)

    assert is_once_to_each(await wake_in_both(village, LEAVE))


async def test_a_campaign_asks_each_guardian_once(village: Village, clock: StoppedClock) -> None:
    unit = village.unit("school")
    clock.jump(unit.moment(MONDAY, time(9, 0)))
    bot = load_bots()["consent"]
    assert isinstance(bot, Prompter)

    def begin(work: Work) -> None:
        kinds = [kind.id for kind in list_kinds(work, village.owner().id) if kind.code == "swimming"]
        start(work, unit, village.group("7A").id, kinds, MONDAY + timedelta(days=14), 4)

    await village.desk.work(TEST, begin)

    assert is_once_to_each(await wake_in_both(village, bot))


async def test_a_holiday_question_is_asked_once_of_each(village: Village, clock: StoppedClock) -> None:
    unit = village.unit("preschool")

    def moment(day: date) -> datetime:
        return unit.moment(day, time(17, 0))

    def plan(work: Work) -> None:
        ask_about(
            work,
            work.session.get_one(Unit, unit.id),
            "Påske",
            date(2025, 4, 14),
            date(2025, 4, 16),
            asks_at=moment(MONDAY),
            closes_at=moment(date(2025, 3, 20)),
            unanswered=Unanswered.COMES,
            by="test",
        )

    await village.desk.work(TEST, plan)
    clock.jump(moment(MONDAY) + timedelta(minutes=1))

    assert is_once_to_each(await wake_in_both(village, CareHolidayBot()))
