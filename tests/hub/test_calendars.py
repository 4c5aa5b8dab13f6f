"""When a unit is open: weekends, public holidays, and what its owner says of its days."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.asker import operator_asker
from hub.calendars import (
    ClosedDay,
    ClosedDays,
    Ground,
    close,
    is_open,
    list_closed,
    list_open_days,
    list_own_days,
    list_public_holidays,
    may_wait,
    reopen,
)
from hub.clock import StoppedClock
from hub.desk import Look
from hub.people.places import Unit
from hub.register.changes import Kind
from hub.register.loading import apply, compare
from hub.register.reading import RegisterError
from tests.hub.register.sheets import Cells, Sheet
from tests.village import SAARELA, Village

TEST = operator_asker("test")
AUTUMN_BREAK = {"id": "autumn", "from": "2025-10-06", "to": "2025-10-10", "name": "Høstferie", "unit_kind": "school"}


async def load(village: Village, folder: Path, *rows: Cells) -> Any:
    register = Sheet({"closed_days": [{"owner": "fjordvik", **row} for row in rows]}).read(folder)
    return await village.desk.work(TEST, apply, register)


async def open_days(village: Village, unit: Unit, *days: date) -> list[date]:
    return await village.desk.look(TEST, list_open_days, unit, days)


async def test_a_weekend_and_the_holidays_of_the_country_are_closed(village: Village) -> None:
    school, kielo = village.unit("school"), village.unit("preschool", SAARELA)

    closed = await village.desk.look(TEST, list_closed, school, date(2025, 5, 16), date(2025, 5, 19))
    finnish = await village.desk.look(TEST, list_closed, kielo, date(2025, 12, 24), date(2025, 12, 24))

    assert list(closed.values()) == [
        ClosedDay(date(2025, 5, 17), Ground.PUBLIC, "Grunnlovsdag"),
        ClosedDay(date(2025, 5, 18), Ground.WEEKEND),
    ]
    assert finnish == {date(2025, 12, 24): ClosedDay(date(2025, 12, 24), Ground.PUBLIC, "Jouluaatto")}
    assert await village.desk.look(TEST, is_open, kielo, date(2025, 5, 1)) is False
    assert await village.desk.look(TEST, is_open, school, date(2025, 12, 24)) is True


def test_every_country_has_its_own_eves_and_aland_its_own_day() -> None:
    sweden = list_public_holidays("SE", "Europe/Stockholm", "sv", 2027)
    aland = list_public_holidays("FI", "Europe/Mariehamn", "sv", 2027)
    finland = list_public_holidays("FI", "Europe/Helsinki", "fi", 2027)

    assert sweden[date(2027, 6, 25)] == "Midsommarafton"
    assert date(2027, 12, 24) in sweden
    assert aland[date(2027, 6, 9)] == "Ålands självstyrelsedag"
    assert date(2027, 6, 9) not in finland
    assert list_public_holidays("ZZ", "UTC", "nb", 2027) == {}


def test_names_do_not_follow_the_setting_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    list_public_holidays.cache_clear()
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    assert list_public_holidays("NO", "Europe/Oslo", "nn", 2031)[date(2031, 4, 11)] == "Langfredag"
    assert list_public_holidays("NO", "Europe/Oslo", "en", 2031)[date(2031, 4, 11)] == "Good Friday"


async def test_a_holiday_of_the_schools_leaves_the_club_open(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, AUTUMN_BREAK)
    tuesday = date(2025, 10, 7)

    assert await open_days(village, village.unit("school"), tuesday, date(2025, 10, 13)) == [date(2025, 10, 13)]
    assert await open_days(village, village.unit("club"), tuesday) == [tuesday]
    assert await open_days(village, village.unit("preschool"), tuesday) == [tuesday]


async def test_what_is_said_of_one_unit_outranks_its_kind_and_that_outranks_all(
    village: Village, tmp_path: Path
) -> None:
    day = date(2025, 10, 7)
    everybody = {"id": "all", "from": "2025-10-07", "name": "Stengt"}
    preschools = {"id": "pre", "from": "2025-10-07", "name": "Åpent", "unit_kind": "preschool", "open": True}
    one = {"id": "one", "from": "2025-10-07", "name": "Planleggingsdag", "unit": "preschool"}

    await load(village, tmp_path, everybody, preschools)
    assert await open_days(village, village.unit("preschool"), day) == [day]
    assert await open_days(village, village.unit("school"), day) == []

    await load(village, tmp_path, everybody, preschools, one)
    assert await open_days(village, village.unit("preschool"), day) == []


async def test_a_saturday_may_be_a_school_day_and_a_day_within_a_break_too(village: Village, tmp_path: Path) -> None:
    saturday, within = date(2025, 10, 11), date(2025, 10, 9)
    opened = {"id": "sat", "from": "2025-10-11", "name": "Skoledag", "unit_kind": "school", "open": True}

    await load(village, tmp_path, AUTUMN_BREAK, opened, {**opened, "id": "thu", "from": "2025-10-09"})

    assert await open_days(village, village.unit("school"), saturday, within) == [within, saturday]


async def test_closed_days_of_one_owner_say_nothing_of_another(village: Village, tmp_path: Path) -> None:
    await load(village, tmp_path, {"id": "all", "from": "2025-10-07", "name": "Stengt"})

    assert await open_days(village, village.unit("preschool", SAARELA), date(2025, 10, 7)) == [date(2025, 10, 7)]


async def test_a_row_that_the_register_drops_is_gone_and_one_of_a_page_stays(village: Village, tmp_path: Path) -> None:
    school = village.unit("school")
    planning = {"id": "plan", "from": "2025-11-03", "name": "Planleggingsdag"}
    await load(village, tmp_path, AUTUMN_BREAK, planning)
    await village.desk.work(TEST, close, school, date(2025, 11, 4), date(2025, 11, 4), "Strømbrudd", "s-1")

    changes = await load(village, tmp_path, AUTUMN_BREAK)

    assert [(change.id, change.kind) for change in changes.rows] == [("plan", Kind.ENDED)]
    kept = await village.desk.look(TEST, list_own_days, school, date(2025, 3, 3))
    assert [row.name for row in kept] == ["Høstferie", "Strømbrudd"]
    assert await open_days(village, school, date(2025, 11, 3), date(2025, 11, 4)) == [date(2025, 11, 3)]


async def test_loading_the_calendar_again_changes_nothing_and_a_moved_break_is_one_change(
    village: Village, tmp_path: Path
) -> None:
    await load(village, tmp_path, AUTUMN_BREAK)

    assert (await load(village, tmp_path, AUTUMN_BREAK)).rows == []
    moved = await load(village, tmp_path, {**AUTUMN_BREAK, "from": "2025-09-29", "to": "2025-10-03"})

    assert [(change.kind, set(change.what)) for change in moved.rows] == [(Kind.CHANGED, {"from_day", "to_day"})]
    assert await open_days(village, village.unit("school"), date(2025, 10, 7)) == [date(2025, 10, 7)]


async def test_only_what_a_page_made_for_this_unit_is_taken_back_on_a_page(village: Village, tmp_path: Path) -> None:
    school, club = village.unit("school"), village.unit("club")
    await load(village, tmp_path, {"id": "one", "from": "2025-11-03", "name": "Planleggingsdag", "unit": "school"})
    made = await village.desk.work(TEST, close, school, date(2025, 11, 4), date(2025, 11, 4), "Strømbrudd", "s-1")
    loaded_id = await village.desk.look(TEST, find_id, "one")

    assert await village.desk.work(TEST, reopen, club, made.id) is False
    assert await village.desk.work(TEST, reopen, school, loaded_id) is False
    assert await village.desk.work(TEST, reopen, school, made.id) is True
    assert await open_days(village, school, date(2025, 11, 3), date(2025, 11, 4)) == [date(2025, 11, 4)]


def find_id(look: Look, source_id: str) -> str:
    return look.session.scalars(sa.select(ClosedDays.id).where(ClosedDays.source_id == source_id)).one()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({**AUTUMN_BREAK, "to": "2025-10-01"}, "In closed_days autumn, the row ends before it begins."),
        (
            {**AUTUMN_BREAK, "unit": "school"},
            "In closed_days autumn, the row names both a unit and a kind of unit.",
        ),
        ({"id": "autumn", "name": "Høstferie"}, "In closed_days autumn, from is missing."),
    ],
)
async def test_a_row_that_cannot_be_meant_is_refused(tmp_path: Path, row: Cells, sentence: str) -> None:
    with pytest.raises(RegisterError) as caught:
        Sheet({"closed_days": [row]}).read(tmp_path)

    assert caught.value.sentences == (sentence,)


async def test_a_row_of_an_unknown_unit_stops_the_load(village: Village, tmp_path: Path) -> None:
    sheet = Sheet({"closed_days": [{"owner": "fjordvik", "id": "x", "from": "2025-10-07", "name": "X", "unit": "no"}]})

    with pytest.raises(RegisterError) as caught:
        await village.desk.look(TEST, compare, sheet.read(tmp_path))

    assert caught.value.sentences == ("In closed_days x, unit is not known.",)


async def test_a_year_ends_like_any_other_span(village: Village) -> None:
    closed = await village.desk.look(TEST, list_closed, village.unit("school"), date(2025, 12, 31), date(2026, 1, 2))

    assert list(closed) == [date(2026, 1, 1)]


@pytest.mark.parametrize(
    ("today", "until", "waits"),
    [
        (date(2025, 12, 23), None, False),
        (date(2025, 12, 24), None, True),
        (date(2025, 12, 27), None, True),
        (date(2025, 12, 29), None, False),
        (date(2025, 12, 25), date(2026, 1, 12), True),
        (date(2025, 12, 25), date(2025, 12, 29), True),
        (date(2025, 12, 27), date(2025, 12, 29), False),
        (date(2025, 12, 26), date(2025, 12, 27), False),
        (date(2025, 11, 22), None, False),
        (date(2026, 5, 17), date(2026, 5, 18), False),
    ],
)
async def test_what_can_wait_waits_over_a_feast_unless_its_time_would_pass(
    village: Village, clock: StoppedClock, today: date, until: date | None, waits: bool
) -> None:
    clock.jump(datetime(today.year, today.month, today.day, 11, tzinfo=UTC))
    deadline = None if until is None else datetime(until.year, until.month, until.day, 11, tzinfo=UTC)

    assert await village.desk.look(TEST, may_wait, village.unit("club"), deadline) is waits
