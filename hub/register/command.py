"""The command `budbok register load`: shows what would change, and changes it when told to."""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from hub.asker import operator_asker
from hub.desk import Desk
from hub.register.changes import Changes, Kind
from hub.register.loading import TooLargeError, apply, compare
from hub.register.reading import RegisterError, read_register
from hub.seal import Seal

LINES_AT_MOST = 200

DONE, NOT_LOADED, TOO_LARGE = 0, 1, 2

Say = Callable[[str], None]


async def load(
    desk: Desk,
    path: Path,
    say: Say,
    *,
    apply_it: bool = False,
    large: bool = False,
    approve: Collection[str] = (),
    as_json: bool = False,
    seal: Seal | None = None,
) -> int:
    """The command's exit code: 0 done, 1 the register has faults (nothing is changed), 2 it needs `--large`."""
    asker = operator_asker("register load")
    try:
        register = await asyncio.to_thread(read_register, path)
        if apply_it:
            changes = await desk.work(asker, apply, register, approve, large, seal)
        else:
            changes = await desk.look(asker, compare, register, approve, seal)
    except TooLargeError as error:
        _say_all(say, error.sentences)
        say("Nothing was changed. Look without --apply; when it is meant, use --apply --large.")
        return TOO_LARGE
    except RegisterError as error:
        _say_all(say, error.sentences)
        say("Nothing was changed.")
        return NOT_LOADED
    if as_json:
        _say_all(say, (json.dumps(change.as_json()) for change in changes.rows))
    else:
        _tell(say, changes, apply_it)
    return DONE


def _tell(say: Say, changes: Changes, applied: bool) -> None:
    alarms = changes.of(Kind.WAITS) + changes.of(Kind.HELD)
    others = [change for change in changes.rows if change not in alarms and change.kind is not Kind.ADDED]
    _say_all(say, changes.counts())
    _say_all(say, (change.line() for change in others[:LINES_AT_MOST]))
    if len(others) > LINES_AT_MOST:
        say(f"... and {len(others) - LINES_AT_MOST} more; --json tells all.")
    _say_all(say, (f"! {change.line()}" for change in alarms))
    if changes.confirmed:
        say(f"{changes.confirmed} addresses confirmed again.")
    if applied:
        say("Done." if not changes.is_nothing else "Nothing to change.")
    elif changes.large:
        say(f"This is much for {', '.join(changes.large)}: it takes --apply --large.")
    else:
        say("Nothing was changed yet: add --apply." if not changes.is_nothing else "Nothing would change.")


def _say_all(say: Say, lines: Iterable[str]) -> None:
    for line in lines:
        say(line)
