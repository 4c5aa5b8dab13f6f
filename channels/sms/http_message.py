"""What a gateway tells, as JSON of ours: one meaning for each, or it is refused. Source: security rule S7.10."""

import re
from collections.abc import Mapping
from typing import Any

from channels.json_object import read_object as read_any_object
from channels.kept_text import show_unkeepable
from channels.sms.addresses import NonsenseError, read_address
from hub.database import ID_LENGTH
from hub.post.channel import Inbound, Receipt, Report
from hub.post.deliveries import Status

NAME = "http"
TOLD = frozenset(
    {
        Status.ACCEPTED,
        Status.QUEUED,
        Status.SENDING,
        Status.SENT,
        Status.DELIVERED,
        Status.UNDELIVERED,
        Status.FAILED,
        Status.CANCELED,
        Status.READ,
    }
)
MOST_LETTERS = 10_000
_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_ERROR = re.compile(r"[A-Za-z0-9._-]{1,20}")


def read_object(body: bytes) -> dict[str, Any]:
    """Raises: NonsenseError for what is no object, or names something twice."""
    try:
        return read_any_object(body)
    except ValueError:
        raise NonsenseError("no object") from None


def read_inbound(told: Mapping[str, Any]) -> Inbound:
    """Raises: NonsenseError."""
    id_ = _read(told, "id", _ID)
    text = told.get("text")
    if not isinstance(text, str) or len(text) > MOST_LETTERS:
        raise NonsenseError("text")
    sender, recipient = told.get("from"), told.get("to")
    if not isinstance(sender, str) or not isinstance(recipient, str):
        raise NonsenseError("from or to")
    return Inbound(
        channel=NAME,
        key=f"{NAME}:{id_}",
        sender=read_address(sender),
        recipient=read_address(recipient),
        text=show_unkeepable(text),
        provider_id=id_,
    )


def read_report(told: Mapping[str, Any]) -> Report:
    """Raises: NonsenseError."""
    id_, status = _read(told, "id", _ID), _read_status(told)
    error = _read(told, "error", _ERROR) if told.get("error") is not None else None
    tag = _read(told, "tag", _ID) if told.get("tag") is not None else None
    if tag is not None and len(tag) > ID_LENGTH:
        raise NonsenseError("tag")
    gone = told.get("gone", False)
    if not isinstance(gone, bool):
        raise NonsenseError("gone")
    return Report(
        channel=NAME,
        key=f"{NAME}:{id_}:{status}:{error or ''}",
        provider_id=id_,
        status=status,
        delivery_id=tag,
        error=error,
        gone=gone,
    )


def read_receipt(body: bytes) -> Receipt:
    """Raises: NonsenseError."""
    told = read_object(body)
    parts = told.get("parts", 0)
    if not isinstance(parts, int) or isinstance(parts, bool) or not 0 <= parts < 256:
        raise NonsenseError("parts")
    status = _read_status(told) if "status" in told else Status.ACCEPTED
    return Receipt(_read(told, "id", _ID), status, parts)


def find_error(body: bytes) -> str | None:
    """The gateway's own code in an answer that says no."""
    try:
        return _read(read_object(body), "error", _ERROR)
    except NonsenseError:
        return None


def _read_status(told: Mapping[str, Any]) -> Status:
    status = told.get("status")
    if not isinstance(status, str) or status not in TOLD:
        raise NonsenseError("status")
    return Status(status)


def _read(told: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise NonsenseError(name)
    return value
