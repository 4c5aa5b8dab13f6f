"""What must not come back: a journal outside the store, ids only, of blocks, STOPs, endings and withdrawals, of how far
things were forgotten and of what is held; of gates that are none any more, and of tags that were lost or given back.

A restored store is held against it before it serves (hub.barring). Source: security rule S10.4.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.desk import Look
from hub.door.hand_outs import TagHandOut
from hub.door.readers import ReaderKind, TagReader
from hub.door.tags import Tag, WhyBlocked
from hub.line_file import append_lines
from hub.people.families import Block, Child, Guardian, GuardianAddress, GuardianRight
from hub.people.staff import RoleHolding, Staff
from hub.post.messages import Thread
from hub.post.reach_wishes import ReachWish
from hub.privacy.holds import list_holds
from hub.privacy.retention import RetentionMark, list_marks
from hub.safety.named_readers import NamedReader
from hub.safety.staff_phones import StaffPhone
from hub.school.attendance_wishes import AttendanceWish, Moved
from hub.school.care_notes import CareNote
from hub.school.trusted_people import TrustedPerson

FILE = "never_again.jsonl"

Facts = dict[str, str]
"""What is so now: by kind and ids, the moment, day or fingerprint that goes with it."""


class NeverAgain:
    """The journal. Only what changed is appended; the last word about a fact counts, and "" says that it is so no more."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._last = read_journal(file)

    def compare(self, look: Look) -> Facts:
        """What the store says otherwise than the journal. A fact about somebody whom the store does not know is left as
        it is: an empty or older store has no say in it."""
        facts = list_facts(look)
        withdrawn = [key for key, told in self._last.items() if told and key not in facts]
        fresh = {key: told for key, told in facts.items() if self._last.get(key) != told}
        return fresh | dict.fromkeys(_list_known(look, withdrawn), "")

    def append(self, fresh: Facts) -> None:
        """Write it down, synced."""
        if not fresh:
            return
        append_lines(self._file, [json.dumps([key, told]) for key, told in fresh.items()])
        self._last |= fresh


def read_journal(file: Path) -> Facts:
    """The last word about each fact. A line cut short by a crash is passed over."""
    last: Facts = {}
    if file.exists():
        for line in file.read_text("utf-8").splitlines():
            try:
                key, told = json.loads(line)
            except ValueError:
                continue
            last[key] = told
    return last


def list_facts(look: Look) -> Facts:
    """Everything in the store that must not be undone by going back to an older one."""
    return {" ".join(key): told for key, told in _each_fact(look)}


def _each_fact(look: Look) -> Iterator[tuple[tuple[str, ...], str]]:
    ask = look.session.execute
    for block in ask(
        sa.select(Block.guardian_id, Block.child_id, Block.set_by, Block.set_at).where(Block.lifted_at.is_(None))
    ):
        yield ("block", block.guardian_id, block.child_id), f"{block.set_by} {block.set_at.isoformat()}"
    for guardian_id, held in ask(sa.select(ReachWish.guardian_id, ReachWish.reserved)):
        yield from ((("reserved", guardian_id, kind), how) for kind, how in held.items())
    dated: list[tuple[str, Any, Any]] = [
        ("stopped", GuardianAddress.id, GuardianAddress.stopped_at),
        ("gone", GuardianAddress.id, GuardianAddress.gone_at),
        ("left", Staff.id, Staff.left_at),
        ("phone_ended", StaffPhone.id, StaffPhone.ended_at),
        ("ended", RoleHolding.id, RoleHolding.ended_at),
        ("held_until", RoleHolding.id, RoleHolding.to_day),
        ("right_until", GuardianRight.id, GuardianRight.to_day),
        ("code_renewed", Child.id, Child.code_renewed_at),
        ("talk_shared", Thread.id, Thread.shared_from),
        ("trust_ended", TrustedPerson.id, TrustedPerson.ended_at),
        ("trust_denied", TrustedPerson.id, TrustedPerson.disputed_at),
        ("note_ended", CareNote.id, CareNote.ended_at),
        ("tag_back", TagHandOut.id, TagHandOut.returned_at),
    ]
    for kind, id_column, column in dated:
        for id_, at in ask(sa.select(id_column, column).where(column.is_not(None))):
            yield (kind, id_), at.isoformat()
    for id_ in ask(sa.select(Child.id).where(Child.protected)).scalars():
        yield ("protected", id_), "yes"
    for id_ in ask(sa.select(Guardian.id).where(Guardian.shares_thread)).scalars():
        yield ("shares", id_), "yes"
    for child_id, staff_id in ask(sa.select(NamedReader.child_id, NamedReader.staff_id)):
        yield ("reader", child_id, staff_id), "yes"
    for held in list_holds(look):
        kind = "held_child" if held.child_id is not None else "held_thread"
        yield (kind, held.of), f"{held.set_by} {held.set_at.isoformat()}"
    for mark in list_marks(look):
        yield ("forgotten", mark.id), mark.up_to.isoformat()
    yield from _each_of_door(look)
    for row in ask(
        sa.select(Staff.id, Staff.password_hash, Staff.second_factor).where(Staff.password_hash.is_not(None))
    ):
        yield ("credentials", row.id), _fingerprint(row.password_hash, row.second_factor)


def _each_of_door(look: Look) -> Iterator[tuple[tuple[str, ...], str]]:
    """Phones are none of it: of a restored store each is taken into use anew."""
    ask = look.session.execute
    gates = sa.select(TagReader.id, TagReader.revoked_at, TagReader.confirms_itself)
    for gate_id, revoked_at, confirms_itself in ask(gates.where(TagReader.kind == ReaderKind.GATE)):
        if revoked_at is not None:
            yield ("gate_revoked", gate_id), revoked_at.isoformat()
        if confirms_itself:
            yield ("confirms", gate_id), "yes"
    lost = Tag.blocked_why.in_([WhyBlocked.LOST, WhyBlocked.CLONED])
    for tag_id, why, at in ask(sa.select(Tag.id, Tag.blocked_why, Tag.blocked_at).where(lost)):
        if at is not None:
            yield ("tag_blocked", tag_id), f"{why} {at.isoformat()}"
    for wish in look.session.scalars(sa.select(AttendanceWish)):
        for moved, is_on in ((Moved.CAME, wish.came), (Moved.LEFT, wish.left)):
            if not is_on:
                yield ("unwished", wish.guardian_id, moved), wish.changed_at.isoformat()


def _list_known(look: Look, keys: list[str]) -> list[str]:
    """Those of the facts whose subject, the first id in them, is in the store."""
    known = []
    for start in range(0, len(keys), 500):
        batch = keys[start : start + 500]
        for table in set(SUBJECTS.values()):
            subjects = {key: key.split(" ")[1] for key in batch if SUBJECTS[key.split(" ")[0]] is table}
            there = set(look.session.scalars(sa.select(table.id).where(table.id.in_(subjects.values()))))
            known += [key for key, id_ in subjects.items() if id_ in there]
    return known


SUBJECTS: dict[str, type[Any]] = {
    "block": Guardian,
    "reserved": Guardian,
    "stopped": GuardianAddress,
    "gone": GuardianAddress,
    "left": Staff,
    "phone_ended": StaffPhone,
    "ended": RoleHolding,
    "held_until": RoleHolding,
    "right_until": GuardianRight,
    "protected": Child,
    "code_renewed": Child,
    "shares": Guardian,
    "talk_shared": Thread,
    "trust_ended": TrustedPerson,
    "trust_denied": TrustedPerson,
    "note_ended": CareNote,
    "reader": Child,
    "credentials": Staff,
    "held_child": Child,
    "held_thread": Thread,
    "forgotten": RetentionMark,
    "gate_revoked": TagReader,
    "confirms": TagReader,
    "tag_blocked": Tag,
    "tag_back": TagHandOut,
    "unwished": Guardian,
}


def _fingerprint(password_hash: str, second_factor: str | None) -> str:
    """Tells one pair of credentials from another, and nothing else about them."""
    return hashlib.sha256(f"{password_hash} {second_factor}".encode()).hexdigest()[:16]
