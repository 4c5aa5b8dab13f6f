"""What channels tell of deliveries: kept as it came, once, and heeded by the delivery that it is about."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.post.channel import Report
from hub.post.deliveries import FINAL, Delivery, Status, climb, end_addresses, look_again
from hub.quick_insert import QuickInsert
from hub.quick_select import QuickSelect


class DeliveryReport(Base):
    """What a channel told of a delivery, kept as it came, told or not told before."""

    __tablename__ = "delivery_reports"
    __table_args__ = (sa.UniqueConstraint("key"), sa.Index(None, "provider_id"))
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(160))
    channel: Mapped[str] = mapped_column(sa.String(40))
    provider_id: Mapped[str] = mapped_column(sa.String(80))
    delivery_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH))
    status: Mapped[str] = mapped_column(sa.String(12))
    error: Mapped[str | None] = mapped_column(sa.String(20))
    at: Mapped[Moment]


_EARLY = QuickSelect(
    sa.select(DeliveryReport.provider_id, DeliveryReport.channel, DeliveryReport.status, DeliveryReport.error)
    .where(DeliveryReport.provider_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(DeliveryReport.id)
)


def list_early_reports(look: Look, provider_ids: Sequence[str]) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """By channel and provider's id, what was told of deliveries: status and error, in the order it came."""
    out: dict[tuple[str, str], list[tuple[str, str | None]]] = {}
    for provider_id, channel, status, error in _EARLY.rows(look, ids=list(provider_ids)):
        out.setdefault((channel, provider_id), []).append((status, error))
    return out


_KNOWN = QuickSelect(sa.select(DeliveryReport.key).where(DeliveryReport.key.in_(sa.bindparam("keys", expanding=True))))
_KEEP = QuickInsert(
    Base.metadata.tables[DeliveryReport.__tablename__],
    ("id", "key", "channel", "provider_id", "delivery_id", "status", "error", "at"),
)
_REPORTED = QuickSelect(
    sa.select(Delivery)
    .where(
        sa.or_(
            Delivery.id.in_(sa.bindparam("own", expanding=True)),
            Delivery.provider_id.in_(sa.bindparam("theirs", expanding=True)),
        )
    )
    .order_by(Delivery.id)
    .with_for_update()
)


def keep_reports(work: Work, reports: Sequence[Report]) -> list[bool]:
    """Keep what channels told and let the deliveries climb. True for each that was new."""
    known = {key for (key,) in _KNOWN.rows(work, keys=[report.key for report in reports])}
    fresh: dict[str, Report] = {}
    out = []
    for report in reports:
        is_new = report.key not in known and report.key not in fresh
        out.append(is_new)
        if is_new:
            fresh[report.key] = report
    if not fresh:
        return out
    _KEEP.run(
        work.connection,
        [
            (work.new_id(), r.key, r.channel, r.provider_id, r.delivery_id, r.status, r.error, work.now)
            for r in fresh.values()
        ],
    )
    own, holders = _find_reported(work, fresh.values())
    for report in fresh.values():
        holding = holders[report.provider_id]
        tagged = own.get(report.delivery_id or "")
        delivery = tagged or (holding[-1] if holding else None)
        if delivery is None or delivery.channel != report.channel:
            continue
        if delivery.provider_id is None:
            delivery.provider_id = report.provider_id
        elif delivery.provider_id != report.provider_id:
            delivery.mark_once(f"second:{report.provider_id}")
            continue
        before = delivery.status
        climb(work, delivery, Status(report.status), report.error)
        if tagged is not None and look_again(work, tagged, holding):
            holders[report.provider_id] = [tagged]
            _heed_earlier(work, tagged, report.provider_id)
        if report.gone:
            end_addresses(work, delivery, report.error or "gone")
        if delivery.status != before and delivery.rank >= FINAL:
            work.ring(LIVE, delivery.message_id)
    return out


def _heed_earlier(work: Work, delivery: Delivery, provider_id: str) -> None:
    """What was told of its text while another was taken for it."""
    for status, error in list_early_reports(work, [provider_id]).get((delivery.channel, provider_id), ()):
        climb(work, delivery, Status(status), error)


def _find_reported(
    look: Look, reports: Iterable[Report]
) -> tuple[dict[str, Delivery], defaultdict[str, list[Delivery]]]:
    """Those that the reports may be about, by their own id and by the provider's."""
    reports = list(reports)
    asked = [r.delivery_id for r in reports if r.delivery_id]
    theirs = [r.provider_id for r in reports]
    own: dict[str, Delivery] = {}
    holders: defaultdict[str, list[Delivery]] = defaultdict(list)
    for (delivery,) in _REPORTED.rows(look, own=asked, theirs=theirs):
        own[delivery.id] = delivery
        if delivery.provider_id is not None:
            holders[delivery.provider_id].append(delivery)
    return own, holders
