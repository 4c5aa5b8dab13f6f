"""The closing words of a text: a greeting and names at its end, or quoted mail."""

from collections.abc import Sequence

from bots.hearing.first_names import every_first_name
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_MOST_SIGNED = 3
_TOLD = frozenset({"come", "stay", "home", "away", "sick"})


def signature_start(tokens: Sequence[Token], tags: Sequence[Tag]) -> int:
    """Where the closing words begin, or the end: a greeting word at the start of a line or sentence, or quoted mail."""
    for at, token in enumerate(tokens):
        if at and token.breaks and token.text in {">", "|"}:
            return at
    last_break = max((at for at, token in enumerate(tokens) if token.breaks), default=-1)
    for tag in tags:
        if tag.name != "signature" or tag.start == 0:
            continue
        before, token = tokens[tag.start - 1], tokens[tag.start]
        ends_sentence = before.text in ".!?,;)" or before.kind == "mark" or token.breaks
        few_left = len(tokens) - tag.end <= 8
        rest_breaks = last_break >= tag.end
        if _goes_on(tokens, tags, tag):
            continue
        if _is_signed(tokens, tags, tag):
            return tag.start
        single_letter = len(token.low) <= 2 and not ends_sentence
        if single_letter or not (few_left or rest_breaks or token.breaks):
            continue
        if ends_sentence or (tag.end < len(tokens) and tokens[tag.end].is_capital) or tag.end == len(tokens):
            return tag.start
    return len(tokens)


def _goes_on(tokens: Sequence[Token], tags: Sequence[Tag], closing: Tag) -> bool:
    """Whether a sentence behind the closing one tells what a child does: "sent from my phone. He is coming today!"."""
    stops = [at for at in range(closing.end, len(tokens) - 1) if tokens[at].text in ".!?" and not tokens[at + 1].breaks]
    subjects = {tag.end for tag in tags if tag.name == "child_word" and stops and tag.start > stops[0]}
    return any(tag.name in _TOLD and tag.start in subjects for tag in tags)


def _is_signed(tokens: Sequence[Token], tags: Sequence[Tag], closing: Tag) -> bool:
    """Whether nothing but names stands behind the closing word, in a text without marks: "... mvh kari"."""
    rest = range(closing.end, len(tokens))
    parents = covered([tag for tag in tags if tag.name in {"parent", "role"}])
    known = all(at in parents or tokens[at].fold in every_first_name() or tokens[at].kind == "mark" for at in rest)
    return 0 < len(rest) <= _MOST_SIGNED and known
