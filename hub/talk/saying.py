"""How a reply is put into words: in which language, with numbered choices, and who is named as its reader."""

from typing import Any

from hub.desk import Look
from hub.language import answer_in
from hub.post.reach_wishes import find_wishes
from hub.post.reading_hours import next_reading
from hub.post.topics import Topic
from hub.talk.answers import CONFIRM, Question
from hub.talk.dialogue import Say, say
from hub.talk.heard import Heard, Intent
from hub.talk.routing import Route, find_holders
from hub.talk.speaker import Speaker
from hub.words import Words

KEYWORDS = frozenset({Intent.STOP, Intent.START, Intent.HELP, Intent.STATUS, Intent.UNDO, Intent.DOCUMENTS})


def passed_on(look: Look, route: Route) -> Say:
    """Who will read it: by name, and for whom they stand in; outside the unit's hours also when. Whoever said no to everything
    where they write from is rung, for no answer of staff's goes there."""
    holders = find_holders(look, route.role.id, route.unit)
    opens = next_reading(look, route.unit, look.now)
    if opens is not None and opens > look.now:
        at, today = route.unit.local(opens), route.unit.today(look.now)
        reader = holders.reader.first_name if holders.reader is not None else ""
        return say("reception.read_later", reader=reader, unit=route.unit.name, at=at, today=today)
    if _is_closed_to_answers(look, route):
        reader = holders.reader.first_name if holders.reader is not None else ""
        return say("reception.passed_on_to_call", reader=reader, unit=route.unit.name)
    if holders.stand_in is not None and holders.holder is not None:
        return say(
            "reception.passed_on_to_stand_in", reader=holders.stand_in.first_name, absent=holders.holder.first_name
        )
    if holders.reader is not None:
        return say("reception.passed_on_to", reader=holders.reader.first_name, unit=route.unit.name)
    return say("reception.passed_on", unit=route.unit.name)


def _is_closed_to_answers(look: Look, route: Route) -> bool:
    """As when the answer is claimed: of several behind one phone each must have said so."""
    wishes = find_wishes(look, [guardian.id for _, guardian in route.people])
    return bool(wishes) and all(
        guardian.id in wishes and wishes[guardian.id].stops(address.kind, Topic.DAILY, answers=True)
        for address, guardian in route.people
    )


def render(look: Look, language: str, says: list[Say]) -> str:
    """The says as one text. Choices become "1 Ella", "2 Otso", with codes said in words."""
    words = look.words.in_language(language)
    texts = []
    for each in says:
        parameters = dict(each.parameters)
        if "choices" in parameters:
            options = [o if not words.has(f"options.{o}") else words.say(f"options.{o}") for o in parameters["choices"]]
            parameters["choices"] = [f"{number} {option}" for number, option in enumerate(options, 1)]
            if not options:
                del parameters["choices"]
        parameters |= {name: _render_parts(words, value) for name, value in parameters.items() if _has_parts(value)}
        texts.append(words.say(each.utterance, **parameters))
    return " ".join(dict.fromkeys(texts))


def choices_of(look: Look, language: str, question: Question[Any] | None) -> list[tuple[str, str]]:
    """What a question may be answered with, for channels that have buttons: the answer, and the word for it."""
    if question is None:
        return []
    words = look.words.in_language(language)
    if question.about().about == CONFIRM and not question.options():
        return [(word, word) for word in (words.say("options.confirm_yes"), words.say("options.confirm_no"))]
    return [
        (str(number), words.say(f"options.{option}") if words.has(f"options.{option}") else option)
        for number, option in enumerate(question.options(), 1)
    ]


def _has_parts(value: Any) -> bool:
    """Whether it is what a say is put together of: says of their own."""
    return isinstance(value, list) and bool(value) and all(isinstance(part, Say) for part in value)


def _render_parts(words: Words, parts: list[Say]) -> list[str]:
    return [words.say(part.utterance, **part.parameters) for part in parts]


def language_of(speaker: Speaker, heard: Heard | None) -> str:
    """What they chose a moment ago, else what they write in. A keyword alone tells nothing: languages share them."""
    setting = speaker.guardians[0].language
    if heard is None or setting != speaker.language or {act.intent for act in heard.acts} <= KEYWORDS:
        return setting
    return answer_in(setting, heard.language)
