"""An emergency reaches the families of a unit's guests of today; what is sent to many, and a day later, does not."""

from datetime import timedelta

import pytest

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.post.alarms import AlarmKind, raise_alarm
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Reply, Scope, Written, keep_broadcast
from hub.talk.bot import share_out
from tests.hub.post.outboxes import TEST
from tests.hub.school.guesting import HEAD, MONDAY, MOTHER, Guesting
from tests.hub.talk.around_bot import AroundBot
from tests.village import Village


@pytest.fixture
async def guesting(village: Village, clock: StoppedClock) -> Guesting:
    guesting = Guesting(village, clock)
    guesting.at(MONDAY, 8)
    await guesting.arrange()
    return guesting


async def told(guesting: Guesting, *groups: str, is_alarm: bool) -> dict[str, str]:
    """What the head sends to the preschool, or to groups of it: by phone."""
    ids = [guesting.village.group(name).id for name in groups]

    def send(work: Work) -> None:
        place = get_place(work, Scope.GROUPS if ids else Scope.UNIT, guesting.host.id, ids)
        if is_alarm:
            raise_alarm(work, place, Written({"nb": "Brann. Alle er ute."}, "nb"), AlarmKind.EMERGENCY, is_drill=False)
        else:
            keep_broadcast(work, place, Written({"nb": "Husk matpakke."}, "nb", Reply.WORDS), work.now)

    await guesting.by(HEAD, send)
    bot, desk = BroadcastBot(), guesting.village.desk
    while due := await desk.look(TEST, bot.list_due):
        for part in share_out(bot, due):
            await desk.work_in_round(TEST, bot.prompt_due, part)
    return dict(await AroundBot(guesting.village).fresh_texts())


async def test_an_emergency_reaches_the_family_of_a_guest(guesting: Guesting) -> None:
    texts = await told(guesting, is_alarm=True)

    assert "Brann. Alle er ute." in texts[guesting.village.phone(MOTHER)]


@pytest.mark.parametrize(("group", "reaches"), [("blabaer", True), ("tyttebaer", False)])
async def test_of_a_group_it_reaches_those_of_its_own_guests(guesting: Guesting, group: str, reaches: bool) -> None:
    texts = await told(guesting, group, is_alarm=True)

    assert (guesting.village.phone(MOTHER) in texts) is reaches


async def test_what_does_not_hurry_is_not_for_guests(guesting: Guesting) -> None:
    texts = await told(guesting, is_alarm=False)

    assert guesting.village.phone(MOTHER) not in texts


async def test_when_the_days_are_over_an_emergency_is_not_theirs(guesting: Guesting) -> None:
    guesting.at(MONDAY + timedelta(days=3), 8)

    texts = await told(guesting, is_alarm=True)

    assert texts
    assert guesting.village.phone(MOTHER) not in texts
