"""An emergency by text: from a phone that may not start one nothing leaves, and the leaders hear of it; a leader ends what is
theirs to end, and hears at once what is not."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Placement
from hub.people.numbers import NumberAllocation
from hub.people.staff import Role, Staff
from hub.post.alarms import Alarm, AlarmKind
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Scope, Written
from hub.post.deliveries import Delivery
from hub.safety.access import NotThereError
from hub.sign_in.second_factor import keep_secret
from hub.talk.alarm_raising import begin_alarm, finish_alarm
from hub.talk.bot import share_out
from hub.talk.notes import TooLongError
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.hub.talk.staff_phone import Texting, register
from tests.staff_scene import SEAL, SECRET, say_code
from tests.village import Village

LUNDE, SOLBERG, TORA = "Kari Lunde", "Ingrid Solberg", "Tora Myklebust"
LEADERS_PHONE, STRANGE = "+4740000952", "+4740000999"


async def with_a_leader(village: Village) -> None:
    await register(village, SOLBERG, LEADERS_PHONE)

    def write(work: Work) -> None:
        keep_secret(work.session.get_one(Staff, village.staff(SOLBERG).id), SEAL, SECRET, 0)

    await village.desk.work(TEST, write)


async def told_leader(village: Village) -> list[str]:
    asked = sa.select(Delivery.text).where(Delivery.recipient == LEADERS_PHONE).order_by(Delivery.id)
    return await village.desk.look(TEST, lambda look: list(look.session.scalars(asked)))


async def count_alarms(village: Village) -> int:
    def ask(look: Look) -> int:
        return look.session.scalar(sa.select(sa.func.count()).select_from(Alarm)) or 0

    return await village.desk.look(TEST, ask)


async def test_a_teachers_emergency_leaves_not_and_the_leader_gets_the_words(village: Village) -> None:
    await with_a_leader(village)
    await register(village, LUNDE)

    answers = await Texting(village).text("NØD 7A brann i gymsalen")

    assert await count_alarms(village) == 0
    assert "lederen har fått ordene dine nå" in answers[0]
    assert (await told_leader(village))[-1].startswith("Kari Lunde ville sende NØD, men er ikke leder: ")


async def test_a_strangers_emergency_leaves_not_and_the_leader_hears_of_it_once(village: Village) -> None:
    await with_a_leader(village)

    await Texting(village, STRANGE, 10).text("NØD brann i gymsalen")
    await Texting(village, STRANGE, 20).text("NØD svar da")

    told = await told_leader(village)
    assert await count_alarms(village) == 0
    assert [text for text in told if "brann i gymsalen" in text]
    assert not [text for text in told if "svar da" in text]


async def test_the_leaders_own_leaves_with_the_code_and_not_with_another_phones(
    village: Village, clock: StoppedClock
) -> None:
    await with_a_leader(village)
    code = say_code("(code)", int(clock.now().timestamp()))

    leader = Texting(village, LEADERS_PHONE)

    asked = await leader.text("NØD 7A brann i gymsalen")
    await Texting(village, STRANGE, 10).text(code)
    before = await count_alarms(village)
    sent = await leader.text(code)

    assert asked[0].startswith("NØD til 7A, ")
    assert before == 0
    assert sent[0].startswith("NØD er på vei til ")
    assert await count_alarms(village) == 1


async def sound(village: Village, by: str, scope: Scope = Scope.UNIT) -> Alarm:
    def begin(work: Work) -> Alarm:
        place = get_place(work, scope, village.unit("school").id if scope is Scope.UNIT else None)
        written = Written({"nb": "Storm i hele kommunen."}, "nb")
        return begin_alarm(work, place, written, AlarmKind.EMERGENCY, is_drill=False)

    return await village.desk.work(as_staff(village.staff(by)), begin)


async def tell_families(village: Village) -> list[tuple[str, str | None]]:
    """Of each family that was to be told, what came of it."""
    bot, desk = BroadcastBot(), village.desk
    while due := await desk.look(TEST, bot.list_due):
        for part in share_out(bot, due):
            await desk.work_in_round(TEST, bot.prompt_due, part)
    asked = sa.select(BroadcastReceiver.state, BroadcastReceiver.why_not).order_by(BroadcastReceiver.id)
    return await desk.look(TEST, lambda look: [(state, why) for state, why in look.session.execute(asked)])


async def list_over(village: Village) -> set[str]:
    """The alarms that somebody has ended."""
    asked = sa.select(Alarm.id).where(Alarm.over_at.is_not(None))
    return await village.desk.look(TEST, lambda look: set(look.session.scalars(asked)))


async def test_what_is_for_all_units_is_not_a_leaders_to_end_and_no_code_is_asked_for(village: Village) -> None:
    await with_a_leader(village)
    await sound(village, TORA, Scope.OWNER)

    answers = await Texting(village, LEADERS_PHONE).text("NØD SLUTT faren er over")

    assert answers[-1].startswith("Meldingen fra Tora Myklebust ")
    assert answers[-1].endswith(
        "gjelder alle enheter, så du kan ikke avslutte den. Ring Tora Myklebust, så blir den avsluttet."
    )
    assert await list_over(village) == set()


@pytest.mark.parametrize("said", ["NØD brann i gymsalen", "NØD SLUTT alle er inne"])
async def test_whatever_stops_an_emergency_by_text_its_writer_hears_that_nothing_was_sent_and_what_to_do(
    village: Village, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    await with_a_leader(village)
    await sound(village, SOLBERG)
    leader = Texting(village, LEADERS_PHONE)

    def refuse(*args: object, **kwargs: object) -> None:
        raise NotThereError

    with monkeypatch.context() as patched:
        patched.setattr("bots.staff_facts.gather_alarm", refuse)
        answers = await leader.text(said)

    assert answers[-1] == (
        "Noe gikk galt, så ingenting er sendt eller merket. Bruk siden Nød eller tavla, eller ring en leder. "
        "Står det om liv, ring 112."
    )
    assert await count_alarms(village) == 1
    assert await list_over(village) == set()


async def test_who_leads_no_longer_when_the_code_comes_hears_that_nothing_was_sent(
    village: Village, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_leader(village)
    leader = Texting(village, LEADERS_PHONE)
    await leader.text("NØD 7A brann i gymsalen")

    def refuse(*args: object, **kwargs: object) -> None:
        raise NotThereError

    monkeypatch.setattr("bots.staff_alarm.begin_alarm", refuse)
    answers = await leader.text(say_code("(code)", int(clock.now().timestamp())))

    assert answers == ["Ingenting er sendt. Bruk siden Nød, eller ring en annen leder. Står det om liv, ring 112."]
    assert await count_alarms(village) == 0


async def test_a_leader_ends_their_own_also_while_a_newer_one_is_for_all_units(
    village: Village, clock: StoppedClock
) -> None:
    await with_a_leader(village)
    leader = Texting(village, LEADERS_PHONE)
    own = await sound(village, SOLBERG)
    await village.desk.work(
        as_staff(village.staff(TORA)),
        lambda work: begin_alarm(
            work,
            get_place(work, Scope.OWNER, None),
            Written({"nb": "Storm."}, "nb"),
            AlarmKind.EMERGENCY,
            is_drill=False,
            seen=[own.id],
        ),
    )

    asked = await leader.text("NØD SLUTT alle er inne hos oss")
    ended = await leader.text(say_code("(code)", int(clock.now().timestamp())))

    assert asked[-1].startswith("Er faren fra Ingrid Solberg ")
    assert ended == ["Alle som fikk den, får vite at det er over."]
    assert await list_over(village) == {own.id}


async def test_it_is_ended_also_when_nobody_is_left_to_be_told(village: Village, clock: StoppedClock) -> None:
    await with_a_leader(village)
    leader = Texting(village, LEADERS_PHONE)
    alarm = await sound(village, SOLBERG)
    await tell_families(village)
    at_school = Placement.unit_id == village.unit("school").id
    away = sa.update(Placement).where(at_school).values(to_day=date(2025, 3, 2))
    await village.desk.work(TEST, lambda work: work.session.execute(away) and None)

    await leader.text("NØD SLUTT alle er inne")
    ended = await leader.text(say_code("(code)", int(clock.now().timestamp())))

    assert ended == ["Alle som fikk den, får vite at det er over."]
    assert await list_over(village) == {alarm.id}


async def test_where_the_unit_has_lost_its_numbers_an_emergency_says_of_each_family_that_it_was_not_told(
    village: Village,
) -> None:
    await sound(village, SOLBERG)
    ours = sa.select(Role.id).where(Role.unit_id == village.unit("school").id)

    def release(work: Work) -> None:
        work.session.execute(
            sa.update(NumberAllocation).where(NumberAllocation.role_id.in_(ours)).values(released_at=work.now)
        )

    await village.desk.work(TEST, release)
    came = await tell_families(village)

    assert came
    assert all(why is not None for _, why in came)
    assert "no_number" in {why for _, why in came}


async def test_a_closing_word_takes_no_more_parts_than_any_text(village: Village, clock: StoppedClock) -> None:
    alarm = await sound(village, SOLBERG)
    clock.move(timedelta(minutes=1))

    def end(work: Work) -> None:
        closing = Written({"nb": "Alle er inne igjen. " * 60}, "nb")
        finish_alarm(work, work.session.get_one(Alarm, alarm.id), closing)

    with pytest.raises(TooLongError):
        await village.desk.work(as_staff(village.staff(SOLBERG)), end)
    assert await list_over(village) == set()
