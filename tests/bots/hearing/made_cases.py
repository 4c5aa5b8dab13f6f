"""Cases made from templates, one file a language in `made/`: the same each time, each with its phenomenon and way of writing.

In a template {n} is the child, {m} its sibling, {d} the days, {t} a time, {w} who fetches. It is Tuesday 24 November 2026,
twenty past seven. A way of writing: as it is, in small letters without marks, without dots and rings, or in capitals.
"""

import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from random import Random
from typing import Any

LANGUAGES = ("nb", "nn", "sv", "fi", "en", "da")
_RECEIVED = "2026-11-24T07:20:00+01:00"
_TODAY, _FRIDAY = "2026-11-24", "2026-11-27"
_DAYS = {
    "none": [24],
    "today": [24],
    "tomorrow": [25],
    "thursday": [26],
    "friday": [27],
    "two": [24, 25],
    "list": [25, 26, 27],
    "rest": [24, 25, 26, 27],
    "until": [24, 25, 26],
}
_NEXT_WEEK = ["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"]
_MARKS = str.maketrans("", "", ".,!?😊")
_MOST_OF_A_KIND = 8


@dataclass(frozen=True, slots=True)
class Made:
    """A text about children, before it is written in one way or another. `acts` is what it means."""

    phenomenon: str
    text: str
    children: tuple[str, ...]
    acts: list[dict[str, Any]]
    sensitive: bool = False


def made_cases(language: str) -> list[dict[str, Any]]:
    """The cases of one language, as many of each kind as there are, at most so many."""
    path = Path(__file__).parent / "made" / f"{language}.toml"
    templates = tomllib.loads(path.read_text(encoding="utf-8"))
    chance = Random(language)
    cases: list[dict[str, Any]] = []
    by_kind: dict[str, list[Made]] = {}
    for made in _all(templates):
        by_kind.setdefault(made.phenomenon, []).append(made)
    for _, members in sorted(by_kind.items()):
        picked = chance.sample(members, min(len(members), _MOST_OF_A_KIND))
        for made in picked:
            for way in ("as it is", chance.choice(["small", "plain", "capitals"])):
                cases.append(_case(f"{language}-made-{len(cases):04}", made, way, templates, language, chance))
    return cases


def _all(templates: dict[str, Any]) -> Iterator[Made]:
    people = _people(templates)
    yield from _absences(templates, people)
    for person in people:
        yield from _daily(templates, person)
        yield from _nothings(templates, person)
    for person, other in pairwise(people):
        yield from _of_two(templates, person, other)


def _people(templates: dict[str, Any]) -> list[dict[str, str]]:
    """Each child with what stands for it in a template: {n}, and in Finnish {g} and {o}."""
    first = [name.split()[0] for name in templates["names"]]
    return [
        {
            "name": name,
            "n": first[at],
            "g": templates.get("genitives", first)[at],
            "o": templates.get("adessives", first)[at],
        }
        for at, name in enumerate(templates["names"])
    ]


def _absences(templates: dict[str, Any], people: Sequence[dict[str, str]]) -> Iterator[Made]:
    for kind, frames in templates["absent"].items():
        for frame, person, (day, texts) in product(frames, people, templates["days"].items()):
            for text in texts:
                days = _NEXT_WEEK if day == "next" else [f"2026-11-{number}" for number in _DAYS[day]]
                act = {"intent": "absence", "children": [person["name"]], "days": days}
                said = " ".join(frame.format(d=text, **person).split()).replace(" ,", ",")
                yield Made(f"absence {kind}, day {day}", said, (person["name"],), [act], kind == "symptom")


def _daily(templates: dict[str, Any], person: dict[str, str]) -> Iterator[Made]:
    """What happens on one day: late, early, fetched, back, after all, and corrected days."""
    only = (person["name"],)
    today = {"children": [person["name"]], "days": [_TODAY]}
    for frame, (moment, texts) in product(templates["late"]["frames"], templates["late"]["times"].items()):
        for text in texts:
            yield Made("late", frame.format(t=text, **person), only, [{"intent": "late", **today, "start": moment}])
    for frame in templates["late"]["bare"]:
        yield Made("late without a time", frame.format(**person), only, [{"intent": "late", **today}])
    for frame, (moment, texts) in product(templates["early"]["frames"], templates["early"]["times"].items()):
        for text in texts:
            yield Made(
                "early", frame.format(t=text, **person), only, [{"intent": "early_pickup", **today, "end": moment}]
            )
    for frame, (who, texts) in product(templates["pickup"]["frames"], templates["pickup"]["who"].items()):
        for text in texts:
            act = {"intent": "pickup_person", **today, "person": who}
            yield Made("pickup", frame.format(w=text, **person), only, [act])
    for frame in templates["cancel"]["frames"]:
        yield Made("comes after all", frame.format(**person), only, [{"intent": "absence_cancel", **today}])
    until_friday = {
        "intent": "absence",
        "children": [person["name"]],
        "days": [f"2026-11-{day}" for day in (24, 25, 26)],
    }
    for frame in templates["back"]["frames"]:
        yield Made("back on a day", frame.format(**person), only, [until_friday])
    corrected = {"intent": "absence", "children": [person["name"]], "days": [_FRIDAY]}
    for frame in templates["correct"]["frames"]:
        yield Made("corrected in the message", frame.format(**person), only, [corrected])


def _nothings(templates: dict[str, Any], person: dict[str, str]) -> Iterator[Made]:
    message = {"intent": "message", "children": [person["name"]]}
    for kind, frames in templates["nothing"].items():
        for frame in frames:
            yield Made(f"no act: {kind}", frame.format(**person), (person["name"],), [message])


def _of_two(templates: dict[str, Any], person: dict[str, str], other: dict[str, str]) -> Iterator[Made]:
    """Two children in one message, and one child on two days."""
    both = (person["name"], other["name"])
    absence = {"intent": "absence", "children": [person["name"]], "days": [_TODAY]}
    told = {"children": [other["name"]], "days": [_TODAY]}
    acts = {
        "absence": absence,
        "late": {"intent": "late", **told, "start": "10:00"},
        "early": {"intent": "early_pickup", **told, "end": "13:00"},
    }
    for line in templates["two"]["frames"]:
        frame, _, meant = line.partition(" = ")
        text = frame.format(m=other["n"], **person)
        yield Made("two children", text, both, [acts[name] for name in meant.split()])
    for frame in templates["two"]["later"]:
        yield Made("another day in the same breath", frame.format(**person), both, [absence])


def _case(name: str, made: Made, way: str, templates: dict[str, Any], language: str, chance: Random) -> dict[str, Any]:
    text = chance.choice(templates["greetings"]) + made.text
    question = made.text.endswith("?")
    closing = chance.choice(templates["closings"])
    text += closing if question or not closing or closing[0] == "\n" or closing == " 😊" else "." + closing
    return {
        "id": name,
        "phenomenon": f"{made.phenomenon} · {way}",
        "text": _written(text, way, keep_question=question),
        "received_at": _RECEIVED,
        "children": [{"name": child} for child in made.children],
        "language_hint": language,
        "asked": None,
        "expect": {
            "language": language,
            "sensitive": made.sensitive,
            "acts": [_person_written(act, way) for act in made.acts],
        },
    }


def _person_written(act: dict[str, Any], way: str) -> dict[str, Any]:
    """The act with its person as the text has it."""
    change = {"capitals": str.upper, "small": str.lower}.get(way, str)
    return {**act, "person": change(act["person"])} if "person" in act else act


def _written(text: str, way: str, keep_question: bool) -> str:
    if way == "capitals":
        return text.upper()
    if way == "plain":
        spread = unicodedata.normalize("NFKD", text.translate(str.maketrans("øØæÆ", "oOaA")))
        return "".join(sign for sign in spread if not unicodedata.combining(sign))
    if way == "small" and not keep_question and not any(sign.isdigit() for sign in text):
        return text.lower().translate(_MARKS)
    return text
