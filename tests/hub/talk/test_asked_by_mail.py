"""A guardian is asked by mail, and answers by mail: the question waits there as it does on a phone."""

from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import MAIL, SMS, Address
from hub.chosen_parts import load_bots
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import GuardianAddress
from hub.post.arrivals import keep_arrivals
from hub.post.channel import Inbound
from hub.post.climbing import climb_on, list_climbing
from hub.post.deliveries import Delivery, Status, end_badly
from hub.post.running_kinds import keep_kinds
from hub.talk.answers import Named
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.prompting import Notice, Prompt, Prompted, prompt, tell
from hub.talk.reception import Reception
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import keep_text
from tests.hub.talk.test_prompting import DAYS, AskFacts, AskingBot
from tests.transcript import the_ear
from tests.village import Village

LENE = "lene.berg@mail.example"


def find_mail(look: Look) -> GuardianAddress:
    return look.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.value == LENE)).one()


async def ask_by_mail(village: Village, bot: AskingBot) -> Prompted:
    def ask(work: Work) -> Prompted:
        jakob = village.child("Jakob Berg")
        asked = Prompt(bot, AskFacts(Named(jakob.id, jakob.called)), [jakob.id], DAYS)
        return prompt(work, village.unit("school"), village.guardian("Lene Berg"), asked, address=find_mail(work))

    return await village.desk.work(TEST, ask)


async def hear(village: Village, bot: AskingBot, text: str, **more: Any) -> None:
    seat = Address(MAIL, village.number("contact teacher 4B").value)
    inbound = Inbound(MAIL, f"mail:{text}", Address(MAIL, LENE), seat, text, "m1@mail.example", **more)
    await village.desk.work(TEST, lambda work: keep_arrivals(work, [(inbound, work.now)]))
    bots = {**load_bots(), bot.name: bot}
    await Reception(village.desk, the_ear(), bots, LocalDoorbell()).answer_waiting()


async def list_mails(village: Village) -> list[tuple[str, str, str]]:
    def read(look: Look) -> list[tuple[str, str, str]]:
        found = look.session.scalars(sa.select(Delivery).order_by(Delivery.id))
        return [(delivery.channel, delivery.kind, delivery.recipient) for delivery in found]

    return await village.desk.look(TEST, read)


@pytest.mark.parametrize(("doubt", "answers"), [(None, [True]), ("unproven", [])])
async def test_a_yes_by_mail_answers_what_was_asked_there_if_it_is_surely_theirs(
    village: Village, doubt: str | None, answers: list[bool]
) -> None:
    bot = AskingBot()
    asked = await ask_by_mail(village, bot)
    await hear(village, bot, "ja", doubt=doubt)

    assert asked.conversation is not None
    id_ = asked.conversation.id
    state = await village.desk.look(TEST, lambda look: look.session.get_one(Conversation, id_).state)
    assert bot.answers == answers
    assert (state == ConversationState.SETTLED) is bool(answers)
    assert set(await list_mails(village)) == {(MAIL, MAIL, LENE)}


async def test_a_guardian_is_told_by_mail_where_that_is_where_they_are_told(village: Village) -> None:
    def tell_by_mail(work: Work) -> Prompted:
        jakob = village.child("Jakob Berg")
        notice = Notice("absence.nothing_changed", {}, [jakob.id])
        return tell(work, village.unit("school"), village.guardian("Lene Berg"), notice, address=find_mail(work))

    told = await village.desk.work(TEST, tell_by_mail)

    assert told.message is not None
    assert told.message.channel == MAIL
    assert await list_mails(village) == [(MAIL, MAIL, LENE)]


@pytest.mark.capability("N-07")
@pytest.mark.parametrize("later", [SMS, MAIL])
async def test_a_question_that_went_on_by_mail_is_answered_there_and_counts_once(village: Village, later: str) -> None:
    """Answered on one way it waits on none: a second word, by whichever, changes nothing."""
    bot = AskingBot()

    def ask(work: Work) -> Prompted:
        keep_kinds(work, {SMS, MAIL})
        jakob = village.child("Jakob Berg")
        asked = Prompt(bot, AskFacts(Named(jakob.id, jakob.called)), [jakob.id], DAYS)
        return prompt(work, village.unit("school"), village.guardian("Lene Berg"), asked)

    def go_on(work: Work) -> None:
        end_badly(work, work.session.scalars(sa.select(Delivery)).one(), Status.FAILED, "30003")
        climb_on(work, list_climbing(work))

    asked = await village.desk.work(TEST, ask)
    await village.desk.work(TEST, go_on)
    ways = [kind for _, kind, _ in await list_mails(village)]
    await hear(village, bot, "ja")
    if later == MAIL:
        await hear(village, bot, "nei")
    else:
        await keep_text(village, 1, "nei", "Lene Berg")
        bots = {**load_bots(), bot.name: bot}
        await Reception(village.desk, the_ear(), bots, LocalDoorbell()).answer_waiting()

    assert asked.conversation is not None
    id_ = asked.conversation.id
    state = await village.desk.look(TEST, lambda look: look.session.get_one(Conversation, id_).state)
    assert ways == [SMS, MAIL]
    assert bot.answers == [True]
    assert state == ConversationState.SETTLED
