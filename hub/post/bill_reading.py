"""Reads the ledger of each provider that has one, a stretch at a time, so that what was read is kept whatever comes next."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from hub.asker import routine_asker
from hub.desk import Desk
from hub.post.billing import BillingChannel
from hub.post.bills import find_since, keep_bills, mark_read
from hub.post.channel import Channel, SendError

log = logging.getLogger(__name__)
BILLS = routine_asker("bills")
STRETCH = timedelta(hours=6)
AT_ONCE = 200


async def read_bills(desk: Desk, channels: Mapping[str, Channel]) -> None:
    """All of them, as far as now."""
    for name, channel in channels.items():
        if isinstance(channel, BillingChannel):
            await _read(desk, name, channel)


async def _read(desk: Desk, name: str, channel: BillingChannel) -> None:
    since, now = await desk.look(BILLS, find_since, name), desk.clock.now()
    while since < now:
        until = min(since + STRETCH, now)
        try:
            lines = await channel.list_bills(since, until)
        except SendError as error:
            log.warning("a provider's ledger could not be read", extra={"channel": name, "reason": error.reason})
            return
        for start in range(0, len(lines), AT_ONCE):
            await desk.work(BILLS, keep_bills, name, lines[start : start + AT_ONCE])
        await desk.work(BILLS, mark_read, name, until)
        since = until
