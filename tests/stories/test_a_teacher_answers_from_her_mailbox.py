"""A mother texts her daughter's school; the contact teacher reads it in her mail program and presses reply.

Both ends are real: a phone at the provider, and a mail program that hands in by SMTP what the school's own server signs.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import MAIL, SMS
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import DELIVERIES, Ring
from hub.people.staff import RoleHolding, Staff
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.book import read_book
from hub.post.deliveries import Delivery
from hub.post.entry import Entry, Progress
from hub.post.mailboxes import ReplyToken
from hub.post.messages import Author, Message, Step, ThreadKind, get_or_open_thread, keep_message
from hub.post.reading import get_message, get_reader
from hub.post.work_mail import Says, Wish, WorkMail, choose_wish, find_wish, set_rule
from hub.privacy.forgetting import forget
from hub.privacy.terms import Kind
from hub.talk.story import tell
from hub.talk.writing import take_back
from tests.channels.mail_rehearsal import MailWorld, a_mail_world, hand_in, press_reply, public_record, text_of, write
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.ports import hold_port
from tests.rehearsal.handsets import ReceivedText

LUNDE = "kari.lunde@fjordvik.example"
QUESTION = "Kan noen ringe meg om lekser?"
ANSWER = "Jeg ringer klokka to."
SIGNATURE = "Mvh Kari Lunde\n\nKontaktlærer 7A\nFjordvik skole\nTlf. 59 00 00 17"


@dataclass
class Living:
    hub: LivingHub
    world: MailWorld
    port: int
    clock: StoppedClock

    def staff(self, name: str) -> Asker:
        return Asker("staff", self.hub.village.staff(name).id, Trust.STRONG, "page")

    async def do(self, verb: object, *arguments: object) -> None:
        await self.hub.hub.desk.work(OPERATOR, verb, *arguments)  # type: ignore[arg-type]

    async def wishes(self, name: str, wish: Wish | None, says: Says = Says.WORDS) -> None:
        staff = self.hub.village.staff(name)

        def choose(work: Work) -> None:
            choose_wish(work, work.session.get_one(Staff, staff.id), wish)
            set_rule(work, staff.owner_id, says, staff.id)

        await self.do(choose)

    async def anne_asks(self, question: str = QUESTION) -> None:
        await self.text("Anne Nordmann", question)
        await self.pass_by(seconds=10)

    async def text(self, guardian: str, body: str, role: str = "contact teacher 7A") -> None:
        await self.hub.phone(guardian).text(self.hub.village.number(role).value, body)
        await self.hub.settled()

    async def pass_by(self, **time: float) -> None:
        """What is due then goes."""
        self.clock.move(timedelta(**time))
        await self.hub.hub.routines.mail_staff()
        self.hub.hub.doorbell.ring([Ring(DELIVERIES)])

    async def next_mail(self) -> EmailMessage:
        return (await self.world.relay.next_mail())[2]

    async def reply(
        self,
        mail: EmailMessage,
        text: str,
        *,
        sender: str = LUNDE,
        signed: bool = True,
        quoted: bool = True,
        **headers: str,
    ) -> int:
        name = f"Kari Lunde <{sender}>"
        more: dict[str, Any] = {"signature": SIGNATURE, "signed": signed, "quoted": quoted, **headers}
        code = await press_reply(self.world, self.port, mail, text, name, **more)
        await self.hub.settled()
        return code

    async def empty_reply(self, mail: EmailMessage) -> None:
        """Nothing but what is answered."""
        quoted = "\n".join(f"> {line}" for line in text_of(mail).splitlines())
        content = write(
            mail["Reply-To"],
            f"man. 3. mars 2025 skrev Skolen:\n\n{quoted}",
            sender=LUNDE,
            In_Reply_To=mail["Message-ID"],
        ).as_bytes()
        await hand_in(self.port, mail["Reply-To"], self.world.sign(content, domain="fjordvik.example"), LUNDE)
        await self.hub.settled()

    async def nothing_reached_the_family(self) -> None:
        await self.pass_by(seconds=30)
        await self.hub.settled()
        assert self.told_by_staff() == []
        assert [entry.text for entry in await self.book() if entry.author == "staff" and not entry.note] == []

    async def next_answer(self) -> ReceivedText:
        """On Anne's phone, after what Budbok answered by itself."""
        phone = self.hub.phone("Anne Nordmann")
        await phone.next_text()
        return await phone.next_text()

    def told_by_staff(self) -> list[str]:
        """What reached Anne's phone, but for what Budbok answered by itself."""
        return [text.body for text in self.hub.phone("Anne Nordmann").received if "leser" not in text.body]

    async def book(self) -> list[Entry]:
        kari = self.hub.village.child("Kari Nordmann")
        return await self.hub.hub.desk.look(self.staff("Ingrid Solberg"), read_book, kari.id)

    async def arrivals(self) -> list[tuple[str, str | None]]:
        def read(look: Look) -> list[tuple[str, str | None]]:
            mails = sa.select(Arrival).where(Arrival.kind == "mail").order_by(Arrival.id)
            return [(arrival.state, arrival.reason) for arrival in look.session.scalars(mails)]

        return await self.hub.hub.desk.look(OPERATOR, read)


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Living]:
    async with a_mail_world() as world:
        world.names.records["s1._domainkey.fjordvik.example"] = public_record(world.pem)
        port = hold_port()
        async with living_hub(tmp_path, village_store_url, clock, mail=world.settings(port)) as hub:
            yield Living(hub, world, port, clock)


@pytest.mark.capability("H-50")
async def test_a_text_becomes_a_mail_and_its_answer_a_text_and_both_are_in_the_book(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    mail = await living.next_mail()

    code = await living.reply(mail, ANSWER)
    await living.pass_by(seconds=6)
    text = await living.next_answer()
    await living.hub.settled()

    assert code == 250
    assert QUESTION in text_of(mail)
    assert "Anne" not in mail["Subject"]
    assert text.body == f"{ANSWER}\n\nMvh Kari Lunde"
    assert text.sender == living.hub.village.number("contact teacher 7A").value
    question, answer = [entry for entry in await living.book() if entry.author in ("guardian", "staff")]
    assert (question.text, [sent.to for sent in question.deliveries]) == (QUESTION, ["Kari Lunde"])
    assert (answer.who, answer.text) == ("Kari Lunde", text.body)
    assert [sent.progress for sent in answer.deliveries] == [Progress.ARRIVED]


@pytest.mark.parametrize("fetches", ["Naboen Per Lie henter Kari i dag", "Pappa henter Kari i dag"])
async def test_whoever_fetches_waits_for_a_check_and_so_reaches_a_teacher_who_lives_in_her_mailbox(
    living: Living, fetches: str
) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)

    await living.anne_asks(fetches)

    mail = await living.next_mail()
    answer = await living.hub.phone("Anne Nordmann").next_text()
    assert "De ansatte sjekker det først" in answer.body
    assert fetches in text_of(mail)


async def test_an_absence_that_needs_no_check_is_no_mail_to_who_wants_only_what_waits(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks("Kari er syk i dag")

    await living.anne_asks("Naboen Per Lie henter Kari i morgen")

    assert "Per Lie" in text_of(await living.next_mail())


@pytest.mark.parametrize(
    ("says", "shown", "hidden"),
    [
        (Says.WORDS, ["Anne Nordmann", "Kari", QUESTION], []),
        (Says.NAME, ["Kari"], ["Anne", "Nordmann", "lekser"]),
        (Says.NOTHING, ["En familie har skrevet."], ["Anne", "Kari", "lekser"]),
    ],
)
async def test_the_owner_decides_how_much_the_mail_says(
    living: Living, says: Says, shown: list[str], hidden: list[str]
) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING, says)
    await living.anne_asks()

    mail = await living.next_mail()

    everything = f"{text_of(mail)} {mail['Subject']} {mail['From']}"
    assert all(word in everything for word in shown)
    assert not any(word in everything for word in hidden)
    assert f"{living.hub.hub.settings.staff.url}/threads/" in everything


async def test_without_a_rule_a_mail_says_only_that_there_is_something(living: Living) -> None:
    kari = living.hub.village.staff("Kari Lunde").id
    await living.do(lambda work: choose_wish(work, work.session.get_one(Staff, kari), Wish.ALL))
    await living.anne_asks()

    assert QUESTION not in text_of(await living.next_mail())


async def test_nobody_who_has_not_asked_for_it_gets_a_mail(living: Living) -> None:
    await living.wishes("Jonas Dahl", Wish.ALL)
    await living.anne_asks()
    await living.hub.settled()

    assert living.world.relay.mails == []


async def test_what_was_taken_care_of_by_itself_goes_only_to_who_wants_all(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.wishes("Tuva Brekke", Wish.ALL)
    await living.anne_asks("Kari er syk i dag")
    await living.hub.settled()

    (mail,) = living.world.relay.mails
    assert mail[1] == "tuva.brekke@fjordvik.example"


@pytest.mark.parametrize("question", ["Ada vil gjerne ha mer lekser", "Hvem kan jeg snakke med?"])
async def test_of_a_protected_child_a_mail_says_nothing_and_cannot_be_answered(living: Living, question: str) -> None:
    await living.wishes("Maria Nygård", Wish.ALL)
    await living.text("Ragnhild Lien", question, "contact teacher 1A")
    await living.pass_by(seconds=10)

    mail = await living.next_mail()

    everything = f"{text_of(mail)} {mail['Subject']} {mail['From']}"
    assert not any(word in everything for word in ("Ada", "Lien", "lekser", "snakke", "Fjordvik skole"))
    assert "+" not in mail["Reply-To"]


@pytest.mark.capability("H-48")
async def test_of_something_sensitive_a_mail_says_nothing(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.ALL)
    await living.anne_asks("Kari har fått diagnosen ADHD, kan vi snakke om det?")

    assert "ADHD" not in text_of(await living.next_mail())


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Kari har feber og bør hentes.", "helse"),
        ("Amalie kan ta med bøkene.", "et annet barn"),
        ("Vi må snakke om mye." + " Vi må snakke om mye." * 59, "for langt"),
        ("", "tomt svar"),
    ],
)
async def test_what_the_page_would_ask_about_is_held_and_told_back(living: Living, answer: str, told: str) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    mail = await living.next_mail()

    await living.reply(mail, answer) if answer else await living.empty_reply(mail)
    await living.pass_by(seconds=10)
    back = await living.next_mail()

    assert told in text_of(back)
    assert answer[:20] not in text_of(back) or not answer
    assert back["References"].split()[0] == mail["References"].split()[0]
    assert living.told_by_staff() == []
    notes = [entry.text for entry in await living.book() if entry.note]
    assert notes == ([f"{answer.strip()}\n\nMvh Kari Lunde"] if answer else [])


async def test_a_teacher_who_was_just_mailed_a_lot_is_told_back_all_the_same(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    for question in (QUESTION, "Kan noen ringe meg?", "Hvem har vakt i dag?", "Hvor lenge varer møtet?"):
        await living.anne_asks(question)
        mail = await living.next_mail()

    await living.reply(mail, "Kari har feber og bør hentes.")
    await living.pass_by(seconds=10)

    assert "helse" in text_of(await living.next_mail())


async def test_an_answer_to_what_was_told_back_reaches_the_family(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    await living.reply(await living.next_mail(), "Vi må snakke om mye. " * 60)
    back = await living.next_mail()

    await living.reply(back, ANSWER)
    await living.pass_by(seconds=6)

    assert (await living.next_answer()).body.startswith(ANSWER)


async def test_a_teacher_who_lost_the_seat_is_told_kindly_and_nothing_goes(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    mail = await living.next_mail()
    lunde = living.hub.village.staff("Kari Lunde").id
    await living.do(
        lambda work: work.session.execute(
            sa.update(RoleHolding).where(RoleHolding.staff_id == lunde).values(ended_at=work.now)
        )
    )

    await living.reply(mail, ANSWER)
    back = await living.next_mail()

    assert "ikke lenger tilgang" in text_of(back)
    assert "+" not in back["Reply-To"]
    await living.nothing_reached_the_family()


async def test_who_works_here_no_more_gets_no_answer(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    mail = await living.next_mail()
    lunde = living.hub.village.staff("Kari Lunde").id
    await living.do(
        lambda work: work.session.execute(sa.update(Staff).where(Staff.id == lunde).values(left_at=work.now))
    )

    await living.reply(mail, ANSWER)

    assert (await living.arrivals())[0][0] == ArrivalState.QUARANTINED
    assert living.world.relay.mails == []
    await living.nothing_reached_the_family()


@pytest.mark.parametrize("who", ["jonas.dahl@fjordvik.example", "nabo@elsewhere.example"])
async def test_a_forwarded_mail_that_another_answers_is_no_answer(living: Living, who: str) -> None:
    living.world.names.records[f"s1._domainkey.{who.rpartition('@')[2]}"] = public_record(living.world.pem)
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()

    await living.reply(await living.next_mail(), ANSWER, sender=who)

    assert await living.arrivals() == [(ArrivalState.QUARANTINED, "unknown_sender")]
    assert living.world.relay.mails == []
    await living.nothing_reached_the_family()


async def test_a_forger_who_was_sent_the_mail_is_no_match_for_a_domain_that_disowns_what_it_did_not_sign(
    living: Living,
) -> None:
    living.world.names.records["_dmarc.fjordvik.example"] = "v=DMARC1; p=reject"
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    mail = await living.next_mail()

    await living.reply(mail, "Send penger til meg", signed=False, Message_ID="<forged@x.example>")
    await living.nothing_reached_the_family()
    await living.reply(mail, ANSWER)
    await living.pass_by(seconds=6)

    assert (await living.arrivals())[0] == (ArrivalState.QUARANTINED, "unproven")
    assert (await living.next_answer()).body.startswith(ANSWER)


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-replied"}, {"X_Auto_Response_Suppress": "All"}])
async def test_an_out_of_office_note_is_no_answer(living: Living, headers: dict[str, Any]) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()

    await living.reply(await living.next_mail(), "Jeg er ikke på jobb denne uken.", **headers)

    assert await living.arrivals() == [(ArrivalState.QUARANTINED, "automatic")]
    assert living.world.relay.mails == []
    await living.nothing_reached_the_family()


async def test_after_two_weeks_an_answer_counts_no_more(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    mail = await living.next_mail()
    await living.do(lambda work: work.session.execute(sa.update(ReplyToken).values(expires_at=work.now)))

    await living.reply(mail, ANSWER)

    assert await living.arrivals() == [(ArrivalState.QUARANTINED, "unknown_sender")]
    await living.nothing_reached_the_family()


async def test_a_mail_that_comes_back_ends_the_mails_until_they_are_wished_anew(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    sender, _, _ = await living.world.relay.next_mail()
    await living.hub.settled()
    bounce = (
        "From: MAILER-DAEMON@relay.example\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        f"Final-Recipient: rfc822; {LUNDE}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )

    await hand_in(living.port, sender, bounce.encode(), "")
    await living.anne_asks("Er det noen der?")
    await living.hub.settled()

    kari = living.hub.village.staff("Kari Lunde").id
    mailbox = await living.hub.hub.desk.look(OPERATOR, find_wish, kari)
    assert mailbox is not None
    assert mailbox.gone_at is not None
    assert living.world.relay.mails == []


async def test_an_answer_by_mail_can_be_taken_back_on_the_page(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    await living.reply(await living.next_mail(), ANSWER)
    answer = (await living.book())[-1]

    await living.hub.hub.desk.work(living.staff("Kari Lunde"), take_back, answer.id)
    await living.pass_by(seconds=30)
    await living.hub.settled()

    assert answer.held_until is not None
    assert (await living.book())[-1].is_undone
    assert living.told_by_staff() == []


async def test_one_thread_stays_one_conversation_in_the_mail_program_and_two_are_two(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    await living.anne_asks("Og en ting til om lekser")
    await living.text("Berit Ness", "Kan noen ringe meg om turen?")
    await living.pass_by(seconds=10)

    first, second, other = [await living.next_mail() for _ in range(3)]

    assert first["References"] == second["References"] != other["References"]
    assert first["Subject"] == second["Subject"] != other["Subject"]
    assert len({mail["Message-ID"] for mail in (first, second, other)}) == 3


async def test_the_story_tells_of_the_mail_and_of_the_answer_by_mail(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    await living.reply(await living.next_mail(), ANSWER)

    def read(look: Look) -> list[str]:
        reader = get_reader(look)
        book = read_book(look, living.hub.village.child("Kari Nordmann").id)
        said = [get_message(look, reader, entry.id)[0] for entry in book]
        return [
            told.text for message in said for told in tell(look, reader.reach, message, look.words.in_language("nb"))
        ]

    told = await living.hub.hub.desk.look(living.staff("Kari Lunde"), read)
    assert any(sentence.startswith("Til Kari Lunde") for sentence in told)
    assert "Svart på e-post." in told


async def test_a_message_that_is_let_go_takes_its_mail_and_its_reply_token_with_it(living: Living) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    await living.anne_asks()
    await living.next_mail()
    await living.hub.settled()
    (asked,) = [entry.id for entry in await living.book() if entry.author == "guardian"]

    await living.do(forget, Kind.PRIVATE_THREADS, [asked])

    def count(look: Look) -> list[int]:
        tables = (WorkMail, ReplyToken)
        return [look.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]

    assert await living.hub.hub.desk.look(OPERATOR, count) == [0, 0]


@pytest.mark.capability("N-09")
@pytest.mark.parametrize(
    ("code", "why", "waits"),
    [
        ("to_staff", "message", True),
        ("to_staff", "should_be_here", False),
        ("to_staff", "pickup_disputed", False),
        ("to_check", "fetching_later", True),
        ("to_check", "fetching_today", False),
    ],
)
async def test_in_the_evening_a_mail_waits_for_the_morning_unless_a_child_may_be_in_danger(
    living: Living, code: str, why: str, waits: bool
) -> None:
    await living.wishes("Kari Lunde", Wish.WAITING)
    village = living.hub.village
    evening = datetime(2025, 3, 4, 19, 30, tzinfo=UTC)
    living.clock.move(evening - living.clock.now())

    def write(work: Work) -> str:
        anne, unit = village.guardian("Anne Nordmann"), village.unit("school")
        thread = get_or_open_thread(work, unit.owner_id, unit.id, [anne.id], ThreadKind.PRIVATE)
        message = Message(
            id=work.new_id(),
            owner_id=unit.owner_id,
            thread_id=thread.id,
            at=work.now,
            author=Author.GUARDIAN,
            author_id=anne.id,
            channel=SMS,
            text=QUESTION,
            language="nb",
            story=[Step(code, {"why": why}).as_json()],
        )
        return keep_message(work, thread, message, [village.child("Kari Nordmann").id]).id

    def due(look: Look) -> datetime:
        return look.session.scalars(sa.select(Delivery.due).where(Delivery.kind == MAIL)).one()

    await living.do(write)
    await living.pass_by(seconds=10)
    goes = await living.hub.hub.desk.look(OPERATOR, due)

    opens = datetime(2025, 3, 5, 7, 15, tzinfo=UTC) if waits else living.clock.now()
    assert goes == opens
    living.clock.move(goes - living.clock.now() + timedelta(seconds=1))
    living.hub.hub.doorbell.ring([Ring(DELIVERIES)])
    assert QUESTION in text_of(await living.next_mail())
