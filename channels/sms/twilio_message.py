"""One message as Twilio tells of it, in a callback or in its log: the same key and the same text either way.

Source: Twilio, "Incoming message webhook", "Messages resource" and "Outbound message status in status callbacks".
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from channels.kept_text import show_nul
from channels.sms.addresses import NonsenseError, read_address
from channels.sms.twilio_errors import GONE
from hub.post.channel import Inbound, MediaLink, Report
from hub.post.deliveries import Status

NAME = "twilio"
MOST_MEDIA = 10
STATUSES = {
    "accepted": Status.ACCEPTED,
    "scheduled": Status.ACCEPTED,
    "queued": Status.QUEUED,
    "sending": Status.SENDING,
    "sent": Status.SENT,
    "partially_delivered": Status.SENT,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.CANCELED,
    "read": Status.READ,
}
OPT_OUTS = {kind: kind for kind in ("STOP", "START", "HELP")}
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,38}")
_LINK = re.compile(r"[!-~]{1,2000}")
_TYPE = re.compile(r"[ -~]{0,200}")
_ERROR = re.compile(r"[0-9]{1,10}")
_COUNT = re.compile(r"[0-9]{1,2}")
_WRAPPED_LENGTH = 60


def read_inbound(form: Mapping[str, str]) -> Inbound:
    """From the form of an inbound callback. Raises: NonsenseError."""
    told_media = form.get("NumMedia", "0")
    if not _COUNT.fullmatch(told_media) or int(told_media) > MOST_MEDIA:
        raise NonsenseError("NumMedia")
    media = tuple(
        MediaLink(form.get(f"MediaUrl{number}", ""), form.get(f"MediaContentType{number}", ""))
        for number in range(int(told_media))
    )
    if not all(_LINK.fullmatch(link.url) and _TYPE.fullmatch(link.content_type) for link in media):
        raise NonsenseError("MediaUrl")
    return make_inbound(
        form.get("AccountSid"),
        form.get("MessageSid"),
        form.get("From"),
        form.get("To"),
        read_text(form.get("Body", ""), has_media=bool(media)),
        media,
        OPT_OUTS.get(form.get("OptOutType", "")),
    )


def make_inbound(
    account_sid: str | None,
    sid: str | None,
    sender: str | None,
    recipient: str | None,
    text: str,
    media: tuple[MediaLink, ...] = (),
    opt_out: str | None = None,
) -> Inbound:
    """`text` as `read_text` gives it. Raises: NonsenseError."""
    return Inbound(
        channel=NAME,
        key=f"{NAME}:{account_sid}:{check_sid(sid)}",
        sender=read_address(sender),
        recipient=read_address(recipient),
        text=text,
        provider_id=check_sid(sid),
        media=media,
        opt_out=opt_out,
    )


def make_report(
    account_sid: str | None, sid: str | None, status: str | None, error: str | None, delivery_id: str | None = None
) -> Report | None:
    """None for a status that tells nothing of a delivery. Raises: NonsenseError."""
    known = STATUSES.get(status or "")
    if known is None:
        return None
    error = error if error and error != "0" else None
    if error is not None and not _ERROR.fullmatch(error):
        raise NonsenseError("ErrorCode")
    return Report(
        channel=NAME,
        key=f"{NAME}:{account_sid}:{check_sid(sid)}:{status}:{error or ''}",
        provider_id=check_sid(sid),
        status=known,
        delivery_id=delivery_id,
        error=error,
        gone=error is not None and int(error) in GONE,
    )


def check_sid(sid: Any) -> str:
    """Raises: NonsenseError."""
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise NonsenseError("MessageSid")
    return sid


def read_text(body: str, has_media: bool) -> str:
    """The text exactly as written, but for two things.

    PostgreSQL cannot hold a NUL in a text, so it is shown as its symbol. And a long SMS at times comes as a media
    message whose body is base64 of the text (seen by nyaruka/courier, `DecodePossibleBase64`).
    """
    if has_media and len(body) >= _WRAPPED_LENGTH and len(body) % 4 == 0:
        body = _unwrap(body)
    return show_nul(body)


def _unwrap(body: str) -> str:
    try:
        text = base64.b64decode(body, validate=True).decode()
    except ValueError:
        return body
    return text if all(letter.isprintable() or letter.isspace() for letter in text) else body
