"""Tells the other entitled guardians what one guardian told about a child, each in their own thread and language.

One "no" to it brings the matter to staff. Source: security rule S1.3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub.address import SMS
from hub.desk import Work
from hub.people.families import Child, Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.audience import (
    Freshness,
    find_best_address,
    freshness,
    has_protected_child,
    list_guardians_for,
)
from hub.post.discretion import Discretion, how_much
from hub.post.messages import Author, Lane, Step
from hub.post.posting import Post, find_sender, post
from hub.talk.bot import Bot
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.routing import Seat, get_thread
from hub.talk.speaker import Speaker

ECHO_LASTS = timedelta(hours=18)
POSTCARD = 0


@dataclass(frozen=True, slots=True)
class Echo:
    """What is told: an utterance, said with `children` and these parameters, and the children it is about.

    `bot` takes an answer, with the facts that `facts` makes for the children a guardian was told of; None takes none.
    """

    utterance: str
    parameters: Mapping[str, Any]
    children: Sequence[Child]
    bot: Bot | None = None
    facts: Callable[[Sequence[Child]], Any] | None = None


def tell_others(work: Work, speaker: Speaker, role: Role, echo: Echo) -> list[Guardian]:
    """Tell every other guardian who may know of a child and has an address of their own, once for all of them.

    Answers who was told.
    """
    told = []
    own_values = {address.value for address in speaker.addresses}
    for guardian, children in _list_entitled(work, speaker, echo.children):
        address = find_best_address(work, guardian.id, SMS)
        if address is None or address.value in own_values:
            continue
        if _tell(work, speaker.unit, role, guardian, address, children, echo):
            told.append(guardian)
    return told


def _list_entitled(work: Work, speaker: Speaker, children: Sequence[Child]) -> list[tuple[Guardian, list[Child]]]:
    """The other guardians of any of the children, each with those they may know of."""
    entitled: dict[str, tuple[Guardian, list[Child]]] = {}
    for child in children:
        for guardian in list_guardians_for(work, child.id, Right.INFORM, speaker.today):
            if guardian.id not in speaker.guardian_ids:
                entitled.setdefault(guardian.id, (guardian, []))[1].append(child)
    return list(entitled.values())


def _tell(
    work: Work,
    unit: Unit,
    role: Role,
    guardian: Guardian,
    address: GuardianAddress,
    children: Sequence[Child],
    echo: Echo,
) -> bool:
    work.touch([guardian.id, address.value])
    stale = freshness(address, work.now) is not Freshness.FRESH
    guarded = has_protected_child(work, guardian.id)
    discretion = how_much(POSTCARD, sensitive=False, protected=guarded, stale=stale)
    words = work.words.in_language(guardian.language)
    text = words.say(echo.utterance, children=[child.called for child in children], **echo.parameters)
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
            child_ids=[child.id for child in children],
            lane=Lane.SAFETY,
            number=number,
            to=[address],
            said_on_channel=shown,
            story=[Step("echo", {"children": [child.id for child in children]})],
        ),
    )
    if echo.bot is not None and echo.facts is not None and discretion is Discretion.FULL:
        facts = echo.facts(children)
        open_conversation(work, echo.bot, facts, message, address.value, state=ConversationState.TOLD, lasts=ECHO_LASTS)
    return True
