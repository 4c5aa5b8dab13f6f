"""A guardian reports by mail and answers by mail, with a mail program at one end and a relay at the other.

Lene Berg has a mail address in the register. Her provider signs what she writes; whoever uses her name does not.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.arrivals import Arrival, ArrivalOriginal
from hub.post.deliveries import Delivery, Status
from hub.post.mailboxes import ReplyToken
from hub.post.messages import Message as Said
from hub.post.messages import list_book
from hub.safety.access import get_reach
from hub.safety.demands import set_demands
from hub.school.day_board import Presence, list_board
from hub.school.facts import list_facts
from tests.channels.mail_rehearsal import MailWorld, a_mail_world, hand_in, public_record, text_of, write
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.ports import hold_port

LENE = "lene.berg@mail.example"
DOMAIN = "in.hub.example"
LEFT_OUT = "Filen kom ikke fram: her kan vi bare ta imot bilder. Send gjerne et bilde i stedet."


@dataclass
class Living:
    hub: LivingHub
    world: MailWorld
    port: int

    @property
    def seat(self) -> str:
        number = self.hub.village.number("contact teacher 4B").value
        return f"{number.removeprefix('+')}@{DOMAIN}"

    async def mail(self, text: str, *, signed: bool = True, to: str = "", file: str = "", **headers: str) -> int:
        """Lene's mail program, or somebody's who uses her name, hands it in; with a file of this type."""
        mail = write(to or self.seat, text, sender=f"Lene Berg <{LENE}>", **headers)
        if file:
            mail.add_attachment(b"%PDF-1.7", *file.split("/"), filename="attest")
        content = mail.as_bytes()
        if signed:
            content = self.world.sign(content, domain="mail.example")
        code, _ = await hand_in(self.port, to or self.seat, content, LENE)
        return code

    async def presence(self, child: str) -> Presence:
        asker = Asker("staff", self.hub.village.staff("Jonas Dahl").id, Trust.STRONG, "page morning")
        place = self.hub.village.unit("school")

        def look_at_board(look: Look) -> dict[str, Presence]:
            return {
                each.child.id: each.presence for each in list_board(look, get_reach(look), place, place.today(look.now))
            }

        return (await self.hub.hub.desk.look(asker, look_at_board))[self.hub.village.child(child).id]


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Living]:
    async with a_mail_world() as world:
        world.names.records["s1._domainkey.mail.example"] = public_record(world.pem)
        port = hold_port()
        async with living_hub(tmp_path, village_store_url, clock, mail=world.settings(port)) as hub:
            yield Living(hub, world, port)


async def test_a_child_is_ill_by_mail_and_the_answer_can_be_answered(living: Living) -> None:
    code = await living.mail("Jakob er syk i dag\n\n-- \nLene", Subject="Re: noe", Message_ID="<m1@mail.example>")
    sender, recipient, mail = await living.world.relay.next_mail()
    away = await living.presence("Jakob Berg")

    await living.mail(
        f"angre\n\nman. 3. mars 2025 skrev Skolen <{living.seat}>:\n> Notert: Jakob er syk i dag",
        signed=False,
        to=mail["Reply-To"],
        Subject="Re: " + mail["Subject"],
    )
    _, _, second = await living.world.relay.next_mail()

    assert code == 250
    assert sender.startswith("bounce+")
    assert recipient == LENE
    assert text_of(mail).startswith("Notert: Jakob er syk i dag, mandag 3. mars")
    assert mail["In-Reply-To"] == "<m1@mail.example>"
    assert "Jakob" not in mail["Subject"]
    assert away is Presence.AWAY
    assert text_of(second).startswith("Angret")
    assert second["References"].split()[0] == mail["References"].split()[0]
    assert await living.presence("Jakob Berg") is Presence.NOT_HEARD


async def test_the_book_holds_her_words_and_the_store_the_whole_mail(living: Living) -> None:
    await living.mail("Jakob er syk i dag\n\nSendt fra min iPhone", Subject="Re: noe")
    await living.world.relay.next_mail()

    def read(look: Look) -> tuple[list[tuple[str, str]], bytes]:
        book = list_book(look, living.hub.village.child("Jakob Berg").id)
        channels = {row.id: row.channel for row in look.session.execute(sa.select(Said.id, Said.channel))}
        return [(m.text, channels[m.id]) for m in book], look.session.scalars(sa.select(ArrivalOriginal.body)).one()

    said, original = await living.hub.hub.desk.look(OPERATOR, read)
    assert ("Jakob er syk i dag", "mail") in said
    assert any(text.startswith("Notert: Jakob") and channel == "mail" for text, channel in said)
    assert b"iPhone" in original
    assert original.startswith(b"DKIM-Signature:")


async def test_a_forger_changes_nothing_and_is_told_nothing(living: Living) -> None:
    code = await living.mail("Jakob er syk i dag", signed=False)
    await living.hub.settled()

    def read(look: Look) -> list[tuple[str, str | None]]:
        return [(a.state, a.reason) for a in look.session.scalars(sa.select(Arrival))]

    assert code == 250
    assert await living.hub.hub.desk.look(OPERATOR, read) == [("quarantined", "unproven")]
    assert await living.presence("Jakob Berg") is Presence.NOT_HEARD
    assert living.world.relay.mails == []


async def test_an_absence_note_is_kept_and_not_answered(living: Living) -> None:
    await living.mail("Jakob er syk i dag", Auto_Submitted="auto-replied")
    await living.hub.settled()

    assert living.world.relay.mails == []
    assert await living.presence("Jakob Berg") is Presence.NOT_HEARD


async def test_the_same_mail_handed_in_twice_is_answered_once(living: Living) -> None:
    for _ in range(2):
        await living.mail("Jakob er syk i dag", Message_ID="<m1@mail.example>")
    await living.world.relay.next_mail()
    await living.hub.settled()

    assert living.world.relay.mails == []


@pytest.mark.parametrize("what", ["late", "gone"])
async def test_a_reply_token_ends_with_its_time_and_with_its_persons_address(living: Living, what: str) -> None:
    await living.mail("Jakob er syk i dag")
    _, _, mail = await living.world.relay.next_mail()

    def end(work: Work) -> None:
        if what == "late":
            work.session.execute(sa.update(ReplyToken).values(expires_at=work.now))
        else:
            work.session.execute(
                sa.update(GuardianAddress).where(GuardianAddress.value == LENE).values(gone_at=work.now)
            )

    await living.hub.hub.desk.work(OPERATOR, end)
    await living.mail("angre", signed=False, to=mail["Reply-To"])
    await living.hub.settled()

    assert await living.presence("Jakob Berg") is Presence.AWAY
    assert living.world.relay.mails == []


async def test_a_bounce_ends_the_address_and_is_seen(living: Living) -> None:
    await living.mail("Jakob er syk i dag")
    sender, _, _ = await living.world.relay.next_mail()
    await living.hub.settled()
    bounce = (
        "From: MAILER-DAEMON@relay.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        f"Final-Recipient: rfc822; {LENE}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )

    code, _ = await hand_in(living.port, sender, bounce.encode(), "")

    def read(look: Look) -> tuple[list[str], bool]:
        address = look.session.scalars(sa.select(GuardianAddress).where(GuardianAddress.value == LENE)).one()
        deliveries = look.session.scalars(sa.select(Delivery.status).where(Delivery.recipient == LENE))
        return list(deliveries), address.gone_at is not None

    assert code == 250
    assert await living.hub.hub.desk.look(OPERATOR, read) == ([Status.UNDELIVERED], True)


@pytest.mark.parametrize(
    ("said", "demanded"),
    [
        ("Jakob trenger fri 24. til 26. mars, vi skal i bryllup", False),
        ("Naboen Per Lie henter Jakob i dag", False),
        ("Jakob er syk i dag", True),
    ],
)
async def test_what_must_be_confirmed_goes_to_a_person_for_an_answer_by_mail_confirms_nothing(
    living: Living, said: str, *, demanded: bool
) -> None:
    owner_id = living.hub.village.unit("school").owner_id
    await living.hub.hub.desk.work(OPERATOR, set_demands, owner_id, ["absence"] if demanded else [], "test")

    await living.mail(said)
    _, _, mail = await living.world.relay.next_mail()
    await living.mail("ja", to=mail["Reply-To"])
    await living.hub.settled()

    assert "leser meldingen" in text_of(mail)
    assert [fact for fact in await living.hub.hub.desk.look(OPERATOR, list_facts) if "Jakob" in fact] == []


async def test_what_was_only_quoted_is_nobodys_word(living: Living) -> None:
    await living.mail("man. 3. mars 2025 skrev Skolen:\n> Jakob er syk i dag", Subject="Re: Beskjed")
    await living.hub.settled()

    def read(look: Look) -> list[tuple[str, str | None]]:
        return [(a.state, a.reason) for a in look.session.scalars(sa.select(Arrival))]

    assert await living.presence("Jakob Berg") is Presence.NOT_HEARD
    assert await living.hub.hub.desk.look(OPERATOR, read) == [("quarantined", "only_quoted")]


@pytest.mark.one_store
async def test_who_sends_a_file_that_is_not_taken_is_told_so(living: Living) -> None:
    """Also where the words alone would be met with silence, for staff were already told to read."""
    told: list[int] = []
    for file in ("application/pdf", "application/pdf", "image/jpeg", "text/calendar"):
        await living.mail("Her er attesten for Jakob", file=file, Message_ID=f"<{len(told)}@mail.example>")
        await living.hub.settled()
        answers = [message_from_bytes(mail, policy=policy.default) for _, _, mail in living.world.relay.mails]
        told.append(sum(LEFT_OUT in text_of(answer) for answer in answers))

    assert told == [1, 2, 2, 2]
