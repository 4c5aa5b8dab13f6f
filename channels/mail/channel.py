"""Mail: taken in by our own listener, signed, and sent by the owner's relay. A seat's mailbox is its number at our domain."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from aiohttp import web

from channels.content_types import tell_type
from channels.mail.intake import Intake
from channels.mail.listener import Hooks, MailListener
from channels.mail.names import write_bounce
from channels.mail.reading import UnreadableError, read_mail
from channels.mail.relay import Relay
from channels.mail.resolver import Resolver
from channels.mail.settings import MailSettings
from channels.mail.signing import Signer
from channels.mail.stopping import STOP_PATH, Stopping
from channels.mail.writing import write_mail
from hub.address import MAIL
from hub.outside import Outside
from hub.post.channel import (
    BusyError,
    Envelope,
    Fetched,
    Inbound,
    Inbox,
    Limits,
    MediaLink,
    Receipt,
    RejectedError,
    Report,
    TryLaterError,
)
from hub.post.deliveries import Status

MOST_LETTERS = 100_000
MOST_FILE_BYTES = 10 * 1024 * 1024


class MailChannel:
    """One domain. Raises: ValueError when its signing key is none."""

    Settings = MailSettings
    name = MAIL
    kind = MAIL

    def __init__(self, settings: MailSettings, outside: Outside, public_url: str) -> None:
        self.limits = Limits(length=MOST_LETTERS, receipts=False)
        self._settings = settings
        self._site = f"{public_url}/{self.kind}/{self.name}"
        self._relay = Relay(settings)
        key = settings.dkim_key.get_secret_value()
        self._signer = Signer(settings.domain, settings.dkim_selector, key) if key else None
        self._inbox: Inbox | None = None

    def listen(self, inbox: Inbox) -> web.Application:
        """It opens a port of its own, for as long as the site is served; its one route is for who wants no more mail."""
        self._inbox = inbox
        application = web.Application()
        application.router.add_post(STOP_PATH, Stopping(inbox).take)
        application.cleanup_ctx.append(self._serve)
        return application

    async def _serve(self, _: web.Application) -> AsyncIterator[None]:
        async with MailListener(self._settings, self._make_hooks):
            yield
        self._relay.close()

    def _make_hooks(self) -> Hooks:
        inbox = self._opened_inbox()
        intake = Intake(self._settings.domain, Resolver(self._settings.resolver), inbox)
        return Hooks(self._settings.domain, inbox, intake)

    async def send(self, envelope: Envelope) -> Receipt:
        """The Message-ID is the delivery's own, so a mail program shows a repeat once at most.

        It is written and signed at once, in less than a millisecond: to hand that to a thread costs more.
        """
        content = self._write(envelope)
        sender = write_bounce(envelope.delivery_id, self._settings.domain)
        await self._relay.send(sender, envelope.recipient.value, content)
        return Receipt(envelope.delivery_id, Status.SENT)

    def _write(self, envelope: Envelope) -> bytes:
        """Raises: RejectedError."""
        content = write_mail(envelope, self._settings.domain, self._site)
        if self._signer is None or envelope.attempted_at is None:
            return content
        return self._signer.sign(content, envelope.attempted_at)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """A relay tells of no earlier mail: what may have gone is sent once more, with the same Message-ID."""
        return None

    async def missed(self, since: datetime) -> list[Inbound | Report]:
        """Nothing: who could not hand a mail in keeps it, and comes again."""
        return []

    async def fetch_media(self, link: MediaLink) -> Fetched:
        """A file of a mail that is kept here. Raises: TryLaterError, RejectedError."""
        key, _, index = link.url.partition("#")
        try:
            original = await self._opened_inbox().read_original(key)
        except BusyError:
            raise TryLaterError("store_away") from None
        if original is None or not index.isdigit():
            raise RejectedError("no_longer_there")
        return await asyncio.to_thread(_read_file, original, int(index))

    async def check(self) -> list[str]:
        wrong = []
        reason = await self._relay.check()
        if reason is not None:
            wrong.append(f"The mail relay cannot be used ({reason}): no mail leaves.")
        if self._signer is None:
            wrong.append("There is no dkim_key: others cannot tell our mail from a forger's, and may refuse it.")
        if self._settings.certificate is None:
            wrong.append("There is no certificate: what families write by mail comes in without TLS.")
        return wrong

    def _opened_inbox(self) -> Inbox:
        if self._inbox is None:
            raise RuntimeError("the mail channel does not listen")
        return self._inbox


def _read_file(original: bytes, index: int) -> Fetched:
    """Raises: RejectedError."""
    try:
        files = read_mail(original).files
    except UnreadableError:
        raise RejectedError("unreadable") from None
    content = files[index].part.get_payload(decode=True) if index < len(files) else None
    if not isinstance(content, bytes):
        raise RejectedError("no_longer_there")
    if len(content) > MOST_FILE_BYTES:
        raise RejectedError("too_large")
    return Fetched(content, tell_type(content))
