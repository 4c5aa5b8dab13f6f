"""The mailroom with the post of Finland: whatever its service answers, loses or ends, no letter is lost and none doubled."""

import random

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.mailroom.sending import Mailroom
from hub.mailroom.sendings import SendingState
from hub.mailroom.tracing import Tracer
from hub.outside import Outside
from hub.people.places import Owner
from tests.channels.letters.suomifi_scene import MESSAGES, MOTHER, Scene
from tests.hub.mailroom.letters_day import ANNE, SEAL, LettersDay, count_states, pdf_of
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.rehearsal.finnish_post import FinnishPost
from tests.rehearsal.post_faults import CUT, Fault
from tests.village import Village

pytestmark = pytest.mark.one_store("sqlite")
BATCH = 6
TROUBLE = [
    Fault("/v1/mailboxes/active", 503),
    Fault("/v2/attachments", 401, spared=1),
    Fault(MESSAGES, CUT, taken=True),
    Fault(MESSAGES, CUT, spared=1),
    Fault(MESSAGES, 500, taken=True, spared=1),
    Fault(MESSAGES, 401, spared=2, times=2),
    Fault("/v1/token", 503, spared=1),
]


async def hand_over(day: LettersDay, scene: Scene) -> None:
    """Until nothing is due for hours; each time as a hub that has just started."""
    for _ in range(8):
        await Mailroom(day.desk, [scene.build()], SEAL, random.Random(1)).send_due()
        await Tracer(day.desk, [scene.build()]).trace()
        day.wait(minutes=20)


@pytest.mark.parametrize("lags", [False, True], ids=["the log is whole", "the log lags behind"])
@pytest.mark.capability("H-32")
async def test_a_batch_whose_answers_and_tokens_are_lost_arrives_whole_and_each_letter_once(
    village: Village, clock: StoppedClock, lags: bool
) -> None:
    day = LettersDay(village, clock, PretendPost())

    def move_to_finland(work: Work) -> None:
        work.session.get_one(Owner, village.guardian(ANNE).owner_id).country = "FI"

    await day.desk.work(TEST, move_to_finland)
    await day.know(ANNE, MOTHER, "FI")
    await day.decide_many(BATCH)

    async with FinnishPost(clock.now) as post, Outside(frozenset({"127.0.0.1"})) as outside:
        scene = Scene(post, clock, outside, {})
        scene.post.mailboxes[MOTHER] = True
        scene.post.meet(*TROUBLE)
        scene.post.events.lags = lags
        await hand_over(day, scene)
        handed_over = await day.desk.look(TEST, count_states)
        scene.post.events.lags = False
        for letter in scene.letters:
            scene.post.open_letter(letter.message_id)
        await Tracer(day.desk, [scene.build()]).trace()
        letters, left = scene.letters, [fault for fault in scene.post.faults if fault.times]

    opened = await day.desk.look(TEST, count_states)
    assert left == []
    assert handed_over == {SendingState.HANDED_OVER if lags else SendingState.DELIVERED: BATCH}
    assert opened == {SendingState.OPENED: BATCH}
    assert len({letter.external_id for letter in letters}) == len(letters) == BATCH
    assert {letter.recipient for letter in letters} == {MOTHER}
    assert {letter.external_id: letter.files for letter in letters} == {
        one.parcel_id: [pdf_of(one.letter_id)] for one in await day.sendings()
    }
