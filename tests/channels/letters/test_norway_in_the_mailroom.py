"""The mailroom with the post of Norway: whatever families and the register do meanwhile, no letter is lost and none doubled."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from channels.letters.eformidling import EformidlingService
from hub.clock import StoppedClock
from hub.mailroom.sending import Mailroom
from hub.mailroom.sendings import SendingState, WhySending
from hub.mailroom.tracing import Tracer
from hub.outside import Outside
from tests.channels.letters.norway_scene import KEY_ID, OWN_KEY, make_service
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, OLA, OLAS_ID, SEAL, LettersDay, count_states
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.norwegian_registers import Person
from tests.rehearsal.post_faults import CUT, Fault
from tests.village import Village

OUT = "/api/messages/out"


@dataclass
class Scene:
    day: LettersDay
    post: NorwegianPost
    outside: Outside

    def service(self) -> EformidlingService:
        """As a hub has it that has just started."""
        return make_service(self.post, self.outside, self.day.clock)

    async def send(self) -> None:
        await Mailroom(self.day.desk, [self.service()], SEAL, random.Random(1)).send_due()

    async def trace(self) -> None:
        await Tracer(self.day.desk, [self.service()]).trace()

    async def persist(self) -> None:
        """Until nothing is due for hours."""
        for _ in range(8):
            await self.send()
            self.day.wait(minutes=20)


@pytest.fixture
async def scene(village: Village, clock: StoppedClock) -> AsyncIterator[Scene]:
    day = LettersDay(village, clock, PretendPost())
    await day.know(ANNE, ANNES_ID)
    await day.know(OLA, OLAS_ID)
    async with NorwegianPost(clock.now) as post, Outside(frozenset({"127.0.0.1"})) as outside:
        post.office.register(KEY_ID, OWN_KEY)
        post.people |= {ANNES_ID: Person(ANNE), OLAS_ID: Person(OLA, has_mailbox=False)}
        yield Scene(day, post, outside)


async def test_a_decision_reaches_one_by_mailbox_and_the_other_at_altinn_and_its_opening_is_known(scene: Scene) -> None:
    await scene.day.decide()
    await scene.send()
    await scene.trace()
    assert await scene.day.fate(ANNE) == (SendingState.DELIVERED, "mailbox")
    assert await scene.day.fate(OLA) == (SendingState.DELIVERED, "inbox")

    (letter,) = scene.post.mailbox(ANNES_ID)
    scene.day.wait(hours=1)
    scene.post.open_letter(letter.message_id)
    await scene.trace()

    (other,) = scene.post.mailbox(OLAS_ID)
    assert [file.content for file in letter.files] == [await scene.day.pdf(ANNE)]
    assert [file.content for file in other.files] == [await scene.day.pdf(OLA)]
    assert letter.content["tittel"] == "Brev fra Fjordvik kommune"
    assert (await scene.day.fate(ANNE))[0] == SendingState.OPENED
    assert (await scene.day.letter(ANNE)).opened_at == scene.day.clock.now()
    assert (await scene.day.fate(OLA))[0] == SendingState.DELIVERED


async def test_who_reserves_themselves_after_the_decision_gets_paper_and_no_digital_letter(scene: Scene) -> None:
    await scene.day.decide()
    scene.post.people[ANNES_ID].is_reserved = True

    await scene.persist()

    assert await scene.day.fate(ANNE) == (SendingState.PAPER, WhySending.RESERVED)
    assert scene.post.mailbox(ANNES_ID) == []


async def test_who_reserves_themselves_while_the_letter_is_on_its_way_gets_paper(scene: Scene) -> None:
    scene.post.faults.append(Fault(OUT, 503, method="POST", times=2))
    await scene.day.decide()
    await scene.send()
    scene.post.people[ANNES_ID].is_reserved = True

    await scene.persist()

    assert await scene.day.fate(ANNE) == (SendingState.PAPER, WhySending.RESERVED)
    assert scene.post.mailbox(ANNES_ID) == []
    assert len(scene.post.mailbox(OLAS_ID)) == 1


@pytest.mark.parametrize("taken", [True, False], ids=["done", "not_done"])
@pytest.mark.parametrize("verb", ["POST", "PUT"])
async def test_answers_that_are_lost_again_and_again_lose_and_double_no_letter(
    scene: Scene, verb: str, taken: bool
) -> None:
    await scene.day.decide_many(6)
    for spared in range(6):
        scene.post.faults.append(Fault(OUT, CUT, method=verb, taken=taken, spared=spared))

    await scene.persist()
    await scene.trace()

    assert await scene.day.desk.look(TEST, count_states) == {SendingState.DELIVERED: 6}
    assert [len(letter.files) for letter in scene.post.mailbox(ANNES_ID)] == [1] * 6


async def test_a_token_and_a_password_that_end_in_the_middle_hold_letters_back_and_lose_none(scene: Scene) -> None:
    await scene.day.decide_many(6)
    scene.post.faults.append(Fault("/rest/v2/personer", 401))
    scene.post.faults.append(Fault("/api/", 401, spared=7, times=5))

    await scene.persist()

    assert len(scene.post.mailbox(ANNES_ID)) == 6
    assert [len(letter.files) for letter in scene.post.mailbox(ANNES_ID)] == [1] * 6


async def test_a_key_that_is_over_holds_letters_back_until_there_is_a_new_one(scene: Scene) -> None:
    await scene.day.decide()
    scene.post.office.keys.clear()
    await scene.send()
    one = await scene.day.sending(ANNE)
    assert (one.state, one.error) == (SendingState.WAITING, "MP-120")

    scene.post.office.register(KEY_ID, OWN_KEY)
    await scene.persist()

    assert len(scene.post.mailbox(ANNES_ID)) == 1


async def test_a_letter_that_its_mailbox_could_not_take_goes_on_paper(scene: Scene) -> None:
    scene.post.holds = True
    await scene.day.decide()
    await scene.send()
    scene.post.fail(await scene.day.parcel_id(ANNE))

    await scene.trace()

    assert await scene.day.fate(ANNE) == (SendingState.PAPER, WhySending.FAILED)
    assert (await scene.day.sending(ANNE)).error == "FEIL"
    assert (await scene.day.fate(OLA))[0] == SendingState.HANDED_OVER


async def test_what_the_list_lost_is_learnt_all_the_same(scene: Scene) -> None:
    scene.post.statuses.loses = {"LEVERT", "LEST"}
    await scene.day.decide()
    await scene.send()
    scene.post.open_letter(await scene.day.parcel_id(ANNE))

    await scene.trace()

    assert (await scene.day.fate(ANNE))[0] == SendingState.OPENED
