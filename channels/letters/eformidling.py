"""Digital post in Norway: letters by the municipality's own integration point for eFormidling, to a digital mailbox or to the
inbox at Altinn, for whom the contact and reservation register says so at that moment.

What goes to paper is the hub's to decide and the office's to print, so nothing is handed to the postal way of eFormidling.
Source: docs.digdir.no, eFormidling, Kontaktregisteret and Maskinporten.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import quote

from channels.letters.certificates import BAD_CERTIFICATE, advise_certificate
from channels.letters.eformidling_document import write_document
from channels.letters.eformidling_receivers import EformidlingReceivers
from channels.letters.eformidling_statuses import CREATED, EformidlingStatuses, Status
from channels.letters.integration_point import IntegrationPoint, explain, explain_prepared, find_code
from channels.letters.krr import ASKED_AT_ONCE, Krr
from channels.letters.maskinporten import Maskinporten
from channels.letters.norway_settings import NorwaySettings
from hub.clock import Clock, SystemClock
from hub.mailroom.service import News, OtherReceiverError, Parcel, Reach
from hub.outside import Answer, Outside
from hub.post.channel import Receipt, RejectedError, TryLaterError, UnknownFateError

GOOD = (200, 201, 204)
SAME_AGAIN = 409
MAY_BE_THERE = (400, SAME_AGAIN)
TOO_LATE = "TimeToLiveException"
IS_THERE = "MessageAlreadyExistsException"
HAS_FILE = "MultiplePrimaryDocumentsNotAllowedException"
SETTLES = timedelta(minutes=2)
"""So long after a letter was created it may be on its way without a status that says so."""
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


class EformidlingService:
    """One municipality's integration point. Raises: SettingsError when the key for Maskinporten is none."""

    Settings = NorwaySettings
    tables = ("eformidling", "krr", "maskinporten")
    """The tables below `[channels.letters]` that its settings are read from."""
    name = "eformidling"
    country = "NO"
    asked_at_once = ASKED_AT_ONCE
    tells = True

    def __init__(self, settings: NorwaySettings, outside: Outside, clock: Clock | None = None) -> None:
        self._settings = settings.eformidling
        self._clock = clock or SystemClock()
        self._maskinporten = Maskinporten(settings.maskinporten, settings.krr.scopes, outside, self._clock)
        self._krr = Krr(settings.krr, self._maskinporten, outside, self._clock, settings.eformidling.inbox)
        self._point = IntegrationPoint(settings.eformidling, outside)
        self._statuses = EformidlingStatuses(self._point, self._clock)
        self._receivers = EformidlingReceivers(self._point)

    async def look_up(self, national_ids: Sequence[str]) -> Mapping[str, Reach]:
        """Raises: TryLaterError, RejectedError."""
        return await self._krr.look_up(national_ids)

    async def send(self, parcel: Parcel) -> Receipt:
        """Create, attach, send. Until the last of them nothing has left, and all of it can be done again: a parcel that is
        there already goes on from where it was left; one of which no status says where that was, waits. Raises: SendError."""
        if not _FILE_NAME.fullmatch(parcel.file_name):
            raise RejectedError("file_name")
        document = write_document(parcel, self._settings, self._clock)
        answer = await self._point.prepare(
            "POST", "/messages/out", body=document, headers={"Content-Type": "application/json; charset=utf-8"}
        )
        if answer.status not in GOOD:
            statuses = await self._statuses.of_parcel(parcel.id) if answer.status in MAY_BE_THERE else []
            if statuses:
                return await self._go_on(parcel, statuses)
            if answer.status == SAME_AGAIN or find_code(answer.body) == IS_THERE:
                raise TryLaterError("there_without_status")
            raise explain_prepared(answer)
        await self._attach(parcel)
        return _read_start(parcel, await self._point.ask("POST", _path_of(parcel)))

    async def _go_on(self, parcel: Parcel, statuses: Sequence[Status]) -> Receipt:
        """An earlier attempt created it, for the same receiver or for another. Whether it has its file shows when it is sent
        without: a second file would be one too many. Raises: SendError."""
        if not await self._receivers.is_for(parcel.id, parcel.national_id):
            raise await self._keep_from(parcel)
        if (receipt := self._find_in(parcel, statuses)) is not None:
            return receipt
        answer = await self._point.ask("POST", _path_of(parcel))
        if answer.status != 400 or find_code(answer.body) == TOO_LATE:
            return _read_start(parcel, answer)
        await self._attach(parcel)
        return _read_start(parcel, await self._point.ask("POST", _path_of(parcel)))

    async def _attach(self, parcel: Parcel) -> None:
        """A file that is there already does. Raises: TryLaterError, RejectedError, AddressGoneError."""
        answer = await self._point.prepare(
            "PUT",
            _path_of(parcel),
            params={"title": parcel.title},
            body=parcel.pdf,
            headers={
                "Content-Type": "application/pdf",
                "Content-Disposition": f'attachment; filename="{parcel.file_name}"',
            },
        )
        if answer.status not in GOOD and find_code(answer.body) != HAS_FILE:
            raise explain_prepared(answer)

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Its statuses tell, and for whom it was. Raises: TryLaterError, also while it may be on its way without a status;
        OtherReceiverError."""
        receipt = self._find_in(parcel, await self._statuses.of_parcel(parcel.id))
        if receipt is not None and not await self._receivers.is_for(parcel.id, parcel.national_id):
            raise OtherReceiverError(may_have_gone=True)
        return receipt

    async def _keep_from(self, parcel: Parcel) -> OtherReceiverError:
        """It is for somebody else: deleted, unless it is on its way by now. Raises: TryLaterError."""
        is_deleted = await self._receivers.delete(parcel.id)
        has_left = any(status.name != CREATED for status in await self._statuses.of_parcel(parcel.id))
        return OtherReceiverError(may_have_gone=has_left or not is_deleted)

    def _find_in(self, parcel: Parcel, statuses: Sequence[Status]) -> Receipt | None:
        """Raises: TryLaterError."""
        if any(status.name != CREATED for status in statuses):
            return Receipt(parcel.id)
        settled = [status.at + SETTLES for status in statuses]
        if settled and (left := max(settled) - self._clock.now()) > timedelta():
            raise TryLaterError("not_settled", after=left.total_seconds())
        return None

    async def news(self, cursor: str, open_ids: Sequence[str]) -> News:
        """Raises: TryLaterError."""
        return await self._statuses.read_on(cursor, open_ids)

    async def check(self) -> list[str]:
        return [*await self._maskinporten.check(), *await self._check_point()]

    async def _check_point(self) -> list[str]:
        try:
            await self._statuses.read_on("", ())
        except TryLaterError as error:
            if error.reason == "http_401" or error.reason == "http_403":
                return ["The integration point refuses the user or the password in channels.letters.eformidling."]
            if error.reason == BAD_CERTIFICATE:
                return [advise_certificate("the integration point")]
            if error.whole_channel:
                return [f"There is no integration point at channels.letters.eformidling.url ({error.reason})."]
            return [f"The integration point cannot be reached now, or gives no usable answer ({error.reason})."]
        return []


def _path_of(parcel: Parcel) -> str:
    return f"/messages/out/{quote(parcel.id, safe='')}"


def _read_start(parcel: Parcel, answer: Answer) -> Receipt:
    """Raises: SendError."""
    if answer.status in GOOD:
        return Receipt(parcel.id)
    if answer.status == 404:
        raise UnknownFateError("not_in_outbox")
    if answer.status == SAME_AGAIN:
        raise UnknownFateError("same_again")
    raise explain(answer)
