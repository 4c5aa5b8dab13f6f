"""An emergency for all of an owner, answered by a family with children at two units: the leaders of both hear of it."""

from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.post.alarms import AlarmKind, raise_alarm
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Scope, Written
from tests.bots.alarm_school import School
from tests.hub.post.spoken import as_staff
from tests.hub.talk.staff_phone import Texting, register
from tests.village import Village

PHONES = {"Ingrid Solberg": "+4740000952", "Astrid Vik": "+4740000953", "Trond Lie": "+4740000954"}


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(timedelta(hours=3))


@pytest.mark.parametrize(
    ("said", "begins"), [("2", "TRENGER HJELP: Berit Ness"), ("et barn er savnet", "BARN SAVNES: Berit Ness")]
)
async def test_each_leader_is_told_of_the_children_at_their_own_unit_alone(
    village: Village, said: str, begins: str
) -> None:
    school = School(village)
    for name, phone in PHONES.items():
        await register(village, name, phone)

    def begin(work: Work) -> None:
        place = get_place(work, Scope.OWNER, None)
        raise_alarm(work, place, Written({"nb": "Uvær. Bli inne."}, "nb"), AlarmKind.EMERGENCY, is_drill=False)

    await village.desk.work(as_staff(village.staff("Tora Myklebust")), begin)
    await school.wake()
    asked = next(d for d in await school.deliveries() if d.recipient == village.phone("Berit Ness"))
    roles = {
        village.numbers[role.id].value: role.source_id for role in village.roles.values() if role.id in village.numbers
    }

    await Texting(village, asked.recipient, 10).text(said, to=roles[asked.sender])

    told = {name: [d.text for d in await school.deliveries() if d.recipient == phone] for name, phone in PHONES.items()}
    assert [text.startswith(begins) for text in told["Ingrid Solberg"]] == [True]
    assert [text.startswith(begins) for text in told["Astrid Vik"]] == [True]
    assert "Amalie" in told["Ingrid Solberg"][0]
    assert "Sander" not in told["Ingrid Solberg"][0]
    assert "Sander" in told["Astrid Vik"][0]
    assert "Amalie" not in told["Astrid Vik"][0]
    assert told["Trond Lie"] == []
