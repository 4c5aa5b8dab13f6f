"""A row that was drawn before is shown again only where everything that goes into it is the same, and is not kept for long."""

import asyncio
import string
from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from admin_web.drawing import our_drawing
from admin_web.kept_rows import TOKEN_PLACE, Draw, KeptRows
from admin_web.staff.diary_rows import RowSaid
from admin_web.staff.hours_rows import RowSaid as MonthSaid
from hub.clock import StoppedClock
from hub.words import Words
from tests.admin_web.booked_week import book_a_week
from tests.admin_web.school_day import run_school_day

TOKEN = "0" * 64
DIARY, HOURS = "staff/diary_row.j2", "staff/hours_row.j2"
GIVEN: dict[str, dict[str, Hashable]] = {
    DIARY: {"path": "/diary/u", "group_id": "g", "chosen": None},
    HOURS: {"path": "/hours/u", "first": date(2025, 3, 1)},
}
TEXT = st.text(string.ascii_letters + "<&'\"åø ", max_size=4)
DIARY_ROWS = st.builds(
    RowSaid, TEXT, TEXT, TEXT, st.booleans(), st.sampled_from(["here", "late", "away", "unheard"]), TEXT, TEXT, TEXT, TEXT,
    TEXT, st.booleans(), st.sampled_from(["", "left", "undo", "here"]), TEXT,
)  # fmt: skip
HOURS_ROWS = st.builds(MonthSaid, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT)


def draw(
    template: str, kept: KeptRows, rows: list[RowSaid] | list[MonthSaid], language: str = "nb", token: str = TOKEN
) -> str:
    return our_drawing().draw_rows(template, kept, rows, Words(language), token, **GIVEN[template])


def in_loop(check: Callable[[], None]) -> None:
    """Rows are drawn in a loop, by whose clock they are dropped."""

    async def run() -> None:
        check()

    asyncio.run(run())


@pytest.mark.parametrize(("template", "drawn"), [(DIARY, DIARY_ROWS), (HOURS, HOURS_ROWS)])
def test_what_is_kept_is_what_would_be_drawn_afresh_whatever_was_drawn_before(
    template: str, drawn: st.SearchStrategy[RowSaid | MonthSaid]
) -> None:
    kept = KeptRows()

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.lists(drawn, max_size=4), st.sampled_from(["nb", "sv", "fi", "en"])), max_size=4))
    def hold(pages: list[tuple[list[RowSaid], str]]) -> None:
        def check() -> None:
            for rows, language in pages:
                afresh = draw(template, KeptRows(), rows, language)
                assert draw(template, kept, rows, language) == afresh

        in_loop(check)

    hold()


def test_a_token_is_each_session_s_own_and_is_kept_for_nobody() -> None:
    kept = KeptRows()
    row = RowSaid("c", "Ella", "", False, "here", "Her 08.00", "", "8-16", "08.00–", "", False, "left", "")

    def check() -> None:
        first = draw(DIARY, kept, [row], token="1" * 64)
        second = draw(DIARY, kept, [row], token="2" * 64)

        assert second == first.replace("1" * 64, "2" * 64)
        assert TOKEN_PLACE not in first
        assert len(kept) == 1

    in_loop(check)


def drawn_of(log: list[object]) -> Draw:
    def draw_one(row: object) -> Markup:
        log.append(row)
        return Markup("<li>{}</li>").format(row)

    return draw_one


def test_no_more_are_kept_than_there_is_room_for() -> None:
    kept, log = KeptRows(most=3), list[object]()

    def check() -> None:
        for n in range(10):
            kept.draw("list", [n], partial(drawn_of, log), TOKEN)
            assert len(kept) <= 3
        assert kept.draw("list", [9, 0], partial(drawn_of, log), TOKEN) == "<li>9</li><li>0</li>"

    in_loop(check)
    assert log == [*range(10), 0]


async def test_whatever_is_kept_is_dropped_after_a_while_also_where_nobody_looks() -> None:
    kept, log = KeptRows(seconds=0.01), list[object]()

    kept.draw("list", ["Ella"], partial(drawn_of, log), TOKEN)
    assert len(kept) == 1
    async with asyncio.timeout(10):
        while len(kept):
            await asyncio.sleep(0.005)
    kept.draw("list", ["Ella"], partial(drawn_of, log), TOKEN)

    assert log == ["Ella", "Ella"]


async def test_who_looks_in_another_language_or_of_one_group_alone_sees_rows_of_their_own(
    village_store_url: str, clock: StoppedClock
) -> None:
    """Both after one who saw the same children."""
    async with run_school_day(village_store_url, clock) as day:
        await book_a_week(day)
        clock.jump(datetime(2025, 3, 17, 7, 0, tzinfo=UTC))
        unit, group = day.village.unit("preschool").id, day.village.group("blabaer").id
        teacher, other = await day.as_("Mette Strand"), await day.as_("Mette Strand")

        whole = await teacher.get(f"/diary/{unit}")
        other.session.cookie_jar.update_cookies({"language": "en"})
        alone = await other.get(f"/diary/{unit}?group={group}")

        assert f'name="group" value="{group}"' in alone.text
        assert f'name="group" value="{group}"' not in whole.text
        assert whole.token != alone.token
        assert whole.token not in alone.text
