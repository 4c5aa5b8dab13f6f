"""The weekly text: everything with an end is in it, nothing that is done; one to a phone, and no unit learns of another."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.asker import Trust
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.post.arrivals import keep_arrivals
from hub.post.channel import Inbound
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.messages import Message, MessageChild
from hub.school.campaigns import start
from hub.school.care_bookings import Teller, book
from hub.school.care_hours import read_hours
from hub.school.care_rules import Rules, get_rules, set_rules
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, How, Told, say_words
from hub.school.weekly import NotByDayError, WeeklyText, list_units, mark, set_rule
from hub.talk.bot import Prompter, prompt_some
from hub.talk.duties import DutyKeeper
from hub.talk.reception import Reception
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.transcript import the_ear
from tests.village import Village

THURSDAY = datetime(2025, 3, 6, 16, 0, tzinfo=UTC)
"""17:00 in Fjordvik."""
WEEK_12 = date(2025, 3, 17)
WITHOUT_AN_END = {"absence", "absence_echo", "early_pickup", "fetching", "day_echo", "place", "leave", "noted", "today"}
WITHOUT_AN_END |= {
    "keywords",
    "whereabouts",
    "not_fetched",
    "weekly",
    "documents",
    "reach",
    "care_list",
    "alarm",
    "attendance",
    "tag_receipt",
    "pupil",
    "pupil_echo",
}


@dataclass
class WeeklyHub:
    """Fjordvik, where care is booked and the school asks everybody about swimming."""

    village: Village
    clock: StoppedClock
    campaign: str = ""
    told: int = 0

    async def begin(self) -> None:
        self.campaign = await self.village.desk.work(TEST, self._begin)

    def _begin(self, work: Work) -> str:
        for kind in ("preschool", "club"):
            set_rules(work, work.session.get_one(Unit, self.village.unit(kind).id), Rules(asks=True), "leader")
        set_rule(work, self.village.owner().id, 3, time(17, 0), "leader", is_on=True)
        kinds = {kind.code: kind.id for kind in list_kinds(work, self.village.owner().id)}
        school = self.village.unit("school")
        return start(work, school, None, [kinds["swimming"]], date(2025, 3, 20), 4).id

    async def wake(self) -> None:
        """Every bot asks what is due, twice, in no order that helps."""
        for _ in range(2):
            for bot in sorted(load_bots().values(), key=lambda bot: bot.name):
                if isinstance(bot, Prompter):
                    while due := await self.village.desk.look(TEST, bot.list_due):
                        await prompt_some(self.village.desk, TEST, bot, due[:50])
                        if bot.name != "weekly":
                            break

    async def texts(self, guardian: str) -> list[Delivery]:
        """What came to somebody's phone, oldest first."""
        phone = self.village.phone(guardian)
        asked = sa.select(Delivery).where(Delivery.recipient == phone).order_by(Delivery.id)
        return await self.village.desk.look(TEST, lambda look: list(look.session.scalars(asked)))

    async def answer(self, guardian: str, to: str, text: str) -> None:
        self.told += 1
        inbound = Inbound(
            channel="sms",
            key=f"weekly:{self.told}",
            sender=Address(SMS, self.village.phone(guardian)),
            recipient=Address(SMS, to),
            text=text,
            provider_id=str(self.told),
        )
        await self.village.desk.work(TEST, keep_arrivals, [(inbound, self.clock.now())])
        await Reception(self.village.desk, the_ear(), load_bots(), LocalDoorbell()).answer_waiting()

    async def marks(self) -> dict[str, set[str]]:
        """What stood in whose text, by name."""

        def read(look: Look) -> dict[str, set[str]]:
            rows = look.session.scalars(sa.select(WeeklyText).where(WeeklyText.told_at.is_not(None)))
            return {look.session.get_one(Guardian, row.guardian_id).name: set(row.told) for row in rows if row.told}

        return await self.village.desk.look(TEST, read)

    async def waiting(self) -> dict[str, set[str]]:
        """What each bot says is not done, asked of each by itself."""

        def read(look: Look) -> dict[str, set[str]]:
            everyone = list(look.session.scalars(sa.select(Guardian).order_by(Guardian.id)))
            found: dict[str, set[str]] = {}
            for unit in list_units(look, self.village.owner().id):
                for bot in (bot for bot in load_bots().values() if isinstance(bot, DutyKeeper)):
                    for each in everyone:
                        for duty in bot.list_duties(look, unit, [each.id]):
                            marks = {mark(duty.bot, duty.key, id_) for id_ in duty.child_ids}
                            found.setdefault(each.name, set()).update(marks)
            return found

        return await self.village.desk.look(TEST, read)


@pytest.fixture
async def weekly(village: Village, clock: StoppedClock) -> WeeklyHub:
    hub = WeeklyHub(village, clock)
    await hub.begin()
    return hub


def test_every_bot_that_asks_until_something_ends_tells_what_waits() -> None:
    bots = load_bots()

    keepers = {name for name, bot in bots.items() if isinstance(bot, DutyKeeper)}

    assert keepers == set(bots) - WITHOUT_AN_END


@pytest.mark.capability("N-17")
async def test_nothing_that_waits_is_missing_and_nothing_that_is_done_is_told(weekly: WeeklyHub) -> None:
    def some_have_done_it(work: Work) -> None:
        village = weekly.village
        unit = work.session.get_one(Unit, village.unit("preschool").id)
        child = work.session.get_one(Child, village.child("Noah Bakken").id)
        marte = village.guardian("Marte Bakken").id
        wished = {WEEK_12 + timedelta(days=n): read_hours("8-16") for n in range(5)}
        book(work, unit, child, wished, Teller(marte, "guardian", Trust.CONFIRMED, None), get_rules(work, unit))
        kinds = {kind.code: kind for kind in list_kinds(work, village.owner().id)}
        said = [Choice(kinds["swimming"], granted=False)]
        jakob = work.session.get_one(Child, village.child("Jakob Berg").id)
        say_words(work, jakob, village.guardian("Lene Berg").id, said, Told(How.TEXT, "x", Trust.CONFIRMED))

    await weekly.village.desk.work(TEST, some_have_done_it)
    weekly.clock.jump(THURSDAY)
    waiting = await weekly.waiting()
    await weekly.wake()

    told = await weekly.marks()
    village = weekly.village
    assert told
    for name, marks in told.items():
        assert marks == waiting[name], name
    assert mark("care_time", WEEK_12.isoformat(), village.child("Mathias Berg").id) in told["Lene Berg"]
    assert mark("consent", weekly.campaign, village.child("Johanne Berg").id) in told["Lene Berg"]
    assert mark("consent", weekly.campaign, village.child("Jakob Berg").id) not in told["Lene Berg"]
    assert not any(village.child("Noah Bakken").id in each and "care" in each for each in told["Marte Bakken"])


async def test_it_comes_once_from_one_number_and_nothing_in_it_is_asked_by_itself_that_evening(
    weekly: WeeklyHub,
) -> None:
    weekly.clock.jump(THURSDAY)
    await weekly.wake()
    weekly.clock.jump(THURSDAY + timedelta(hours=2))
    await weekly.wake()

    [one] = await weekly.texts("Lene Berg")
    assert one.text.startswith("Dette venter på svar fra deg. 1 ")
    assert all(child in one.text for child in ("Mathias", "Jakob", "Johanne"))


async def test_a_unit_is_told_nothing_of_another_and_the_other_asks_from_its_own_number(weekly: WeeklyHub) -> None:
    weekly.clock.jump(THURSDAY)
    await weekly.wake()
    [told] = await weekly.texts("Lene Berg")
    village = weekly.village

    def kept(look: Look) -> tuple[str, set[str]]:
        message = look.session.get_one(Message, told.message_id)
        about = sa.select(MessageChild.child_id).where(MessageChild.message_id == message.id)
        return message.text, set(look.session.scalars(about))

    text, about = await village.desk.look(TEST, kept)
    others = [line for line in told.text.removeprefix(text).split(". ") if "ja eller nei til bading" in line]
    number = others[0].split(":")[1].split()[0] if "Andre steder" in others[0] else others[0].split()[0]
    await weekly.answer("Lene Berg", told.sender, number)
    [_, *after] = await weekly.texts("Lene Berg")

    assert "bading" not in text
    assert "bading" in told.text
    assert len(about) < 3
    assert {each.sender for each in after} > {told.sender}
    assert any("bading" in each.text and each.sender != told.sender for each in after)
    assert all("bading" not in each.text for each in after if each.sender == told.sender)


@pytest.mark.parametrize("child", ["Mathias Berg", "Johanne Berg"])
async def test_a_text_that_waits_to_leave_does_not_once_they_are_blocked_from_any_child_it_names(
    weekly: WeeklyHub, child: str
) -> None:
    weekly.clock.jump(THURSDAY)
    await weekly.wake()
    [text] = await weekly.texts("Lene Berg")

    await weekly.village.desk.work(TEST, block, weekly.village, "Lene Berg", child)
    claimed = await weekly.village.desk.work(TEST, claim, Room(100, caps=CapSettings()))

    assert child.split()[0] in text.text
    assert weekly.village.phone("Lene Berg") not in {one.envelope.recipient.value for one in claimed.claimed}


async def test_the_same_text_leaves_while_they_may_know_of_everyone_in_it(weekly: WeeklyHub) -> None:
    weekly.clock.jump(THURSDAY)
    await weekly.wake()

    claimed = await weekly.village.desk.work(TEST, claim, Room(100, caps=CapSettings()))

    assert weekly.village.phone("Lene Berg") in {one.envelope.recipient.value for one in claimed.claimed}


async def test_a_shared_thread_and_a_second_home_get_what_is_theirs(weekly: WeeklyHub) -> None:
    weekly.clock.jump(THURSDAY)
    await weekly.wake()

    camilla, thomas = await weekly.texts("Camilla Hansen"), await weekly.texts("Thomas Vestby")

    assert len(camilla) == 1
    assert len(thomas) <= 1
    assert "tider for uke 12" in camilla[0].text


async def test_it_is_not_sent_at_night_and_not_before_its_time(weekly: WeeklyHub) -> None:
    weekly.clock.jump(THURSDAY - timedelta(minutes=1))
    await weekly.wake()
    early = await weekly.marks()
    weekly.clock.jump(datetime(2025, 3, 6, 22, 0, tzinfo=UTC))
    await weekly.wake()

    assert early == {}
    assert await weekly.marks() == {}
    with pytest.raises(NotByDayError):
        await weekly.village.desk.work(TEST, set_rule, weekly.village.owner().id, 3, time(22, 0), "leader", is_on=True)


async def test_where_it_is_ended_each_question_goes_by_itself_again(weekly: WeeklyHub) -> None:
    await weekly.village.desk.work(TEST, set_rule, weekly.village.owner().id, 3, time(17, 0), "leader", is_on=False)
    weekly.clock.jump(THURSDAY)

    await weekly.wake()

    assert await weekly.marks() == {}
    assert any("Når kommer Mathias" in each.text for each in await weekly.texts("Lene Berg"))
