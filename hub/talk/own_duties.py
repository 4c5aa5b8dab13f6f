"""What waits for a family on its own pages: each matter with an end, and the answers that one touch gives to it.

Each bot tells what it waits for, by rights as they are now. An answer by touch is a conversation held at once, as a form is;
what was asked about the same before, on whichever way, is then asked no more. Source: security rules S1.2, S1.5 and S3.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.post.family import Family
from hub.post.messages import Message
from hub.safety.access import NotThereError
from hub.safety.address_changes import NoLongerOpenError
from hub.talk.answers import CONFIRM, Question
from hub.talk.bot import Bot, OnPage
from hub.talk.conversations import Conversation, ConversationState, pack_facts
from hub.talk.dialogue import Agreed, Say, Waiting, play
from hub.talk.duties import Duty, DutyKeeper
from hub.talk.filled_in import LISTENER, FilledIn, Held, find_way, take_held
from hub.talk.heard import Act, Heard, Intent
from hub.talk.routing import Route, get_thread
from hub.talk.saying import choices_of, render
from hub.talk.speaker import get_speaker

_ASKED_BEFORE = sa.select(Conversation).where(
    Conversation.thread_id == sa.bindparam("thread"),
    Conversation.bot == sa.bindparam("bot"),
    Conversation.state.in_([ConversationState.OPEN, ConversationState.TOLD, ConversationState.QUEUED]),
)


@dataclass(frozen=True, slots=True)
class OwnDuty:
    """`choices` are the words on its buttons, in the order of their numbers; none where it takes more than a touch. `said` is
    what it asks, where its line does not say so itself."""

    duty: Duty
    said: Say | None
    choices: tuple[str, ...]


def list_own_duties(look: Look, bots: Mapping[str, Bot], family: Family, language: str) -> list[OwnDuty]:
    """What none of them has done yet, of children whom each of them may know of; what ends first is first."""
    found = {
        (duty.bot, duty.key, tuple(duty.child_ids)): (bot, duty)
        for unit in family.units.values()
        for bot in bots.values()
        if isinstance(bot, DutyKeeper)
        for duty in bot.list_duties(look, unit, family.guardian_ids)
        if set(duty.child_ids) <= family.entitled
    }
    in_order = sorted(found.values(), key=lambda pair: (pair[1].until, pair[1].bot, pair[1].key))
    return [_lay_out(look, bots[duty.bot], duty, language) for _, duty in in_order]


def _lay_out(look: Look, bot: Bot, duty: Duty, language: str) -> OwnDuty:
    said = bot.say_on_page(duty.facts) if duty.facts is not None and isinstance(bot, OnPage) else None
    return OwnDuty(duty, said, _list_choices(look, bot, duty, language))


def _list_choices(look: Look, bot: Bot, duty: Duty, language: str) -> tuple[str, ...]:
    """None unless each of them ends the conversation."""
    question = _first_question(bot, duty)
    if question is None:
        return ()
    words = tuple(word for _, word in choices_of(look, language, question))
    ends = (_hold(bot, duty, question, number, language) is not None for number in range(1, len(words) + 1))
    return words if all(ends) else ()


def _first_question(bot: Bot, duty: Duty) -> Question[Any] | None:
    played = play(bot.dialogue(duty.facts), ()) if duty.facts is not None else None
    return played.asked.question if isinstance(played, Waiting) else None


def _hold(bot: Bot, duty: Duty, question: Question[Any], number: int, language: str) -> tuple[Heard, Agreed] | None:
    """What the answer of this number is heard as, and what it comes to; None where it leaves something to be asked."""
    if question.about().about == CONFIRM and not question.options():
        heard = Heard(language, False, (Act(Intent.YES if number == 1 else Intent.NO),), listener=LISTENER)
    else:
        heard = Heard(language, False, (), options=(number,), listener=LISTENER)
    played = play(bot.dialogue(duty.facts), [heard])
    return (heard, played) if isinstance(played, Agreed) else None


def answer_by_touch(
    work: Work, bots: Mapping[str, Bot], family: Family, what: tuple[str, str, str], number: int, language: str
) -> Message:
    """Give one of its answers, by number, to a matter told by its bot, its key and its unit. Audited.

    Raises: NoLongerOpenError, where it waits no more or never did for them; NotThereError.
    """
    work.take_turns(sorted(family.entitled))
    own = next((one for one in list_own_duties(work, bots, family, language) if _named(one.duty) == what), None)
    if own is None or not 1 <= number <= len(own.choices):
        raise NoLongerOpenError
    duty, bot = own.duty, bots[own.duty.bot]
    question = _first_question(bot, duty)
    answered = _hold(bot, duty, question, number, language) if question is not None else None
    if answered is None:
        raise NoLongerOpenError
    route = find_way(work, duty.unit, duty.child_ids[0], family.app_address)
    speaker = get_speaker(work, route.unit, route.people)
    if not bot.may_go_on(work, speaker, duty.facts):
        raise NotThereError
    heard, agreed = answered
    work.touch({*duty.child_ids, *speaker.guardian_ids, *(address.value for address in speaker.addresses)})
    _end_asked_before(work, route, bot, duty)
    filled = FilledIn(Act(Intent.MESSAGE), {}, language, _in_the_book(work, own, number, language))
    return take_held(work, bots, route, speaker, Held(bot, duty.facts, (), agreed), heard, filled, duty.child_ids)


def _named(duty: Duty) -> tuple[str, str, str]:
    return duty.bot, duty.key, duty.unit.id


def _in_the_book(look: Look, own: OwnDuty, number: int, language: str) -> str:
    asked = render(look, language, [own.said or own.duty.line])
    return f"{asked} – {own.choices[number - 1]}"


def _end_asked_before(work: Work, route: Route, bot: Bot, duty: Duty) -> None:
    """Wherever it was asked of them."""
    facts, thread = pack_facts(bot, duty.facts), get_thread(work, route)
    work.session.flush()
    for each in work.session.scalars(_ASKED_BEFORE, {"thread": thread.id, "bot": duty.bot}):
        if all(each.facts.get(key) == facts.get(key) for key in duty.same):
            each.end(ConversationState.LEFT, work.now)
