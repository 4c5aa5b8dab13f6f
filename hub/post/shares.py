"""How the work of sending is shared out among the hubs of one store: each number that texts leave from is one hub's at a time,
which alone keeps its pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

SLOTS = 64
"""Senders fall into so many slots, by the hash of their number."""


@dataclass(frozen=True, slots=True)
class Share:
    """A hub's own part: it claims for the senders of these slots alone."""

    node: str
    slots: tuple[int, ...]


def share_of(node: str, living: Sequence[str]) -> Share:
    """The share of a hub among those that live. When one comes or goes, only what it has changes hands."""
    return Share(node, tuple(slot for slot in range(SLOTS) if max(living, key=lambda one: _weight(one, slot)) == node))


def _weight(node: str, slot: int) -> bytes:
    return blake2b(f"{slot} {node}".encode(), digest_size=8).digest()
