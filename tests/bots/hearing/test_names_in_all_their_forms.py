"""Some 1,500 Nordic first names in every form: never the wrong child, and hardly ever the question which one."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from random import Random

import pytest
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bots.hearing.ear import Ear
from bots.hearing.names import Mention, NameFinder
from bots.hearing.sources import nicknames
from bots.hearing.tokens import fold, tidy
from bots.hearing.vocabulary import vocabulary
from hub.talk.heard import KnownChild, Said
from tests.bots.hearing.name_forms import Form, every_name, forms, names

_EAR = Ear()
_EVERYBODY = every_name()
_LEAST_FOUND = {"whole": 0.98, "genitive": 0.97, "case": 0.92, "plain": 0.99, "slip": 0.75}
_FRAMES = {
    "nb": {"whole": "{} er syk i dag", "genitive": "{} feber er ikke borte, blir hjemme i dag"},
    "sv": {"whole": "{} är sjuk idag", "genitive": "{} feber är kvar, stannar hemma idag"},
    "da": {"whole": "{} er syg i dag", "genitive": "{} feber er ikke væk, bliver hjemme i dag"},
    "fi": {"whole": "{} on kipeä tänään", "case": "Tiedoksi {} asiaa: kipeä tänään, ei tule"},
}


@cache
def _all_nearest() -> dict[str, str]:
    distances = process.cdist(_EVERYBODY, _EVERYBODY, scorer=OSA.distance)
    folded = [fold(name) for name in _EVERYBODY]
    found: dict[str, str] = {}
    for at, name in enumerate(_EVERYBODY):
        order = distances[at].argsort(kind="stable")
        found[name] = next(_EVERYBODY[other] for other in order if folded[other] != folded[at])
    return found


def _nearest(name: str) -> str:
    """The other name that is most like it; one with other dots ("Björn", "Bjørn") is the same."""
    return _all_nearest()[name]


def _household(name: str, chance: Random) -> list[str]:
    """The child with one or two siblings, one of them of a name as near as can be, in an order of chance."""
    siblings = [_nearest(name), chance.choice(_EVERYBODY)][: chance.choice([1, 2])]
    together = list(dict.fromkeys([name, *siblings]))
    chance.shuffle(together)
    return together


def _mentions(text: str, language: str, household: list[str]) -> list[Mention]:
    tokens = _EAR.tokenizer.tokens(tidy(text))
    words = vocabulary(language)
    finder = NameFinder([KnownChild(child, f"{child} Nordmann") for child in household])
    return [mention for mention in finder.mentions(tokens, words.tags(tokens), words) if mention.keys]


def _frame(form: Form, language: str) -> str:
    return _FRAMES[language].get(form.kind, _FRAMES[language]["whole"]).format(form.text)


@pytest.mark.capability("N-12")
@pytest.mark.parametrize("language", list(_FRAMES))
def test_no_form_of_a_name_is_taken_for_a_sibling(
    language: str, record_property: Callable[[str, object], None]
) -> None:
    chance = Random(language)
    found: Counter[tuple[str, bool]] = Counter()
    wrong: list[tuple[str, list[str]]] = []
    for name in names(language):
        household = _household(name, chance)
        for form in forms(name, language, chance):
            mentions = _mentions(_frame(form, language), language, household)
            named = {key for mention in mentions for key in mention.keys if mention.sure}
            if named - {name} and form.text.lower() not in {child.lower() for child in household if child != name}:
                wrong.append((form.text, household))
            found[form.kind, named == {name}] += 1

    assert wrong == []
    for kind in sorted({kind for kind, _ in found}):
        share = found[kind, True] / (found[kind, True] + found[kind, False])
        record_property(f"{language} {kind}", f"{share:.1%} found")
        assert share >= _LEAST_FOUND[kind], (language, kind, share)


@pytest.mark.parametrize("language", list(_FRAMES))
def test_a_name_of_no_child_here_is_nobodys(language: str) -> None:
    """The only child is the one whose name is nearest of all."""
    chance = Random(language)
    wrong: list[tuple[str, str]] = []
    for name in names(language):
        near = _nearest(name)
        if fold(name) in nicknames().get(fold(near), ()):
            continue
        alike = {form.text.lower() for form in forms(near, language, chance)}
        for form in forms(name, language, chance):
            told_apart = form.kind == "whole" or form.text.lower() not in alike
            if form.kind != "slip" and told_apart and _mentions(_frame(form, language), language, [near]):
                wrong.append((form.text, near))

    assert wrong == []


@pytest.mark.parametrize("language", list(_FRAMES))
def test_what_is_told_of_a_stranger_is_done_to_no_child(language: str) -> None:
    chance = Random(language)
    when = datetime(2026, 11, 25, 7, 20, tzinfo=UTC)
    wrong: list[tuple[str, str]] = []
    for name in chance.sample(names(language), 60):
        child = chance.choice(_EVERYBODY)
        text = _FRAMES[language]["whole"].format(name)
        heard = _EAR.hear(Said(text, when, language), [KnownChild("1", f"{child} Nordmann")], None)
        if child != name and any(act.children for act in heard.acts if act.intent != "message"):
            wrong.append((text, child))

    assert wrong == []
