"""A text with what its words mean: which tags begin or end at a token, and what stands there."""

from collections.abc import Sequence

from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_WEEKDAYS = ("weekday", "weekday_short", "weekday_from", "weekday_until")


class MarkedText:
    """The tokens of one text and its tags by place. A place outside the text holds nothing."""

    def __init__(self, tokens: Sequence[Token], tags: Sequence[Tag]) -> None:
        self.tokens = tokens
        self.tags = tags
        self._beginning: dict[int, list[Tag]] = {}
        self._ending: dict[int, list[Tag]] = {}
        for tag in tags:
            self._beginning.setdefault(tag.start, []).append(tag)
            self._ending.setdefault(tag.end, []).append(tag)

    def __len__(self) -> int:
        return len(self.tokens)

    def begins_tag(self, at: int) -> bool:
        return at in self._beginning

    def tag(self, at: int, name: str, value: str | None = None) -> Tag | None:
        """The tag of that name, and of that value if one is given, that begins at the token."""
        for tag in self._beginning.get(at, ()):
            if tag.name == name and (value is None or tag.value == value):
                return tag
        return None

    def weekday(self, at: int) -> Tag | None:
        """The weekday that begins at the token, in whichever form."""
        for name in _WEEKDAYS:
            if (tag := self.tag(at, name)) is not None:
                return tag
        return None

    def ending(self, at: int) -> Sequence[Tag]:
        """The tags whose last token stands right before `at`."""
        return self._ending.get(at, ())

    def follows_weekday(self, at: int) -> bool:
        return any(tag.name in _WEEKDAYS for tag in self.ending(at))

    def after_on(self, at: int) -> int:
        """Where what a word like "on" leads to begins, its own dot passed over ("d. 13."); `at` if there is none."""
        if (on := self.tag(at, "join", "on")) is None:
            return at
        short = len(self.tokens[on.start].low) == 1
        return on.end + (short and self.written(on.end) == "." and self.tokens[on.end].glued)

    def written(self, at: int) -> str:
        """The token as written; "" outside the text."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def number(self, at: int, digits: int = 2) -> int | None:
        """The number in figures at the token, None if there is none or it has more than so many digits."""
        if not 0 <= at < len(self.tokens) or len(self.tokens[at].text) > digits:
            return None
        return self.tokens[at].number
