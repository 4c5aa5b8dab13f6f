"""The phrasebook: whatever is filled in stands in every language, with the school's own below the family's."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.language import WRITTEN
from hub.parts import count_parts
from hub.post.placeholders import LONGEST_PLACE
from hub.talk.broadcasting import READ_EACH_OTHER
from hub.talk.phrases import PHRASES, Slots, SlotsMissingError, say_phrase
from hub.words import Words

THURSDAY_AT_TWO = Slots(date(2025, 3, 6), time(14, 0), time(9, 15), time(14, 0), "Skihytta")
PLACES = (
    st.text(
        st.characters(exclude_characters="{}", exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=LONGEST_PLACE
    )
    .map(str.strip)
    .filter(bool)
)
HOSTILE = ("{child}", "\nFra: rektor", "\r", "\x00", "\u2028", "\u202etxet", "x" * LONGEST_PLACE)
THURSDAY = Slots(date(2025, 3, 6), None, time(9, 15), time(14, 0), "Skihytta")


@pytest.mark.capability("N-27")
@given(
    name=st.sampled_from(sorted(PHRASES)),
    day=st.dates(date(2025, 1, 1), date(2030, 12, 31)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    starts=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    ends=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    place=PLACES,
    school=st.sampled_from(WRITTEN),
)
@settings(max_examples=150, deadline=None)
def test_what_is_filled_in_survives_in_every_language(
    name: str, day: date, at: time, starts: time, ends: time, place: str, school: str
) -> None:
    texts = say_phrase(name, Slots(day, at, starts, ends, place), school)

    assert set(texts) == set(WRITTEN)
    for language, text in texts.items():
        lines = text.split("\n")
        reads_school = language == school or {language, school} <= READ_EACH_OTHER
        assert len(lines) == (1 if reads_school else 2)
        for line in lines:
            if "day" in PHRASES[name]:
                assert str(day.day) in line
            for slot, told in (("at", at), ("starts", starts), ("ends", ends)):
                if slot in PHRASES[name]:
                    assert any(
                        f"{told.hour:{width}}{dot}{told.minute:02}" in line for width in ("", "02") for dot in ".:"
                    )
            if "place" in PHRASES[name]:
                assert line.endswith(f": {place}")
        if not reads_school:
            assert lines[1] == texts[school]


@pytest.mark.parametrize(
    "slots",
    [Slots(), replace(THURSDAY, place=""), *(replace(THURSDAY, place=f"Skihytta{each}") for each in HOSTILE)],
)
def test_a_phrase_that_lacks_something_is_not_said(slots: Slots) -> None:
    with pytest.raises(SlotsMissingError):
        say_phrase("outing", slots, "nb")


def test_a_family_reads_its_own_language_above_the_schools() -> None:
    texts = say_phrase("outing", THURSDAY, "nb")

    assert texts["nb"].endswith("Sted: Skihytta")
    assert texts["en"].split("\n")[1] == texts["nb"]
    assert texts["nn"].count("\n") == 0


@pytest.mark.capability("N-27")
def test_the_book_has_what_schools_really_need_in_every_language() -> None:
    assert len(PHRASES) >= 20
    for name, slots in PHRASES.items():
        for language in WRITTEN:
            said = say_phrase(name, THURSDAY_AT_TWO, language)[language]
            assert said[0].isupper(), said
            assert ".." not in said, said
            assert said.endswith("." if "place" not in slots else "Skihytta"), said
            assert count_parts(said).parts == 1, said


@pytest.mark.parametrize("language", ["nb", "sv", "fi", "en"])
def test_every_phrase_has_a_name_of_its_own_by_which_staff_choose_it(language: str) -> None:
    names = {Words(language).say(f"phrase_names.{name}") for name in PHRASES}

    assert len(names) == len(PHRASES)
