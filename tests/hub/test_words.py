"""What Budbok says: complete in every language, correct in its forms, short enough for a text message."""

import ast
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import jinja2
import jinja2.nodes
import pytest

import admin_web
import bots
import channels
import hub
from hub.desk import Refusal
from hub.installed import installed
from hub.language import FIXED, WRITTEN
from hub.parts import count_parts
from hub.spoken import say_dated_days, say_day, say_days
from hub.words import WORDS, Words

ROOT = Path(__file__).parent.parent.parent
TALKS = (
    *("absence", "absence_echo", "today", "early_pickup", "fetching", "day_echo", "place", "whereabouts"),
    "not_fetched",
    *("leave", "leave_consent", "consent", "contact", "noted", "keywords", "reach", "reception", "staff_line"),
    *("broadcast", "alarm", "staff_alarm", "pupil", "pupil_echo", "attendance"),
)
TO_GUARDIANS = (
    *TALKS,
    *("care_time", "care_clash", "care_holiday", "weekly", "leave_letter", "options", "chat"),
)
SAID_ANYWHERE = (*TO_GUARDIANS, "refusals", "story")
PAGES_STAND_IN = {"nn", "da"}
"""What stands on pages is read in bokmål by those who are written to in these."""
PROVIDERS_OWN = {"STOP", "STOPALL", "END", "CANCEL", "QUIT", "UNSUBSCRIBE", "REVOKE", "OPTOUT"}
TODAY = date(2025, 3, 3)
WEEK = tuple(TODAY + timedelta(days=n) for n in range(5))
ORDINARY = {"children": ["Ella", "Otso"], "days": (TODAY,), "reader": "Ingrid", "absent": "Kari"}
LONGEST = {
    "children": ["Maximilian-Aleksander", "Anna-Kaarina", "Christopher-André"],
    "days": (*WEEK, TODAY + timedelta(days=9), *(TODAY + timedelta(days=n) for n in range(14, 18))),
    "reader": "Maria-Magdalena",
    "absent": "Anna-Kaarina",
}
SHARED = {
    "day": TODAY,
    "today": TODAY,
    "opens_on": TODAY + timedelta(days=5),
    "ill": True,
    "comes_at": time(10, 0),
    "at": datetime(2025, 3, 5, 9, 12),
    "leaves_at": time(14, 0),
    "weeks": [15, 16],
    "each": [[TODAY], list(WEEK)],
    "without_care": ["SFO Fjordvik"],
    "wanted": True,
    "places": ["class", "club", "meals", "transport"],
    "person": "Anne-Marie Kristoffersen",
    "unit": "Lerkeveien barnehage",
    "number": "+47 59 00 00 17",
    "stopped": False,
    "blocked": ["nasjonale prøver"],
    "not_away": ["Kari"],
    "last": datetime(2025, 2, 28, 15, 5),
    "became": "failed",
    "reserved": False,
    "kind": "sms",
    "no_sms": "",
    "by_mail": False,
    "language": "sv",
    "before": (TODAY,),
    "url": "https://www.fjordvik.example/permisjon",
    "refused": (TODAY,),
    "late": True,
    "deadline_days": 14,
    "asked": True,
    "by_teacher": True,
    "on_paper": False,
    "function": "leave",
    "begins": TODAY,
    "agreed": False,
    "child": "Ella",
    "readable": True,
    "text": "We may take photos of {child} and show them here.",
    "texts": ["Ella may come along on outings nearby during the day."],
    "topics": ["swimming"],
    "given": ["outings", "swimming"],
    "follow": ["photos online"],
    "told": True,
    "again": True,
    "changed": False,
    "code": "482913",
    "ending": "17",
    "road": "Telegram",
    "handle": "fjordvik_skoler_bot",
    "says_all": False,
    "country": "FI",
    "name": "Ella",
    "parts": ["borte fre. 7. mars", "kommer kl. 10.00 man. 10. mars"],
    "more": TODAY + timedelta(days=21),
    "hours": [(TODAY, [(time(8, 0), time(16, 0))])],
}
OF_SUBJECT: Mapping[str, Mapping[str, Any]] = {
    "consent": {"refused": ["photos inside"], "sender": "Fjordvik skole"},
    "noted": {"refused": ["photos inside"], "ended": ["video"], "topic": "outings", "granted": True},
    "broadcast": {
        "sender": "Kari Lunde, kontaktlærer 7A",
        "text": "Ella og de andre i 7A går på ski torsdag.",
        "tongue": None,
        "chosen": 0,
    },
    "alarm": {"sender": "Fjordvik skole", "text": "Det brenner. Alle barna er ute.", "tongue": None, "help": False},
    "staff_alarm": {
        "at": time(10, 5),
        "n": 412,
        "name": "Ingrid Solberg",
        "number": "+47 40 00 00 17",
        "place": ["Fjordvik skole"],
        "seconds": 41,
        "drill": True,
        "text": "Det brenner.",
        "unit": "Fjordvik skole",
    },
    "staff_line": {
        "child": "Ella (7A)",
        "at": time(9, 15),
        "meal": "lunch",
        "food": True,
        "group": "7A",
        "n": 19,
        "besides": ["Ella"],
        "others": [],
        "looked_for": ["Otso"],
    },
}


def parse(file: Path) -> jinja2.nodes.Template:
    return jinja2.Environment(autoescape=False).parse(file.read_text("utf-8"))  # noqa: S701


def macros(subject: str, language: str) -> dict[str, tuple[str, ...]]:
    """Each utterance of a subject and the parameters it takes, those with a default marked."""
    found: dict[str, tuple[str, ...]] = {}
    for macro in parse(WORDS / subject / f"{language}.j2").find_all(jinja2.nodes.Macro):
        plain = len(macro.args) - len(macro.defaults)
        found[macro.name] = tuple(arg.name + ("=" if at >= plain else "") for at, arg in enumerate(macro.args))
    return found


def subjects() -> list[str]:
    return sorted(folder.name for folder in WORDS.iterdir() if any(folder.glob("*.j2")))


def utterances() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for subject in TALKS:
        for language in WRITTEN:
            for name, parameters in macros(subject, language).items():
                yield language, f"{subject}.{name}", parameters


def fill(utterance: str, parameters: tuple[str, ...], people: dict[str, Any]) -> dict[str, Any]:
    values = {**SHARED, **OF_SUBJECT.get(utterance.partition(".")[0], {}), **people}
    values["choices"] = [f"{at} {name}" for at, name in enumerate([*people["children"], "begge"], 1)]
    return {name.rstrip("="): values[name.rstrip("=")] for name in parameters}


def named_in(file: Path) -> set[str]:
    """The strings in a file that look like utterances; what is noted in the audit is none."""
    tree = ast.parse(file.read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    noted = {id(arg) for call in calls if getattr(call.func, "id", "") == "note" for arg in call.args}
    texts = {
        n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in noted and type(n.value) is str
    }
    return {text for text in texts if text.partition(".")[0] in SAID_ANYWHERE and text.partition(".")[2].isidentifier()}


def all_refusals() -> list[type[Refusal]]:
    for package in (hub, bots, channels, admin_web):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".migrations" not in module.name:
                import_module(module.name)
    found: list[type[Refusal]] = [Refusal]
    for kind in found:
        found.extend(sub for sub in kind.__subclasses__() if sub.__module__.split(".")[0] != "tests")
    return found


@pytest.mark.parametrize("subject", subjects())
def test_every_language_of_a_subject_has_the_same_utterances_with_the_same_parameters(subject: str) -> None:
    languages = sorted({file.stem for file in (WORDS / subject).glob("*.j2")} - set(FIXED))

    told = {language: macros(subject, language) for language in languages}

    assert set(WRITTEN) - set(languages) <= (set() if subject in TO_GUARDIANS else PAGES_STAND_IN)
    for language in languages:
        assert told[language] == told["en"], f"{subject}/{language}.j2 differs from en.j2"


@pytest.mark.parametrize("language", FIXED)
def test_a_language_of_fixed_sentences_says_them_with_the_parameters_of_the_others_in_three_parts_at_most(
    language: str,
) -> None:
    subjects_said = [subject for subject in subjects() if (WORDS / subject / f"{language}.j2").exists()]
    words = Words(language)

    for subject in subjects_said:
        told, known = macros(subject, language), macros(subject, "en")
        assert told.items() <= known.items()
        for name, parameters in told.items():
            said = words.say(f"{subject}.{name}", **fill(f"{subject}.{name}", parameters, LONGEST))
            assert count_parts(said).parts <= 3, said

    assert {"keywords", "reception"} <= set(subjects_said)


def test_every_utterance_that_code_names_has_words_and_no_utterance_of_a_bot_is_idle() -> None:
    files = [file for folder in ("hub", "bots") for file in (ROOT / folder).rglob("*.py")]
    named = {text for file in files if "migrations" not in file.parts for text in named_in(file)}
    known = {utterance for _, utterance, _ in utterances()}

    missing = {name for name in named if not Words("en").has(name)}

    assert missing == set()
    assert known - named == set()


def test_every_bot_has_its_words_in_every_language() -> None:
    for entry in installed("bots"):
        bot = entry.load()()
        for language in WRITTEN:
            assert (WORDS / bot.name / f"{language}.j2").exists(), f"{bot.name} is silent in {language}"


@pytest.mark.parametrize("language", WRITTEN)
def test_every_refusal_has_words(language: str) -> None:
    words = Words(language)

    silent = [kind.__qualname__ for kind in all_refusals() if not words.has(kind.words)]

    assert silent == []


def test_no_template_says_a_thing_twice() -> None:
    """The later of two would be said, and the earlier read."""
    told = {
        str(file.relative_to(WORDS)): [
            line.partition("macro ")[2].partition("(")[0]
            for line in file.read_text("utf-8").splitlines()
            if line.startswith("{% macro ")
        ]
        for file in WORDS.rglob("*.j2")
    }

    assert [(name, macro) for name, macros in told.items() for macro in set(macros) if macros.count(macro) > 1] == []


def test_no_template_chooses_between_a_word_and_the_same_word() -> None:
    same = [
        f"{file.relative_to(WORDS)}:{choice.lineno}"
        for file in sorted(WORDS.rglob("*.j2"))
        for choice in parse(file).find_all(jinja2.nodes.CondExpr)
        if choice.expr1 == choice.expr2
    ]

    assert same == []


@pytest.mark.parametrize(("language", "utterance", "parameters"), list(utterances()))
def test_an_utterance_fits_its_text_messages(language: str, utterance: str, parameters: tuple[str, ...]) -> None:
    words = Words(language)

    ordinary = words.say(utterance, **fill(utterance, parameters, ORDINARY))
    longest = words.say(utterance, **fill(utterance, parameters, LONGEST))

    assert count_parts(ordinary).encoding == count_parts(longest).encoding == "gsm7", count_parts(longest).costly
    assert count_parts(ordinary).parts == 1, ordinary
    assert count_parts(longest).parts <= 2, longest
    assert ".." not in ordinary + longest
    assert "  " not in ordinary + longest
    assert not set(ordinary.replace(".", " ").replace(",", " ").split()) & PROVIDERS_OWN


@pytest.mark.parametrize(
    ("language", "one", "span"),
    [
        ("nb", "i dag, mandag 3. mars", "fra i dag til og med fre. 7. mars"),
        ("nn", "i dag, måndag 3. mars", "frå i dag til og med fre. 7. mars"),
        ("sv", "i dag, måndag 3 mars", "från i dag till och med fre 7 mars"),
        ("fi", "tänään, maanantaina 3.3.", "ma 3.3.-pe 7.3."),
        ("en", "today, Monday 3 March", "from today to Fri 7 Mar"),
    ],
)
def test_days_are_said_as_people_of_the_language_say_them(language: str, one: str, span: str) -> None:
    assert say_day(TODAY, TODAY, language) == one
    assert say_days(WEEK, TODAY, language) == span


def test_a_weekend_does_not_break_a_span_of_days() -> None:
    days = [date(2025, 3, 6), date(2025, 3, 7), date(2025, 3, 10), date(2025, 3, 12)]

    assert say_days(days, TODAY, "nb") == "fra tor. 6. mars til og med man. 10. mars og ons. 12. mars"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "tir. 30. des. og ons. 31. des. 2025 og fredag 2. januar 2026"),
        ("sv", "tis 30 dec. och ons 31 dec. 2025 och fredag 2 januari 2026"),
        ("fi", "ti 30.12. ja ke 31.12.2025 ja perjantaina 2.1.2026"),
        ("en", "Tue 30 Dec and Wed 31 Dec 2025 and Friday 2 January 2026"),
    ],
)
def test_days_in_what_is_kept_bear_their_year(language: str, said: str) -> None:
    assert say_dated_days([date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 2)], language) == said


def test_a_date_that_ends_a_sentence_ends_it_once() -> None:
    said = Words("fi").say("absence.undone", children=["Ella"], days=(TODAY,), today=TODAY)

    assert said == "Peruttu: Ella ei ole poissa tänään, maanantaina 3.3."


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "Notert: Ella og Otso kommer kl. 10.00 i dag, mandag 3. mars."),
        ("fi", "Kirjattu: Ella ja Otso tulevat klo 10.00 tänään, maanantaina 3.3."),
        ("en", "Noted: Ella and Otso are coming at 10:00 today, Monday 3 March."),
    ],
)
def test_number_and_clock_follow_the_language(language: str, said: str) -> None:
    parameters = {"children": ["Ella", "Otso"], "days": (TODAY,), "comes_at": time(10, 0), "today": TODAY}

    assert Words(language).say("today.late_noted", **parameters) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "tir. 30. des., ons. 31. des. og fre. 2. jan."),
        ("sv", "tis 30 dec., ons 31 dec. och fre 2 jan."),
        ("fi", "ti 30.12., ke 31.12. ja pe 2.1."),
    ],
)
def test_two_days_beside_another_are_one_list(language: str, said: str) -> None:
    days = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 2)]

    assert say_days(days, date(2025, 12, 8), language) == said
