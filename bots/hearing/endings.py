"""Words told by how they end: a verb that asks ("jaksaako"), and whoever owns something ("the neighbour's girl")."""

from collections.abc import Iterator, Sequence
from functools import cache

from bots.hearing.first_names import every_first_name
from bots.hearing.sources import Source, source
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag, Vocabulary

_SHORTEST_VERB = 5
_REQUESTS = frozenset({"permit", "request"})


def with_endings(tags: Sequence[Tag], tokens: Sequence[Token], words: Vocabulary) -> list[Tag]:
    """The tags, and besides `ask` for verbs that ask, `maybe_if` where they stand inside a sentence, and `owner` for the
    owning form of the word for a relative."""
    file = source(words.code)
    if not file.asks_by and not file.owns:
        return list(tags)
    found = [*_verbs_that_ask(tags, tokens, words, file), *_owners(tokens, file)]
    return sorted((*tags, *found), key=lambda tag: tag.start) if found else list(tags)


def _verbs_that_ask(tags: Sequence[Tag], tokens: Sequence[Token], words: Vocabulary, file: Source) -> Iterator[Tag]:
    asked = {tag.start for tag in tags if tag.name == "ask"}
    denied = {tag.end for tag in tags if tag.name == "negative"}
    requests = {tag.start for tag in tags if tag.name in _REQUESTS}
    for at, token in enumerate(tokens):
        if token.kind != "word" or not file.asks_by or not token.low.endswith(file.asks_by):
            continue
        if at in denied:
            continue  # "älkää odottako"
        if at not in asked:
            if len(token.low) < _SHORTEST_VERB or words.knows(token) or token.fold in every_first_name():
                continue
            yield Tag("ask", "", at, at + 1)
        if at > 0 and tokens[at - 1].kind == "word" and not token.breaks and at not in requests:
            yield Tag("maybe_if", "", at, at + 1)


def _owners(tokens: Sequence[Token], file: Source) -> Iterator[Tag]:
    people = _people(file.code)
    for at, token in enumerate(tokens):
        if token.kind == "word" and any(
            token.low.endswith(end) and token.low.removesuffix(end) in people for end in file.owns
        ):
            yield Tag("owner", "", at, at + 1)


@cache
def _people(code: str) -> frozenset[str]:
    """The words for a relative or another adult that are one word."""
    file = source(code)
    return frozenset(word for key in ("role", "parent") for word in file.phrases("people", key) if " " not in word)
