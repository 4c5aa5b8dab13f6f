"""A broadcast by SMS to very many families, from the end of its hold to the last hand-over, beside a bare client that makes as
many requests of the same provider in the same run; and at a provider that takes only so many a second.

The provider answers after 50 ms; the numbers take a thousand a second each, so that what is measured is the hub. With the rows
of all receivers, rights asked twice, receipts written down and the progress read each second. What is prepared is so in the
hold, which is no longer than any.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .installation import Installation, free_port, install, settle
from .neighbourhood import list_families
from .process import ROOT, NotReadyError, load_average, start
from .row import Row
from .sending_world import Sample
from .spoken_program import read_line, say
from .world_process import World, open_program

LONGEST_SECONDS = 600.0
MORE_SECONDS = 180.0
SECOND = 1.0


def measure(families: int = 10_000) -> list[Row]:
    """So many families; once without the provider's later reports, which is held against the limit, and once with them."""
    quiet, told = _send(families, reports=False), _send(families, reports=True)
    ours, limit, looks = quiet
    note = f"{looks} looks at its progress meanwhile; load average {load_average()}"
    return [
        Row(f"a broadcast to {families:,} families, end of the hold to the last hand-over, against a bare client", ours,
            limit, "/s", 0.45, 0.6, note=note),
        Row("the same, while the provider reports of each text three times", told[0], told[1], "/s"),
    ]  # fmt: skip


def measure_refusing(rates: tuple[int, ...] = (20, 100, 500), seconds: int = 20) -> list[Row]:
    """A provider takes so many a second and refuses the rest, for so many seconds."""
    return [row for rate in rates for row in _refuse(rate, seconds)]


def _send(families: int, *, reports: bool) -> tuple[float, float, int]:
    """Texts a second by the hub and by the bare client, and how often its progress was read."""
    with beside(families, *(["--reports"] if reports else [])) as (folder, installation, world):
        seconds, handed, looks = _run_hub(folder, installation, families, LONGEST_SECONDS)
        if handed < families:
            raise NotReadyError(f"{handed} of {families} were handed over")
        people = folder / "recipients.txt"
        people.write_text("\n".join(family.phone for family in list_families(families)))
        told = subprocess.run(
            [sys.executable, "-m", "bench.limit_sending", world.url, list_families(1)[0].number, str(people)],
            cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=True,
        )  # fmt: skip
    return families / seconds, families / float(told.stdout), looks


def _refuse(rate: int, seconds: int) -> list[Row]:
    families = rate * (seconds + 2)
    with beside(families, "--per-second", str(rate)) as (folder, installation, world):
        _run_hub(folder, installation, families, seconds + SECOND)
        samples = _ask(world)
    taken, refused = _sum_up(samples, seconds)
    note = f"of {rate * seconds:,} that could have gone in {seconds} s; load average {load_average()}"
    return [
        Row(f"a provider that takes {rate} a second: handed over from the second second on", taken, rate, "/s", 0.9, 0.97,
            note=note),
        Row("the same: of all requests, those that were not refused", (1 - refused) * 100, None, "%", 98, 99),
    ]  # fmt: skip


def _sum_up(samples: list[Sample], seconds: int) -> tuple[float, float]:
    """Taken a second behind the first second, and the share of all requests that was refused."""
    within = [sample for sample in samples if sample[0] <= seconds]
    behind = next((sample for sample in within if sample[0] >= SECOND), None)
    if behind is None:
        raise NotReadyError("nothing was sent for a second")
    _, taken, refused = within[-1]
    return (taken - behind[1]) / (seconds - behind[0]), refused / max(1, taken + refused)


@contextmanager
def beside(families: int, *manners: str) -> Iterator[tuple[Path, Installation, World]]:
    """An installation with so many families, and a provider with these manners that knows where it listens."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        installation = install(folder / "hub", f"http://127.0.0.1:{port}")
        settle(installation, families)
        numbers = folder / "numbers.txt"
        numbers.write_text("\n".join({family.number for family in list_families(families)}))
        arguments = [str(port), str(numbers), str(installation.public_port), *manners]
        with open_program(folder, port, "bench.sending_world", *arguments) as world:
            yield folder, installation, world


def _ask(world: World) -> list[Sample]:
    say(world.process)
    return [(at, taken, refused) for at, taken, refused in json.loads(read_line(world.process))]


def _run_hub(folder: Path, installation: Installation, families: int, seconds: float) -> tuple[float, int, int]:
    """Seconds to the last hand-over, how many there were, and looks at the progress."""
    arguments = [str(installation.config), str(families), str(seconds)]
    with start(folder, "broadcast", "-m", "bench.broadcast_hub", *arguments) as process:
        process.popen.wait(seconds + MORE_SECONDS)
        words = process.log.read_text("utf-8")
    told = next((line for line in words.splitlines() if line.startswith("RESULT ")), None)
    if told is None:
        raise NotReadyError(words[-2000:])
    took, handed, looks = json.loads(told.removeprefix("RESULT "))
    return took, handed, looks
