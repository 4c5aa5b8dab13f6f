"""Mail keeps what every channel promises, but for receipts and a log, which mail has not."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiohttp import web

from channels.mail.channel import MailChannel
from channels.mail.settings import MailSettings
from hub.address import MAIL, Address
from hub.outside import Outside
from hub.post.channel import (
    AddressGoneError,
    Cover,
    Mailbox,
    RejectedError,
    SendError,
    TryLaterError,
    UnknownFateError,
)
from tests.channels.contract import (
    FailingContract,
    Failure,
    KeepingContract,
    RecordingInbox,
    SendingContract,
    StrangerContract,
    Told,
)
from tests.channels.mail_rehearsal import FAMILY_DOMAIN, OUR_DOMAIN, MailWorld, a_mail_world, hand_in, write
from tests.ports import hold_port

SEAT = f"4759000017@{OUR_DOMAIN}"
ANSWERS: dict[str, tuple[str, str, type[SendError]]] = {
    "greylisted": ("RCPT", "450 4.2.1 Later", TryLaterError),
    "going down": ("DATA", "421 4.3.2 Going down", TryLaterError),
    "not us": ("MAIL", "550 5.7.1 Not you", TryLaterError),
    "gone away": ("RCPT", "drop", TryLaterError),
    "nobody": ("RCPT", "550 5.1.1 Nobody", AddressGoneError),
    "full": ("RCPT", "552 5.2.2 Full", RejectedError),
    "spam": ("DATA", "554 5.6.0 Spam", RejectedError),
    "half answered": ("DATA", "drop", UnknownFateError),
}


class MailRehearsal:
    """The channel between a recording inbox, a family's provider that signs, and a relay."""

    school = Address(MAIL, "+4759000017")
    guardian = Address(MAIL, f"anne@{FAMILY_DOMAIN}")
    cover = Cover("Beskjed", "Skolen", "Svar på denne e-posten.", "nb", "t" * 26, "token", automatic=False)

    def __init__(self, world: MailWorld, channel: MailChannel, inbox: RecordingInbox, port: int) -> None:
        self.world, self.channel, self.inbox, self._port = world, channel, inbox, port
        self._latest = b""
        self._count = 0

    @property
    def failures(self) -> Mapping[str, Failure]:
        return {name: self._failure(*told) for name, told in ANSWERS.items()}

    def _failure(self, command: str, answer: str, error: type[SendError]) -> Failure:
        return Failure(lambda: self.world.relay.answers.update({command: [answer]}), error)

    def now(self) -> datetime:
        return datetime(2025, 3, 3, 11, tzinfo=UTC)

    def as_kept(self, text: str) -> str:
        """The empty lines at both ends are the mail program's."""
        return text.strip()

    async def say(self, text: str) -> Told:
        self._count += 1
        mail = write(SEAT, text, Message_ID=f"<{self._count}@{FAMILY_DOMAIN}>")
        self._latest = self.world.sign(mail.as_bytes())
        return await self.repeat()

    async def repeat(self) -> Told:
        return await self._hand_in(self._latest)

    async def forge(self, text: str) -> Told:
        return await self._hand_in(write(SEAT, text).as_bytes())

    async def babble(self) -> list[Told]:
        head = f"From: {self.guardian.value}\r\nTo: {SEAT}\r\n".encode()
        nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(99))
        return [
            await self._hand_in(head + nested),
            await self._hand_in(head + b"X: y\r\n" * 60_000 + b"\r\nHei\r\n"),
            await self._hand_in(head + b"Received: x\r\n" * 60 + b"\r\nHei\r\n"),
            await self._hand_in(head + b"\r\nHei", to=f"postmaster@{OUR_DOMAIN}"),
            await self._hand_in(head + b"\r\nHei", to="ola@annet.example"),
        ]

    async def _hand_in(self, content: bytes, to: str = SEAT) -> Told:
        code, words = await hand_in(self._port, to, content, self.guardian.value)
        return Told(code, words, by_smtp=True)

    async def at_rest(self) -> None:
        """A relay tells nothing later."""

    def list_arrived(self) -> list[str]:
        mails = [message_from_bytes(content, policy=policy.default) for _, _, content in self.world.relay.mails]
        bodies = [mail.get_body(("plain",)) for mail in mails]
        return [
            str(body.get_content()).replace("\r\n", "\n").split("\n\n-- \n")[0] for body in bodies if body is not None
        ]


@pytest.fixture
async def rehearsal() -> AsyncIterator[MailRehearsal]:
    async with a_mail_world() as world:
        port = hold_port()
        inbox = RecordingInbox(mailboxes={"4759000017": Mailbox("+4759000017")})
        channel = MailChannel(MailSettings(**world.settings(port)), Outside(), "http://127.0.0.1:1")
        runner = web.AppRunner(channel.listen(inbox))
        await runner.setup()
        yield MailRehearsal(world, channel, inbox, port)
        await runner.cleanup()


class TestMail(KeepingContract, StrangerContract, SendingContract, FailingContract):
    pass
