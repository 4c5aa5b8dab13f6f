"""What families told lastingly, as staff see it: on the child's page, on *Morning*, kept from a message, for the kitchen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.post.messages import Message, Thread, ThreadKind
from hub.school.care_notes import CareNote, Matter, NoteKind, Teller, question_note, tell_note
from hub.school.trusted_people import TrustedPerson, Whom, dispute_person, trust_person
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

ANNE, KARI, NUTS = "Anne Nordmann", "Kari Nordmann", "Tåler ikke nøtter"
TEACHER, OFFICE = "Kari Lunde", "Per Haugen"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def tell(
    day: SchoolDay,
    words: str = NUTS,
    child: str = KARI,
    kind: NoteKind = NoteKind.ALLERGY,
    *,
    serious: bool = False,
    trust: Trust = Trust.CONFIRMED,
) -> str:
    def keep(work: Work) -> str:
        kept = work.session.get_one(Child, day.village.child(child).id)
        teller = Teller(day.village.guardian(ANNE).id, trust)
        return tell_note(work, kept, Matter(kind, words, serious), teller).id

    return await day.site.desk.work(TEST, keep)


async def list_person(day: SchoolDay, person: str, child: str = KARI, guardian: str = ANNE) -> str:
    """Somebody who may fetch, of whom the other guardians were told."""

    def keep(work: Work) -> str:
        kept = work.session.get_one(Child, day.village.child(child).id)
        told_by = day.village.guardian(guardian).id
        row = trust_person(work, kept, Whom(person, "mormor", "+4741234567"), told_by=told_by, trust=Trust.CONFIRMED)
        row.announced_at = work.now
        return row.id

    return await day.site.desk.work(TEST, keep)


async def get(day: SchoolDay, id_: str) -> CareNote:
    return await day.site.desk.look(TEST, lambda look: look.session.get_one(CareNote, id_))


def page_of(day: SchoolDay, child: str = KARI) -> str:
    return f"/children/{day.village.child(child).id}"


async def test_whoever_looks_after_the_child_reads_it_and_the_reading_is_kept(day: SchoolDay) -> None:
    note = await tell(day, serious=True)
    teacher = await day.as_(TEACHER)

    words = shown(await teacher.get(page_of(day)))

    assert "Allergi, kan bli alvorlig" in words
    assert NUTS in words
    assert any(note in row.ids for row in await day.audited("read", TEACHER))


async def test_an_office_sees_who_may_fetch_and_nothing_of_health(day: SchoolDay) -> None:
    note = await tell(day)
    await list_person(day, "Eva Berg")
    office = await day.as_(OFFICE)

    page, part = await office.get(page_of(day)), await office.get(f"{page_of(day)}/care", headers=HTMX)
    await office.get(page_of(day))
    refused = await office.post(f"{page_of(day)}/care/notes/{note}", answer="no")
    kitchen = await office.get(f"/kitchen/{day.village.unit('school').id}")
    lists = await office.get("/lists")

    assert "Eva Berg" in page.text
    for seen in (page, part):
        assert "nøtter" not in seen.text
        assert "Allergi" not in shown(seen)
    assert (refused.status, kitchen.status) == (404, 404)
    assert "/kitchen/" not in lists.text
    assert (await get(day, note)).ended_at is None


async def test_a_teacher_of_another_group_sees_none_of_it(day: SchoolDay) -> None:
    note = await tell(day)
    other = await day.as_("Jonas Dahl")

    page, part = await other.get(page_of(day)), await other.get(f"{page_of(day)}/care", headers=HTMX)
    board = await other.get("/morning")
    acted = await other.post(f"{page_of(day)}/care/notes/{note}", answer="no")

    assert (page.status, part.status, acted.status) == (404, 404, 404)
    assert "Godt å vite" not in board.text


async def test_morning_marks_calmly_and_tells_only_what_is_opened(day: SchoolDay) -> None:
    note = await tell(day, serious=True)
    await list_person(day, "Eva Berg", "Henrik Strøm", "Silje Strøm")
    teacher = await day.as_(TEACHER)

    board = await teacher.get("/morning")
    before = [note in row.ids for row in await day.audited("read", TEACHER)]
    opened = await teacher.get(f"{page_of(day)}/care", headers=HTMX)

    assert "Viktig å vite" in board.text
    assert "Hvem kan hente" in board.text
    assert "nøtter" not in board.text
    assert not any(before)
    assert NUTS in opened.text
    assert any(note in row.ids for row in await day.audited("read", TEACHER))


async def test_what_a_guardian_wrote_is_kept_once_in_the_words_of_whoever_keeps_it(day: SchoolDay) -> None:
    thread = await day.write(ANNE, "Kari er allergisk mot nøtter", [KARI])

    def mark(work: Work) -> str:
        message = work.session.scalars(sa.select(Message).where(Message.thread_id == thread)).one()
        message.sensitive = True
        return message.id

    message = await day.site.desk.work(TEST, mark)
    office = await day.as_(OFFICE)
    page = await office.get(f"/threads/{thread}")
    act = f"/threads/{thread}/messages/{message}/care"
    form: dict[str, Any] = {"about": day.village.child(KARI).id, "matter": "allergy", "words": "Allergisk mot nøtter"}

    kept = await office.post(act, **form)
    again = await office.post(act, **form)
    teacher = shown(await (await day.as_(TEACHER)).get(f"{page_of(day)}/care", headers=HTMX))

    assert act in page.text
    assert (kept.status, again.status) == (200, 404)
    assert act not in kept.text
    assert "Allergisk mot nøtter" in teacher
    assert "Kari er allergisk" not in teacher
    assert "Fra Anne Nordmann" in teacher


async def test_what_a_pupil_confides_is_kept_for_no_guardian_to_read(day: SchoolDay) -> None:
    thread = await day.write(ANNE, "Jeg har vondt i magen hver dag", [KARI])

    def make_hers(work: Work) -> str:
        """The same words in a talk of her own."""
        work.session.get_one(Thread, thread).kind = ThreadKind.PUPIL
        message = work.session.scalars(sa.select(Message).where(Message.thread_id == thread)).one()
        message.sensitive = True
        return message.id

    message = await day.site.desk.work(TEST, make_hers)
    office = await day.as_(OFFICE)
    page = await office.get(f"/threads/{thread}")
    act = f"/threads/{thread}/messages/{message}/care"

    kept = await office.post(act, about=day.village.child(KARI).id, matter="other", words="vondt")

    assert page.status == 200
    assert act not in page.text
    assert kept.status == 404


async def test_a_message_is_kept_about_nobody_elses_child(day: SchoolDay) -> None:
    thread = await day.write(ANNE, "Kari er allergisk mot nøtter", [KARI])
    message = await day.site.desk.look(
        TEST, lambda look: look.session.scalars(sa.select(Message.id).where(Message.thread_id == thread)).one()
    )
    office = await day.as_(OFFICE)
    await office.get(f"/threads/{thread}")

    seen = await office.post(
        f"/threads/{thread}/messages/{message}/care",
        about=day.village.child("Henrik Strøm").id,
        matter="food",
        words="nøtter",
    )

    assert seen.status == 404


async def test_what_the_other_guardian_questions_stands_until_somebody_has_asked(day: SchoolDay) -> None:
    note = await tell(day)
    ola = day.village.guardian("Ola Nordmann").id

    def question(work: Work) -> None:
        question_note(work, work.session.get_one(CareNote, note), ola)

    await day.site.desk.work(TEST, question)
    teacher = await day.as_(TEACHER)
    asked = shown(await teacher.get(page_of(day)))
    upheld = shown(await teacher.post(f"{page_of(day)}/care/notes/{note}", answer="yes"))
    await day.site.desk.work(TEST, question)
    await teacher.get(page_of(day))
    over = shown(await teacher.post(f"{page_of(day)}/care/notes/{note}", answer="no"))

    assert "Ola Nordmann mener at dette ikke gjelder lenger" in asked
    assert NUTS in upheld
    assert "mener at" not in upheld
    assert NUTS not in over
    assert len(await day.audited("care_note.uphold", TEACHER)) == 1


async def test_a_listed_name_counts_at_the_door_until_it_is_denied(day: SchoolDay) -> None:
    person = await list_person(day, "Eva Berg")
    await day.site.desk.work(TEST, lambda work: day.fetches(work, KARI, ANNE, "Eva Berg"))
    teacher = await day.as_(TEACHER)
    known = shown(await teacher.get("/morning"))

    def deny(work: Work) -> None:
        dispute_person(work, work.session.get_one(TrustedPerson, person), day.village.guardian("Ola Nordmann").id)

    await day.site.desk.work(TEST, deny)
    denied, page = shown(await teacher.get("/morning")), shown(await teacher.get(page_of(day)))
    checked = shown(await teacher.post(f"{page_of(day)}/care/people/{person}", answer="yes"))

    assert "Hentes av Eva Berg · kjent henteperson" in known
    assert "Hentes av Eva Berg · ukjent, må sjekkes" in denied
    assert "Ola Nordmann sier at dette ikke stemmer" in page
    assert "sier at dette ikke stemmer" not in checked
    assert "kjent henteperson" in shown(await teacher.get("/morning"))


async def test_a_listed_name_like_that_of_somebody_blocked_counts_for_nothing(day: SchoolDay) -> None:
    await list_person(day, "Roger Hansen", "Tiril Sand", "Wenche Sand")
    await day.site.desk.work(TEST, lambda work: day.fetches(work, "Tiril Sand", "Wenche Sand", "Roger Hansen"))
    leader = await day.as_("Ingrid Solberg")

    board, page = shown(await leader.get("/morning")), shown(await leader.get(page_of(day, "Tiril Sand")))

    assert "Tiril Sand i 4B: hvem henter?" in board
    assert "kan være en som ikke skal hente" in page


async def test_the_kitchen_reads_allergies_and_food_by_group_and_day(day: SchoolDay) -> None:
    await tell(day)
    await tell(day, "Spiser halal", "Henrik Strøm", NoteKind.FOOD)
    medicine = await tell(day, "Astmamedisin klokka 12", KARI, NoteKind.MEDICINE)
    await day.report("Henrik Strøm", "Silje Strøm")
    teacher, unit = await day.as_(TEACHER), day.village.unit("school").id
    await teacher.get("/lists")
    link = f"/kitchen/{unit}?day=2025-03-03"

    today, other = await teacher.get(link), await teacher.get(f"/kitchen/{unit}?day=2025-03-04")

    assert link in (await teacher.get("/lists")).text
    assert "Ett barn trenger egen mat i dag" in shown(today)
    assert "2 barn trenger egen mat i morgen" in shown(other)
    assert "Astmamedisin" not in today.text
    assert not any(medicine in row.ids for row in (await day.audited("read", TEACHER))[-3:])


async def test_what_was_told_by_word_of_mouth_is_written_down(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get(page_of(day))

    page = shown(await teacher.post(f"{page_of(day)}/care/notes", matter="medicine", words="Øyedråper kl. 12"))

    assert "Øyedråper kl. 12" in page
    assert "Fra Kari Lunde" in page


async def test_hostile_words_are_only_words(day: SchoolDay) -> None:
    await tell(day, "<script>alert(1)</script>{{ 7*7 }}")
    teacher = await day.as_(TEACHER)

    page = await teacher.get(f"{page_of(day)}/care", headers=HTMX)

    assert "<script>alert" not in page.text
    assert "{{ 7*7 }}" in page.text


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_families_told_something(browser: Browser, day: SchoolDay, width: int) -> None:
    await tell(day, "Tåler ikke nøtter. Epipen ligger i sekken, ring 113 og så foreldrene.", serious=True)
    await tell(day, "Spiser halal", "Henrik Strøm", NoteKind.FOOD)
    await list_person(day, "Eva Berg")
    await list_person(day, "Roger Hansen", "Tiril Sand", "Wenche Sand")
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto("/morning")
    await page.get_by_role("link", name="Viktig å vite").click()
    await expect(page.get_by_text("Epipen ligger i sekken").first).to_be_visible()
    await check(page, complaints, f"care-morning-{width}")
    await page.goto(page_of(day))
    await check(page, complaints, f"care-child-{width}")
    await page.goto(f"/kitchen/{day.village.unit('school').id}")
    await check(page, complaints, f"care-kitchen-{width}")
    await context.close()
