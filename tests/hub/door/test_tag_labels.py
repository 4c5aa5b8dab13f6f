"""The code printed on a tag is typed by people: no two letters look alike, and a slip never gives another tag's code."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.door.tag_labels import ALPHABET, DRAWN, check_of, draw_label, read_label, shown_label

drawn = st.text(alphabet=ALPHABET, min_size=DRAWN, max_size=DRAWN)


def test_no_two_of_its_letters_look_alike() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 23
    assert not set("0O1IL5S8B2Z") - {"2", "8"} & set(ALPHABET)


@given(drawn)
def test_a_code_is_read_as_people_type_it(begins: str) -> None:
    label = begins + check_of(begins)

    assert read_label(label) == read_label(f" {shown_label(label).lower()} ") == label


@given(drawn, st.integers(0, DRAWN), st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_no_code(begins: str, at: int, other: str) -> None:
    label = begins + check_of(begins)
    wrong = label[:at] + other + label[at + 1 :]

    assert read_label(wrong) == (label if wrong == label else None)


@given(drawn)
def test_two_neighbours_that_changed_places_are_no_code(begins: str) -> None:
    label = begins + check_of(begins)

    for at, (one, other) in enumerate(pairwise(label)):
        wrong = label[:at] + other + one + label[at + 2 :]
        assert read_label(wrong) == (label if wrong == label else None)


@given(st.text(max_size=20))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    label = read_label(text)

    assert label is None or len(label) == 6


def test_codes_are_drawn_by_chance_and_are_right() -> None:
    labels = {draw_label() for _ in range(200)}

    assert len(labels) > 190
    assert all(read_label(label) == label for label in labels)
