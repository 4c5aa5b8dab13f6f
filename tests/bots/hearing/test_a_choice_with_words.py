"""A choice that a message begins with counts, and its other words are a message beside; what may take it back is no choice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.broadcasting import YES_OR_NO, Chosen, OneOf
from hub.talk.heard import Intent, KnownChild, Said

_EAR = Ear()
_MORNING = datetime(2025, 3, 3, 9, 0, tzinfo=ZoneInfo("Europe/Oslo"))
KARI = KnownChild("kari", "Kari Nordmann")


def chosen(text: str, *choices: str) -> tuple[int, bool] | None:
    question = OneOf(choices or YES_OR_NO)
    answer = question.read(_EAR.hear(Said(text, _MORNING), [KARI], question.about()))
    return (answer.choice, answer.more) if isinstance(answer, Chosen) else None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("ja bolla blir med", 0), ("ja, Kari blir med", 0), ("1 men hun har ikke ski", 0), ("nei hun kan dessverre ikke", 1),
        ("2, vi er bortreist da", 1), ("ja, men når er dere tilbake?", 0),
        ("ja, ho blir med", 0), ("1, men ho har ikkje ski", 0),
        ("ja hon följer med", 0), ("1 men hon har inga skidor", 0), ("nej hon kan tyvärr inte", 1),
        ("kyllä, hän tulee mukaan", 0), ("1 mutta hänellä ei ole suksia", 0), ("ei, hän ei pääse", 1),
        ("yes, she will come along", 0), ("1 but she has no skis", 0), ("no, she can't make it", 1),
        ("ja, hun kommer med", 0), ("1 men hun har ingen ski", 0), ("nej, det kan hun desværre ikke", 1),
    ],
)  # fmt: skip
def test_a_clear_choice_counts_and_its_words_go_on_to_staff(text: str, choice: int) -> None:
    assert chosen(text) == (choice, True)


@pytest.mark.parametrize(
    "text",
    [
        "ja eller nei?", "1 eller 2", "1 eller 2?", "ja nei vet ikke", "ja, men hun kan ikke", "nei ja", "hva er dette?",
        "3 barn blir med",        "ja eller nej?", "1 vai 2", "kyllä vai ei?", "yes or no?", "1 or 2", "1, nei 2 mente jeg",
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_asked_back(text: str) -> None:
    assert chosen(text) is None


def test_a_bare_choice_says_nothing_more() -> None:
    assert chosen("ja") == chosen("1") == (0, False)
    assert chosen("3", "Mandag", "Tirsdag", "Onsdag") == (2, False)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Tirsdag", 1), ("tirsdag!", 1), ("Hei, tirsdag.", 1), ("fredag kl. 17.30", 2), ("Ja, begge", 3), ("ja begge", 3),
        ("mandag eller tirsdag", None), ("ikke tirsdag", None), ("Tirsdag?", None), ("ja", None), ("onsdag", None),
    ],
)  # fmt: skip
def test_a_choice_of_the_senders_own_may_be_typed_as_it_stands(text: str, choice: int | None) -> None:
    assert chosen(text, "Mandag", "Tirsdag", "Fredag kl. 17.30", "Ja, begge") == (
        None if choice is None else (choice, False)
    )


def test_a_word_is_no_choice_of_the_senders_own() -> None:
    assert chosen("ja, det passer", "Mandag", "Tirsdag") is None
    assert chosen("2 men først klokka fem", "Mandag", "Tirsdag") == (1, True)


def test_an_absence_beside_a_choice_is_taken_care_of_by_itself() -> None:
    question = OneOf(YES_OR_NO)

    heard = _EAR.hear(Said("1. Kari er syk i dag", _MORNING), [KARI], question.about())

    assert Intent.ABSENCE in {act.intent for act in heard.acts}
    assert question.read(heard) == Chosen(0)
