"""Who asks to be rung up while something is asked wants a person; a call spoken of in any other way is a message."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Intent, KnownChild, Said

_EAR = Ear()
_MORNING = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_CHILDREN = (KnownChild("1", "Ella Berg"), KnownChild("2", "Otso Berg"))
_WHICH_CHILD = About("which_child", options=("Ella", "Otso"))


def _heard(text: str, asked: About | None) -> list[Intent]:
    return [act.intent for act in _EAR.hear(Said(text, _MORNING), _CHILDREN, asked).acts]


@pytest.mark.parametrize(
    "text",
    [
        "kan noen ringe meg?",
        "Jeg skjønner ikke, kan dere ringe meg i stedet?",
        "kan nokon ringe meg?",
        "kan nogen ringe til mig?",
        "kan nån ringa mig istället?",
        "voiko joku soittaa mulle?",
        "could you give me a call?",
    ],
)
def test_who_asks_to_be_rung_up_instead_wants_a_person(text: str) -> None:
    assert _heard(text, _WHICH_CHILD) == [Intent.PERSON]


@pytest.mark.parametrize("text", ["ikke ring meg", "ring meg hvis det er noe", "kan noen ringe meg om Ella?"])
def test_a_call_that_is_denied_or_is_about_something_is_a_message(text: str) -> None:
    assert _heard(text, _WHICH_CHILD) == [Intent.MESSAGE]


@pytest.mark.parametrize("asked", [None, About("absence_check", child="1", day=_MORNING.date())])
def test_where_nothing_is_asked_or_a_child_is_looked_for_it_stays_a_message(asked: About | None) -> None:
    assert _heard("kan noen ringe meg?", asked) == [Intent.MESSAGE]
