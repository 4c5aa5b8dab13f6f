"""An emergency by text from a phone that may not start one: nothing leaves, and the leaders hear of it."""

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.staff import Staff
from hub.post.alarms import Alarm
from hub.post.deliveries import Delivery
from hub.sign_in.second_factor import keep_secret
from tests.hub.post.outboxes import TEST
from tests.hub.talk.staff_phone import Texting, register
from tests.staff_scene import SEAL, SECRET, say_code
from tests.village import Village

LUNDE, SOLBERG = "Kari Lunde", "Ingrid Solberg"
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
