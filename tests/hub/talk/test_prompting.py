"""The hub asks first: what is asked, whose answer counts, and what becomes of it beside everything else that is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import GuardianAddress
from hub.post.deliveries import Delivery
from hub.post.messages import Lane, Thread
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Prompt, Prompted, prompt
from hub.talk.reception import Reception
from hub.talk.speaker import Speaker
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import keep_text
from tests.transcript import the_ear
from tests.village import Village

DAYS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class AskFacts:
    child: Named
    ends: bool = False


@dataclass(slots=True)
class AskingBot:
    """Asks whether something is right, and remembers what was answered."""

    name: str = "asking"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts: type[Any] = AskFacts
    answers: list[bool] = field(default_factory=list)

    def gather(self, look: Look, speaker: Speaker, act: Act) -> None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: AskFacts) -> bool:
        return speaker.may_report_for([facts.child.id])

    def dialogue(self, facts: AskFacts) -> Dialogue[bool]:
        if facts.ends:
            return True
        return (yield from ask("absence.which_days", YesNo(), children=[facts.child.name]))

    def settle(self, work: Work, speaker: Speaker, outcome: bool, occasion: Occasion) -> Settled:
        self.answers.append(outcome)
        return Settled((say("absence.nothing_changed"),))

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> None:
        return None


@dataclass(slots=True)
class Asking:
    """The village, a bot that asks, and the texts that guardians answer with."""

    village: Village
    bot: AskingBot = field(default_factory=AskingBot)
    count: int = 0

    async def ask(self, guardian: str, child: str, *, ends: bool = False) -> Prompted:
        return await self.village.desk.work(TEST, self._ask, guardian, child, ends)

    def _ask(self, work: Work, guardian: str, child: str, ends: bool) -> Prompted:
        kept = self.village.child(child)
        facts = AskFacts(Named(kept.id, kept.called), ends)
        asked = Prompt(self.bot, facts, [kept.id], DAYS, Lane.ORDINARY)
        return prompt(work, self.village.unit("school"), self.village.guardian(guardian), asked)

    async def hear(self, guardian: str, text: str) -> list[str]:
        """What is sent back."""
        self.count += 1
        before = await self.village.desk.look(TEST, list_texts)
        await keep_text(self.village, self.count, text, guardian)
        bots = {**load_bots(), self.bot.name: self.bot}
        reception = Reception(self.village.desk, the_ear(), bots, LocalDoorbell())
        await reception.answer_waiting()
        after = await self.village.desk.look(TEST, list_texts)
        return after[len(before) :]

    async def state(self, asked: Prompted) -> str:
        assert asked.conversation is not None
        kept_id = asked.conversation.id
        return await self.village.desk.look(TEST, lambda look: look.session.get_one(Conversation, kept_id).state)


def list_texts(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Delivery.text).order_by(Delivery.id)))


def list_waiting(look: Look) -> list[str | None]:
    return list(look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None))))


@pytest.fixture
def asking(village: Village) -> Asking:
    return Asking(village)


async def test_a_yes_to_what_the_hub_asked_is_its_answer(asking: Asking) -> None:
    asked = await asking.ask("Anne Nordmann", "Kari Nordmann")

    answers = await asking.hear("Anne Nordmann", "ja")

    assert asking.bot.answers == [True]
    assert len(answers) == 1
    assert await asking.state(asked) == ConversationState.SETTLED


async def seat_of(asking: Asking) -> str | None:
    """The role whose number a family's only thread is answered from."""
    return await asking.village.desk.look(TEST, lambda look: look.session.scalars(sa.select(Thread.role_id)).one())


async def test_a_family_who_waits_for_the_one_they_wrote_to_is_answered_from_there_though_another_seat_asks_meanwhile(
    asking: Asking,
) -> None:
    await asking.hear("Hanne Olsen", "Jeg vil snakke med noen om Mia")

    asked = await asking.ask("Hanne Olsen", "Leo Viken Olsen")

    assert asked.message is not None
    assert asked.message.number_id == asking.village.number("contact teacher 1A").id
    assert await seat_of(asking) == asking.village.role("contact teacher 7A").id


async def test_a_family_who_waits_for_nobody_is_answered_from_the_seat_that_asked_them(asking: Asking) -> None:
    await asking.hear("Hanne Olsen", "HJELP")

    await asking.ask("Hanne Olsen", "Leo Viken Olsen")

    assert await seat_of(asking) == asking.village.role("contact teacher 1A").id


async def test_something_else_that_is_told_meanwhile_is_taken_care_of_and_nobody_is_asked_again(asking: Asking) -> None:
    await asking.ask("Anne Nordmann", "Kari Nordmann")

    told = await asking.hear("Anne Nordmann", "Kari er syk i dag")
    answered = await asking.hear("Anne Nordmann", "ja")

    assert told[-1].startswith("Notert: Kari er syk i dag")
    assert not any("Når" in text for text in told)
    assert asking.bot.answers == [True]
    assert len(answered) == 1


async def test_of_two_questions_the_newer_is_answered_first_and_the_older_is_asked_again(
    asking: Asking, clock: StoppedClock
) -> None:
    older = await asking.ask("Anne Nordmann", "Kari Nordmann")
    clock.move(timedelta(hours=1))
    newer = await asking.ask("Anne Nordmann", "Kari Nordmann")

    after_one = await asking.hear("Anne Nordmann", "nei")
    states = await asking.state(older), await asking.state(newer)
    await asking.hear("Anne Nordmann", "ja")

    assert asking.bot.answers == [False, True]
    assert states == (ConversationState.OPEN, ConversationState.SETTLED)
    assert "Kari" in after_one[0]
    assert await asking.state(older) == ConversationState.SETTLED


async def test_words_that_are_no_answer_an_hour_later_go_to_staff_and_the_question_stays(
    asking: Asking, clock: StoppedClock
) -> None:
    await asking.ask("Anne Nordmann", "Kari Nordmann")
    clock.move(timedelta(hours=1))

    await asking.hear("Anne Nordmann", "Lua hennes ligger igjen i garderoben")
    waiting = await asking.village.desk.look(TEST, list_waiting)
    await asking.hear("Anne Nordmann", "ja")

    assert waiting == ["message"]
    assert asking.bot.answers == [True]


async def test_an_answer_after_its_time_goes_to_staff_and_counts_for_nothing(
    asking: Asking, clock: StoppedClock
) -> None:
    asked = await asking.ask("Anne Nordmann", "Kari Nordmann")
    clock.move(DAYS)

    answers = await asking.hear("Anne Nordmann", "ja")

    assert asking.bot.answers == []
    assert len(answers) == 1
    assert await asking.state(asked) == ConversationState.EXPIRED
    assert await asking.village.desk.look(TEST, list_waiting) == ["expired"]


async def test_an_answer_about_a_child_that_was_blocked_meanwhile_counts_for_nothing(asking: Asking) -> None:
    await asking.ask("Anne Nordmann", "Kari Nordmann")
    await asking.village.desk.work(TEST, block, asking.village, "Anne Nordmann", "Kari Nordmann")

    await asking.hear("Anne Nordmann", "ja")

    assert asking.bot.answers == []


async def test_whoever_has_a_protected_child_is_told_that_there_is_something_and_asked_nothing(asking: Asking) -> None:
    asked = await asking.ask("Ragnhild Lien", "Ada Lien")

    texts = await asking.village.desk.look(TEST, list_texts)
    assert (asked.why_not, asked.conversation) == ("guarded", None)
    assert len(texts) == 1
    assert "Ada" not in texts[0]


async def test_two_behind_one_phone_are_asked_as_one_and_either_may_answer(asking: Asking) -> None:
    asked = await asking.ask("Arne Moe", "Iselin Moe")

    answers = await asking.hear("Gerd Moe", "ja")

    assert asked.conversation is not None
    assert asking.bot.answers == [True]
    assert len(answers) == 1


async def test_of_two_behind_one_phone_neither_is_asked_what_one_may_not_know(asking: Asking) -> None:
    await asking.village.desk.work(TEST, block, asking.village, "Gerd Moe", "Iselin Moe")

    asked = await asking.ask("Arne Moe", "Iselin Moe")

    assert (asked.message, asked.why_not) == (None, "shared_phone")


async def test_whoever_has_no_live_address_is_not_asked(asking: Asking) -> None:
    await asking.village.desk.work(TEST, end_addresses, asking.village.guardian("Anne Nordmann").id)

    asked = await asking.ask("Anne Nordmann", "Kari Nordmann")

    assert (asked.message, asked.why_not) == (None, "no_address")


async def test_a_dialogue_that_has_nothing_to_ask_sends_nothing(asking: Asking) -> None:
    asked = await asking.ask("Anne Nordmann", "Kari Nordmann", ends=True)

    assert (asked.message, asked.why_not) == (None, "nothing_to_ask")
    assert await asking.village.desk.look(TEST, list_texts) == []


def end_addresses(work: Work, guardian_id: str) -> None:
    work.session.execute(
        sa.update(GuardianAddress).where(GuardianAddress.guardian_id == guardian_id).values(gone_at=work.now)
    )
