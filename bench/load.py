"""Load on one address: as much as it takes (wrk, or Python where there is no wrk), or paced, in processes of their own."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .forms import PATH
from .process import ROOT

CONNECTIONS = 32
MORE_SECONDS = 30


class LoadError(RuntimeError):
    """An answer was not 200, or the forms ran out: the measurement is worth nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a load generator saw."""

    per_second: float
    p50_ms: float
    p99_ms: float


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def press(port: int, forms: Path, seconds: float) -> Result:
    """Post forms on 32 connections, each the next when it has its answer. Raises: LoadError."""
    if not has_wrk():
        return _run_client("press", port, forms, seconds, CONNECTIONS)
    arguments = [PATH, "1", str(forms)]
    told = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", str(Path(__file__).with_name("wrk.lua")),
         f"http://127.0.0.1:{port}", "--", *arguments],
        capture_output=True, text=True, timeout=seconds + MORE_SECONDS, check=False,
    )  # fmt: skip
    return _read(told)


def pace(port: int, forms: Path, seconds: float, per_second: float) -> Result:
    """Post forms at a steady rate, whether answers come or not. Raises: LoadError.

    `per_second` of the result is what was really offered: less than asked when the generator itself had no time.
    """
    return _run_client("pace", port, forms, seconds, per_second)


def post_all(port: int, forms: Path, seconds: float) -> Result:
    """Post every form once, on 32 connections, within so many seconds. Raises: LoadError."""
    return _run_client("all", port, forms, seconds, CONNECTIONS)


def _run_client(way: str, port: int, forms: Path, seconds: float, amount: float) -> Result:
    told = subprocess.run(
        [sys.executable, "-m", "bench.client", way, str(port), str(forms), str(seconds), str(amount)],
        cwd=ROOT, capture_output=True, text=True, timeout=seconds + MORE_SECONDS * 2, check=False,
    )  # fmt: skip
    return _read(told)


def _read(told: "subprocess.CompletedProcess[str]") -> Result:
    """From the line "RESULT requests microseconds p50 p99 bad ran_out"; percentiles in microseconds."""
    line = next((line for line in told.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise LoadError((told.stdout + told.stderr)[-2000:])
    requests, microseconds, p50, p99, bad, ran_out = (float(word) for word in line.split()[1:])
    if bad or ran_out:
        raise LoadError(f"{bad:.0f} of {requests:.0f} answers were not 200; forms ran out: {bool(ran_out)}")
    return Result(requests / microseconds * 1e6, p50 / 1e3, p99 / 1e3)
