"""Texts out by SMPP: our channel against smpp34's client alone, at one SMSC that takes whatever comes.

The channel writes, cuts and encodes each text, keeps the window, and remembers whose answer came; the client, in Rust, has the
octets ready.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from .installation import free_port
from .process import ROOT, is_open, start
from .row import Row

WINDOW = 10
SECONDS = 300.0


def measure(texts: int = 5000, turns: int = 5) -> list[Row]:
    """Turn about, so that both meet the same machine."""
    rates: dict[str, list[float]] = {"channel": [], "client": []}
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="budbok-bench-") as folder,
        start(Path(folder), "sink", "-m", "bench.smpp_sink", str(port)) as sink,
    ):
        sink.wait_until(lambda: is_open(port))
        for _ in range(turns):
            for kind, found in rates.items():
                found.append(_send(kind, port, texts))
    ours, limit = median(rates["channel"]), median(rates["client"])
    note = f"one link, {WINDOW} unanswered; smpp34's client alone is the limit"
    return [Row("SMPP out", ours, limit, "/s", 0.4, 0.7, note=note)]


def _send(kind: str, port: int, texts: int) -> float:
    told = [sys.executable, "-m", "bench.smpp_sender", kind, str(port), str(texts), str(WINDOW)]
    done = subprocess.run(told, cwd=ROOT, check=True, capture_output=True, timeout=SECONDS)
    return float(done.stdout)
