"""What Suomi.fi Messages answers: its no as the hub's own, and the ids in its yes.

Of a refusal only the code is told: the reason in words may quote whom it is about.
Source: kehittajille.suomi.fi, Messages REST API, as its OpenAPI text and the clients of Espoo and Helsinki have it.
"""

import re
from collections.abc import Iterator
from typing import Any

from channels.json_object import read_object
from channels.retry_after import find_seconds
from hub.outside import Answer
from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError

NO_MAILBOX = "MAILBOX_NOT_IN_USE"
SAME_AGAIN = 409
FINAL = frozenset({400, 413, 415, 422})
OURS_TO_MEND = frozenset({401, 403, 404})
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,59}")
_NUMBER = re.compile(r"[0-9]{1,19}")


def explain(answer: Answer) -> SendError:
    """What a no means for one letter. After a 5xx nobody can say whether it was taken."""
    status = answer.status
    codes = list(_codes(answer.body))
    reason = codes[0] if codes else f"http_{status}"
    if status == 429:
        return TryLaterError(reason, after=find_seconds(answer.headers))
    if status in OURS_TO_MEND:
        return TryLaterError(reason, whole_channel=True)
    if status in FINAL:
        return AddressGoneError(NO_MAILBOX) if NO_MAILBOX in codes else RejectedError(reason)
    return UnknownFateError(reason)


def explain_harmless(answer: Answer) -> SendError:
    """The same of a request that sends nothing: what is not refused for good can be asked again."""
    error = explain(answer)
    if isinstance(error, UnknownFateError):
        return TryLaterError(error.reason, after=find_seconds(answer.headers))
    return error


def find_message_id(answer: Answer) -> str | None:
    """The service's number of a message; None where the answer has none that can be read."""
    try:
        return read_number(read_object(answer.body).get("messageId"))
    except ValueError:
        return None


def read_number(told: object) -> str | None:
    """A number of 64 bits, which some answers write as text."""
    if isinstance(told, bool) or not isinstance(told, int | str):
        return None
    return str(told) if _NUMBER.fullmatch(str(told)) else None


def _codes(body: bytes) -> Iterator[str]:
    try:
        told = read_object(body)
    except ValueError:
        return
    faults = told.get("validationErrors")
    for fault in (told, *(faults if isinstance(faults, list) else ())):
        code: Any = fault.get("errorCode") if isinstance(fault, dict) else None
        if isinstance(code, str) and _CODE.fullmatch(code):
            yield code
