"""What the post office tells a monitor: how much waits, never what it says."""

from prometheus_client import CollectorRegistry, Gauge

from hub.desk import Desk
from hub.post.spool import Spool


def count_hub(registry: CollectorRegistry, desk: Desk, spool: Spool) -> None:
    """Put the hub's own gauges into a registry."""
    waiting = Gauge("budbok_works_waiting", "Works that wait for the store or run in it", registry=registry)
    waiting.set_function(lambda: float(desk.waiting))
    spooled = Gauge("budbok_spool_bytes", "Bytes in the local spool, kept while the store was away", registry=registry)
    spooled.set_function(lambda: float(spool.waiting_bytes))
