"""The score holds an error that acts apart from one that asks, and counts a bare yes as what it causes."""

from typing import Any

import pytest

from bots.hearing.judging import Verdict, judged, tally
from bots.hearing.score import report

_KARI, _OLA = "Kari Nordmann", "Ola Nordmann"
_ILL = {"intent": "absence", "children": [_KARI], "days": ["2026-11-25"]}
_LEFT = {"intent": "message", "children": [_KARI]}
_CHECK = {"about": "absence_check", "child": _KARI, "day": "2026-11-25"}
_PHOTO = {"about": "consent", "topic": "photo_public", "child": _KARI}


def judge(meant: list[dict[str, Any]], heard: list[dict[str, Any]], asked: dict[str, Any] | None = None) -> Verdict:
    expect = {"language": "nb", "sensitive": False, "acts": meant}
    children = [{"name": _KARI}, {"name": _OLA}]
    case = {"id": "one", "text": "...", "children": children, "asked": asked, "expect": expect}
    return judged(case, {"language": "nn", "sensitive": False, "acts": heard})


@pytest.mark.parametrize(
    ("meant", "heard"),
    [
        ([_ILL], [_LEFT]),
        ([_ILL], [{**_ILL, "children": []}]),
        ([_ILL], [{**_ILL, "days": []}]),
        ([_ILL], [{"intent": "late", "children": [_KARI], "days": ["2026-11-25"], "start": "09:00"}]),
        ([{"intent": "no"}], [{"intent": "yes"}]),
    ],
)
def test_what_asks_or_leaves_it_to_staff_is_a_miss(meant: list[dict[str, Any]], heard: list[dict[str, Any]]) -> None:
    verdict = judge(meant, heard)

    assert not verdict.exact
    assert not verdict.dangerous


@pytest.mark.parametrize(
    ("meant", "heard", "asked"),
    [
        ([_LEFT], [_ILL], None),
        ([_ILL], [{**_ILL, "children": [_OLA]}], None),
        ([_ILL], [{**_ILL, "days": ["2026-11-26"]}], None),
        ([{**_ILL, "children": []}], [_ILL], None),
        ([{"intent": "no"}], [{"intent": "yes"}], _CHECK),
        ([{"intent": "yes", "children": [_OLA]}], [{"intent": "yes", "children": [_KARI]}], {"about": "which_child"}),
        (
            [{"intent": "consent", "children": [_KARI], "consents": [{"topic": "photo_public", "granted": False}]}],
            [{"intent": "yes"}],
            _PHOTO,
        ),
    ],
)
def test_what_acts_on_what_nobody_meant_is_dangerous(
    meant: list[dict[str, Any]], heard: list[dict[str, Any]], asked: dict[str, Any] | None
) -> None:
    assert judge(meant, heard, asked).dangerous


def test_the_act_that_a_yes_would_have_caused_is_no_danger() -> None:
    granted = {"intent": "consent", "children": [_KARI], "consents": [{"topic": "photo_public", "granted": True}]}

    verdict = judge([{"intent": "yes"}], [granted], _PHOTO)

    assert (verdict.exact, verdict.dangerous, verdict.wrong_child) == (False, False, False)


def test_another_child_of_the_same_message_is_still_the_wrong_one() -> None:
    late = {"intent": "late", "children": [_OLA], "days": ["2026-11-25"]}

    verdict = judge([_ILL, late], [{**_ILL, "children": [_OLA]}, {**late, "children": [_KARI]}])

    assert verdict.wrong_child


def test_an_act_may_carry_more_than_the_case_tells() -> None:
    assert judge([_ILL], [{**_ILL, "ill": True}]).exact
    assert not judge([_LEFT], [_LEFT, _ILL]).exact


def test_bokmal_taken_for_nynorsk_is_counted_apart() -> None:
    count = tally([judge([_ILL], [_ILL])])

    assert (count.mixed_norwegian, count.language_share) == (1, 1.0)


def test_the_report_lists_every_dangerous_error() -> None:
    lines = list(report("tried", [judge([_LEFT], [_ILL]), judge([_ILL], [_ILL])], misses=False))

    assert sum(line.startswith("DANGEROUS") for line in lines) == 1
    assert any("dangerous errors" in line and "MISSED" in line for line in lines)
