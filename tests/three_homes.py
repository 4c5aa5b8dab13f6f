"""A leave of Mia's is decided, and its letter goes to three homes: to a digital mailbox, on paper to whoever is reserved, and
by hand to whoever has a secret address. The post of Norway is played, the letters are made as they always are."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from aiohttp import ClientSession
from PIL import Image, ImageDraw

from hub.address import SMS
from hub.clock import StoppedClock, SystemClock
from hub.desk import Desk, Look, Work
from hub.mailroom.print_batches import PrintBatch
from hub.mailroom.sendings import LetterSending, SendingState
from hub.people.families import Child, Guardian, GuardianAddress, Placement
from hub.people.national_ids import keep_national_id
from hub.people.postal_addresses import PostalAddress, keep_told_post
from hub.post.letter_looks import set_letter_look
from hub.school.leave import LeaveApplication, LeaveReason
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import get_paper
from hub.school.leave_verdicts import Verdict, decide
from hub.seal import Seal
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.channels.letters.norway_scene import KEY_ID, OWN_KEY, tables_of
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for, days_from
from tests.living_hub import ANSWER_SECONDS, KEY, OPERATOR, LivingHub
from tests.rehearsal.id_provider import synthetic_number
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.norwegian_registers import Person
from tests.rehearsal.third_guardian import BY_HAND, BY_MAILBOX, CHILD, RESERVED, tell_third_guardian
from tests.sent_files import as_staff_of
from tests.village import Village

LEADER, OFFICE, ADMINISTRATOR = "Ingrid Solberg", "Per Haugen", "Tora Myklebust"
PRINTS = "/prints"
NUMBERS = {BY_MAILBOX: synthetic_number(1), RESERVED: synthetic_number(2)}
HOMES = {
    BY_MAILBOX: PostalAddress(("Fjellveien 3",), "0001", "Fjordvik", "NO"),
    RESERVED: PostalAddress(("Strandgata 18", "Oppgang B"), "0002", "Fjordvik", "NO"),
    BY_HAND: PostalAddress(("Skjulestien 77",), "0007", "Lønnvik", "NO"),
}
SECRET_PHONE = "+4740000197"
REASON = "Klassen har nasjonale prøver mandag 24. og tirsdag 25. mars. Onsdag 26. mars er i orden."
SECRETS = (
    "Skjulestien",
    "Lønnvik",
    "40000197",
    "4000 0197",
    "400 00 197",
    "Lerkeveien",
    "Vestli",
    "Solrun",
    "Vår Vestli",
)
"""What tells of the home with the secret address: where it is, its phone, who lives there, and where the child of it goes."""


@dataclass(slots=True)
class ThreeHomes:
    pages: FamilyPages
    post: NorwegianPost

    @property
    def living(self) -> LivingHub:
        return self.pages.living

    @property
    def village(self) -> Village:
        return self.living.village

    @property
    def desk(self) -> Desk:
        return self.living.hub.desk

    async def decide(self) -> None:
        """Hanne asks for three days for Mia and is granted one; returns when each letter has come as far as it comes."""
        await self.desk.work(OPERATOR, tell_three_homes, self.village)
        for name, number in NUMBERS.items():
            self.post.people[number] = Person(name, is_reserved=name == RESERVED)
        await self.desk.work(OPERATOR, _decide, self.village)
        await self.reach(BY_MAILBOX, SendingState.HANDED_OVER, SendingState.DELIVERED)
        await self.reach(RESERVED, SendingState.PAPER)
        await self.reach(BY_HAND, SendingState.NOBODY)

    async def reach(self, name: str, *states: SendingState) -> None:
        """Return when the letter to this guardian has come to one of these."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while (await self.sending(name))[0] not in states:
                await asyncio.sleep(0.02)

    async def deliver(self) -> None:
        """The mailbox tells that the letter lies there."""
        await self.living.hub.routines.trace_letters()
        await self.reach(BY_MAILBOX, SendingState.DELIVERED)

    async def sending(self, name: str) -> tuple[str | None, str | None]:
        """How far the letter to this guardian has come, and why by that way."""
        asked = sa.select(LetterSending.state, LetterSending.why).join(
            Guardian, Guardian.id == LetterSending.guardian_id
        )

        def find(look: Look) -> tuple[str | None, str | None]:
            first, last = name.split()
            found = look.session.execute(asked.where(Guardian.first_name == first, Guardian.last_name == last)).first()
            return (found[0], found[1]) if found is not None else (None, None)

        return await self.desk.look(OPERATOR, find)

    async def letters(self) -> dict[str, bytes]:
        """Each letter as it was made, by whom it is for."""

        def read(look: Look) -> dict[str, bytes]:
            return {
                look.session.get_one(Guardian, letter.guardian_id).name: get_paper(look, letter.id)
                for letter in look.session.scalars(sa.select(LeaveLetter))
            }

        return await self.desk.look(OPERATOR, read)

    async def application(self) -> str:
        asked = sa.select(LeaveApplication.id)
        return await self.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one())

    async def gather(self) -> str:
        """The office gathers what waits for paper; the page of the batch."""
        office = await as_staff_of(self.pages, OFFICE)
        await office.get(PRINTS)
        await office.post(f"{PRINTS}/units/{self.village.unit('school').id}")
        newest = sa.select(PrintBatch.id).order_by(PrintBatch.id.desc()).limit(1)
        return f"{PRINTS}/{await self.desk.look(OPERATOR, lambda look: look.session.scalars(newest).one())}"

    async def fetch(self, batch: str) -> bytes:
        """What the office's printer gets of a batch."""
        office = await as_staff_of(self.pages, OFFICE)
        led = await office.get(f"{batch}/pdf", follow=False)
        async with ClientSession() as http, http.get(led.headers["Location"]) as answer:
            assert answer.status == 200
            return await answer.read()


@asynccontextmanager
async def three_homes(folder: Path, store_url: str, clock: StoppedClock) -> AsyncIterator[ThreeHomes]:
    async with NorwegianPost(clock.now) as post:
        post.office.clock = SystemClock().now  # a service that the hub builds signs by the time that it is
        post.office.register(KEY_ID, OWN_KEY)
        letters = {"use": ["eformidling"], **tables_of(post)}
        async with family_pages(folder, store_url, clock, letters=letters) as pages:
            yield ThreeHomes(pages, post)


def tell_three_homes(work: Work, village: Village) -> None:
    """The owner's letters have an address and a logo. The third guardian is known, with the phone and the address of a home
    that became secret after they were told, and whose child goes to the preschool; the register tells numbers and addresses
    of the others."""
    teller, work.asker = work.asker, as_staff(village.staff(ADMINISTRATOR))
    set_letter_look(work, "", "Rådhusplassen 1\n0001 Fjordvik", draw_logo(), keeps_logo=False)
    work.asker = teller
    tell_third_guardian(work, village)
    seal = Seal([KEY])
    for name, post in HOMES.items():
        first, last = name.split()
        one = work.session.scalars(
            sa.select(Guardian).where(Guardian.first_name == first, Guardian.last_name == last)
        ).one()
        keep_told_post(work, seal, (one.owner_id, one.id), post)
        if name in NUMBERS:
            keep_national_id(work, seal, (one.owner_id, one.id), f"NO:{NUMBERS[name]}")
        else:
            phone = GuardianAddress(
                id=work.new_id(),
                owner_id=one.owner_id,
                guardian_id=one.id,
                kind=SMS,
                value=SECRET_PHONE,
                confirmed_at=work.now,
            )
            work.session.add(phone)
    var = work.session.scalars(sa.select(Child).where(Child.protected, Child.last_name == BY_HAND.split()[1])).one()
    group = village.group("blabaer")
    place = Placement(
        id=work.new_id(),
        owner_id=var.owner_id,
        child_id=var.id,
        group_id=group.id,
        unit_id=group.unit_id,
        from_day=date(2024, 8, 1),
    )
    work.session.add(place)


def draw_logo() -> bytes:
    """Invented: a fjord between two mountains."""
    picture = Image.new("RGB", (300, 240), "white")
    pen = ImageDraw.Draw(picture)
    pen.polygon([(0, 150), (90, 20), (180, 150)], fill="#0e5a4a")
    pen.polygon([(130, 150), (215, 50), (300, 150)], fill="#3c7d6c")
    pen.rectangle([0, 150, 300, 240], fill="#2f6f9f")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    return out.getvalue()


def _decide(work: Work, village: Village) -> None:
    id_ = apply_for(work, village, CHILD, BY_MAILBOX, days_from(FAR, 3), LeaveReason.TRAVEL)
    work.asker = as_staff(village.staff(LEADER))
    granted = Verdict(Outcome.PARTLY, REASON, days_from(FAR, 3)[2:])
    decide(work, work.session.get_one(LeaveApplication, id_), village.unit("school"), granted)
