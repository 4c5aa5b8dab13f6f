"""What HELP answers: every word it names is understood as what it says, and none is one that an operator acts on by itself."""

import re

import pytest

from bots.hearing.ear import Ear
from bots.hearing.sources import languages, source
from bots.hearing.tokens import fold
from hub.language import WRITTEN
from hub.parts import count_parts
from hub.talk.heard import Intent, Said
from hub.words import Words
from tests.conftest import MONDAY_MORNING

OPERATORS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "stopp"})
"""Source: Twilio, "Twilio support for opt-out keywords"; STOPP as operators in Norway and Sweden take it."""
STOPS = OPERATORS | {fold(word) for code in languages() for word in source(code).phrases("keywords", "stop")}
UNDERSTOOD = [Intent.STATUS, Intent.DOCUMENTS, Intent.LANGUAGE, Intent.REACH]
_NAMED = re.compile(r"[A-ZÅÄÖØÆ]{3,}(?: [A-ZÅÄÖØÆ]{3,})*")
_EAR = Ear()


def help_in(language: str) -> str:
    return Words(language).say("keywords.help", unit="Lerkeveien barnehage", child="Ella")


@pytest.mark.parametrize("language", [*WRITTEN, "se"])
def test_help_names_no_word_that_an_operator_stops_all_messages_at(language: str) -> None:
    words = {fold(word) for word in re.findall(r"\w+", help_in(language))}

    assert not words & STOPS


@pytest.mark.parametrize("language", WRITTEN)
def test_each_word_that_help_names_is_heard_as_what_it_says(language: str) -> None:
    named = _NAMED.findall(help_in(language))

    heard = [_EAR.hear(Said(word, MONDAY_MORNING, language), (), None) for word in named]

    assert [act.intent for one in heard for act in one.acts] == UNDERSTOOD
    assert heard[-1].acts[0].change == "only_urgent"


@pytest.mark.parametrize("language", WRITTEN)
def test_help_is_short(language: str) -> None:
    assert count_parts(help_in(language)).parts <= 2
