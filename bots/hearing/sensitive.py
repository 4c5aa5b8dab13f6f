"""Whether a text tells symptoms, diagnoses, medicines or another special category of personal data (GDPR article 9)."""

from collections.abc import Sequence

from bots.hearing.foreign import foreign_languages
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

SENSITIVE = frozenset({"symptom", "private"})


def sensitive_words(tags: Sequence[Tag]) -> list[Tag]:
    """The words that make the text sensitive. Anybody's health counts, and an earlier symptom as well."""
    return [tag for tag in tags if tag.name in SENSITIVE]


def health_words(tokens: Sequence[Token], language: str) -> list[Tag]:
    """The same in a language that is named but not understood, by the few words that are known of it."""
    told = foreign_languages()[language]
    return [Tag("symptom", "", at, at + 1) for at, token in enumerate(tokens) if told.tells_health(token.low)]
