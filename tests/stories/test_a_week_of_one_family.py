"""A week of Sara in 1A: her mother writes in the app, her father texts from another home, her grandmother takes the telephone.

The stand-in of her teacher sees nothing but her mailbox. Each is answered where they are, and the leader reads one book.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from hub.address import MAIL, SMS
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.doorbell import DELIVERIES, Ring
from hub.people.families import Guardian, GuardianAddress, GuardianRight, Guardianship, Right
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.book import read_book
from hub.post.entry import Entry, Progress
from hub.post.work_mail import Says, Wish, choose_wish, set_rule
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.admin_web.staff_site import Browsing
from tests.channels.mail_rehearsal import MailWorld, a_mail_world, press_reply, public_record, text_of
from tests.channels.telephone import ring, said
from tests.living_hub import ANSWER_SECONDS, OPERATOR
from tests.ports import hold_port

SARA, MOTHER, FATHER, TEACHER = "Sara Hansen", "Camilla Hansen", "Thomas Vestby", "Liv Berge"
SIGNATURE = "Mvh Liv Berge"
HIS_QUESTION, HER_QUESTION = "Kan du ringe meg om leksene?", "Kan jeg komme innom etter skolen?"
MOVED = "Vi har flyttet til Fiolveien 4"
WHO_READS = "Takk. Maria er borte nå, så Liv leser meldingen og svarer deg her."
SEAT = "contact teacher 1A"
MAILBOX = "Liv Berge <liv.berge@fjordvik.example>"
OFFICE, GRANDMOTHERS_PHONE = "+4721000099", "+4740000888"
MONDAY = datetime(2025, 3, 3, 7, 0, tzinfo=UTC)


@dataclass
class Family:
    pages: FamilyPages
    world: MailWorld
    port: int
    clock: StoppedClock
    mother: Browsing

    async def at(self, days: int, hour: int = 9) -> None:
        """So many days after Monday, at a full hour UTC. No session of the app outlives a day: the mother signs in anew."""
        self.clock.jump(MONDAY.replace(hour=hour) + timedelta(days=days))
        self.mother = await self.pages.signed_in(MOTHER)

    async def in_the_app(self, text: str) -> list[str]:
        """What the mother writes; what stands in her book of Sara from there on."""
        texts = [words for _, words in bubbles_of(await self.pages.write(self.mother, SARA, text, role=SEAT))]
        return texts[len(texts) - texts[::-1].index(text) :]

    async def mothers_book(self) -> list[tuple[str, str]]:
        return bubbles_of(await self.mother.get(f"/family/children/{self.pages.child(SARA)}"))

    def texts(self, guardian: str) -> list[str]:
        """All that came to a phone."""
        return [text.body for text in self.pages.living.phone(guardian).received]

    async def grandmother_rings(self) -> Element:
        number = str(self.pages.living.village.number(SEAT).value)
        return await ring(self.pages.living, self.mother.session, GRANDMOTHERS_PHONE, number, "CA" + "1" * 32)

    async def mothers_next(self) -> str:
        return (await self.pages.living.phone(MOTHER).next_text(ANSWER_SECONDS)).body

    async def by_text(self, text: str) -> str:
        """What the father texts; what comes back."""
        return await self.pages.living.text(FATHER, SEAT, text)

    async def fathers_next(self) -> str:
        return (await self.pages.living.phone(FATHER).next_text(ANSWER_SECONDS)).body

    async def next_mail(self) -> EmailMessage:
        """In the teacher's mailbox, once what she was written has lain a while."""
        await self.pages.living.settled()
        self.clock.move(timedelta(seconds=10))
        await self.pages.living.hub.routines.mail_staff()
        self.pages.living.hub.doorbell.ring([Ring(DELIVERIES)])
        return (await self.world.relay.next_mail(ANSWER_SECONDS))[2]

    async def teacher_replies(self, mail: EmailMessage, text: str) -> None:
        assert await press_reply(self.world, self.port, mail, text, MAILBOX, signature=SIGNATURE) == 250
        await self.pages.living.settled()
        self.clock.move(timedelta(seconds=6))
        self.pages.living.hub.doorbell.ring([Ring(DELIVERIES)])
        await self.pages.living.settled()

    async def book(self) -> list[Entry]:
        """As the leader reads it."""
        leader = Asker("staff", self.pages.living.village.staff("Ingrid Solberg").id, Trust.STRONG, "page book")
        return await self.pages.living.hub.desk.look(leader, read_book, self.pages.child(SARA))


@pytest.fixture
async def family(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Family]:
    clock.jump(MONDAY)
    async with a_mail_world() as world:
        world.names.records["s1._domainkey.fjordvik.example"] = public_record(world.pem)
        port = hold_port()
        async with family_pages(tmp_path, village_store_url, clock, mail=world.settings(port)) as pages:
            await pages.living.hub.desk.work(OPERATOR, prepare, pages)
            yield Family(pages, world, port, clock, await pages.signed_in(MOTHER))


def prepare(work: Work, pages: FamilyPages) -> None:
    """The office has a telephone, the teacher wants her messages by mail, and the grandmother may fetch."""
    village = pages.living.village
    owner_id = village.owner().id
    work.session.get_one(Unit, village.unit("school").id).phone = OFFICE
    teacher = work.session.get_one(Staff, village.staff(TEACHER).id)
    choose_wish(work, teacher, Wish.WAITING)
    set_rule(work, owner_id, Says.WORDS, teacher.id)
    grandmother = Guardian(
        id=work.new_id(),
        owner_id=owner_id,
        source_id="g-astrid",
        first_name="Astrid",
        last_name="Hansen",
        language="nb",
    )
    tie = Guardianship(
        id=work.new_id(),
        owner_id=owner_id,
        guardian_id=grandmother.id,
        child_id=village.child(SARA).id,
        source_id="astrid.sara",
        relation="grandmother",
        lives_with=False,
    )
    work.session.add(grandmother)
    work.session.flush()
    work.session.add(tie)
    work.session.add(
        GuardianAddress(
            id=work.new_id(),
            owner_id=owner_id,
            guardian_id=grandmother.id,
            kind=SMS,
            value=GRANDMOTHERS_PHONE,
            confirmed_at=work.now,
        )
    )
    work.session.flush()
    for right in (Right.WRITE, Right.FETCH):
        work.session.add(
            GuardianRight(
                id=work.new_id(),
                owner_id=owner_id,
                guardianship_id=tie.id,
                kind=right,
                from_day=MONDAY.date(),
            )
        )


async def monday_she_is_ill(family: Family) -> None:
    """The mother says so in the app; both homes are told on their phones."""
    noted, *_ = await family.in_the_app("Sara er syk i dag")

    assert (
        noted == "Notert: Sara er syk i dag, mandag 3. mars. God bedring! Klassen og SFO ser det nå. Feil? Svar ANGRE."
    )
    told = "Sara er meldt borte i dag, mandag 3. mars. Stemmer det ikke? Svar NEI, så undersøker vi det straks."
    assert [await family.fathers_next(), await family.mothers_next()] == [told, told]


async def tuesday_he_asks(family: Family) -> None:
    """The father's text lies in the teacher's mailbox, and what she replies on his phone."""
    await family.at(1)
    assert await family.by_text(HIS_QUESTION) == WHO_READS
    mail = await family.next_mail()
    await family.teacher_replies(mail, "Jeg ringer klokka to.")

    assert f"Thomas Vestby skriver om Sara:\n\n{HIS_QUESTION}" in "\n".join(text_of(mail).splitlines())
    assert await family.fathers_next() == f"Jeg ringer klokka to.\n\n{SIGNATURE}"


async def wednesday_she_rings(family: Family) -> None:
    """The grandmother, who does not text, hears what the number is for and is put through."""
    await family.at(2)
    heard = await family.grandmother_rings()

    assert said(heard) == (
        "Hei. Dette er nummeret for tekstmeldinger til Fjordvik skole. Send oss gjerne en melding hit, så svarer vi på den. "
        "Nå settes du over til kontoret."
    )
    assert heard.findtext("Dial") == OFFICE


async def thursday_he_has_moved(family: Family) -> None:
    """He is told where an address is changed, and the teacher that the school has something to look into."""
    await family.at(3)
    answer = await family.by_text(MOVED)
    mail = await family.next_mail()

    assert answer == (
        "Takk, kontoret får vite det. Adressen henter vi fra Folkeregisteret: meld flytting på skatteetaten.no."
    )
    assert f"Thomas Vestby skriver om Sara:\n\n{MOVED}" in "\n".join(text_of(mail).splitlines())


async def friday_she_asks(family: Family) -> None:
    """The mother's question from the app lies in the same mailbox, and the answer stands in her app."""
    await family.at(4)
    assert await family.in_the_app(HER_QUESTION) == [WHO_READS]
    mail = await family.next_mail()
    await family.teacher_replies(mail, "Ja, kom gjerne klokka halv tre.")

    assert f"Camilla Hansen skriver om Sara:\n\n{HER_QUESTION}" in "\n".join(text_of(mail).splitlines())
    assert (await family.mothers_book())[-1] == ("staff", f"Ja, kom gjerne klokka halv tre.\n\n{SIGNATURE}")


async def neither_home_learns_what_is_the_others(family: Family) -> None:
    """Not the address, not what was written to the school alone, not who rang: on no page and no phone."""
    mothers = [words for _, words in await family.mothers_book()] + family.texts(MOTHER)
    fathers = family.texts(FATHER)

    assert any(HER_QUESTION in words for words in mothers)
    assert not any(
        word in words for words in mothers for word in ("Fiolveien", "leksene", "klokka to", "Thomas", "Astrid")
    )
    assert not any(word in words for words in fathers for word in ("innom", "halv tre", "Camilla", "Astrid", "syk"))


def ways(entry: Entry) -> list[tuple[str, str, str]]:
    """To whom it went, by which way, and how far."""
    return [(sent.to, sent.kind, sent.progress) for sent in entry.deliveries]


async def test_each_is_answered_where_they_are_and_the_leader_reads_one_book(family: Family) -> None:
    await monday_she_is_ill(family)
    await tuesday_he_asks(family)
    await wednesday_she_rings(family)
    await thursday_he_has_moved(family)
    await friday_she_asks(family)
    await neither_home_learns_what_is_the_others(family)

    assert [(entry.author, entry.who, entry.channel) for entry in await family.book()] == [
        ("guardian", MOTHER, "app"),
        ("bot", "", "app"),
        ("bot", "", "sms"),
        ("bot", "", "sms"),
        ("guardian", FATHER, "sms"),
        ("staff", TEACHER, "sms"),
        ("system", "", "call"),
        ("guardian", FATHER, "sms"),
        ("guardian", MOTHER, "app"),
        ("staff", TEACHER, "sms"),
    ]
    assert [(entry.text, ways(entry)) for entry in await family.book() if entry.author != "bot"] == [
        ("Sara er syk i dag", []),
        (HIS_QUESTION, [(TEACHER, MAIL, Progress.SENT)]),
        (f"Jeg ringer klokka to.\n\n{SIGNATURE}", [(FATHER, SMS, Progress.ARRIVED)]),
        ("Astrid Hansen ringte, og ble satt over til kontoret.", []),
        (MOVED, [(TEACHER, MAIL, Progress.SENT)]),
        (HER_QUESTION, [(TEACHER, MAIL, Progress.SENT)]),
        (f"Ja, kom gjerne klokka halv tre.\n\n{SIGNATURE}", [(MOTHER, SMS, Progress.ARRIVED)]),
    ]
