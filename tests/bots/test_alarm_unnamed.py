"""An emergency for the family of a protected child: asked and answered like any other, in texts that name nobody."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.post.alarm_calls import GUARDED, list_to_ring
from hub.post.alarms import NEED_HELP, SAFE, Alarm
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Broadcast
from hub.post.claims import claim
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.due import Room
from tests.bots.alarm_school import LEADER, School
from tests.hub.post.spoken import TEST, as_staff
from tests.hub.talk.staff_phone import Texting, register
from tests.village import Village

RAGNHILD, STALE = "Ragnhild Lien", "Jorunn Tveit"
LEADERS_PHONE = "+4740000952"
TELLING = ("Fjordvik", "skole", "school", "koulu", "Ada", "Lien", "1A", "Brann", "Fire", "gym")
ASKS = {
    "nb": "NØD. Er du trygg? Svar 1 jeg er trygg eller 2 jeg trenger hjelp.",
    "nn": "NAUD. Er du trygg? Svar 1 eg er trygg eller 2 eg treng hjelp.",
    "sv": "NÖDLÄGE. Är du trygg? Svara 1 jag är trygg eller 2 jag behöver hjälp.",
    "fi": "HÄTÄTILANNE. Oletko turvassa? Vastaa 1 olen turvassa tai 2 tarvitsen apua.",
    "en": "EMERGENCY. Are you safe? Reply 1 I am safe or 2 I need help.",
    "da": "NØD. Er du i sikkerhed? Svar 1 jeg er i sikkerhed eller 2 jeg har brug for hjælp.",
}


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(timedelta(hours=3))


@pytest.fixture
def school(village: Village) -> School:
    return School(village)


async def read_last(school: School, guardian: str) -> str:
    """What came to their phone last."""
    phone = school.village.phone(guardian)
    return [d.text for d in await school.deliveries() if d.recipient == phone][-1]


async def let_all_go(school: School) -> dict[str, str | None]:
    """By guardian, what stood in the way of their latest text."""
    while (await school.village.desk.work(TEST, claim, Room(200))).claimed:
        pass
    return {d.guardian_id or "": d.reason for d in await school.deliveries()}


async def answered(school: School, alarm: Alarm) -> int | None:
    asked = sa.select(BroadcastReceiver.answer).where(
        BroadcastReceiver.broadcast_id == alarm.broadcast_id,
        BroadcastReceiver.guardian_id == school.village.guardian(RAGNHILD).id,
    )
    return await school.village.desk.look(TEST, lambda look: look.session.scalar(asked))


async def why_to_ring(school: School, alarm: Alarm) -> Sequence[str | None]:
    def ask(look: Look) -> list[str | None]:
        lines = list_to_ring(look, look.session.get_one(Broadcast, alarm.broadcast_id))
        return [line.why for line in lines if line.guardian.name == RAGNHILD]

    return await school.village.desk.look(as_staff(school.village.staff(LEADER)), ask)


@pytest.mark.parametrize("language", ASKS)
async def test_it_asks_who_is_safe_in_their_language_and_names_nobody(school: School, language: str) -> None:
    def read(work: Work) -> None:
        work.session.get_one(Guardian, school.village.guardian(RAGNHILD).id).language = language

    await school.village.desk.work(TEST, read)
    alarm = await school.sound()
    await school.wake()

    said = await read_last(school, RAGNHILD)

    assert said.startswith(ASKS[language])
    assert "112" in said
    assert not [word for word in TELLING if word in said]
    assert (await let_all_go(school))[school.village.guardian(RAGNHILD).id] is None
    assert await why_to_ring(school, alarm) == [GUARDED]


async def test_their_answer_counts_and_may_change_and_is_met_with_words_that_name_nobody(school: School) -> None:
    village = school.village
    await register(village, LEADER, LEADERS_PHONE)
    alarm = await school.sound()
    await school.wake()
    await let_all_go(school)
    family = Texting(village, village.phone(RAGNHILD), 10)

    await family.text("2", to="contact teacher 1A")
    in_need = await answered(school, alarm), await read_last(school, RAGNHILD), await why_to_ring(school, alarm)
    await family.text("nå er vi trygge", to="contact teacher 1A")
    calm = await answered(school, alarm), await read_last(school, RAGNHILD), await why_to_ring(school, alarm)

    leaders = [d.text for d in await school.deliveries() if d.recipient == LEADERS_PHONE]
    assert in_need == (
        NEED_HELP,
        "Vi vet at du trenger hjelp, og lederen får vite det nå. Står det om liv, ring 112 eller 113. "
        "Når du er trygg, svar 1 jeg er trygg.",
        [None],
    )
    assert calm == (SAFE, "Takk, vi vet at du er trygg. Endrer det seg, svar 2 jeg trenger hjelp.", [])
    assert leaders == ["TRENGER HJELP: en familie som ikke nevnes på SMS. Se siden Nød nå."]
    assert (await let_all_go(school))[village.guardian(RAGNHILD).id] is None


async def test_a_drill_says_that_it_is_one_and_that_nobody_hears_a_call_for_help_in_it(school: School) -> None:
    alarm = await school.sound(is_drill=True)
    await school.wake()
    asked = await read_last(school, RAGNHILD)

    await Texting(school.village, school.village.phone(RAGNHILD), 10).text("hjelp", to="contact teacher 1A")

    said = await read_last(school, RAGNHILD)
    assert asked.startswith("ØVELSE. Dette er bare en øvelse. Svar 1 jeg er trygg eller 2 ")
    assert said.startswith("ØVELSE: vi har talt svaret ditt, men ingen får beskjed.")
    assert not [word for word in TELLING if word in asked + said]
    assert (await let_all_go(school))[school.village.guardian(RAGNHILD).id] is None
    assert await answered(school, alarm) == NEED_HELP


async def test_they_hear_that_it_is_over_and_no_more(school: School) -> None:
    alarm = await school.sound()
    await school.wake()

    def go(work: Work) -> None:
        work.session.execute(sa.update(Delivery).values(status=Status.SENT, rank=RANK[Status.SENT]))

    await school.village.desk.work(TEST, go)
    await school.end(alarm)
    await school.wake()

    assert await read_last(school, RAGNHILD) == "Faren er over. Vil du vite mer, ta kontakt med oss på vanlig måte."


async def test_a_phone_that_may_be_anothers_by_now_is_asked_nothing(school: School) -> None:
    await school.sound()
    await school.wake()

    assert await read_last(school, STALE) == "Det er ein ny beskjed til deg. Ta kontakt med oss på vanleg måte."
