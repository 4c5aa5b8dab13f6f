"""A school and a mother of two: they write both ways, she reads what goes to many, sees in one calendar what lies ahead of both
of her children, and answers a survey with a touch, wherever it was sent. It counts at once, and once."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hub.calendars import close
from hub.desk import Look, Work
from hub.post.broadcast_progress import Progress, read_progress
from hub.post.broadcast_rights import get_broadcast, get_place
from hub.post.broadcasts import Reply, Scope, Written, send_now
from hub.post.prices import Prices
from hub.talk.broadcast_writing import Order, compose, send
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.post.spoken import as_staff
from tests.living_hub import ANSWER_SECONDS, OPERATOR
from tests.sent_files import TEACHER, as_staff_of, write_about
from tests.sent_files import send_now as let_go
from tests.stories.test_a_class_is_asked_for_a_consent import FromNine

MOTHER, FATHER, FREDRIK, TIRIL = "Wenche Sand", "Roger Sand", "Fredrik Sand", "Tiril Sand"
SEAT, LEADER, STRANGER = "contact teacher 7A", "Ingrid Solberg", "Camilla Hansen"
SURVEY = Written({"nb": "Når passer det med tur?"}, "nb", Reply.CHOICES, ("Torsdag", "Fredag", "Lørdag"))
BULLETIN = Written({"nb": "Vi starter kl. 9 på fredag."}, "nb")
EVENING: dict[str, Any] = {
    "name": "Foreldremøte",
    "day": "2025-03-12",
    "starts_at": "18:00",
    "ends_at": "19:30",
    "place": "gymsalen",
    "more": "Ta med innesko.",
}


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, FromNine()) as pages:
        yield pages


async def to_7a(pages: FamilyPages, written: Written) -> str:
    """As the composer does, without its hold; its id."""
    village = pages.living.village
    teacher = as_staff(village.staff(TEACHER))

    def write(work: Work) -> str:
        place = get_place(work, Scope.GROUPS, village.unit("school").id, [village.group("7A").id])
        return send(work, place, Order(written, compose(work, place, written, Prices()).key), Prices()).id

    id_ = await pages.living.hub.desk.work(teacher, write)
    await pages.living.hub.desk.work(teacher, lambda work: send_now(work, get_broadcast(work, id_)))
    return id_


async def answers(pages: FamilyPages, id_: str) -> tuple[int, ...]:
    def progress(look: Look) -> Progress:
        return read_progress(look, get_broadcast(look, id_))

    teacher = as_staff(pages.living.village.staff(TEACHER))
    return (await pages.living.hub.desk.look(teacher, progress)).answers


async def told(pages: FamilyPages, guardian: str, words: str) -> None:
    """A text that says this has come."""
    while words not in (await pages.living.phone(guardian).next_text(ANSWER_SECONDS)).body:
        pass


def survey_on(page: Seen) -> dict[str, Any]:
    """The fields of the form below the one matter that waits."""
    form = waiting_on(page).partition("<form")[2]
    return dict(re.findall(r'<input type="hidden" name="(bot|key|unit_id)" value="([^"]*)">', form))


def waiting_on(page: Seen) -> str:
    """The part of the first page that shows what waits."""
    return page.text.partition('id="waiting"')[2].partition("</section>")[0]


async def touch(browser: Browsing, form: dict[str, Any], number: str) -> Seen:
    return await browser.post("/family/duties/answer", **{**form, "answer": number})


@pytest.mark.capability("W-03")
async def test_a_survey_is_answered_by_a_touch_on_the_first_page_and_counts_once(pages: FamilyPages) -> None:
    mother, stranger = await pages.signed_in(MOTHER), await pages.signed_in(STRANGER)
    id_ = await to_7a(pages, SURVEY)
    await told(pages, MOTHER, "Svar 1 Torsdag, 2 Fredag eller 3 Lørdag.")

    home = await mother.get("/family")
    form, waits = survey_on(home), waiting_on(home)
    foreign = await stranger.get("/family")
    refused = await touch(stranger, form, "1")
    before = await answers(pages, id_)
    await mother.get("/family")
    after = await touch(mother, form, "2")
    counted = await answers(pages, id_)
    again = await touch(mother, form, "3")
    book = await mother.get(f"/family/children/{pages.child(FREDRIK)}")
    await told(pages, FATHER, "Svar 1 Torsdag")
    his = await pages.living.text(FATHER, SEAT, "3")

    assert "Når passer det med tur?" in waits
    assert "Svar 1" not in waits
    assert re.findall(r">(\w+)</button>", waits) == list(SURVEY.choices)
    assert waiting_on(foreign) == ""
    assert (refused.status, before) == (422, (0, 0, 0))
    assert (after.path, waiting_on(after)) == ("/family", "")
    assert (counted, again.status) == ((0, 1, 0), 422)
    assert ("bot", "Takk, vi har notert svaret 2 Fredag. Feil? Svar ANGRE.") in bubbles_of(book)
    assert "3 Lørdag" in his
    assert await answers(pages, id_) == (0, 1, 1)


@pytest.mark.one_store
@pytest.mark.capability("W-03")
async def test_one_account_shows_both_children_their_messages_bulletins_and_calendar(pages: FamilyPages) -> None:
    school = f"/calendar/{pages.living.village.unit('school').id}"
    group = pages.living.village.group("7A").id
    mother, stranger = await pages.signed_in(MOTHER), await pages.signed_in(STRANGER)
    teacher, leader = await as_staff_of(pages, TEACHER), await as_staff_of(pages, LEADER)

    # Both ways: what she writes is read by staff, and their answer stands below it.
    await pages.write(mother, FREDRIK, "Hvem er med i matgruppa til Fredrik?")
    assert "Hvem er med i matgruppa til Fredrik?" in (await teacher.get(f"/children/{pages.child(FREDRIK)}")).text
    await write_about(pages, teacher, FREDRIK, "Fredrik er i gruppe to.", to=MOTHER)
    await let_go(pages, teacher, FREDRIK)
    await to_7a(pages, BULLETIN)
    await told(pages, MOTHER, "Vi starter kl. 9")
    said = [text for _, text in bubbles_of(await mother.get(f"/family/children/{pages.child(FREDRIK)}"))]
    assert said.index("Hvem er med i matgruppa til Fredrik?") < said.index("Fredrik er i gruppe to.")
    assert any(BULLETIN.texts["nb"] in text for text in said)

    # The calendar: the leader's for the whole school, the teacher's for her class; not one for all by a teacher.
    await leader.get(school)
    assert "Foreldremøte kl. 18.00–19.30, gymsalen" in (await leader.post(school, **EVENING)).text
    await teacher.get(school)
    trip: dict[str, Any] = {"name": "<b>Skidag</b>", "day": "2025-03-13", "groups": group}
    assert (await teacher.post(school, **trip)).status == 200
    assert (await teacher.post(school, **EVENING)).status == 404
    ahead, others = await mother.get("/family/calendar"), await stranger.get("/family/calendar")
    week = await mother.get(f"/family/children/{pages.child(TIRIL)}/days?day=2025-03-12")
    assert "Foreldremøte kl. 18.00–19.30, gymsalen" in ahead.text
    assert "Fredrik og Tiril · Fjordvik skole" in ahead.text or "Tiril og Fredrik · Fjordvik skole" in ahead.text
    assert "&lt;b&gt;Skidag&lt;/b&gt;" in ahead.text
    assert "Ta med innesko." in others.text
    assert "Skidag" not in others.text
    assert "Foreldremøte" in week.text
    assert "Skidag" not in week.text

    # Days when the school is closed: in one line also over a weekend, and a feast on one tells nobody anything.
    unit = pages.living.village.unit("school")
    days = date(2025, 6, 12), date(2025, 6, 17)
    await pages.living.hub.desk.work(OPERATOR, lambda work: close(work, unit, *days, "Plandager", "test"))
    closed = await mother.get("/family/calendar")
    assert "Kristi himmelfartsdag" in closed.text
    assert "Grunnlovsdag" not in closed.text
    assert closed.text.count("Stengt: Plandager") == 1

    # What is called off is gone, and only whoever may write to all of them calls it off.
    put_in = await teacher.get(school)
    evening, skiing = re.findall(r'id="h-(\w{26})"', put_in.text)
    assert (await teacher.post(f"{school}/{evening}/off")).status == 404
    await teacher.get(school)
    await teacher.post(f"{school}/{skiing}/off")
    assert "Skidag" not in (await mother.get("/family/calendar")).text
