"""What the contact bot sends beside its answer: the code to the new number, and word of it to the person's other phones."""

from typing import Any

from hub.address import SMS, mask, shown_phone
from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Guardian, GuardianAddress
from hub.people.numbers import VirtualNumber
from hub.people.places import Unit
from hub.post.address_decisions import list_deniers
from hub.post.audience import list_addresses
from hub.post.messages import Author, Lane, Thread
from hub.post.posting import NoNumberError, Post, find_sender, post, post_beside
from hub.safety.address_changes import DAY_OF_THE_OLD, AddressChange, Code
from hub.talk.bot import Bot
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.prompting import Notice, tell
from hub.talk.renewals import find_home
from hub.talk.routing import Seat, get_thread
from hub.talk.seats import find_seat
from hub.talk.speaker import Speaker


def send_code(work: Work, speaker: Speaker, thread: Thread, change: AddressChange, code: Code) -> None:
    """To the new number. The book keeps only that a code was sent. Raises: NoNumberError."""
    words = work.words.in_language(speaker.language)
    what = Post(
        text=words.say("contact.code_kept", ending=mask(change.value)[-2:]),
        language=speaker.language,
        author=Author.BOT,
        author_id="contact",
        trust=Trust.CONFIRMED,
        said_on_channel=words.say("contact.code_text", unit=speaker.unit.name, code=code.figures),
    )
    post_beside(work, thread, _sender(work, thread), change.value, what)


def tell_others(work: Work, bot: Bot, speaker: Speaker, thread: Thread, change: AddressChange, told: Any) -> None:
    """To the other phones of the same person that nobody shares, each of which may say no within the day."""
    own = {address.value for address in speaker.addresses}
    for address in (each for each in list_deniers(work, change) if each.value not in own):
        text = work.words.in_language(speaker.language).say("contact.changing", number=shown_phone(change.value))
        what = Post(
            text=text,
            language=speaker.language,
            author=Author.BOT,
            author_id="contact",
            lane=Lane.SAFETY,
            trust=Trust.CONFIRMED,
            number=_sender(work, thread),
            to=[address],
        )
        message = post(work, thread, what)
        open_conversation(work, bot, told, message, address.value, ConversationState.TOLD, DAY_OF_THE_OLD)


def warn(work: Work, bot: Bot, change: AddressChange, told: Any) -> None:
    """Tell the person's phones of what staff have confirmed; each may say no within the day."""
    for address in list_deniers(work, change):
        home = find_home(work, address)
        if home is None:
            continue
        unit, guardian = home
        ending = mask(change.value)[-2:] if change.kind == SMS else ""
        notice = Notice(
            "contact.staff_changing", {"unit": unit.name, "ending": ending}, (), Lane.SAFETY, author=bot.name
        )
        said = tell(work, unit, guardian, notice, address=address)
        if said.message is not None and said.why_not is None:
            open_conversation(work, bot, told, said.message, address.value, ConversationState.TOLD, DAY_OF_THE_OLD)


def say_goodbye(work: Work, speaker: Speaker, thread: Thread) -> None:
    """To a number that is no longer anybody's here."""
    text = work.words.in_language(speaker.language).say("contact.not_yours")
    what = Post(text=text, language=speaker.language, author=Author.BOT, author_id="contact")
    post_beside(work, thread, _sender(work, thread), speaker.addresses[0].value, what)


def welcome(work: Work, fresh: GuardianAddress) -> None:
    """A new phone's first words from us."""
    home = find_home(work, fresh) if fresh.kind == SMS else None
    if home is not None:
        unit, guardian = home
        tell(work, unit, guardian, Notice("contact.in_force", {"unit": unit.name}, (), author="contact"))


def tell_to_come_back(work: Work, unit: Unit, guardian: Guardian, address: GuardianAddress) -> None:
    """To a number whose time is over: it may be noticed, and the words hold nothing about anybody."""
    people = list_addresses(work, SMS, address.value, guardian.owner_id)
    seat = find_seat(work, unit.id, ())
    if seat is None:
        return
    role, number = seat
    words = work.words.in_language(guardian.language)
    what = Post(
        text=words.say("contact.come_back_kept"),
        language=guardian.language,
        author=Author.BOT,
        author_id="contact",
        lane=Lane.ORDINARY,
        number=number,
        to=[address],
        said_on_channel=words.say("contact.come_back"),
    )
    post(work, get_thread(work, Seat(role, unit, people)), what)


def _sender(work: Work, thread: Thread) -> VirtualNumber:
    number = find_sender(work, thread)
    if number is None:
        raise NoNumberError
    return number
