"""What the provider says when it says no: Twilio's error codes, as its REST API words and numbers them.

Source: Twilio's error dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping

# code -> (HTTP status, message)
KNOWN: Mapping[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20009: (409, "Cannot delete because delivery of this message has not been completed"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Phone Number"),
    21214: (400, "'To' phone number cannot be reached"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21408: (403, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21452: (400, "No phone number was given, or none is available"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (
        400,
        "The 'From' phone number is not a valid, SMS-capable inbound phone number or short code for your account",
    ),
    21608: (400, "The number is unverified. Trial accounts cannot send messages to unverified numbers"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' phone number"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21635: (400, "'To' number cannot be a landline"),
    30409: (400, "Cannot cancel this message: it is not scheduled"),
}


class Problem(Exception):
    """A request the provider refuses; `code` is one of `KNOWN`, `retry_after` is in seconds."""

    def __init__(self, code: int, *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status, self.message = KNOWN[code]
        self.retry_after = retry_after

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
