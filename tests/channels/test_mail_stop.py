"""What goes to many can be stopped with one touch in a mail program; an answer, and a link that is merely followed, cannot."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import aiohttp
import dkim
import pytest
from aiohttp import web

from channels.mail.channel import MailChannel
from channels.mail.settings import MailSettings
from hub.address import MAIL, Address
from hub.outside import Outside
from hub.post.channel import BusyError, Mailbox
from hub.public_site import build_public_site
from tests.channels.contract import RecordingInbox
from tests.channels.mail_rehearsal import FAMILY_DOMAIN, OUR_DOMAIN, MailWorld, a_mail_world
from tests.channels.test_mail_out import COVER, an_envelope
from tests.ports import hold_port

ANNE = f"anne@{FAMILY_DOMAIN}"
TOKEN = "t" * 32
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"
"""What RFC 8058 prefers."""


def in_parts(name: str = "List-Unsubscribe", value: str = "One-Click") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'


@dataclass
class Site:
    world: MailWorld
    inbox: RecordingInbox
    channel: MailChannel
    url: str

    async def send(self, *, may_stop: bool) -> EmailMessage:
        await self.channel.send(an_envelope(cover=replace(COVER, may_stop=may_stop, answers=None)))
        mail = message_from_bytes(self.world.relay.mails[-1][2], policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail

    async def post(self, url: str, body: str = ONE_CLICK, method: str = "POST", kind: str = FORM) -> int:
        headers = {"Content-Type": kind}
        async with aiohttp.ClientSession(headers=headers) as client, client.request(method, url, data=body) as answer:
            return answer.status


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with a_mail_world() as world:
        inbox = RecordingInbox(mailboxes={f"4759000017+{TOKEN}": Mailbox("+4759000017", ANNE)})
        public = hold_port()
        url = f"http://127.0.0.1:{public}"
        channel = MailChannel(MailSettings(**world.settings(hold_port())), Outside(), url)
        runner = web.AppRunner(build_public_site({"mail": channel}, inbox))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", public).start()
        yield Site(world, inbox, channel, url)
        await runner.cleanup()


def read_link(mail: EmailMessage) -> str:
    return str(mail["List-Unsubscribe"]).strip().split(">")[0].lstrip("<")


async def test_one_touch_is_a_stop_of_whoever_the_mail_was_sent_to(site: Site) -> None:
    mail = await site.send(may_stop=True)

    statuses = [await site.post(read_link(mail)) for _ in range(2)]

    first, second = site.inbox.messages
    assert statuses == [200, 200]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"<mailto:4759000017+{TOKEN}@{OUR_DOMAIN}?subject=STOP>" in mail["List-Unsubscribe"]
    assert (first.sender, first.text, first.opt_out) == (Address(MAIL, ANNE), "STOP", "STOP")
    assert first.key == second.key


async def test_a_mail_program_may_write_the_form_in_parts(site: Site) -> None:
    status = await site.post(read_link(await site.send(may_stop=True)), in_parts(), kind=PARTS)

    assert status == 200
    assert [kept.opt_out for kept in site.inbox.messages] == ["STOP"]


async def test_the_offer_is_signed_so_that_nobody_puts_another_there(site: Site) -> None:
    await site.send(may_stop=True)

    content = site.world.relay.mails[-1][2]
    record = site.world.names.records[f"s1._domainkey.{FAMILY_DOMAIN}"].encode()
    assert dkim.verify(content, dnsfunc=lambda name, timeout=0: record)
    assert not dkim.verify(content.replace(b"/stop/", b"/stay/"), dnsfunc=lambda name, timeout=0: record)


async def test_an_answer_offers_no_stop(site: Site) -> None:
    assert (await site.send(may_stop=False))["List-Unsubscribe"] is None


@pytest.mark.parametrize(
    ("method", "body", "kind", "token", "status"),
    [
        ("GET", "", FORM, TOKEN, 405),
        ("POST", "", FORM, TOKEN, 400),
        ("POST", f"{ONE_CLICK}&x=1", FORM, TOKEN, 400),
        ("POST", ONE_CLICK + "&x" * 9000, FORM, TOKEN, 413),
        ("POST", ONE_CLICK, "text/plain", TOKEN, 400),
        ("POST", ONE_CLICK, PARTS, TOKEN, 400),
        ("POST", in_parts("Unsubscribe"), PARTS, TOKEN, 400),
        ("POST", in_parts(value="x" * 9000), PARTS, TOKEN, 413),
        ("POST", in_parts().replace("\r\n\r\n", "\r\nContent-Type: text/plain; charset=no-such\r\n\r\n"), PARTS, TOKEN, 400),
        ("POST", ONE_CLICK, FORM, "u" * 32, 404),
        ("POST", ONE_CLICK, FORM, "%2e%2e", 404),
    ],
)  # fmt: skip
async def test_nothing_else_stops_anything(
    site: Site, method: str, body: str, kind: str, token: str, status: int
) -> None:
    assert await site.post(f"{site.url}/mail/mail/stop/4759000017/{token}", body, method, kind) == status
    assert site.inbox.messages == []


async def test_a_hub_that_cannot_keep_it_says_so(site: Site) -> None:
    site.inbox.trouble = BusyError()

    assert await site.post(f"{site.url}/mail/mail/stop/4759000017/{TOKEN}") == 503
