"""What families are told about care times: short, in letters that cost nothing, with days as people write them."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from hub.parts import count_parts
from hub.spoken import say_hours
from hub.words import Words
from tests.hub.test_words import macros

LANGUAGES = ("nb", "nn", "sv", "fi", "en", "da")
MONDAY = date(2025, 3, 17)
DAYS = [MONDAY + timedelta(days=n) for n in range(5)]
SAME = [(day, [(time(8, 0), time(16, 0))]) for day in DAYS[:4]] + [(DAYS[4], [])]
ORDINARY: dict[str, Any] = {
    "children": ["Ella", "Otso"],
    "child": "Ella",
    "other": "Otto",
    "choices": ["1 Ella", "2 Otso"],
    "week": MONDAY,
    "weeks": [MONDAY],
    "has_usual": True,
    "usual": SAME,
    "theirs": SAME[:1],
    "ours": SAME[1:2],
    "days": SAME,
    "opens": time(7, 0),
    "closes": time(17, 0),
    "until": date(2025, 5, 1),
    "begins": date(2025, 5, 1),
    "today": date(2025, 3, 3),
    "hours": 118,
    "agreed": 120,
    "per": "month",
    "first": MONDAY,
    "step": "A",
    "next_step": "B",
    "since": datetime(2025, 3, 10, 12, 0),
    "closed": DAYS[3:],
    "name": "vinter",
    "parts": [(day, day) for day in DAYS],
    "comes": False,
    "lacking": ["Otso"],
    "besides": SAME[4:],
}
OF_DAYS = {"care_time.undone", "care_holiday.is_this_right", "care_holiday.noted"}


def utterances() -> list[tuple[str, str]]:
    return [
        (language, f"{subject}.{name}")
        for subject in ("care_time", "care_clash", "care_holiday")
        for language in LANGUAGES
        for name in macros(subject, language)
    ]


@pytest.mark.parametrize(("language", "utterance"), utterances())
def test_what_is_said_of_care_times_fits_two_text_messages(language: str, utterance: str) -> None:
    subject, _, name = utterance.partition(".")
    told = {**ORDINARY, **({"days": DAYS} if utterance in OF_DAYS else {})}
    if subject == "care_holiday":
        told["closes"] = date(2025, 3, 20)
    parameters = {key: told[key] for key in macros(subject, language)[name]}

    text = Words(language).say(utterance, **parameters)

    assert count_parts(text).encoding == "gsm7", count_parts(text).costly
    assert count_parts(text).parts <= 2, text
    assert ".." not in text
    assert "  " not in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "uke 12: man-tor 8-16, fre fri"),
        ("nn", "veke 12: mån-tor 8-16, fre fri"),
        ("sv", "vecka 12: mån-tors 8-16, fre ledig"),
        ("fi", "viikko 12: ma-to 8-16, pe vapaa"),
        ("en", "week 12: Mon-Thu 8-16, Fri off"),
        ("da", "uge 12: man-tors 8-16, fre fri"),
    ],
)
def test_a_week_is_said_in_one_short_line(language: str, said: str) -> None:
    assert say_hours(SAME, language) == said


def test_two_periods_minutes_and_two_weeks_are_told_apart() -> None:
    days = [
        (DAYS[0], [(time(8, 0), time(12, 0)), (time(13, 30), time(16, 45))]),
        (DAYS[1], [(time(22, 0), time(6, 0))]),
        (DAYS[2], [(time(22, 0), time(6, 0))]),
        (MONDAY + timedelta(days=7), []),
    ]

    assert say_hours(days, "nb") == "uke 12: man 8-12 + 13.30-16.45, tir+ons 22-6; uke 13: man fri"
