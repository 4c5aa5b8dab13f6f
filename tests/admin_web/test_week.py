"""*Week*, asked over HTTP as browsers do: what each sees of the booked week, and what they may change."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Block
from hub.school.care_plans import list_expected
from tests.admin_web.booked_week import BOOKED, book_a_week
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Seen
from tests.admin_web.test_exports import ADMINISTRATOR, answer, ask
from tests.hub.post.outboxes import TEST
from tests.village import SAARELA

RULES: dict[str, Any] = {
    "lock_weeks": "1",
    "lock_weekday": "2",
    "lock_at": "18:00",
    "asks": "yes",
    "ask_days": "3",
    "ask_at": "17:00",
    "remind_days": "1",
    "remind_at": "17:00",
    "over": "warn",
    "ratios": "3: 2\n99: 3",
    "fee_steps": "85: liten\n744: stor",
}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def week(day: SchoolDay, owner: str = "fjordvik") -> str:
    return f"/week/{day.village.unit('preschool', owner).id}"


def child_at(day: SchoolDay, name: str) -> str:
    return f"{week(day)}/children/{day.village.child(name).id}"


def row_of(seen: Seen, day: SchoolDay, name: str) -> str:
    """The row of the diary, as text."""
    return seen.text.partition(f'id="c-{day.village.child(name).id}"')[2].partition("</tr>")[0]


async def test_the_week_opens_with_how_many_come_and_what_is_missing(day: SchoolDay) -> None:
    await book_a_week(day)
    leader = await day.as_("Astrid Vik")

    seen = await leader.get(f"{week(day)}?day=2025-03-19")

    assert "<h1>Uke 12: opptil 7 barn, det trengs 2 voksne</h1>" in seen.text
    assert "2 barn mangler tider. 1 barn har foresatte som er uenige. Uka låses mandag 10. mars kl. 12.00." in seen.text
    assert "Noah Bakken, tir. 18. mars: foresatte er uenige. Marte Bakken: 7.30-15.30. Lars Bakken: 9-15." in seen.text
    assert "Lene Berg, 07.12" in row_of(seen, day, "Mathias Berg")
    assert "Over vedtatt" in row_of(seen, day, "Filip Nowak")


async def test_staff_book_for_a_family_and_their_word_ends_a_quarrel(day: SchoolDay) -> None:
    await book_a_week(day)
    teacher = await day.as_("Mette Strand")
    await teacher.get(f"{child_at(day, 'Noah Bakken')}?day={BOOKED}")

    seen = await teacher.post(
        f"{child_at(day, 'Noah Bakken')}/book",
        day=str(BOOKED),
        day0="7.30-15.30",
        day1="9-15",
        day2="-",
        day3="8-12, 13-16",
    )

    row = row_of(seen, day, "Noah Bakken")
    assert "foresatte er uenige" not in seen.text
    for said in ("7.30-15.30", "9-15", "fri", "8-12 + 13-16", "ikke meldt", "Mette Strand, 07.12", "Marte Bakken"):
        assert said in row
    (kept,) = await day.audited("care_time.book", "Mette Strand")
    assert kept.ids[0] == day.village.child("Noah Bakken").id


@pytest.mark.parametrize(("typed", "why"), [("åtte", "ble ikke forstått"), ("8-12, 11-14", "overlapper")])
async def test_hours_that_make_no_sense_change_nothing_and_stay_in_the_form(
    day: SchoolDay, typed: str, why: str
) -> None:
    teacher = await day.as_("Mette Strand")
    await teacher.get(child_at(day, "Noah Bakken"))

    seen = await teacher.post(f"{child_at(day, 'Noah Bakken')}/book", day=str(BOOKED), day0="8-16", day1=typed)

    assert seen.status == 422
    assert why in seen.text
    assert f'value="{typed}"' in seen.text
    assert await day.audited("care_time.book", "Mette Strand") == []


async def test_a_base_week_and_decided_hours_are_set_on_the_child_s_page(day: SchoolDay) -> None:
    leader = await day.as_("Astrid Vik")
    path = child_at(day, "Noah Bakken")
    await leader.get(path)
    lars = day.village.guardian("Lars Bakken").id

    await leader.post(f"{path}/base", day=str(BOOKED), day0="8-16", day4="-", guardian=lars, every="2")
    seen = await leader.post(
        f"{path}/hours", day=str(BOOKED), hours="120", per="month", shift="none", from_day="2025-03-01"
    )

    assert "Booket 16 av 120 timer denne måneden." in seen.text
    assert "annenhver uke" in seen.text
    shown = await leader.get(f"{week(day)}?day={BOOKED}")
    assert "8-16" in row_of(shown, day, "Noah Bakken")


@pytest.mark.capability("L-04")
async def test_a_week_is_booked_day_by_day_and_repeated_for_the_weeks_ahead(day: SchoolDay) -> None:
    teacher = await day.as_("Mette Strand")
    path = child_at(day, "Noah Bakken")
    await teacher.get(path)
    await teacher.post(f"{path}/book", day=str(BOOKED), day0="7-9, 14-16", day1="8-16", day2="-")

    await teacher.post(f"{path}/repeat", day=str(BOOKED), weeks="2")
    weeks = [await teacher.get(f"{week(day)}?day={BOOKED + timedelta(weeks=n)}") for n in range(4)]

    rows = [row_of(seen, day, "Noah Bakken") for seen in weeks]
    for row in rows[:3]:
        assert all(said in row for said in ("7-9 + 14-16", "8-16", "fri", "Mette Strand, 07.12"))
    assert "7-9" not in rows[3]


async def test_a_week_is_not_repeated_for_longer_than_a_term_and_not_by_a_stranger(day: SchoolDay) -> None:
    teacher, stranger = await day.as_("Mette Strand"), await day.as_("Kari Lunde")
    path = child_at(day, "Noah Bakken")
    await teacher.get(path)
    await stranger.get("/morning")

    too_long = await teacher.post(f"{path}/repeat", day=str(BOOKED), weeks="13")
    refused = await stranger.post(f"{path}/repeat", day=str(BOOKED), weeks="1")

    assert (too_long.status, refused.status) == (400, 404)


async def test_the_day_of_the_hand_over_says_which_home_fetches(day: SchoolDay) -> None:
    leader = await day.as_("Astrid Vik")
    path = child_at(day, "Noah Bakken")
    await leader.get(path)
    for who, at in (("Marte Bakken", BOOKED), ("Lars Bakken", BOOKED + timedelta(weeks=1))):
        own = day.village.guardian(who).id
        await leader.post(
            f"{path}/base", day=str(at), day0="8-16", day4="8-16", guardian=own, every="2", hands_over="4"
        )

    seen = await leader.get(f"{path}?day={BOOKED}")

    assert seen.text.count("barnet bytter hjem") == 1
    assert "Hentes av Lars Bakken: barnet bytter hjem den dagen." in seen.text


async def test_whoever_is_blocked_from_the_child_is_not_said_to_fetch_it_and_their_own_weeks_count_no_more(
    day: SchoolDay,
) -> None:
    leader = await day.as_("Astrid Vik")
    path, lars = child_at(day, "Noah Bakken"), day.village.guardian("Lars Bakken").id
    await leader.get(path)
    for who, at in (("Marte Bakken", BOOKED), ("Lars Bakken", BOOKED + timedelta(weeks=1))):
        own = day.village.guardian(who).id
        await leader.post(
            f"{path}/base", day=str(at), day0="8-16", day1="-", day4="8-16", guardian=own, every="2", hands_over="4"
        )

    def block(work: Work) -> None:
        work.session.add(
            Block(
                id=work.new_id(),
                owner_id=day.village.owner().id,
                guardian_id=lars,
                child_id=day.village.child("Noah Bakken").id,
                reason="test",
                set_by=day.village.staff("Astrid Vik").id,
                set_at=work.now,
            )
        )

    def is_off(look: Look) -> bool:
        expected = list_expected(look, day.village.unit("preschool"), BOOKED + timedelta(days=8))
        return day.village.child("Noah Bakken").id in expected

    before = await day.site.desk.look(TEST, is_off)
    await day.site.desk.work(TEST, block)
    seen = await leader.get(f"{path}?day={BOOKED}")

    assert before
    assert "barnet bytter hjem" not in seen.text
    assert not await day.site.desk.look(TEST, is_off)


@pytest.mark.parametrize("who", ["Erik Johansson", "Kari Lunde", "Tuula Heikkinen"])
async def test_whom_the_reach_does_not_cover_cannot_be_seen_or_booked(day: SchoolDay, who: str) -> None:
    await book_a_week(day)
    stranger = await day.as_(who, SAARELA if who == "Tuula Heikkinen" else "fjordvik")
    seen = await stranger.get(f"{week(day)}?day={BOOKED}")
    await stranger.get("/morning")

    refused = await stranger.post(f"{child_at(day, 'Noah Bakken')}/book", day=str(BOOKED), day0="8-16")

    assert "Noah" not in seen.text
    assert refused.status == 404
    assert seen.status == (200 if who == "Erik Johansson" else 404)


async def test_a_teacher_decides_no_hours_and_sets_no_rules_and_the_leader_does(day: SchoolDay) -> None:
    teacher, leader = await day.as_("Mette Strand"), await day.as_("Astrid Vik")
    path = child_at(day, "Noah Bakken")
    hours: dict[str, Any] = {
        "day": str(BOOKED),
        "hours": "120",
        "per": "month",
        "shift": "none",
        "from_day": "2025-03-01",
    }

    page = await teacher.get(path)
    refused = await teacher.post(f"{path}/hours", **hours)
    rules = await teacher.get(f"{week(day)}/rules")
    await leader.get(path)
    done = await leader.post(f"{path}/hours", **hours)

    assert ("Vedtatte timer" in page.text, "Vedtatte timer" in done.text) == (False, True)
    assert (refused.status, rules.status, done.status) == (404, 404, 200)
    assert (await leader.get(f"{week(day)}/rules")).status == 200


async def test_rules_show_what_they_change_before_they_hold(day: SchoolDay) -> None:
    await book_a_week(day)
    leader = await day.as_("Astrid Vik")
    await leader.get(f"{week(day)}/rules")

    preview = await leader.post(f"{week(day)}/rules", **RULES)

    assert "Uke 12 låses ons. 12. mars kl. 18.00." in preview.text
    assert "blir spurt søn. 9. mars kl. 17.00 og minnet tir. 11. mars kl. 17.00" in preview.text
    assert "trengs opptil 3 voksne, med reglene fra før 2" in preview.text
    assert await day.audited("care_rules.set", "Astrid Vik") == []

    saved = await leader.post(f"{week(day)}/rules", **RULES, sure="yes")

    assert saved.path == week(day)
    assert len(await day.audited("care_rules.set", "Astrid Vik")) == 1
    assert "Uka låses onsdag 5. mars kl. 18.00" in (await leader.get(f"{week(day)}?day=2025-03-10")).text


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"remind_days": "0", "remind_at": "19:00"}, "etter låsen"),
        ({"ratios": "tre: fire"}, "Linjene ble ikke forstått"),
        ({"ratios": " "}, "Linjene ble ikke forstått"),
        ({"fee_steps": "85"}, "Linjene ble ikke forstått"),
    ],
)
async def test_rules_that_make_no_sense_are_explained_and_not_kept(
    day: SchoolDay, changed: dict[str, str], why: str
) -> None:
    leader = await day.as_("Astrid Vik")
    await leader.get(f"{week(day)}/rules")

    seen = await leader.post(f"{week(day)}/rules", **{**RULES, **changed}, sure="yes")

    assert seen.status == 422
    assert why in seen.text
    assert await day.audited("care_rules.set", "Astrid Vik") == []


@pytest.mark.capability("L-06")
async def test_the_week_is_exported_for_shift_planning_with_fresh_proof(day: SchoolDay) -> None:
    await book_a_week(day)
    stale, leader = await day.as_("Astrid Vik", fresh=False), await day.as_("Astrid Vik")

    asked = await stale.get(f"{week(day)}/quarters.csv?day={BOOKED}", follow=False)
    await ask(leader, f"{week(day)}/quarters.csv?day={BOOKED}")
    await answer(await day.as_(ADMINISTRATOR))
    quarters = await leader.get(f"{week(day)}/quarters.csv?day={BOOKED}")
    bookings = await leader.get(f"{week(day)}/bookings.csv?day={BOOKED}")

    assert asked.status == 303
    assert asked.headers["Location"].startswith("/sign-in/fresh")
    lines = quarters.text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    assert lines[0] == '"day","from","to","children","adults"'
    assert '"2025-03-17","09:00","09:15","7","2"' in lines
    assert '"2025-03-17","12:00","12:15","6","1"' in lines
    assert quarters.headers["Content-Disposition"] == 'attachment; filename="quarters-2025-W12.csv"'
    assert '"2025-03-21","Blåbær","Sol Engebretsen","off","","Vilde Engebretsen"' in bookings.text
    assert '"2025-03-18","Blåbær","Noah Bakken","clash","07:30-15:30","Marte Bakken"' in bookings.text


async def test_whoever_has_no_unit_that_books_is_told_why_there_is_nothing_and_is_not_led_there(day: SchoolDay) -> None:
    teacher, leader = await day.as_("Kari Lunde"), await day.as_("Astrid Vik")

    seen = await teacher.get("/week")

    way = '<a href="/week"'
    assert "Ingen av enhetene dine booker omsorgstid" in seen.text
    assert way not in seen.text
    assert way in (await leader.get("/morning")).text


HOLIDAY: dict[str, Any] = {
    "name": "påskeuka",
    "first": "2025-04-14",
    "last": "2025-04-16",
    "asks": "2025-03-03",
    "closes": "2025-03-20",
    "unanswered": "off",
}


async def test_a_leader_plans_a_holiday_question_and_sees_what_came_of_it(day: SchoolDay) -> None:
    leader = await day.as_("Astrid Vik")
    await leader.get(f"{week(day)}/holidays")

    seen = await leader.post(f"{week(day)}/holidays", **HOLIDAY)

    assert "0 av 9 barn har svar. Sendes i dag, frist tor. 20. mars kl. 18.00. Uten svar: fri." in seen.text
    assert len(await day.audited("holiday.ask", "Astrid Vik")) == 1


@pytest.mark.parametrize("changed", [{"closes": "2025-04-10"}, {"last": "2025-04-01"}, {"asks": "2025-03-25"}])
async def test_holiday_dates_that_do_not_follow_each_other_are_refused(day: SchoolDay, changed: dict[str, str]) -> None:
    leader, teacher = await day.as_("Astrid Vik"), await day.as_("Mette Strand")
    await leader.get(f"{week(day)}/holidays")

    seen = await leader.post(f"{week(day)}/holidays", **{**HOLIDAY, **changed})

    assert seen.status == 422
    assert "Datoene henger ikke sammen" in seen.text
    assert (await teacher.get(f"{week(day)}/holidays")).status == 404


async def test_questions_and_rules_that_reach_every_family_take_fresh_proof(day: SchoolDay) -> None:
    stale = await day.as_("Astrid Vik", fresh=False)
    await stale.get(f"{week(day)}/holidays")

    await stale.post(f"{week(day)}/holidays", **HOLIDAY)
    await stale.post(f"{week(day)}/rules", **RULES, sure="yes")

    assert await day.audited("holiday.ask", "Astrid Vik") == []
    assert await day.audited("care_rules.set", "Astrid Vik") == []
