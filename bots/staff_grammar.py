"""What staff text, heard by a small grammar of its own: whole groups, names and clock times around a handful of verbs, and in a
family day carer's home the meals of the day.

It is strict: a word that is neither a name, a group nor in the vocabulary makes the text one that is not understood. A text
is typed with one thumb and marks children, so it is asked again rather than guessed. Source: security rule S1.6.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from bots.staff_vocabulary import meals_called, words_by_kind, words_of_answers
from hub.school.meals import MealKind
from hub.talk.heard import Act, Heard, Intent
from hub.talk.listening import read_code

LONGEST = 400
_TOKEN = re.compile(r"\d{1,2}[.:]\d{2}(?!\d)|[^\W_]+(?:['’:-][^\W_]+)*|[.,;!\n&+]")
_SHORTENED = re.compile(r"\b(kl)\.", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})[.:]?(\d{2})")
_OPTIONS = re.compile(r"\d(?:\s*(?:,|og|och|ja|and)?\s*\d)*\.?")


class Kind(StrEnum):
    """What a word is to the grammar."""

    NAME = "name"
    GROUP = "group"
    ALL = "all"
    HERE = "here"
    CAME = "came"
    LEFT = "left"
    NOT = "not"
    MISSING = "missing"
    EXCEPT = "except"
    AND = "and"
    COMMA = "comma"
    END = "end"
    TIME = "time"
    EMERGENCY = "emergency"
    FILLER = "filler"
    REST = "rest"
    MEAL = "meal"
    ATE = "ate"
    DIET = "diet"


class What(StrEnum):
    """What is told of a child, or of a group."""

    HERE = "here"
    LEFT = "left"
    NOT_HERE = "not_here"
    ATE = "ate"


SUBJECTS = (Kind.NAME, Kind.GROUP, Kind.ALL, Kind.REST)
OF_HOMES = frozenset({Kind.MEAL, Kind.ATE, Kind.DIET})
"""What only a family day carer tells."""
_BESIDE_EMERGENCY = {Kind.EMERGENCY, Kind.GROUP, Kind.ALL, Kind.FILLER, Kind.AND, Kind.COMMA, Kind.END}
_VERBS = {Kind.HERE: What.HERE, Kind.CAME: What.HERE, Kind.LEFT: What.LEFT, Kind.ATE: What.ATE}
_PARTED = (What.HERE, What.ATE)
"""What may be told of all but some."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or several that make a name. `keys` are the children, the groups or the meals it may mean."""

    kind: Kind
    keys: tuple[str, ...] = ()
    at: time | None = None


@dataclass(slots=True)
class Clause:
    """One thing told. `names` holds, for each name, the children it may mean; `besides` the same for those left out, and
    `meals` what each word for a meal may mean. `is_rest`: of those who are left, which says nothing of who has eaten."""

    what: What | None = None
    at: time | None = None
    groups: list[str] = field(default_factory=list)
    names: list[tuple[str, ...]] = field(default_factory=list)
    besides: list[tuple[str, ...]] = field(default_factory=list)
    meals: list[tuple[MealKind, ...]] = field(default_factory=list)
    is_all: bool = False
    is_rest: bool = False
    is_diet: bool = False
    is_not: bool = False
    is_verb_first: bool = False

    @property
    def has_subject(self) -> bool:
        return bool(self.names or self.groups) or self.is_all

    @property
    def is_whole(self) -> bool:
        """Whether something is told of somebody, and of a whole group nothing but that it is here or has left."""
        if self.what is None or not self.has_subject or (self.besides and (self.names or self.what not in _PARTED)):
            return False
        if self.what is What.ATE:
            return bool(self.meals) and self.at is None and not self.is_rest and (bool(self.names) or not self.is_diet)
        return not self.is_diet and (bool(self.names) or self.what is not What.NOT_HERE)


@dataclass(frozen=True, slots=True)
class Told:
    """A text that was understood: an emergency list of these groups, or what its clauses tell."""

    clauses: tuple[Clause, ...]
    is_emergency: bool = False
    groups: tuple[str, ...] = ()


Names = Mapping[tuple[str, ...], Sequence[str]]
"""Whom a name of one or several words may mean, by id."""


def read_answer(text: str, listener: str) -> Heard | None:
    """A code, a number, yes, no, thanks or UNDO, if that is all of the text."""
    code = read_code(text)
    if code is not None:
        return _heard(Intent.MESSAGE, listener, code=code)
    said = " ".join(text.casefold().split()).rstrip(".!")
    if _OPTIONS.fullmatch(said):
        return _heard(Intent.MESSAGE, listener, options=tuple(int(digit) for digit in re.findall(r"\d", said)))
    for intent, words in words_of_answers().items():
        if said in words:
            return _heard(intent, listener)
    return None


def _heard(intent: Intent, listener: str, *, code: str = "", options: tuple[int, ...] = ()) -> Heard:
    return Heard("und", False, (Act(intent),), listener=listener, code=code, options=options)


def read_told(text: str, children: Names, groups: Names, *, of_home: bool = False) -> Told | None:
    """What a text tells of these children and groups; None when any of it is not understood, and where it asks. Only of a
    family day carer's home are meals told."""
    if len(text) > LONGEST or "?" in text:
        return None
    words = list(_read_words(text, children, groups, of_home=of_home))
    known = [word for word in words if word is not None]
    if len(known) < len(words):
        return None
    if any(word.kind is Kind.EMERGENCY for word in known):
        is_alone = all(word.kind in _BESIDE_EMERGENCY for word in known)
        named = [key for word in known if word.kind is Kind.GROUP for key in word.keys]
        return Told((), True, tuple(dict.fromkeys(named))) if is_alone else None
    clauses = _Clauses(known).read()
    return None if clauses is None or not clauses else Told(tuple(clauses))


def fold(text: str) -> tuple[str, ...]:
    """The words of a name or of a group, as they are compared."""
    return tuple(unicodedata.normalize("NFC", text).casefold().replace("’", "'").split())


def _read_words(text: str, children: Names, groups: Names, *, of_home: bool) -> Iterator[Word | None]:
    """None stands for what is not understood."""
    tokens = [said if said == "\n" else fold(said)[0] for said in _TOKEN.findall(_SHORTENED.sub(r"\1 ", text))]
    at, last = 0, Kind.FILLER
    while at < len(tokens):
        length, word = _longest(tokens, at, children, groups)
        if word is None:
            length, word = 1, _plain(tokens[at], last, groups, of_home=of_home)
        if word is None:
            yield None
            return
        is_clock = tokens[at] in words_by_kind()["clock"]
        if word.kind is not Kind.FILLER or is_clock:
            last = Kind.TIME if is_clock else word.kind
        at += length
        yield word


def _longest(tokens: Sequence[str], at: int, children: Names, groups: Names) -> tuple[int, Word | None]:
    """The longest name or group that begins here."""
    for length in range(min(4, len(tokens) - at), 0, -1):
        said = tuple(tokens[at : at + length])
        for kind, known in ((Kind.GROUP, groups), (Kind.NAME, children)):
            if said in known:
                return length, Word(kind, tuple(known[said]))
    return 0, None


def _plain(said: str, last: Kind, groups: Names, *, of_home: bool) -> Word | None:
    stem = said.partition(":")[0]
    if ":" in said and (stem,) in groups:
        return Word(Kind.GROUP, tuple(groups[(stem,)]))
    if said[0].isdigit():
        at = _read_clock(said, follows=last in (Kind.CAME, Kind.LEFT, Kind.TIME))
        return None if at is None else Word(Kind.TIME, at=at)
    if said in ".;!\n":
        return Word(Kind.END)
    if said == ",":
        return Word(Kind.COMMA)
    kinds = words_by_kind()
    known = [kind for kind in Kind if said in kinds.get(kind.value, ()) and (of_home or kind not in OF_HOMES)]
    meals = meals_called(said) if of_home else ()
    if meals:
        return Word(Kind.MEAL, meals)
    found = next(iter(known), None)
    if found is not None:
        return Word(found)
    return Word(Kind.FILLER) if said in kinds["clock"] else None


def _read_clock(said: str, *, follows: bool) -> time | None:
    """ "9.15", "09:15" and "0915"; the hour alone behind "kl" or a verb."""
    found = _CLOCK.fullmatch(said)
    hour, minute = (int(found[1]), int(found[2])) if found else (int(said), 0) if said.isdecimal() else (99, 0)
    if not found and not follows:
        return None
    return time(hour, minute) if hour < 24 and minute < 60 else None


class _Clauses:
    """Parts the words into clauses. Made for one text and gone with it."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = [word for word in words if word.kind is not Kind.FILLER]
        self._now = Clause()
        self._done: list[Clause] = []
        self._is_besides = False
        self._is_broken = False

    def read(self) -> list[Clause] | None:
        for at, word in enumerate(self._words):
            following = self._words[at + 1].kind if at + 1 < len(self._words) else None
            self._take(word, following)
        self._end()
        return None if self._is_broken else self._done

    def _take(self, word: Word, following: Kind | None) -> None:
        now = self._now
        match word.kind:
            case Kind.END:
                self._end()
            case Kind.COMMA | Kind.AND:
                if now.what is not None and not self._is_besides and not now.is_verb_first and following in SUBJECTS:
                    self._end()
            case Kind.NAME if self._is_besides:
                now.besides.append(word.keys)
            case Kind.NAME | Kind.GROUP | Kind.ALL | Kind.REST:
                self._take_subject(word)
            case Kind.EXCEPT:
                self._is_broken = self._is_broken or not now.has_subject
                self._is_besides = True
            case Kind.NOT:
                now.is_not = now.is_not or not self._is_besides
            case Kind.TIME:
                self._is_broken = self._is_broken or now.at is not None
                now.at = word.at
            case Kind.MISSING:
                self._take_verb(What.NOT_HERE)
            case Kind.MEAL:
                self._take_meal(word)
            case Kind.DIET:
                now.is_diet = True
            case _:
                self._take_verb(_VERBS[word.kind])

    def _take_subject(self, word: Word) -> None:
        if self._now.what is not None and self._now.has_subject and not self._now.is_verb_first:
            is_place = word.kind is Kind.GROUP and not self._now.groups
            if not is_place:
                self._end()
        now = self._now
        now.is_verb_first = now.is_verb_first or (now.what is not None and not now.has_subject)
        if word.kind is Kind.NAME:
            now.names.append(word.keys)
        elif word.kind is Kind.GROUP:
            now.groups += [key for key in word.keys if key not in now.groups]
        else:
            now.is_all = True
            now.is_rest = now.is_rest or word.kind is Kind.REST

    def _take_meal(self, word: Word) -> None:
        """A meal behind those who had another one begins anew."""
        if self._now.meals and (self._is_besides or self._now.is_verb_first):
            self._end()
        self._take_verb(What.ATE)
        self._now.meals.append(tuple(MealKind(key) for key in word.keys))

    def _take_verb(self, what: What) -> None:
        """Two verbs of one clause must say the same: "has come and is here"."""
        self._is_broken = self._is_broken or self._now.what not in (None, what)
        self._now.what = what

    def _end(self) -> None:
        clause, self._now, self._is_besides = self._now, Clause(), False
        if clause == Clause():
            return
        if clause.is_not:
            self._is_broken = self._is_broken or clause.what is not What.HERE
            clause.what = What.NOT_HERE
        self._is_broken = self._is_broken or not clause.is_whole or (clause.is_all and bool(clause.names))
        self._done.append(clause)
