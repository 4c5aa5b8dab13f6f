"""All that the readers found in one text: its tokens, what they mean, who is named, and which days and times."""

from dataclasses import dataclass

from bots.hearing.almanac import Days
from bots.hearing.clocks import Clock, Span
from bots.hearing.names import Mention
from bots.hearing.sources import languages
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag, Vocabulary, vocabulary


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that the readers found in one text, signature cut away."""

    tokens: tuple[Token, ...]
    tags: tuple[Tag, ...]
    mentions: tuple[Mention, ...]
    days: tuple[Days, ...]
    clocks: tuple[Clock, ...]
    spans: tuple[Span, ...]
    language: str

    def words(self, start: int, end: int) -> str:
        """The words as written, for a reason."""
        parts = [
            (" " if at > start and not self.tokens[at].glued else "") + self.tokens[at].text for at in range(start, end)
        ]
        return "".join(parts)

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The words of the text's language, None where we have none."""
        return vocabulary(self.language) if self.language in languages() else None
