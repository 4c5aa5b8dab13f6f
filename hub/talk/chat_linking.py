"""How a chat is linked to a phone, and let go: what is texted and typed for that, before anything else is made of it.

Whoever texts the road's name from a registered phone is texted a code there; whoever types it in the chat has read that phone.
A chat that is linked to nobody gets one answer, whatever it writes and whoever it is. The phone is told when it is linked.
Source: security rules S1.4, S1.9, S2.2, S5.4 and S5.5.
"""

from typing import Any

from hub.address import CHAT, SMS
from hub.asker import Asker, Trust
from hub.desk import Work
from hub.people.numbers import find_number
from hub.post.answer_caps import may_answer
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.audience import Freshness, freshness, list_addresses
from hub.post.chat_codes import ChatCode, make_code, may_try, read_code, use_code
from hub.post.chats import (
    BEHIND_NUMBER,
    ChatLink,
    Says,
    end_link,
    find_link_of,
    find_linked,
    find_road,
    link_chat,
    road_of,
    what_may_be_said,
)
from hub.post.deliveries import Delivery
from hub.post.messages import NOT_ANSWERED, Author, Lane, Message, Step, Thread, keep_children, wait_for_person
from hub.post.posting import Post, post, post_beside
from hub.safety.audit import note
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.correspondence import file_arrival
from hub.talk.routing import Route, find_route, get_thread
from hub.talk.speaker import Speaker, get_speaker
from hub.talk.standing import is_put_last
from hub.talk.strangers import get_strangers_thread
from hub.talk.whose_book import list_meant

STOPS = frozenset({"stop", "stopp", "seis", "lopeta", "sluta", "slut", "slutt"})
"""What ends a link, in any of our languages: alone in the chat, behind the road's name by text."""
START = "/start"


def take_chat_word(work: Work, arrival: Arrival, route: Route) -> bool:
    """Take care of what is about linking a chat, or comes from one that is linked to nobody. Whether it was that."""
    if arrival.kind == SMS:
        return not route.resting and bool(route.people) and _take_text(work, arrival, route)
    if arrival.kind != CHAT:
        return False
    _, _, pressed = arrival.recipient.partition(BEHIND_NUMBER)
    arrival.recipient = route.number.value
    if _is_linked_by_code(work, arrival):
        return True
    if not route.people:
        _answer_stranger(work, arrival, route)
    elif arrival.opt_out is not None or _bare(arrival.text) in STOPS:
        _end_by_chat(work, arrival, route)
    elif _bare(arrival.text) == START.strip("/"):
        _answer(work, arrival, route, "chat.linked", **_about(work, arrival.sender, route))
    elif pressed and not _is_asked_still(work, arrival, pressed):
        _answer(work, arrival, route, "chat.too_late")
    else:
        return False
    return True


def _bare(text: str) -> str:
    return text.strip(" \n./!\"'").casefold()


def _about(work: Work, chat: str, route: Route) -> dict[str, Any]:
    says = what_may_be_said(work, road_of(chat), route.unit.owner_id)
    return {"road": road_of(chat).capitalize(), "says_all": says is Says.ALL}


def _take_text(work: Work, arrival: Arrival, route: Route) -> bool:
    """ "TELEGRAM" asks for a code, "TELEGRAM STOP" ends the link. A phone that is stale, or a family of a protected child, asks
    for it as for anything else: staff read it."""
    name, *rest = arrival.text.split() or [""]
    name = _bare(name)
    if len(rest) > 1 or find_road(work, name) is None:
        return False
    speaker = get_speaker(work, route.unit, route.people)
    if rest and _bare(rest[0]) in STOPS:
        _answer(work, arrival, route, "chat.ended", road=name.capitalize())
        link = find_link_of(work, route.unit.owner_id, arrival.sender)
        if link is not None:
            _end(work, link, route, speaker)
        return True
    if rest or not speaker.is_fresh or speaker.is_guarded:
        return False
    _speak_for(work, route, speaker)
    _text_code(work, arrival, route, name)
    return True


def _text_code(work: Work, arrival: Arrival, route: Route, road_name: str) -> None:
    """The book keeps that a code was sent, and not which."""
    road = find_road(work, road_name)
    is_answered = may_answer(work, arrival.sender, in_talk=False)
    asked = (work, route.unit.owner_id, road_name, arrival.sender, route.number.value)
    code = make_code(*asked) if is_answered else None
    if road is None or code is None:
        _answer(work, arrival, route, "chat.often")
        return
    words = work.words.in_language(route.people[0][1].language)
    said = words.say("chat.code_text", code=code, handle=road.handle, road=road_name.capitalize())
    _answer(work, arrival, route, "chat.code_kept", said=said, road=road_name.capitalize())


def _answer(work: Work, arrival: Arrival, route: Route, utterance: str, said: str | None = None, **about: Any) -> None:
    """File it in its thread and say something back, the way that it came; `said` goes out instead of what is kept.

    By text it is no talk: whoever goes on asking is answered a few times. Source: security rule S5.6.
    """
    thread, speaker = _file(work, arrival, route)
    language = speaker.guardians[0].language
    to = speaker.addresses[0]
    if arrival.kind == CHAT and to.kind != CHAT:
        to = next((address for address, _ in find_linked(work, [arrival.sender])[arrival.sender].people), to)
    if not may_answer(work, to.value, in_talk=arrival.kind == CHAT):
        wait_for_person(work, thread, NOT_ANSWERED)
        return
    what = Post(
        text=work.words.in_language(language).say(utterance, **about),
        language=language,
        author=Author.SYSTEM,
        author_id=None,
        number=route.number,
        to=[to],
        said_on_channel=said,
    )
    post(work, thread, what)


def _file(work: Work, arrival: Arrival, route: Route) -> tuple[Thread, Speaker]:
    speaker = get_speaker(work, route.unit, route.people)
    _speak_for(work, route, speaker)
    thread = get_thread(work, route)
    message = file_arrival(work, arrival, route, speaker, thread, None)
    keep_children(work, message, list_meant(speaker, route, None))
    message.story = [*(message.story or []), Step("answered", {}).as_json()]
    note(work, "message.keep", [message.id, *speaker.guardian_ids])
    return thread, speaker


def _speak_for(work: Work, route: Route, speaker: Speaker) -> None:
    """What is done now is done for them."""
    work.asker = Asker("guardian", speaker.guardians[0].id, speaker.trust, "links a chat", route.unit.owner_id)
    work.touch([*speaker.guardian_ids, *(address.value for address in speaker.addresses)])


def _end_by_chat(work: Work, arrival: Arrival, route: Route) -> None:
    """By its own person, who is told there, or by their having blocked us, and then nothing can be told there."""
    thread, speaker = _file(work, arrival, route)
    linked = find_linked(work, [arrival.sender])[arrival.sender]
    end_link(work, linked.link, "blocked" if arrival.opt_out is not None else "stopped")
    if arrival.opt_out is None:
        _say_ended(work, thread, route, arrival.sender, speaker.guardians[0].language)


def _end(work: Work, link: ChatLink, route: Route, speaker: Speaker) -> None:
    """From the phone: the chat is told."""
    chat = link.value
    end_link(work, link, "stopped")
    _say_ended(work, get_thread(work, route), route, chat, speaker.guardians[0].language)


def _say_ended(work: Work, thread: Thread, route: Route, chat: str, language: str) -> None:
    text = work.words.in_language(language).say("chat.ended", road=road_of(chat).capitalize())
    what = Post(text=text, language=language, author=Author.SYSTEM, author_id=None, trust=Trust.CLAIMED)
    post_beside(work, thread, route.number, chat, what, CHAT)


def _is_asked_still(work: Work, arrival: Arrival, delivery_id: str) -> bool:
    """Whether the button stands under the question that waits now. What a button brings back may be made up."""
    delivery = work.session.get(Delivery, delivery_id)
    if delivery is None or delivery.recipient != arrival.sender:
        return False
    message_id = delivery.message_id
    asked = work.session.get(Conversation, work.session.get_one(Message, message_id).conversation_id or "")
    return (
        asked is not None
        and asked.state == ConversationState.OPEN
        and asked.expires_at > work.now
        and is_put_last(work, asked, message_id)
    )


def _answer_stranger(work: Work, arrival: Arrival, route: Route) -> None:
    """What it writes is not kept, and answered with how to link, a few times."""
    _let_go(arrival)
    if arrival.opt_out is not None or not may_answer(work, arrival.sender, in_talk=False):
        return
    language = route.unit.languages[0]
    text = work.words.in_language(language).say("chat.how_to_link", road=road_of(arrival.sender).capitalize())
    what = Post(text=text, language=language, author=Author.SYSTEM, author_id=None, trust=Trust.UNKNOWN)
    post_beside(work, get_strangers_thread(work, route), route.number, arrival.sender, what, CHAT)


def _let_go(arrival: Arrival) -> None:
    arrival.state, arrival.lease_until = ArrivalState.FILED, None
    arrival.text, arrival.media = "", None


def _is_linked_by_code(work: Work, arrival: Arrival) -> bool:
    """A code that waits links the chat, also one that was linked before. It is kept nowhere."""
    letters = read_code(arrival.text.strip().removeprefix(START))
    if letters is None or arrival.opt_out is not None or not may_try(work, arrival.sender):
        return False
    code = use_code(work, road_of(arrival.sender), letters)
    if code is None or not _link(work, arrival.sender, code):
        return False
    _let_go(arrival)
    return True


def _link(work: Work, chat: str, code: ChatCode) -> bool:
    """By rights as they are now; False when nobody has the phone any more, or may not be written to in the open."""
    number = find_number(work, code.number)
    route = find_route(work, SMS, code.phone, code.number)
    people = [] if number is None else list_addresses(work, SMS, code.phone, number.owner_id)
    if route is None or not people or any(freshness(each, work.now) is not Freshness.FRESH for each, _ in people):
        return False
    speaker = get_speaker(work, route.unit, people)
    if speaker.is_guarded:
        return False
    guardian = speaker.guardians[0]
    work.asker = Asker("guardian", guardian.id, Trust.CONFIRMED, "links a chat", route.unit.owner_id)
    work.touch([*speaker.guardian_ids, code.phone, chat])
    there, *_ = link_chat(work, chat, people, code.number)
    thread = get_thread(work, route)
    about = _about(work, chat, route)
    words = work.words.in_language(guardian.language)
    for text, to, lane in (
        (words.say("chat.linked", **about), there, Lane.REPLY),
        (words.say("chat.linked_to_phone", road=about["road"]), speaker.addresses[0], Lane.SAFETY),
    ):
        what = Post(
            text=text,
            language=guardian.language,
            author=Author.SYSTEM,
            author_id=None,
            lane=lane,
            number=route.number,
            to=[to],
        )
        post(work, thread, what)
    return True
