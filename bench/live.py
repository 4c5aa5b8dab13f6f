"""A live event to the last of very many open pages, and what a page costs in memory while it is open. The limit is a bare
aiohttp-sse site beside it, in the same run; both are held open at once, and told of something in turns.

Ours is the inbox of a leader, ten pages a session: each event has a commit in it, the question whom it concerns, and a sealed
mark for each session.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from admin_web.cookies import SESSION
from admin_web.live import VIEWERS_PER_SESSION

from .installation import free_port, install, settle
from .limit_live import PATH
from .process import NotReadyError, Process, is_open, load_average, resident_mb
from .row import Row
from .spoken_program import read_line, say, start_spoken

CHILDREN = 20
INBOX = "/threads/live"
KB = 1000.0


@dataclass
class Told:
    """A site, its viewers, how long each event took in seconds, and how many kB a page costs the site."""

    site: Process
    viewers: Process
    kb: float
    took: list[float] = field(default_factory=list)

    def tell(self) -> float:
        """One event to all of them. Raises: NotReadyError."""
        say(self.viewers)
        say(self.site)
        begun, ended = _hear(self.site), _hear(self.viewers)
        return ended - begun


def measure(viewers: int = 10_000, turns: int = 7) -> list[Row]:
    """So many pages, told of something so many times; the first time warms both up."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        installation = install(folder / "hub")
        settle(installation, CHILDREN)
        tokens, sessions = folder / "tokens", -(-viewers // VIEWERS_PER_SESSION)
        hub = start_spoken(stack, folder, "live_hub", str(installation.config), str(sessions), str(tokens))
        hub.wait_until(tokens.exists)
        port = free_port()
        bare = start_spoken(stack, folder, "limit_live", str(port))
        bare.wait_until(lambda: is_open(port))
        limit = _fill(stack, folder, bare, "bare_viewers", str(port), PATH, viewers)
        more = ("--cookie", SESSION, "--tokens", str(tokens))
        ours = _fill(stack, folder, hub, "hub_viewers", str(installation.staff_port), INBOX, viewers, *more)
        for turn in range(turns + 1):
            for one in (limit, ours):
                took = one.tell()
                one.took += [took] if turn else []
        load = load_average()
    note = f"load average {load}; worst of {turns}: {max(ours.took):.2f} s and {max(limit.took):.2f} s"
    return [
        Row(f"a live event to the last of {viewers:,} open pages", median(ours.took), median(limit.took), "s", 4.0, 1.5,
            more_is_better=False, note=note),
        Row("the same: memory of one open page", ours.kb, limit.kb, "kB", 4.0, 1.5, more_is_better=False),
    ]  # fmt: skip


def _fill(
    stack: ExitStack, folder: Path, site: Process, name: str, port: str, path: str, count: int, *more: str
) -> Told:
    before = resident_mb(site.pid)
    viewers = start_spoken(stack, folder, "live_viewers", port, path, str(count), *more, name=name)
    read_line(viewers)
    return Told(site, viewers, (resident_mb(site.pid) - before) * KB / count)


def _hear(process: Process) -> float:
    line = read_line(process)
    try:
        return float(line)
    except ValueError:
        raise NotReadyError(line) from None
