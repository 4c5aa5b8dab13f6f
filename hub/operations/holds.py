"""`budbok hold`: keeps what is about a child, or in a thread, until the hold is lifted; without a name it lists the holds."""

import json
from collections.abc import Callable

import sqlalchemy as sa

from hub.asker import operator_asker
from hub.desk import Desk, Look, Work
from hub.people.families import Child
from hub.post.messages import Thread
from hub.privacy.holds import hold, lift, list_holds

Say = Callable[[str], None]
ASKER = operator_asker("hold")
NOT_THERE = "There is no such child or thread, or several owners have a child of that name in the register."
NO_REASON = "A hold needs a reason: --reason WHY."


async def set_hold(desk: Desk, named: str, reason: str, say: Say, *, lift: bool) -> int:
    """The exit code: 0 done, 1 there is nothing of that name, or no reason was given. Raises: NotHeldError."""
    if not reason and not lift:
        say(NO_REASON)
        return 1
    if not await desk.work(ASKER, _set, named, reason, lift):
        say(NOT_THERE)
        return 1
    say("It is held no longer." if lift else "It is held.")
    return 0


async def tell_holds(desk: Desk, say: Say, as_json: bool) -> int:
    """Say each hold that stands. The exit code, 0."""
    holds = await desk.look(ASKER, list_holds)
    if not holds and not as_json:
        say("Nothing is held.")
    for held in holds:
        kind = "child" if held.child_id is not None else "thread"
        said = {"kind": kind, "id": held.of, "since": held.set_at.isoformat(), "by": held.set_by, "reason": held.reason}
        say(json.dumps(said, ensure_ascii=False) if as_json else "\t".join(said.values()))
    return 0


def _set(work: Work, named: str, reason: str, is_over: bool) -> bool:
    what = _find(work, named)
    if what is None:
        return False
    if is_over:
        lift(work, what)
    else:
        hold(work, what, reason)
    return True


def _find(look: Look, named: str) -> Child | Thread | None:
    """By id; a child also by the register's id, where one owner has it."""
    found = look.session.get(Child, named) or look.session.get(Thread, named)
    if found is not None:
        return found
    same = list(look.session.scalars(sa.select(Child).where(Child.source_id == named).limit(2)))
    return same[0] if len(same) == 1 else None
