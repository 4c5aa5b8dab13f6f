"""What each "no" of the Bot API means for the one message we tried to send. Source: Telegram, "Bot API", "Making requests"."""

import json
from typing import Any

from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError

MOST_SECONDS = 86_400.0
NOBODY_THERE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid", "chat_id is empty")
"""In the description of a 400, in small letters: there is no such chat, or none that the bot may write to."""


def explain(status: int, body: bytes) -> SendError:
    """The SendError for an answer of `status` 300 or above. The description may name a person, so it is not repeated."""
    told = _read(body)
    description = str(told.get("description", "")).lower()
    parameters = told.get("parameters")
    if status == 429:
        return TryLaterError("http_429", after=_seconds(parameters))
    if status == 403:
        return AddressGoneError("blocked" if "blocked" in description else "http_403")
    if status == 400:
        moved = isinstance(parameters, dict) and "migrate_to_chat_id" in parameters
        return AddressGoneError("no_chat") if moved or _is_nobody(description) else RejectedError("http_400")
    if status in (401, 404):
        return TryLaterError(f"http_{status}", whole_channel=True)
    if status == 409:
        return TryLaterError("http_409")
    if status == 413:
        return RejectedError("http_413")
    return UnknownFateError(f"http_{status}")


def _is_nobody(description: str) -> bool:
    return any(sign in description for sign in NOBODY_THERE)


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _seconds(parameters: Any) -> float | None:
    told = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(told, bool) or not isinstance(told, int | float) or told < 0:
        return None
    return min(float(told), MOST_SECONDS)
