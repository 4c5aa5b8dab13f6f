"""The worst morning: for a minute three times as many texts come in as the hub can take, while it sends a broadcast to very
many families and very many pages are open. Nothing that was acknowledged may be lost, whoever is not served is told so at once,
and soon after all is as ever. How much the hub can take is pressed out of it before, in the same run.
"""

import json
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from admin_web.cookies import SESSION
from admin_web.live import VIEWERS_PER_SESSION
from hub.desk import Look
from hub.post.arrivals import Arrival

from .accepting import FORMS_PER_SECOND, make_forms
from .broadcast import beside
from .installation import BENCH, Installation, with_desk
from .live import INBOX
from .load import press
from .process import ROOT, load_average
from .row import Row
from .spoken_program import read_line, say, start_spoken

TIMES = 3
PRESS_SECONDS = 3.0
MOST_FORMS = 240_000
MORE_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Morning:
    """What the flood saw, how much of what was acknowledged is in the store, and how many of the broadcast's texts had gone."""

    saw: dict[str, Any]
    capacity: float
    found: float
    pages_lost: str
    gone: int


def measure(families: int = 10_000, pages: int = 10_000, seconds: float = 60.0) -> list[Row]:
    """So many families are written to, so many pages are open, for so many seconds."""
    morning = _live(families, pages, seconds)
    saw, kept, refused = morning.saw, morning.saw["kept"], morning.saw["refused"]
    offered = (
        f"{saw['offered']:,.0f}/s really offered against {morning.capacity:,.0f}/s that the hub took before; "
        f"{kept['count']:,} kept, {refused['count']:,} told 503, {saw['other']} neither; {pages:,} pages open, "
        f"{morning.pages_lost} of them lost; {morning.gone:,} of {families:,} texts of the broadcast gone; "
        f"load average {load_average()}"
    )
    answered = kept["count"] + refused["count"]
    rows = [
        Row("the worst morning: of what was acknowledged, found in the store", morning.found * 100, None, "%", 100, 100,
            note=offered),
        Row("the same: of what was offered, kept or told 503", answered / (answered + saw["other"]) * 100, None, "%", 100,
            100),
        Row("the same: p99 of what was kept", kept["p99"], None, "s", 2, 1, more_is_better=False),
        Row("the same: back to normal", saw["back"], None, "s", 5, 2, more_is_better=False),
    ]  # fmt: skip
    if refused["count"]:
        told = Row("the same: p99 of being told 503", refused["p99"], None, "s", 1, 0.2, more_is_better=False)
        rows.insert(3, told)
    return rows


def _live(families: int, pages: int, seconds: float) -> Morning:
    with beside(families) as (folder, installation, _), ExitStack() as stack:
        tokens, sessions = folder / "tokens", -(-pages // VIEWERS_PER_SESSION)
        arguments = [str(installation.config), str(sessions), str(tokens)]
        hub = start_spoken(stack, folder, "morning_hub", *arguments)
        hub.wait_until(tokens.exists)
        capacity = press(installation.public_port, make_forms(folder, PRESS_SECONDS), PRESS_SECONDS).per_second
        more = ("--cookie", SESSION, "--tokens", str(tokens))
        viewers = start_spoken(stack, folder, "live_viewers", str(installation.staff_port), INBOX, str(pages), *more)
        read_line(viewers)
        forms = make_forms(folder, min(capacity * TIMES * seconds * 1.01, MOST_FORMS) / FORMS_PER_SECOND)
        say(hub)
        acknowledged = folder / "acknowledged.txt"
        saw = _flood(installation, forms, seconds, capacity * TIMES, acknowledged)
        say(viewers)
        told = read_line(viewers)
        say(hub)
        gone = int(read_line(hub))
        hub.end()
        kept = set(acknowledged.read_text("utf-8").split())
        found = len(kept & with_desk(installation, lambda desk: desk.look(BENCH, _list_kept))) / len(kept)
    pages_lost = told.split()[1] if told.startswith("FAILED") else "none"
    return Morning(saw, capacity, found, pages_lost, gone)


def _flood(
    installation: Installation, forms: Path, seconds: float, per_second: float, acknowledged: Path
) -> dict[str, Any]:
    arguments = [str(installation.public_port), str(forms), str(seconds), str(per_second), str(acknowledged)]
    told = subprocess.run(
        [sys.executable, "-m", "bench.flood", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=seconds + MORE_SECONDS, check=True,
    )  # fmt: skip
    line = next(line for line in told.stdout.splitlines() if line.startswith("RESULT "))
    saw: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return saw


def _list_kept(look: Look) -> set[str]:
    return set(look.session.scalars(sa.select(Arrival.provider_id)))
