"""Twilio's own log of messages, read for what we were not told and for what became of a send.

Source: Twilio, "Messages resource"; S7.1, S9.3.
"""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from twilio.rest import Client

from channels.sms.addresses import NonsenseError
from channels.sms.twilio_api import asking
from channels.sms.twilio_message import (
    MOST_MEDIA,
    STATUSES,
    check_sid,
    make_inbound,
    make_report,
    read_text,
)
from hub.post.billing import BillLine
from hub.post.channel import Inbound, MediaLink, Receipt, Report, TryLaterError

PAGE = 200
MOST_LISTED = 20_000
MOST_BILLED = 50_000
MOST_SEARCHED = 400
SLACK = timedelta(seconds=2)
"""The log's times are whole seconds, and its clock is not ours."""
NOT_FOUND = "20404"
_PRICE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class TwilioLog:
    """The log of one account. Every question raises TryLaterError when the log cannot be read."""

    def __init__(self, client: Client, account_sid: str, api_url: str) -> None:
        self._client = client
        self._account_sid = account_sid
        self._api_url = api_url

    async def list_since(self, since: datetime) -> list[Inbound | Report]:
        """What came, and the newest status of what went, since `since` (aware, UTC). Nonsense is left out."""
        told: list[Inbound | Report] = []
        with asking():
            async for message in self._read(MOST_LISTED, date_sent_after=since):
                try:
                    entry = await self._tell(message)
                except (ValueError, TypeError, AttributeError):
                    continue
                if entry is not None:
                    told.append(entry)
        return told

    async def list_bills(self, since: datetime, until: datetime) -> list[BillLine]:
        """What went between these moments, as it is billed by now. Nonsense is left out."""
        with asking():
            window = self._read(MOST_BILLED, date_sent_after=since, date_sent_before=until)
            read = [message async for message in window]
        if len(read) >= MOST_BILLED:
            raise TryLaterError("too_many")
        lines = (_bill(message) for message in read if message.direction != "inbound")
        return [line for line in lines if line is not None]

    async def find_sent(
        self, sender: str, recipient: str, text: str, since: datetime, taken: frozenset[str]
    ) -> Receipt | None:
        """The first message with this text between the two made at `since` or later, and not one of `taken`.

        A message that still waits may have no date of sending, so where the dated log has none, the newest are
        read whatever their date.
        """
        earliest = since.replace(microsecond=0) - SLACK
        with asking():
            for filters in ({"date_sent_after": earliest}, {}):
                found = [
                    message
                    async for message in self._read(MOST_SEARCHED, to=recipient, from_=sender, **filters)
                    if message.direction != "inbound"
                    and message.sid not in taken
                    and (message.to, message.from_) == (recipient, sender)
                    and (message.body or "").strip() == text.strip()
                    and message.date_created is not None
                    and message.date_created >= earliest
                ]
                if found:
                    first = min(found, key=lambda message: message.date_created)
                    return make_receipt(first.sid, first.status, first.num_segments)
        return None

    async def _read(self, limit: int, **filters: Any) -> AsyncIterator[Any]:
        async for message in await self._client.messages.stream_async(limit=limit, page_size=PAGE, **filters):
            yield message

    async def _tell(self, message: Any) -> Inbound | Report | None:
        if message.direction != "inbound":
            error = None if message.error_code is None else str(message.error_code)
            return make_report(self._account_sid, message.sid, message.status, error)
        if message.status == "receiving":
            return None
        has_media = str(message.num_media or "0") != "0"
        media = await self._list_media(message) if has_media else ()
        text = read_text(message.body or "", has_media)
        return make_inbound(self._account_sid, message.sid, message.from_, message.to, text, media)

    async def _list_media(self, message: Any) -> tuple[MediaLink, ...]:
        try:
            files = await self._client.messages(check_sid(message.sid)).media.list_async(limit=MOST_MEDIA)
        except TryLaterError as error:
            if error.reason == NOT_FOUND:
                return ()
            raise
        return tuple(
            MediaLink(self._api_url + file.uri.removesuffix(".json"), file.content_type or "") for file in files
        )


def make_receipt(sid: Any, told: Any, segments: Any) -> Receipt:
    """From what Twilio tells of a message. Raises: NonsenseError."""
    status = STATUSES.get(told) if isinstance(told, str) else None
    if status is None:
        raise NonsenseError("status")
    parts = str(segments or "0")
    return Receipt(check_sid(sid), status, int(parts) if parts.isdecimal() and len(parts) < 4 else 0)


def _bill(message: Any) -> BillLine | None:
    """From a message as the SDK gives it; Twilio tells what it takes as less than nothing."""
    at = message.date_sent or message.date_created
    try:
        sid, parts = check_sid(message.sid), str(message.num_segments or "0")
    except NonsenseError:
        return None
    if not isinstance(at, datetime):
        return None
    price, currency = str(message.price or ""), str(message.price_unit or "").upper()
    told = _PRICE.fullmatch(price) and _CURRENCY.fullmatch(currency)
    return BillLine(
        provider_id=sid,
        at=at,
        sender=str(message.from_ or ""),
        recipient=str(message.to or ""),
        parts=int(parts) if parts.isdecimal() and len(parts) < 4 else 0,
        amount=-Decimal(price) if told else None,
        currency=currency if told else "",
    )
