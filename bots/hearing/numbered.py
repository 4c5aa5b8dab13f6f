"""Numbers that are somebody's age or a house's, and so no time: `his brother (14)`, `15-year-old`, `12 Church Road`.

Which words stand beside such a number is told in `numbered.toml`. Any of the languages counts, for these words are few and
mean the same in all that have them; a minute behind the number (`(14.30)`) makes it a time again.
"""

import tomllib
from functools import lru_cache
from pathlib import Path

from bots.hearing.marked import MarkedText
from bots.hearing.tokens import Token, fold

_FILE = Path(__file__).parent / "numbered.toml"
_MOST_DIGITS = 2
_PEOPLE = frozenset({"sibling", "role", "parent"})
_DOES = frozenset({"fetch", "fetched", "come", "go", "late", "there", "away", "clock", "day", "weekday"})
_MOST_OF_ROAD = 3
"""Words of the name of a road, with the word for it: "Old Mill Lane"."""


class OtherNumbers:
    """Tells the numbers of one text that are no times."""

    def __init__(self, text: MarkedText) -> None:
        self._text = text

    def holds(self, at: int) -> bool:
        """Whether the number at the token is an age or a house's."""
        if self._text.number(at, _MOST_DIGITS) is None or self._has_minutes(at):
            return False
        return self._is_counted_in_years(at) or self._is_age_of(at) or self._opens_road(at)

    def _has_minutes(self, at: int) -> bool:
        after = self._text.tokens[at + 1 : at + 3]
        return len(after) > 1 and after[0].text in ".:" and all(token.glued for token in after) and _is_figure(after[1])

    def _is_counted_in_years(self, at: int) -> bool:
        """`15 years`, `14-vuotias`, `15-åriga`, `16v`."""
        onward = at + 1 + (self._text.written(at + 1) == "-")
        return self._is_word(onward, "behind") and not (self._folded(onward) == "v" and self._leads_to_week(at))

    def _leads_to_week(self, at: int) -> bool:
        """`v 15 v 16`: the weeks of a year, each behind its own letter."""
        return self._folded(at - 1) == "v" or self._text.number(at + 2) is not None

    def _is_age_of(self, at: int) -> bool:
        """`brother (14)`, `brother, 14,`, `brother på 16`, `brother aged 16`: right behind a person."""
        before, after = self._text.written(at - 1), self._text.written(at + 1)
        if before == "(" and after == ")":
            return self._is_person(at - 1) or self._is_owner_of_person(at - 1) or self._is_name(at - 2)
        if before == "," and after == ",":
            return self._is_kin(at - 1) or self._is_owner_of_person(at - 1) or self._opens_with_name(at - 2)
        led = at - 1
        if not self._is_word(led, "before"):
            return False
        led -= self._text.written(led - 1) == ","
        return self._is_kin(led) or self._is_owner_of_person(led)

    def _is_person(self, end: int) -> bool:
        return any(tag.name in _PEOPLE for tag in self._text.ending(end))

    def _is_kin(self, end: int) -> bool:
        """Whether a brother or sister is named right before the place."""
        return any(tag.name == "sibling" and tag.value == "other" for tag in self._text.ending(end))

    def _is_owner_of_person(self, end: int) -> bool:
        """`broren hennes på 16`: a word for whose brother stands between."""
        return self._is_word(end - 1, "owner") and self._is_person(end - 1)

    def _is_name(self, at: int) -> bool:
        """Whether a name may stand there: a capital, and no word of coming or going."""
        if not 0 <= at < len(self._text) or not self._text.tokens[at].is_capital:
            return False
        return not any(tag.name in _DOES for tag in self._text.ending(at + 1))

    def _opens_with_name(self, at: int) -> bool:
        return at == 0 and self._is_name(at)

    def _opens_road(self, at: int) -> bool:
        """`12 Church Road`, `4 Old Mill Lane`, `12 church road`: the number stands before the name of a road."""
        first = at + 1
        for place in range(first, min(first + _MOST_OF_ROAD, len(self._text))):
            token = self._text.tokens[place]
            if token.kind != "word" or token.breaks:
                return False
            if place > first and self._is_road(place):
                return True
            is_tagged = self._text.begins_tag(place) and not self._is_word(place + 1, "road")
            if not token.is_capital and (place > first or is_tagged):
                return False
        return False

    def _is_road(self, at: int) -> bool:
        return self._is_word(at, "road") or (self._text.tokens[at].is_capital and self._is_word(at, "road_capital"))

    def _is_word(self, at: int, kind: str) -> bool:
        folded = self._folded(at)
        whole, stems = _words(kind)
        return folded in whole or bool(stems and folded.startswith(stems))

    def _folded(self, at: int) -> str:
        return self._text.tokens[at].fold if 0 <= at < len(self._text) else ""


def _is_figure(token: Token) -> bool:
    return token.number is not None and len(token.text) == 2


@lru_cache(maxsize=8)
def _words(kind: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The whole words of a kind, and the beginnings of others; all folded."""
    read: dict[str, dict[str, list[str]]] = tomllib.loads(_FILE.read_text("utf-8"))
    words = {fold(word) for told in read[kind].values() for word in told}
    return (
        frozenset(word for word in words if not word.endswith("*")),
        tuple(sorted(word[:-1] for word in words if word.endswith("*"))),
    )
