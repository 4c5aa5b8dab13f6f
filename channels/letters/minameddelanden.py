"""Digital post in Sweden: letters into the mailboxes of Mina meddelanden, at whichever operator each person has theirs.

The municipality is sender and broker in one. It asks FaR at the moment of sending, signs and seals, and hands over at the
operator's own address; what goes to paper is the office's to print. An operator says at once whether it delivered, and nothing
later; and it can be asked for nothing. Source: digg.se, Mina meddelanden, Service v3.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from channels.letters import soap
from channels.letters.certificates import BAD_CERTIFICATE, advise_certificate
from channels.letters.minameddelanden_message import write_delivery
from channels.letters.minameddelanden_register import ASKED_AT_ONCE, MinameddelandenRegister
from channels.letters.minameddelanden_settings import TABLE, MinameddelandenSettings
from channels.letters.own_certificate import CertifiedOutside, read_certificate
from channels.letters.xml_answer import Told
from hub.clock import Clock, SystemClock
from hub.mailroom.service import News, Parcel, Reach, Way
from hub.outside import Outside
from hub.post.channel import AddressGoneError, Receipt, RejectedError, TryLaterError, UnknownFateError
from hub.post.deliveries import Status

SWEDEN = ZoneInfo("Europe/Stockholm")
LONGEST_ID = 100


class MinameddelandenService:
    """One municipality as a sender. Raises: SettingsError when its certificate is none."""

    Settings = MinameddelandenSettings
    name = "minameddelanden"
    country = "SE"
    asked_at_once = ASKED_AT_ONCE
    tells = False

    def __init__(self, settings: MinameddelandenSettings, outside: Outside, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._own = read_certificate(settings.certificate, settings.key.get_secret_value(), TABLE)
        self._outside = CertifiedOutside(self._own, settings.authority, outside)
        self._register = MinameddelandenRegister(settings, self._outside)

    def _today(self) -> date:
        return self._clock.now().astimezone(SWEDEN).date()

    async def look_up(self, national_ids: Sequence[str]) -> Mapping[str, Reach]:
        """Raises: TryLaterError, RejectedError."""
        found = await self._register.look_up(national_ids, self._today())
        return {national_id: mailbox.reach for national_id, mailbox in found.items()}

    async def send(self, parcel: Parcel) -> Receipt:
        """FaR is asked once more, which tells where the letter goes, and the operator's word says that it lies there. The
        same parcel is the same message, but nobody promises to take it once. Raises: SendError."""
        if parcel.way is not Way.MAILBOX:
            raise RejectedError("no_such_way")
        request = write_delivery(parcel, self._settings, self._own, self._today())
        found = await self._register.look_up([parcel.national_id], self._today())
        mailbox = found[parcel.national_id]
        if mailbox.reach.way is not Way.MAILBOX:
            raise AddressGoneError(mailbox.reach.why)
        told = await soap.ask(self._outside, mailbox.address, request, self._settings.answer_seconds)
        return _read_taken(told, parcel)

    async def find(self, parcel: Parcel) -> Receipt | None:
        """Nobody can tell: operators cannot be asked for a message, and do not promise that one that comes again is not taken
        twice. Raises: RejectedError."""
        raise RejectedError("cannot_be_told")

    async def news(self, cursor: str, open_ids: Sequence[str]) -> News:
        """Nothing: operators tell nothing later."""
        return News([], cursor)

    async def check(self) -> list[str]:
        return [*self._own.check(self._clock.now()), *await self._check_register()]

    async def _check_register(self) -> list[str]:
        try:
            await self._register.ask(())
        except (TryLaterError, RejectedError) as error:
            if error.reason in ("http_401", "http_403"):
                return [f"FaR does not let us in: look at the certificate and the organisation in {TABLE}."]
            if error.reason == BAD_CERTIFICATE:
                return [advise_certificate("FaR")]
            return [f"FaR cannot be reached now at {TABLE}.url, or gives no usable answer ({error.reason})."]
        return []


def _read_taken(told: Told, parcel: Parcel) -> Receipt:
    """Raises: RejectedError where the operator says that it did not deliver, UnknownFateError."""
    try:
        (status,) = (one for one in told.list_all("Status") if one.find_text("RecipientId") == parcel.national_id)
        is_delivered, their_id = status.find_text("Delivered"), told.find_text("TransId")
    except ValueError:
        raise UnknownFateError("nonsense") from None
    if is_delivered in ("false", "0"):
        raise RejectedError("not_delivered")
    if is_delivered not in ("true", "1"):
        raise UnknownFateError("nonsense")
    is_plain = their_id.isprintable() and len(their_id) <= LONGEST_ID
    return Receipt((their_id if is_plain else "") or parcel.id, Status.DELIVERED)
