"""Lists, days, clock times and amounts, as each language says them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date

from hub.language import DEFAULT

AND = {"nb": "og", "nn": "og", "sv": "och", "fi": "ja", "en": "and", "da": "og"}
OR = {"nb": "eller", "nn": "eller", "sv": "eller", "fi": "tai", "en": "or", "da": "eller"}
_SPAN = {
    "nb": "fra {0} til og med {1}",
    "nn": "frå {0} til og med {1}",
    "sv": "från {0} till och med {1}",
    "fi": "{0}-{1}",
    "en": "from {0} to {1}",
    "da": "fra {0} til og med {1}",
}
_NEAR_IN_SPAN = frozenset({"nb", "nn", "sv", "en", "da"})
_NEAR = {
    "nb": {0: "i dag", 1: "i morgen", -1: "i går"},
    "nn": {0: "i dag", 1: "i morgon", -1: "i går"},
    "sv": {0: "i dag", 1: "i morgon", -1: "i går"},
    "fi": {0: "tänään", 1: "huomenna", -1: "eilen"},
    "en": {0: "today", 1: "tomorrow", -1: "yesterday"},
    "da": {0: "i dag", 1: "i morgen", -1: "i går"},
    "se": {0: "odne", 1: "ihttin", -1: "ikte"},
}
_DATE = {
    "nb": "EEEE d. MMMM",
    "nn": "EEEE d. MMMM",
    "sv": "EEEE d MMMM",
    "fi": "EEEE d.M.",
    "en": "EEEE d MMMM",
    "da": "EEEE 'den' d. MMMM",
    "se": "d.M.",
}
_SHORT_DATE = {
    "nb": "EEE d. MMM",
    "nn": "ccc'.' d. MMM",
    "sv": "EEE d MMM",
    "fi": "EEE d.M.",
    "en": "EEE d MMM",
    "da": "EEE d. MMM",
    "se": "d.M.",
}
_WEEK = {"nb": "uke", "nn": "veke", "sv": "vecka", "fi": "viikko", "da": "uge", "en": "week"}
_OFF = {"nb": "fri", "nn": "fri", "sv": "ledig", "fi": "vapaa", "da": "fri", "en": "off"}


def listing(items: Iterable[str], language: str, last: Mapping[str, str] = AND) -> str:
    """ "Ella, Otso og Kari": commas, and the language's "and" before the last."""
    names = list(items)
    word = last.get(language, last["en"])
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}" if names else ""


def say_day(day: date, today: date, language: str, short: bool = False) -> str:
    """ "i dag, mandag 3. mars": a word for the near days, and always the date."""
    shown = _date(day, language, short)
    near = _NEAR.get(language, _NEAR["en"]).get((day - today).days)
    return f"{near}, {shown}" if near and not short else near or shown


def say_date(day: date, language: str) -> str:
    """ "mandag 3. mars": whichever day it is read on."""
    return _date(day, language, short=False)


def say_short_date(day: date, language: str) -> str:
    """ "man. 3. mars": the same, shorter."""
    return _date(day, language, short=True)


def say_days(days: Iterable[date], today: date, language: str) -> str:
    """A list of days as people say it: single days, and spans from first to last (weekends within a span are passed over)."""
    ordered = sorted(days)
    if len(ordered) == 1:
        return say_day(ordered[0], today, language)
    spans: list[list[date]] = []
    for day in ordered:
        if spans and _next_school_day(spans[-1][-1]) >= day:
            spans[-1].append(day)
        else:
            spans.append([day])
    return listing((part for span in spans for part in _say_span(span, today, language)), language)


def say_dated_days(days: Iterable[date], language: str) -> str:
    """ "mandag 24. mars 2025": the same list whichever day it is read on, each year's days with the year."""
    years: dict[int, list[date]] = {}
    for day in sorted(days):
        years.setdefault(day.year, []).append(day)
    gap = "" if language == "fi" else " "
    return listing((f"{say_days(told, date.min, language)}{gap}{year}" for year, told in years.items()), language)


def _say_span(span: list[date], today: date, language: str) -> list[str]:
    """Two days are said one by one, so that they stand in a list like any others."""
    first, last = span[0], span[-1]
    if len(span) <= 2:
        return [_near_or_short(day, today, language) for day in span]
    start = _near_or_short(first, today, language) if language in _NEAR_IN_SPAN else _date(first, language, True)
    return [_SPAN.get(language, _SPAN["en"]).format(start, _date(last, language, True))]


def _near_or_short(day: date, today: date, language: str) -> str:
    return _NEAR.get(language, _NEAR["en"]).get((day - today).days) or _date(day, language, True)


def _next_school_day(day: date) -> date:
    after = day + timedelta(days=1)
    return after + timedelta(days=7 - after.weekday()) if after.weekday() > 4 else after


@lru_cache(maxsize=4096)
def _date(day: date, language: str, short: bool) -> str:
    patterns = _SHORT_DATE if short else _DATE
    text = format_date(day, patterns.get(language, patterns["en"]), locale=language if language in _DATE else "en")
    return text.replace("..", ".").replace("\u00a0", " ").replace("\u202f", " ")


def say_hours(
    days: Iterable[tuple[date, Sequence[tuple[time, time]]]], language: str, *, with_week: bool = True
) -> str:
    """ "uke 49: man-tor 8-16, fre fri": days of the same hours together, each week by its number; no hours are a day off.

    Days of a single week may go without its number.
    """
    weeks: dict[tuple[int, int], list[tuple[date, str]]] = {}
    for day, periods in sorted(days, key=lambda told: told[0]):
        hours = " + ".join(f"{_short_clock(a, language)}-{_short_clock(b, language)}" for a, b in periods)
        weeks.setdefault(day.isocalendar()[:2], []).append((day, hours or _OFF.get(language, _OFF["en"])))
    said = {number: _say_week(told, language) for (_, number), told in weeks.items()}
    if len(said) == 1 and not with_week:
        return next(iter(said.values()))
    return "; ".join(f"{_WEEK.get(language, _WEEK['en'])} {number}: {told}" for number, told in said.items())


def say_calendar(days: Iterable[date], language: str) -> str:
    """ "uke 26: man. 23. juni-fre. 27. juni; uke 27: ons. 2. juli": days as they stand in a calendar, week by week."""
    weeks: dict[tuple[int, int], list[list[date]]] = {}
    for day in sorted(days):
        runs = weeks.setdefault(day.isocalendar()[:2], [])
        if runs and runs[-1][-1] + timedelta(days=1) == day:
            runs[-1].append(day)
        else:
            runs.append([day])
    word = _WEEK.get(language, _WEEK["en"])
    return "; ".join(
        f"{word} {number}: {', '.join(_say_run(run, language) for run in runs)}" for (_, number), runs in weeks.items()
    )


def _say_run(run: Sequence[date], language: str) -> str:
    ends = [run[0]] if len(run) == 1 else [run[0], run[-1]]
    return "-".join(_date(day, language, True) for day in ends)


def _say_week(told: Sequence[tuple[date, str]], language: str) -> str:
    runs: list[tuple[date, date, str]] = []
    for day, hours in told:
        if runs and runs[-1][2] == hours and runs[-1][1] + timedelta(days=1) == day:
            runs[-1] = (runs[-1][0], day, hours)
        else:
            runs.append((day, day, hours))
    return ", ".join(f"{_say_weekdays(first, last, language)} {hours}" for first, last, hours in runs)


def _say_weekdays(first: date, last: date, language: str) -> str:
    mark = "-" if (last - first).days > 1 else "+"
    return say_weekday(first, language) + ("" if first == last else mark + say_weekday(last, language))


@lru_cache(maxsize=256)
def say_weekday(day: date, language: str) -> str:
    """ "man": as short as people write it."""
    return format_date(day, "ccc", locale=language if language in _WEEK else "en").rstrip(".")


def _short_clock(at: time, language: str) -> str:
    mark = ":" if language == DEFAULT else "."
    return f"{at.hour}{mark}{at:%M}" if at.minute else str(at.hour)


def say_clock(at: time | datetime, language: str) -> str:
    """24 hours. A point parts hours and minutes, in English a colon; Finnish hours have no zero before them."""
    if language == DEFAULT:
        return at.strftime("%H:%M")
    return f"{at.hour}.{at:%M}" if language == "fi" else at.strftime("%H.%M")


def say_amount(amount: Decimal, language: str) -> str:
    """ "1234,50": two places behind a comma, in English behind a point."""
    return f"{amount:.2f}" if language == DEFAULT else f"{amount:.2f}".replace(".", ",")


def say_tongue(code: str, language: str) -> str:
    """What a language is called in another, "und" for one that nobody could tell; its code where it has no name there."""
    return str(Locale.parse(language).languages.get(code, code))
