"""The SMTP listener: only CR LF . CR LF ends a mail, nobody unknown is written to through us, and nothing is relayed.

Source: security rules S7.3, S9.6 and S11; RFC 5321.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from weakref import WeakKeyDictionary

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Peer

from channels.mail.handed_in import HandedIn
from channels.mail.intake import LATER, Intake, Taken
from channels.mail.names import read_bounce
from channels.mail.session import MOST_BYTES, Session
from channels.mail.settings import MailSettings, split
from hub.post.channel import BusyError, Inbox, Mailbox

MOST_RECIPIENTS = 10
SILENT_SECONDS = 120.0
COMMANDS_OF_A_KIND = 50
UNKNOWN = "550 5.1.1 No such mailbox here"
NO_RELAYING = "550 5.7.1 We do not relay"
TOO_MANY = "452 4.5.3 Too many recipients"
BARE_ENDS = "554 5.6.0 Lines must end with CR LF"
NULL_SENDER = "<>"
log = logging.getLogger(__name__)
logging.getLogger("mail.log").disabled = True  # the library writes addresses there


class Hooks:
    """What the library asks us about each mail."""

    def __init__(self, domain: str, inbox: Inbox, intake: Intake) -> None:
        self._domain = domain
        self._inbox = inbox
        self._intake = intake
        self._mailboxes: WeakKeyDictionary[Envelope, dict[str, Mailbox]] = WeakKeyDictionary()

    def close(self) -> None:
        self._intake.close()

    async def handle_MAIL(  # noqa: N802 - the library's names
        self, server: SMTP, session: Peer, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        envelope.mail_from = address or NULL_SENDER
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Peer, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        local, _, domain = address.rpartition("@")
        if domain.lower() != self._domain:
            return NO_RELAYING
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        if read_bounce(local) is None:
            try:
                mailbox = await self._inbox.find_mailbox(local)
            except BusyError:
                return LATER
            if mailbox is None:
                return UNKNOWN
            known = self._mailboxes.setdefault(envelope, {})
            if mailbox.writer is not None or mailbox.number not in known:
                known[mailbox.number] = mailbox
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Peer, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        if not isinstance(content, bytes) or _has_bare_ends(content):
            return BARE_ENDS
        sender = envelope.mail_from or NULL_SENDER
        locals_ = [address.rpartition("@")[0] for address in envelope.rcpt_tos]
        return await self._intake.take(
            Taken(
                content=content,
                handed_in=HandedIn(
                    address=str(session.peer[0]) if session.peer else "",
                    name=str(session.host_name or ""),
                    sender="" if sender == NULL_SENDER else sender.lower(),
                ),
                mailboxes=list(self._mailboxes.get(envelope, {}).values()),
                bounced=[id_ for local in locals_ if (id_ := read_bounce(local)) is not None],
            )
        )

    async def handle_exception(self, error: Exception) -> str:
        """Without this the library tells the error's words, and that it is for ever."""
        log.error("a mail session failed", extra={"error": type(error).__name__})
        return LATER


class _Refusing(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 4.3.2 Too many connections, please try again later\r\n")
        transport.close()


class MailListener:
    """One port. Use as an asynchronous context."""

    def __init__(self, settings: MailSettings, make_hooks: Callable[[], Hooks]) -> None:
        self._settings = settings
        self._make_hooks = make_hooks
        self._server: asyncio.Server | None = None
        self._hooks: Hooks | None = None
        self._open: set[SMTP] = set()

    async def __aenter__(self) -> "MailListener":
        host, port = split(self._settings.listen)
        hooks = self._hooks = self._make_hooks()
        context = make_context(self._settings)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._meet(hooks, context), host, port)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nobody new comes in; who is in is told to come back, but for a mail that is being kept."""
        if self._server is not None:
            self._server.close()
        if self._hooks is not None:
            self._hooks.close()
        for session in list(self._open):
            if session.transport is not None:
                session.transport.close()

    def _meet(self, hooks: Hooks, context: ssl.SSLContext | None) -> asyncio.Protocol:
        if len(self._open) >= self._settings.connections:
            return _Refusing()
        return _Session(self._open, hooks, self._settings.domain, context)


class _Session(Session):
    """One connection, counted while it lasts."""

    def __init__(self, open_: set[SMTP], hooks: Hooks, domain: str, context: ssl.SSLContext | None) -> None:
        super().__init__(
            hooks,
            hostname=domain,
            ident="Budbok",
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            tls_context=context,
            timeout=SILENT_SECONDS,
            command_call_limit=COMMANDS_OF_A_KIND,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )
        self._all = open_

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._all.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._all.discard(self)
        super().connection_lost(error)


def _has_bare_ends(content: bytes) -> bool:
    """Whether there is a CR or an LF without the other."""
    return not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")


def make_context(settings: MailSettings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.certificate, settings.certificate_key)
    return context
