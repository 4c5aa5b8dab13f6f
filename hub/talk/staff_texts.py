"""What staff text from a registered phone: kept in a thread of its own that no family is in, taken for what it says, and
answered there at once.

Rights are asked at each text, and nothing is done that cannot be answered: the answer goes to the registered phone, so that
its owner sees what another wrote in their name, and can take it back. Source: security rules S1.1 to S1.6 and S3.4.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from hub.asker import Trust
from hub.desk import Look, Work
from hub.doorbell import ARRIVALS
from hub.post.answer_caps import may_answer
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.messages import Author, Lane, Message, Step, ThreadKind, find_thread_of, keep_message
from hub.post.posting import Post, post_beside
from hub.safety.audit import note
from hub.talk.bot import Occasion, Settled
from hub.talk.conversations import Conversation, ConversationState, open_conversation, pack_heard, replay
from hub.talk.dialogue import Agreed, GivenUp, Played, Say, Waiting, play, say
from hub.talk.heard import Act, Heard, Intent
from hub.talk.routing import Route, find_thread
from hub.talk.saying import render
from hub.talk.staff_member import Member, find_member, get_staff_thread
from hub.talk.staff_script import AsGuardian, StaffScript, UndoOlder
from hub.talk.standing import Standing, get_standing, is_newest_act, last_asked_at, list_undoable

AS_GUARDIAN = "as_guardian"
"""Why an arrival waits once more: its writer said that they wrote as a guardian."""


def answer_staff(work: Work, script: StaffScript, arrival: Arrival, route: Route, *, has_failed: bool = False) -> bool:
    """Answer a text from a registered phone. False when it is none, or what it says is rather a guardian's to say.

    `has_failed`: what it says could not be done, whatever stopped it, so that its writer is told that nothing was.
    """
    before = work.asker
    if arrival.reason != AS_GUARDIAN and _answer(work, script, arrival, route, has_failed=has_failed):
        return True
    work.asker = before
    return False


def _answer(work: Work, script: StaffScript, arrival: Arrival, route: Route, *, has_failed: bool) -> bool:
    member = find_member(work, arrival, route)
    if member is None:
        return False
    work.touch([arrival.sender, member.staff.id])
    heard = script.read(arrival.text)
    if has_failed:
        if route.people and heard is not None and not _is_to_us(work, member, route, heard):
            return False
        _StaffText(work, script, member, arrival, route, heard).tell_not_done()
        return True
    facts = None if heard is not None else script.gather(work, member, arrival.text)
    if route.people:
        is_ours = facts is not None and not script.is_own_matter(facts)
        if not is_ours and (heard is None or not _is_to_us(work, member, route, heard)):
            return False
    _StaffText(work, script, member, arrival, route, heard).answer(facts)
    return True


def _is_to_us(look: Look, member: Member, route: Route, heard: Heard) -> bool:
    """Whether an answer, or an UNDO, is to what was last said to the member of staff, and not to the guardian they also are."""
    value = member.phone.value
    ours, theirs = find_thread_of(look, member.unit.id, [member.staff.id], ThreadKind.STAFF), find_thread(look, route)
    if ours is None:
        return False
    asked = get_standing(look, ours.id, value).newest(ConversationState.OPEN)
    if asked is not None and asked.expires_at > look.now:
        since = last_asked_at(look, asked)
        return theirs is None or not _was_spoken_to_since(look, get_standing(look, theirs.id, value), heard, since)
    settled = list_undoable(look, ours.id, value)
    if not settled or all(act.intent is not Intent.UNDO for act in heard.acts):
        return False
    others = [] if theirs is None else list_undoable(look, theirs.id, value)
    return not others or (others[0].ended_at or look.now) <= (settled[0].ended_at or look.now)


def _was_spoken_to_since(look: Look, standing: Standing, heard: Heard, since: datetime) -> bool:
    """Whether the guardian they also are was asked something later, or told something that a bare yes or no may be to."""
    asked, told = standing.asked(), standing.newest(ConversationState.TOLD)
    if asked is not None and last_asked_at(look, asked) > since:
        return True
    is_bare = {act.intent for act in heard.acts} in ({Intent.YES}, {Intent.NO})
    return is_bare and told is not None and told.expires_at > look.now and told.opened_at > since


class _StaffText:
    """One text being answered. Made inside a work and gone with it."""

    def __init__(
        self,
        work: Work,
        script: StaffScript,
        member: Member,
        arrival: Arrival,
        route: Route,
        heard: Heard | None,
    ) -> None:
        self._work = work
        self._script = script
        self._member = member
        self._arrival = arrival
        self._route = route
        self._thread = get_staff_thread(work, member.unit, member.staff)
        self._thread.role_id = route.role.id
        self._value = member.phone.value
        self._asked = get_standing(work, self._thread.id, self._value).newest(ConversationState.OPEN)
        self._says: list[Say] = []
        self._conversation: Conversation | None = None
        self._heard = heard
        self._message = self._file()

    def answer(self, facts: Any) -> None:
        """`facts` are None where it is an answer, or was not understood."""
        heard = self._heard
        if not self._keep():
            return
        if not self._member.is_fresh:
            self._says.append(say("staff_line.renew"))
        elif heard is not None and any(act.intent is Intent.UNDO for act in heard.acts):
            self._undo()
        elif heard is not None and any(act.intent is Intent.HELP for act in heard.acts):
            self._says.append(self._script.say_help(self._work, self._member, wanted=True))
        elif facts is not None:
            self._leave_asked()
            self._begin(facts)
        else:
            self._go_on()
        self._reply()

    def tell_not_done(self) -> None:
        """Nothing came of it, and what was asked is asked no more: whoever thinks that an alarm has left must hear so."""
        if self._keep():
            self._leave_asked()
            self._says.append(say("staff_line.not_done"))
            self._reply()

    def _keep(self) -> bool:
        """Whether it may be answered. Audited."""
        note(self._work, "staff_text.keep", [self._message.id, self._member.phone.id])
        if may_answer(self._work, self._value, in_talk=True):
            return True
        self._member.phone.silenced_at = self._work.now
        note(self._work, "staff_text.not_answered", [self._message.id, self._member.phone.id])
        return False

    def _go_on(self) -> None:
        """It answers what was asked, or nothing that can be understood."""
        asked = self._asked
        if asked is not None and asked.expires_at <= self._work.now:
            asked.end(ConversationState.EXPIRED, self._work.now)
            asked = None
        if asked is None:
            self._say_unasked()
            return
        heard = self._heard or Heard("und", False, (Act(Intent.MESSAGE),), listener=self._script.name)
        try:
            played = replay(self._work, self._script, asked, [heard])
        except (LookupError, ValidationError, TypeError):  # the script has changed meanwhile
            played = GivenUp()
        self._message.conversation_id, self._message.heard = asked.id, pack_heard(heard)
        self._heed(played, asked)

    def _say_unasked(self) -> None:
        """A thank-you needs no answer."""
        if self._heard is None:
            self._says.append(self._script.say_help(self._work, self._member))
        elif any(act.intent is not Intent.ACK for act in self._heard.acts):
            self._says.append(say("staff_line.nothing_asked"))

    def _begin(self, facts: Any) -> None:
        conversation = open_conversation(self._work, self._script, facts, self._message, self._value)
        self._heed(play(self._script.dialogue(facts), ()), conversation)

    def _heed(self, played: Played, conversation: Conversation) -> None:
        self._conversation = conversation
        match played:
            case Waiting(asked, again):
                if again:
                    self._says.append(say("reception.not_understood"))
                choices = {"choices": asked.question.options()}
                self._says.append(Say(asked.utterance, {**asked.parameters, **choices}))
            case Agreed(AsGuardian()):
                conversation.end(ConversationState.LEFT, self._work.now)
                self._hear_as_guardian(conversation)
            case Agreed(UndoOlder(conversation_id, is_meant)):
                conversation.end(ConversationState.SETTLED, self._work.now)
                older = self._work.session.get_one(Conversation, conversation_id)
                if not is_meant:
                    self._says.append(say("staff_line.undo_left"))
                elif older.state != ConversationState.SETTLED or not self._take_back(older):
                    self._says.append(say("staff_line.nothing_to_undo"))
            case Agreed(outcome):
                occasion = Occasion(self._message.id, self._thread, conversation.id)
                settled = self._script.settle(self._work, self._member, outcome, occasion)
                conversation.undo = None if settled.undo is None else dict(settled.undo)
                conversation.end(ConversationState.SETTLED, self._work.now)
                self._take(settled)
            case _:
                conversation.end(ConversationState.GIVEN_UP, self._work.now)
                self._says.append(self._script.say_help(self._work, self._member))

    def _take(self, settled: Settled) -> None:
        self._says.extend(settled.says)
        if settled.undo is not None:
            self._says.append(say("reception.wrong"))
        if settled.further is not None:
            self._begin(settled.further.facts)

    def _hear_as_guardian(self, conversation: Conversation) -> None:
        """Their first words wait once more, and this time a guardian wrote them."""
        first = self._work.session.get_one(Message, conversation.began_with)
        ids = [step["arrival"] for step in first.story or [] if "arrival" in step]
        for arrival in self._work.session.scalars(sa.select(Arrival).where(Arrival.id.in_(ids))):
            arrival.state, arrival.reason, arrival.tries, arrival.message_id = ArrivalState.NEW, AS_GUARDIAN, 0, None
        self._work.ring(ARRIVALS)

    def _undo(self) -> None:
        """A question that is open is left; else the newest act is taken back, and an older one is named and asked about."""
        if self._leave_asked():
            self._says.append(say("reception.left"))
            return
        for conversation in list_undoable(self._work, self._thread.id, self._value)[:1]:
            if is_newest_act(self._work, conversation):
                self._take_back(conversation)
            elif (facts := self._script.doubt_undo(self._work, self._member, conversation)) is not None:
                self._begin(facts)
        if not self._says:
            self._says.append(say("staff_line.nothing_to_undo"))

    def _take_back(self, conversation: Conversation) -> bool:
        """Whether it could be taken back."""
        settled_at = conversation.ended_at or self._work.now
        settled = self._script.undo(self._work, self._member, conversation.undo or {}, settled_at)
        if settled is not None:
            conversation.end(ConversationState.UNDONE, self._work.now)
            self._conversation = conversation
            self._take(settled)
        return settled is not None

    def _leave_asked(self) -> bool:
        """Whether there was a question that could still have been answered."""
        if self._asked is None:
            return False
        self._asked.end(ConversationState.LEFT, self._work.now)
        return self._asked.expires_at > self._work.now

    def _file(self) -> Message:
        message = Message(
            id=self._work.new_id(),
            owner_id=self._member.unit.owner_id,
            thread_id=self._thread.id,
            at=self._arrival.received_at,
            author=Author.STAFF,
            author_id=self._member.staff.id,
            channel=self._arrival.kind,
            text=self._arrival.text,
            language=self._member.staff.language,
            lane=Lane.REPLY,
            trust=Trust.CLAIMED,
            number_id=self._route.number.id,
            heard=None if self._heard is None else pack_heard(self._heard),
            story=[Step("arrived", {"number": self._route.number.id, "arrival": self._arrival.id}).as_json()],
        )
        keep_message(self._work, self._thread, message, ())
        self._arrival.state, self._arrival.reason, self._arrival.lease_until = ArrivalState.FILED, None, None
        self._arrival.message_id = message.id
        self._work.session.flush()
        return message

    def _reply(self) -> None:
        if self._says:
            language = self._member.staff.language
            what = Post(
                text=render(self._work, language, self._says),
                language=language,
                author=Author.BOT,
                author_id=self._script.name,
                number=self._route.number,
                conversation_id=None if self._conversation is None else self._conversation.id,
            )
            post_beside(self._work, self._thread, self._route.number, self._value, what)
