"""A form on our own pages is a conversation held at once: what was filled in begins it, and answers each of its questions.

The bot's own dialogue tells what has to be asked, and its settling what is done, so that a form ends in the same facts as words
do. It is kept in the thread as the family's own message and answered there, all in one work. Source: security rule S1.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.address import APP
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.post.audience import list_addresses
from hub.post.messages import Author, Lane, Message, Step, Thread, keep_message
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.talk.answers import Asked
from hub.talk.bot import Bot
from hub.talk.conversations import pack_heard
from hub.talk.correspondence import post_reply
from hub.talk.dialogue import Agreed, Played, Waiting, play
from hub.talk.exchange import Exchange, find_hindrance
from hub.talk.heard import Act, Heard, Intent
from hub.talk.pupils import may_begin
from hub.talk.routing import Route, get_thread
from hub.talk.seats import find_seat
from hub.talk.speaker import Speaker, get_speaker

YES, WORDS = "yes", "words"
"""What answers a question that has no options: that it is right, and that something was written."""
LISTENER = "form"


class FormChangedError(Refusal):
    """What it says no to, or asks besides, was not so when it was shown: it is looked through once more."""

    words = "refusals.form_changed"


@dataclass(frozen=True, slots=True)
class FilledIn:
    """`act` is what it begins, and `answers` what it says to each question, by utterance: YES, WORDS, or one of its options.

    `text` is how it stands in the book, in `language`. `own_words` are those of a field that is kept with the matter alone.
    """

    act: Act
    answers: Mapping[str, str]
    language: str
    text: str
    own_words: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The conversation that a form is: what was asked, in its order, and what was agreed."""

    bot: Bot
    facts: Any
    asked: tuple[Asked[Any], ...]
    agreed: Agreed

    def find(self, utterance: str) -> Asked[Any] | None:
        """A question, if it was asked."""
        return next((one for one in self.asked if one.utterance == utterance), None)


def find_way(look: Look, unit: Unit, child_id: str, app_address: str) -> Route:
    """From the people behind an address in the app to the seat that serves a child. Raises: NotThereError."""
    seat = find_seat(look, unit.id, [child_id])
    people = list_addresses(look, APP, app_address, unit.owner_id)
    if seat is None or not people:
        raise NotThereError
    role, number = seat
    return Route(role, unit, people, number)


def hold(look: Look, bots: Mapping[str, Bot], route: Route, filled: FilledIn) -> Held:
    """Hold the conversation, and do nothing of it yet. Raises: NotThereError, where they may not begin it; FormChangedError."""
    return _hold(look, bots, get_speaker(look, route.unit, route.people), filled)


def _hold(look: Look, bots: Mapping[str, Bot], speaker: Speaker, filled: FilledIn) -> Held:
    act = filled.act
    bot = next((one for one in bots.values() if act.intent in one.intents), None)
    if bot is None or (speaker.is_pupil and not may_begin(speaker, act.intent)):
        raise NotThereError
    facts = bot.gather(look, speaker, act) if find_hindrance(look, speaker, act) is None else None
    if facts is None or not bot.may_go_on(look, speaker, facts):
        raise NotThereError
    asked: list[Asked[Any]] = []
    heard: list[Heard] = []
    played: Played = play(bot.dialogue(facts), heard)
    while isinstance(played, Waiting) and not played.again and played.asked.utterance in filled.answers:
        asked.append(played.asked)
        heard.append(_answer(filled, played.asked))
        played = play(bot.dialogue(facts), heard)
    if not isinstance(played, Agreed):
        raise FormChangedError
    return Held(bot, facts, tuple(asked), played)


def _answer(filled: FilledIn, asked: Asked[Any]) -> Heard:
    answer, options = filled.answers[asked.utterance], list(asked.question.options())
    chosen = (options.index(answer) + 1,) if answer in options else ()
    said = Act(Intent.YES) if answer == YES else Act(Intent.MESSAGE)
    return Heard(filled.language, False, (said,), options=chosen, listener=LISTENER)


def take(work: Work, bots: Mapping[str, Bot], route: Route, filled: FilledIn, child_ids: Sequence[str]) -> Message:
    """Keep it, settle it and answer it, by rights as they are now. Audited.

    Raises: what `hold` raises.
    """
    speaker = get_speaker(work, route.unit, route.people)
    work.take_turns(child_ids)
    work.touch({*child_ids, *speaker.guardian_ids, *(address.value for address in speaker.addresses)})
    held = _hold(work, bots, speaker, filled)
    heard = Heard(filled.language, filled.sensitive, (filled.act,), listener=LISTENER)
    return take_held(work, bots, route, speaker, held, heard, filled, child_ids)


def take_held(
    work: Work,
    bots: Mapping[str, Bot],
    route: Route,
    speaker: Speaker,
    held: Held,
    heard: Heard,
    filled: FilledIn,
    child_ids: Sequence[str],
) -> Message:
    """The same of a conversation that was held to its end; `heard` is what was filled in, as the listener would tell it."""
    with work.session.no_autoflush:
        thread = get_thread(work, route)
        message = _file(work, route, speaker, thread, heard, filled, child_ids)
        reply_id = work.new_id()
        exchange = Exchange(work, bots, route, speaker, thread, message, filled.own_words)
        exchange.take_agreed(held.bot, held.facts, held.agreed)
        exchange.finish()
        note(work, "message.keep", [message.id, *speaker.guardian_ids])
        post_reply(work, route, speaker, thread, message, heard, exchange.reply, reply_id)
    return message


def _file(
    work: Work,
    route: Route,
    speaker: Speaker,
    thread: Thread,
    heard: Heard,
    filled: FilledIn,
    child_ids: Sequence[str],
) -> Message:
    """As a message of its thread."""
    message = Message(
        id=work.new_id(),
        owner_id=route.unit.owner_id,
        thread_id=thread.id,
        at=work.now,
        author=Author.GUARDIAN,
        author_id=speaker.guardians[0].id if len(speaker.guardians) == 1 else None,
        channel=APP,
        text=filled.text,
        language=filled.language,
        lane=Lane.REPLY,
        trust=work.asker.trust,
        sensitive=filled.sensitive,
        number_id=route.number.id,
        heard=pack_heard(heard),
        story=[Step("filled_in", {"guardians": speaker.guardian_ids}).as_json()],
    )
    return keep_message(work, thread, message, child_ids)
