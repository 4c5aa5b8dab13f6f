"""Two emergencies that run at once ask a family once for both: help is counted in each, being safe only where it is meant."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.alarms import NEED_HELP, SAFE, Alarm
from hub.post.broadcast_receivers import BroadcastReceiver
from tests.bots.alarm_school import School
from tests.hub.post.spoken import TEST
from tests.hub.talk.staff_phone import Texting
from tests.village import Village

GUARDIAN = "Hanne Olsen"
"""With a child in 7A and one in 1A."""


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(timedelta(hours=3))


@pytest.fixture
def school(village: Village) -> School:
    return School(village)


async def list_answers(school: School, alarms: Sequence[Alarm]) -> list[int | None]:
    """What is counted of this guardian in each."""

    def ask(look: Look) -> list[int | None]:
        kept = sa.select(BroadcastReceiver.broadcast_id, BroadcastReceiver.answer).where(
            BroadcastReceiver.guardian_id == school.village.guardian(GUARDIAN).id
        )
        found = {row.broadcast_id: row.answer for row in look.session.execute(kept)}
        return [found[alarm.broadcast_id] for alarm in alarms]

    return await school.village.desk.look(TEST, ask)


@pytest.mark.parametrize(
    ("groups", "is_drill", "counted"),
    [
        ((), False, [(SAFE, SAFE), (NEED_HELP, NEED_HELP), (SAFE, SAFE)]),
        (("7A",), False, [(None, SAFE), (NEED_HELP, NEED_HELP), (NEED_HELP, SAFE)]),
        ((), True, [(None, SAFE), (NEED_HELP, NEED_HELP), (NEED_HELP, SAFE)]),
    ],
    ids=["for the same children", "for one of the children", "a drill"],
)
async def test_what_is_answered_to_the_newer_counts_in_the_older_to_the_childs_safe_side(
    school: School, groups: Sequence[str], is_drill: bool, counted: Sequence[tuple[int | None, int | None]]
) -> None:
    village = school.village
    phone = village.phone(GUARDIAN)
    older = await school.sound()
    await school.wake()
    newer = await school.sound(groups=groups, is_drill=is_drill, seen=(older.id,))
    await school.wake()
    asked = [d for d in await school.deliveries() if d.recipient == phone]
    roles = {
        village.numbers[role.id].value: role.source_id for role in village.roles.values() if role.id in village.numbers
    }

    texting, found = Texting(village, phone, 10), []
    for text in ("1", "2", "1"):
        await texting.text(text, to=roles[asked[-1].sender])
        found.append(tuple(await list_answers(school, (older, newer))))

    assert len(asked) == 2
    assert found == counted
