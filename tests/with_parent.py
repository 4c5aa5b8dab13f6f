"""Runs a program that ends when whoever started it is gone, however that went: also when it was killed and could end nothing
itself. It is this file that is run first, and it becomes the program. Source: prctl(2), PR_SET_PDEATHSIG.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def with_parent(program: str, *arguments: str) -> list[str]:
    """The command that runs this program as a child of the thread that starts it; its id is the program's own."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), program, *arguments]


def end_with_parent() -> None:
    """Called in a new process before its program: it is told to end when whoever started it is gone."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> None:
    end_with_parent()
    if os.getppid() == int(sys.argv[1]):  # it may be gone by now
        os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
