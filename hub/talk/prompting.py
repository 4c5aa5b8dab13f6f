"""The hub speaks first: it tells one guardian something, or asks them a question that their next words may answer.

Each is told in their own language, at their best address, no more than may stand on an open channel. Whoever wants an
answer looks for what is due by itself: when a question's time is over it has just ended. Source: security rules S1.5,
S4.4 and S6.1.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress, Right
from hub.people.numbers import OF_ROLE, VirtualNumber, find_number_of_role
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.audience import (
    Freshness,
    freshness,
    has_protected_child,
    list_addresses,
    list_entitled,
    read_readers_ahead,
)
from hub.post.discretion import Discretion, how_much
from hub.post.messages import Author, Lane, Message, Step, Thread, read_threads_ahead
from hub.post.posting import OFFICE_FIRST, Post, find_sender, post
from hub.post.topics import Topic, usual_topic
from hub.post.ways import OWN, find_way
from hub.talk.answers import Question
from hub.talk.bot import Bot, Unnamed
from hub.talk.conversations import Conversation, ConversationState, open_conversation
from hub.talk.dialogue import Say, Waiting, play, say, say_question
from hub.talk.routing import People, Seat, get_thread
from hub.talk.saying import choices_of, render
from hub.talk.seats import find_seat
from hub.talk.standing import get_standing, read_standing_ahead

POSTCARD = 0
NO_ADDRESS, NO_NUMBER, SHARED_PHONE = "no_address", "no_number", "shared_phone"
GUARDED, NOTHING_TO_ASK = "guarded", "nothing_to_ask"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: an utterance with its parameters, and the children it is about. `author` is the bot that tells it.

    `withheld` says by a code why it stands in the book alone and is not sent.
    """

    utterance: str
    parameters: Mapping[str, Any]
    child_ids: Sequence[str]
    lane: Lane = Lane.ORDINARY
    topic: Topic | None = None
    sensitive: bool = False
    author: str = "reception"
    story: list[Step] = field(default_factory=list)
    withheld: str | None = None
    beside: Sequence[Say] = ()
    """Said behind it on the channel alone: the family's, and none of this unit's book."""
    beside_ids: Sequence[str] = ()
    """The children whom that names."""
    asked: Question[Any] | None = None
    """The question that it is, where it is one."""
    files: int = 0
    """How many files go with it."""
    number: VirtualNumber | None = None
    """Which writes it, where that is not the seat's own."""
    climbs: bool = True
    unnamed: Say | None = None
    """Said to the family of a protected child, where that names nobody and is more than that there is something."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked: the first question of the bot's dialogue over these facts. An answer counts for as long as `lasts`."""

    bot: Bot
    facts: Any
    child_ids: Sequence[str]
    lasts: timedelta
    lane: Lane = Lane.ORDINARY
    beside: Sequence[Say] = ()
    beside_ids: Sequence[str] = ()
    files: int = 0
    of: Topic | None = None
    number: VirtualNumber | None = None
    climbs: bool = True

    @property
    def topic(self) -> Topic:
        """As it says; else what is asked because a child is looked for is urgent."""
        return self.of or self._usual_topic

    @property
    def _usual_topic(self) -> Topic:
        return Topic.QUESTION if self.lane >= Lane.REPLY else Topic.URGENT


@dataclass(frozen=True, slots=True)
class Prompted:
    """What came of it. `why_not` is a code: no_address, no_number, shared_phone (somebody else behind it may not know),
    guarded (told that there is something, and no more, or what is `unnamed`), nothing_to_ask."""

    message: Message | None = None
    address: str | None = None
    conversation: Conversation | None = None
    why_not: str | None = None
    unnamed: bool = False


def read_ahead(look: Look, unit_id: str, guardian_ids: Collection[str], role: Role | None = None) -> None:
    """All at once what `tell` and `prompt` ask for each of these guardians of a unit, who are told in one round."""
    addresses = OWN.read_ahead(look, guardian_ids)
    read_readers_ahead(look, (address for (address,) in addresses))
    read_standing_ahead(look, read_threads_ahead(look, unit_id, guardian_ids))
    if role is not None:
        OF_ROLE.remember(look, role.id)
        OFFICE_FIRST.remember(look, unit_id)


def tell(
    work: Work,
    unit: Unit,
    guardian: Guardian,
    notice: Notice,
    role: Role | None = None,
    address: GuardianAddress | None = None,
) -> Prompted:
    """Tell one guardian, from the seat that serves the children, or from `role`; at their best address, or at `address`.

    The caller has made sure that they may be told; whether they still may is asked again when it is sent.
    """
    topic = notice.topic or usual_topic(notice.lane, Author.BOT) or Topic.DAILY
    address = address or find_way(work, guardian.id, topic)
    if address is None:
        return Prompted(why_not=NO_ADDRESS)
    people = list_addresses(work, address.kind, address.value, guardian.owner_id) or [(address, guardian)]
    if not _may_all_know(work, unit, people, [*notice.child_ids, *notice.beside_ids]):
        return Prompted(why_not=SHARED_PHONE)
    work.touch([address.value, *(each.id for _, each in people)])
    from_where = _find_thread(work, unit, people, notice.child_ids, role)
    if from_where is None:
        return Prompted(why_not=NO_NUMBER)
    thread, number = from_where
    number = notice.number or number
    stale = any(freshness(each, work.now) is not Freshness.FRESH for each, _ in people)
    guarded = any(has_protected_child(work, each.id) for _, each in people)
    discretion = how_much(POSTCARD, sensitive=notice.sensitive, protected=guarded, stale=stale)
    text = render(work, guardian.language, [Say(notice.utterance, dict(notice.parameters))])
    spoken = f"{text} {render(work, guardian.language, list(notice.beside))}" if notice.beside else text
    unnamed = notice.unnamed if guarded and not stale else None
    silent = render(work, guardian.language, [unnamed or say("reception.something_new")])
    says_choices = unnamed is not None or discretion is Discretion.FULL
    message = post(
        work,
        thread,
        Post(
            text=text,
            language=guardian.language,
            author=Author.BOT,
            author_id=notice.author,
            child_ids=notice.child_ids,
            lane=notice.lane,
            topic=topic,
            sensitive=notice.sensitive,
            number=number,
            to=[address],
            said_on_channel=spoken if discretion is Discretion.FULL else silent,
            beside_ids=notice.beside_ids if discretion is Discretion.FULL else (),
            story=notice.story,
            withheld=notice.withheld,
            files=notice.files,
            choices=choices_of(work, guardian.language, notice.asked) if says_choices else (),
            climbs=notice.climbs,
        ),
    )
    why_not = None if discretion is Discretion.FULL else GUARDED
    return Prompted(message, address.value, why_not=why_not, unnamed=unnamed is not None)


def prompt(
    work: Work,
    unit: Unit,
    guardian: Guardian,
    what: Prompt,
    role: Role | None = None,
    address: GuardianAddress | None = None,
) -> Prompted:
    """Ask one guardian, where and from where `tell` would, or at `address`.

    Whoever must not be asked on an open channel is told that there is something, and nothing is open; but by a bot that asks
    them in words that name nobody.
    """
    played = play(what.bot.dialogue(what.facts), ())
    if not isinstance(played, Waiting):
        return Prompted(why_not=NOTHING_TO_ASK)
    asked = say_question(played.asked)
    notice = Notice(
        asked.utterance,
        asked.parameters,
        what.child_ids,
        what.lane,
        what.topic,
        author=what.bot.name,
        beside=what.beside,
        beside_ids=what.beside_ids,
        asked=played.asked.question,
        files=what.files,
        number=what.number,
        climbs=what.climbs,
        unnamed=what.bot.say_unnamed(what.facts) if isinstance(what.bot, Unnamed) else None,
    )
    told = tell(work, unit, guardian, notice, role, address)
    is_asked = told.why_not is None or told.unnamed
    if told.message is None or told.address is None or not is_asked:
        return told
    for standing in get_standing(work, told.message.thread_id, told.address).conversations:
        if standing.state == ConversationState.OPEN:
            standing.state = ConversationState.QUEUED
    conversation = open_conversation(work, what.bot, what.facts, told.message, told.address, lasts=what.lasts)
    conversation.prompted = True
    return replace(told, conversation=conversation)


def _may_all_know(work: Work, unit: Unit, people: People, child_ids: Sequence[str]) -> bool:
    """Of several behind one phone each must be allowed to know. Source: security rule S1.5."""
    if len(people) == 1:
        return True
    entitled = list_entitled(work, [each.id for _, each in people], Right.INFORM, unit.today(work.now))
    return all(set(child_ids) <= entitled.get(each.id, set()) for _, each in people)


def _find_thread(
    work: Work, unit: Unit, people: People, child_ids: Sequence[str], role: Role | None
) -> tuple[Thread, VirtualNumber] | None:
    """The thread, opened when there is none, and the number that writes in it."""
    if role is not None:
        thread = get_thread(work, Seat(role, unit, people), we_write=True)
        number = find_number_of_role(work, role.id) or find_sender(work, thread)
        return None if number is None else (thread, number)
    seat = find_seat(work, unit.id, child_ids)
    return None if seat is None else (get_thread(work, Seat(seat[0], unit, people), we_write=True), seat[1])
