"""What families and staff of the village have said to each other, put into the store the short way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.asker import Asker, Trust, operator_asker
from hub.desk import Work
from hub.people.families import Child, Guardian
from hub.people.staff import Staff
from hub.post.deliveries import RANK, Status
from hub.post.messages import (
    Author,
    Message,
    ThreadKind,
    get_or_open_thread,
    keep_message,
    wait_for_person,
)
from hub.post.posting import Post, post
from hub.post.shown_deliveries import list_deliveries
from tests.village import Village

TEST = operator_asker("test")


def as_staff(person: Staff) -> Asker:
    return Asker("staff", person.id, Trust.STRONG, "test", person.owner_id)


def kind_for(guardians: Sequence[Guardian]) -> ThreadKind:
    return ThreadKind.PRIVATE if len(guardians) == 1 else ThreadKind.JOINT


def heard(
    work: Work,
    village: Village,
    who: Guardian | Sequence[Guardian],
    unit: str,
    text: str,
    about: Sequence[Child],
    *,
    seat: str | None = None,
    waits: str | None = None,
    kind: ThreadKind | None = None,
    at: datetime | None = None,
    **more: Any,
) -> Message:
    """A guardian, the first of `who`, texts a unit; the others share the thread. It waits for a person when told why."""
    guardians = [who] if isinstance(who, Guardian) else list(who)
    place = village.unit(unit, village_of(village, guardians[0]))
    thread = get_or_open_thread(
        work, place.owner_id, place.id, [guardian.id for guardian in guardians], kind or kind_for(guardians)
    )
    owner = village_of(village, guardians[0])
    if seat is not None:
        thread.role_id = village.role(seat, owner).id
    message = Message(
        id=work.ids.make(at or work.now),
        owner_id=place.owner_id,
        thread_id=thread.id,
        at=at or work.now,
        author=Author.GUARDIAN,
        author_id=guardians[0].id,
        channel="sms",
        text=text,
        language=more.pop("language", guardians[0].language),
        number_id=village.number(seat, owner).id if seat is not None else None,
        **more,
    )
    keep_message(work, thread, message, [child.id for child in about])
    if waits is not None:
        wait_for_person(work, thread, waits)
    return message


def village_of(village: Village, guardian: Guardian) -> str:
    return next(name for name, owner in village.owners.items() if owner.id == guardian.owner_id)


def answered(
    work: Work,
    village: Village,
    who: Guardian | Sequence[Guardian],
    unit: str,
    text: str,
    about: Sequence[Child],
    *,
    by: Staff | None = None,
    ends: Status = Status.DELIVERED,
    reason: str | None = None,
) -> Message:
    """A bot answers, or a member of staff, and the delivery has ended."""
    guardians = [who] if isinstance(who, Guardian) else list(who)
    place = village.unit(unit, village_of(village, guardians[0]))
    thread = get_or_open_thread(work, place.owner_id, place.id, [g.id for g in guardians], kind_for(guardians))
    message = post(
        work,
        thread,
        Post(
            text=text,
            language=guardians[0].language,
            author=Author.STAFF if by is not None else Author.BOT,
            author_id=by.id if by is not None else "reception",
            child_ids=[child.id for child in about],
        ),
    )
    for delivery in list_deliveries(work, [message.id])[message.id]:
        delivery.status, delivery.rank, delivery.reason = ends, RANK[ends], reason
        delivery.ended_at = work.now + timedelta(seconds=2)
    return message
