"""The numbers of a holiday question as people write them: one by one, from one to another, in their own words."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, KnownChild, Said
from tests.bots.test_care_time_rows import goes_as_written

OPTIONS = tuple(f"2025-06-{day}" for day in range(10, 20))
WRITTEN = {
    "nb": ["1-5,8", "1-5, 8", "1 - 5 og 8", "1 til 5 og 8", "1–5 og 8", "1,2,3,4,5,8", "8, 1-5"],
    "sv": [
        "1-5,8",
        "1-5 och 8",
        "1 till 5 och 8",
        "1–5, 8",
        "1 2 3 4 5 8",
        "8 samt 1-5",
        "1 t.o.m. 5 och 8",
        "1 t o m 5 och 8",
    ],
    "fi": ["1-5,8", "1-5 ja 8", "1–5, 8", "1 - 5, 8.", "1,2,3,4,5,8", "8 sekä 1-5"],
}
NONSENSE = ["5-1", "1-11", "0-3", "11", "1-5,12"]


@pytest.fixture(scope="module")
def ear() -> Ear:
    return Ear()


def picked(ear: Ear, text: str, language: str) -> tuple[int, ...]:
    said = Said(text, datetime(2025, 3, 3, 9, tzinfo=ZoneInfo("Europe/Oslo")), language)
    return ear.hear(said, [KnownChild("ella", "Ella Berg")], About("which_days", options=OPTIONS)).options


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in WRITTEN.items() for text in texts])
def test_a_range_and_a_number_are_read_in_three_languages(ear: Ear, language: str, text: str) -> None:
    assert picked(ear, text, language) == (1, 2, 3, 4, 5, 8)


@pytest.mark.parametrize("language", WRITTEN)
def test_a_range_backwards_or_beyond_the_choices_picks_nothing(ear: Ear, language: str) -> None:
    assert [picked(ear, text, language) for text in NONSENSE] == [()] * len(NONSENSE)


@pytest.mark.capability("N-31")
@pytest.mark.parametrize(
    ("name", "default", "calendar"),
    [
        (
            "nb.range",
            "Uten svar innen tor. 20. mars regner vi med at",
            "uke 26: man. 23. juni-fre. 27. juni; uke 27: ons.",
        ),
        (
            "sv.range",
            "Utan svar senast tors 20 mars räknar vi med att",
            "vecka 26: mån 23 juni-fre 27 juni; vecka 27: ons",
        ),
        ("fi.range", "Jos emme saa vastausta viimeistään to 20.3.", "viikko 26: ma 23.6.-pe 27.6.; viikko 27: ke 2.7."),
    ],
)
async def test_a_holiday_is_answered_by_a_range_and_receipted_as_a_calendar(
    tmp_path: Path, sqlite_template: Path, name: str, default: str, calendar: str
) -> None:
    question, answer, back, _, receipt, *facts = (
        await goes_as_written(f"care_holiday/{name}", tmp_path, sqlite_template)
    )[1:]

    assert default in question
    assert answer.replace(" ", "") == ">1-5,8"
    assert "?" in back
    assert calendar in receipt
    assert facts == ["= care: Ella, 2025-06-30 to 2025-07-01, off", "= care: Ella, 2025-07-03 to 2025-07-04, off"]
