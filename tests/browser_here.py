"""Finds the Chromium that browser tests drive, or installs it by the system's package manager where it may.

Where it may not, it says the one command that does, and how many tests wait for it; they are skipped by name, never silently.
"""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
TESTS = Path(__file__).parent
MINUTES = 8


def find_chromium() -> str | None:
    """Where a Chromium is; `CHROMIUM` in the environment names another."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def count_waiting() -> int:
    """How many test functions are marked as needing a browser."""
    count = 0
    for file in TESTS.rglob("test_*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        whole = any("mark.browser" in ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                marked = any("mark.browser" in ast.unparse(decorator) for decorator in node.decorator_list)
                count += whole or marked
    return count


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", "-qq", *arguments], check=False, timeout=MINUTES * 60, env=environment)


def main() -> None:
    if find_chromium() is None and may_install():
        sys.stdout.write("Installing Chromium for the browser tests.\n")
        sys.stdout.flush()
        install()
    if find_chromium() is None:
        sys.stdout.write(
            f"{count_waiting()} browser tests wait for a Chromium. On Debian: sudo apt-get install chromium\n"
        )


if __name__ == "__main__":
    main()
