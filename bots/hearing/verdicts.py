"""Yes and no to what is allowed, as the words of a message say it; what is taken back is a no, however it is put."""

from collections.abc import Sequence
from dataclasses import replace

from bots.hearing.hours import sentences
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag

_NUMBER = 3
"""Digits in one piece, as those of a number are written."""


def verdicts_of(reading: Reading) -> list[Tag]:
    """The words that say yes or no to something; a refusal within which no such word counts by itself is a no."""
    lists = enrolments(reading)
    denied = [*(tag for tag in reading.tags if tag.name == "deny"), *_taken_back(reading)]
    denied += [tag for tag in lists if tag.name == "deny"]
    granted = [tag for tag in [*reading.tags, *lists] if tag.name == "grant"]
    told = [*denied, *(tag for tag in granted if not any(one.start < tag.start < one.end for one in denied))]
    read = covered(told)
    told += [tag for tag in _leaves(reading) if not read & set(range(tag.start, tag.end))]
    read = covered(told)
    refused = [tag for tag in reading.tags if tag.name == "refuse" and not read & set(range(tag.start, tag.end))]
    return sorted([*told, *(replace(tag, name="deny") for tag in refused)], key=lambda tag: tag.start)


def _taken_back(reading: Reading) -> list[Tag]:
    """What is pulled back, however much stands between: "take my consent to the photos back"."""
    found: list[Tag] = []
    for start, end in sentences(reading):
        here = [tag for tag in reading.tags if start <= tag.start < end]
        pulls = next((tag for tag in here if tag.name == "pulls"), None)
        back = next((tag for tag in here if tag.name == "back_again" and pulls and tag.start >= pulls.end), None)
        inside = range(pulls.end, back.start) if pulls and back else range(0)
        if pulls and back and any(tag.name == "consent_word" and tag.start in inside for tag in here):
            found.append(replace(pulls, name="deny", end=back.end))
    return found


def enrolments(reading: Reading) -> list[Tag]:
    """Names put on the class list or struck from it: "sett Ada opp på klasselista", "take him off the list". What is denied
    besides ("don't strike her off") is left to the words that deny."""
    found: list[Tag] = []
    for start, end in sentences(reading):
        here = [tag for tag in reading.tags if start <= tag.start < end]
        lists = [tag.start for tag in here if tag.name == "topic" and tag.value == "class_list"]
        if not lists or any(tag.name in {"negative", "ask", "past"} and tag.start == start for tag in here):
            continue
        denied = any(tag.name == "negative" for tag in here)
        verb = next((tag for tag in here if tag.name in {"enrols", "strikes"} and tag.start < lists[-1]), None)
        if verb is not None and not denied:
            found.append(replace(verb, name="grant" if verb.name == "enrols" else "deny"))
    return found


def _leaves(reading: Reading) -> list[Tag]:
    """Phrases that give leave or refuse it ("may gladly", "must not") and are more than a verb alone, as what they say."""
    denials = [tag for tag in reading.tags if tag.name in {"negative", "deny"}]
    mays = [tag for tag in reading.tags if tag.name == "may" and tag.end - tag.start > 1]
    return [
        replace(tag, name="deny" if any(tag.start <= one.start < tag.end for one in denials) else "grant")
        for tag in mays
    ]


def buts_of(reading: Reading) -> set[int]:
    """Where what is said turns: at a "but", or behind a "no" that opens a phrase with one ("no but")."""
    buts = {tag.start for tag in reading.tags if tag.name == "join" and tag.value == "but"}
    slips = {tag.start: tag.end for tag in reading.tags if tag.name == "oops" and tag.end - tag.start > 1}
    denials = [tag for tag in reading.tags if tag.name == "deny" and tag.start in slips]
    return buts | {tag.end for tag in denials if tag.end < slips[tag.start]}


def withdraws(reading: Reading) -> bool:
    """Whether consent is what is refused or taken back: "I'd like to withdraw my permission" applies for nothing."""
    consents = {(tag.start, tag.end) for tag in reading.tags if tag.name == "consent_word"}
    refused = any((tag.start, tag.end) in consents for tag in reading.tags if tag.name == "deny")
    revoked = any(tag.name in {"take_back", "revoke"} for tag in reading.tags) or bool(_taken_back(reading))
    return bool(consents) and (refused or revoked)


def names_joined(reading: Reading) -> set[int]:
    """Where an "and" only joins two children: "put both Ada and Bo on the list", not "Ada may swim and Bo may not"."""
    starts = {mention.start: mention.end for mention in reading.mentions if mention.keys}
    verdicts = {tag.start for tag in reading.tags if tag.name in {"grant", "deny", "may", "refuse"}}
    return {
        tag.start
        for tag in reading.tags
        if tag.name == "join" and tag.value == "and" and tag.start in starts.values()
        if tag.end in starts and starts[tag.end] not in verdicts
    }


def gets_nothing(reading: Reading, topics: Sequence[Tag]) -> bool:
    """`I don't get your texts any more, my new number is ...`: a new number or address, so that no messages are forbidden."""
    moved = any(tag.name in {"new", "own_contact"} for tag in reading.tags)
    told = any(token.kind == "mail" or len(token.text) >= _NUMBER for token in reading.tokens if token.kind != "word")
    return moved and told and bool(topics) and all(tag.value == "electronic" for tag in topics)


def is_turned(one: Tag, other: Tag, buts: set[int], verdicts: Sequence[Tag]) -> bool:
    """`you may take photos, but on the web they may not be put`: a "but" between, a yes before it and a no behind."""
    return any(
        one.end <= at < other.start
        and any(verdict.name == "grant" and verdict.start < at for verdict in verdicts)
        and any(verdict.name == "deny" and verdict.start > at for verdict in verdicts)
        for at in buts
    )
