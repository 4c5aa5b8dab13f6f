"""The world of mail on loopback: a name server, a family's mail provider that signs, and a relay that takes what we send."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import parseaddr
from functools import cache
from typing import Any

import aiosmtplib
import dkim
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.patience import PATIENCE

FAMILY_DOMAIN = "familie.example.org"
OUR_DOMAIN = "in.hub.example"
SELECTOR = "s1"


@cache
def private_key(bits: int = 2048) -> str:
    """One key a run: making them is slow."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def public_record(pem: str) -> str:
    """What the name server tells of a key."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    public = load_pem_private_key(pem.encode(), None).public_key()
    told = base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return f"v=DKIM1; k=rsa; p={told}"


class NameServer(asyncio.DatagramProtocol):
    """Answers for TXT records over UDP; `fails` lets it have trouble of its own, and `is_silent` never answer. `asked`
    counts the questions."""

    def __init__(self) -> None:
        self.records: dict[str, str] = {}
        self.fails = False
        self.is_silent = False
        self.asked = 0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._transport.get_extra_info('sockname')[1]}"

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.asked += 1
        if self.is_silent:
            return
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked, recursion_available=True)
        name = str(asked.question[0].name).rstrip(".").lower()
        if self.fails:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.records and asked.question[0].rdtype == dns.rdatatype.TXT:
            text = self.records[name]
            pieces = " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))
            answer.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "TXT", pieces))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)

    def close(self) -> None:
        self._transport.close()


@dataclass
class PretendRelay:
    """Takes mail over SMTP. `answers` are what it says next at a command instead of yes; "drop" hangs up."""

    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    connections: int = 0
    port: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def _next(self, command: str, server: SMTP) -> str | None:
        waiting = self.answers.get(command, [])
        told = waiting.pop(0) if waiting else None
        if told == "drop":
            assert server.transport is not None
            server.transport.close()
        return told

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        told = self._next("MAIL", server)
        if told is None:
            envelope.mail_from = address
        return told or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        told = self._next("RCPT", server)
        if told is None:
            envelope.rcpt_tos.append(address)
        return told or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        told = self._next("DATA", server)
        if told is None:
            assert isinstance(envelope.content, bytes)
            self.mails.append((str(envelope.mail_from), envelope.rcpt_tos[0], envelope.content))
            self._came.set()
        return told or "250 OK"

    async def next_mail(self, seconds: float = PATIENCE) -> tuple[str, str, EmailMessage]:
        """Envelope sender, recipient and the mail, the oldest first."""
        async with asyncio.timeout(seconds):
            while not self.mails:
                self._came.clear()
                await self._came.wait()
        sender, recipient, content = self.mails.pop(0)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return sender, recipient, mail

    def make_session(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="relay.example", loop=asyncio.get_running_loop())


@dataclass
class MailWorld:
    """All of it. `pem` is the key of the families' provider."""

    names: NameServer
    relay: PretendRelay
    pem: str

    def settings(self, port: int, **more: Any) -> dict[str, Any]:
        return {
            "listen": f"127.0.0.1:{port}",
            "domain": OUR_DOMAIN,
            "relay": f"127.0.0.1:{self.relay.port}",
            "resolver": self.names.address,
            "dkim_key": self.pem,
            **more,
        }

    def sign(self, content: bytes, domain: str = FAMILY_DOMAIN, **more: Any) -> bytes:
        """As the families' provider does."""
        line = dkim.sign(content, SELECTOR.encode(), domain.encode(), self.pem.encode(), **more)
        return bytes(line) + content


def text_of(mail: EmailMessage) -> str:
    """What is written plainly in it."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def write(to: str, text: str, sender: str = f"Anne <anne@{FAMILY_DOMAIN}>", **headers: str) -> EmailMessage:
    """A mail as a mail program writes it; header names with _ for -."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = to
    mail["Message-ID"] = f"<{abs(hash((to, text, sender, tuple(headers.items()))))}@{FAMILY_DOMAIN}>"
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


async def hand_in(
    port: int, to: str, content: bytes, sender: str = f"anne@{FAMILY_DOMAIN}", **options: Any
) -> aiosmtplib.SMTPResponse | tuple[int, str]:
    """By SMTP, as a mail server does; code and words of the answer that settled it."""
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=PATIENCE, start_tls=False, **options)
    await client.connect()
    try:
        await client.mail(sender)
        await client.rcpt(to)
        return await client.data(content)
    except aiosmtplib.SMTPResponseException as error:
        return error.code, error.message
    finally:
        client.close()


async def press_reply(
    world: MailWorld,
    port: int,
    mail: EmailMessage,
    text: str,
    sender: str,
    *,
    signature: str = "",
    signed: bool = True,
    quoted: bool = True,
    **headers: str,
) -> int:
    """As a mail program does: above what is answered, with a signature that the program adds. The code of the answer."""
    body = f"{text}\n\n{signature}\n\n"
    if quoted:
        lines = "\n".join(f"> {line}" for line in text_of(mail).splitlines())
        body += f"man. 3. mars 2025 kl. 12:03 skrev Skolen <{mail['From']}>:\n\n{lines}"
    content = write(
        mail["Reply-To"],
        body,
        sender=sender,
        Subject=f"Re: {mail['Subject']}",
        In_Reply_To=mail["Message-ID"],
        References=f"{mail['References']} {mail['Message-ID']}",
        **headers,
    ).as_bytes()
    address = parseaddr(sender)[1]
    if signed:
        content = world.sign(content, domain=address.rpartition("@")[2])
    code, _ = await hand_in(port, mail["Reply-To"], content, address)
    return code


@asynccontextmanager
async def a_mail_world() -> AsyncIterator[MailWorld]:
    loop = asyncio.get_running_loop()
    _, names = await loop.create_datagram_endpoint(NameServer, ("127.0.0.1", 0))
    relay = PretendRelay()
    server = await loop.create_server(relay.make_session, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    pem = private_key()
    names.records[f"{SELECTOR}._domainkey.{FAMILY_DOMAIN}"] = public_record(pem)
    try:
        yield MailWorld(names, relay, pem)
    finally:
        server.close()
        names.close()
