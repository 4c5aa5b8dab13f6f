"""One message and what comes of it: the conversations it begins, what is settled in them, and the reply that gathers.

What nobody can begin or settle is handed to staff, with a friendly word.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.asker import Trust
from hub.desk import Look, Work
from hub.post.messages import NEVER_TOLD, Message, Thread, wait_for_person
from hub.post.reading_hours import last_reading, reads_now
from hub.safety.acts import NEEDS
from hub.safety.demands import list_demands
from hub.safety.starts import Function, find_begins
from hub.talk.bot import Bot, EndsWhatStands, Further, Later, Occasion, Settled, Unnamed
from hub.talk.conversations import TALK, Conversation, ConversationState, open_conversation, own_part, unpack_facts
from hub.talk.dialogue import Agreed, GivenUp, Played, Say, Waiting, play, say, say_question
from hub.talk.heard import Act, Heard, Intent
from hub.talk.pupils import PUPIL, may_begin
from hub.talk.reply import Reply
from hub.talk.routing import Route
from hub.talk.saying import passed_on
from hub.talk.speaker import Speaker
from hub.talk.standing import TOLD_AGAIN, get_standing, was_passed_on, was_told_when

NOTHING_TO_DO = frozenset({Intent.ACK})
ONLY_ASKS = frozenset({Intent.NOTED, Intent.DOCUMENTS, Intent.PLACE, Intent.STATUS})
"""What tells the family something, and changes nothing."""
FUNCTION_OF = {Intent.LEAVE_APPLICATION: Function.LEAVE, Intent.CONSENT: Function.CONSENTS}
A_QUESTION_LETTERS = 12
WORTH_A_WORD = timedelta(hours=2)
WORDS_ONLY = frozenset({Intent.MESSAGE.value})
"""What may be met with silence when they know already that staff will read: nobody takes it for noted or booked."""


class Exchange:
    """Made inside a work and gone with it. `standing` are the conversations with whoever wrote, as they are now; `own_words`
    what a form's field of that name held, None where words alone were written.

    `answered` are the conversations it was an answer to, which `was_told` where they asked nothing. `has_begun`: there is more
    in it than that. `is_taken_back`: it took back what was settled, and did no more.
    """

    def __init__(
        self,
        work: Work,
        bots: Mapping[str, Bot],
        route: Route,
        speaker: Speaker,
        thread: Thread,
        message: Message,
        own_words: str | None = None,
    ) -> None:
        self.work = work
        self.bots = bots
        self.route = route
        self.speaker = speaker
        self.thread = thread
        self.message = message
        self.reply = Reply()
        self.answered: list[Conversation] = []
        self.was_told = self.has_begun = self.is_taken_back = False
        self.asked_of = speaker.addresses[0].value
        self.standing = get_standing(work, thread.id, self.asked_of)
        self._has_settled = False
        self._later = Later()
        self._own_words = own_words
        self._by_intent = {intent: bot for bot in bots.values() for intent in bot.intents}

    def begin(self, act: Act) -> None:
        """Begin what the act is about; to staff when no bot can, or it takes more trust than there is."""
        if act.intent in NOTHING_TO_DO:
            return
        self.has_begun = True
        if self.speaker.is_pupil and not may_begin(self.speaker, act.intent):
            self._begin_for_pupil(act)
            return
        bot = self._by_intent.get(act.intent)
        if bot is None:
            self.hand_over(act.intent.value)
            return
        if (hindrance := find_hindrance(self.work, self.speaker, act)) is not None:
            self.hand_over(*hindrance)
            return
        facts = bot.gather(self.work, self.speaker, act)
        if facts is None and self.speaker.is_pupil:
            self._begin_for_pupil(act)
        elif facts is None:
            self.hand_over(act.intent.value)
        else:
            self.open(bot, facts)

    def begin_if_away(self, act: Act) -> None:
        """End an absence that the words only bear on; nothing is done, or said, where none stands."""
        bot = self._by_intent.get(act.intent)
        if bot is None or self.speaker.is_pupil or find_hindrance(self.work, self.speaker, act) is not None:
            return
        self.write_what_was_settled()
        if isinstance(bot, EndsWhatStands) and (facts := bot.gather_end(self.work, self.speaker, act)) is not None:
            self.open(bot, facts)

    def _begin_for_pupil(self, act: Act) -> None:
        """A pupil's words about what is not theirs to decide: kindly taken, and passed on."""
        bot = self.bots.get(PUPIL)
        facts = bot.gather(self.work, self.speaker, act) if bot is not None else None
        if bot is None or facts is None:
            self.hand_over("pupil_writes")
            return
        self.open(bot, facts)

    def take_agreed(self, bot: Bot, facts: Any, agreed: Agreed) -> None:
        """A conversation that a form on our pages has held to its end."""
        self._begin_with(agreed, bot, facts, None)

    def open(self, bot: Bot, facts: Any, lasts: timedelta | None = None) -> None:
        """A conversation with its first question, which waits its turn when another is asked; `lasts` where the hub prompts."""
        self._begin_with(play(bot.dialogue(facts), ()), bot, facts, lasts)

    def _open_answered(self, bot: Bot, further: Further, answer: Heard, asked: Conversation) -> None:
        """The same where its first question has its answer already, in words that were said to what `asked` had asked."""
        own = own_part(bot, answer)
        played = GivenUp() if own is None else play(bot.dialogue(further.facts), [own])
        if isinstance(played, Agreed):
            self._begin_with(played, bot, further.facts, further.lasts)
        elif isinstance(played, Waiting) and not played.again:
            conversation = self._begin_with(played, bot, further.facts, further.lasts)
            if conversation is not None:
                conversation.began_with, self.message.conversation_id = asked.began_with, conversation.id
        else:
            self._miss()
            self.open(bot, further.facts, further.lasts)

    def _begin_with(self, played: Played, bot: Bot, facts: Any, lasts: timedelta | None) -> Conversation | None:
        """None where nothing may be asked here."""
        waits = isinstance(played, Waiting)
        if waits and self.speaker.is_guarded and not isinstance(bot, Unnamed):
            self.hand_over("protected")
            return None
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
        self.standing.conversations.append(conversation)
        if not queued:
            self.heed(played, bot, conversation)
        return conversation

    def heed(self, played: Played, bot: Bot, conversation: Conversation) -> None:
        """What the dialogue came to: a question is asked, what was agreed is settled, what was given up goes to staff."""
        self.reply.conversation_id = conversation.id
        match played:
            case Waiting(asked, again):
                if again:
                    self._miss()
                self.reply.question, self.reply.asked = say_question(asked), asked.question
                self.reply.in_talk = True
                if isinstance(bot, Unnamed):
                    self.reply.unnamed = bot.say_unnamed(unpack_facts(bot, conversation.facts))
            case Agreed(outcome):
                self.write_what_was_settled()
                settled = bot.settle(self.work, self.speaker, outcome, self._occasion(conversation))
                conversation.undo = _keep_for_undo(bot, settled)
                conversation.end(ConversationState.SETTLED, self.work.now)
                self.reply.take(settled)
                if settled.hand_over is not None:
                    wait_for_person(self.work, self.thread, settled.hand_over)
                self._go_on(bot, settled, conversation)
            case GivenUp():
                conversation.end(ConversationState.GIVEN_UP, self.work.now)
                self.hand_over("not_understood", self.who_reads())

    def _go_on(self, bot: Bot, settled: Settled, conversation: Conversation) -> None:
        if settled.told is not None and not self.speaker.is_guarded:
            state, lasts = ConversationState.TOLD, settled.told.lasts or TALK
            open_conversation(self.work, bot, settled.told.facts, self.message, self.asked_of, state, lasts)
        if settled.listens is not None:
            state, lasts = ConversationState.QUEUED, settled.listens.lasts or TALK
            listening = open_conversation(
                self.work, bot, settled.listens.facts, self.message, self.asked_of, state, lasts
            )
            listening.prompted = True
        for further in (*([settled.further] if settled.further is not None else []), *settled.then):
            asking = bot if further.bot is None else self.bots[further.bot]
            if further.answer is None:
                self.open(asking, further.facts, further.lasts)
            else:
                self._open_answered(asking, further, further.answer, conversation)

    def _miss(self) -> None:
        """It was no answer. A question of their own goes to staff at once; ours stays open."""
        if self._is_question():
            self.hand_over("asks_something", self.who_reads())
        else:
            self.reply.says.append(say("reception.not_understood"))

    def finish(self) -> None:
        """All of the message is settled: what was put off for that is done."""
        self._later.do(self.work)

    def leave(self, asked: Conversation) -> None:
        """It is asked no more, nor is what else they began and what waits its turn."""
        asked.end(ConversationState.LEFT, self.work.now)
        for queued in self.standing.list_queued():
            if not queued.prompted:
                queued.end(ConversationState.LEFT, self.work.now)

    def undo(self, conversation: Conversation) -> bool:
        """Take back what was settled; whether it could be."""
        bot = self.bots.get(conversation.bot)
        if bot is None or not conversation.undo:
            return False
        self.write_what_was_settled()
        settled = bot.undo(self.work, self.speaker, conversation.undo, self._occasion(conversation))
        if settled is None:
            return False
        conversation.end(ConversationState.UNDONE, self.work.now)
        self.reply.conversation_id = conversation.id
        self.reply.take(settled)
        self._go_on(bot, settled, conversation)
        return True

    def write_what_was_settled(self) -> None:
        """Where one message settles several things, each sees those before it."""
        if self._has_settled:
            self.work.session.flush()
        self._has_settled = True

    def hand_over(self, why: str, word: Say | None = None) -> None:
        """To staff, with a friendly word; mere words without one where they have been told already that staff will read."""
        told, first = self._has_been_told(), self.reply.hand_over is None
        self.reply.hand_over = self.reply.hand_over or why
        wait_for_person(self.work, self.thread, why)
        if word is not None:
            self.reply.says.append(word)
        elif first and not (told and why in WORDS_ONLY):
            self.reply.says.append(self.who_reads())

    def who_reads(self) -> Say:
        """Who will read it; while nobody reads, from when, which is told once until somebody does."""
        if self._is_told_when():
            return say("reception.read_then_too")
        self.reply.tells_when = True
        return passed_on(self.work, self.route)

    def _is_told_when(self) -> bool:
        """Whether nobody reads now, and they were told since somebody did."""
        unit, now = self.route.unit, self.work.now
        if reads_now(self.work, unit, now):
            return False
        return was_told_when(self.work, self.thread.id, last_reading(self.work, unit, now))

    def tell_not_noted(self) -> None:
        """They agree, while what they told last could not be taken up: nothing is noted of it yet."""
        matters = {intent.value for intent in self._by_intent}
        if self.thread.waits_why in matters and was_passed_on(self.work, self.message):
            self.reply.says.append(say("reception.not_noted"))

    def _has_been_told(self) -> bool:
        """That staff will read; a question of their own, long after, is worth a word again. While nobody reads, from when."""
        if not self._is_told_when() and not reads_now(self.work, self.route.unit, self.work.now):
            return False
        since = self.thread.waits_since
        if since is None or self.thread.waits_why in NEVER_TOLD:
            return False
        return not self._is_question() or since > self.work.now - WORTH_A_WORD

    def _is_question(self) -> bool:
        return "?" in self.message.text and len(self.message.text) > A_QUESTION_LETTERS

    def _occasion(self, conversation: Conversation) -> Occasion:
        return Occasion(self.message.id, self.thread, conversation.id, self._later, self._own_words)


def _keep_for_undo(bot: Bot, settled: Settled) -> dict[str, Any] | None:
    """What an UNDO of it needs. Empty where something was told of it that no UNDO takes back: none may then mean what is
    older. None where an UNDO passes it by."""
    if settled.undo is not None:
        return dict(settled.undo) | ({TOLD_AGAIN: True} if settled.told_again else {})
    is_matter = bool(settled.says) and (bool(settled.child_ids) or settled.hand_over is not None)
    return {} if is_matter and not bot.intents & ONLY_ASKS else None


def find_hindrance(look: Look, speaker: Speaker, act: Act) -> tuple[str, Say | None] | None:
    """Why an act goes to staff and begins nothing, by a code, with the word for it where it has one of its own."""
    if speaker.trust < min(NEEDS.get(act.intent, Trust.UNKNOWN), Trust.CLAIMED):
        return "unconfirmed", None
    if speaker.writes_by_mail and _must_confirm(look, speaker, act):
        return act.intent.value, None
    not_yet = _not_yet(look, speaker, act)
    return ("not_begun", not_yet) if not_yet is not None else None


def _must_confirm(look: Look, speaker: Speaker, act: Act) -> bool:
    """Whether it counts only as the answer to a question of ours; a consent that is refused or withdrawn always counts."""
    if act.consents and not any(word.granted for word in act.consents):
        return False
    usual = NEEDS.get(act.intent, Trust.UNKNOWN)
    return usual > Trust.CLAIMED or act.intent in list_demands(look, speaker.unit.owner_id)


def _not_yet(look: Look, speaker: Speaker, act: Act) -> Say | None:
    """When the unit begins to take such an act, where that is later. What is taken back, or refused, is always taken."""
    function = FUNCTION_OF.get(act.intent)
    if function is None or act.change is not None or any(not word.granted for word in act.consents):
        return None
    begins = find_begins(look, speaker.unit, function)
    if begins is None:
        return None
    return say("reception.not_begun", function=function.value, begins=begins, today=speaker.today)
