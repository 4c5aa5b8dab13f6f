"""The mailroom with the posts of Sweden and Denmark, which tell nothing later: nothing is lost, and nothing doubled there."""

import random

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.mailroom.sending import Mailroom
from hub.mailroom.sendings import SendingState, WhySending
from hub.mailroom.service import LetterService
from hub.outside import Outside
from hub.people.places import Owner
from tests.channels.letters import danish_scene, swedish_scene
from tests.hub.mailroom.letters_day import ANNE, SEAL, LettersDay, count_states, pdf_of
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.rehearsal.danish_post import DanishPost
from tests.rehearsal.post_faults import CUT, Fault
from tests.rehearsal.swedish_post import FAR, OPERATOR, Account, SwedishPost
from tests.village import Village

pytestmark = pytest.mark.one_store("sqlite")
BATCH = 4


async def begin(village: Village, clock: StoppedClock, country: str, number: str) -> LettersDay:
    """Decisions for one guardian there, who was told of them by text."""
    day = LettersDay(village, clock, PretendPost())

    def move(work: Work) -> None:
        work.session.get_one(Owner, village.guardian(ANNE).owner_id).country = country

    await day.desk.work(TEST, move)
    await day.know(ANNE, number, country)
    await day.decide_many(BATCH)
    return day


async def hand_over(day: LettersDay, service: LetterService) -> None:
    """Until nothing is due for hours; each time as a hub that has just started."""
    for _ in range(6):
        await Mailroom(day.desk, [service], SEAL, random.Random(1)).send_due()
        day.wait(minutes=20)


async def test_in_sweden_what_may_have_gone_goes_on_paper_and_the_others_lie_there_once(
    village: Village, clock: StoppedClock
) -> None:
    day = await begin(village, clock, "SE", swedish_scene.MOTHER)
    async with SwedishPost() as post, Outside(frozenset({"127.0.0.1"})) as outside:
        scene = swedish_scene.Scene(post, clock, outside)
        post.accounts[swedish_scene.MOTHER] = Account()
        post.faults += [Fault(FAR, 503), Fault(OPERATOR, CUT, taken=True), Fault(OPERATOR, 429)]
        await hand_over(day, scene.service)

    states = await day.desk.look(TEST, count_states)
    whys = [one.why for one in await day.sendings() if one.state == SendingState.PAPER]
    assert states == {SendingState.DELIVERED: BATCH - 1, SendingState.PAPER: 1}
    assert whys == [WhySending.NO_WORD]
    assert len({one.message_id for one in post.letters}) == len(post.letters) == BATCH
    assert {one.message_id: one.pdf for one in post.letters} == {
        one.parcel_id: pdf_of(one.letter_id) for one in await day.sendings()
    }


async def test_in_denmark_each_arrives_once_and_lies_there_and_nothing_goes_on_paper_for_want_of_word(
    village: Village, clock: StoppedClock
) -> None:
    day = await begin(village, clock, "DK", danish_scene.MOTHER)
    async with DanishPost(clock.now) as post, Outside(frozenset({"127.0.0.1"})) as outside:
        scene = danish_scene.Scene(post, clock, outside)
        post.registered = {danish_scene.MOTHER}
        post.faults += [Fault(danish_scene.MEMOS, CUT, taken=True), Fault(danish_scene.MEMOS, CUT)]
        await hand_over(day, scene.service)
        await day.tell_by_text(ANNE)
        day.wait(days=8)
        await hand_over(day, scene.service)

    assert await day.desk.look(TEST, count_states) == {SendingState.HANDED_OVER: BATCH}
    assert {one.message_uuid: one.pdf for one in scene.letters} == {
        one.parcel_id: pdf_of(one.letter_id) for one in await day.sendings()
    }
