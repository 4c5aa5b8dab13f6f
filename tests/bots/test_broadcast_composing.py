"""A broadcast before it leaves: who may send it to whom, in which words, and what its writer is shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.parts import count_parts
from hub.people.families import Guardian, GuardianAddress
from hub.people.numbers import VirtualNumber
from hub.people.staff import Staff
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import (
    BadChoicesError,
    LeavesTooLateError,
    Reply,
    Scope,
    Written,
    keep_broadcast,
)
from hub.post.costs import cost_of_messages, read_ledger, this_month
from hub.post.deliveries import Delivery
from hub.post.messages import Message, Thread
from hub.post.placeholders import UnknownPlaceholderError, fill
from hub.safety.access import NotThereError, get_reach
from hub.safety.audit import AuditRow
from hub.talk.broadcast_writing import NobodyReachedError, Order, next_awake, send
from hub.talk.notes import NothingWrittenError, ReadersChangedError, TooLongError
from hub.talk.writing import LookAgainError
from tests.bots.broadcast_school import (
    ADMINISTRATOR,
    ASSISTANT,
    LEADER,
    OFFICE,
    PRICES,
    SKI,
    TEACHER,
    TEN,
    School,
)
from tests.hub.post.spoken import TEST, as_staff
from tests.village import SAARELA, Village


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(TEN)


@pytest.fixture
def school(village: Village, clock: StoppedClock) -> School:
    return School(village, clock)


@pytest.mark.capability("H-57")
@pytest.mark.parametrize(
    ("who", "scope", "groups", "sender"),
    [
        (LEADER, Scope.UNIT, (), "Fjordvik skole"),
        (OFFICE, Scope.GROUPS, ("7A", "4B"), "4B, 7A, Fjordvik skole"),
        (TEACHER, Scope.GROUPS, ("7A",), "Kari Lunde, Kontaktlærer 7A"),
        (ADMINISTRATOR, Scope.OWNER, (), "Fjordvik kommune"),
    ],
)
async def test_each_level_shows_its_own_sender(
    school: School, who: str, scope: Scope, groups: Sequence[str], sender: str
) -> None:
    await school.send(replace(SKI, texts={"nb": "Hei"}), who, groups, scope)
    await school.wake()

    assert all(
        text.startswith((f"{sender}: Hei", f"{sender} (", "Det er", "There is")) for _, text in await school.texts()
    )
    assert any(text.startswith(f"{sender}: Hei") for _, text in await school.texts())


@pytest.mark.parametrize(
    ("who", "owner", "scope", "groups"),
    [
        (TEACHER, "fjordvik", Scope.UNIT, ()),
        (TEACHER, "fjordvik", Scope.GROUPS, ("4B",)),
        (TEACHER, "fjordvik", Scope.GROUPS, ("7A", "4B")),
        (ASSISTANT, "fjordvik", Scope.GROUPS, ("1A",)),
        (LEADER, "fjordvik", Scope.OWNER, ()),
        (ADMINISTRATOR, "fjordvik", Scope.UNIT, ()),
        ("Astrid Vik", "fjordvik", Scope.UNIT, ()),
        ("Tuula Heikkinen", SAARELA, Scope.UNIT, ()),
    ],
)
async def test_nobody_sends_beyond_what_they_serve(
    school: School, who: str, owner: str, scope: Scope, groups: Sequence[str]
) -> None:
    village = school.village

    with pytest.raises(NotThereError):
        await village.desk.look(as_staff(village.staff(who, owner)), lambda look: school.place(look, groups, scope))


@pytest.mark.capability("N-27")
async def test_a_text_that_is_not_in_a_familys_language_says_so_and_which_it_is_in(school: School) -> None:
    written = Written({"nb": "Foreldremøte torsdag.", "en": "Meeting on Thursday."}, "nb", Reply.WORDS)

    def speak(work: Work) -> None:
        for name, language in (("Anne Nordmann", "en"), ("Ola Nordmann", "fi")):
            work.session.get_one(Guardian, school.village.guardian(name).id).language = language

    await school.village.desk.work(TEST, speak)
    shown = await school.compose(written)
    await school.send(written)
    await school.wake()

    texts = dict(await school.texts())
    sender = "Kari Lunde, Kontaktlærer 7A"
    assert texts[school.village.phone("Anne Nordmann")] == f"{sender}: Meeting on Thursday."
    assert texts[school.village.phone("Ola Nordmann")] == f"{sender} (englanti, ei käännetty): Meeting on Thursday."
    assert {one.language: one.tongue for one in shown.readings} == {"nb": None, "nn": None, "en": None, "fi": "en"}


@pytest.mark.parametrize("text", ["Hei {name}", "Hei {child.code}", "Hei {0}", "Hei {", "Hei }", "{{ child }}", "{}"])
async def test_no_other_placeholder_is_taken(school: School, text: str) -> None:
    with pytest.raises(UnknownPlaceholderError):
        await school.send(Written({"nb": text}, "nb"))


async def test_a_name_with_a_placeholder_in_it_is_a_name(school: School) -> None:
    assert fill("Hei {child}", {"child": "{group}", "group": "7A"}) == "Hei {group}"


@pytest.mark.parametrize("choices", [(), ("En",), ("En", "En"), ("En", ""), ("En", "x" * 31), tuple("abcdef")])
async def test_choices_are_two_to_five_short_and_different(school: School, choices: tuple[str, ...]) -> None:
    with pytest.raises(BadChoicesError):
        await school.send(Written({"nb": "Hva?"}, "nb", Reply.CHOICES, choices))


async def test_it_goes_only_to_those_who_were_shown_and_in_words_that_are_meant(school: School) -> None:
    teacher, desk = as_staff(school.village.staff(TEACHER)), school.village.desk
    shown = await school.compose()

    async def try_to(text: str, key: str = shown.key, *, meant: bool = False) -> str:
        order = Order(Written({"nb": text}, "nb"), key, meant=meant)
        return await desk.work(teacher, lambda work: send(work, school.place(work), order, PRICES).id)

    with pytest.raises(NothingWrittenError):
        await try_to("  ")
    with pytest.raises(TooLongError):
        await try_to("a" * 1000)
    with pytest.raises(ReadersChangedError):
        await try_to("Hei", "somebody else")
    with pytest.raises(LookAgainError):
        await try_to("Kari har feber")
    with pytest.raises(LookAgainError):
        await try_to("Amalie må ta med sko")
    assert await try_to("Kari har feber", meant=True)
    audited = await desk.look(TEST, lambda look: look.session.scalars(sa.select(AuditRow.what)).all())
    assert "message.override" in audited


async def test_nothing_is_sent_where_nobody_can_be_reached(school: School) -> None:
    await school.village.desk.work(
        TEST, lambda work: work.session.execute(sa.update(GuardianAddress).values(gone_at=work.now))
    )
    shown = await school.compose()

    with pytest.raises(NobodyReachedError):
        await school.village.desk.work(
            as_staff(school.village.staff(TEACHER)),
            lambda work: send(work, school.place(work), Order(SKI, shown.key), PRICES),
        )


async def test_it_leaves_by_day_and_not_long_from_now(school: School) -> None:
    unit = school.village.unit("school")
    night = unit.moment(unit.today(school.clock.now()), (school.clock.now()).time().replace(hour=23))
    early = night + timedelta(hours=6)

    assert unit.local(next_awake(unit, night)).hour == unit.local(next_awake(unit, early)).hour == 7
    assert next_awake(unit, night) == next_awake(unit, early)
    assert next_awake(unit, school.clock.now()) == school.clock.now()
    with pytest.raises(LeavesTooLateError):
        await school.village.desk.work(
            as_staff(school.village.staff(TEACHER)),
            lambda work: keep_broadcast(work, school.place(work), SKI, work.now - timedelta(minutes=1)),
        )


async def test_the_forecast_is_what_is_sent_and_the_ledger_what_the_provider_counts(school: School) -> None:
    village = school.village
    shown = await school.compose()
    id_ = await school.send()
    await school.wake()
    predicted = await school.texts()

    arrived = await school.deliver()

    def ask(look: Look) -> tuple[int, Decimal, int, Decimal, dict[str, int]]:
        messages = sa.select(BroadcastReceiver.message_id).where(BroadcastReceiver.broadcast_id == id_)
        of_message = cost_of_messages(look, PRICES, messages)
        unit = village.unit("school")
        ledger = read_ledger(look, get_reach(look), unit, this_month(unit, look.now), PRICES)
        uses = {use: cost.parts for use, cost in ledger.by_use.items()}
        return of_message.parts, of_message.money, ledger.total.parts, ledger.total.money, uses

    parts, money, of_month, money_of_month, uses = await village.desk.look(as_staff(village.staff(LEADER)), ask)
    assert shown.cost.texts == len(predicted) == arrived
    assert shown.cost.parts == sum(count_parts(text).parts for _, text in predicted)
    assert shown.cost.money == Decimal("0.50") * shown.cost.parts
    assert parts == of_month == 2 * arrived
    assert money == money_of_month == Decimal("0.50") * 2 * arrived
    assert uses == {"broadcast": 2 * arrived}


@pytest.mark.capability("N-10")
async def test_what_comes_back_to_a_repliable_one_lies_in_the_senders_thread(school: School) -> None:
    village = school.village
    await school.send(replace(SKI, reply=Reply.WORDS), who="Tuva Brekke")
    await school.wake()

    def ask(look: Look) -> tuple[set[str | None], set[str]]:
        seats = set(look.session.scalars(sa.select(Thread.role_id).join(Message, Message.thread_id == Thread.id)))
        return seats, set(look.session.scalars(sa.select(Delivery.sender)))

    seats, senders = await village.desk.look(TEST, ask)
    numbers: VirtualNumber = village.number("music teacher")
    assert seats == {village.role("music teacher").id}
    assert senders == {numbers.value}


async def test_who_left_the_place_is_told_by_no_one_else(school: School) -> None:
    """A teacher signs with their own name, also one who stands in."""
    liv = school.village.staff("Liv Berge")

    place = await school.village.desk.look(as_staff(liv), lambda look: school.place(look, ("1A",)))

    assert isinstance(liv, Staff)
    assert place.sender == "Liv Berge, Kontaktlærer 1A"
