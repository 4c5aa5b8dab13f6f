"""Checks an export of records: nothing but Python's own library is needed, and no network.

    python3 check.py [FOLDER] [--head HASH]

FOLDER is the export; without it, the one that this file lies in. HASH is what was printed when the export was made, and was
kept somewhere else: with it, an export that somebody has made anew as a whole is found too. The exit code is 0 when all is as
it was written, and 1 when anything is not.

How an export hangs together: each line of records.jsonl holds the SHA-256 of the line before it, without its line feed, and the
SHA-256 of every file that it brings. head.txt holds the SHA-256 of the last line. A file that no line names does not belong
there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any

LINES, HEAD = "records.jsonl", "head.txt"
FIRST = "0" * 64
PATH = re.compile(r"[0-9a-z_-][0-9a-z_.-]*(/[0-9a-z_-][0-9a-z_.-]*)*")
SHAPE = {"number": int, "what": str, "before": str, "files": list}


def sha256(body: bytes) -> str:
    """In hex."""
    return hashlib.sha256(body).hexdigest()


def canonical(said: dict[str, Any]) -> bytes:
    """The one way in which a line is written."""
    return json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def read(folder: str, name: str) -> bytes | None:
    """The bytes of a file; None where it is no plain file of this folder."""
    path = folder
    for part in name.split("/"):
        path = os.path.join(path, part)
        if os.path.islink(path):
            return None
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def parse(line: bytes) -> dict[str, Any] | None:
    """What a line says; None where it is not of the shape that lines have."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or canonical(said) != line:
        return None
    if any(not isinstance(said.get(name), kind) for name, kind in SHAPE.items()):
        return None
    return said if all(is_file(file) for file in said["files"]) else None


def is_file(file: object) -> bool:
    """Whether a line names a file as lines do, inside the folder."""
    if not isinstance(file, dict) or set(file) != {"path", "sha256", "size"}:
        return False
    return isinstance(file["path"], str) and PATH.fullmatch(file["path"]) is not None


def check_links(lines: list[bytes]) -> tuple[list[str], list[dict[str, Any] | None]]:
    """What is wrong with the lines as a chain, and what each of them says."""
    faults, told, before = [], [], FIRST
    for number, line in enumerate(lines):
        said = parse(line)
        told.append(said)
        if said is None:
            faults.append(f"line {number + 1} is not as it was written")
        elif said["before"] != before:
            faults.append(f"line {number + 1} does not follow the line before it")
        elif said["number"] != number:
            faults.append(f"line {number + 1} has another number")
        before = sha256(line)
    return faults, told


def check_whole(told: list[dict[str, Any] | None]) -> list[str]:
    """Whether all lines are there, from the first to the last."""
    whats = [said["what"] if said else "" for said in told]
    if len(whats) < 2 or whats[0] != "begin" or whats[-1] != "end" or set(whats[1:-1]) - {"record"}:
        return ["it is not whole: lines are missing, or stand where they do not belong"]
    last = told[-1]
    if last is not None and last.get("records") != len(told) - 2:
        return ["it holds another number of records than it says"]
    return []


def check_files(folder: str, told: list[dict[str, Any] | None]) -> Iterator[str]:
    """Every file that a line names is as it was written, and there is no other."""
    named = {LINES, HEAD}
    for file in (file for said in told if said for file in said["files"]):
        path, body = file["path"], read(folder, file["path"])
        if path in named:
            yield f"{path} is named twice"
        elif body is None:
            yield f"{path} is missing"
        elif len(body) != file["size"] or sha256(body) != file["sha256"]:
            yield f"{path} is not as it was written"
        named.add(path)
    for name in sorted(set(list_files(folder)) - named):
        yield f"{name if name.isascii() and name.isprintable() else ascii(name)} does not belong here"


def list_files(folder: str) -> Iterator[str]:
    """Every file of the folder, by the name that a line would have for it."""
    for place, folders, names in os.walk(folder):
        links = [each for each in folders if os.path.islink(os.path.join(place, each))]
        for name in names + links:
            yield os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")


def check(folder: str, head: str | None = None) -> list[str]:
    """What is wrong with an export, in sentences; nothing when all is as it was written."""
    body = read(folder, LINES)
    if not body:
        return [f"{LINES} is missing or empty"]
    *lines, rest = body.split(b"\n")
    faults = [f"{LINES} ends in the middle of a line"] if rest or not lines else []
    more, told = check_links(lines)
    faults += more + check_whole(told)
    faults += check_files(folder, told)
    last = sha256(lines[-1]) if lines else ""
    if read(folder, HEAD) != f"{last}\n".encode():
        faults.append(f"{HEAD} does not name the last line")
    if head is not None and head.strip().lower() != last:
        faults.append("this is not the export whose head was kept")
    return faults


def tell(folder: str) -> Iterator[str]:
    """What a whole export is."""
    lines = (read(folder, LINES) or b"").splitlines()
    begin, end = json.loads(lines[0]), json.loads(lines[-1])
    yield f"All is as it was written. Records: {end['records']}, exported {begin['at']}."
    yield f"Its head: {sha256(lines[-1])}"
    follows = begin.get("follows")
    yield f"It follows the export with the head {follows}." if follows else "It is the first export."


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Check an export of records.")
    parser.add_argument("folder", nargs="?", default=os.path.dirname(os.path.abspath(__file__)), metavar="FOLDER")
    parser.add_argument("--head", metavar="HASH", help="what was printed when the export was made")
    asked = parser.parse_args()
    faults = check(asked.folder, asked.head)
    for sentence in faults or tell(asked.folder):
        sys.stdout.write(f"{sentence}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
