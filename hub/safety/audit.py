"""The audit: what was done and read, by whom and why; append-only, and chained so that any change or loss shows.

Each writer of the store has a chain of its own. The heads of all chains are anchored outside the store now and then.
Source: security rule S10.2.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Json, Moment
from hub.desk import Look, Work
from hub.line_file import append_lines
from hub.quick_select import QuickSelect

GENESIS = "0" * 64


class AuditRow(Base):
    """One act or one reading of a page. `ids` name what was touched; nothing here is personal data."""

    __tablename__ = "audit"
    chain: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Moment]
    owner_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), index=True)
    who_kind: Mapped[str] = mapped_column(sa.String(10))
    who_id: Mapped[str] = mapped_column(sa.String(60))
    trust: Mapped[int] = mapped_column(sa.SmallInteger)
    what: Mapped[str] = mapped_column(sa.String(40))
    why: Mapped[str] = mapped_column(sa.String(200))
    ids: Mapped[Json]
    hash: Mapped[str] = mapped_column(sa.String(64))

    def digest(self, before: str) -> str:
        """The row's hash, given the hash of the row before it."""
        said = [
            before,
            self.chain,
            self.number,
            self.at.isoformat(),
            self.owner_id,
            self.who_kind,
            self.who_id,
            int(self.trust),
            self.what,
            self.why,
            list(self.ids),
        ]
        return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a chain begins once its oldest rows have gone: after `number`, whose hash was `hash`. `rows` are those that go."""

    chain: str
    number: int
    hash: str
    rows: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where a chain does not hold: `number` is the row, `what` a code: changed, lost, cut."""

    chain: str
    number: int
    what: str


def note(work: Work, what: str, ids: Sequence[str], why: str | None = None) -> None:
    """Write that the asker did, or read, this; in the same work as the act itself."""
    number, before = _head(work)
    asker = work.asker
    row = AuditRow(
        chain=work.writer,
        number=number + 1,
        at=work.now,
        owner_id=asker.owner_id,
        who_kind=asker.kind,
        who_id=asker.id,
        trust=asker.trust,
        what=what,
        why=why or asker.why,
        ids=list(ids),
        hash="",
    )
    row.hash = row.digest(before)
    work.session.add(row)
    work.session.info[_HEAD] = (row.number, row.hash)


_HEAD = "the head of the audit's chain, as this work has it"
_LAST = QuickSelect(
    sa.select(AuditRow.number, AuditRow.hash)
    .where(AuditRow.chain == sa.bindparam("chain"))
    .order_by(AuditRow.number.desc())
    .limit(1)
)


def _head(work: Work) -> tuple[int, str]:
    """Asked of the store once a work: nobody else writes this chain meanwhile."""
    known: tuple[int, str] | None = work.session.info.get(_HEAD)
    if known is not None:
        return known
    last = _LAST.rows(work, chain=work.writer)
    return last[0] if last else (0, GENESIS)


def heads(look: Look) -> dict[str, tuple[int, str]]:
    """The last number and hash of each chain."""
    last = sa.select(AuditRow.chain, sa.func.max(AuditRow.number).label("number")).group_by(AuditRow.chain).subquery()
    rows = look.session.execute(
        sa.select(AuditRow.chain, AuditRow.number, AuditRow.hash).join(
            last, sa.and_(AuditRow.chain == last.c.chain, AuditRow.number == last.c.number)
        )
    )
    return {row.chain: (row.number, row.hash) for row in rows}


def anchor(file: Path, at: str, now_heads: dict[str, tuple[int, str]]) -> None:
    """Write the heads to a file outside the store, one line a time; `at` is ISO 8601."""
    append_lines(file, [json.dumps({"at": at, "heads": now_heads}, separators=(",", ":"))])


def find_cuts(look: Look, anchors: Path, before: datetime, most: int | None = None) -> list[Cut]:
    """Where the chains may be cut: after rows that were anchored before a moment, at most so many rows in all.

    The last row of a chain stays, so that the chain goes on from it.
    """
    ends = sa.select(AuditRow.chain, sa.func.min(AuditRow.number), sa.func.max(AuditRow.number))
    old = _read_anchors(anchors, before)
    cuts = []
    for chain, first, last in look.session.execute(ends.group_by(AuditRow.chain).order_by(AuditRow.chain)):
        reach = last if most is None else min(last, first + most)
        number = max((number for number in old.get(chain, {}) if first <= number < reach), default=None)
        row = look.session.get(AuditRow, (chain, number)) if number is not None else None
        if row is not None and row.hash == old[chain][row.number]:
            cuts.append(Cut(chain, row.number, row.hash, row.number - first + 1))
            most = None if most is None else most - cuts[-1].rows
    return cuts


def anchor_cuts(file: Path, at: str, cuts: Sequence[Cut]) -> None:
    """Write outside the store, synced, where chains are to begin, before their oldest rows go."""
    said = {cut.chain: (cut.number, cut.hash) for cut in cuts}
    append_lines(file, [json.dumps({"at": at, "cuts": said}, separators=(",", ":"))])


def cut_chain(work: Work, cut: Cut) -> None:
    """Let go of a chain's oldest rows, once that is anchored."""
    work.session.execute(sa.delete(AuditRow).where(AuditRow.chain == cut.chain, AuditRow.number <= cut.number))
    note(work, "retention.audit", [cut.chain, str(cut.number)])


def verify(look: Look, *anchors: Path) -> Iterator[Fault]:
    """Walk every chain, then hold it against the anchors, those of each machine; yields each fault.

    A chain may begin where the anchors of one of them say that it was cut, and nowhere else.
    """
    before, number, chain = GENESIS, 0, ""
    cuts = _join(_read_anchors(file, told="cuts") for file in anchors)
    begins: dict[str, int] = {}
    seen: dict[str, dict[int, str]] = {}
    anchored = _join(_read_anchors(file) for file in anchors)
    rows = look.session.scalars(
        sa.select(AuditRow).order_by(AuditRow.chain, AuditRow.number).execution_options(yield_per=1000)
    )
    for row in rows:
        if row.chain != chain:
            chain = row.chain
            cut_hash = cuts.get(chain, {}).get(row.number - 1)
            before, number = (GENESIS, 0) if cut_hash is None else (cut_hash, row.number - 1)
            begins[chain] = number
        if row.number != number + 1:
            yield Fault(row.chain, number + 1, "lost")
        elif row.digest(before) != row.hash:
            yield Fault(row.chain, row.number, "changed")
        before, number = row.hash, row.number
        if row.number in anchored.get(row.chain, {}):
            seen.setdefault(row.chain, {})[row.number] = row.hash
    for name, heads_of_chain in anchored.items():
        for at_number, expected in heads_of_chain.items():
            if at_number <= begins.get(name, 0):
                continue
            found = seen.get(name, {}).get(at_number)
            if found is None:
                yield Fault(name, at_number, "cut")
            elif found != expected:
                yield Fault(name, at_number, "changed")


def check_ends(look: Look, anchors: Path, rows: int = 100) -> Iterator[Fault]:
    """The quick check: the last rows of each chain, and whether the newest anchor of each still stands."""
    ends = heads(look)
    for chain, (last, _) in ends.items():
        found = look.session.scalars(
            sa.select(AuditRow).where(AuditRow.chain == chain, AuditRow.number >= last - rows).order_by(AuditRow.number)
        ).all()
        for before, row in pairwise(found):
            if row.number != before.number + 1:
                yield Fault(chain, before.number + 1, "lost")
            elif row.digest(before.hash) != row.hash:
                yield Fault(chain, row.number, "changed")
    cuts = _read_anchors(anchors, told="cuts")
    for chain, anchored in _read_anchors(anchors).items():
        number = max(anchored)
        anchor_row = look.session.get(AuditRow, (chain, number))
        if anchor_row is None and number <= _begin(look, chain, cuts.get(chain, {})):
            continue
        if anchor_row is None:
            yield Fault(chain, number, "cut")
        elif anchor_row.hash != anchored[number]:
            yield Fault(chain, number, "changed")


def _begin(look: Look, chain: str, cuts: Mapping[int, str]) -> int:
    """After which number a chain begins, as the anchors say; 0 when it was never cut."""
    first = look.session.scalar(sa.select(sa.func.min(AuditRow.number)).where(AuditRow.chain == chain)) or 1
    return first - 1 if first - 1 in cuts else 0


def _join(anchored: Iterable[dict[str, dict[int, str]]]) -> dict[str, dict[int, str]]:
    joined: dict[str, dict[int, str]] = {}
    for each in anchored:
        for chain, hashes in each.items():
            joined.setdefault(chain, {}).update(hashes)
    return joined


def _read_anchors(file: Path, before: datetime | None = None, told: str = "heads") -> dict[str, dict[int, str]]:
    """By chain and number the hash: of the `heads` that were anchored, or of the `cuts`; of all, or those before a moment."""
    out: dict[str, dict[int, str]] = {}
    if not file.exists():
        return out
    for line in file.read_text("utf-8").splitlines():
        try:
            read = json.loads(line)
            found = read[told]
            is_asked = before is None or datetime.fromisoformat(read["at"]) < before
        except (ValueError, KeyError):
            continue
        for chain, (number, digest) in found.items() if is_asked else ():
            out.setdefault(chain, {})[number] = digest
    return out
