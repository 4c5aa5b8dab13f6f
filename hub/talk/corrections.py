"""What staff say was heard wrong, kept as a case without anybody's name, for whoever teaches the listener.

A case leaves only by a command, and nothing learns from it by itself. Where the family has a protected child there is a mark
and no case; the mark looks the same, for not everybody who makes one may know. Source: security rule S4.4.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Guardian, Guardianship, Placement
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.messages import Author, Message, Thread
from hub.post.reading import get_message, get_reader
from hub.safety.audit import note
from hub.talk.conversations import unpack_heard
from hub.talk.heard import TELLS_DAYS, TELLS_NO_CHILD, Act, Heard, Intent
from hub.talk.pseudonyms import Pseudonyms, possible_names

OTHER_CHILD, OTHER_DAYS = "other_child", "other_days"
MEANT = (
    Intent.ABSENCE,
    Intent.ABSENCE_CANCEL,
    Intent.LATE,
    Intent.EARLY_PICKUP,
    Intent.PICKUP_PERSON,
    Intent.LEAVE_APPLICATION,
    Intent.CARE_TIME,
    Intent.CONSENT,
    Intent.MESSAGE,
    Intent.YES,
    Intent.NO,
    Intent.ACK,
)
"""What may be said to have been meant, besides another child or other days."""


class Correction(Base):
    """One message heard wrong. `meant` is an intent, "other_child" or "other_days"; `case` is a line as cases are written,
    None where none may be kept.

    `message_id` is no reference: the case, in which nobody is named, may outlive the message.
    """

    __tablename__ = "corrections"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    message_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH), unique=True)
    at: Mapped[Moment]
    meant: Mapped[str] = mapped_column(sa.String(20))
    case: Mapped[Json | None]


class NothingHeardError(Refusal):
    """The listener heard nothing in it."""

    words = "corrections.nothing_heard"


def find_correction(look: Look, message_id: str) -> Correction | None:
    """It asks no rights: its callers have."""
    return look.session.scalars(sa.select(Correction).where(Correction.message_id == message_id)).first()


def correct(work: Work, message_id: str, meant: str) -> Correction:
    """Keep that a message was heard wrong, and what was meant. A second time takes the place of the first.

    Raises: NotThereError, NothingHeardError; ValueError when `meant` is nothing that can be meant.
    """
    if meant not in {*MEANT, OTHER_CHILD, OTHER_DAYS}:
        raise ValueError("meant")
    message, thread = get_message(work, get_reader(work), message_id)
    if message.author != Author.GUARDIAN or message.heard is None:
        raise NothingHeardError
    children = _children_of(work, thread)
    kept = find_correction(work, message_id)
    if kept is None:
        kept = Correction(
            id=work.new_id(), owner_id=message.owner_id, message_id=message_id, at=work.now, meant=meant, case=None
        )
        work.session.add(kept)
    kept.at, kept.meant = work.now, meant
    guarded = any(child.protected for child in children)
    kept.case = None if guarded else _case(work, kept.id, message, thread, children, meant)
    note(work, "correction.kept", [message_id, kept.id])
    return kept


def take_back(work: Work, message_id: str) -> None:
    """It was heard right after all: no case is kept. Raises: NotThereError."""
    get_message(work, get_reader(work), message_id)
    kept = find_correction(work, message_id)
    if kept is not None:
        work.session.delete(kept)
        note(work, "correction.taken_back", [message_id, kept.id])


def export(work: Work) -> list[str]:
    """All cases, one line of JSON each, the oldest first. The audit keeps that they left."""
    kept = list(work.session.scalars(sa.select(Correction).order_by(Correction.id)))
    note(work, "correction.export", [correction.id for correction in kept])
    return [json.dumps(correction.case, ensure_ascii=False) for correction in kept if correction.case is not None]


def _children_of(look: Look, thread: Thread) -> list[Child]:
    """Everybody's in the thread, at whatever unit: what is said may name any of them."""
    ties = sa.select(Guardianship.child_id).where(Guardianship.guardian_id.in_(thread.guardian_ids))
    return list(look.session.scalars(sa.select(Child).where(Child.id.in_(ties)).order_by(Child.id)))


def _case(
    look: Look, case_id: str, message: Message, thread: Thread, children: Sequence[Child], meant: str
) -> dict[str, Any]:
    heard = unpack_heard(message.heard)
    unit = look.session.get_one(Unit, thread.unit_id)
    here = _at_unit(look, children, unit, message.at)
    pseudonyms = Pseudonyms(
        [child.name for child in here],
        family=_family_names(look, thread, children, heard),
        others=_register_names(look, message),
        kept=[
            word for reason in heard.reasons if not reason.led_to.startswith("child") for word in reason.words.split()
        ],
    )
    names = {child.id: pseudonyms.child(child.name) for child in here}
    named = {
        word: child.name
        for reason in heard.reasons
        for child in here
        if reason.led_to == f"child: {child.id}"
        for word in reason.words.split()
    }
    return {
        "id": f"correction-{case_id}",
        "text": pseudonyms.text(message.text, named),
        "received_at": unit.local(message.at).replace(minute=0, second=0, microsecond=0).isoformat(),
        "children": [{"name": name} for name in names.values()],
        "asked": None,
        "in_talk": message.conversation_id is not None,
        "to_check": True,
        "meant": meant,
        "heard": {"listener": heard.listener, "acts": [_act(act, names) for act in heard.acts]},
        "expect": {
            "language": heard.language,
            "sensitive": heard.sensitive,
            "acts": _expected(heard, meant, names),
        },
    }


def _at_unit(look: Look, children: Sequence[Child], unit: Unit, moment: datetime) -> list[Child]:
    """Those of them who had a place at the unit then: of these the listener was told."""
    day = unit.today(moment)
    placed = sa.select(Placement.child_id).where(
        Placement.unit_id == unit.id,
        Placement.from_day <= day,
        sa.or_(Placement.to_day.is_(None), Placement.to_day >= day),
        Placement.child_id.in_([child.id for child in children]),
    )
    there = set(look.session.scalars(placed))
    return [child for child in children if child.id in there]


def _family_names(look: Look, thread: Thread, children: Sequence[Child], heard: Heard) -> list[str]:
    guardians = look.session.scalars(sa.select(Guardian).where(Guardian.id.in_(thread.guardian_ids)))
    told = [name for act in heard.acts for name in (act.person, act.unknown_name) if name is not None]
    nicknames = [name for child in children for name in (child.nickname, child.code) if name]
    return [*(guardian.name for guardian in guardians), *(child.name for child in children), *nicknames, *told]


def _register_names(look: Look, message: Message) -> list[str]:
    """Which words of the text are a name of anybody the owner knows."""
    words = sorted(possible_names(message.text))
    found: set[str] = set()
    for table in (Child, Guardian, Staff):
        for column in (table.first_name, table.last_name):
            asked = sa.select(column).where(table.owner_id == message.owner_id, column.in_(words)).distinct()
            found.update(look.session.scalars(asked))
    return sorted(found)


def _act(act: Act, names: dict[str, str]) -> dict[str, Any]:
    line: dict[str, Any] = {"intent": act.intent.value}
    if act.intent not in TELLS_NO_CHILD and not (act.intent is Intent.YES and not act.children):
        line["children"] = [names[key] for key in act.children if key in names]
    if act.intent in TELLS_DAYS:
        line["days"] = [day.isoformat() for day in act.days]
    return line


def _expected(heard: Heard, meant: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """The acts as they were meant, so far as one tap tells; whoever makes a case of it fills in the rest."""
    acts = [_act(act, names) for act in heard.acts]
    if meant == OTHER_CHILD:
        return [{**act, "children": []} if "children" in act else act for act in acts]
    if meant == OTHER_DAYS:
        return [{**act, "days": []} if "days" in act else act for act in acts]
    children = tuple(dict.fromkeys(key for act in heard.acts for key in act.children))
    days = tuple(sorted({day for act in heard.acts for day in act.days}))
    return [_act(Act(Intent(meant), children, days), names)]
