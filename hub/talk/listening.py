"""What the listener is told of a text, and what it is asked again when the words may be about another unit's children, or
about what was settled a moment ago. All of it happens outside any work."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look
from hub.post.arrivals import get_arrival
from hub.post.messages import Author, Message, MessageChild, Thread
from hub.quick_select import QuickSelect
from hub.talk.bot import Bot
from hub.talk.conversations import Conversation, ConversationState, replay
from hub.talk.dialogue import ANSWERS, Waiting
from hub.talk.duties import DUTIES, begins_with_number, read_pick
from hub.talk.elsewhere import answers_something
from hub.talk.heard import (
    About,
    Act,
    Heard,
    Intent,
    KnownChild,
    Listener,
    ListenerAwayError,
    Said,
    ToldOf,
    is_fragment,
    is_no,
)
from hub.talk.pupils import in_third_person
from hub.talk.routing import find_route, find_thread
from hub.talk.safety_answers import SAFETY, answers_safety, hear_safety, is_safety_alone
from hub.talk.speaker import Speaker, get_speaker
from hub.talk.standing import LATELY, find_amendable, get_standing, is_overtaken
from hub.talk.told_places import list_told

ONE_TIME_CODE = "code"
ABSENCE_CHECK = "absence_check"
_CODE = re.compile(r"(?:[^\d]{0,40}\s)?(\d{3}[ -]?\d{3})(?:[.!,]|\s[^\d]{0,40})?")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the listener needs. `elsewhere` are the same people's children at other units of the owner.

    `amends`: something was settled so lately that a few words may be about its days; and, where a question was `asked` long
    before it, that a no is about it too. `waits` is what else the words can only be an answer to, and which bot asked it: a
    code that was asked for before, or a number of what the hub told of, where the newest question takes none.
    """

    said: Said
    children: tuple[KnownChild, ...]
    elsewhere: tuple[KnownChild, ...]
    asked: About | None
    amends: bool = False
    waits: tuple[str, About] | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What was heard: `here` for the unit that was written to, `elsewhere` about children of the owner's other units.

    Both are None when nobody could listen. `whole` is all of it together, where there is something for elsewhere.
    `strayed`: the same words as an answer to what another unit of the owner asked.
    """

    here: Heard | None = None
    elsewhere: Heard | None = None
    whole: Heard | None = None
    strayed: Heard | None = None

    @property
    def is_elsewhere_alone(self) -> bool:
        return self.here is None and self.elsewhere is not None


def prepare(look: Look, bots: Mapping[str, Bot], arrival_id: str) -> Prepared | None:
    """Gather what the listener needs; None when there is nobody to listen to."""
    arrival = get_arrival(look, arrival_id)
    route = find_route(look, arrival.kind, arrival.sender, arrival.recipient)
    if route is None or route.resting or not route.people:
        return None
    speaker = get_speaker(look, route.unit, route.people)
    said = Said(in_third_person(speaker, arrival.text), route.unit.local(arrival.received_at), speaker.language)
    thread = find_thread(look, route)
    lately = None if thread is None else _find_lately(look, thread, speaker)
    told = {} if thread is None else list_told(look, bots, thread.id, speaker.addresses[0].value)
    here, elsewhere = _known(speaker, lately, told)
    asked = None if thread is None else _asked(look, bots, thread, speaker.addresses[0].value)
    amends = thread is not None and _amends(look, thread, speaker.addresses[0].value, asked)
    waits = None
    if thread is not None and asked is not None:
        waits = _find_other(look, bots, thread, speaker.addresses[0].value, asked, said.text)
    return Prepared(said, here, elsewhere, asked if waits is None else waits[1], amends, waits)


def prepare_all(look: Look, bots: Mapping[str, Bot], arrival_ids: Sequence[str]) -> dict[str, Prepared | None]:
    """The same for several that were taken up together."""
    return {arrival_id: prepare(look, bots, arrival_id) for arrival_id in arrival_ids}


def _known(
    speaker: Speaker, lately: str | None, told: Mapping[str, ToldOf]
) -> tuple[tuple[KnownChild, ...], tuple[KnownChild, ...]]:
    here: dict[str, KnownChild] = {}
    elsewhere: dict[str, KnownChild] = {}
    for place in speaker.known:
        nicknames = tuple(name for name in (place.child.nickname, place.child.code) if name)
        groups = (place.group,) if place.group else ()
        id_ = place.child.id
        known = KnownChild(id_, place.child.name, nicknames, groups, id_ == lately, told.get(id_))
        (here if place.unit_id == speaker.unit.id else elsewhere).setdefault(place.child.id, known)
    return tuple(here.values()), tuple(child for key, child in elsewhere.items() if key not in here)


SEEN_WITHIN = timedelta(minutes=2)
RECEPTION = "reception"
_ABOUT_LATELY = QuickSelect(
    sa.select(MessageChild.child_id, Message.id, Message.at, Message.author, Message.author_id)
    .join(Message, Message.id == MessageChild.message_id)
    .where(Message.thread_id == sa.bindparam("thread"), ~Message.note, Message.at > sa.bindparam("since", type_=Utc))
    .order_by(Message.id.desc())
    .limit(9)
)


def _find_lately(look: Look, thread: Thread, speaker: Speaker) -> str | None:
    """The one child whom the newest words between them were about, where there are several it could have been."""
    if len(speaker.known) < 2:
        return None
    rows = _ABOUT_LATELY.rows(look, thread=thread.id, since=look.now - LATELY)
    if not rows or _may_be_unseen(look, *rows[0][2:]):
        return None
    newest = {child for child, message, *_ in rows if message == rows[0][1]}
    return newest.pop() if len(newest) == 1 else None


def _may_be_unseen(look: Look, at: datetime, author: str, author_id: str | None) -> bool:
    """Whether it came by itself, and so lately that whoever writes now may not have read it: they mean another child then."""
    is_in_talk = author == Author.GUARDIAN or author_id == RECEPTION
    return not is_in_talk and at > look.now - SEEN_WITHIN


def _amends(look: Look, thread: Thread, sender: str, asked: About | None) -> bool:
    if asked is None:
        return find_amendable(look, thread.id, sender) is not None
    conversation = get_standing(look, thread.id, sender).asked()
    return conversation is not None and is_overtaken(look, conversation)


_NEWEST = QuickSelect(
    sa.select(Message)
    .where(Message.thread_id == sa.bindparam("thread"), ~Message.note)
    .order_by(Message.id.desc())
    .limit(1)
)


def _asked(look: Look, bots: Mapping[str, Bot], thread: Thread, sender: str) -> About | None:
    """The question, also one whose time is over: what comes too late is an answer still, and a person reads it.

    To what staff wrote last a yes is an answer too, and not mere courtesy.
    """
    standing = get_standing(look, thread.id, sender)
    conversation = standing.asked()
    if conversation is None or conversation.bot not in bots:
        told = standing.told_together()
        if told and told[0].expires_at > look.now:
            return About("confirm", child=_only_child(told))
        newest = _NEWEST.rows(look, thread=thread.id)
        return About("confirm") if newest and newest[0][0].author == Author.STAFF else None
    played = replay(look, bots[conversation.bot], conversation)
    return played.asked.question.about() if isinstance(played, Waiting) else None


def _find_other(
    look: Look, bots: Mapping[str, Bot], thread: Thread, sender: str, asked: About, text: str
) -> tuple[str, About] | None:
    """What waits behind the newest question, where the words can be an answer to nothing else. While somebody asks where their
    child is, what is no answer to an alarm's question is one to that. Source: security rule S1.6."""
    if read_code(text) is not None:
        return None if asked.about == ONE_TIME_CODE else find_waiting(look, bots, thread, sender, ONE_TIME_CODE)
    if asked.about == SAFETY:
        return None if answers_safety(text, asked) else find_waiting(look, bots, thread, sender, ABSENCE_CHECK)
    if asked.about == ABSENCE_CHECK and is_safety_alone(text):
        return find_waiting(look, bots, thread, sender, SAFETY)
    if not asked.options and begins_with_number(text):
        return find_waiting(look, bots, thread, sender, DUTIES)
    return None


def find_waiting(
    look: Look, bots: Mapping[str, Bot], thread: Thread, sender: str, what: str
) -> tuple[str, About] | None:
    """A question about this, such as a code, that was put lately and waits behind a newer one; and the bot that asked."""
    for conversation in reversed(get_standing(look, thread.id, sender).conversations):
        waits = conversation.state == ConversationState.QUEUED and conversation.expires_at > look.now
        if waits and conversation.bot in bots:
            played = replay(look, bots[conversation.bot], conversation)
            about = played.asked.question.about() if isinstance(played, Waiting) else None
            if about is not None and about.about == what:
                return conversation.bot, about
    return None


def _only_child(told: Sequence[Conversation]) -> str | None:
    """The one child that all of it was about, whose name a no may bear: "no, Otso is fine"."""
    children = {child["id"] for conversation in told for child in conversation.facts.get("children", ())}
    return children.pop() if len(children) == 1 else None


async def listen(listener: Listener, prepared: Prepared) -> Understood:
    """Have a text heard, again with the children of other units where there are any."""
    if prepared.asked is not None and prepared.asked.about == SAFETY:
        safety = await hear_safety(listener, prepared.said, prepared.children)
        if safety is not None:
            return Understood(safety if prepared.waits is None else replace(safety, to_bot=prepared.waits[0]))
    try:
        heard = await listener.hear(prepared.said, prepared.children, prepared.asked)
        if prepared.amends and is_no(heard):
            heard = await listener.hear(prepared.said, prepared.children, None)
        if prepared.asked is not None and prepared.asked.about == ONE_TIME_CODE:
            heard = with_code(heard, prepared.said.text)
        if prepared.asked is not None and prepared.asked.about == DUTIES:
            heard = await _with_pick(listener, prepared, prepared.asked, heard)
        if prepared.waits is not None:
            heard = replace(heard, to_bot=prepared.waits[0])
        if prepared.amends and is_fragment(heard, prepared.said.text):
            which = About("which_days", day=prepared.said.received_at.date())
            return Understood(_with_days(heard, await listener.hear(prepared.said, prepared.children, which)))
        if prepared.elsewhere:
            everyone = prepared.children + prepared.elsewhere
            return _part(heard, await listener.hear(prepared.said, everyone, prepared.asked), prepared)
    except ListenerAwayError:
        return Understood()
    return Understood(heard)


async def listen_again(listener: Listener, prepared: Prepared, asked: About, understood: Understood) -> Understood:
    """Have a bare text heard as the answer to what another unit asked."""
    try:
        heard = await listener.hear(prepared.said, prepared.children + prepared.elsewhere, asked)
        if asked.about == DUTIES:
            heard = await _with_pick(listener, prepared, asked, heard)
    except ListenerAwayError:
        return understood
    return replace(understood, strayed=heard) if answers_something(heard) else understood


async def _with_pick(listener: Listener, prepared: Prepared, asked: About, heard: Heard) -> Heard:
    """Numbers pick; words behind one are heard as the answer to what has that number."""
    picked = read_pick(prepared.said.text)
    known = () if picked is None else tuple(n for n in picked.numbers if str(n) in asked.options)
    if picked is None or not known:
        return replace(heard, options=())
    if not picked.rest:
        return replace(heard, acts=(Act(Intent.MESSAGE),), options=known)
    within = asked.within[asked.options.index(str(known[0]))]
    answer = await listener.hear(replace(prepared.said, text=picked.rest), prepared.children, within)
    return replace(answer, acts=(Act(Intent.MESSAGE),), options=known, answer=answer)


def with_code(heard: Heard, text: str) -> Heard:
    """The figures of a code in an answer, which may look like a number or a day: then it is nothing but an answer."""
    code = read_code(text)
    return heard if code is None else replace(heard, acts=(Act(Intent.MESSAGE),), reasons=(), code=code)


def read_code(text: str) -> str | None:
    """The six figures of a code that are all of a text, but for a few words around them."""
    found = _CODE.fullmatch(text.strip())
    return None if found is None else "".join(letter for letter in found[1] if letter.isdigit())


def _part(heard: Heard, whole: Heard, prepared: Prepared) -> Understood:
    """Part what was heard of everyone by where the children are; without one from elsewhere `heard` stands.

    What answers an open question stays with it: only a matter of its own is about a child elsewhere then. A place is
    asked for where it is wanted, and not where the child is. What denies something told here is for here as well.
    """
    here = {child.key for child in prepared.children}
    meant = whole.children
    beyond = [act for act in whole.acts if not here.issuperset(act.children)]
    stays = ANSWERS if prepared.asked is not None else frozenset[Intent]()
    if not beyond or any(act.intent in stays or act.intent is Intent.PLACE for act in beyond):
        return Understood(heard)
    if not meant & here and not whole.denies:
        return Understood(None, whole, whole)
    nameless = tuple(act for act in whole.acts if not act.children)
    own = whole.about(here)
    acts = tuple(own.acts) + nameless if own is not None else nameless or (Act(Intent.MESSAGE),)
    return Understood(replace(whole, acts=acts), whole.about(meant - here), whole)


def _with_days(heard: Heard, as_answer: Heard) -> Heard:
    """The fragment with the days that it names when it is read as an answer."""
    days = tuple(sorted({day for act in as_answer.acts for day in act.days}))
    return replace(heard, acts=(replace(heard.acts[0], days=days),), reasons=heard.reasons + as_answer.reasons)
