"""Whether a text tells symptoms, diagnoses, medicines or another special category of personal data (GDPR article 9)."""

from collections.abc import Sequence

from bots.hearing.vocabulary import Tag

SENSITIVE = frozenset({"symptom", "private"})


def sensitive_words(tags: Sequence[Tag]) -> list[Tag]:
    """The words that make the text sensitive. Anybody's health counts, and an earlier symptom as well."""
    return [tag for tag in tags if tag.name in SENSITIVE]
