"""Whether what a guardian told of a child has been told on: to the others, or by the receipt where there is nobody else.

A text with a forged sender explains nothing before a phone that is the family's knows of it. Source: security rule S1.3.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.address import PUSH
from hub.desk import Look
from hub.post.deliveries import ARRIVED, ON_ITS_WAY, Delivery
from hub.post.messages import Author, Message, MessageChild
from hub.school.absences import Absence
from hub.school.early_pickups import EarlyPickup
from hub.school.late_arrivals import LateArrival
from hub.school.told import ToldOfDay

LEAVES_WITHIN = timedelta(minutes=5)
"""How long the word may take before somebody looks."""
_GONE = ON_ITS_WAY | ARRIVED
_SAID = aliased(Message)
RECEPTION = "reception"

Told = Absence | ToldOfDay
T = TypeVar("T", Absence, LateArrival)


@cache
def _told_on(table: type[Told]) -> sa.Select[str, bool, str | None, str]:
    """What the hub said about the same child when it kept these tellings, and how far that came."""
    return (
        sa.select(table.id, Message.thread_id == _SAID.thread_id, Message.author_id, Delivery.status)
        .join(_SAID, _SAID.id == table.message_id)
        .join(
            MessageChild,
            sa.and_(MessageChild.child_id == table.child_id, MessageChild.message_id > table.message_id),
        )
        .join(
            Message,
            sa.and_(Message.id == MessageChild.message_id, Message.at == table.told_at, Message.author == Author.BOT),
        )
        .join(Delivery, sa.and_(Delivery.message_id == Message.id, Delivery.kind != PUSH))
        .where(table.id.in_(sa.bindparam("ids", expanding=True)))
    )


def list_untold(look: Look, told: Iterable[Told | None]) -> set[str]:
    """Those of these tellings, by id, that came from guardians by text and that no other phone has been told of yet."""
    asked: dict[type[Told], set[str]] = {}
    for each in told:
        if each is not None and _needs_telling(each):
            asked.setdefault(type(each), set()).add(each.id)
    return {id_ for table, ids in asked.items() for id_ in _list_untold_of(look, table, ids)}


def _list_untold_of(look: Look, table: type[Told], ids: set[str]) -> set[str]:
    echoes: dict[str, list[bool]] = {}
    receipts: dict[str, list[bool]] = {}
    for id_, in_own_thread, author_id, status in look.session.execute(_told_on(table), {"ids": sorted(ids)}):
        kind = receipts if in_own_thread and author_id == RECEPTION else echoes
        kind.setdefault(id_, []).append(status in _GONE)
    return {id_ for id_ in ids if not any(echoes.get(id_) or receipts.get(id_) or ())}


def untold_since(look: Look, untold: Collection[Told]) -> dict[str, datetime]:
    """Since when somebody tells of each of these children's day what nobody else has heard of: who tells it again and again, in
    this word or that, gains no time by it."""
    since = {row.child_id: row.told_at for row in untold}
    about = {(row.child_id, row.day) for row in untold}
    told: list[Absence | LateArrival] = [*_list_told(look, Absence, about)]
    told += _list_told(look, LateArrival, about)
    unheard = list_untold(look, told)
    for row in (row for row in told if row.id in unheard):
        since[row.child_id] = min(since[row.child_id], row.told_at)
    return since


def _list_told(look: Look, table: type[T], about: Collection[tuple[str, date]]) -> list[T]:
    """All that was ever told of these children and days, whether it holds still or not."""
    if not about:
        return []
    children, days = {child_id for child_id, _ in about}, {day for _, day in about}
    asked = sa.select(table).where(table.child_id.in_(children), table.day.in_(days))
    return [row for row in look.session.scalars(asked) if (row.child_id, row.day) in about]


_TABLES: dict[str, type[Told]] = {"absence": Absence, "late": LateArrival, "early_pickup": EarlyPickup}


def count_texts(look: Look, owner_id: str, acts: Collection[str], since: datetime) -> int:
    """How many texts to an owner's units have told of such acts since then."""
    texts: set[str] = set()
    for table in (_TABLES[act] for act in acts):
        told = sa.select(table.message_id).where(
            table.owner_id == owner_id, table.told_at >= since, table.message_id.is_not(None)
        )
        texts |= {message_id for message_id in look.session.scalars(told) if message_id is not None}
    return len(texts)


def _needs_telling(told: Told) -> bool:
    by_guardian = not isinstance(told, Absence) or told.told_kind == "guardian"
    return by_guardian and told.message_id is not None
