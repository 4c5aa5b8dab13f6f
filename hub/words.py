"""What Budbok says, in the reader's language: one macro per utterance in templates/words/<subject>/<language>.j2.

Days, lists and clock times pass through the filters here, so that every language says them its own way. Text messages
use only letters of the GSM-7 alphabet where the language allows it.
"""

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from hub.language import chain
from hub.spoken import (
    OR,
    listing,
    say_amount,
    say_calendar,
    say_clock,
    say_date,
    say_dated_days,
    say_day,
    say_days,
    say_hours,
    say_short_date,
    say_tongue,
    say_weekday,
)

WORDS = Path(__file__).parent.parent / "templates" / "words"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class MissingWordsError(KeyError):
    """No language in the chain has the utterance: a fault of ours, found by a test of the house."""


def stop(text: str) -> str:
    """Ends a sentence: "3.3." and "6. feb." bring their full stop along."""
    return text if text.endswith(".") else f"{text}."


def is_one_line(text: str) -> bool:
    """Whether no letter of it breaks a line, steers a device or turns the writing round."""
    return not any(unicodedata.category(letter) in _UNSEEN for letter in text)


class _Subjects:
    """The macros of one language, loaded once."""

    def __init__(self, language: str, folder: Path) -> None:
        self.language = language
        self._folder = folder
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701  # plain text for phones; a page escapes it when it shows it
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            names=lambda items: listing(items, language),
            either=lambda items: listing(items, language, OR),
            day=lambda day, today: say_day(day, today, language),
            short_day=lambda day, today: say_day(day, today, language, short=True),
            date=lambda day: say_short_date(day, language),
            full_date=lambda day: say_date(day, language),
            days=lambda days, today: say_days(days, today, language),
            dated_days=lambda days: say_dated_days(days, language),
            calendar=lambda days: say_calendar(days, language),
            hours=lambda days: say_hours(days, language),
            hours_alone=lambda days: say_hours(days, language, with_week=False),
            weekday=lambda day: say_weekday(day, language),
            clock=lambda at: say_clock(at, language),
            amount=lambda amount: say_amount(amount, language),
            tongue=lambda code: say_tongue(code, language),
            stop=stop,
        )
        self._modules: dict[str, Mapping[str, Any] | None] = {}

    def find(self, subject: str, utterance: str) -> Callable[..., str] | None:
        if subject not in self._modules:
            try:
                module = self._environment.get_template(f"{subject}/{self.language}.j2").make_module()
            except jinja2.TemplateNotFound:
                self._modules[subject] = None
            else:
                self._modules[subject] = {k: v for k, v in vars(module).items() if not k.startswith("_")}
        macros = self._modules[subject]
        return None if macros is None else macros.get(utterance)


@lru_cache(maxsize=64)
def _subjects(language: str, folder: Path) -> _Subjects:
    return _Subjects(language, folder)


@lru_cache(maxsize=8192)
def _find(language: str, folder: Path, utterance: str) -> Callable[..., str]:
    """Raises: MissingWordsError."""
    subject, _, macro = utterance.partition(".")
    for stand_in in chain(language):
        found = _subjects(stand_in, folder).find(subject, macro)
        if found is not None:
            return found
    raise MissingWordsError(utterance)


@lru_cache(maxsize=8192)
def _said(language: str, folder: Path, utterance: str) -> str:
    """What is always said alike. Raises: MissingWordsError."""
    return str(_find(language, folder, utterance)()).strip()


class Words:
    """Says utterances in one language, or in the one that stands in for it."""

    def __init__(self, language: str, folder: Path = WORDS) -> None:
        self.language = language
        self._folder = folder

    def say(self, utterance: str, /, **parameters: Any) -> str:
        """`utterance` is "subject.macro". Raises: MissingWordsError; TypeError when the parameters do not fit."""
        if not parameters:
            return _said(self.language, self._folder, utterance)
        return str(_find(self.language, self._folder, utterance)(**parameters)).strip()

    def has(self, utterance: str) -> bool:
        subject, _, macro = utterance.partition(".")
        return any(_subjects(language, self._folder).find(subject, macro) for language in chain(self.language))

    def in_language(self, language: str) -> "Words":
        return self if language == self.language else Words(language, self._folder)
