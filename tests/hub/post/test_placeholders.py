"""Whatever stands in a placeholder is data: put in once, in one line, and never read again; an empty one is never sent."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.language import WRITTEN
from hub.post.broadcasts import Reply, Written
from hub.post.placeholders import (
    LONGEST_PLACE,
    PLACEHOLDERS,
    BadPlaceError,
    EmptyPlaceholderError,
    Given,
    UnknownPlaceholderError,
    check_given,
    check_placeholders,
    fill,
    names_anybody,
    read_given,
)
from hub.talk.broadcasting import ToldTo, say_to
from hub.words import Words

EVERYTHING = "{child}, {group}, {unit}: {date} {time} {place}."
FULL = Given(date(2025, 3, 6), time(9, 15), "Skihytta")
HOSTILE = (
    *("{child}", "{{ child }}", "{% macro x() %}", "{0.__class__}", "${7*7}", "<script>alert(1)</script>", "%s%n"),
    *("\nFra: rektor", "\r\nSTOP", "\x00", "\u2028", "\u202etxet", "a" * 500, "", " ", "}", "{", "\\{date\\}"),
)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("language", WRITTEN)
def test_a_hostile_value_stands_there_as_it_is_in_one_line_and_is_read_by_nobody(hostile: str, language: str) -> None:
    written = Written({language: EVERYTHING}, language, Reply.WORDS, given=replace(FULL, place=hostile))
    said = say_to("Skolen", written, ToldTo(language, (hostile,), (hostile,), hostile))

    text = Words(language).say(said.utterance, **said.parameters)

    assert "\n" not in text
    assert "\r" not in text
    assert "\x00" not in text
    assert "\u202e" not in text
    assert "09" in text or "9" in text
    if hostile in HOSTILE[:7]:
        assert text.count(hostile) >= 4


@given(text=st.text(max_size=80), child=st.text(max_size=40), place=st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_it_is_refused_or_filled_in_and_never_a_fault(text: str, child: str, place: str) -> None:
    filled_in = replace(FULL, place=place)
    try:
        check_placeholders([text])
        check_given([text], filled_in)
    except (UnknownPlaceholderError, EmptyPlaceholderError, BadPlaceError):
        return

    said = fill(text, {"child": child, "group": child, "unit": child} | filled_in.said_in("nb"))

    if "{" not in text:
        assert said == text


@pytest.mark.parametrize(
    "text", ["{name}", "{Child}", "{ child }", "{child.code}", "{0}", "{", "}", "{}", "{{child}}", "{child", "child}"]
)
def test_nothing_else_may_stand_in_braces(text: str) -> None:
    with pytest.raises(UnknownPlaceholderError):
        check_placeholders(["Hei", text])


@pytest.mark.parametrize(
    ("given_in_part", "missing"),
    [
        (replace(FULL, day=None), ["{date}"]),
        (replace(FULL, at=None), ["{time}"]),
        (replace(FULL, place=" "), ["{place}"]),
        (Given(), ["{date}", "{time}", "{place}"]),
    ],
)
def test_what_is_not_filled_in_is_named_and_refused(given_in_part: Given, missing: list[str]) -> None:
    with pytest.raises(EmptyPlaceholderError) as refused:
        check_given([EVERYTHING], given_in_part)

    names = refused.value.parameters["names"]
    assert names == missing
    for language in ("nb", "nn", "sv", "fi", "en"):
        assert names[0] in Words(language).say(refused.value.words, names=names)


@pytest.mark.parametrize("place", ["x" * (LONGEST_PLACE + 1), "a\nb", "a\x07b", "\u202eb"])
def test_a_place_that_breaks_the_line_is_refused_where_it_is_to_stand(place: str) -> None:
    with pytest.raises(BadPlaceError):
        check_given(["{place}"], Given(place=place))

    check_given(["ingen plass"], Given(place=place))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "torsdag 6. mars 09.15"),
        ("nn", "torsdag 6. mars 09.15"),
        ("sv", "torsdag 6 mars 09.15"),
        ("fi", "torstaina 6.3. 9.15"),
        ("en", "Thursday 6 March 09:15"),
        ("da", "torsdag den 6. marts 09.15"),
    ],
)
def test_a_day_and_a_time_are_said_as_each_language_says_them(language: str, said: str) -> None:
    assert fill("{date} {time}", FULL.said_in(language)) == said


def test_what_is_kept_is_what_was_filled_in() -> None:
    assert read_given(FULL.as_json()) == FULL
    assert read_given(Given().as_json()) == Given()


def test_each_family_reads_its_own_only_where_something_of_its_own_is_named() -> None:
    assert not names_anybody({"nb": "{date} {time} {place}"})
    assert all(names_anybody({"nb": f"{{{name}}}"}) for name in PLACEHOLDERS[:3])
