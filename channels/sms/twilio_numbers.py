"""Where Twilio tells of what comes in to each of our numbers, and how to point it here.

Source: Twilio, "IncomingPhoneNumber resource".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from twilio.rest import Client

from channels.sms.twilio_api import asking
from hub.post.channel import RejectedError


@dataclass(frozen=True, slots=True)
class Webhook:
    """`current` is None when the account has no such number, and empty when the number tells nobody; `current_calls` is
    None when it takes no calls."""

    number: str
    current: str | None
    wanted: str
    current_calls: str | None = None
    wanted_calls: str = ""

    @property
    def is_right(self) -> bool:
        return self.current == self.wanted and self.current_calls in (None, self.wanted_calls)


class TwilioNumbers:
    """The numbers of one account. `wanted` is the address of our own callback for messages, `wanted_calls` that for calls."""

    def __init__(self, client: Client, wanted: str, wanted_calls: str) -> None:
        self._client = client
        self._wanted = wanted
        self._wanted_calls = wanted_calls

    async def list_webhooks(self, numbers: Iterable[str]) -> list[Webhook]:
        """Raises: TryLaterError."""
        found = []
        for number in numbers:
            held = await self._find(number)
            current = None if held is None else str(held.sms_url or "")
            calls = str(held.voice_url or "") if held is not None and _takes_calls(held) else None
            wanted_calls = "" if calls is None else self._wanted_calls
            found.append(Webhook(number, current, self._wanted, calls, wanted_calls))
        return found

    async def point_here(self, number: str) -> None:
        """The fallback is our own address too: without one, Twilio gives a message up at the first failure.

        Raises: TryLaterError, RejectedError (the account has no such number).
        """
        held = await self._find(number)
        if held is None:
            raise RejectedError("no_such_number")
        calls = {"voice_url": self._wanted_calls, "voice_method": "POST"} if _takes_calls(held) else {}
        with asking():
            await held.update_async(
                sms_url=self._wanted,
                sms_method="POST",
                sms_fallback_url=self._wanted,
                sms_fallback_method="POST",
                **calls,
            )

    async def _find(self, number: str) -> Any:
        with asking():
            found = await self._client.incoming_phone_numbers.list_async(phone_number=number, limit=20)
            return next((held for held in found if held.phone_number == number), None)


def _takes_calls(held: Any) -> bool:
    return isinstance(held.capabilities, dict) and held.capabilities.get("voice") is True
