"""What `budbok doctor` asks the store: is it there, of the right version, durable, on time, and does its audit hold."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub.asker import operator_asker
from hub.clock import Clock
from hub.database import is_sqlite, make_engine
from hub.desk import Look
from hub.operations.findings import Finding, fine, hint, wrong
from hub.operations.letters_check import check_held_letters
from hub.people.numbers import NumberKind, VirtualNumber
from hub.post.arrivals import Arrival
from hub.post.nodes import list_living
from hub.privacy.retention import LONGEST_STEP, find_last_run, list_marks
from hub.safety.audit import AuditRow, check_ends
from hub.upgrade import newest_version, version_of
from hub.words import Words

CLOCK_SLACK = timedelta(seconds=5)
Numbers = dict[str, list[tuple[str, str]]]
"""By channel: the source's id and the value of each number that the channel's provider can be asked about."""


def check_store(url: str, data: Path, clock: Clock, *, is_shared: bool = False) -> tuple[list[Finding], Numbers]:
    """What was found, and the numbers in the pool. `is_shared`: by its settings the hub is one of several."""
    if is_sqlite(url) and not Path(sa.make_url(url).database or "").exists():
        return [hint("store", "it is not there yet.", "`budbok run` makes it.")], {}
    engine = make_engine(url, connections=1)
    try:
        found = [*_check_version(engine)]
        if any(finding.grade != "fine" for finding in found):
            return found, {}
        with engine.connect() as connection:
            found += check_durability(connection)
            if engine.dialect.name == "postgresql":
                found += _check_server_clock(connection, clock.now())
        with Session(engine) as session:
            look = Look(session, clock.now(), Words("en"), operator_asker("doctor"))
            found += check_clock(look)
            found += _check_company(look, is_shared)
            found += _check_audit(look, data / "anchors.jsonl")
            found += check_retention(look)
            found += check_held_letters(look)
            return found, _list_numbers(look)
    except SQLAlchemyError as error:
        cause = type(getattr(error, "orig", None) or error).__name__
        return [wrong("store", f"it cannot be read ({cause}).", "See that it runs and that hub.database is right.")], {}
    finally:
        engine.dispose()


def _check_version(engine: sa.Engine) -> Iterator[Finding]:
    version, newest = version_of(engine), newest_version()
    if version == newest:
        yield fine("store", f"it is there, of version {version}.")
    elif version is not None and version > newest:
        yield wrong(
            "store", f"it is of version {version}; this hub knows {newest} at most.", "Install the newer hub again."
        )
    else:
        yield hint(
            "store", f"it is of version {version or 'none'}, not {newest}.", "`budbok run` brings it up to date."
        )


def check_durability(connection: sa.Connection) -> Iterator[Finding]:
    """Would what is committed survive the power going out? Source: security rule S9.1."""
    if connection.dialect.name == "sqlite":
        wanted = {"journal_mode": ("wal",), "synchronous": ("2", "3")}
        ask, change = "PRAGMA {}", "Let nothing but the hub set up the store."
    else:
        wanted = {"synchronous_commit": ("on", "remote_apply"), "fsync": ("on",), "full_page_writes": ("on",)}
        ask, change = "SHOW {}", "Set it to on in postgresql.conf."
    bad = False
    for name, right in wanted.items():
        told = str(connection.exec_driver_sql(ask.format(name)).scalar())
        if told not in right:
            bad = True
            yield wrong("durability", f"{name} is {told}.", change)
    if not bad:
        yield fine("durability", f"what is committed is on the disk ({', '.join(wanted)}).")


def _check_server_clock(connection: sa.Connection, now: datetime) -> Iterator[Finding]:
    yield judge_clock("the database server's", connection.scalar(sa.text("SELECT now()")) - now)


def _check_company(look: Look, is_shared: bool) -> Iterator[Finding]:
    living = len(list_living(look))
    if is_shared:
        yield fine("hubs", f"{living} of them run on this store now.")
    elif living:
        yield wrong(
            "hubs",
            f"{living} of them share this store now, and these settings are of a hub that is alone on it.",
            "Write hub.nats into these settings as it is in theirs.",
        )


def check_clock(look: Look) -> Iterator[Finding]:
    """Nothing in the store may be from a time to come."""
    last = [look.session.scalar(sa.select(sa.func.max(column))) for column in (Arrival.received_at, AuditRow.at)]
    ahead = max((at - look.now for at in last if at is not None), default=timedelta())
    if ahead > CLOCK_SLACK:
        yield wrong(
            "clock",
            f"the store has rows from {ahead.total_seconds():.0f} seconds ahead of this machine's clock.",
            "Set the clock by a time server, for instance with `timedatectl set-ntp true`.",
        )
    else:
        yield fine("clock", "nothing in the store is from a time to come.")


def judge_clock(whose: str, ahead: timedelta) -> Finding:
    seconds = ahead.total_seconds()
    if abs(ahead) <= CLOCK_SLACK:
        return fine("clock", f"it agrees with {whose}.")
    word = "behind" if seconds > 0 else "ahead of"
    return wrong(
        "clock",
        f"this machine's clock is {abs(seconds):.0f} seconds {word} {whose}.",
        "Set it by a time server, for instance with `timedatectl set-ntp true`.",
    )


def _check_audit(look: Look, anchors: Path) -> Iterator[Finding]:
    fault = next(check_ends(look, anchors), None)
    if fault is not None:
        yield wrong(
            "audit", f"chain {fault.chain} does not hold at {fault.number}.", "Run `budbok verify` for all of it."
        )
    else:
        yield fine("audit", "the ends of its chains hold, and what was anchored is there.")


def check_retention(look: Look) -> Iterator[Finding]:
    """Runs follow each other, and the ceiling of the last left nothing lying that is over."""
    left = sum(mark.left for mark in list_marks(look))
    last = find_last_run(look)
    if last is not None and abs(look.now - last) > LONGEST_STEP:
        yield wrong(
            "retention",
            f"the last run was on {last:%Y-%m-%d}: by itself it goes on only while the clock goes on day by day.",
            "See that the clock is right and what `budbok retention` tells; then run it with --apply.",
        )
    elif left:
        yield wrong(
            "retention",
            f"the last run stopped at its ceiling, and left {left} things that are over.",
            "See `budbok retention`: if that is as it should be, run it with --apply until nothing is left.",
        )
    else:
        yield fine("retention", "nothing is kept past its time because of the ceiling.")


def _list_numbers(look: Look) -> Numbers:
    numbers: Numbers = {}
    for number in look.session.scalars(sa.select(VirtualNumber).order_by(VirtualNumber.source_id)):
        if number.kind is NumberKind.E164:
            numbers.setdefault(number.channel, []).append((number.source_id, number.value))
    return numbers
