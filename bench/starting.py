"""From the start of the process to the first 200 of /readyz, with everything in the machine's caches."""

import tempfile
from pathlib import Path
from statistics import median

from .installation import install, settle
from .row import Row

CHILDREN = 200


def measure(turns: int = 5) -> list[Row]:
    """One start warms up; the median of the others counts."""
    with tempfile.TemporaryDirectory() as name:
        installation = install(Path(name) / "hub")
        settle(installation, CHILDREN)
        took = []
        for _ in range(turns + 1):
            with installation.start() as process:
                took.append(process.wait_until(installation.is_ready))
    return [Row("start to ready, warm", median(took[1:]), None, "s", 5, 2, more_is_better=False)]
