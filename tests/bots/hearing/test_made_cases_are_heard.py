"""Thousands of cases made from templates, in every language and in four ways of writing, do what they mean and nothing else."""

from collections import Counter
from functools import cache

import pytest

from bots.hearing.judging import Verdict, judge_all
from tests.bots.hearing.made_cases import LANGUAGES, made_cases

_LEAST_EXACT = 0.97
_LEAST_EXACT_OF_A_KIND = 0.5


@cache
def _verdicts(language: str) -> tuple[Verdict, ...]:
    return tuple(judge_all(made_cases(language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_done_that_the_template_does_not_mean(language: str) -> None:
    dangerous = [verdict.case["text"] for verdict in _verdicts(language) if verdict.dangerous]

    assert dangerous == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_all_are_exactly_right_whatever_the_phenomenon(language: str) -> None:
    verdicts = _verdicts(language)
    told: Counter[str] = Counter(verdict.case["phenomenon"].partition(" · ")[0] for verdict in verdicts)
    right: Counter[str] = Counter(
        verdict.case["phenomenon"].partition(" · ")[0] for verdict in verdicts if verdict.exact
    )

    assert sum(right.values()) / len(verdicts) >= _LEAST_EXACT
    assert {kind for kind in told if right[kind] / told[kind] < _LEAST_EXACT_OF_A_KIND} == set()


def test_the_cases_are_the_same_each_time_and_there_are_thousands() -> None:
    assert made_cases("nb") == made_cases("nb")
    assert sum(len(_verdicts(language)) for language in LANGUAGES) > 4000
