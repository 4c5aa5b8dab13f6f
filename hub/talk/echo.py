"""Tells the other entitled guardians what one guardian told about a child, each in their own thread and language.

One "no" to it brings the matter to staff. Source: security rule S1.3.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hub.address import SMS
from hub.database import Utc
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.people.staff import Role
from hub.post.audience import list_entitled, list_guardians_for, list_live
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Lane, MessageChild, Step
from hub.post.text_counts import NUMBER
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.quick_select import QuickSelect
from hub.talk.bot import Bot
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.prompting import Notice, tell
from hub.talk.speaker import Speaker

ECHO_LASTS = timedelta(hours=18)
MOST_AN_HOUR, MOST_A_DAY, MOST_OF_ALL = 12, 30, 90
"""Echoes to one phone about one child, and about all children in a day: the rest of its room is for questions and alarms."""
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
_SENT = QuickSelect(
    sa.select(Delivery.due, MessageChild.child_id)
    .join(MessageChild, MessageChild.message_id == Delivery.message_id)
    .where(
        Delivery.recipient == sa.bindparam("recipient"),
        Delivery.due > sa.bindparam("since", type_=Utc),
        Delivery.automatic,
        Delivery.lane == Lane.SAFETY,
        Delivery.status != Status.DROPPED,
    )
    .order_by(Delivery.due.desc())
    .limit(2 * MOST_OF_ALL)
)


@dataclass(frozen=True, slots=True)
class Echo:
    """What is told: an utterance, said with `children` and these parameters, and the children it is about.

    `bot` takes an answer, with the facts that `facts` makes for the children a guardian was told of; None takes none.
    `to_own`: whoever told it is told as well, on another phone of theirs. `is_alarm`: it goes however many went before.
    """

    utterance: str
    parameters: Mapping[str, Any]
    children: Sequence[Child]
    bot: Bot | None = None
    facts: Callable[[Sequence[Child]], Any] | None = None
    to_own: bool = False
    is_alarm: bool = False


def tell_others(work: Work, speaker: Speaker, role: Role, echo: Echo) -> list[Guardian]:
    """Tell every other guardian who may know of a child and has an address of their own, once for all of them.

    Answers who was told.
    """
    told = []
    own_values = {address.value for address in speaker.addresses}
    for guardian, children in _list_entitled(work, speaker, echo.children):
        address = find_way(work, guardian.id, Topic.DAILY)
        if address is None or address.value in own_values:
            continue
        if _tell(work, speaker.unit, role, guardian, children, echo):
            told.append(guardian)
    if echo.to_own:
        _tell_own(work, speaker, role, echo, own_values)
    return told


def _tell_own(work: Work, speaker: Speaker, role: Role, echo: Echo, own_values: set[str]) -> None:
    """Tell whoever wrote on another phone of theirs, which one who only claims their number does not have."""
    entitled = list_entitled(work, speaker.guardian_ids, Right.INFORM, speaker.today)
    for guardian in speaker.guardians:
        children = [child for child in echo.children if child.id in entitled.get(guardian.id, set())]
        others = (address for address in list_live(work, guardian.id, SMS) if address.value not in own_values)
        other = next(others, None)
        if children and other is not None:
            own_values.add(other.value)
            _tell(work, speaker.unit, role, guardian, children, echo, other)


def _list_entitled(work: Work, speaker: Speaker, children: Sequence[Child]) -> list[tuple[Guardian, list[Child]]]:
    """The other guardians of any of the children, each with those they may know of."""
    entitled: dict[str, tuple[Guardian, list[Child]]] = {}
    for child in children:
        for guardian in list_guardians_for(work, child.id, Right.INFORM, speaker.today):
            if guardian.id not in speaker.guardian_ids:
                entitled.setdefault(guardian.id, (guardian, []))[1].append(child)
    return list(entitled.values())


def find_cap(look: Look, address: GuardianAddress | None, child_ids: Collection[str]) -> str | None:
    """Whether one guardian, or whoever pretends to be one, has made so many texts go to a phone that it is enough.

    It is counted by child, so that what is wasted on one silences nothing of another. What is not sent has told nobody: it
    then explains no child, and staff see both. Source: security rules S1.3, S5.5 and S5.6.
    """
    if address is None:
        return None
    sent = _SENT.rows(look, recipient=address.value, since=look.now - A_DAY)
    if len(sent) >= MOST_OF_ALL:
        return NUMBER
    for child_id in child_ids:
        of_child = [due for due, about in sent if about == child_id]
        if len(of_child) >= MOST_A_DAY or sum(due > look.now - AN_HOUR for due in of_child) >= MOST_AN_HOUR:
            return NUMBER
    return None


def _tell(
    work: Work,
    unit: Unit,
    role: Role,
    guardian: Guardian,
    children: Sequence[Child],
    echo: Echo,
    address: GuardianAddress | None = None,
) -> bool:
    ids = [child.id for child in children]
    notice = Notice(
        echo.utterance,
        {"children": [child.called for child in children], **echo.parameters},
        ids,
        Lane.SAFETY,
        Topic.DAILY,
        author=echo.bot.name if echo.bot else "reception",
        story=[Step("echo", {"children": ids})],
        withheld=None if echo.is_alarm else find_cap(work, address or find_way(work, guardian.id, Topic.DAILY), ids),
    )
    told = tell(work, unit, guardian, notice, role, address)
    if told.message is None or told.address is None:
        return False
    if echo.bot is not None and echo.facts is not None and told.why_not is None:
        facts = echo.facts(children)
        open_conversation(
            work, echo.bot, facts, told.message, told.address, state=ConversationState.TOLD, lasts=ECHO_LASTS
        )
    return True
