"""Retention: once a day, what is over is let go, the oldest first, in small works, and never more than a ceiling at a time.

How far each kind has been let go is kept in a mark, which the journal outside the store repeats: a restored store then
lets go of the same again before it serves. Source: security rules S10.3 and S10.4.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import routine_asker
from hub.config import RetentionSettings
from hub.database import Base, Moment
from hub.desk import Desk, Look, Work
from hub.post.arrival_parts import forget_parts
from hub.post.bills import forget_bills
from hub.post.text_counts import forget_counts
from hub.privacy.forgetting import forget
from hub.privacy.holds import list_holds
from hub.privacy.over import Over, count_over, list_over
from hub.privacy.terms import Kind, cutoff, days_of
from hub.safety import audit

log = logging.getLogger(__name__)
ASKER = routine_asker("retention")
BATCH = 50
AGAIN_BATCH = 500
SPOOL, AUDIT = "spool", "audit"
LONGEST_STEP = timedelta(days=14)
"""Between two runs: a clock that went on by more may be wrong, and is not believed before a person runs it."""


class RetentionMark(Base):
    """How far one kind has been let go: everything older than `up_to` that no hold kept. `left` is what the last run left
    undone because of its ceiling."""

    __tablename__ = "retention_marks"
    id: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    up_to: Mapped[Moment]
    ran_at: Mapped[Moment]
    left: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Places:
    """Where what is outside the store lies: the spool's folder, and the audit's anchors."""

    spool: Path
    anchors: Path


@dataclass(frozen=True, slots=True)
class Account:
    """One kind: what was over, what a hold keeps, what went, and what the ceiling left for another time."""

    kind: str
    days: int
    before: datetime
    over: int
    held: int
    gone: int = 0

    @property
    def left(self) -> int:
        return self.over - self.gone


async def survey(desk: Desk, terms: RetentionSettings, places: Places) -> list[Account]:
    """What would go now, and what would be kept by a hold; nothing is changed."""
    now = desk.clock.now()
    accounts = [await _survey_kind(desk, terms, kind, now) for kind in Kind]
    holds = await desk.look(ASKER, list_holds)
    aside = _list_aside(places.spool, _before(now, terms.spool_days))
    accounts.append(_account_of_spool(terms, now, aside, bool(holds)))
    cuts = await desk.look(ASKER, audit.find_cuts, places.anchors, _before(now, terms.audit_days))
    return [*accounts, _account_of_audit(terms, now, cuts, bool(holds))]


async def run(desk: Desk, terms: RetentionSettings, places: Places) -> list[Account]:
    """Let go of what is over, up to the ceiling. Where that leaves something undone it is an alarm."""
    now, room = desk.clock.now(), terms.most_per_run
    accounts = []
    for kind in Kind:
        account = await _survey_kind(desk, terms, kind, now)
        gone = await _let_go(desk, kind, account.before, min(room, account.over))
        await desk.work(
            ASKER, mark, kind, gone.up_to if gone.count < account.over else account.before, account.over - gone.count
        )
        accounts.append(Account(kind, account.days, account.before, account.over, account.held, gone.count))
        room -= gone.count
    spool = await let_go_of_spool(desk, terms, places.spool, room)
    cut = await _let_go_of_audit(desk, terms, places, now, room - spool.gone)
    await desk.work(ASKER, forget_counts)
    await desk.work(ASKER, forget_bills)
    await desk.work(ASKER, forget_parts)
    accounts += [spool, cut]
    left = sum(account.left for account in accounts)
    if left:
        log.error("retention stopped at its ceiling", extra={"left": left, "ceiling": terms.most_per_run})
    return accounts


async def _survey_kind(desk: Desk, terms: RetentionSettings, kind: Kind, now: datetime) -> Account:
    before = cutoff(kind, terms, now)
    over, held = await desk.look(ASKER, count_over, kind, before)
    return Account(kind, days_of(kind, terms), before, over, held)


@dataclass(slots=True)
class _Gone:
    up_to: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    count: int = 0


async def _let_go(desk: Desk, kind: Kind, before: datetime, limit: int) -> _Gone:
    gone = _Gone()
    found = await desk.look(ASKER, list_over, kind, before, limit) if limit else []
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        gone.count += await desk.work(ASKER, forget_over, kind, before, batch)
        gone.up_to = batch[-1].at
        await asyncio.sleep(0)
    return gone


def forget_over(work: Work, kind: Kind, before: datetime, batch: Sequence[Over]) -> int:
    """Let go of those that no hold keeps by now, and say how far that came. How many went."""
    ids = [over.id for over in list_over(work, kind, before, len(batch), [over.id for over in batch])]
    forget(work, kind, ids)
    mark(work, kind, batch[-1].at)
    return len(ids)


def mark(work: Work, kind: str, up_to: datetime, left: int = 0) -> None:
    """Say how far a kind has been let go; never back."""
    found = work.session.get(RetentionMark, kind)
    if found is None:
        work.session.add(RetentionMark(id=kind, up_to=up_to, ran_at=work.now, left=left))
        return
    found.up_to, found.ran_at, found.left = max(found.up_to, up_to), work.now, left


def forget_again(work: Work, kind: str, up_to: datetime) -> int:
    """For a store that was restored: let go of all that had gone already. How many things that was."""
    if kind not in frozenset(Kind):
        return 0
    count = 0
    while over := list_over(work, Kind(kind), up_to, AGAIN_BATCH):
        forget(work, Kind(kind), [each.id for each in over])
        count += len(over)
    mark(work, kind, up_to)
    return count


def list_marks(look: Look) -> list[RetentionMark]:
    return list(look.session.scalars(sa.select(RetentionMark).order_by(RetentionMark.id)))


def is_due(look: Look) -> bool:
    """Whether no run has ended on this day, UTC. Never when the clock has gone on by more than the longest step."""
    last = find_last_run(look) or _find_life(look)
    if last is not None and look.now - last > LONGEST_STEP:
        log.error("retention waits for a person: is the clock right?", extra={"days": (look.now - last).days})
        return False
    return last is None or last.date() < look.now.date()


def has_run_today(look: Look) -> bool:
    """Whether a run has ended on this day, UTC, by whichever hub was on duty."""
    last = find_last_run(look)
    return last is not None and last.date() == look.now.date()


def find_last_run(look: Look) -> datetime | None:
    """When a run last ended."""
    return look.session.scalar(sa.select(sa.func.min(RetentionMark.ran_at)))


def _find_life(look: Look) -> datetime | None:
    """For a store in which there was no run yet: when something was last done in it, before this day."""
    return look.session.scalar(
        sa.select(sa.func.max(audit.AuditRow.at)).where(audit.AuditRow.at < look.now - timedelta(days=1))
    )


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _list_aside(folder: Path, before: datetime) -> list[Path]:
    """What the spool set aside for a person and is over."""
    files = sorted(folder.glob("*.aside"))
    return [file for file in files if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before]


def _account_of_spool(terms: RetentionSettings, now: datetime, aside: Sequence[Path], is_held: bool) -> Account:
    """Whose words lie in there only reading would tell: any hold keeps it all."""
    over = 0 if is_held else len(aside)
    return Account(SPOOL, terms.spool_days, _before(now, terms.spool_days), over, len(aside) - over)


async def let_go_of_spool(desk: Desk, terms: RetentionSettings, folder: Path, room: int) -> Account:
    """`room`: how many files at most. First the row in the audit, then the file: what a crash leaves is found again by the next
    run."""
    now = desk.clock.now()
    holds = await desk.look(ASKER, list_holds)
    aside = _list_aside(folder, _before(now, terms.spool_days))
    account = _account_of_spool(terms, now, aside, bool(holds))
    going = aside[: min(room, account.over)]
    for file in going:
        await desk.work(ASKER, audit.note, "retention.forget", [file.name], SPOOL)
        await asyncio.to_thread(file.unlink, missing_ok=True)
    return Account(SPOOL, account.days, account.before, account.over, account.held, len(going))


async def _let_go_of_audit(desk: Desk, terms: RetentionSettings, places: Places, now: datetime, room: int) -> Account:
    """First the anchors say where each chain now begins, then the rows before that go."""
    before = _before(now, terms.audit_days)
    over = await desk.look(ASKER, audit.find_cuts, places.anchors, before)
    account = _account_of_audit(terms, now, over, bool(await desk.look(ASKER, list_holds)))
    if not account.over:
        return account
    cuts = await desk.look(ASKER, audit.find_cuts, places.anchors, before, room)
    if cuts:
        await asyncio.to_thread(audit.anchor_cuts, places.anchors, now.isoformat(), cuts)
    for cut in cuts:
        await desk.work(ASKER, audit.cut_chain, cut)
    return Account(AUDIT, account.days, before, account.over, 0, _rows(cuts))


def _account_of_audit(terms: RetentionSettings, now: datetime, cuts: Sequence[audit.Cut], is_held: bool) -> Account:
    """Who read what of a held child's stands among everything else, and a chain is cut only at its beginning: any hold keeps
    it all."""
    over = 0 if is_held else _rows(cuts)
    return Account(AUDIT, terms.audit_days, _before(now, terms.audit_days), over, _rows(cuts) - over)


def _rows(cuts: Iterable[audit.Cut]) -> int:
    return sum(cut.rows for cut in cuts)
