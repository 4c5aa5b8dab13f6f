"""SMS by way of Twilio: sends honestly once, finds what became of it, and reads the log for what we were not told."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web

from channels.sms.addresses import write_address
from channels.sms.twilio_api import NONSENSE, asking, create_message, make_client
from channels.sms.twilio_callbacks import Callbacks
from channels.sms.twilio_form import write_form
from channels.sms.twilio_log import TwilioLog, make_receipt
from channels.sms.twilio_media import TwilioMedia
from channels.sms.twilio_message import NAME
from channels.sms.twilio_numbers import TwilioNumbers, Webhook
from channels.sms.twilio_settings import TwilioSettings
from channels.sms.twilio_signature import Signatures
from hub.address import SMS
from hub.outside import Outside
from hub.post.billing import BillLine
from hub.post.channel import (
    Envelope,
    Fetched,
    Inbound,
    Inbox,
    Limits,
    MediaLink,
    Receipt,
    Report,
    TryLaterError,
    UnknownFateError,
)

MOST_LETTERS = 1600
MOST_REMEMBERED = 10_000
PATH = f"/{SMS}/{NAME}"


class TwilioChannel:
    """One account. `public_url` is the hub's own address as Twilio reaches it, without the path."""

    Settings = TwilioSettings
    name = NAME
    kind = SMS

    def __init__(self, settings: TwilioSettings, outside: Outside, public_url: str) -> None:
        self.limits = Limits(length=MOST_LETTERS, media_hosts=settings.media_hosts)
        self._settings = settings
        self._public_url = public_url.rstrip("/")
        self._client = make_client(settings, outside)
        self._log = TwilioLog(self._client, settings.account_sid, settings.api_url)
        self._media = TwilioMedia(settings, outside)
        self._numbers = TwilioNumbers(
            self._client, f"{self._public_url}{PATH}/message", f"{self._public_url}{PATH}/voice"
        )
        self._messages_url = f"{settings.api_url.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/Messages.json"
        self._receipts: OrderedDict[str, str] = OrderedDict()

    def listen(self, inbox: Inbox) -> web.Application:
        shared_keys = {name: secret.get_secret_value() for name, secret in self._settings.shared_keys.items()}
        signatures = Signatures(
            self._public_url, self._settings.tokens, shared_keys, frozenset(self._settings.algorithms)
        )
        ended = f"{self._public_url}{PATH}/voice-ended"
        account, voices = self._settings.account_sid, self._settings.voices
        return Callbacks(account, signatures, inbox, voices, ended).make_application()

    async def send(self, envelope: Envelope) -> Receipt:
        sender = write_address(envelope.sender, envelope.recipient)
        recipient = write_address(envelope.recipient, envelope.sender)
        tag = write_form({"m": envelope.delivery_id})
        fields = {
            "To": recipient,
            "From": sender,
            "Body": envelope.text,
            "StatusCallback": f"{self._public_url}{PATH}/status?{tag}",
        }
        if self._settings.messaging_service_sid:
            fields["MessagingServiceSid"] = self._settings.messaging_service_sid
        try:
            told = await create_message(self._client, self._messages_url, fields)
            receipt = make_receipt(told.get("sid"), told.get("status"), told.get("num_segments"))
        except NONSENSE:
            raise UnknownFateError("nonsense") from None
        self._remember(receipt.provider_id, envelope.delivery_id)
        return receipt

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Twilio does not give our tag back, so a message is known by both ends, its text and its time.

        Texts that are surely another delivery's are left out, so that two alike are not taken for one.
        """
        if envelope.attempted_at is None:
            return None
        taken = {sid for sid, delivery in self._receipts.items() if delivery != envelope.delivery_id}
        sender = write_address(envelope.sender, envelope.recipient)
        recipient = write_address(envelope.recipient, envelope.sender)
        receipt = await self._log.find_sent(
            sender, recipient, envelope.text, envelope.attempted_at, envelope.others | taken
        )
        if receipt is not None:
            self._remember(receipt.provider_id, envelope.delivery_id)
        return receipt

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """Raises: TryLaterError."""
        return await self._log.list_since(since)

    async def list_bills(self, since: datetime, until: datetime) -> list[BillLine]:
        """Raises: TryLaterError."""
        return await self._log.list_bills(since, until)

    async def check(self) -> list[str]:
        wrong = []
        address = urlsplit(self._public_url)
        if address.scheme != "https":
            wrong.append("The public address is not https, so what guardians write would travel in the open.")
        if "_" in (address.hostname or ""):
            wrong.append("The public host name has an underscore: Twilio will not call it back.")
        try:
            with asking():
                account = await self._client.api.v2010.accounts(self._settings.account_sid).fetch_async()
            if account.status != "active":
                wrong.append("Twilio says that the account is not active: nothing can be sent.")
        except TryLaterError as error:
            if error.whole_channel:
                wrong.append(f"Twilio refuses the account or its token ({error.reason}).")
            else:
                wrong.append(f"Twilio cannot be reached now, or gives no usable answer ({error.reason}).")
        return wrong

    async def webhooks(self, numbers: Iterable[str]) -> list[Webhook]:
        """Where Twilio tells of messages and calls to each of `numbers` (E.164), and where it should. Raises: TryLaterError."""
        return await self._numbers.list_webhooks(numbers)

    async def point_here(self, number: str) -> None:
        """Let Twilio tell us of messages and calls to `number` (E.164). Raises: TryLaterError, RejectedError."""
        await self._numbers.point_here(number)

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """Raises: TryLaterError, RejectedError."""
        return await self._media.fetch(link)

    async def forget_media(self, link: MediaLink) -> None:
        """Delete a file at Twilio, once it is kept here and its message is older than `missed` is asked about.

        Before that the log would tell the message without its file. Raises: TryLaterError, RejectedError.
        """
        await self._media.forget(link)

    def _remember(self, provider_id: str, delivery_id: str) -> None:
        self._receipts[provider_id] = delivery_id
        if len(self._receipts) > MOST_REMEMBERED:
            self._receipts.popitem(last=False)
