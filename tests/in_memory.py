"""The tests' folders are kept in memory where the system has a place for that: each of thousands of stores is a thousand files,
and what a disk takes to make and forget them is a third of what the whole run would cost.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  # Linux keeps it in memory; each test makes a folder of its own below it
ENOUGH = 2 * 1024**3  # bytes


def keep_folders_in_memory() -> None:
    """For this process and those it starts, unless somebody said where; a place that is small is left alone."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ENOUGH:
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None
