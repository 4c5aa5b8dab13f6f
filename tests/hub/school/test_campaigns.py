"""Campaigns: who is asked, how often, when, and how far it has come, by rights and places as they are now."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, Placement
from hub.post.deliveries import Delivery
from hub.school.campaign_progress import draw_points, list_points
from hub.school.campaigns import (
    ConsentAsk,
    ConsentCampaign,
    EndsTooSoonError,
    NothingToAskError,
    list_asks,
    list_due,
    list_waiting,
    read_asking,
    start,
)
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, How, Told, say_words
from hub.talk.bot import Bot, Prompter
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.village import Village

MONDAY = date(2025, 3, 3)
NINE = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)


def the_bot() -> Prompter:
    bot: Bot = load_bots()["consent"]
    assert isinstance(bot, Prompter)
    return bot


@dataclass
class Class7A:
    """7A of Fjordvik school, which is asked."""

    village: Village
    clock: StoppedClock

    async def start(self, *codes: str, days: int = 14, first: date = MONDAY) -> str:
        def begin(work: Work) -> str:
            kinds = {kind.code: kind.id for kind in list_kinds(work, self.village.owner().id)}
            unit, group = self.village.unit("school"), self.village.group("7A")
            return start(work, unit, group.id, [kinds[c] for c in codes], first + timedelta(days=days), 4).id

        return await self.village.desk.work(TEST, begin)

    async def due(self, campaign_id: str) -> list[str]:
        """The names of those who are to be asked now."""

        def names(look: Look) -> list[str]:
            campaign = look.session.get_one(ConsentCampaign, campaign_id)
            found = list_due(look, campaign, self.village.unit("school"))
            return sorted(look.session.get_one(Guardian, each.guardian_id).name for each in found)

        return await self.village.desk.look(TEST, names)

    async def wake(self) -> int:
        """What the routine does; how many texts went out in all."""
        bot = the_bot()
        due = await self.village.desk.look(TEST, bot.list_due)
        if due:
            await self.village.desk.work(TEST, bot.prompt_due, due)
        count = sa.select(sa.func.count()).select_from(Delivery)
        return await self.village.desk.look(TEST, lambda look: look.session.scalar(count) or 0)

    async def say(self, guardian: str, child: str, *codes: str) -> None:
        def words(work: Work) -> None:
            kinds = {kind.code: kind for kind in list_kinds(work, self.village.owner().id)}
            kept = work.session.get_one(Child, self.village.child(child).id)
            who = self.village.guardian(guardian).id
            choices = [Choice(kinds[code.lstrip("-")], granted=not code.startswith("-")) for code in codes]
            say_words(work, kept, who, choices, Told(How.PAPER, who, Trust.STRONG))

        await self.village.desk.work(TEST, words)


@pytest.fixture
def class_7a(village: Village, clock: StoppedClock) -> Class7A:
    clock.jump(NINE)
    return Class7A(village, clock)


async def test_everyone_who_decides_and_has_not_answered_is_asked_once(class_7a: Class7A) -> None:
    await class_7a.say("Anne Nordmann", "Kari Nordmann", "electronic", "swimming")
    campaign = await class_7a.start("swimming")
    due = await class_7a.due(campaign)

    sent = await class_7a.wake()

    assert "Anne Nordmann" not in due
    assert "Ola Nordmann" in due
    assert 0 < sent <= len(due)
    assert await class_7a.due(campaign) == []
    assert await class_7a.wake() == sent
    asks = await class_7a.village.desk.look(TEST, list_asks, campaign)
    assert {ask.why_not for ask in asks if ask.guardian_id == class_7a.village.guardian("Ola Nordmann").id} == {None}


async def test_nobody_is_asked_at_night(class_7a: Class7A) -> None:
    campaign = await class_7a.start("swimming")

    class_7a.clock.jump(datetime(2025, 3, 3, 20, 0, tzinfo=UTC))

    assert await class_7a.due(campaign) == []
    assert await class_7a.wake() == 0


async def test_who_does_not_answer_is_reminded_twice_and_then_left_alone(class_7a: Class7A) -> None:
    campaign = await class_7a.start("swimming", days=60)
    counts = [await class_7a.wake()]

    for days in (3, 4, 8, 12, 16):
        class_7a.clock.jump(NINE + timedelta(days=days))
        counts.append(await class_7a.wake())

    first = counts[0]
    assert counts == [first, first, 2 * first, 3 * first, 3 * first, 3 * first]
    assert await class_7a.due(campaign) == []


async def test_a_block_an_answer_and_a_moved_child_end_the_asking(class_7a: Class7A) -> None:
    campaign = await class_7a.start("swimming")
    village = class_7a.village
    before = await class_7a.due(campaign)

    def change(work: Work) -> None:
        block(work, village, "Ola Nordmann", "Kari Nordmann")
        work.session.execute(
            sa.update(Placement)
            .where(Placement.child_id == village.child("Jonas Aune").id)
            .values(to_day=MONDAY - timedelta(days=1))
        )

    await village.desk.work(TEST, change)
    await class_7a.say("Anne Nordmann", "Kari Nordmann", "-swimming")

    assert set(before) - set(await class_7a.due(campaign)) >= {"Ola Nordmann", "Anne Nordmann", "Stein Aune"}


async def test_a_campaign_over_asks_nobody_and_one_that_asks_nothing_does_not_begin(class_7a: Class7A) -> None:
    campaign = await class_7a.start("swimming", days=2)

    class_7a.clock.jump(NINE + timedelta(days=3))

    assert await class_7a.due(campaign) == []
    with pytest.raises(EndsTooSoonError):
        await class_7a.start("swimming", days=2)
    with pytest.raises(NothingToAskError):
        await class_7a.start(days=20)


async def test_a_campaign_that_is_over_is_looked_at_no_more(class_7a: Class7A) -> None:
    """Nor is it read every ten minutes for ever; on its last day it still is."""
    await class_7a.start("trip", days=14)

    def count(look: Look) -> int:
        return len(list_waiting(look))

    class_7a.clock.jump(NINE + timedelta(days=14))
    on_its_last_day = await class_7a.village.desk.look(TEST, count)
    class_7a.clock.jump(NINE + timedelta(days=16))

    assert on_its_last_day == 1
    assert await class_7a.village.desk.look(TEST, count) == 0


async def test_what_no_text_may_carry_is_told_of_and_remembered(class_7a: Class7A) -> None:
    campaign = await class_7a.start("health_service")

    await class_7a.wake()

    asks = await class_7a.village.desk.look(TEST, list_asks, campaign)
    texts = await class_7a.village.desk.look(TEST, lambda look: set(look.session.scalars(sa.select(Delivery.text))))
    assert {ask.why_not for ask in asks} <= {"not_by_text", "no_address", "shared_phone"}
    assert all("helse" not in text.casefold() for text in texts)


async def test_no_protected_child_is_asked_about_in_bulk(class_7a: Class7A) -> None:
    def begin(work: Work) -> list[str]:
        unit = class_7a.village.unit("school")
        kinds = [kind.id for kind in list_kinds(work, unit.owner_id)]
        campaign = start(work, unit, None, kinds, MONDAY + timedelta(days=7), 4)
        return [child.id for child in read_asking(work, campaign, unit).children]

    asked = await class_7a.village.desk.work(TEST, begin)

    assert class_7a.village.child("Ada Lien").id not in asked
    assert class_7a.village.child("Kari Nordmann").id in asked


async def test_progress_is_counted_by_day_and_drawn(class_7a: Class7A) -> None:
    campaign_id = await class_7a.start("swimming")
    class_7a.clock.jump(NINE + timedelta(days=2))
    await class_7a.say("Anne Nordmann", "Kari Nordmann", "electronic", "swimming")
    await class_7a.say("Ola Nordmann", "Kari Nordmann", "-swimming")
    class_7a.clock.jump(NINE + timedelta(days=7))

    def read(look: Look) -> tuple[list[int], int, str, list[int]]:
        campaign = look.session.get_one(ConsentCampaign, campaign_id)
        unit = class_7a.village.unit("school")
        asking = read_asking(look, campaign, unit)
        points = list_points(asking, unit, unit.today(look.now))
        (progress,) = asking.progress()
        drawn = draw_points(points, campaign.ends_on)
        return (
            [p.answered for p in points],
            points[0].total,
            drawn,
            [progress.given, progress.no, progress.open, progress.total],
        )

    answered, total, drawn, progress = await class_7a.village.desk.look(TEST, read)

    assert answered == [0, 0, 2, 2, 2, 2, 2, 2]
    assert total == 13
    assert drawn.split()[0] == "0.0,160.0"
    assert drawn.split()[-1].startswith("300.0,")
    assert progress == [0, 1, 7, 8]


async def test_one_phone_of_two_guardians_is_asked_once(class_7a: Class7A) -> None:
    await class_7a.start("swimming")
    await class_7a.wake()

    def per_phone(look: Look) -> list[int]:
        counted = sa.select(sa.func.count()).select_from(Delivery).group_by(Delivery.recipient)
        return list(look.session.scalars(counted))

    assert set(await class_7a.village.desk.look(TEST, per_phone)) == {1}
    asked = await class_7a.village.desk.look(TEST, lambda look: look.session.scalars(sa.select(ConsentAsk)).all())
    assert len({ask.guardian_id for ask in asked}) >= len({ask.child_id for ask in asked})


FOUR_DAYS_OVER = [
    datetime(2025, 3, 28, 8, 0, tzinfo=UTC),
    datetime(2025, 10, 24, 7, 0, tzinfo=UTC),
    datetime(2025, 12, 29, 8, 0, tzinfo=UTC),
]


@pytest.mark.parametrize("asked_at", FOUR_DAYS_OVER, ids=["clocks go forward", "clocks go back", "a year ends"])
async def test_a_reminder_comes_four_days_later_by_day_whatever_the_clocks_did(
    class_7a: Class7A, asked_at: datetime
) -> None:
    class_7a.clock.jump(asked_at)
    await renew_addresses(class_7a)
    campaign = await class_7a.start("swimming", first=asked_at.date())
    asked = await class_7a.wake()

    class_7a.clock.move(timedelta(days=4) - timedelta(minutes=1))
    too_soon = await class_7a.due(campaign)
    class_7a.clock.move(timedelta(minutes=1))
    reminded = await class_7a.wake()

    assert asked > 0
    assert too_soon == []
    assert reminded == 2 * asked


@pytest.mark.parametrize(
    ("night", "morning"),
    [
        (datetime(2025, 3, 30, 4, 59, tzinfo=UTC), datetime(2025, 3, 30, 5, 0, tzinfo=UTC)),
        (datetime(2025, 10, 26, 5, 59, tzinfo=UTC), datetime(2025, 10, 26, 6, 0, tzinfo=UTC)),
    ],
    ids=["clocks went forward", "clocks went back"],
)
async def test_the_morning_after_the_clocks_were_moved_nobody_is_woken_an_hour_early(
    class_7a: Class7A, night: datetime, morning: datetime
) -> None:
    class_7a.clock.jump(night - timedelta(days=1))
    campaign = await class_7a.start("swimming", first=night.date())

    class_7a.clock.jump(night)
    at_night = await class_7a.due(campaign)
    class_7a.clock.jump(morning)

    assert at_night == []
    assert await class_7a.due(campaign) != []


async def test_a_campaign_that_ends_with_the_year_asks_on_its_last_day_and_not_on_the_first(class_7a: Class7A) -> None:
    class_7a.clock.jump(datetime(2025, 12, 19, 8, 0, tzinfo=UTC))
    campaign = await class_7a.start("swimming", days=12, first=date(2025, 12, 19))

    class_7a.clock.jump(datetime(2025, 12, 31, 12, 0, tzinfo=UTC))
    last_day = await class_7a.due(campaign)
    class_7a.clock.jump(datetime(2026, 1, 1, 12, 0, tzinfo=UTC))

    assert last_day != []
    assert await class_7a.due(campaign) == []


async def renew_addresses(class_7a: Class7A) -> None:
    def renew(work: Work) -> None:
        work.session.execute(sa.update(GuardianAddress).values(confirmed_at=work.now))

    await class_7a.village.desk.work(TEST, renew)
