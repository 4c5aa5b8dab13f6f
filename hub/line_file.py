"""A file beside the store that only grows, line by line: what a crash or a full disk cut short spoils no line after it."""

import os
from collections.abc import Iterable
from pathlib import Path


def append_lines(file: Path, lines: Iterable[str]) -> None:
    """Write them at its end, synced. A new file is its owner's alone. Raises: OSError, where any of them may be missing."""
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b") as out:
        size = out.seek(0, os.SEEK_END)
        is_cut_short = size > 0 and os.pread(out.fileno(), 1, size - 1) != b"\n"
        out.write(b"\n" * is_cut_short + "".join(f"{line}\n" for line in lines).encode())
        out.flush()
        os.fsync(out.fileno())
