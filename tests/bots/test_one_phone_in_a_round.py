"""Two households behind one phone that are asked in one round: each is asked once, one after the other."""

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from bots.care_time import CareTimeBot
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, GuardianAddress
from hub.people.places import Unit
from hub.post.deliveries import Delivery
from hub.school.care_bookings import Teller, book
from hub.school.care_hours import read_hours
from hub.school.care_rules import WEEK, Rules, set_rules
from hub.talk.bot import prompt_some
from hub.talk.conversations import Conversation, ConversationState
from tests.hub.post.outboxes import TEST
from tests.village import Village

TOLD, ASKED = date(2025, 3, 10), date(2025, 3, 17)
MAREN, ANDERS, ODIN, TUVA = "Maren Fjeld", "Anders Fjeld", "Odin Fjeld", "Tuva Fjeld"


@pytest.fixture
async def phone(village: Village, clock: StoppedClock) -> str:
    """Maren told last of Odin and Anders of Tuva, so each is a household; they share Maren's phone, and now they are due."""
    shared = village.phone(MAREN)
    rules = Rules(asks=True)

    def begin(work: Work) -> None:
        unit = work.session.get_one(Unit, village.unit("preschool").id)
        set_rules(work, unit, rules, "leader")
        wished = {TOLD + timedelta(days=n): read_hours("8-16") for n in range(5)}
        for child, guardian in ((ODIN, MAREN), (TUVA, ANDERS)):
            kept = work.session.get_one(Child, village.child(child).id)
            teller = Teller(village.guardian(guardian).id, "guardian", Trust.CONFIRMED)
            book(work, unit, kept, wished, teller, rules)
        theirs = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == village.guardian(ANDERS).id)
        for address in work.session.scalars(theirs):
            address.value = shared

    await village.desk.work(TEST, begin)
    clock.jump(village.unit("preschool").moment(ASKED - WEEK - timedelta(days=4), time(17, 1)))
    return shared


async def ask(village: Village) -> None:
    bot = CareTimeBot()
    await prompt_some(village.desk, TEST, bot, await village.desk.look(TEST, bot.list_due))


def list_texts(look: Look, phone: str) -> list[str]:
    rows = look.session.scalars(sa.select(Delivery).where(Delivery.recipient == phone).order_by(Delivery.id))
    return [row.text for row in rows]


def list_asked(look: Look, phone: str) -> list[tuple[list[str], str]]:
    """The children each question is about, and where it stands, in the order in which they were asked."""
    rows = look.session.scalars(sa.select(Conversation).where(Conversation.asked_of == phone).order_by(Conversation.id))
    return [([child["name"] for child in row.facts["children"]], row.state) for row in rows]


async def test_two_households_behind_one_phone_are_each_asked_once_and_in_order(village: Village, phone: str) -> None:
    await ask(village)

    texts = await village.desk.look(TEST, list_texts, phone)
    asked = await village.desk.look(TEST, list_asked, phone)
    assert [("Odin" in text, "Tutta" in text) for text in texts] == [(True, False), (False, True)]
    assert asked == [(["Odin"], ConversationState.QUEUED), (["Tutta"], ConversationState.OPEN)]


async def test_waking_the_bot_again_asks_neither_household_a_second_time(village: Village, phone: str) -> None:
    await ask(village)
    before = await village.desk.look(TEST, list_texts, phone)

    await ask(village)

    assert await village.desk.look(TEST, list_texts, phone) == before
