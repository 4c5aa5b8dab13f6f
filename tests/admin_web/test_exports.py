"""*Files and lists*: every road on which staff save or print a list asks a second person first, and the page where they answer.

A new road is tried without being named here. Source: security rules S7.9 and S13.
"""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from admin_web import cookies
from admin_web.page import Page
from admin_web.staff import ALL_PAGES, export_asking
from admin_web.staff.export_asking import ROADS, file_of
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Placement
from hub.safety.export_wishes import ExportKind, Wish
from hub.school.consent_kinds import list_kinds
from hub.sign_in.tokens import form_token
from tests.admin_web.hidden_fields import hidden_fields
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.school.home_days import CARER
from tests.hub.sign_in.school import TEST

TEACHER, LEADER, OTHER_TEACHER, ADMINISTRATOR = "Mette Strand", "Astrid Vik", "Erik Johansson", "Tora Myklebust"
HEAD, OFFICE = "Ingrid Solberg", "Per Haugen"
MONDAY = "2025-03-03"
OF_HOMES = {kind for kind, road in ROADS.items() if road.page.startswith("/home/")}
TEMPLATES = Path(__file__).parents[2] / "templates" / "pages"
SOURCES = Path(__file__).parents[2] / "admin_web"
ALONE = {
    "pieces.j2",
    "staff/numbers_sheet.j2",
    "staff/unreached_letter.j2",
    "staff/tags_guide.j2",
    "staff/door_here.j2",
    "staff/morning_parts.j2",
    "staff/diary_parts.j2",
}
"""Who may have a button that prints at once: the piece that asks; the sheet of a number, one letter and a guide, which list
nobody; and who is here now, for a roll call outside a burning house waits for nobody's yes, nor does a day without network."""
FILES = {"staff/csv_cells.py", "staff/numbers_sheets.py", "files.py"}
"""Who may write an answer that is saved: tables, which ask; the card of a number of ours; and what is one message's file."""


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def quarters(day: SchoolDay) -> str:
    return f"/week/{day.village.unit('preschool').id}/quarters.csv?day={MONDAY}"


async def ask(browser: Browsing, path: str) -> Seen:
    """Press the button of the page that stands in place of the list."""
    return await browser.post("/exports", **hidden_fields(await browser.get(path), "/exports"))


async def answer(browser: Browsing, word: str = "yes") -> Seen:
    """Press a button of the first that waits."""
    page = await browser.get("/exports")
    (action, *_) = re.findall(rf'action="(/exports/\w+/{word})"', page.text)
    return await browser.post(action, **hidden_fields(page, action))


def says(seen: Seen) -> str:
    """Without marks, and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", seen.text.partition("<main")[2]).split())


def is_file(seen: Seen) -> bool:
    return "attachment" in seen.headers.get("Content-Disposition", "")


async def fill_school(day: SchoolDay, more: int = 60) -> None:
    """So many more children in 7A."""

    def add(work: Work) -> None:
        school, group = day.village.unit("school"), day.village.group("7A")
        for at in range(more):
            child = Child(
                id=work.new_id(),
                owner_id=school.owner_id,
                source_id=f"more-{at}",
                first_name=f"Barn{at:02}",
                last_name="Elv",
                birth_date=date(2012, 5, 17),
            )
            work.session.add(child)
            work.session.flush()
            work.session.add(
                Placement(
                    id=work.new_id(),
                    owner_id=school.owner_id,
                    child_id=child.id,
                    unit_id=school.id,
                    group_id=group.id,
                    from_day=date(2024, 8, 12),
                )
            )

    await day.site.desk.work(TEST, add)


def roads() -> list[Page]:
    """Whatever is saved or printed, by its address."""
    shown = [page for pages in ALL_PAGES for page in pages.listed if page.method == "GET"]
    return [page for page in shown if page.path.endswith(("/print", ".csv"))]


def test_every_road_that_saves_or_prints_is_one_that_asks_and_wants_fresh_proof() -> None:
    known = {re.sub(r"\{\w+\}", "{}", f"{road.page}{road.ending}") for road in ROADS.values()}

    assert {re.sub(r"\{\w+\}", "{}", page.path) for page in roads()} == known
    assert set(ROADS) == set(ExportKind)
    assert [page.path for page in roads() if not page.fresh] == []


def test_no_page_prints_or_writes_a_file_past_the_question() -> None:
    prints = {str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.j2") if "data-prints" in file.read_text()}
    saves = {
        str(file.relative_to(SOURCES)) for file in SOURCES.rglob("*.py") if "Content-Disposition" in file.read_text()
    }

    assert {name for name in prints if not name.startswith("family/")} == ALONE
    assert saves == FILES


@pytest.mark.parametrize("kind", list(ExportKind))
async def test_each_road_asks_before_anything_leaves_and_lets_it_out_after_a_yes(
    day: SchoolDay, kind: ExportKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any number of rows counts as many here."""
    monkeypatch.setattr(export_asking, "LIMIT", -1)
    who, unit = (CARER, "day-care") if kind in OF_HOMES else (LEADER, "preschool")
    wish = await day.site.desk.look(TEST, find_wish, day, kind, unit)
    asker, second = await day.as_(who), await day.as_(ADMINISTRATOR)

    before = await asker.get(file_of(wish))
    await ask(asker, file_of(wish))
    waiting = await asker.get(file_of(wish))
    await answer(second)
    after = await asker.get(file_of(wish))

    assert (before.status, waiting.status, after.status) == (409, 409, 200)
    assert not is_file(before)
    assert [child.name for child in day.village.children.values() if child.name in before.text] == []
    assert ADMINISTRATOR in before.text
    assert 'action="/exports"' not in waiting.text
    assert is_file(after) is not kind.is_paper
    assert "print-held" not in after.text
    assert len(await day.audited("export.save", who)) == 1


def find_wish(look: Look, day: SchoolDay, kind: ExportKind, unit: str) -> Wish:
    """What a page asks of each kind on Monday."""
    village, monday = day.village, date(2025, 3, 3)
    unit_id = village.unit(unit).id
    month, week, today = (date(2025, 3, 1), date(2025, 3, 31)), (monday, monday + timedelta(days=6)), (monday, monday)
    of_kind = list_kinds(look, village.owner().id)[1].id
    days: dict[ExportKind, tuple[date | None, date | None]] = {
        ExportKind.HOURS: month,
        ExportKind.QUARTERS: week,
        ExportKind.BOOKINGS: week,
        ExportKind.HOME_LINES: month,
        ExportKind.HOME_DAYS: month,
        ExportKind.HOMES: month,
        ExportKind.ON_PAPER_HOME: month,
        ExportKind.ON_PAPER_CODES: (None, None),
        ExportKind.ON_PAPER_GROUP: (None, None),
        ExportKind.ON_PAPER_CONSENT: (None, None),
    }
    about = {
        ExportKind.HOMES: (unit_id,),
        ExportKind.ON_PAPER_GROUP: (village.group("blabaer").id,),
        ExportKind.ON_PAPER_CONSENT: (of_kind,),
    }
    return Wish(kind, unit_id, *days.get(kind, today), about.get(kind, ()))


async def test_a_long_file_waits_for_a_colleague_who_is_told_who_wants_what_and_how_much(
    day: SchoolDay, clock: StoppedClock
) -> None:
    teacher, leader, other = await day.as_(TEACHER), await day.as_(LEADER), await day.as_(OTHER_TEACHER)

    held = await teacher.get(quarters(day))
    await ask(teacher, quarters(day))
    morning = await leader.get("/morning")
    waits = await leader.get("/exports")
    await answer(leader)
    ready = await teacher.get("/morning")
    own = await teacher.get("/exports")
    file = await teacher.get(quarters(day))

    assert "rader: en til må si ja først" in says(held)
    assert "Disse kan si ja: Astrid Vik" in says(held)
    assert "Én fil eller liste venter på ditt ja" in says(morning)
    assert f"{TEACHER} ber om" in says(waits)
    assert "Barn og voksne hvert kvarter, som fil, man. 3. mars – søn. 9. mars 2025" in says(waits)
    assert f'href="/week/{day.village.unit("preschool").id}?day={MONDAY}"' in waits.text
    assert "Én liste du ba om, ligger klar" in says(ready)
    assert "Astrid Vik sa ja" in says(own)
    assert is_file(file)
    for seen in (await other.get("/morning"), await other.get("/exports")):
        assert TEACHER not in says(seen)
        assert "venter på ditt ja" not in says(seen)


async def test_a_short_file_goes_at_once(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    assert is_file(await leader.get(f"/hours/{day.village.unit('preschool').id}/month.csv"))
    assert await day.audited("export.ask", LEADER) == []


async def test_a_no_is_told_to_whoever_asked(day: SchoolDay) -> None:
    teacher, leader = await day.as_(TEACHER), await day.as_(LEADER)
    await ask(teacher, quarters(day))

    await answer(leader, "no")
    refused = await teacher.get(quarters(day))

    assert (refused.status, is_file(refused)) == (409, False)
    assert "Astrid Vik sa nei" in says(refused)
    assert 'action="/exports"' in refused.text


async def test_a_yes_needs_fresh_proof_and_a_no_does_not(day: SchoolDay) -> None:
    teacher, stale = await day.as_(TEACHER), await day.as_(LEADER, fresh=False)
    await ask(teacher, quarters(day))
    page = await stale.get("/exports")
    (no,) = re.findall(r'action="(/exports/\w+/no)"', page.text)
    fields = hidden_fields(page, no)

    led = await stale.post(no.removesuffix("no") + "yes", follow=False, **fields)

    assert "/yes" not in page.text
    assert led.headers["Location"].startswith("/sign-in/fresh")
    assert not is_file(await teacher.get(quarters(day)))
    await stale.get("/exports")
    assert (await stale.post(no, **fields)).status == 200
    assert len(await day.audited("export.refuse", LEADER)) == 1


async def test_who_tells_of_fewer_rows_than_the_list_has_gains_nothing(day: SchoolDay) -> None:
    teacher, leader = await day.as_(TEACHER), await day.as_(LEADER)
    fields = hidden_fields(await teacher.get(quarters(day)), "/exports")
    await teacher.post("/exports", **{**fields, "rows": ["51"]})
    await answer(leader)

    assert not is_file(await teacher.get(quarters(day)))


async def test_nobody_says_yes_to_their_own(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)
    await ask(leader, quarters(day))
    page = await leader.get("/exports")
    (id_,) = re.findall(r'<li id="x-(\w+)"', page.text)
    token = form_token(leader.cookie(cookies.SESSION) or "")

    refused = await leader.post(f"/exports/{id_}/yes", rows="210", token=token)
    absent = await leader.post(f"/exports/{'0' * 26}/yes", rows="210", token=token)

    assert "/yes" not in page.text
    assert refused.status == absent.status == 404
    assert not is_file(await leader.get(quarters(day)))


async def test_a_long_list_is_not_printed_from_its_page_and_is_after_a_yes(day: SchoolDay) -> None:
    """Nobody is told of Ada: the office, who does not know of her, prints what it sees with the yes of the leader."""
    await fill_school(day)
    office, head = await day.as_(OFFICE), await day.as_(HEAD)
    codes = f"/codes/{day.village.unit('school').id}"

    page = await office.get(codes)
    held = await office.get(f"{codes}/print")
    await ask(office, f"{codes}/print")
    await answer(head)
    paper = await office.get(f"{codes}/print")
    heads = await head.get(f"{codes}/print")

    assert ("data-prints" in page.text, "print-held" in page.text) == (False, True)
    assert "Barn01" not in held.text
    assert "Ingrid Solberg" in says(held)
    assert ("data-prints" in paper.text, "Barn01" in paper.text) == (True, True)
    assert OFFICE not in says(heads)
    assert ADMINISTRATOR in says(heads)


async def test_a_short_list_is_printed_from_its_page(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")

    page = await teacher.get(f"/codes/{day.village.unit('school').id}")

    assert ("data-prints" in page.text, "print-held" in page.text) == (True, False)


async def test_who_is_here_is_printed_at_once_however_many_they_are(day: SchoolDay) -> None:
    await fill_school(day)
    head = await day.as_(HEAD)

    for path in ("/door/{}/here", "/morning/{}", "/diary/{}"):
        seen = await head.get(path.format(day.village.unit("school").id))
        assert ("data-prints" in seen.text, "print-held" in seen.text) == (True, False)
