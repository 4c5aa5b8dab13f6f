"""Staff see why: each act comes with the words that led to it, and every reason can be told in every language of theirs."""

from datetime import date

import pytest

from bots.hearing.ear import Ear
from bots.hearing.judging import read_cases
from bots.hearing.lines import answer
from bots.hearing.score import OWN_CASES, files_in
from hub.language import WRITTEN
from hub.talk.heard import Heard, Intent, Reason
from hub.talk.meaning import Meaning
from hub.words import Words


@pytest.fixture(scope="module")
def all_heard() -> list[tuple[str, Heard]]:
    ear = Ear()
    return [(case["text"], answer(ear, case)[0]) for case in read_cases(files_in(OWN_CASES))]


def test_no_act_is_without_words_that_led_to_it(all_heard: list[tuple[str, Heard]]) -> None:
    silent = [text for text, heard in all_heard if not heard.reasons and heard.acts[0].intent is not Intent.MESSAGE]

    assert silent == []


def test_what_is_sensitive_says_which_words_are(all_heard: list[tuple[str, Heard]]) -> None:
    told = [(heard.sensitive, any(reason.led_to == "sensitive" for reason in heard.reasons)) for _, heard in all_heard]

    assert all(sensitive is said for sensitive, said in told)


def test_a_child_that_is_named_is_told_with_the_words_that_named_it() -> None:
    heard = [(case, *answer(Ear(), case)) for case in read_cases(files_in(OWN_CASES))[:40] if len(case["children"]) > 1]

    for _, one, _names in heard:
        named = {
            key
            for reason in one.reasons
            if reason.led_to.startswith("child: ")
            for key in reason.led_to[7:].split(", ")
        }
        assert {key for act in one.acts for key in act.children} <= named


@pytest.mark.parametrize("language", WRITTEN)
def test_all_of_it_can_be_told_in_every_language(language: str, all_heard: list[tuple[str, Heard]]) -> None:
    meaning = Meaning(Words(language), lambda keys: [f"Barn {key}" for key in keys], date(2026, 11, 25))

    for _, heard in all_heard:
        assert list(meaning.sentences(heard))


def test_of_a_child_that_the_reader_may_not_know_of_nothing_is_told() -> None:
    heard = Heard("nb", False, answer(Ear(), read_cases(files_in(OWN_CASES))[0])[0].acts, (Reason("Ada", "child: 1"),))
    meaning = Meaning(Words("en"), lambda keys: [], date(2026, 11, 25))

    assert not any("Ada" in sentence for sentence in meaning.sentences(heard))
