"""A drill, or an emergency, asks all families who is safe while one of them is asked where their child is: each answer goes to
the question that it can be an answer to, and what was asked of safety is not said over and over."""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.alarms import CHILD_MISSING, NEED_HELP, SAFE, Alarm, AlarmKind
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Scope, Written
from hub.post.deliveries import Delivery
from hub.safety.access import get_reach
from hub.safety.address_changes import Code
from hub.safety.staff_phones import begin_phone, try_phone_code
from hub.school.absences import Absence
from hub.school.attendance import mark_here
from hub.school.call_list import Missing, list_missing
from hub.school.day_board import list_board, list_whole_board
from hub.school.ladders import LadderTimes, set_times
from hub.talk.alarm_raising import begin_alarm, finish_alarm
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.rehearsal.handsets import Handset

DAG, FATHER, LEADER, LEADERS_PHONE = "Dag Ruud", "Gunnar Ruud", "Ingrid Solberg", "+4740000951"
NOTED = ("Vi har notert at et barn savnes", "Vi har noterat att ett barn saknas", "Merkitsimme, että lapsi on kateissa",
         "We have noted that a child is missing", "Vi har noteret at et barn savnes")  # fmt: skip
"""In the language of the words."""
FIRE = Written({"nb": "Brann i gymsalen. Alle barna er ute."}, "nb")
OVER = Written({"nb": "Alle er inne igjen."}, "nb")


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


def leader(living: LivingHub) -> Asker:
    return Asker("staff", living.village.staff(LEADER).id, Trust.STRONG, "page alarms")


async def ask_where(living: LivingHub, clock: StoppedClock, father: Handset) -> str:
    """Everybody but Dag has come, and his father is asked where he is; the number that asks."""

    def morning(work: Work) -> None:
        school = work.session.get_one(Unit, living.village.unit("school").id)
        set_times(work, school, LadderTimes(is_on=True, asks_at=time(9, 0)), "test")
        board = {on.child.id: on.child for on in list_whole_board(work, school, school.today(work.now))}
        mark_here(work, school, [child for child in board.values() if child.name != DAG], "test")

    await living.hub.desk.work(OPERATOR, morning)
    school = living.village.unit("school")
    clock.jump(school.moment(school.today(clock.now()), time(9, 0)))
    asked = await father.next_text()
    assert asked.body.startswith("Hei! Dag er ikke kommet")
    return asked.sender


async def sound(living: LivingHub, father: Handset, *, is_drill: bool = True) -> tuple[str, str]:
    """The alarm has reached him: the id of its broadcast, and the number that asks."""

    def begin(work: Work) -> str:
        place = get_place(work, Scope.CHILDREN, living.village.unit("school").id, (), [living.village.child(DAG).id])
        return begin_alarm(work, place, FIRE, AlarmKind.EMERGENCY, is_drill=is_drill).broadcast_id

    id_ = await living.hub.desk.work(leader(living), begin)
    asked = await father.next_text()
    assert asked.body.startswith("ØVELSE" if is_drill else "NØD")
    return id_, asked.sender


async def write(living: LivingHub, clock: StoppedClock, number: str, *said: str) -> list[str]:
    """The father writes these, one after the other and half a minute apart; what he was sent since the first."""
    father = living.phone(FATHER)
    before = len(father.received)
    for words in said:
        clock.move(timedelta(seconds=30))
        await father.text(number, words)
        await living.settled()
    return [text.body for text in father.received[before:]]


async def looked_for(living: LivingHub) -> list[tuple[str, bool]]:
    """Whom the leader is shown on Morning, and whether each is an alarm."""
    school = living.village.unit("school")

    def look_at_morning(look: Look) -> list[Missing]:
        reach, today = get_reach(look), school.today(look.now)
        return list_missing(look, reach, school, today, list_board(look, reach, school, today))

    return [(each.on.child.name, each.is_alarm) for each in await living.hub.desk.look(leader(living), look_at_morning)]


async def answered(living: LivingHub, broadcast_id: str) -> int | None:
    """What counts as his answer to the alarm."""
    asked = sa.select(BroadcastReceiver.answer).where(
        BroadcastReceiver.broadcast_id == broadcast_id,
        BroadcastReceiver.guardian_id == living.village.guardian(FATHER).id,
    )
    return await living.hub.desk.look(OPERATOR, lambda look: look.session.scalar(asked))


@pytest.mark.parametrize("is_drill", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        "they left home at 8!",
        "dag gikk for en time siden!!",
        "hon gick hemifrån som vanligt",
        "hän lähti kotoa kahdeksalta niin kuin aina",
        "dag gikk hjemmefra kl 8, er han ikke der??",
        "barna er levert til bussen halv åtte",
    ],
)
async def test_a_child_that_left_home_is_an_alarm_while_another_alarm_asks_who_is_safe(
    living: LivingHub, clock: StoppedClock, words: str, is_drill: bool
) -> None:
    father = living.phone(FATHER)
    await ask_where(living, clock, father)
    _, number = await sound(living, father, is_drill=is_drill)

    (reply,) = await write(living, clock, number, words)

    assert "Dag" in reply
    assert "Brann" not in reply
    assert await looked_for(living) == [(DAG, True)]


async def test_a_call_for_help_to_find_a_child_is_no_answer_to_a_drill(living: LivingHub, clock: StoppedClock) -> None:
    father = living.phone(FATHER)
    await ask_where(living, clock, father)
    id_, number = await sound(living, father)

    await write(living, clock, number, "Dag gikk for en time siden, kan noen hjelpe oss å lete?")

    assert await looked_for(living) == [(DAG, True)]
    assert await answered(living, id_) is None


@pytest.mark.parametrize("is_drill", [True, False])
@pytest.mark.parametrize(
    ("words", "counts"), [("1", SAFE), ("2", NEED_HELP), ("trygg", SAFE), ("trenger hjelp", NEED_HELP)]
)
async def test_who_is_safe_or_needs_help_is_counted_while_a_child_is_asked_for(
    living: LivingHub, clock: StoppedClock, words: str, counts: int, is_drill: bool
) -> None:
    father = living.phone(FATHER)
    await ask_where(living, clock, father)
    id_, number = await sound(living, father, is_drill=is_drill)

    await write(living, clock, number, words)

    assert await answered(living, id_) == counts
    assert (DAG, True) not in await looked_for(living)


async def test_both_questions_get_their_answers_one_after_the_other(living: LivingHub, clock: StoppedClock) -> None:
    father = living.phone(FATHER)
    await ask_where(living, clock, father)
    id_, number = await sound(living, father, is_drill=False)

    _, helped = await write(living, clock, number, "Han gikk hjemmefra kl 8!", "2")

    assert await looked_for(living) == [(DAG, True)]
    assert await answered(living, id_) == NEED_HELP
    assert helped.startswith("Vi har notert at du trenger hjelp")


async def test_who_is_safe_is_counted_in_words_where_the_child_was_asked_for_last(
    living: LivingHub, clock: StoppedClock
) -> None:
    father = living.phone(FATHER)
    id_, _ = await sound(living, father)
    number = await ask_where(living, clock, father)

    await write(living, clock, number, "Vi er trygge", "Han gikk hjemmefra kl 8!")

    assert await answered(living, id_) == SAFE
    assert await looked_for(living) == [(DAG, True)]


async def test_the_words_of_a_drill_are_repeated_once_and_its_answer_counts_still(
    living: LivingHub, clock: StoppedClock
) -> None:
    id_, number = await sound(living, living.phone(FATHER))

    said = await write(
        living, clock, number, "hva skjer", "er dette på ekte da?", "skjønner ingenting", "hvor skal vi møte opp hen?"
    )
    await write(living, clock, number, "2")

    assert sum("Brann" in body for body in said) == 1
    assert await answered(living, id_) == NEED_HELP


async def test_the_words_of_a_drill_are_never_repeated_when_it_is_over(living: LivingHub, clock: StoppedClock) -> None:
    father = living.phone(FATHER)
    id_, number = await sound(living, father)

    def end(work: Work) -> None:
        alarm = work.session.scalars(sa.select(Alarm).where(Alarm.broadcast_id == id_)).one()
        finish_alarm(work, alarm, OVER)

    await living.hub.desk.work(leader(living), end)
    over = await father.next_text()
    said = await write(living, clock, number, "skjønner ingenting")

    assert over.body.startswith("ØVELSE. Øvelsen er over.")
    assert not any("Brann" in body for body in said)


async def own_texts(living: LivingHub) -> list[str]:
    """What left for the leader's own phone."""
    sent = sa.select(Delivery.text).where(Delivery.recipient == LEADERS_PHONE).order_by(Delivery.id)
    return list(await living.hub.desk.look(OPERATOR, lambda look: list(look.session.scalars(sent))))


async def register_phone(living: LivingHub) -> None:
    def register(work: Work) -> None:
        staff = work.session.get_one(Staff, living.village.staff(LEADER).id)
        code = Code("482913", "salt")
        assert try_phone_code(work, begin_phone(work, staff, Address(SMS, LEADERS_PHONE), code), code.figures)

    await living.hub.desk.work(OPERATOR, register)


@pytest.mark.parametrize("is_drill", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        "han kom aldri hjem",
        "hjelp, Dag er borte",
        "jag hittar inte honom",
        "en löydä häntä",
        "I can't find Dag",
        "han kom aldrig hjem",
        "trygg, men Dag er ikke med meg",
    ],
)
async def test_whoever_writes_that_a_child_is_missing_calls_the_leader_at_once_in_a_drill_too(
    living: LivingHub, clock: StoppedClock, words: str, is_drill: bool
) -> None:
    await register_phone(living)
    id_, number = await sound(living, living.phone(FATHER), is_drill=is_drill)

    (reply,) = await write(living, clock, number, words)

    assert reply.startswith(NOTED)
    assert await answered(living, id_) == CHILD_MISSING
    assert [
        text for text in await own_texts(living) if text.startswith("BARN SAVNES: Gunnar Ruud skriver at Dag er borte.")
    ]
    assert not await absences(living)


async def test_a_child_stays_missing_until_its_family_is_safe(living: LivingHub, clock: StoppedClock) -> None:
    await register_phone(living)
    id_, number = await sound(living, living.phone(FATHER), is_drill=False)

    await write(living, clock, number, "jeg finner ikke Dag", "2", "finner han fortsatt ikke")
    still = await answered(living, id_)
    await write(living, clock, number, "1")

    assert still == CHILD_MISSING
    assert len([text for text in await own_texts(living) if text.startswith("BARN SAVNES")]) == 1
    assert await answered(living, id_) == SAFE


async def absences(living: LivingHub) -> list[Absence]:
    return await living.hub.desk.look(OPERATOR, lambda look: list(look.session.scalars(sa.select(Absence))))
