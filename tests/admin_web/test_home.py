"""*Family day care*, asked over HTTP as browsers do: the day in three taps, the month and its file, the rates; who may know."""

import re
from collections.abc import AsyncIterator
from datetime import date, time
from typing import Any

import pytest

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.people.staff import RoleKind
from hub.school.absences import Reason, report
from hub.school.care_notes import NoteKind
from hub.school.meals import MealKind
from tests.admin_web.hidden_fields import hidden_fields
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.post.outboxes import TEST
from tests.hub.school.home_days import ADMINISTRATOR, ASK, CARER, DEARER, LIVE, MONDAY, SIGNE, HomeDays

LEADER = "Astrid Vik"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.fixture
def home(day: SchoolDay) -> HomeDays:
    home = HomeDays(day.village, day.clock)
    home.at(MONDAY, 8, 30)
    return home


def path(home: HomeDays) -> str:
    return f"/home/{home.unit.id}"


def of(home: HomeDays, child: str) -> str:
    return f"{path(home)}/children/{home.child(child).id}"


async def opens(day: SchoolDay, home: HomeDays) -> Browsing:
    """The carer has taken up her phone."""
    carer = await day.as_(CARER)
    await carer.get(path(home))
    return carer


async def tap(carer: Browsing, home: HomeDays, shown: Seen, done: str, **more: Any) -> Seen:
    """The button for all, as it stood on a page that was shown."""
    address = f"{path(home)}/{done}"
    holding = f'value="{more["meal"]}"' if "meal" in more else ""
    return await carer.post(address, **hidden_fields(shown, address, holding), **more)


async def do(day: SchoolDay, home: HomeDays, child: str, act: str) -> None:
    """Somebody else touches a button of a child's."""
    other = await opens(day, home)
    page = await other.get(path(home))
    await other.post(f"{of(home, child)}/{act}", **hidden_fields(page, f"{of(home, child)}/{act}"))


def said(text: str) -> str:
    """Without marks, and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


@pytest.mark.capability("N-34", "L-11")
async def test_a_usual_day_is_three_taps(day: SchoolDay, home: HomeDays) -> None:
    for name, hours in ((ASK, "8-15"), (LIVE, "8-16"), (SIGNE, "8.15-14")):
        await home.books(name, MONDAY, hours)
    carer = await day.as_(CARER)
    opened = await carer.get("/home")
    assert "<h1>0 av 3 barn er her</h1>" in opened.text
    assert "Alle er her som avtalt Ask, Live og Signe" in said(opened.text)

    came = await tap(carer, home, opened, "came")
    home.at(MONDAY, 11, 40)
    carer = await day.as_(CARER)
    ate = await tap(carer, home, await carer.get(path(home)), "ate", meal="lunch")
    home.at(MONDAY, 16, 20)
    carer = await day.as_(CARER)
    leaving = await carer.get(path(home))
    left = await tap(carer, home, leaving, "left")

    assert "3 barn er ført som her" in came.text
    assert "3 måltider er ført" in ate.text
    assert "Ask 15.00. Live 16.00. Signe 14.00." in said(leaving.text)
    assert "3 barn er ført som gått" in left.text
    assert "<h1>0 av 3 barn er her</h1>" in left.text
    diary = await carer.get(f"/diary/{home.unit.id}")
    for times in ("08.00–15.00", "08.00–16.00", "08.15–14.00"):
        assert times in diary.text


@pytest.mark.capability("N-34")
async def test_each_tap_has_an_undo_on_the_page_that_follows(day: SchoolDay, home: HomeDays) -> None:
    carer = await day.as_(CARER)
    came = await tap(carer, home, await carer.get(path(home)), "came")
    undo = hidden_fields(came, f"{path(home)}/undo")

    undone = await carer.post(f"{path(home)}/undo", **undo)

    assert "Alle er her som avtalt Ask, Live og Signe" in said(undone.text)
    assert "<h1>0 av 3 barn er her</h1>" in undone.text


async def test_a_leaving_of_all_that_is_undone_twice_is_undone_once(day: SchoolDay, home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    carer = await day.as_(CARER)
    left = await tap(carer, home, await carer.get(path(home)), "left")
    undo = hidden_fields(left, f"{path(home)}/undo")

    await carer.post(f"{path(home)}/undo", **undo)
    twice = await carer.post(f"{path(home)}/undo", **undo)

    assert (twice.status, "<h1>1 av 3 barn er her</h1>" in twice.text) == (200, True)


async def test_one_tap_is_about_those_alone_whom_the_page_named(day: SchoolDay, home: HomeDays) -> None:
    """The page was shown at half past eight; Signe is booked from nine, and nobody has seen her."""
    for name, hours in ((ASK, "8-15"), (LIVE, "8-16"), (SIGNE, "9-14")):
        await home.books(name, MONDAY, hours)
    carer = await day.as_(CARER)
    shown = await carer.get(path(home))
    home.at(MONDAY, 9, 5)

    came = await tap(await opens(day, home), home, shown, "came")

    assert "Alle er her som avtalt Ask og Live" in said(shown.text)
    assert "<h1>2 av 3 barn er her</h1>" in came.text
    assert "2 barn er ført som her" in came.text
    assert "Ikke ført" not in came.text


async def test_whom_the_page_named_and_a_tap_leaves_out_is_said_by_name(day: SchoolDay, home: HomeDays) -> None:
    carer = await day.as_(CARER)
    shown = await carer.get(path(home))
    await day.site.desk.work(TEST, report_away, home)

    came = await tap(carer, home, shown, "came")

    assert "<h1>2 av 3 barn er her</h1>" in came.text
    assert "Ikke ført, for noe er endret etter at siden ble vist: Live." in said(came.text)


def report_away(work: Work, home: HomeDays) -> None:
    """A guardian of Live's tells that she is ill."""
    child = work.session.get_one(Child, home.child(LIVE).id)
    report(work, child, [MONDAY], Reason.SICK, told_by="x", told_kind="guardian", trust=Trust.CLAIMED)


async def test_who_came_after_the_page_was_shown_does_not_leave_with_all(day: SchoolDay, home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    carer = await day.as_(CARER)
    shown = await carer.get(path(home))
    await do(day, home, LIVE, "here")

    left = await tap(carer, home, shown, "left")

    assert "<h1>1 av 3 barn er her</h1>" in left.text
    assert "1 barn er ført som gått" in left.text


async def test_who_would_leave_at_another_time_than_the_page_said_is_left_out(day: SchoolDay, home: HomeDays) -> None:
    """When the page was shown its care had not ended; when the button was touched it had."""
    await home.books(ASK, MONDAY, "8-15")
    for name in (ASK, LIVE):
        await home.was_here(name, MONDAY, time(8), None)
    home.at(MONDAY, 14, 50)
    carer = await day.as_(CARER)
    shown = await carer.get(path(home))
    home.at(MONDAY, 15, 10)
    carer = await opens(day, home)

    left = await tap(carer, home, shown, "left")
    again = await tap(carer, home, left, "left")

    assert "Ask nå. Live nå." in said(shown.text)
    assert "Ikke ført, for noe er endret etter at siden ble vist: Ask." in said(left.text)
    assert "<h1>1 av 3 barn er her</h1>" in left.text
    assert "Ask 15.00." in said(left.text)
    assert "<h1>0 av 3 barn er her</h1>" in again.text


async def test_a_meal_for_all_is_of_those_alone_whom_the_page_named(day: SchoolDay, home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    await home.set_rates(date(2025, 1, 1))
    carer = await day.as_(CARER)
    shown = await carer.get(path(home))
    await do(day, home, LIVE, "here")

    ate = await tap(carer, home, shown, "ate", meal="lunch")

    assert "1 måltid er ført" in ate.text


async def test_who_is_here_since_the_night_before_eats_with_all(day: SchoolDay, home: HomeDays) -> None:
    await home.in_shift_care(ASK)
    await home.was_here(ASK, MONDAY, time(18), None)
    await home.set_rates(date(2025, 1, 1))
    tuesday = date(2025, 3, 4)
    home.at(tuesday, 7, 30)
    carer = await day.as_(CARER)

    ate = await tap(carer, home, await carer.get(path(home)), "ate", meal="breakfast")
    home.at(date(2025, 3, 5), 9)
    then = await (await day.as_(CARER)).get(f"{path(home)}?day={tuesday}")

    assert (ate.status, "1 måltid er ført" in ate.text) == (200, True)
    assert "<h1>1 av 3 barn var her</h1>" in then.text


async def test_a_second_touch_of_undo_takes_nothing_more_back(day: SchoolDay, home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    await do(day, home, ASK, "left")
    carer = await day.as_(CARER)
    shown = await carer.get(path(home))
    undo = hidden_fields(shown, f"{of(home, ASK)}/undo")

    await carer.post(f"{of(home, ASK)}/undo", **undo)
    twice = await carer.post(f"{of(home, ASK)}/undo", **undo)

    assert "<h1>1 av 3 barn er her</h1>" in twice.text


async def test_times_that_are_not_those_of_the_children_are_refused(day: SchoolDay, home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    carer = await opens(day, home)

    seen = await carer.post(f"{path(home)}/left", children=[home.child(ASK).id], times=["", "15:00"])

    assert seen.status == 400


async def test_one_child_comes_eats_and_leaves_by_buttons_of_its_own(day: SchoolDay, home: HomeDays) -> None:
    carer = await opens(day, home)

    await carer.post(f"{of(home, ASK)}/here")
    had = await carer.post(f"{of(home, ASK)}/meals", meal="lunch", said="had")
    assert re.search(r'aria-pressed="true">.*Lunsj', had.text)
    special = await carer.post(f"{of(home, ASK)}/meals", meal="lunch", said="special")
    assert "Lunsj: det var ikke spesialkost" in special.text
    not_had = await carer.post(f"{of(home, ASK)}/meals", meal="lunch", said="not")
    assert 'aria-pressed="true"' not in not_had.text
    assert "Ask: lunsj, spesialkost. Solveig Aas, 08.30. Tatt tilbake av Solveig Aas 08.30." in said(not_had.text)
    left = await carer.post(f"{of(home, ASK)}/left")
    assert "<h1>0 av 3 barn er her</h1>" in left.text
    back = await carer.post(f"{of(home, ASK)}/undo", shown="left")
    assert "<h1>1 av 3 barn er her</h1>" in back.text


async def test_a_meal_of_a_child_who_was_not_here_is_refused_in_words(day: SchoolDay, home: HomeDays) -> None:
    carer = await opens(day, home)

    seen = await carer.post(f"{of(home, ASK)}/meals", meal="lunch", said="had")

    assert (seen.status, "Før først at det var her" in seen.text) == (422, True)


async def test_the_food_of_a_child_is_read_by_whoever_looks_after_it(day: SchoolDay, home: HomeDays) -> None:
    await home.has_note(LIVE, NoteKind.FOOD, "uten gluten")
    carer = await day.as_(CARER)

    seen = await carer.get(path(home))

    assert "Spesialkost: uten gluten" in said(seen.text)


async def test_a_forgotten_meal_of_yesterday_is_told_on_its_own_day(day: SchoolDay, home: HomeDays) -> None:
    friday = date(2025, 2, 28)
    await home.was_here(ASK, friday, time(8), time(15))
    carer = await day.as_(CARER)
    shown = await carer.get(f"{path(home)}?day={friday}")
    assert "<h1>1 av 3 barn var her</h1>" in shown.text
    assert "For alle" not in shown.text

    await carer.post(f"{of(home, ASK)}/meals", meal="lunch", said="had", day=friday.isoformat())

    month = await carer.get(f"{path(home)}/month?day={friday}")
    assert "lunsj" in month.text
    assert (await carer.get(f"{path(home)}?day=2025-01-31")).status == 404
    assert (await carer.get(f"{path(home)}?day=2025-03-04")).status == 404


@pytest.mark.capability("W-28", "N-34")
async def test_the_month_is_lines_with_sums_under_the_rates_of_their_days(day: SchoolDay, home: HomeDays) -> None:
    await a_month(home)
    carer = await day.as_(CARER)

    seen = await carer.get(f"{path(home)}/month?day=2025-03-01")

    text = said(seen.text)
    assert "<h1>Mars 2025: 30,57 kr</h1>" in seen.text
    assert "Solveig Aas · Satser fra 1. januar 2025" in text
    assert "Solveig Aas · Satser fra 5. mars 2025" in text
    assert "Lunsj, under 3 år 1 3,33 kr 3,33 kr" in text
    assert "Lunsj, fra 3 år 1 4,44 kr 4,44 kr" in text
    assert "Spesialkost, lunsj, under 3 år 1 1,00 kr 1,00 kr" in text
    assert "Deler av dager, andre utgifter, 2 t 30 min 1 7,00 kr 3,50 kr" in text
    assert "lunsj 3,33 + spesialkost 1,00" in text.replace("del av dag 7,97 + ", "")


async def a_month(home: HomeDays) -> None:
    """Ask is two until April, Live is three: two days by one set of rates, one by the next."""
    await home.set_rates(date(2025, 1, 1))
    await home.set_rates(date(2025, 3, 5), DEARER)
    await home.was_here(ASK, MONDAY, time(8), time(15))
    await home.was_here(LIVE, MONDAY, time(9), time(11, 30))
    await home.was_here(ASK, date(2025, 3, 5), time(8), time(12, 59))
    home.at(date(2025, 3, 6), 9)
    await home.ate(MONDAY, MealKind.LUNCH, ASK, LIVE)
    await home.ate(date(2025, 3, 5), MealKind.LUNCH, ASK, is_special=True)


@pytest.mark.capability("W-28")
async def test_the_month_is_a_file_for_whoever_proves_it_is_them(day: SchoolDay, home: HomeDays) -> None:
    await a_month(home)
    fresh, stale = await day.as_(CARER), await day.as_(CARER, fresh=False)

    lines = await fresh.get(f"{path(home)}/month/lines.csv?day=2025-03-01")
    days = await fresh.get(f"{path(home)}/month/days.csv?day=2025-03-01")
    refused = await stale.get(f"{path(home)}/month/lines.csv?day=2025-03-01")

    assert lines.headers["Content-Disposition"] == 'attachment; filename="reimbursement-2025-03.csv"'
    rows = lines.text.removeprefix("\ufeff").splitlines()
    assert rows[1:4] == [
        '"Hos Solveig","Solveig Aas","2025-01-01","meal","lunch","0","3","1","","3.33","3.33"',
        '"Hos Solveig","Solveig Aas","2025-01-01","meal","lunch","3","","1","","4.44","4.44"',
        '"Hos Solveig","Solveig Aas","2025-01-01","whole_day","","","","1","","7.00","7.00"',
    ]
    assert '"Ask Kvam","2025-03-05","299","lunch","lunch","2025-03-05","12.30",""' in days.text
    assert "3.33" not in refused.text
    assert refused.path.startswith("/sign-in/fresh")


async def test_what_cannot_be_reckoned_is_said_with_its_day(day: SchoolDay, home: HomeDays) -> None:
    await home.was_here(ASK, MONDAY, time(8), None)
    carer = await day.as_(CARER)

    seen = await carer.get(f"{path(home)}/month")

    assert "1 dag er ikke helt regnet" in seen.text
    assert "Ingen satser gjelder denne dagen." in seen.text
    assert "<h1>Mars 2025: 0,00 kr</h1>" in seen.text


async def test_whoever_leads_several_homes_sees_them_all_with_their_sums(day: SchoolDay, home: HomeDays) -> None:
    await a_month(home)
    await home.give_role(LEADER, RoleKind.LEADER)
    other = await home.add_home("Hos Berit")
    await home.give_role(LEADER, RoleKind.LEADER, unit_id=other)
    leader = await day.as_(LEADER)

    seen = await leader.get(f"{path(home)}/month?day=2025-03-01")
    file = await leader.get(f"{path(home)}/month/homes.csv?day=2025-03-01")

    assert "Hos Solveig Hvem Solveig Aas Sum 30,57 kr" in said(re.sub(r'data-label="(\w+)"><', r">\1 <", seen.text))
    assert "Hos Berit" in seen.text
    assert '"Hos Solveig"' in file.text


@pytest.mark.parametrize(
    ("who", "kind", "may"),
    [
        (LEADER, RoleKind.LEADER, True),
        (LEADER, None, False),
        ("Per Haugen", RoleKind.OFFICE, False),
        (ADMINISTRATOR, None, False),
    ],
)
async def test_a_home_is_open_to_its_carer_and_its_leader_alone(
    day: SchoolDay, home: HomeDays, who: str, kind: RoleKind | None, may: bool
) -> None:
    if kind is not None:
        await home.give_role(who, kind)
    browser = await day.as_(who)

    got = [
        (await browser.get(f"{path(home)}{more}")).status
        for more in ("", "/month", "/month/lines.csv", "/month/homes.csv", "/month/days.csv")
    ]

    assert set(got) == ({200} if may else {404})


async def test_a_unit_of_another_kind_is_no_home(day: SchoolDay, home: HomeDays) -> None:
    leader = await day.as_(LEADER)
    preschool = day.village.unit("preschool").id

    assert (await leader.get(f"/home/{preschool}")).status == 404
    assert (await leader.get("/home")).status == 404
    assert (await leader.get("/home-rates")).status == 404


@pytest.mark.capability("W-28")
async def test_an_administrator_sets_rates_that_hold_from_a_day(day: SchoolDay, home: HomeDays) -> None:
    administrator, carer = await day.as_(ADMINISTRATOR), await day.as_(CARER)
    empty = await administrator.get("/home-rates")
    assert "<h1>Ingen satser gjelder ennå</h1>" in empty.text

    saved = await administrator.post("/home-rates", **RATES_TYPED)
    seen = await carer.get("/home-rates")

    assert "<h1>Satsene fra 1. januar 2025 gjelder i dag</h1>" in saved.text
    assert "Frokost: under 3 år 1,11 kr, fra 3 år 2,22 kr" in said(seen.text)
    assert (
        "En dag på 5 t eller mer er en hel dag. En kortere dag dekkes etter tiden. Spesialkost legger 30 %" in seen.text
    )
    assert '<form class="form card"' not in seen.text
    refused = await carer.post("/home-rates", **RATES_TYPED)
    assert refused.status == 404


RATES_TYPED: dict[str, Any] = {
    "from_day": "2025-01-01",
    "ages": "3",
    "breakfast": "1,11 2.22",
    "lunch": "3,33 4,44",
    "other": "7",
    "whole_hours": "5",
    "part": "by_time",
    "diet_percent": "30",
}


async def test_what_was_typed_wrong_stays_in_the_form_and_nothing_is_kept(day: SchoolDay, home: HomeDays) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/home-rates")

    for wrong in ({"lunch": "3,33"}, {"ages": "6 3"}, {"other": "sju"}, {"whole_hours": "0"}, {"whole_hours": "25"}):
        seen = await administrator.post("/home-rates", **(RATES_TYPED | wrong))
        ((_, typed),) = wrong.items()
        assert (seen.status, f'value="{typed}"' in seen.text) == (422, True)

    assert "Ingen satser gjelder ennå" in (await administrator.get("/home-rates")).text


async def test_rates_that_were_wrong_are_removed_and_stay_to_be_read(day: SchoolDay, home: HomeDays) -> None:
    row = await home.set_rates(date(2025, 1, 1))
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/home-rates")

    seen = await administrator.post("/home-rates/drop", rates_id=row)

    assert "Ingen satser gjelder ennå" in seen.text
    assert "Gjelder ikke lenger: Tora Myklebust" in seen.text


async def test_the_way_to_the_home_stands_on_its_morning_and_diary(day: SchoolDay, home: HomeDays) -> None:
    carer = await day.as_(CARER)

    for page in ("morning", "diary"):
        assert f'href="{path(home)}"' in (await carer.get(f"/{page}/{home.unit.id}")).text
