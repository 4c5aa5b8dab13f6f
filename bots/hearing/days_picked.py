"""The days of a question that an answer picks by their names or dates and not by number: "monday and wednesday", "week 16".

A weekday is one of the days that were asked about, whenever the next such day may be; where it is two of them, or a word
tells something else, nothing is picked.
"""

from collections import Counter
from dataclasses import replace
from datetime import date

from bots.hearing.almanac import Days
from bots.hearing.reading import Reading
from bots.hearing.setting_apart import SettingApart
from bots.hearing.stretches import covered
from hub.talk.heard import About, Act, Heard, Intent

_BESIDE = frozenset({"come", "child_word", "filler", "greeting", "thanks"})
_OF_DAYS = frozenset({Intent.ABSENCE, Intent.CARE_TIME})
_FEW_DAYS = 2
"""More days than "today and tomorrow" are a week spoken of as one."""


def is_about_days(asked: About | None) -> bool:
    """Whether single days or weeks of its own were asked about, each with a number."""
    return asked is not None and asked.about == "which_days" and asked.topic is None and bool(asked.options)


def days_picked(reading: Reading, asked: About) -> tuple[int, ...]:
    """The 1-based choices. `asked` is about days (is_about_days), whose choices are ISO dates."""
    if not reading.days or any(token.text == "?" for token in reading.tokens):
        return ()
    apart = SettingApart(reading, len(asked.options))
    start = apart.find_start()
    told = [days for days in reading.days if days.start >= (start or 0)]
    beside = [tag for tag in reading.tags if tag.name in _BESIDE]
    children = [mention for mention in reading.mentions if mention.keys and not mention.related]
    known = covered(told, beside, children)
    for at in range(start or 0, len(reading.tokens)):
        if at not in known and not (apart.may_stand(at) if start is None else apart.is_beside(at)):
            return ()
    choices = [date.fromisoformat(option) for option in asked.options]
    picked: set[int] = set()
    for days in told:
        numbers = _numbers_of(days, choices)
        if not numbers:
            return ()
        picked |= numbers
    everything = range(1, len(choices) + 1)
    return tuple(number for number in everything if picked and (number in picked) is (start is None))


def of_days_asked(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """As a message where only weekdays tell which days a child is away or has its times, for those may be of the days asked
    about: "off on tuesday". Who is ill, and what is of a date, of today or tomorrow, is told as it stands."""
    if not is_about_days(asked) or not heard.acts or not reading.days:
        return heard
    loose = all(days.weekdays or (len(days.days) > _FEW_DAYS and not days.is_week) for days in reading.days)
    if not loose or not all(act.intent in _OF_DAYS and not act.ill for act in heard.acts):
        return heard
    return replace(heard, acts=(Act(Intent.MESSAGE, heard.acts[0].children),))


def _numbers_of(days: Days, choices: list[date]) -> set[int]:
    if days.shape != "days":
        return set()
    dated = {number for number, day in enumerate(choices, 1) if day in days.days}
    if dated or not days.weekdays:
        return dated
    weeks = Counter(day.isocalendar()[:2] for day in choices)
    found = {at: [number for number, day in enumerate(choices, 1) if day.weekday() == at] for at in days.weekdays}
    if max(weeks.values()) < 2 or any(len(numbers) != 1 for numbers in found.values()):
        return set()  # whole weeks were asked about, or two weeks have such a day
    return {numbers[0] for numbers in found.values()}
