"""Who vouches for a mail: a signature for all that it tells of its readers, or the server that handed it in; and nobody who was
sent a mail can pass it on to us as if it were new."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from channels.mail.channel import MailChannel
from channels.mail.handed_in import HandedIn, may_speak
from channels.mail.intake import AT_ONCE
from channels.mail.resolver import Resolver
from channels.mail.settings import MailSettings
from hub.outside import Outside
from hub.post.channel import Mailbox
from tests.channels.contract import RecordingInbox
from tests.channels.mail_rehearsal import FAMILY_DOMAIN, MailWorld, a_mail_world, hand_in, write
from tests.channels.test_mail_in import SEAT, Post
from tests.patience import PATIENCE
from tests.ports import hold_port

ANNE = f"anne@{FAMILY_DOMAIN}"
NOT_TO_WHOM = [b"from", b"date", b"subject", b"message-id", b"mime-version", b"content-type"]
OURS, THEIRS = "v=spf1 ip4:127.0.0.1 -all", "v=spf1 ip4:192.0.2.1 -all"


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with a_mail_world() as world:
        port = hold_port()
        inbox = RecordingInbox(mailboxes={"4759000017": Mailbox("+4759000017")})
        channel = MailChannel(MailSettings(**world.settings(port)), Outside(), "http://127.0.0.1:1")
        runner = web.AppRunner(channel.listen(inbox))
        await runner.setup()
        yield Post(world, inbox, channel, port)
        await runner.cleanup()


def sign_openly(world: MailWorld, content: bytes) -> bytes:
    """As a provider does that leaves out to whom a mail was written."""
    return world.sign(content, include_headers=NOT_TO_WHOM)


async def test_a_signature_that_leaves_open_to_whom_cannot_be_passed_on_to_us(post: Post) -> None:
    to_a_friend = sign_openly(post.world, write("ola@annet.example", "Kari er syk i dag").as_bytes())

    await post.take(to_a_friend.replace(b"To: ola@annet.example", f"To: {SEAT}".encode()), sender="ola@annet.example")
    await post.take(
        sign_openly(post.world, write("ola@annet.example", "Kari kommer").as_bytes()).replace(
            b"To: ola@annet.example", f"To: ola@annet.example\r\nCc: {SEAT}".encode()
        )
    )

    assert [kept.doubt for kept in post.inbox.messages] == ["unproven", "unproven"]


@pytest.mark.parametrize(
    ("record", "envelope", "doubt"),
    [
        (OURS, ANNE, None),
        (OURS, f"ola@{FAMILY_DOMAIN}", "unproven"),
        (OURS, "anne@annet.example", "unproven"),
        (THEIRS, ANNE, "unproven"),
        (None, ANNE, "unproven"),
    ],
    ids=["her own server", "a neighbour's envelope", "another domain's envelope", "another server", "no record"],
)
async def test_it_counts_where_her_own_server_hands_it_in_for_her(
    post: Post, record: str | None, envelope: str, doubt: str | None
) -> None:
    for domain in (FAMILY_DOMAIN, "annet.example"):
        if record is not None:
            post.world.names.records[domain] = record

    await post.take(sign_openly(post.world, write(SEAT, "Kari er syk i dag").as_bytes()), sender=envelope)

    assert [kept.doubt for kept in post.inbox.messages] == [doubt]


@pytest.mark.parametrize(
    ("record", "dmarc", "envelope", "doubt"),
    [
        (OURS, "v=DMARC1; p=none", ANNE, None),
        (OURS, "v=DMARC1; p=reject", f"bounce@ut.{FAMILY_DOMAIN}", None),
        (OURS, "v=DMARC1; p=reject; aspf=s", f"bounce@ut.{FAMILY_DOMAIN}", "unproven"),
        (OURS, None, ANNE, "unproven"),
        (THEIRS, "v=DMARC1; p=none", ANNE, "unproven"),
        ("v=spf1 +all +all moo", "v=DMARC1; p=none", ANNE, "unproven"),
        (f"v=spf1 include:{FAMILY_DOMAIN} -all", "v=DMARC1; p=none", ANNE, "unproven"),
        ("v=spf1 a:a.example a:b.example a:c.example ip4:127.0.0.1", "v=DMARC1; p=none", ANNE, "unproven"),
    ],
    ids=["aligned", "a part of it", "strict", "no dmarc", "fails", "nonsense", "a circle", "too many empty answers"],
)
async def test_without_a_signature_the_owners_record_says_whether_the_server_is_enough(
    post: Post, record: str, dmarc: str | None, envelope: str, doubt: str | None
) -> None:
    for domain in (FAMILY_DOMAIN, f"ut.{FAMILY_DOMAIN}"):
        post.world.names.records[domain] = record
    if dmarc is not None:
        post.world.names.records[f"_dmarc.{FAMILY_DOMAIN}"] = dmarc

    code, _ = await post.take(write(SEAT, "Kari er syk i dag").as_bytes(), sender=envelope)

    assert code == 250
    assert [kept.doubt for kept in post.inbox.messages] == [doubt]


async def test_another_domains_server_vouches_for_nobody(post: Post) -> None:
    post.world.names.records |= {"annet.example": OURS, f"_dmarc.{FAMILY_DOMAIN}": "v=DMARC1; p=none"}

    await post.take(write(SEAT, "Kari er syk i dag").as_bytes(), sender="anne@annet.example")

    assert [kept.doubt for kept in post.inbox.messages] == ["unproven"]


@pytest.mark.parametrize(
    "handed_in", [HandedIn("127.0.0.1", "x", ""), HandedIn("", "x", ANNE), HandedIn("::1", "x", ANNE)]
)
async def test_who_names_no_sender_or_comes_from_nowhere_speaks_for_nobody(handed_in: HandedIn) -> None:
    async with a_mail_world() as world:
        world.names.records[FAMILY_DOMAIN] = OURS

        assert not await asyncio.to_thread(may_speak, handed_in, Resolver(world.names.address))


async def test_a_name_server_that_never_answers_holds_up_nothing_but_mail(post: Post) -> None:
    post.world.names.is_silent = True
    mails = [post.world.sign(write(SEAT, f"Hei {n}").as_bytes()) for n in range(12)]
    handing_in = [asyncio.create_task(hand_in(post.port, SEAT, mail)) for mail in mails]
    async with asyncio.timeout(PATIENCE):
        while post.world.names.asked < AT_ONCE:
            await asyncio.sleep(0.01)

    await asyncio.to_thread(len, "")

    assert not any(task.done() for task in handing_in)
    for task in handing_in:
        task.cancel()
    await asyncio.gather(*handing_in, return_exceptions=True)
