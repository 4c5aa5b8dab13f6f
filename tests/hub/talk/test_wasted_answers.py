"""Answers that somebody wastes on one phone, perhaps in another's name, silence nothing that a child's safety needs."""

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.answer_caps import IN_A_TALK
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Thread
from hub.safety.staff_phones import StaffPhone
from hub.talk.echo import MOST_AN_HOUR
from tests.hub.post.outboxes import TEST
from tests.hub.school.ladder_day import LadderDay
from tests.hub.talk.staff_phone import Texting, register
from tests.hub.talk.test_echo_cap import SOON
from tests.hub.talk.test_staff_texts import LUNDE
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
STEIN, TRINE = "Stein Aune", "Trine Aune"


@pytest.fixture
def day(village: Village, clock: StoppedClock) -> LadderDay:
    return LadderDay(village, clock)


async def waste(day: LadderDay, guardian: str) -> None:
    """All the answers that this phone gets in a short while are used up, on help that nobody needs."""
    for _ in range(IN_A_TALK + 1):
        await day.say(guardian, "hva er avtalt?")


async def sent_to(day: LadderDay, guardian: str) -> list[tuple[str, str]]:
    wanted = (
        sa.select(Delivery.status, Delivery.text).where(Delivery.recipient == day.phone(guardian)).order_by(Delivery.id)
    )
    rows = await day.village.desk.look(TEST, lambda look: look.session.execute(wanted).all())
    return [(status, text) for status, text in rows]


async def why_it_waits(day: LadderDay) -> set[str | None]:
    return await day.village.desk.look(
        TEST, lambda look: set(look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None))))
    )


async def test_the_other_guardian_is_told_when_the_first_ones_answers_are_used_up(day: LadderDay) -> None:
    await day.begin(KARI)
    await waste(day, OLA)

    left = await day.say(OLA, "Kari er syk i dag")
    await day.wake(9, 5)

    assert [phone for phone, _ in left] == [day.phone(ANNE)]
    assert "not_answered" in await why_it_waits(day)
    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


async def test_the_question_of_the_ladder_leaves_for_a_phone_whose_answers_are_used_up(day: LadderDay) -> None:
    await day.begin(KARI)
    day.at(8, 58)
    await waste(day, OLA)

    asked = await day.wake(9, 0)

    assert {phone for phone, text in asked if "Kari er ikke kommet" in text} == {day.phone(ANNE), day.phone(OLA)}


async def test_with_one_guardian_whose_answers_are_used_up_the_child_is_looked_for(day: LadderDay) -> None:
    """The receipt would have been the word; nobody's phone knows of what may be forged."""
    await day.begin("Dag Ruud")
    day.at(8, 50)
    await waste(day, "Gunnar Ruud")
    await day.say("Gunnar Ruud", "Dag er syk i dag")

    await day.wake(9, 5)

    assert "looked for: Dag, not_told" in await day.facts()


async def test_an_alarm_stays_what_a_thread_waits_for_when_answers_are_wasted_after_it(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.say(OLA, "Kari er syk i dag")
    await day.say(ANNE, "nei")
    before = await why_it_waits(day)

    await waste(day, ANNE)

    assert before == {"absence_disputed"}
    assert await why_it_waits(day) == before


async def test_echoes_wasted_on_one_child_silence_none_about_another(day: LadderDay) -> None:
    await day.begin("Maja Aune", "Jonas Aune")
    for _ in range(MOST_AN_HOUR // 2):
        await day.say(STEIN, "Maja er syk i dag")
        day.clock.move(SOON)
        await day.say(STEIN, "angre")
        day.clock.move(SOON)
    await day.say(STEIN, "Maja er syk i dag")
    wasted = (await sent_to(day, TRINE))[-1]

    await day.say(STEIN, "Jonas er syk i dag")

    last = (await sent_to(day, TRINE))[-1]
    assert wasted[0] == Status.DROPPED
    assert "Jonas" in last[1]
    assert last[0] != Status.DROPPED


async def test_a_member_of_staffs_phone_says_when_it_was_silenced(village: Village, clock: StoppedClock) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    for _ in range(IN_A_TALK + 1):
        await phone.text("hjelp meg litt")

    def ask(look: Look) -> tuple[bool, bool]:
        row = look.session.scalars(sa.select(StaffPhone)).one()
        return row.was_silenced(look.now), row.was_silenced(look.now + 8 * (SOON * 60 * 24))

    assert await village.desk.look(TEST, ask) == (True, False)
