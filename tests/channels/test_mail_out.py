"""Mail goes out: one honest attempt by the relay, signed, threaded, with nothing in a header that was not put there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes, policy

import dkim
import pytest

from channels.mail.channel import MailChannel
from channels.mail.settings import MailSettings
from channels.mail.writing import write_mail
from hub.address import MAIL, Address
from hub.outside import Outside
from hub.post.channel import (
    AddressGoneError,
    Cover,
    Envelope,
    RejectedError,
    SendError,
    TryLaterError,
    UnknownFateError,
)
from tests.channels.contract import DELIVERY
from tests.channels.mail_rehearsal import FAMILY_DOMAIN, OUR_DOMAIN, MailWorld, a_mail_world
from tests.ports import hold_port

NOON = datetime(2025, 3, 3, 11, tzinfo=UTC)
COVER = Cover(
    subject="Beskjed fra Lærkan",
    sender_name="Lærkan",
    footer="Svar på denne e-posten.",
    language="nb",
    thread_id="01jx0000000000000000thread",
    reply_token="t" * 32,
    automatic=True,
    answers=f"abc@{FAMILY_DOMAIN}",
)


def an_envelope(text: str = "Notert: Kari er syk i dag.", cover: Cover = COVER, to: str = "") -> Envelope:
    recipient = Address(MAIL, to or f"anne@{FAMILY_DOMAIN}")
    return Envelope(DELIVERY, Address(MAIL, "+4759000017"), recipient, text, attempted_at=NOON, cover=cover)


@pytest.fixture
async def world() -> AsyncIterator[MailWorld]:
    async with a_mail_world() as world:
        yield world


@pytest.fixture
async def channel(world: MailWorld) -> AsyncIterator[MailChannel]:
    channel = MailChannel(MailSettings(**world.settings(hold_port())), Outside(), "")
    yield channel
    channel._relay.close()


async def test_it_is_signed_and_can_be_answered_threaded_and_brought_back(
    world: MailWorld, channel: MailChannel
) -> None:
    receipt = await channel.send(an_envelope("Hei & <hallo>!\n\nNy linje"))

    sender, recipient, content = world.relay.mails[0]
    mail = message_from_bytes(content, policy=policy.default)
    record = world.names.records[f"s1._domainkey.{FAMILY_DOMAIN}"].encode()
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert receipt.provider_id == DELIVERY
    assert dkim.verify(content, dnsfunc=lambda name, timeout=0: record)
    assert (sender, recipient) == (f"bounce+{DELIVERY}@{OUR_DOMAIN}", f"anne@{FAMILY_DOMAIN}")
    assert mail["Subject"] == "Re: Beskjed fra Lærkan"
    assert mail["From"] == f"Lærkan <4759000017@{OUR_DOMAIN}>"
    assert mail["Reply-To"] == f"4759000017+{'t' * 32}@{OUR_DOMAIN}"
    assert mail["In-Reply-To"] == f"<abc@{FAMILY_DOMAIN}>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").startswith("Hei & <hallo>!\n\nNy linje\n\n-- \nSvar")
    assert html is not None
    assert "Hei &amp; &lt;hallo&gt;!" in html.get_content()


@pytest.mark.parametrize("evil", ["\r\nBcc: ola@annet.example", "\nX: y", "\r", "\u2028X: y", "\x00", "\x85Bcc: a"])
async def test_nothing_becomes_a_header_of_its_own(world: MailWorld, channel: MailChannel, evil: str) -> None:
    names = {"subject": "Hei" + evil, "sender_name": "Lærkan" + evil, "answers": f"a@b{evil}"}
    cover = Cover(**{**{name: getattr(COVER, name) for name in Cover.__slots__}, **names})

    await channel.send(an_envelope(cover=cover))

    mail = message_from_bytes(world.relay.mails[0][2], policy=policy.default)
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["To"] == f"anne@{FAMILY_DOMAIN}"


@pytest.mark.parametrize(
    "text", ["", ".", "Hei\n.\nMAIL FROM:<a@b.example>", "\r\r\n\n\r", "a\x0b\x0c\x1c\u2028b", "å" * 400]
)
def test_every_line_of_a_mail_ends_as_a_line_of_mail_does(text: str) -> None:
    content = write_mail(an_envelope(text), OUR_DOMAIN, "https://hub.example/mail/mail")

    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")
    assert content.endswith(b"\r\n")


@pytest.mark.parametrize("to", ["anne@a.example\r\nBcc: b@c.example", "a@b.no, c@d.no", "a b@c.no", "@", "å@b.no"])
async def test_what_is_no_address_is_never_written_to(world: MailWorld, channel: MailChannel, to: str) -> None:
    with pytest.raises(RejectedError):
        await channel.send(an_envelope(to=to))

    assert world.relay.mails == []


@pytest.mark.parametrize(
    ("command", "answer", "error", "whole"),
    [
        ("MAIL", "451 4.3.0 Later", TryLaterError, False),
        ("MAIL", "550 5.7.1 Not you", TryLaterError, True),
        ("RCPT", "450 4.2.1 Greylisted", TryLaterError, False),
        ("RCPT", "550 5.1.1 Nobody", AddressGoneError, None),
        ("RCPT", "554 5.7.1 Policy", RejectedError, None),
        ("RCPT", "552 5.2.2 Full", RejectedError, None),
        ("RCPT", "554 5.7.1 Not from 185.1.1.7", RejectedError, None),
        ("DATA", "421 4.3.2 Going down", TryLaterError, True),
        ("DATA", "554 5.6.0 Spam", RejectedError, None),
        ("DATA", "drop", UnknownFateError, None),
        ("RCPT", "drop", TryLaterError, False),
    ],
)
async def test_each_answer_of_the_relay_means_one_thing(
    world: MailWorld, channel: MailChannel, command: str, answer: str, error: type[SendError], whole: bool | None
) -> None:
    world.relay.answers[command] = [answer]

    with pytest.raises(error) as raised:
        await channel.send(an_envelope())
    await channel.send(an_envelope())

    assert whole is None or getattr(raised.value, "whole_channel", None) is whole
    assert FAMILY_DOMAIN not in raised.value.reason
    assert len(world.relay.mails) == 1


async def test_connections_are_kept_and_one_that_went_away_is_made_anew(world: MailWorld, channel: MailChannel) -> None:
    for _ in range(3):
        await channel.send(an_envelope())
    kept = world.relay.connections
    world.relay.answers["MAIL"] = ["drop"]
    await channel.send(an_envelope())

    assert kept == 1
    assert (world.relay.connections, len(world.relay.mails)) == (2, 4)


async def test_a_relay_that_is_down_is_tried_later_and_told_by_the_doctor(world: MailWorld) -> None:
    settings = world.settings(hold_port(), relay=f"127.0.0.1:{hold_port()}")
    channel = MailChannel(MailSettings(**settings), Outside(), "")

    with pytest.raises(TryLaterError):
        await channel.send(an_envelope())

    assert any("relay cannot be used" in sentence for sentence in await channel.check())
