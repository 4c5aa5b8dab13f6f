"""What a provider bills, where it tells."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class BillLine:
    """One text in a provider's own ledger, as it bills it. `amount` is in `currency` (ISO 4217), exact; None while it has no
    price. `parts` is 0 where it does not say; `at` is the provider's."""

    provider_id: str
    at: datetime
    sender: str
    recipient: str
    parts: int
    amount: Decimal | None
    currency: str


@runtime_checkable
class BillingChannel(Protocol):
    """A channel whose provider tells what each text cost."""

    async def list_bills(self, since: datetime, until: datetime) -> list[BillLine]:
        """What left between these moments (aware, UTC), as it is billed by now. Raises: TryLaterError, also where that is more
        than can be read at once."""
