"""Mail comes in: kept whole before anybody is told yes, judged by its signature, and refused where it could mislead."""

import asyncio
import base64
import re
import zipfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from typing import NoReturn

import pytest
from aiohttp import web

from channels.mail.channel import MailChannel
from channels.mail.settings import MailSettings
from hub.address import MAIL, Address
from hub.outside import Outside
from hub.post.channel import BusyError, Mailbox, RejectedError
from hub.post.pictures import TAKEN
from tests.channels.contract import DELIVERY, RecordingInbox
from tests.channels.mail_rehearsal import FAMILY_DOMAIN, OUR_DOMAIN, MailWorld, a_mail_world, hand_in, write
from tests.patience import PATIENCE
from tests.ports import hold_port

SEAT = f"4759000017@{OUR_DOMAIN}"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


@dataclass
class Post:
    """A mail channel that listens, between a recording inbox and the world."""

    world: MailWorld
    inbox: RecordingInbox
    channel: MailChannel
    port: int

    async def take(self, content: bytes, to: str = SEAT, sender: str = f"anne@{FAMILY_DOMAIN}") -> tuple[int, str]:
        code, words = await hand_in(self.port, to, content, sender)
        return code, words

    async def talk(self, *lines: bytes) -> list[bytes]:
        """Raw lines on one connection; what was answered to each."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        out = [await reader.readline()]
        for line in lines:
            writer.write(line)
            async with asyncio.timeout(PATIENCE):
                answer = await reader.readline()
                while answer[3:4] == b"-":
                    answer = await reader.readline()
            out.append(answer)
        writer.close()
        return out[1:]


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    async with a_mail_world() as world:
        port = hold_port()
        inbox = RecordingInbox(
            mailboxes={
                "4759000017": Mailbox("+4759000017"),
                "4759000017+token": Mailbox("+4759000017", f"anne@{FAMILY_DOMAIN}"),
            }
        )
        channel = MailChannel(MailSettings(**world.settings(port)), Outside(), "http://127.0.0.1:1")
        runner = web.AppRunner(channel.listen(inbox))
        await runner.setup()
        yield Post(world, inbox, channel, port)
        await runner.cleanup()


async def test_a_signed_mail_of_a_person_is_kept_whole_and_without_doubt(post: Post) -> None:
    content = post.world.sign(write(SEAT, "Kari er syk i dag\n", Subject="Re: Beskjed").as_bytes())

    code, _ = await post.take(content)

    (kept,) = post.inbox.messages
    assert code == 250
    assert (kept.sender, kept.recipient) == (Address(MAIL, f"anne@{FAMILY_DOMAIN}"), Address(MAIL, "+4759000017"))
    assert (kept.text, kept.doubt) == ("Kari er syk i dag", None)
    assert kept.original == content


async def test_yes_is_said_only_once_it_is_kept(post: Post) -> None:
    content = post.world.sign(write(SEAT, "Syk").as_bytes())
    real = post.inbox.receive
    may_end = asyncio.Event()

    async def slowly(inbound: object) -> bool:
        await may_end.wait()
        return await real(inbound)  # type: ignore[arg-type]

    post.inbox.receive = slowly  # type: ignore[method-assign]
    handing_in = asyncio.create_task(post.take(content))
    done, _ = await asyncio.wait([handing_in], timeout=0.3)
    may_end.set()

    assert not done
    assert (await handing_in)[0] == 250


async def test_the_same_mail_again_has_the_same_key_and_another_has_not(post: Post) -> None:
    mail = write(SEAT, "Syk").as_bytes()
    other = write(SEAT, "Frisk").as_bytes()

    for content in (mail, b"Received: from somewhere\r\n" + mail, other):
        await post.take(content)

    first, again, another = (kept.key for kept in post.inbox.messages)
    assert first == again != another


@pytest.mark.parametrize(
    "forge",
    [
        lambda world, mail: mail,
        lambda world, mail: world.sign(mail).replace(b"Kari", b"Nora"),
        lambda world, mail: b"Subject: Nora er syk\r\n" + world.sign(mail),
        lambda world, mail: b"From: ola@familie.example.org\r\n" + world.sign(mail),
        lambda world, mail: world.sign(mail).replace(b"Message-ID: <", b"Message-ID: <x"),
        lambda world, mail: world.sign(mail, length=True) + b"Nora er syk\r\n",
        lambda world, mail: b"Authentication-Results: in.hub.example; dmarc=pass\r\n" + mail,
        lambda world, mail: world.sign(mail, domain="ondt.example"),
    ],
    ids=["unsigned", "changed", "subject added", "from added", "id changed", "longer", "results", "another's domain"],
)
async def test_what_is_not_surely_the_senders_is_kept_in_doubt(post: Post, forge: object) -> None:
    post.world.names.records["s1._domainkey.ondt.example"] = post.world.names.records[f"s1._domainkey.{FAMILY_DOMAIN}"]
    content = forge(post.world, write(SEAT, "Kari er syk i dag").as_bytes())  # type: ignore[operator]

    code, _ = await post.take(content)

    assert code == 250
    assert [kept.doubt for kept in post.inbox.messages] == ["unproven"]


async def test_two_domains_with_an_end_that_no_list_knows_are_not_one(post: Post) -> None:
    post.world.names.records["s1._domainkey.ondt.test"] = post.world.names.records[f"s1._domainkey.{FAMILY_DOMAIN}"]
    mail = write(SEAT, "Kari er syk i dag", sender="anne@familie.test").as_bytes()

    await post.take(post.world.sign(mail, domain="ondt.test"))

    assert [kept.doubt for kept in post.inbox.messages] == ["unproven"]


async def test_a_signature_of_a_part_of_the_domain_counts_as_its_owner_says(post: Post) -> None:
    post.world.names.records[f"s1._domainkey.ut.{FAMILY_DOMAIN}"] = post.world.names.records[
        f"s1._domainkey.{FAMILY_DOMAIN}"
    ]
    first, second = (
        post.world.sign(write(SEAT, text).as_bytes(), domain=f"ut.{FAMILY_DOMAIN}") for text in ("Syk", "Frisk")
    )

    await post.take(first)
    post.world.names.records[f"_dmarc.{FAMILY_DOMAIN}"] = "v=DMARC1; p=reject; adkim=s"
    relaxed = post.inbox.messages[0].doubt
    channel = MailChannel(
        post.channel._settings.model_copy(update={"listen": f"127.0.0.1:{hold_port()}"}), Outside(), ""
    )
    runner = web.AppRunner(channel.listen(post.inbox))
    await runner.setup()
    await hand_in(int(channel._settings.listen.split(":")[1]), SEAT, second)
    await runner.cleanup()

    assert relaxed is None
    assert post.inbox.messages[1].doubt == "unproven"


async def test_a_name_server_in_trouble_lets_the_sender_come_back(post: Post) -> None:
    post.world.names.fails = True

    code, words = await post.take(post.world.sign(write(SEAT, "Syk").as_bytes()))

    assert (code, words) == (451, "4.3.0 Please try again later")
    assert post.inbox.messages == []


async def test_a_reply_token_proves_its_own_writer_and_nobody_else(post: Post) -> None:
    to = f"4759000017+token@{OUR_DOMAIN}"

    await post.take(write(to, "Ja").as_bytes(), to=to)
    await post.take(write(to, "Nei", sender="ola@familie.example.org").as_bytes(), to=to)

    assert [kept.doubt for kept in post.inbox.messages] == [None, "unproven"]


async def test_a_mail_that_was_written_to_others_is_in_doubt_though_it_is_signed(post: Post) -> None:
    await post.take(post.world.sign(write("ola@annet.example", "Kari er syk i dag").as_bytes()))

    assert [kept.doubt for kept in post.inbox.messages] == ["not_addressed"]


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("", {}),
        (f"anne@{FAMILY_DOMAIN}", {"Auto_Submitted": "auto-replied"}),
        (f"anne@{FAMILY_DOMAIN}", {"Precedence": "bulk"}),
        (f"anne@{FAMILY_DOMAIN}", {"List_Id": "<liste.familie.example.org>"}),
        (f"anne@{FAMILY_DOMAIN}", {"X_Auto_Response_Suppress": "DR, OOF"}),
        (f"mailer-daemon@{FAMILY_DOMAIN}", {}),
    ],
)
async def test_machines_are_kept_and_marked(post: Post, sender: str, headers: dict[str, str]) -> None:
    content = post.world.sign(write(SEAT, "Jeg er bortreist", **headers).as_bytes())

    code, _ = await post.take(content, sender=sender)

    assert code == 250
    assert [kept.doubt for kept in post.inbox.messages] == ["automatic"]


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (f"4759000099@{OUR_DOMAIN}", 550),
        (f"postmaster@{OUR_DOMAIN}", 550),
        ("ola@annet.example", 550),
        (f"ola%annet.example@{OUR_DOMAIN}", 550),
        (f"4759000017@{OUR_DOMAIN}.ondt.example", 550),
    ],
)
async def test_nobody_unknown_is_written_to_and_nothing_is_relayed(post: Post, to: str, code: int) -> None:
    told, _ = await post.take(write(to, "Hei").as_bytes(), to=to)

    assert told == code
    assert post.inbox.messages == []


@pytest.mark.parametrize("end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n"])
async def test_no_other_end_of_lines_smuggles_a_second_mail_in(post: Post, end: bytes) -> None:
    smuggled = b"From: a@familie.example.org\r\n\r\nEn" + end + b"MAIL FROM:<rektor@familie.example.org>\r\nTo\r\n.\r\n"

    answers = await post.talk(
        b"EHLO a\r\n", b"MAIL FROM:<a@familie.example.org>\r\n", f"RCPT TO:<{SEAT}>\r\n".encode(), b"DATA\r\n", smuggled
    )

    assert answers[-1].startswith(b"554 5.6.0")
    assert post.inbox.messages == []


async def test_too_large_a_mail_is_refused_before_it_comes(post: Post) -> None:
    answers = await post.talk(b"EHLO a\r\n", b"MAIL FROM:<a@familie.example.org> SIZE=27000000\r\n")

    assert answers[-1].startswith(b"552")


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"".join(
            b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(150)
        ),
        lambda: b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 60,
        lambda: b"X: y\r\n" * 60_000 + b"\r\nHei\r\n",
        lambda: b"Received: x\r\n" * 60 + b"\r\nHei\r\n",
    ],
    ids=["nested", "many parts", "many headers", "a loop"],
)
async def test_a_bomb_is_refused_and_named(post: Post, make: object) -> None:
    content = f"From: anne@{FAMILY_DOMAIN}\r\nTo: {SEAT}\r\n".encode() + make()  # type: ignore[operator]

    code, words = await post.take(content)

    assert (code, words) == (554, "5.6.0 This mail cannot be read")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"no header at all\r\n",
        b"From: =?utf-8?q?a=0d=0aBcc:_b?= <anne@familie.example.org>\r\n\r\nHei\r\n",
        b"From: \xff\xfe <>\r\nSubject: =?x-no-such?b?!!!?=\r\n\r\n\xff\x00\r\n",
        b"Content-Type: text/plain; charset=no-such\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n",
        b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n',
        b"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nHei\r\n",
    ],
)
async def test_broken_mail_is_kept_for_people(post: Post, content: bytes) -> None:
    code, _ = await post.take(content)

    assert code == 250
    assert [kept.doubt for kept in post.inbox.messages] == ["unproven"]
    assert "\x00" not in post.inbox.messages[0].text


@pytest.mark.parametrize(("trouble", "code"), [(BusyError(), 451), (RuntimeError("Ella"), 451)])
async def test_a_fault_of_ours_is_told_in_no_words_and_is_not_for_ever(
    post: Post, trouble: Exception, code: int
) -> None:
    content = post.world.sign(write(SEAT, "Syk").as_bytes())

    async def fail(_: object) -> bool:
        raise trouble

    post.inbox.receive = fail  # type: ignore[method-assign,assignment]
    told = await post.take(content)

    assert told == (code, "4.3.0 Please try again later")


async def test_files_are_linked_and_read_from_the_kept_mail(post: Post) -> None:
    mail = write(SEAT, "Se her")
    mail.add_attachment(JPEG, maintype="image", subtype="png", filename="bilde.png")
    mail.add_attachment(b"<svg/>", maintype="image", subtype="svg+xml", filename="b.svg")
    await post.take(post.world.sign(mail.as_bytes()))
    (kept,) = post.inbox.messages

    fetched = [await post.channel.fetch_media(link) for link in kept.media]

    assert kept.text == "Se her"
    assert [(one.content, one.content_type) for one in fetched] == [
        (JPEG, "image/jpeg"),
        (b"<svg/>", "application/octet-stream"),
    ]


async def test_a_file_of_a_forgotten_mail_is_no_longer_there(post: Post) -> None:
    mail = write(SEAT, "Se her")
    mail.add_attachment(JPEG, maintype="image", subtype="jpeg", filename="bilde.jpg")
    await post.take(mail.as_bytes())
    (link,) = post.inbox.messages.pop().media

    with pytest.raises(RejectedError):
        await post.channel.fetch_media(link)


BOUNCE = (
    "From: MAILER-DAEMON@relay.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    "--b\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n"
    "Final-Recipient: rfc822; anne@familie.example.org\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("action", "status", "told"),
    [
        ("failed", "5.1.1", [("undelivered", "5.1.1", True)]),
        ("failed", "5.2.2", [("undelivered", "5.2.2", False)]),
        ("delayed", "4.4.1", []),
    ],
)
async def test_a_bounce_tells_what_became_of_its_delivery(
    post: Post, action: str, status: str, told: list[tuple[str, str, bool]]
) -> None:
    to = f"bounce+{DELIVERY}@{OUR_DOMAIN}"

    code, _ = await post.take(BOUNCE.format(action=action, status=status).encode(), to=to, sender="")

    assert code == 250
    assert [(r.status, r.error, r.gone) for r in post.inbox.reports] == told
    assert all(r.delivery_id == DELIVERY for r in post.inbox.reports)
    assert post.inbox.messages == []


async def test_one_connection_too_many_is_told_to_come_back() -> None:
    async with a_mail_world() as world:
        port = hold_port()
        channel = MailChannel(MailSettings(**world.settings(port, connections=1)), Outside(), "")
        runner = web.AppRunner(channel.listen(RecordingInbox()))
        await runner.setup()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        greeted = await reader.readline()
        second, other = await asyncio.open_connection("127.0.0.1", port)
        refused = await second.readline()
        writer.close()
        other.close()
        await runner.cleanup()

    assert greeted.startswith(b"220 ")
    assert refused.startswith(b"421 4.3.2")


async def test_nobody_who_has_a_mail_adds_us_as_its_reader(post: Post) -> None:
    to_a_friend = write("ola@familie.example.org", "Kari er syk i dag").as_bytes()

    await post.take(f"Cc: {SEAT}\r\n".encode() + post.world.sign(to_a_friend))
    await post.take(
        post.world.sign(f"Cc: {SEAT}\r\n".encode() + to_a_friend.replace(b"Message-ID: <", b"Message-ID: <2"))
    )

    assert [kept.doubt for kept in post.inbox.messages] == ["unproven", None]


@pytest.mark.parametrize(("subject", "doubt"), [("Re: Beskjed", "only_quoted"), ("Ella er syk", None)])
async def test_what_is_only_quoted_is_nobodys_word(post: Post, subject: str, doubt: str | None) -> None:
    content = write(SEAT, "man. 3. mars 2025 skrev Skolen:\n> Kari er syk i dag\n", Subject=subject).as_bytes()

    await post.take(post.world.sign(content))

    (kept,) = post.inbox.messages
    assert kept.doubt == doubt
    assert ("Kari" in kept.text) is (doubt is not None)


@pytest.mark.parametrize(
    ("charset", "body"),
    [("utf-7", b"+2AA-syk"), ("unicode_escape", rb"\ud800syk"), ("punycode", b"syk-kva")],
)
async def test_no_charset_makes_words_that_cannot_be_kept_or_read_in_time(
    post: Post, charset: str, body: bytes
) -> None:
    head = f"From: anne@{FAMILY_DOMAIN}\r\nTo: {SEAT}\r\nMessage-ID: <1@x.example>\r\n"
    head += f"Content-Type: text/plain; charset={charset}\r\n\r\n"

    code, _ = await post.take(head.encode() + body + b"\r\n")

    (kept,) = post.inbox.messages
    assert code == 250
    assert kept.text == body.decode()


async def test_a_forger_who_is_first_does_not_stand_in_the_place_of_the_mail_that_comes(post: Post) -> None:
    real = write(SEAT, "Kari er syk i dag").as_bytes()

    await post.take(real.replace(b"syk", b"frisk"))
    await post.take(post.world.sign(real))

    forged, kept = post.inbox.messages
    assert (forged.doubt, kept.doubt) == ("unproven", None)
    assert forged.key != kept.key


async def test_who_answers_a_mailbox_with_its_token_and_without_it_at_once_has_the_token(post: Post) -> None:
    mail = write(SEAT, "Syk").as_bytes()

    answers = await post.talk(
        b"EHLO familie.example.org\r\n",
        f"MAIL FROM:<anne@{FAMILY_DOMAIN}>\r\n".encode(),
        f"RCPT TO:<4759000017+token@{OUR_DOMAIN}>\r\n".encode(),
        f"RCPT TO:<{SEAT}>\r\n".encode(),
        b"DATA\r\n",
        mail + b".\r\n",
    )

    assert answers[-1].startswith(b"250")
    assert [kept.doubt for kept in post.inbox.messages] == [None]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.html", b"<html><script>alert(1)</script></html>", "text/html"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        ("a.zip", b"PK\x03\x04" + b"\x00" * 1000, "application/zip"),
        ("a.png", b"MZ\x90\x00", "image/png"),
        ("winmail.dat", b"\x78\x9f\x3e\x22", "application/ms-tnef"),
        ("../../etc/passwd\r\nX: y", b"root", "application/octet-stream"),
    ],
)
async def test_a_file_that_is_no_picture_is_told_by_its_bytes_and_opened_by_nobody(
    post: Post, name: str, content: bytes, said: str
) -> None:
    mail = write(SEAT, "Se her").as_bytes().split(b"\r\n\r\n", 1)
    part = (
        f'--b\r\nContent-Type: {said}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + base64.encodebytes(content).replace(b"\n", b"\r\n")
    head = re.sub(rb"Content-Type: .*", b'Content-Type: multipart/mixed; boundary="b"', mail[0])
    body = b"--b\r\nContent-Type: text/plain\r\n\r\nSe her\r\n" + part + b"--b--\r\n"

    code, _ = await post.take(post.world.sign(head + b"\r\n\r\n" + body))

    (kept,) = post.inbox.messages
    fetched = [await post.channel.fetch_media(link) for link in kept.media]
    assert code == 250
    assert kept.text == "Se her"
    assert not any(one.content_type.startswith("image/") or "html" in one.content_type for one in fetched)
    assert all(letter not in kept.media[0].url for letter in "/\r\n")


async def test_twenty_five_megabytes_are_taken_and_one_more_is_not(post: Post) -> None:
    head = write(SEAT, "Se her").as_bytes().split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n"
    line = b"x" * 76 + b"\r\n"
    most = head + line * ((25 * 1024 * 1024 - len(head)) // len(line))

    large = await post.take(most)
    larger = await post.take(most + line * 20_000)

    assert large[0] == 250
    assert larger[0] == 552
    assert len(post.inbox.messages) == 1


def a_zip_bomb(levels: int = 3) -> bytes:
    """Ten archives in an archive, to so many levels, and 16 MiB of nothing in each of the last."""
    name, content = "nothing.txt", bytes(16 * 1024 * 1024)
    for _ in range(levels):
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(10 if name.endswith(".zip") else 1):
                archive.writestr(f"{number}{name}", content)
        name, content = "archive.zip", out.getvalue()
    return content


async def test_an_archive_is_kept_and_never_opened_whatever_it_is_called(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb, inflated = a_zip_bomb(), list[int]()
    within = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n" + b"--c\r\n\r\nx\r\n" * 500
    mail = write(SEAT, "Se her")
    mail.add_attachment(bomb, maintype="application", subtype="zip", filename="arkiv.zip")
    mail.add_attachment(bomb, maintype="image", subtype="jpeg", filename="bilde.jpg")
    mail.add_attachment(within, maintype="application", subtype="x-mail", filename="brev.eml")
    list(mail.iter_attachments())[2].replace_header("Content-Type", "message/rfc822")
    whole = post.world.sign(mail.as_bytes())

    def count(*_: object, **__: object) -> NoReturn:
        inflated.append(1)
        raise AssertionError("something was opened")

    for opening in ("decompress", "decompressobj"):
        monkeypatch.setattr(zlib, opening, count)
    code, _ = await post.take(whole)
    (kept,) = post.inbox.messages
    archive, called_a_picture = [await post.channel.fetch_media(link) for link in kept.media[:2]]
    with pytest.raises(RejectedError):
        await post.channel.fetch_media(kept.media[2])

    assert (code, kept.text, kept.doubt, len(kept.media)) == (250, "Se her", None, 3)
    assert archive.content == called_a_picture.content == bomb
    assert not {archive.content_type, called_a_picture.content_type} & TAKEN
    assert inflated == []
