"""What each "no" of Twilio means for the one message we tried to send.

Source: Twilio's error and warning dictionary; S9.3 and S9.5.
"""

import json
from collections.abc import Mapping

from channels.retry_after import find_seconds
from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError

OPTED_OUT = 21610
TOO_FAST = 20429
GONE = frozenset({21211, 21614, 21635, 30005, 30006})
"""The number is no number, no mobile, a landline, or unknown to its network."""

WAIT = frozenset({20429, 21611, 30001, 63017})
"""Too fast, or a queue is full: never processed."""

CLOSED = frozenset({20003, 20005, 20006, 20404, 30002})
"""Credentials refused, account suspended or not to be found: nothing will go this way until a person acts."""


def explain(status: int, headers: Mapping[str, str], body: bytes) -> SendError:
    """The SendError for an answer of `status` 300 or above to the creation of a message."""
    code = find_code(body)
    reason = str(code) if code is not None else f"http_{status}"
    if status == 429 or code in WAIT:
        return TryLaterError(reason, after=find_seconds(headers), too_fast=status == 429 or code == TOO_FAST)
    if status in (401, 407) or code in CLOSED or (status in (403, 404) and code is None):
        return TryLaterError(reason, whole_channel=True)
    if status >= 500 or status in (408, 425) or status < 400:
        return UnknownFateError(reason)
    if code == OPTED_OUT:
        return AddressGoneError(reason, opted_out=True)
    if code in GONE:
        return AddressGoneError(reason)
    return RejectedError(reason)


def find_code(body: bytes) -> int | None:
    """Twilio's own code in an error's body, where there is one. The message beside it may hold a phone number."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = told.get("code") if isinstance(told, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) and 0 < code < 1_000_000 else None
