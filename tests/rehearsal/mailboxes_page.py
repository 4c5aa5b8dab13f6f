"""The mailboxes of a rehearsal: a relay on loopback that keeps what the hub mails, and a page on which each mail is read and
answered as its reader's mail program would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import aiosmtplib
from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.mail.settings import MailSettings, split
from tests.channels.mail_rehearsal import NameServer

_page = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "page"), autoescape=True, undefined=StrictUndefined
).get_template("mailboxes.html")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as its reader sees it."""

    reader: str
    message: EmailMessage

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        return "" if body is None else str(body.get_content())

    def answer(self, words: str) -> EmailMessage:
        """Above what is answered, as mail programs do it."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"] = self.reader, str(self.message["Reply-To"])
        mail["Subject"] = f"Re: {self.message['Subject']}"
        mail["Message-ID"] = make_msgid(domain="rehearsal.example")
        mail["In-Reply-To"] = str(self.message["Message-ID"])
        mail["References"] = f"{self.message['References']} {self.message['Message-ID']}"
        quoted = "\n".join(f"> {line}" for line in self.text.splitlines())
        mail.set_content(f"{words}\n\nOn a day {self.message['From']} wrote:\n{quoted}\n")
        return mail


@dataclass
class MailboxesPage:
    """All mailboxes on one page, the newest mail first. `listener` is where the hub takes mail in."""

    listener: str
    mails: list[Mail] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails += [Mail(reader, message) for reader in envelope.rcpt_tos]
        return "250 OK"

    async def show(self, request: web.Request) -> web.Response:
        newest = [(number, mail) for number, mail in enumerate(self.mails)][::-1]
        page = _page.render(mails=newest, told=request.query.get("told", ""))
        return web.Response(text=page, content_type="text/html")

    async def reply(self, request: web.Request) -> web.Response:
        """Hand the answer in, and show what the hub's server said of it."""
        form = await request.post()
        mail = self.mails[int(str(form["mail"]))]
        content = mail.answer(str(form["words"])).as_bytes()
        host, port = split(self.listener)
        try:
            await aiosmtplib.send(
                content,
                sender=mail.reader,
                recipients=[str(mail.message["Reply-To"])],
                hostname=host,
                port=port,
                start_tls=False,
            )
        except aiosmtplib.SMTPException as error:
            raise web.HTTPSeeOther(f"/?told={type(error).__name__}") from None
        raise web.HTTPSeeOther("/?told=Sent.")


@asynccontextmanager
async def open_mailboxes(settings: MailSettings, port: int) -> AsyncIterator[MailboxesPage]:
    """The relay and the name server that the settings name, and the page at this port; all on loopback."""
    loop = asyncio.get_running_loop()
    page = MailboxesPage(settings.listen)
    names, _ = await loop.create_datagram_endpoint(NameServer, split(settings.resolver or ""))
    relay = await loop.create_server(lambda: SMTP(page, hostname="relay.example", loop=loop), *split(settings.relay))
    application = web.Application()
    application.add_routes([web.get("/", page.show), web.post("/reply", page.reply)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield page
    finally:
        await runner.cleanup()
        relay.close()
        names.close()
