"""Our own cases, in every language that has a vocabulary, are heard as their authors meant them."""

from importlib import resources
from pathlib import Path

import pytest

from bots.hearing.judging import Verdict, judge_all, read_cases, tally

_CASES = Path(str(resources.files("bots.hearing") / "cases"))
_LEAST_EXACT = 0.96
_LEAST_LANGUAGE = 0.90


@pytest.fixture(scope="module")
def verdicts() -> dict[str, list[Verdict]]:
    return {file.stem: judge_all(read_cases([file])) for file in sorted(_CASES.glob("*.jsonl"))}


def test_nothing_is_done_that_nobody_meant(verdicts: dict[str, list[Verdict]]) -> None:
    dangerous = [verdict.case["id"] for judged in verdicts.values() for verdict in judged if verdict.dangerous]

    assert dangerous == []


def test_nearly_all_acts_are_exactly_right_in_each_language(verdicts: dict[str, list[Verdict]]) -> None:
    shares = {language: tally(judged).exact_share for language, judged in verdicts.items()}

    assert all(share >= _LEAST_EXACT for share in shares.values()), shares


def test_the_language_and_what_is_sensitive_are_told(verdicts: dict[str, list[Verdict]]) -> None:
    for language, judged in verdicts.items():
        count = tally(judged)
        # One who parts Bokmål from Nynorsk in three words would have to guess.
        assert (count.language + count.mixed_norwegian) / count.cases >= _LEAST_LANGUAGE, language
        assert count.recall >= 0.97, language
        assert count.precision >= 0.95, language


def test_each_language_has_cases_of_its_own(verdicts: dict[str, list[Verdict]]) -> None:
    assert {"nb", "nn", "sv", "fi", "en"} <= verdicts.keys()
    assert sum(len(judged) for judged in verdicts.values()) >= 250
