"""Holds a restored store against the journal of what must not come back: what was barred is barred again, what was given and
taken back is taken back again. Nothing is ever opened by it. Source: security rule S10.4.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from hub.desk import Work
from hub.door.hand_outs import TagHandOut
from hub.door.pairing import GatePairing
from hub.door.readers import ReaderKind, TagReader
from hub.door.tags import Tag, TagChild, WhyBlocked
from hub.never_again import SUBJECTS, Facts, list_facts
from hub.people.families import Block, Child, Guardian, GuardianAddress, GuardianRight
from hub.people.staff import RoleHolding, Staff
from hub.post.messages import Thread
from hub.post.push_devices import PushDevice
from hub.post.reach_wishes import Reserved, find_wish, reserve
from hub.privacy.holds import hold_again
from hub.privacy.retention import forget_again
from hub.safety import audit
from hub.safety.address_changes import OPEN, AddressChange, ChangeState
from hub.safety.named_readers import NamedReader
from hub.safety.staff_phones import StaffPhone
from hub.school.attendance_wishes import AttendanceWish, Moved
from hub.school.care_notes import CareNote
from hub.school.trusted_people import TrustedPerson
from hub.sign_in.entering import HalfSignIn
from hub.sign_in.family_codes import FamilyCode
from hub.sign_in.family_sessions import FamilySession
from hub.sign_in.invitations import Invitation
from hub.sign_in.sessions import StaffDevice, StaffSession

RESTORED = "restored"
"""Who bars again, and why."""


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
    if kind == "talk_shared":
        return _keep_apart(work, key[1], told)
    if kind in ("shares", "reader", "confirms"):
        return not told and _take_back(work, key)
    if not told:
        return False
    if kind == "forgotten":
        return forget_again(work, key[1], datetime.fromisoformat(told)) > 0
    if kind in ("held_child", "held_thread"):
        return _hold(work, SUBJECTS[kind], key[1], *told.split(" "))
    if kind == "code_renewed":
        return _end_code(work, key[1], datetime.fromisoformat(told))
    if kind == "reserved":
        return _reserve(work, key[1], key[2], told)
    if kind == "block":
        return _block(work, key[1], key[2], *told.split(" "))
    if kind == "tag_blocked":
        return _block_tag(work, key[1], *told.split(" "))
    if kind == "tag_back":
        return _give_back(work, key[1], datetime.fromisoformat(told))
    if kind == "unwished":
        return _wish_no_more(work, key[1], Moved(key[2]))
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
    "trust_ended": (TrustedPerson, "ended_at"),
    "trust_denied": (TrustedPerson, "disputed_at"),
    "note_ended": (CareNote, "ended_at"),
    "gate_revoked": (TagReader, "revoked_at"),
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


def _block_tag(work: Work, tag_id: str, why: str, at: str) -> bool:
    """What was lost or has a double opens nothing; one that was here again is not given out anew either."""
    tag = work.session.get(Tag, tag_id)
    if tag is None or tag.blocked_why in (why, WhyBlocked.CLONED):
        return False
    tag.blocked_at, tag.blocked_by, tag.blocked_why = datetime.fromisoformat(at), RESTORED, why
    return True


def _give_back(work: Work, hand_out_id: str, at: datetime) -> bool:
    """The tag stands for nobody: whoever has it now is somebody else, or nobody."""
    given = work.session.get(TagHandOut, hand_out_id)
    if given is None or given.returned_at is not None:
        return False
    given.returned_at, given.returned_by = at, RESTORED
    work.session.execute(sa.delete(TagChild).where(TagChild.tag_id == given.tag_id))
    tag = work.session.get_one(Tag, given.tag_id)
    if tag.blocked_at is None:
        tag.blocked_at, tag.blocked_by, tag.blocked_why = at, RESTORED, WhyBlocked.RETURNED
    return True


def _wish_no_more(work: Work, guardian_id: str, moved: Moved) -> bool:
    wish = work.session.get(AttendanceWish, guardian_id)
    if wish is None or not (wish.came if moved is Moved.CAME else wish.left):
        return False
    if moved is Moved.CAME:
        wish.came = False
    else:
        wish.left = False
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
    if key[0] == "confirms":
        gate = work.session.get(TagReader, key[1])
        if gate is None or not gate.confirms_itself:
            return False
        gate.confirms_itself = False
        return True
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


def _keep_apart(work: Work, thread_id: str, told: str) -> bool:
    """Guardians read a pupil's talk along from no earlier moment than staff said last, if at all."""
    thread = work.session.get(Thread, thread_id)
    if thread is None or thread.shared_from is None:
        return False
    since = datetime.fromisoformat(told) if told else None
    if since is not None and since <= thread.shared_from:
        return False
    thread.shared_from = since
    return True


def _end_ways_in(work: Work) -> None:
    """Nobody is signed in to a restored hub, no device is known to it, and no link of before leads into it; phones at a door
    are taken into use anew. A new address that waited for a no is told of anew: whether one came is not known."""
    work.session.execute(sa.update(StaffSession).values(device_id=None))
    work.session.execute(sa.update(StaffSession).where(StaffSession.ended_at.is_(None)).values(ended_at=work.now))
    work.session.execute(sa.delete(StaffDevice))
    work.session.execute(sa.delete(HalfSignIn))
    work.session.execute(sa.update(FamilySession).where(FamilySession.ended_at.is_(None)).values(ended_at=work.now))
    work.session.execute(sa.delete(PushDevice))
    work.session.execute(sa.delete(FamilyCode))
    work.session.execute(sa.delete(GatePairing))
    work.session.execute(
        sa.update(TagReader)
        .where(TagReader.kind == ReaderKind.PHONE, TagReader.revoked_at.is_(None))
        .values(revoked_at=work.now, revoked_by=RESTORED)
    )
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
