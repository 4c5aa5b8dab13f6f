"""Who asks, how sure we are of it, and why: every look and every work is opened for an asker."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache


class Trust(IntEnum):
    """How sure we are who is speaking. No code path raises it on its own. Source: security rule S1.1."""

    UNKNOWN = 0
    CLAIMED = 1
    CONFIRMED = 2
    STRONG = 3


@dataclass(frozen=True, slots=True)
class Asker:
    """`kind` is "guardian", "staff", "bot", "routine", "channel" or "operator"; `id` names one of that kind.

    `why` is the purpose, a short code for the audit ("answers a text", "page morning"). It never holds personal data.
    """

    kind: str
    id: str
    trust: Trust
    why: str
    owner_id: str | None = None

    def for_reason(self, why: str) -> "Asker":
        return Asker(self.kind, self.id, self.trust, why, self.owner_id)


@cache
def channel_asker(name: str) -> Asker:
    return Asker("channel", name, Trust.UNKNOWN, "keeps what came")


def routine_asker(name: str) -> Asker:
    return Asker("routine", name, Trust.STRONG, "does what is due")


def operator_asker(command: str) -> Asker:
    """Somebody with a shell on the machine."""
    return Asker("operator", "shell", Trust.STRONG, command)
