"""The phrasebook: ready sentences that Budbok has in every language it writes, with places for days, times and where.

What is filled in stands in every language as it was given: a day and a time as that language says them, a place letter by
letter. Each family reads its own language and, below it, the school's. Nothing is asked of any service.
"""

from dataclasses import dataclass, fields
from datetime import date, time

from hub.desk import Refusal
from hub.language import WRITTEN
from hub.post.placeholders import LONGEST_PLACE
from hub.talk.broadcasting import READ_EACH_OTHER
from hub.words import Words, is_one_line

PHRASES: dict[str, tuple[str, ...]] = {
    "closed": ("day",),
    "closed_weather": ("day",),
    "closes_early": ("day", "at"),
    "opens_late": ("day", "at"),
    "planning_day": ("day",),
    "few_staff": ("day",),
    "meeting": ("day", "at", "place"),
    "outing": ("day", "starts", "ends", "place"),
    "outing_off": ("day",),
    "late_back": ("at", "place"),
    "bus_late": ("at",),
    "celebration": ("day", "starts", "ends", "place"),
    "photographer": ("day",),
    "fetch_elsewhere": ("day", "place"),
    "bring_food": ("day",),
    "bring_swimwear": ("day",),
    "bring_warm": ("day",),
    "bring_bike": ("day",),
    "lice": (),
    "stomach_bug": (),
    "chickenpox": (),
    "gate_broken": (),
    "other_entrance": ("place",),
    "no_water": ("day",),
    "no_power": ("at",),
    "no_phone": (),
    "lost_clothes": ("day",),
    "tell_holiday": ("day",),
}
"""What each has to have filled in."""


class SlotsMissingError(Refusal):
    """Something that the phrase needs is not filled in, or may not stand there."""

    words = "phrasebook.missing"


@dataclass(frozen=True, slots=True)
class Slots:
    """What is filled in; times are by the unit's clock."""

    day: date | None = None
    at: time | None = None
    starts: time | None = None
    ends: time | None = None
    place: str = ""


def say_phrase(name: str, slots: Slots, school: str) -> dict[str, str]:
    """The texts of a broadcast by language; `school` is the unit's own. Raises: SlotsMissingError, KeyError."""
    given = {each.name: getattr(slots, each.name) for each in fields(slots)} | {"place": slots.place.strip()}
    needed = {slot: given[slot] for slot in PHRASES[name]}
    if any(value is None or value == "" for value in needed.values()):
        raise SlotsMissingError
    if set("{}") & set(slots.place) or not is_one_line(slots.place) or len(slots.place) > LONGEST_PLACE:
        raise SlotsMissingError
    said = {language: Words(language).say(f"phrases.{name}", **needed) for language in WRITTEN}
    own = said.get(school, said["en"])
    return {
        language: text if language == school or {language, school} <= READ_EACH_OTHER else f"{text}\n{own}"
        for language, text in said.items()
    }
