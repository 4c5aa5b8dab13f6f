"""`budbok records`: how much waits for the archive and what has left; and the export, which a crash only interrupts."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from hub.archive.exports import HELD_FOR, Asked, BrokenRecordError, UnderWayError, find_open, list_exports
from hub.archive.folder import NotOurFolderError
from hub.archive.gathering import gather_records
from hub.archive.leaving import NotWholeError, export_records
from hub.archive.records import count_waiting
from hub.asker import operator_asker
from hub.desk import Desk, Look
from hub.people.places import Owner

Say = Callable[[str], None]
ASKER = operator_asker("records")
NO_OWNER = "There is no owner of that name, or there are several: name it by its id. `budbok records list` tells them."


async def export(desk: Desk, named: str, asked: Asked, folder: Path, say: Say) -> int:
    """The exit code: 0 done, or nothing waits; 1 it is not done, and the same command goes on. Raises: OSError."""
    owner = await desk.look(ASKER, _find_owner, named)
    if owner is None:
        say(NO_OWNER)
        return 1
    await gather_records(desk)
    asker = replace(ASKER, owner_id=owner.id)
    try:
        left = await export_records(desk, asker, owner, asked, folder)
    except NotOurFolderError as error:
        say(f"{error}.")
        return 1
    except UnderWayError as error:
        minutes = HELD_FOR.seconds // 60
        say(
            f"An export of {owner.name} is being written to {error}. Wait until it is done; if it has stopped, go on in that "
            f"folder, or here in {minutes} minutes."
        )
        return 1
    except BrokenRecordError as error:
        say(f"The record {error} is not as it was kept. Nothing counts as having left; restore a backup.")
        return 1
    except NotWholeError as error:
        for fault in error.args:
            say(f"Not as it was to be: {fault}.")
        say("Nothing counts as having left. Name an empty folder.")
        return 1
    if left is None:
        say("Nothing has left yet that could leave again." if asked.again else "Nothing waits.")
    else:
        if left.was_begun:
            say("It went on with the export that had been begun; what was asked for now waits for another.")
        say(f"Records in {folder}: {left.records}, checked.")
        say(f"Keep this apart from them: {left.head}")
    await _say_secret(desk, owner, asked, say)
    return 0


async def _say_secret(desk: Desk, owner: Owner, asked: Asked, say: Say) -> None:
    waiting = await desk.look(ASKER, _count_secret, owner.id)
    if waiting and not asked.secret:
        say(f"{waiting} of protected children wait: --protected exports them too. Decide first who may read them.")


def _count_secret(look: Look, owner_id: str) -> int:
    return sum(count_waiting(look, owner_id, secret=True).values())


async def tell_records(desk: Desk, say: Say, *, as_json: bool) -> int:
    """Say each owner. The exit code, 0."""
    await gather_records(desk)
    for told in await desk.look(ASKER, _tell):
        say(json.dumps(told, ensure_ascii=False) if as_json else _line(told))
    return 0


def _tell(look: Look) -> list[dict[str, object]]:
    return [_tell_owner(look, owner) for owner in look.session.scalars(sa.select(Owner).order_by(Owner.name))]


def _tell_owner(look: Look, owner: Owner) -> dict[str, object]:
    last = next(iter(list_exports(look, owner.id, 1)), None)
    return {
        "owner": owner.id,
        "name": owner.name,
        "waiting": dict(count_waiting(look, owner.id)),
        "protected": _count_secret(look, owner.id),
        "unfinished": find_open(look, owner.id) is not None,
        "left_at": last.ended_at.isoformat() if last is not None and last.ended_at is not None else None,
        "left": last.records if last is not None else 0,
        "head": last.head if last is not None else None,
    }


def _line(told: dict[str, object]) -> str:
    waiting = told["waiting"]
    kinds = ", ".join(f"{kind} {count}" for kind, count in waiting.items()) if isinstance(waiting, dict) else ""
    parts = [str(told["owner"]), str(told["name"]), f"waiting: {kinds or 'nothing'}", f"protected: {told['protected']}"]
    if told["unfinished"]:
        parts.append("an export is not finished: run it again")
    if told["left_at"]:
        parts.append(f"last: records {told['left']}, {told['left_at']}, head {told['head']}")
    return "\t".join(parts)


def _find_owner(look: Look, named: str) -> Owner | None:
    """By its id, the register's, or its name, where one has it."""
    found = look.session.get(Owner, named)
    if found is not None:
        return found
    named_so = sa.or_(Owner.source_id == named, Owner.name == named)
    same = list(look.session.scalars(sa.select(Owner).where(named_so).limit(2)))
    return same[0] if len(same) == 1 else None
