"""What is in a message is taken care of: it takes back, asks for a person, continues what was asked, or begins something new.

An answer goes to the question it answers, by rights as they are now, and then whatever waits its turn is asked.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from hub.asker import Trust
from hub.talk.bot import Bot, Leaving, Refreshing, SaidOnce
from hub.talk.conversations import (
    Conversation,
    ConversationState,
    answers_to,
    is_answered,
    list_answers,
    own_part,
    pack_facts,
    replay,
    unpack_facts,
)
from hub.talk.dialogue import ANSWERS, ChangedSubject, GivenUp, Played, Say, Waiting, say
from hub.talk.exchange import NOTHING_TO_DO, Exchange
from hub.talk.heard import MISTAKEN, Act, Heard, Intent, is_fragment, is_no
from hub.talk.standing import (
    LATELY,
    UNDOABLE,
    find_amendable,
    find_answered_before,
    has_staff_written,
    is_overtaken,
    last_asked_at,
    list_undoable,
    was_put,
    was_put_in_reply,
    without_told_again,
)
from hub.talk.told_places import deny_told

NOTES_DAYS = frozenset({Intent.ABSENCE, Intent.LATE, Intent.EARLY_PICKUP, Intent.PICKUP_PERSON})
"""What stands among what is noted of the coming days."""
BARE = ({Intent.YES}, {Intent.NO})


class Answering:
    """One message being answered. Made inside a work and gone with it. `undo_of`: UNDO means what that message began."""

    def __init__(self, exchange: Exchange, undo_of: str | None = None) -> None:
        self._exchange = exchange
        self._work = exchange.work
        self._bots = exchange.bots
        self._reply = exchange.reply
        self._standing = exchange.standing
        self._undo_of = undo_of
        self._has_answered = False
        self._put_off: Conversation | None = None

    def answer(self, heard: Heard) -> None:
        """Take care of everything in the message."""
        if any(act.intent is Intent.UNDO for act in heard.acts):
            self._undo()
            return
        if deny_told(self._exchange, heard):
            self._next_in_turn()
            return
        if any(act.intent is Intent.PERSON for act in heard.acts):
            self._call_person(heard)
            return
        if not self._continues(heard) and not self._amends(heard) and not self._is_told_what_stands(heard):
            for act in heard.acts:
                self._exchange.begin(act)
            for act in heard.if_away:
                self._exchange.begin_if_away(act)
            if {act.intent for act in heard.acts} <= NOTHING_TO_DO:
                self._exchange.tell_not_noted()
        self._keep_question()
        self._next_in_turn()

    def ask_again(self) -> None:
        """It came to another number and may be for something else: the question is put once more, and their next words there
        are to it."""
        asked = self._standing.asked()
        if asked is None or self._has_passed(asked) or self._exchange.speaker.is_guarded or self._is_answered(asked):
            self._exchange.hand_over("not_understood")
            return
        self._play_queued(asked, say("reception.meant_for_this"))

    def _call_person(self, heard: Heard) -> None:
        """They ask for somebody to talk to: whatever they began is left, what the hub asked by itself may be answered later,
        and what else they tell is taken care of."""
        asked = self._standing.newest(ConversationState.OPEN)
        if asked is not None and asked.prompted:
            asked.state = ConversationState.QUEUED
        elif asked is not None:
            self._exchange.leave(asked)
        for act in heard.acts:
            if act.intent is not Intent.PERSON:
                self._exchange.begin(act)
        self._exchange.hand_over("asks_for_person", self._exchange.who_reads())

    def _continues(self, heard: Heard) -> bool:
        """Is it an answer to what was asked, or told? A bare yes or no is to whichever came last. True when nothing is left to
        take care of. Source: security rule S1.6."""
        intents = {act.intent for act in heard.acts}
        asked = self._standing.asked(heard.to_bot)
        if heard.to_bot:
            self._standing.make_way(asked)
        is_late = asked is not None and self._has_passed(asked)
        told = self._standing.told_together() if intents in BARE else []
        told = [one for one in told if not self._has_passed(one)]
        came_since = asked is not None and self._came_since(asked, told, heard)
        if asked is not None and not is_late and not came_since:
            return self._play_on(asked, heard)
        if told:
            taken_care_of = [self._play_on(one, heard) for one in told]
            return all(taken_care_of)
        if is_late and intents <= ANSWERS - NOTHING_TO_DO:
            self._exchange.hand_over("expired")
            return True
        return False

    def _came_since(self, asked: Conversation, told: Sequence[Conversation], heard: Heard) -> bool:
        """Whether a bare yes or no is to something that came after the question: what was told or noted, or staff's words."""
        if told and last_asked_at(self._work, asked) < told[0].opened_at:
            return True
        if is_no(heard) and is_overtaken(self._work, asked):
            return True
        is_bare = {act.intent for act in heard.acts} in BARE and not heard.options
        return is_bare and has_staff_written(self._work, asked)

    def _has_passed(self, conversation: Conversation) -> bool:
        """Whether its time is over; then it ends."""
        if conversation.expires_at > self._work.now:
            return False
        conversation.end(ConversationState.EXPIRED, self._work.now)
        return True

    def _play_on(self, conversation: Conversation, heard: Heard) -> bool:
        bot = self._bots.get(conversation.bot)
        if bot is not None and own_part(bot, heard) is None:
            conversation.state = (
                ConversationState.QUEUED if conversation.state == ConversationState.OPEN else conversation.state
            )
            return False
        try:
            if bot is None:
                raise LookupError(conversation.bot)
            if not self._may_go_on(bot, conversation):
                conversation.end(ConversationState.LEFT, self._work.now)
                return self._is_stopped(heard)
            played = replay(self._work, bot, conversation, [heard])
        except (LookupError, ValidationError, TypeError):
            conversation.end(ConversationState.GIVEN_UP, self._work.now)
            self._exchange.hand_over("script_changed")
            return True
        if _is_missed(played) and {act.intent for act in heard.acts} <= NOTHING_TO_DO and not heard.options:
            self._heed_thanks(conversation)
            return True
        if self._passes_by(bot, conversation, played):
            return False
        if isinstance(played, ChangedSubject):
            conversation.end(ConversationState.LEFT, self._work.now)
            self._put_off = conversation
            return False
        if not _is_missed(played):
            self._exchange.answered.append(conversation)
            self._exchange.was_told = conversation.state == ConversationState.TOLD
        self._exchange.message.conversation_id = conversation.id
        conversation.state = ConversationState.OPEN if conversation.prompted else conversation.state
        self._reply.in_talk = True
        self._has_answered = conversation.prompted
        self._exchange.heed(played, bot, conversation)
        for act in heard.acts:
            if act.intent not in answers_to(bot):
                self._exchange.begin(act)
        return True

    def _heed_thanks(self, conversation: Conversation) -> None:
        """Thanks answer no question. What the family has begun or answered is asked once more, lest they take it for noted;
        what the hub asked by itself stays asked, without a word."""
        if not conversation.prompted or list_answers(self._work, conversation):
            self._play_queued(conversation)

    def _keep_question(self) -> None:
        """Where nothing could take up the matter they turned to, what was asked before it is asked again."""
        kept = self._put_off
        if kept is None or self._reply.in_talk or self._reply.asks or self._exchange.speaker.is_guarded:
            return
        kept.ended_at = None
        self._play_queued(kept)

    def _passes_by(self, bot: Bot, conversation: Conversation, played: Played) -> bool:
        """Words that are no answer to what the hub asked a while ago, or will not say again, are a matter of their own, and its
        question stays."""
        if not _is_missed(played) or not conversation.prompted:
            return False
        if isinstance(bot, SaidOnce):
            is_repeated = was_put_in_reply(self._work, conversation)
            return is_repeated or not bot.may_repeat(self._work, unpack_facts(bot, conversation.facts))
        is_old = conversation.opened_at <= self._work.now - LATELY
        return is_old and not list_answers(self._work, conversation)

    def _may_go_on(self, bot: Bot, conversation: Conversation) -> bool:
        """By rights as they are now. Raises: pydantic.ValidationError when the bot's script has changed meanwhile."""
        return bot.may_go_on(self._work, self._exchange.speaker, unpack_facts(bot, conversation.facts))

    def _is_stopped(self, heard: Heard) -> bool:
        """An answer to what they may no longer decide goes to staff; what begins something new is taken care of."""
        if not {act.intent for act in heard.acts} <= ANSWERS:
            return False
        self._exchange.hand_over("right_ended")
        return True

    def _amends(self, heard: Heard) -> bool:
        """Are these few words meant to change what was settled a moment ago? Then ask."""
        if not is_fragment(heard, self._exchange.message.text) or self._exchange.speaker.trust < Trust.CLAIMED:
            return False
        conversation = find_amendable(self._work, self._exchange.thread.id, self._exchange.asked_of)
        bot = self._bots.get(conversation.bot) if conversation is not None else None
        if conversation is None or not conversation.undo or bot is None:
            return False
        facts = bot.amend(self._work, self._exchange.speaker, conversation.undo, heard.acts[0])
        if facts is None:
            return False
        self._exchange.open(bot, facts)
        return True

    def _is_told_what_stands(self, heard: Heard) -> bool:
        """They say that their last message was a mistake: what it had noted still stands, until they take it back."""
        if any(act.change != MISTAKEN for act in heard.acts) or self._exchange.speaker.trust < Trust.CLAIMED:
            return False
        undoable = list_undoable(self._work, self._exchange.thread.id, self._exchange.asked_of)
        if not undoable or not all(one.undo for one in undoable):
            return False
        if all(self._tells_days(one) for one in undoable):
            self._exchange.begin(Act(Intent.NOTED))
        self._exchange.hand_over(Intent.MESSAGE.value, say("reception.still_stands"))
        return True

    def _tells_days(self, settled: Conversation) -> bool:
        """Whether it noted something of days, so that it stands among what is noted."""
        bot = self._bots.get(settled.bot)
        return bot is not None and bool(bot.intents & NOTES_DAYS)

    def _next_in_turn(self) -> None:
        for conversation in self._standing.list_queued():
            if self._reply.asks:
                return
            is_put_again = self._has_answered and not isinstance(self._bots.get(conversation.bot), SaidOnce)
            has_turn = not conversation.prompted or is_put_again or not was_put(self._work, conversation)
            if has_turn and conversation.prompted and conversation.expires_at <= self._work.now:
                conversation.end(ConversationState.EXPIRED, self._work.now)
            elif has_turn:
                self._play_queued(conversation)

    def _play_queued(self, conversation: Conversation, before: Say | None = None) -> None:
        """Its turn has come: it is asked, with these words `before` it."""
        if self._is_answered(conversation):
            conversation.state = ConversationState.QUEUED
            return
        conversation.state = ConversationState.OPEN
        bot = self._bots.get(conversation.bot)
        try:
            if bot is None:
                raise LookupError(conversation.bot)
            if not self._is_fresh(bot, conversation):
                conversation.end(ConversationState.LEFT, self._work.now)
            elif self._may_go_on(bot, conversation):
                self._reply.says += [before] if before is not None else []
                self._exchange.heed(_put_anew(replay(self._work, bot, conversation)), bot, conversation)
            else:
                conversation.end(ConversationState.LEFT, self._work.now)
                self._exchange.hand_over("right_ended")
        except (LookupError, ValidationError, TypeError):
            conversation.end(ConversationState.GIVEN_UP, self._work.now)
            self._exchange.hand_over("script_changed")

    def _is_answered(self, conversation: Conversation) -> bool:
        return is_answered(self._work, self._bots.get(conversation.bot), self._exchange.speaker, conversation)

    def _is_fresh(self, bot: Bot, conversation: Conversation) -> bool:
        """Whether it is still worth asking; a bot that can tell asks only what is left of it."""
        if not isinstance(bot, Refreshing):
            return True
        self._exchange.write_what_was_settled()
        facts = bot.refresh(self._work, self._exchange.speaker, unpack_facts(bot, conversation.facts))
        conversation.facts = conversation.facts if facts is None else pack_facts(bot, facts)
        return facts is not None

    def _undo(self) -> None:
        """Take back the latest. Where there is nothing, ask what is wrong; what can no longer be taken back is for staff."""
        undoable = list_undoable(self._work, self._exchange.thread.id, self._exchange.asked_of, self._undo_of)
        asked = self._standing.newest(ConversationState.OPEN)
        if asked is not None and (asked.expires_at <= self._work.now or self._undo_of not in (None, asked.began_with)):
            asked = None
        if asked is not None:
            undoable = self._told_beside(asked, undoable)
        waits = asked is not None and asked.prompted and bool(undoable)
        if asked is not None and waits:
            asked.state = ConversationState.QUEUED
        elif asked is not None:
            self._exchange.leave(asked)
        undone = [each for each in without_told_again(undoable) if self._exchange.undo(each)]
        self._exchange.is_taken_back = bool(undone) and (asked is None or waits)
        if asked is not None and waits and undone:
            self._ask_once_more(asked)
        elif asked is not None and not undone and not waits:
            self._reply.says.append(self._left(asked))
            self._reply.in_talk = True
        elif undoable and not undone:
            self._exchange.hand_over("nothing_to_undo", say("reception.nothing_to_undo"))
        elif not undone:
            self._reply.says.append(say("reception.undo_stopped" if self._is_stopped_here() else "reception.undo_what"))

    def _is_stopped_here(self) -> bool:
        """Whether they said STOP lately on what they write from: that is ended by START alone."""
        lately = self._work.now - UNDOABLE
        return any(each.stopped_at and each.stopped_at > lately for each in self._exchange.speaker.addresses)

    def _told_beside(self, asked: Conversation, undoable: Sequence[Conversation]) -> list[Conversation]:
        """What an UNDO means while a question is open: what began with the same message, or was told noted in the text that
        put the question."""
        answered = find_answered_before(self._work, asked)
        return [one for one in undoable if one.began_with == asked.began_with or one.id == answered]

    def _ask_once_more(self, asked: Conversation) -> None:
        """The hub's own question is not left for what was taken back beside it."""
        if not self._reply.asks:
            self._play_queued(asked)

    def _left(self, asked: Conversation) -> Say:
        bot = self._bots.get(asked.bot)
        try:
            said = bot.leave(unpack_facts(bot, asked.facts)) if isinstance(bot, Leaving) else None
        except ValidationError:
            said = None
        return said or say("reception.left")


def _is_missed(played: Played) -> bool:
    """The words were no answer to what was asked."""
    return isinstance(played, ChangedSubject | GivenUp) or (isinstance(played, Waiting) and played.again)


def _put_anew(played: Played) -> Played:
    """What was not understood before it had to wait was said then; now its question is put alone."""
    return replace(played, again=False) if isinstance(played, Waiting) else played
