"""The family pages as a pupil sees them: their own days, class and book, and no one else's."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, GuardianAddress
from hub.post.files import JPEG, Attachment
from hub.post.messages import Author, Message, Thread, ThreadKind
from hub.post.pupil_threads import keep_apart, let_read_along
from hub.post.put_up import Made, enclose, put_up
from hub.post.reading import get_reader
from hub.register.loading import apply
from hub.safety.access import NotThereError
from hub.safety.pupils import Matter, set_ages
from hub.school.lessons import InLesson, Seen, keep_lesson
from hub.sign_in.family_sessions import list_behind
from hub.talk.notes import ReadersChangedError
from hub.talk.planning import Plan, plan_answer
from hub.talk.writing import Draft, answer
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.admin_web.staff_site import Browsing
from tests.hub.register.sheets import Sheet
from tests.living_hub import ANSWER_SECONDS, OPERATOR

KARIS = "+4740000951"
ABOUT = "/family/you/about"


@dataclass
class PupilPages:
    """The family pages, and a phone that is Kari's own."""

    pages: FamilyPages
    clock: StoppedClock

    async def sign_in(self) -> Browsing:
        browser = self.pages.browser()
        await self.pages.ask_code(browser, KARIS)
        body = (await self.pages.living.provider.phone(KARIS).next_text(ANSWER_SECONDS)).body
        await browser.post("/family/sign-in/code", code=body[:6])
        return browser

    async def work(self, verb: object, *args: object) -> None:
        await self.pages.living.hub.desk.work(OPERATOR, verb, *args)  # type: ignore[arg-type]

    @property
    def book(self) -> str:
        return f"/family/children/{self.pages.child('Kari Nordmann')}"

    async def settle_threads(self) -> None:
        """Staff have taken care of what waited."""

        def settle(work: Work) -> None:
            work.session.execute(sa.update(Thread).values(waits_since=None, waits_why=None))

        await self.work(settle)

    def staff(self, name: str) -> Asker:
        village = self.pages.living.village
        return Asker("staff", village.staff(name).id, Trust.STRONG, "page", village.owner().id)

    async def threads(self) -> dict[str, Thread]:
        def find(look: Look) -> dict[str, Thread]:
            return {thread.kind: thread for thread in look.session.scalars(sa.select(Thread))}

        return await self.pages.living.hub.desk.look(OPERATOR, find)

    async def let_read(self, name: str = "Kari Lunde", kind: ThreadKind = ThreadKind.PUPIL, *, apart: bool) -> None:
        """Staff say whether guardians read her talk along; a moment passes before and after."""
        thread, verb = (await self.threads())[kind], keep_apart if apart else let_read_along
        self.clock.move(timedelta(seconds=1))
        await self.pages.living.hub.desk.work(self.staff(name), verb, thread.id)
        self.clock.move(timedelta(seconds=1))

    async def said_by_her(self) -> list[Message]:
        thread = (await self.threads())[ThreadKind.PUPIL]

        def find(look: Look) -> list[Message]:
            asked = sa.select(Message).where(Message.thread_id == thread.id, Message.author == Author.GUARDIAN)
            return list(look.session.scalars(asked.order_by(Message.id)))

        return await self.pages.living.hub.desk.look(OPERATOR, find)

    async def add_picture(self, message: Message) -> str:
        def add(work: Work) -> str:
            [id_] = put_up(work, "test", message.owner_id, [Made(b"picture", JPEG, 10, 10)])
            enclose(work, [work.session.get_one(Attachment, id_)], message)
            return id_

        return await self.pages.living.hub.desk.work(OPERATOR, add)

    async def share_phone(self) -> None:
        """Her mother's name stands at the same number."""
        anne = self.pages.living.village.guardian("Anne Nordmann")

        def share(work: Work) -> None:
            work.session.add(
                GuardianAddress(
                    id=work.new_id(),
                    owner_id=anne.owner_id,
                    guardian_id=anne.id,
                    kind="sms",
                    value=KARIS,
                    confirmed_at=work.now,
                )
            )

        await self.work(share)

    async def sign_in_together(self) -> Browsing:
        """By the phone of both, as her mother."""
        browser = self.pages.browser()
        await self.pages.ask_code(browser, KARIS)
        body = (await self.pages.living.provider.phone(KARIS).next_text(ANSWER_SECONDS)).body
        page = await browser.post("/family/sign-in/code", code=body[:6])
        who = re.search(r'value="(\w+)">Anne Nordmann', page.text)
        assert who is not None
        await browser.post("/family/sign-in/who", address_id=who[1])
        return browser


@pytest.fixture
async def pupil(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[PupilPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        sheet = Sheet.of_village().only("children", "c-kari-nordmann")
        sheet.row("children", "c-kari-nordmann")["phones"] = [KARIS]
        await pages.living.hub.desk.work(OPERATOR, apply, sheet.read(tmp_path))
        yield PupilPages(pages, clock)


async def test_a_pupil_sees_her_own_days_class_and_book(pupil: PupilPages) -> None:
    await pupil.pages.living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")
    browser = await pupil.sign_in()

    home = await browser.get("/family")
    days = await browser.get(f"{pupil.book}/days")
    about = await browser.get(ABOUT)

    assert "7A, " in home.text
    assert "Kari (" in home.text
    assert "Borte" in days.text
    assert "Fravær, merknader, karakterer og vurderinger står under Skoleåret mitt" in about.text
    assert "Bare du og skolen leser det dere skriver" in about.text


async def test_a_pupil_reads_nothing_that_her_guardian_and_the_school_write(pupil: PupilPages) -> None:
    await pupil.pages.living.text("Anne Nordmann", "contact teacher 7A", "Kan du ringe meg om Kari?")
    pupil_browser, mother = await pupil.sign_in(), await pupil.pages.signed_in("Anne Nordmann")

    hers, mothers = await pupil_browser.get(pupil.book), await mother.get(pupil.book)

    assert "ringe meg" not in hers.text
    assert "ringe meg" in mothers.text


async def test_another_childs_pages_are_not_there_for_a_pupil(pupil: PupilPages) -> None:
    browser = await pupil.sign_in()
    other, nobody = pupil.pages.child("Jakob Berg"), "0" * 26

    seen = [await browser.get(f"/family/children/{id_}{part}") for id_ in (other, nobody) for part in ("", "/days")]
    consents = await browser.get(f"{pupil.book}/consents")

    assert {page.status for page in seen} == {404}
    assert consents.status == 404


async def test_what_she_writes_is_read_by_her_and_the_school_alone(pupil: PupilPages) -> None:
    """Nothing in these words is on any list of what is sensitive."""
    browser, mother = await pupil.sign_in(), await pupil.pages.signed_in("Anne Nordmann")
    await pupil.pages.write(browser, "Kari Nordmann", "jeg blir slått hjemme")
    await pupil.settle_threads()

    book, own, about = await mother.get(pupil.book), await browser.get(pupil.book), await browser.get(ABOUT)

    assert "slått hjemme" not in book.text
    assert "slått hjemme" in own.text
    assert "Bare du og skolen leser det dere skriver" in about.text
    assert "Anne Nordmann" not in about.text


async def test_staff_let_her_guardian_read_along_from_then_on_and_end_it(pupil: PupilPages) -> None:
    browser, mother = await pupil.sign_in(), await pupil.pages.signed_in("Anne Nordmann")
    await pupil.pages.write(browser, "Kari Nordmann", "Jeg vil ikke hjem i dag")
    await pupil.let_read(apart=False)
    about = await browser.get(ABOUT)
    await pupil.pages.write(browser, "Kari Nordmann", "Kan vi ta matteprøven på torsdag?")

    unread = await mother.get(pupil.book)
    await pupil.settle_threads()
    shared, own = await mother.get(pupil.book), await browser.get(pupil.book)
    await pupil.pages.write(browser, "Kari Nordmann", "Jeg har vondt i magen hver dag")
    await pupil.settle_threads()
    confided = await mother.get(pupil.book)
    await pupil.let_read(apart=True)
    ended = await mother.get(pupil.book)
    await pupil.let_read(apart=False)
    again = await mother.get(pupil.book)

    assert "Anne Nordmann" in about.text
    assert "matteprøven" not in unread.text
    assert "matteprøven" in shared.text
    assert "vil ikke hjem" not in shared.text
    assert "vil ikke hjem" in own.text
    assert "vondt i magen" not in confided.text
    assert "matteprøven" not in ended.text
    assert "matteprøven" not in again.text


async def test_a_link_to_what_she_wrote_opens_for_her_guardian_only_what_is_shared(pupil: PupilPages) -> None:
    browser, mother = await pupil.sign_in(), await pupil.pages.signed_in("Anne Nordmann")
    await pupil.pages.write(browser, "Kari Nordmann", "Jeg vil ikke hjem i dag")
    await pupil.let_read(apart=False)
    await pupil.pages.write(browser, "Kari Nordmann", "Jeg har vondt i magen hver dag")
    await pupil.pages.write(browser, "Kari Nordmann", "Kan vi ta matteprøven på torsdag?")
    await pupil.settle_threads()
    said = await pupil.said_by_her()

    hers = [(await browser.get(f"/family/m/{message.id}")).status for message in said]
    mothers = [(await mother.get(f"/family/m/{message.id}")).status for message in said]

    assert hers == [200, 404, 200]  # what is sensitive she too reads behind an eID alone
    assert mothers == [404, 404, 200]


async def test_a_picture_that_she_sent_opens_for_her_and_the_school_alone(pupil: PupilPages) -> None:
    """The words beside it are read along; what can be seen on it no list knows."""
    browser, mother = await pupil.sign_in(), await pupil.pages.signed_in("Anne Nordmann")
    await pupil.pages.write(browser, "Kari Nordmann", "Hei")
    await pupil.let_read(apart=False)
    await pupil.pages.write(browser, "Kari Nordmann", "Se her")
    await pupil.settle_threads()
    file_id = await pupil.add_picture((await pupil.said_by_her())[-1])

    hers, mothers = await browser.get(pupil.book), await mother.get(pupil.book)
    opened = await browser.get(f"/family/files/{file_id}", follow=False)
    refused = await mother.get(f"/family/files/{file_id}", follow=False)

    assert file_id in hers.text
    assert "Se her" in mothers.text
    assert file_id not in mothers.text
    assert (opened.status, refused.status) == (303, 404)


async def test_who_does_not_serve_her_lets_nobody_read_along(pupil: PupilPages) -> None:
    browser = await pupil.sign_in()
    await pupil.pages.living.text("Anne Nordmann", "contact teacher 7A", "Kan du ringe meg om Kari?")
    await pupil.pages.write(browser, "Kari Nordmann", "Jeg vil ikke hjem i dag")

    with pytest.raises(NotThereError):
        await pupil.let_read("Mette Strand", apart=False)
    with pytest.raises(NotThereError):
        await pupil.let_read(kind=ThreadKind.PRIVATE, apart=False)

    assert (await pupil.threads())[ThreadKind.PUPIL].kept_apart


async def test_whoever_answers_her_is_shown_who_reads_along(pupil: PupilPages) -> None:
    browser = await pupil.sign_in()
    await pupil.pages.write(browser, "Kari Nordmann", "Hva er leksen?")
    thread_id = (await pupil.threads())[ThreadKind.PUPIL].id

    def plan(look: Look) -> Plan:
        return plan_answer(look, get_reader(look), thread_id)

    desk, teacher = pupil.pages.living.hub.desk, pupil.staff("Kari Lunde")
    apart = await desk.look(teacher, plan)
    await pupil.let_read(apart=False)
    shared = await desk.look(teacher, plan)

    assert not apart.along
    assert "Anne Nordmann" in [name for _, name in shared.along]
    with pytest.raises(ReadersChangedError):
        await desk.work(teacher, answer, thread_id, (), Draft("Side 12.", apart.key))


async def test_a_phone_that_her_guardian_has_too_opens_no_more_of_her_talk(pupil: PupilPages) -> None:
    """What she wrote by herself, before her mother's name stood at the same number."""
    browser = await pupil.sign_in()
    await pupil.pages.write(browser, "Kari Nordmann", "Jeg vil ikke hjem i dag")
    await pupil.let_read(apart=False)
    await pupil.pages.write(browser, "Kari Nordmann", "Kan vi ta matteprøven på torsdag?")
    await pupil.settle_threads()
    await pupil.share_phone()

    book = await (await pupil.sign_in_together()).get(pupil.book)

    assert book.status == 200
    assert "vil ikke hjem" not in book.text
    assert "matteprøven" in book.text


async def test_from_an_age_of_the_owners_the_talk_is_hers_alone(pupil: PupilPages) -> None:
    browser, mother = await pupil.sign_in(), await pupil.pages.signed_in("Anne Nordmann")
    await pupil.pages.write(browser, "Kari Nordmann", "Hei")
    await pupil.let_read(apart=False)
    await pupil.pages.write(browser, "Kari Nordmann", "Kan vi ta matteprøven på torsdag?")
    await pupil.settle_threads()

    shared = await mother.get(pupil.book)
    owner = pupil.pages.living.village.owner().id
    await pupil.work(set_ages, owner, {Matter.PRIVATE: 12}, "test")
    alone = await mother.get(pupil.book)
    own = await browser.get(pupil.book)

    assert "matteprøven" in shared.text
    assert "matteprøven" not in alone.text
    assert "matteprøven" in own.text


async def test_a_pupil_may_say_no_and_no_load_brings_her_back(pupil: PupilPages, tmp_path: Path) -> None:
    browser = await pupil.sign_in()
    await browser.get(ABOUT)

    gone = await browser.post("/family/you/about/decline")
    sheet = Sheet.of_village().only("children", "c-kari-nordmann")
    sheet.row("children", "c-kari-nordmann")["phones"] = [KARIS]
    await pupil.work(apply, sheet.read(tmp_path))
    home = await browser.get("/family")

    def is_known(look: Look) -> bool:
        return bool(list_behind(look, "sms", KARIS, pupil.pages.living.village.owner().id))

    assert gone.path.startswith("/family/sign-in")
    assert home.path.startswith("/family/sign-in")
    assert not await pupil.pages.living.hub.desk.look(OPERATOR, is_known)


async def test_only_a_pupil_has_that_page(pupil: PupilPages) -> None:
    mother = await pupil.pages.signed_in("Anne Nordmann")

    about = await mother.get(ABOUT)
    declined = await mother.post("/family/you/about/decline")

    assert (about.status, declined.status) == (404, 404)


async def test_a_pupil_whose_address_is_secret_gets_no_code(pupil: PupilPages) -> None:
    def protect(work: Work) -> None:
        work.session.get_one(Child, pupil.pages.child("Kari Nordmann")).protected = True

    await pupil.work(protect)
    browser = pupil.pages.browser()
    page = await pupil.pages.ask_code(browser, KARIS)
    await pupil.pages.living.settled()

    assert page.path == "/family/sign-in/code"
    assert not pupil.pages.living.provider.phone(KARIS).history


async def test_a_phone_that_a_guardian_has_too_opens_nobodys_talk(pupil: PupilPages) -> None:
    """Her mother's name stands at the same number: what only one of them may know nobody is shown."""
    await pupil.pages.living.text("Anne Nordmann", "contact teacher 7A", "Kan du ringe meg om Kari?")
    await pupil.share_phone()
    browser = await pupil.sign_in_together()

    book = await browser.get(pupil.book)

    assert book.status == 200
    assert "ringe meg" not in book.text


async def test_staff_read_and_answer_her_in_a_thread_of_her_own(pupil: PupilPages) -> None:
    browser = await pupil.sign_in()
    page = await pupil.pages.write(browser, "Kari Nordmann", "Hva er leksen?")

    def kinds(look: Look) -> list[str]:
        return list(look.session.scalars(sa.select(Thread.kind).where(Thread.kind == ThreadKind.PUPIL)))

    staff = Asker("staff", pupil.pages.living.village.staff("Kari Lunde").id, Trust.STRONG, "page")
    assert ("guardian own", "Hva er leksen?") in bubbles_of(page)
    assert await pupil.pages.living.hub.desk.look(staff, kinds) == ["pupil"]


@pytest.mark.capability("H-69")
async def test_a_pupil_sees_what_the_school_year_came_to_lesson_by_lesson(pupil: PupilPages) -> None:
    village = pupil.pages.living.village

    def note(work: Work) -> None:
        unit, seen = village.unit("school"), {pupil.pages.child("Kari Nordmann"): Seen(InLesson.LATE)}
        keep_lesson(work, unit, village.group("7A"), unit.today(work.now), 1, "Norsk", seen, "teacher")

    await pupil.work(note)
    browser = await pupil.sign_in()

    seen = await browser.get(f"{pupil.book}/days")

    assert "Timer borte i skoleåret: 0, 0 uten melding. Kom sent: 1." in seen.text
