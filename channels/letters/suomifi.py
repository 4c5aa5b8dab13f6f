"""Digital post in Finland: letters into the mailboxes of Suomi.fi Messages, by its REST interface.

Only the electronic way is used: what goes to paper is the hub's to decide and the office's to print, so nothing is handed to
the service's own printing. Source: kehittajille.suomi.fi, Messages REST API.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from channels.json_object import read_object
from channels.letters.certificates import BAD_CERTIFICATE, advise_certificate
from channels.letters.suomifi_answers import SAME_AGAIN, explain, find_message_id
from channels.letters.suomifi_events import SuomifiEvents
from channels.letters.suomifi_interface import SuomifiInterface
from channels.letters.suomifi_message import write_attachment, write_message
from channels.letters.suomifi_settings import SuomifiSettings
from channels.letters.suomifi_token import NO_SIGN_IN, REFUSED
from hub.clock import Clock, SystemClock
from hub.mailroom.service import News, Parcel, Reach, Way
from hub.outside import Outside
from hub.post.channel import AddressGoneError, Receipt, RejectedError, TryLaterError, UnknownFateError

ASKED_AT_ONCE = 10_000
PASSWORD_IS_OLD = timedelta(days=180)
PASSWORD_AT_MOST = timedelta(days=365)
_ATTACHMENT_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class SuomifiService:
    """One municipality's service in Suomi.fi Messages."""

    Settings = SuomifiSettings
    name = "suomifi"
    country = "FI"
    asked_at_once = ASKED_AT_ONCE
    tells = True

    def __init__(self, settings: SuomifiSettings, outside: Outside, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._interface = SuomifiInterface(settings, outside, self._clock)
        self._events = SuomifiEvents(self._interface, self._clock)

    async def look_up(self, national_ids: Sequence[str]) -> Mapping[str, Reach]:
        """Who has a mailbox that is in use. The service tells no more: whoever has none, has gone back to paper or does not
        exist is "no_mailbox" alike. Raises: TryLaterError, RejectedError."""
        found: dict[str, Reach] = {}
        for part in _parts(national_ids):
            active = await self._list_active(part)
            found |= {
                one: Reach(Way.MAILBOX, "mailbox") if one in active else Reach(Way.PAPER, "no_mailbox") for one in part
            }
        return found

    async def _list_active(self, national_ids: Sequence[str]) -> frozenset[str]:
        """Raises: TryLaterError, RejectedError."""
        asked = json.dumps({"endUsers": [{"id": one} for one in national_ids]}).encode()
        answer = await self._interface.ask_harmlessly("POST", "/v1/mailboxes/active", body=asked)
        try:
            told = read_object(answer.body).get("endUsersWithActiveMailbox")
        except ValueError:
            raise TryLaterError("nonsense") from None
        if not isinstance(told, list):
            raise TryLaterError("nonsense")
        return frozenset(str(one["id"]).upper() for one in told if isinstance(one, dict) and "id" in one)

    async def send(self, parcel: Parcel) -> Receipt:
        """The PDF as an attachment, then the message with it. A file without a message goes by itself after 24 hours, so it is
        handed in anew each time. The parcel's id is the service's key: handed in again it is answered 409, and with the first
        message's number if that can be read, else our own id stands for it. Where a mailbox is closed by now, an earlier
        attempt may have been taken before that: the log of events says so. Raises: SendError."""
        if parcel.way is not Way.MAILBOX:
            raise RejectedError("no_such_way")
        attachment_id = await self._hand_in(parcel)
        answer = await self._interface.ask(
            "POST", "/v2/messages/electronic", body=write_message(parcel, attachment_id, self._settings)
        )
        number = find_message_id(answer)
        if answer.status == SAME_AGAIN:
            return Receipt(number or parcel.id)
        if answer.status in (200, 201):
            if number is None:
                raise UnknownFateError("nonsense")
            return Receipt(number)
        error = explain(answer)
        earlier = await self.find(parcel) if isinstance(error, AddressGoneError) else None
        if earlier is not None:
            return earlier
        raise error

    async def _hand_in(self, parcel: Parcel) -> str:
        """Raises: TryLaterError, RejectedError."""
        body, content_type = await write_attachment(parcel)
        answer = await self._interface.ask_harmlessly("POST", "/v2/attachments", body=body, content_type=content_type)
        try:
            told = read_object(answer.body).get("attachmentId")
        except ValueError:
            raise TryLaterError("nonsense") from None
        if not isinstance(told, str) or not _ATTACHMENT_ID.fullmatch(told):
            raise TryLaterError("nonsense")
        return told

    async def find(self, parcel: Parcel) -> Receipt | None:
        """What the log of events tells of an earlier attempt. The interface cannot be asked for a message by our own id, and to
        hand the parcel in again would be no look. The log may lag behind: None is no proof that nothing was taken, but then the
        same parcel can safely be handed in again, for 409 answers it. Raises: TryLaterError."""
        number = await self._events.find_taken(parcel.id)
        return Receipt(number) if number is not None else None

    async def news(self, cursor: str, open_ids: Sequence[str]) -> News:
        """One page of the log of events, which tells of all parcels by itself. Raises: TryLaterError."""
        return await self._events.read(cursor)

    async def check(self) -> list[str]:
        return [*await self._check_way_in(), *self._check_password()]

    async def _check_way_in(self) -> list[str]:
        try:
            await self._events.read("")
        except TryLaterError as error:
            if error.reason == REFUSED:
                return ["Suomi.fi Messages refuses the user name or the password in channels.letters.suomifi."]
            if error.reason == BAD_CERTIFICATE:
                return [advise_certificate("Suomi.fi Messages")]
            if error.whole_channel and error.reason != NO_SIGN_IN:
                return [
                    f"Suomi.fi Messages does not let us in, or is not at the address in the settings ({error.reason})."
                ]
            return [f"Suomi.fi Messages cannot be reached now, or gives no usable answer ({error.reason})."]
        return []

    def _check_password(self) -> list[str]:
        since = self._settings.password_since
        if since is None:
            return []
        age = self._clock.now().date() - since
        if age >= PASSWORD_AT_MOST:
            return [
                f"The password at Suomi.fi Messages is {age.days} days old; DVV wants a new one each year at least."
            ]
        if age >= PASSWORD_IS_OLD:
            return [f"The password at Suomi.fi Messages is {age.days} days old; DVV asks for a new one each half year."]
        return []


def _parts(national_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(national_ids), ASKED_AT_ONCE):
        yield national_ids[start : start + ASKED_AT_ONCE]
