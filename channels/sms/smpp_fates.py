"""Which receipt is about which delivery, and what may have become of a text whose answer never came.

A receipt bears the operator's id alone, and may overtake the answer that tells it to us; so both are remembered here until
the other has come, and the store is told by whichever is second. SMPP has no log to look into: an answer that comes after
we gave it up tells for sure, and a receipt between the same two numbers that belongs to no other delivery tells, too, that
ours arrived. After a restart the store matches by the operator's id.
"""

from collections import OrderedDict, deque
from typing import TypeVar

from hub.post.channel import Envelope, Receipt
from hub.post.deliveries import RANK, Status

MOST_REMEMBERED = 10_000
MOST_OF_TWO = 20
K = TypeVar("K")
V = TypeVar("V")


class Fates:
    """Of one channel, in this process."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, str] = OrderedDict()
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._told: OrderedDict[str, Status] = OrderedDict()
        self._between: OrderedDict[tuple[str, str], deque[str]] = OrderedDict()

    def answered(self, delivery_id: str, provider_id: str) -> None:
        """The operator took it, in time or late."""
        _put(self._found, delivery_id, provider_id)
        _put(self._owners, provider_id, delivery_id)

    def told(self, provider_id: str, status: Status) -> str | None:
        """A receipt came; the delivery that it is about, where its answer has come already."""
        known = self._told.get(provider_id)
        if known is None or RANK[status] > RANK[known]:
            _put(self._told, provider_id, status)
        return self._owners.get(provider_id)

    def told_between(self, sender: str, recipient: str, provider_id: str) -> None:
        """That receipt was for something that went between these two."""
        ids = self._between.get((sender, recipient)) or deque(maxlen=MOST_OF_TWO)
        if provider_id not in ids:
            ids.append(provider_id)
        _put(self._between, (sender, recipient), ids)

    def make_receipt(self, provider_id: str, parts: int = 0) -> Receipt:
        """With what was told of it before we knew whose it was."""
        return Receipt(provider_id, self._told.get(provider_id, Status.ACCEPTED), parts)

    def find(self, envelope: Envelope) -> Receipt | None:
        """What surely became of it, or None where nobody knows."""
        known = self._found.get(envelope.delivery_id)
        if known is not None:
            return self.make_receipt(known)
        for provider_id in reversed(self._between.get((envelope.sender.value, envelope.recipient.value), ())):
            owner = self._owners.get(provider_id, envelope.delivery_id)
            if owner == envelope.delivery_id and provider_id not in envelope.others:
                return self.make_receipt(provider_id)
        return None


def _put(known: OrderedDict[K, V], name: K, value: V) -> None:
    known[name] = value
    known.move_to_end(name)
    if len(known) > MOST_REMEMBERED:
        known.popitem(last=False)
