"""Tells the other entitled guardians what one guardian told about a child, each in their own thread and language.

One "no" to it brings the matter to staff. Source: security rule S1.3.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub.address import SMS
from hub.desk import Work
from hub.people.families import Child, Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.audience import Freshness, find_best_address, freshness, list_guardians_for
from hub.post.discretion import Discretion, how_much
from hub.post.messages import Author, Lane, Step
from hub.post.posting import Post, find_sender, post
from hub.talk.bot import Bot
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.dialogue import Say
from hub.talk.routing import Seat, get_thread
from hub.talk.speaker import Speaker

ECHO_LASTS = timedelta(hours=18)
POSTCARD = 0


@dataclass(frozen=True, slots=True)
class Echo:
    """What is told: the words, the child, and the bot and facts that take an answer (None: it takes none)."""

    say: Say
    child: Child
    bot: Bot | None = None
    facts: Any = None


def tell_others(work: Work, speaker: Speaker, role: Role, echo: Echo) -> list[Guardian]:
    """Tell every other guardian who may know of the child and has an address of their own; who that was."""
    told = []
    own_values = {address.value for address in speaker.addresses}
    for guardian in list_guardians_for(work, echo.child.id, Right.INFORM, speaker.today):
        if guardian.id in speaker.guardian_ids:
            continue
        address = find_best_address(work, guardian.id, SMS)
        if address is None or address.value in own_values:
            continue
        if _tell(work, speaker.unit, role, guardian, address, echo):
            told.append(guardian)
    return told


def _tell(work: Work, unit: Unit, role: Role, guardian: Guardian, address: GuardianAddress, echo: Echo) -> bool:
    stale = freshness(address, work.now) is not Freshness.FRESH
    discretion = how_much(POSTCARD, sensitive=False, protected=echo.child.protected, stale=stale)
    words = work.words.in_language(guardian.language)
    text = words.say(echo.say.utterance, **echo.say.parameters)
    shown = text if discretion is Discretion.FULL else words.say("reception.something_new")
    thread = get_thread(work, Seat(role, unit, [(address, guardian)]))
    number = find_sender(work, thread)
    if number is None:
        return False
    message = post(
        work,
        thread,
        Post(
            text=text,
            language=guardian.language,
            author=Author.BOT,
            author_id=echo.bot.name if echo.bot else "reception",
            child_ids=[echo.child.id],
            lane=Lane.SAFETY,
            number=number,
            to=[address],
            said_on_channel=shown,
            story=[Step("echo", {"child": echo.child.id})],
        ),
    )
    if echo.bot is not None and discretion is Discretion.FULL:
        open_conversation(
            work, echo.bot, echo.facts, message, address.value, state=ConversationState.TOLD, lasts=ECHO_LASTS
        )
    return True
