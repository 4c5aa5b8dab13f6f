"""Takes care of one message: plays the conversation it belongs to, or begins new ones, settles, and gathers the reply."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from hub.asker import Trust
from hub.desk import Work
from hub.post.messages import Message, Thread, wait_for_person
from hub.safety.acts import NEEDS
from hub.talk.answers import Asked
from hub.talk.bot import Bot, Occasion, Settled
from hub.talk.conversations import (
    LATELY,
    TALK,
    Conversation,
    ConversationState,
    answers_to,
    find_amendable,
    get_standing,
    list_answers,
    list_undoable,
    open_conversation,
    own_part,
    replay,
    unpack_facts,
)
from hub.talk.dialogue import ANSWERS, Agreed, ChangedSubject, GivenUp, Played, Say, Waiting, play, say
from hub.talk.heard import Act, Heard, Intent
from hub.talk.reply import Reply
from hub.talk.routing import Route
from hub.talk.saying import passed_on
from hub.talk.speaker import Speaker

NOTHING_TO_DO = frozenset({Intent.ACK})
A_QUESTION_LETTERS = 12
FRAGMENT_LETTERS = 30
WORTH_A_WORD = timedelta(hours=2)
NEVER_TOLD = frozenset({"unanswered", "not_delivered", "over_cap", "not_answered"})
"""Why a thread may wait for staff without the guardian having been told so."""


class Answering:
    """One message being answered. Made inside a work and gone with it."""

    def __init__(
        self,
        work: Work,
        bots: Mapping[str, Bot],
        route: Route,
        speaker: Speaker,
        thread: Thread,
        message: Message,
        undo_of: str | None = None,
    ) -> None:
        self.work = work
        self.bots = bots
        self.route = route
        self.speaker = speaker
        self.thread = thread
        self.message = message
        self.undo_of = undo_of
        self.reply = Reply()
        self.asked_of = speaker.addresses[0].value
        self._has_settled = False
        self._has_answered = False
        self._standing = get_standing(work, thread.id, self.asked_of)
        self._by_intent = {intent: bot for bot in bots.values() for intent in bot.intents}

    def answer(self, heard: Heard) -> Reply:
        """Take care of everything in the message."""
        if any(act.intent is Intent.UNDO for act in heard.acts):
            self._undo()
            return self.reply
        if any(act.intent is Intent.PERSON for act in heard.acts):
            self._call_person(heard)
            return self.reply
        if not self._continues(heard) and not self._amends(heard):
            for act in heard.acts:
                self._begin(act)
        self._next_in_turn()
        return self.reply

    def _call_person(self, heard: Heard) -> None:
        """They ask for somebody to talk to: whatever was asked is left, what else they tell is taken care of."""
        asked = self._standing.newest(ConversationState.OPEN)
        if asked is not None:
            self._leave(asked)
        for act in heard.acts:
            if act.intent is not Intent.PERSON:
                self._begin(act)
        self.hand_over("asks_for_person", passed_on(self.work, self.route))

    def _continues(self, heard: Heard) -> bool:
        """Is it an answer to what was asked, or told? True when nothing is left to take care of."""
        intents = {act.intent for act in heard.acts}
        too_late = False
        for state in (ConversationState.OPEN, ConversationState.TOLD):
            conversation = self._standing.asked() if state is ConversationState.OPEN else self._standing.newest(state)
            if conversation is None:
                continue
            if conversation.expires_at <= self.work.now:
                conversation.end(ConversationState.EXPIRED, self.work.now)
                too_late = too_late or state is ConversationState.OPEN
                continue
            if state is ConversationState.TOLD and intents not in ({Intent.NO}, {Intent.YES}):
                continue
            return self._play_on(conversation, heard)
        if too_late and intents <= ANSWERS - NOTHING_TO_DO:
            self.hand_over("expired")
            return True
        return False

    def _play_on(self, conversation: Conversation, heard: Heard) -> bool:
        bot = self.bots.get(conversation.bot)
        if bot is not None and own_part(bot, heard) is None:
            conversation.state = (
                ConversationState.QUEUED if conversation.state == ConversationState.OPEN else conversation.state
            )
            return False
        try:
            if bot is None:
                raise LookupError(conversation.bot)
            if not self._may_go_on(bot, conversation):
                conversation.end(ConversationState.LEFT, self.work.now)
                return self._is_stopped(heard)
            played = replay(self.work, bot, conversation, [heard])
        except (LookupError, ValidationError, TypeError):
            conversation.end(ConversationState.GIVEN_UP, self.work.now)
            self.hand_over("script_changed")
            return True
        if self._passes_by(conversation, played):
            return False
        if isinstance(played, ChangedSubject):
            conversation.end(ConversationState.LEFT, self.work.now)
            return False
        self.message.conversation_id = conversation.id
        conversation.state = ConversationState.OPEN if conversation.prompted else conversation.state
        self.reply.in_talk = self._has_answered = True
        self._heed(played, bot, conversation)
        for act in heard.acts:
            if act.intent not in answers_to(bot):
                self._begin(act)
        return True

    def _passes_by(self, conversation: Conversation, played: Played) -> bool:
        """Words that are no answer to what the hub asked a while ago are a matter of their own, and its question stays."""
        if not conversation.prompted or conversation.opened_at > self.work.now - LATELY:
            return False
        missed = isinstance(played, ChangedSubject | GivenUp) or (isinstance(played, Waiting) and played.again)
        return missed and not list_answers(self.work, conversation)

    def _may_go_on(self, bot: Bot, conversation: Conversation) -> bool:
        """By rights as they are now. Raises: pydantic.ValidationError when the bot's script has changed meanwhile."""
        return bot.may_go_on(self.work, self.speaker, unpack_facts(bot, conversation.facts))

    def _is_stopped(self, heard: Heard) -> bool:
        """An answer to what they may no longer decide goes to staff; what begins something new is taken care of."""
        if not {act.intent for act in heard.acts} <= ANSWERS:
            return False
        self.hand_over("right_ended")
        return True

    def _begin(self, act: Act) -> None:
        if act.intent in NOTHING_TO_DO:
            return
        bot = self._by_intent.get(act.intent)
        if bot is None:
            self.hand_over(act.intent.value)
            return
        if self.speaker.trust < min(NEEDS.get(act.intent, Trust.UNKNOWN), Trust.CLAIMED):
            self.hand_over("unconfirmed")
            return
        facts = bot.gather(self.work, self.speaker, act)
        if facts is None:
            self.hand_over(act.intent.value)
            return
        self._open(bot, facts)

    def _amends(self, heard: Heard) -> bool:
        """Are these few words meant to change what was settled a moment ago? Then ask."""
        if not is_fragment(heard, self.message.text) or self.speaker.trust < Trust.CLAIMED:
            return False
        conversation = find_amendable(self.work, self.thread.id, self.asked_of)
        bot = self.bots.get(conversation.bot) if conversation is not None else None
        if conversation is None or conversation.undo is None or bot is None:
            return False
        facts = bot.amend(self.work, self.speaker, conversation.undo, heard.acts[0])
        if facts is None:
            return False
        self._open(bot, facts)
        return True

    def _open(self, bot: Bot, facts: Any, lasts: timedelta | None = None) -> None:
        played = play(bot.dialogue(facts), ())
        waits = isinstance(played, Waiting)
        if waits and self.speaker.is_guarded:
            self.hand_over("protected")
            return
        queued = waits and self.reply.asks
        conversation = open_conversation(
            self.work,
            bot,
            facts,
            self.message,
            self.asked_of,
            ConversationState.QUEUED if queued else ConversationState.OPEN,
            lasts or TALK,
        )
        conversation.prompted = lasts is not None
        self._standing.conversations.append(conversation)
        if not queued:
            self._heed(played, bot, conversation)

    def _heed(self, played: Played, bot: Bot, conversation: Conversation) -> None:
        self.reply.conversation_id = conversation.id
        match played:
            case Waiting(asked, again):
                if again:
                    self._miss()
                self.reply.question = self._ask(asked)
                self.reply.in_talk = True
            case Agreed(outcome):
                self._write_what_was_settled()
                settled = bot.settle(self.work, self.speaker, outcome, self._occasion(conversation))
                conversation.undo = None if settled.undo is None else dict(settled.undo)
                conversation.end(ConversationState.SETTLED, self.work.now)
                self.reply.take(settled)
                if settled.hand_over is not None:
                    wait_for_person(self.work, self.thread, settled.hand_over)
                self._go_on(bot, settled)
            case GivenUp():
                conversation.end(ConversationState.GIVEN_UP, self.work.now)
                self.hand_over("not_understood", passed_on(self.work, self.route))

    def _go_on(self, bot: Bot, settled: Settled) -> None:
        if settled.told is not None and not self.speaker.is_guarded:
            state, lasts = ConversationState.TOLD, settled.told.lasts or TALK
            open_conversation(self.work, bot, settled.told.facts, self.message, self.asked_of, state, lasts)
        if settled.further is not None:
            self._open(bot, settled.further.facts, settled.further.lasts)

    def _miss(self) -> None:
        """It was no answer. A question of their own goes to staff at once; ours stays open."""
        if self._is_question():
            self.hand_over("asks_something", passed_on(self.work, self.route))
        else:
            self.reply.says.append(say("reception.not_understood"))

    def _ask(self, asked: Asked[Any]) -> Say:
        return Say(asked.utterance, {**asked.parameters, "choices": asked.question.options()})

    def _next_in_turn(self) -> None:
        while not self.reply.asks:
            conversation = self._standing.next_queued(prompted=self._has_answered)
            if conversation is None:
                return
            if conversation.prompted and conversation.expires_at <= self.work.now:
                conversation.end(ConversationState.EXPIRED, self.work.now)
                continue
            conversation.state = ConversationState.OPEN
            self._play_queued(conversation)

    def _play_queued(self, conversation: Conversation) -> None:
        bot = self.bots.get(conversation.bot)
        try:
            if bot is None:
                raise LookupError(conversation.bot)
            if self._may_go_on(bot, conversation):
                self._heed(replay(self.work, bot, conversation), bot, conversation)
            else:
                conversation.end(ConversationState.LEFT, self.work.now)
                self.hand_over("right_ended")
        except (LookupError, ValidationError, TypeError):
            conversation.end(ConversationState.GIVEN_UP, self.work.now)
            self.hand_over("script_changed")

    def _undo(self) -> None:
        """Take back the latest: a question that is open is left, with what the same message settled beside it."""
        undoable = list_undoable(self.work, self.thread.id, self.asked_of, self.undo_of)
        asked = self._standing.newest(ConversationState.OPEN)
        if asked is not None and (asked.expires_at <= self.work.now or self.undo_of not in (None, asked.began_with)):
            asked = None
        if asked is not None:
            self._leave(asked)
            undoable = [conversation for conversation in undoable if conversation.began_with == asked.began_with]
        undone = [conversation for conversation in undoable if self._undo_one(conversation)]
        if asked is not None and not undone:
            self.reply.says.append(say("reception.left"))
            self.reply.in_talk = True
        elif not undone:
            self.hand_over("nothing_to_undo", say("reception.nothing_to_undo"))

    def _leave(self, asked: Conversation) -> None:
        asked.end(ConversationState.LEFT, self.work.now)
        while (queued := self._standing.next_queued(prompted=False)) is not None:
            queued.end(ConversationState.LEFT, self.work.now)

    def _undo_one(self, conversation: Conversation) -> bool:
        bot = self.bots.get(conversation.bot)
        if bot is None or conversation.undo is None:
            return False
        self._write_what_was_settled()
        settled = bot.undo(self.work, self.speaker, conversation.undo, self._occasion(conversation))
        if settled is None:
            return False
        conversation.end(ConversationState.UNDONE, self.work.now)
        self.reply.conversation_id = conversation.id
        self.reply.take(settled)
        return True

    def _write_what_was_settled(self) -> None:
        """Where one message settles several things, each sees those before it."""
        if self._has_settled:
            self.work.session.flush()
        self._has_settled = True

    def hand_over(self, why: str, word: Say | None = None) -> None:
        """To staff, with a friendly word unless they have been told already that staff will read."""
        already = self._has_been_told() or self.reply.hand_over is not None
        self.reply.hand_over = self.reply.hand_over or why
        wait_for_person(self.work, self.thread, why)
        if word is not None:
            self.reply.says.append(word)
        elif not already:
            self.reply.says.append(passed_on(self.work, self.route))

    def _has_been_told(self) -> bool:
        """That staff will read; a question of their own, long after, is worth a word again."""
        since = self.thread.waits_since
        if since is None or self.thread.waits_why in NEVER_TOLD:
            return False
        return not self._is_question() or since > self.work.now - WORTH_A_WORD

    def _is_question(self) -> bool:
        return "?" in self.message.text and len(self.message.text) > A_QUESTION_LETTERS

    def _occasion(self, conversation: Conversation) -> Occasion:
        return Occasion(self.message.id, self.thread, conversation.id)


def is_fragment(heard: Heard, text: str) -> bool:
    """A few words that are no act by themselves and ask nothing: "no, Otso", "until Friday"."""
    only = len(heard.acts) == 1 and heard.acts[0].intent is Intent.MESSAGE
    return only and len(text) <= FRAGMENT_LETTERS and "?" not in text
