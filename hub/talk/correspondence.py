"""A known sender's text becomes a message in its thread, is answered, and the answer is posted: all in one work.

All or nothing: if any of it fails, nothing of it happened, and the message goes to staff instead.
"""

from collections.abc import Mapping, Sequence

from hub.address import CHAT, SMS
from hub.asker import Asker
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.answer_caps import wait_to_answer
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.chats import find_linked
from hub.post.discretion import Discretion, how_much
from hub.post.files import expect_files
from hub.post.messages import (
    NOT_ANSWERED,
    Author,
    Lane,
    Message,
    Step,
    Thread,
    keep_children,
    keep_message,
    wait_for_person,
)
from hub.post.posting import Post, post
from hub.safety.audit import note
from hub.talk.answering import Answering
from hub.talk.bot import Bot
from hub.talk.conversations import pack_heard
from hub.talk.dialogue import say
from hub.talk.exchange import Exchange
from hub.talk.few_words import REMINDED, find_reminder, has_room
from hub.talk.heard import Heard
from hub.talk.left_out import tell_left_out
from hub.talk.reply import Reply
from hub.talk.routing import Route, get_thread
from hub.talk.saying import choices_of, language_of, render
from hub.talk.speaker import Speaker
from hub.talk.standing import TOLD_WHEN
from hub.talk.whose_book import list_spoken_of, list_told_of

POSTCARD = 0


def answer_arrival(
    work: Work,
    bots: Mapping[str, Bot],
    arrival: Arrival,
    route: Route,
    speaker: Speaker,
    heard: Heard | None,
    *,
    answered_already: bool = False,
    undo_of: str | None = None,
    in_doubt: bool = False,
) -> tuple[Message, Reply]:
    """File a known sender's text and answer it. `heard` is None when nobody could listen: staff read it then.

    But for what the same message settled before, nothing here asks the store for what this work has just written; so what
    belongs to a message is written together, and in a round with other messages about other families.
    `answered_already`: the provider took the keyword and answered by itself, so nothing is said twice. `undo_of`: an UNDO
    is about this message, and not about the latest. `in_doubt`: it came to another number, and may not be for this thread.
    """
    work.asker = Asker("guardian", speaker.guardians[0].id, speaker.trust, "answers a text", route.unit.owner_id)
    work.take_turns(_children(speaker))
    work.touch(_about(speaker))
    with work.session.no_autoflush:
        thread = get_thread(work, route)
        message = file_arrival(work, arrival, route, speaker, thread, heard)
        reply_id = work.new_id()  # before what others are told of it, so that it stands before that in the book
        exchange = Exchange(work, bots, route, speaker, thread, message)
        if heard is None:
            exchange.hand_over("listener_away")
        elif in_doubt:
            Answering(exchange).ask_again()
        else:
            Answering(exchange, undo_of).answer(heard)
        exchange.finish()
        keep_children(work, message, list_spoken_of(exchange, heard))
        reply = exchange.reply
        reply.left_out = tell_left_out(arrival.media)
        note(work, "message.keep", [message.id, *speaker.guardian_ids])
        if answered_already:
            message.story = [*(message.story or []), Step("provider_answered", {}).as_json()]
        else:
            chats = _list_chats(work, arrival.sender) if arrival.kind == CHAT else []
            post_reply(work, route, speaker, thread, message, heard, reply, reply_id, chats)
    return message, reply


def _about(speaker: Speaker) -> set[str]:
    """Whose threads, facts and addresses an answer may change."""
    return _children(speaker).union(speaker.guardian_ids, (address.value for address in speaker.addresses))


def _children(speaker: Speaker) -> set[str]:
    """Those they may write about, and those they may report for without that."""
    return {place.child.id for place in (*speaker.known, *speaker.children)}


def file_arrival(
    work: Work, arrival: Arrival, route: Route, speaker: Speaker, thread: Thread, heard: Heard | None
) -> Message:
    """The arrival as a message of its thread; whom it is about is kept when that is known."""
    message = Message(
        id=work.new_id(),
        owner_id=route.unit.owner_id,
        thread_id=thread.id,
        at=arrival.received_at,
        author=Author.GUARDIAN,
        author_id=speaker.guardians[0].id if len(speaker.guardians) == 1 else None,
        channel=arrival.kind,
        text=arrival.text,
        language=heard.language if heard is not None else speaker.language,
        lane=Lane.REPLY,
        trust=speaker.trust,
        sensitive=heard.sensitive if heard is not None else False,
        number_id=route.number.id,
        heard=None if heard is None else pack_heard(heard),
        story=[
            Step("arrived", {"number": route.number.id, "arrival": arrival.id}).as_json(),
            Step("matched", {"guardians": speaker.guardian_ids}).as_json(),
        ],
    )
    keep_message(work, thread, message, ())
    expect_files(work, message, arrival)
    arrival.state = ArrivalState.FILED
    arrival.message_id = message.id
    arrival.lease_until = None
    return message


def post_reply(
    work: Work,
    route: Route,
    speaker: Speaker,
    thread: Thread,
    message: Message,
    heard: Heard | None,
    reply: Reply,
    reply_id: str,
    chats: Sequence[GuardianAddress] = (),
) -> None:
    """Post what a message of theirs is answered with, to where it came from. `chats` are told that the phone has got it."""
    step = Step("to_staff", {"why": reply.hand_over}) if reply.hand_over else Step("answered", {})
    check = [Step("to_check", {"why": reply.to_check})] if reply.to_check else []
    message.story = [*(message.story or []), *(each.as_json() for each in (step, *check))]
    says = reply.in_order()
    if not says:
        return
    address = speaker.addresses[0]
    is_deaf = address.kind == SMS and is_machine(address.value)
    wait = None if is_deaf else wait_to_answer(work, address.value, in_talk=reply.in_talk)
    if wait is None:
        message.story = [*message.story, Step("not_answered", {}).as_json()]
        wait_for_person(work, thread, NOT_ANSWERED)
        return
    language = language_of(speaker, heard)
    reminder = find_reminder(work, speaker, message, heard, reply)
    if reminder is not None and has_room(work, language, says, reminder):
        says.append(reminder)
        message.story = [*message.story, Step(REMINDED, {}).as_json()]
    text = render(work, language, says)
    discretion = how_much(POSTCARD, sensitive=False, protected=speaker.is_guarded, stale=not speaker.is_fresh)
    unnamed = reply.unnamed if speaker.is_fresh else None
    said = text
    if discretion is not Discretion.FULL:
        silent = say("reception.received_renew" if not speaker.is_fresh else "reception.received")
        said = render(work, language, [unnamed or silent])
    says_choices = unnamed is not None or discretion is Discretion.FULL
    chats = [] if address.kind == CHAT else chats
    post(
        work,
        thread,
        Post(
            text=text,
            language=language,
            author=Author.BOT,
            author_id="reception",
            child_ids=list_told_of(speaker, reply),
            number=route.number,
            conversation_id=reply.conversation_id,
            to=[address, *chats],
            said_on_channel=said,
            said_to={chat.id: work.words.in_language(language).say("chat.answered_by_sms") for chat in chats},
            hold=wait,
            choices=choices_of(work, language, reply.asked) if says_choices else (),
            id=reply_id,
        ),
    )
    if reply.tells_when and discretion is Discretion.FULL:
        message.story = [*message.story, Step(TOLD_WHEN, {}).as_json()]


def _list_chats(work: Work, chat: str) -> list[GuardianAddress]:
    """Where to tell that the phone has got the answer."""
    linked = find_linked(work, [chat]).get(chat)
    return [] if linked is None else [address for address, _ in linked.people[:1]]


def is_machine(value: str) -> bool:
    """Short codes and alphanumeric senders: nothing automatic is ever sent to them. Source: security rule S5.6."""
    return not value.startswith("+") and not (value.isdigit() and len(value) > 6)
