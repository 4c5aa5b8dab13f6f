"""An alarm from its raising to the last answer: ahead of everything, spread over the numbers, counted, and ended."""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.staff_alarm import AlarmTold, read_alarm
from hub.address import SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.numbers import VirtualNumber, allocate
from hub.people.staff import Role
from hub.post.alarm_calls import list_to_ring
from hub.post.alarms import (
    CHILD_MISSING,
    NEED_HELP,
    SAFE,
    Alarm,
    AlarmKind,
    AlreadyRunningError,
    end_alarm,
)
from hub.post.broadcasts import Broadcast, Written
from hub.post.climbing import list_climbing
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Lane
from hub.post.reach_wishes import Reserved, reserve
from hub.post.sender_pools import find_pools, seconds_to_send
from hub.talk.safety_answers import read_safety
from tests.bots.alarm_school import LEADER, School
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

NIGHT = timedelta(hours=13)


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(timedelta(hours=3))


@pytest.fixture
def school(village: Village) -> School:
    return School(village)


@pytest.mark.capability("H-58")
async def test_an_urgent_notice_leaves_at_once_ahead_of_bulk_and_asks_nothing(school: School) -> None:
    await school.send_bulk()
    await school.sound(AlarmKind.URGENT)
    await school.wake()

    lanes = await school.claim()

    sent = await school.deliveries()
    urgent = [d.text for d in sent if d.lane == Lane.SAFETY]
    assert lanes[0] == "SAFETY"
    assert "BULK" in {Lane(d.lane).name for d in sent}
    assert urgent
    assert not any("1 jeg er trygg" in text for text in urgent)


@pytest.mark.capability("H-58")
async def test_an_emergency_leaves_at_once_and_asks_each_family_in_their_language_who_is_safe(school: School) -> None:
    await school.sound()

    await school.wake()

    sent = await school.deliveries()
    assert {d.lane for d in sent} == {Lane.EMERGENCY}
    texts = {d.text for d in sent}
    assert any(t.startswith("NØD ") and t.endswith("Svar 1 jeg er trygg eller 2 jeg trenger hjelp.") for t in texts)
    assert any(t.startswith("HÄTÄTILANNE ") and t.endswith("1 olen turvassa tai 2 tarvitsen apua.") for t in texts)


async def test_bulk_is_neither_written_nor_claimed_while_an_emergency_leaves(school: School) -> None:
    await school.send_bulk()
    await school.wake(1)
    await school.send_bulk("Husk gymtøy.")
    await school.sound()

    await school.wake(1)
    told = Counter(Lane(d.lane).name for d in await school.deliveries())
    first = await school.claim()
    await school.wake(1)

    assert told["EMERGENCY"] > 0
    assert set(first) == {"EMERGENCY"}
    assert not any("gymtøy" in d.text for d in await school.deliveries())


async def test_bulk_goes_on_when_the_emergency_has_left(school: School) -> None:
    await school.send_bulk()
    await school.wake(1)
    await school.sound()
    await school.wake()

    lanes = [lane for _ in range(12) for lane in await school.claim()]

    assert lanes.index("BULK") > max(at for at, lane in enumerate(lanes) if lane == "EMERGENCY")


async def test_it_is_spread_over_the_numbers_of_the_unit_by_their_pace(school: School) -> None:
    def more(work: Work) -> None:
        office = work.session.get_one(Role, school.village.role("office").id)
        number = VirtualNumber(
            id=work.new_id(), owner_id=office.owner_id, source_id="n2", value="+4759000777", pace_per_second=30.0
        )
        work.session.add(number)
        work.session.flush()
        allocate(work, number, office)

    await school.village.desk.work(TEST, more)
    await school.sound()
    await school.wake()

    by_sender = Counter(d.sender for d in await school.deliveries() if d.kind == SMS)

    unit_id = school.village.unit("school").id
    pools = await school.village.desk.look(TEST, find_pools, [unit_id], school.village.role("office").id)
    assert len(by_sender) == len(pools[unit_id].numbers)
    assert by_sender["+4759000777"] > max(n for sender, n in by_sender.items() if sender != "+4759000777")
    assert seconds_to_send(pools, {unit_id: 1000}) == 1000 / pools[unit_id].pace_per_second


async def test_who_said_no_to_all_sms_gets_none_and_who_wants_emergencies_only_gets_it(school: School) -> None:
    anne, ola = school.village.guardian("Anne Nordmann"), school.village.guardian("Ola Nordmann")

    def wish(work: Work) -> None:
        reserve(work, anne, SMS, Reserved.ALL, by=anne.id)
        reserve(work, ola, SMS, Reserved.NOT_URGENT, by=ola.id)

    await school.village.desk.work(TEST, wish)
    alarm = await school.sound()
    await school.wake()
    for _ in range(12):
        await school.claim()

    ends = {d.guardian_id: (d.status, d.reason) for d in await school.deliveries()}
    assert ends[anne.id] == (Status.DROPPED, "reserved")
    assert ends[ola.id][0] != Status.DROPPED

    def to_ring(look: Look) -> set[str]:
        return {line.guardian.id for line in list_to_ring(look, look.session.get_one(Broadcast, alarm.broadcast_id))}

    leader = as_staff(school.village.staff(LEADER))
    assert anne.id in await school.village.desk.look(leader, to_ring)


async def test_it_passes_the_night_and_a_drill_does_not(school: School, clock: StoppedClock) -> None:
    clock.move(NIGHT)
    await school.sound(is_drill=True)
    await school.sound()
    await school.wake()

    lanes = [lane for _ in range(12) for lane in await school.claim()]

    assert "EMERGENCY" in lanes
    assert "BULK" not in lanes


async def test_a_drill_climbs_nowhere_and_an_emergency_within_minutes(school: School, clock: StoppedClock) -> None:
    await school.sound(is_drill=True)
    await school.wake()
    clock.move(timedelta(days=2))
    nothing = await school.village.desk.look(TEST, list_climbing)
    await school.sound()
    await school.wake()
    clock.move(timedelta(minutes=6))

    assert nothing == []
    assert await school.village.desk.look(TEST, list_climbing)


async def test_the_same_emergency_is_raised_once_and_a_second_time_by_whoever_saw_it(school: School) -> None:
    first = await school.sound()

    with pytest.raises(AlreadyRunningError):
        await school.sound(groups=("7A",))
    await school.sound(groups=("7A",), seen=(first.id,))
    await school.sound(is_drill=True)

    asked = sa.select(sa.func.count()).select_from(Alarm)
    assert await school.village.desk.look(TEST, lambda look: look.session.scalar(asked)) == 3


async def test_a_hub_that_is_killed_in_the_middle_goes_on_and_tells_nobody_twice(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.broadcast.GATHERED_AT_ONCE", 10)
    monkeypatch.setattr("bots.broadcast.AT_ONCE", 5)
    await school.sound()
    await school.wake(4)  # the process ends here: nothing but the store goes on
    half = await school.deliveries()

    await school.wake()

    everybody = Counter(d.recipient for d in await school.deliveries())
    assert 0 < len(half) < len(everybody)
    assert set(everybody.values()) == {1}


async def test_it_is_ended_with_one_closing_word_however_often(school: School) -> None:
    alarm = await school.sound()
    await school.wake()

    def go(work: Work) -> None:
        work.session.execute(sa.update(Delivery).values(status=Status.SENT, rank=RANK[Status.SENT]))

    def end(work: Work) -> str:
        known = work.session.get_one(Alarm, alarm.id)
        return end_alarm(work, known, Written({"nb": "Alle er inne igjen."}, "nb")).id

    await school.village.desk.work(TEST, go)
    leader = as_staff(school.village.staff(LEADER))
    ids = {await school.village.desk.work(leader, end) for _ in range(2)}
    await school.wake()

    closing = [d for d in await school.deliveries() if "inne igjen" in d.text]
    assert len(ids) == 1
    assert {d.lane for d in closing} == {Lane.SAFETY}
    assert any(d.text == "Faren er over. Fjordvik skole: Alle er inne igjen." for d in closing)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", SAFE), ("2", NEED_HELP), ("2.", NEED_HELP), ("Vi er trygge!", SAFE), ("jag är trygg", SAFE),
        ("Olemme turvassa", SAFE),
        ("jeg er i sikkerhed", SAFE), ("I'm safe, thanks", SAFE), ("mun lean oadjebas", SAFE), ("dárbbašan veahki", NEED_HELP),
        ("HJELP", NEED_HELP), ("behöver hjälp", NEED_HELP), ("apua!!", NEED_HELP), ("jeg er ikke trygg", NEED_HELP),
        ("trygg, men Ola er skadet", NEED_HELP), ("trygg, trenger ikke hjelp", None), ("1 eller 2?", None), ("ja", None),
        ("hvor er Kari?", None), ("", None), ("trygg? jeg vet ikke hvor han er", NEED_HELP),
        ("vi er hjemme", None), ("12", None), ("trygg, men vi savner Ola", CHILD_MISSING), ("3", None),
        ("Ola er savnet, hjelp", CHILD_MISSING), ("trygge, men Ola mangler", CHILD_MISSING),
        ("lapsi on kadonnut", CHILD_MISSING),        ("my son is missing!!", CHILD_MISSING), ("sonen saknas 2", CHILD_MISSING),
    ],
)  # fmt: skip
def test_an_answer_is_read_to_the_side_where_somebody_looks(text: str, answer: int | None) -> None:
    assert read_safety(text) == answer


GROUPS = {("7a",): ["a"], ("7b",): ["b"], ("store", "bjørn"): ["c"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("NØD 7A og 7B: brann", AlarmTold("brann", ("a", "b"))),
        ("nød store bjørn vannlekkasje", AlarmTold("vannlekkasje", ("c",))),
        ("Emergency! Fire in the gym", AlarmTold("Fire in the gym")),
        ("ØVELSE NØD alle samles ute", AlarmTold("alle samles ute", is_drill=True)),
        ("Nöd övning alla ut", AlarmTold("alla ut", is_drill=True)),
        ("hätä ohi kaikki hyvin", AlarmTold("kaikki hyvin", is_over=True)),
        ("NØD", AlarmTold("")),
        ("øvelse i gymsalen i dag", None),
        ("Kari er borte, nød", None),
        ("", None),
    ],
)
def test_the_first_words_say_what_it_is_and_to_whom(text: str, told: AlarmTold | None) -> None:
    assert read_alarm(text, GROUPS) == told
