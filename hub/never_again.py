"""What must not come back: a journal outside the store, ids only, of blocks, STOPs, endings and withdrawals, of how far
things were forgotten and of what is held.

A restored store is held against it before it serves: what was barred is barred again, what was given and taken back is
taken back again. Nothing is ever opened by it. Source: security rule S10.4.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Block, Child, Guardian, GuardianAddress, GuardianRight
from hub.people.staff import RoleHolding, Staff
from hub.post.messages import Thread
from hub.post.reach_wishes import ReachWish, Reserved, find_wish, reserve
from hub.privacy.holds import hold_again, list_holds
from hub.privacy.retention import RetentionMark, forget_again, list_marks
from hub.safety import audit
from hub.safety.access import NamedReader
from hub.safety.address_changes import OPEN, AddressChange, ChangeState
from hub.safety.staff_phones import StaffPhone
from hub.sign_in.entering import HalfSignIn
from hub.sign_in.family_codes import FamilyCode
from hub.sign_in.family_sessions import FamilySession
from hub.sign_in.invitations import Invitation
from hub.sign_in.sessions import StaffDevice, StaffSession

FILE = "never_again.jsonl"
RESTORED = "restored"

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
        lines = "".join(json.dumps([key, told]) + "\n" for key, told in fresh.items())
        with os.fdopen(os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as out:
            out.write(lines)
            out.flush()
            os.fsync(out.fileno())
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
    for row in ask(
        sa.select(Staff.id, Staff.password_hash, Staff.second_factor).where(Staff.password_hash.is_not(None))
    ):
        yield ("credentials", row.id), _fingerprint(row.password_hash, row.second_factor)


def _list_known(look: Look, keys: list[str]) -> list[str]:
    """Those of the facts whose subject, the first id in them, is in the store."""
    known = []
    for start in range(0, len(keys), 500):
        batch = keys[start : start + 500]
        for table in set(_SUBJECTS.values()):
            subjects = {key: key.split(" ")[1] for key in batch if _SUBJECTS[key.split(" ")[0]] is table}
            there = set(look.session.scalars(sa.select(table.id).where(table.id.in_(subjects.values()))))
            known += [key for key, id_ in subjects.items() if id_ in there]
    return known


_SUBJECTS: dict[str, type[Any]] = {
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
    "reader": Child,
    "credentials": Staff,
    "held_child": Child,
    "held_thread": Thread,
    "forgotten": RetentionMark,
}


def _fingerprint(password_hash: str, second_factor: str | None) -> str:
    """Tells one pair of credentials from another, and nothing else about them."""
    return hashlib.sha256(f"{password_hash} {second_factor}".encode()).hexdigest()[:16]


def apply_again(work: Work, journal: Facts) -> int:
    """Bar again what the journal bars, and end every way in that a restored store remembers. How many facts it changed.

    What the journal holds is held before anything is forgotten again.
    """
    now_so = list_facts(work)
    in_order = sorted(journal.items(), key=lambda fact: fact[0].startswith("forgotten "))
    changed = [key for key, told in in_order if told != now_so.get(key, "") and _bar(work, key.split(" "), told)]
    _end_ways_in(work)
    work.session.flush()
    audit.note(work, "restored", [])
    return len(changed)


def _bar(work: Work, key: list[str], told: str) -> bool:
    """Whether the store had to be changed. A bar that was lifted since (`told` is "") stays as the store has it."""
    kind = key[0]
    if kind == "credentials":
        return _take_back(work, key)
    if kind in ("shares", "reader"):
        return not told and _take_back(work, key)
    if not told:
        return False
    if kind == "forgotten":
        return forget_again(work, key[1], datetime.fromisoformat(told)) > 0
    if kind in ("held_child", "held_thread"):
        return _hold(work, _SUBJECTS[kind], key[1], *told.split(" "))
    if kind == "code_renewed":
        return _end_code(work, key[1], datetime.fromisoformat(told))
    if kind == "reserved":
        return _reserve(work, key[1], key[2], told)
    if kind == "block":
        return _block(work, key[1], key[2], *told.split(" "))
    table, column = _BARS[kind]
    row = work.session.get(table, key[1])
    if row is None:
        return False
    value = _BAR_VALUES.get(kind, datetime.fromisoformat)(told)
    stands = getattr(row, column)
    if stands is None or stands is False or (kind in _SOONEST and value < stands):
        setattr(row, column, value)
        return True
    return False


_BARS: dict[str, tuple[type[Any], str]] = {
    "stopped": (GuardianAddress, "stopped_at"),
    "gone": (GuardianAddress, "gone_at"),
    "left": (Staff, "left_at"),
    "phone_ended": (StaffPhone, "ended_at"),
    "ended": (RoleHolding, "ended_at"),
    "held_until": (RoleHolding, "to_day"),
    "right_until": (GuardianRight, "to_day"),
    "protected": (Child, "protected"),
}
_BAR_VALUES: dict[str, Any] = {
    "held_until": date.fromisoformat,
    "right_until": date.fromisoformat,
    "protected": lambda _: True,
}
_SOONEST = frozenset({"left", "phone_ended", "ended", "held_until", "right_until"})


def _block(work: Work, guardian_id: str, child_id: str, set_by: str, set_at: str) -> bool:
    stands = sa.select(Block.id).where(
        Block.guardian_id == guardian_id, Block.child_id == child_id, Block.lifted_at.is_(None)
    )
    guardian = work.session.get(Guardian, guardian_id)
    if guardian is None or work.session.get(Child, child_id) is None or work.session.scalar(stands) is not None:
        return False
    work.session.add(
        Block(
            id=work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian_id,
            child_id=child_id,
            reason=RESTORED,
            set_by=set_by,
            set_at=datetime.fromisoformat(set_at),
        )
    )
    return True


def _reserve(work: Work, guardian_id: str, kind: str, how: str) -> bool:
    """Whatever reservation the restored store has itself stays as it is."""
    guardian = work.session.get(Guardian, guardian_id)
    wish = find_wish(work, guardian_id)
    if guardian is None or (wish is not None and kind in wish.reserved):
        return False
    reserve(work, guardian, kind, Reserved(how), RESTORED)
    return True


def _end_code(work: Work, child_id: str, renewed_at: datetime) -> bool:
    """The child has no code until staff give it one: the one it had was taken from it, and the one since is not known."""
    child = work.session.get(Child, child_id)
    if child is None or (child.code_renewed_at is not None and child.code_renewed_at >= renewed_at):
        return False
    child.code, child.code_renewed_at = None, renewed_at
    return True


def _hold(work: Work, table: type[Any], id_: str, set_by: str, set_at: str) -> bool:
    what = work.session.get(table, id_)
    return what is not None and hold_again(work, what, RESTORED, set_by, datetime.fromisoformat(set_at))


def _take_back(work: Work, key: list[str]) -> bool:
    if key[0] == "reader":
        reader = work.session.get(NamedReader, (key[1], key[2]))
        if reader is not None:
            work.session.delete(reader)
        return reader is not None
    if key[0] == "credentials":
        staff = work.session.get(Staff, key[1])
        if staff is None or staff.password_hash is None:
            return False
        staff.password_hash = staff.second_factor = None
        return True
    guardian = work.session.get(Guardian, key[1])
    if guardian is None or not guardian.shares_thread:
        return False
    guardian.shares_thread = False
    return True


def _end_ways_in(work: Work) -> None:
    """Nobody is signed in to a restored hub, no device is known to it, and no link of before leads into it. A new address that
    waited for a no is told of anew: whether one came is not known."""
    work.session.execute(sa.update(StaffSession).values(device_id=None))
    work.session.execute(sa.update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=work.now))
    work.session.execute(sa.delete(StaffDevice))
    work.session.execute(sa.delete(HalfSignIn))
    work.session.execute(sa.update(FamilySession).where(FamilySession.ended_at.is_(None)).values(ended_at=work.now))
    work.session.execute(sa.delete(FamilyCode))
    work.session.execute(
        sa.update(Invitation)
        .where(Invitation.used_at.is_(None), Invitation.ends_at > work.now)
        .values(ends_at=work.now, password_hash=None)
    )
    work.session.execute(
        sa.update(AddressChange)
        .where(AddressChange.state.in_(OPEN))
        .values(state=ChangeState.LAPSED, ended_at=work.now)
    )
