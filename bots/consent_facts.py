"""What the consent bot knows before it asks, and what it knows afterwards: for whom they decide, of what, and what was said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.consent_question import Topic
from hub.desk import Look
from hub.people.families import Right
from hub.post.audience import list_children_for
from hub.school.consent_kinds import Kind
from hub.school.consent_standing import Standings, read_standings
from hub.talk.answers import Named
from hub.talk.speaker import Speaker, name_apart


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the hub asks about one child, by itself."""

    child: Named
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What was said unasked stands in `yes` and `no`, of the children `meant`; what the hub asks, in `wanted`.

    `strong` are the names of kinds that no text can give. `general` is asked first for the children `without_general`.
    `again`: a reminder; `changed`: its text is new since it was asked; `holds`: a no to it holds meanwhile.
    `until` ends the time for an answer to the campaign; `sender` asks the first of it, and is named there.
    """

    children: tuple[Named, ...]
    meant: tuple[Named, ...] = ()
    yes: tuple[Topic, ...] = ()
    no: tuple[Topic, ...] = ()
    strong: tuple[str, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    general: Topic | None = None
    without_general: tuple[str, ...] = ()
    campaign_id: str | None = None
    until: datetime | None = None
    again: bool = False
    changed: bool = False
    holds: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """Yes or no to one topic for one child; `earlier` where it was not the last text of the talk that said it."""

    child: Named
    topic: Topic
    granted: bool
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """What was said. `asked`: in answer to a question of exactly this. `left` is what is to be asked after it."""

    words: tuple[Word, ...]
    asked: bool
    left: ConsentFacts | None = None
    campaign_id: str | None = None
    until: datetime | None = None
    strong: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """The names of what could not be noted, for want of the general consent."""


def list_decided(look: Look, speaker: Speaker, *, anywhere: bool = False) -> tuple[Named, ...]:
    """The children for whom each of the speakers decides now: those at this unit, or anywhere with the owner."""
    (places,) = list_children_for(look, speaker.guardian_ids, (Right.CONSENT,), speaker.today)
    return name_apart([place for place in places if anywhere or place.unit_id == speaker.unit.id])


def make_topics(kinds: Iterable[Kind], language: str) -> tuple[Topic, ...]:
    return tuple(make_topic(kind, language) for kind in kinds)


def make_topic(kind: Kind, language: str) -> Topic:
    """A kind as it is asked now, in a language."""
    return Topic(kind.id, kind.text.id, kind.code, kind.name(language), kind.wording(language))


def read_general(look: Look, speaker: Speaker, kinds: Iterable[Kind], children: Sequence[Named]) -> dict[str, Any]:
    """The general consent, and for which children one of the speakers has not given it."""
    ids = [child.id for child in children]
    standings = read_standings(look, speaker.unit.owner_id, ids, speaker.today)
    return general_facts(standings, kinds, ids, speaker.guardian_ids, speaker.language)


def general_facts(
    standings: Standings, kinds: Iterable[Kind], child_ids: Sequence[str], guardian_ids: Sequence[str], language: str
) -> dict[str, Any]:
    """`general` and `without_general` of the facts, for these guardians."""
    general = next((kind for kind in kinds if kind.is_general), None)
    missing = tuple(id_ for id_ in child_ids if not all(standings.has_general(id_, who) for who in guardian_ids))
    return {
        "general": make_topic(general, language) if general is not None else None,
        "without_general": missing,
    }
