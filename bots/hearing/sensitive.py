"""Whether a text tells symptoms, diagnoses, medicines or another special category of personal data (GDPR article 9)."""

from collections.abc import Iterable, Sequence

from bots.hearing.foreign import foreign_languages
from bots.hearing.lexicon import HARMLESS, lexicon, long_words
from bots.hearing.sources import languages, source
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag, vocabulary

SENSITIVE = frozenset({"symptom", "private"})
_FALLBACK = "en"


def read_health_files() -> None:
    """Reads them all now, so that no text has to wait for it."""
    long_words()
    for own in ((), *((code, *source(code).shares) for code in languages())):
        lexicon(own)


def sensitive_words(tokens: Sequence[Token], tags: Sequence[Tag], language: str) -> list[Tag]:
    """The words that make the text sensitive. Anybody's health counts, and an earlier symptom as well.

    `tags` are what the vocabulary of the language says; its health file adds to them, and takes away what is harmless.
    Of a language that is named but not understood, the few words count that are known, and those of every language.
    """
    foreign = foreign_languages().get(language)
    own = language if language in languages() else _FALLBACK
    words = vocabulary(own)
    told = long_words().told(tokens)
    if foreign is None:
        found = [tag for tag in tags if tag.name in SENSITIVE]
        told += lexicon((own, *source(own).shares)).told(tokens, words.has, words.is_plain(tokens))
    else:
        found = [Tag("symptom", "", at, at + 1) for at, token in enumerate(tokens) if foreign.tells_health(token.low)]
        told += lexicon(()).told(tokens)
    harmless = [range(each.start, each.end) for each in told if each.category == HARMLESS]
    found.extend(Tag("private", each.category, each.start, each.end) for each in told if each.category != HARMLESS)
    return _outermost(tag for tag in found if not any(_covers(calm, tag) for calm in harmless))


def _covers(calm: range, tag: Tag) -> bool:
    return calm.start <= tag.start and tag.end <= calm.stop


def _outermost(tags: Iterable[Tag]) -> list[Tag]:
    """Without what lies within a longer run of words, in order."""
    kept: list[Tag] = []
    for tag in sorted(tags, key=lambda tag: (tag.start, -tag.end)):
        if not kept or tag.end > kept[-1].end:
            kept.append(tag)
    return kept
