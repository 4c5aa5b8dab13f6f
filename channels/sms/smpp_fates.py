"""What may have become of a text whose answer never came: SMPP has no log to look into, so what came late is remembered.

An answer that comes after we gave it up tells for sure. A receipt between the same two numbers that belongs to no other
delivery tells, too, that ours arrived: receipts come by the next link after one was lost.
"""

from collections import OrderedDict, deque

from hub.post.channel import Envelope, Receipt

MOST_REMEMBERED = 10_000
MOST_OF_TWO = 20


class Fates:
    """Of one channel, in this process."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, str] = OrderedDict()
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._receipts: OrderedDict[tuple[str, str], deque[str]] = OrderedDict()

    def answered(self, delivery_id: str, provider_id: str) -> None:
        """The operator took it, in time or late."""
        _put(self._found, delivery_id, provider_id)
        _put(self._owners, provider_id, delivery_id)

    def told(self, sender: str, recipient: str, provider_id: str) -> None:
        """A receipt came for something that went between the two."""
        told = self._receipts.setdefault((sender, recipient), deque(maxlen=MOST_OF_TWO))
        self._receipts.move_to_end((sender, recipient))
        if provider_id not in told:
            told.append(provider_id)
        if len(self._receipts) > MOST_REMEMBERED:
            self._receipts.popitem(last=False)

    def find(self, envelope: Envelope) -> Receipt | None:
        """What surely became of it, or None where nobody knows."""
        known = self._found.get(envelope.delivery_id)
        if known is not None:
            return Receipt(known)
        told = self._receipts.get((envelope.sender.value, envelope.recipient.value), ())
        for provider_id in reversed(told):
            owner = self._owners.get(provider_id, envelope.delivery_id)
            if owner == envelope.delivery_id and provider_id not in envelope.others:
                return Receipt(provider_id)
        return None


def _put(known: OrderedDict[str, str], name: str, value: str) -> None:
    known[name] = value
    if len(known) > MOST_REMEMBERED:
        known.popitem(last=False)
