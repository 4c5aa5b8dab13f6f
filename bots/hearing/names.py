"""Whom the words name: children by first name, nickname, inflected or misspelled form, and names that fit none of them.

A name is never stretched to fit: only slips of a finger count as the same name, and a slip that makes another common
first name does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bots.hearing.behind import Behind
from bots.hearing.finnish import CLITICS
from bots.hearing.first_names import accented_first_names, every_first_name, first_names
from bots.hearing.siblings import keys_of
from bots.hearing.sources import source
from bots.hearing.spelling import Called, Way, called, fits, is_clipped, is_form_of_a_name, is_slip, without_possessive
from bots.hearing.tokens import Token, is_shouting, starts_sentence
from bots.hearing.vocabulary import Tag, Vocabulary
from hub.talk.heard import KnownChild

_INFLECTING = "fi"
_SEVERAL = frozenset({"both", "all", "boys", "girls"})
_AFTER_SUBJECT = frozenset(
    {
        "stay",
        "come",
        "fetch",
        "go",
        "negative",
        "sick",
        "symptom",
        "home",
        "away",
        "late",
        "past",
        "went",
        "need",
        "back",
        "well",
    }
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody named at tokens[start:end].

    `keys` are the children it can be: one is sure, none is open, several cannot be told apart (`sure` is False then).
    `group` tells that all the keys are meant together. `related` tells that somebody else is named by the child ("Kari's mum").
    """

    start: int
    end: int
    keys: tuple[str, ...]
    words: str
    sure: bool = True
    group: bool = False
    related: bool = False
    unknown: bool = False
    possessive: bool = False


class NameFinder:
    """Finds the known children and other people in one text."""

    def __init__(self, children: Sequence[KnownChild]) -> None:
        self._children = [called(child) for child in children]
        self._keys = tuple(child.key for child in children)
        self._inflects = False
        self._verbs: frozenset[int] = frozenset()
        self._ands: frozenset[int] = frozenset()
        self._untils: frozenset[int] = frozenset()
        self._pronouns: frozenset[int] = frozenset()
        self._pairs: frozenset[int] = frozenset()
        self._ones: frozenset[int] = frozenset()
        self._behind = Behind(())

    def mentions(
        self, tokens: Sequence[Token], tags: Sequence[Tag], words: Vocabulary, inflects: bool = False
    ) -> list[Mention]:
        """Everybody named. `inflects` lets names bend as in Finnish, which they always do in a Finnish text."""
        self._inflects = inflects or words.code == _INFLECTING
        self._verbs = frozenset(tag.start for tag in tags if tag.name in _AFTER_SUBJECT)
        self._ands = frozenset(tag.start for tag in tags if tag.name == "join" and tag.value == "and")
        days = {tag.start: tag.end for tag in tags if tag.name in {"day", "weekday"}}
        self._pairs = frozenset(at for at, end in days.items() if end in self._ands and end + 1 in days)
        self._untils = frozenset(tag.start for tag in tags if tag.name == "join" and tag.value == "until")
        self._ones = frozenset(tag.end for tag in tags if tag.name == "one_of")
        self._behind = Behind(tags)
        self._pronouns = frozenset(tag.start for tag in tags if tag.name in {"child_word", "self"})
        named = self._named(tokens, tags, words)
        taken = {at for mention in named for at in range(mention.start, mention.end)}
        units = {tag.start for tag in tags if tag.name in {"unit", "thing"}}  # "at the other school"
        wes = {tag.start for tag in tags if tag.name == "we"}  # "we are all ill"
        grouped = [
            mention
            for tag in tags
            if tag.name == "sibling" and tag.start not in taken and not (tag.value == "other" and tag.end in taken)
            if not (tag.value == "one" and tag.end in units) and not (tag.value == "all" and tag.start - 2 in wes)
            for mention in self._sibling(tokens, tag)
        ]
        taken |= {at for mention in grouped for at in range(mention.start, mention.end)}
        others = [mention for mention in self._others(tokens, tags, words, taken) if mention.start not in taken]
        return sorted([*named, *grouped, *others], key=lambda mention: mention.start)

    def _named(self, tokens: Sequence[Token], tags: Sequence[Tag], words: Vocabulary) -> list[Mention]:
        spans = {at: tag for tag in tags for at in range(tag.start, tag.end) if tag.end - tag.start > 1}
        shouting = is_shouting(tokens)
        kin = [
            tag for tag in tags if tag.name in {"parent", "role"} or (tag.name == "sibling" and tag.value == "other")
        ]
        parents = {at for tag in kin for at in range(tag.start, tag.end)}
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.kind != "word" or (at in spans and (not token.is_capital or shouting)):
                at += 1
                continue
            common = words.knows(token) and (not token.is_capital or shouting)
            keys, end, possessive = self._match(tokens, at, words)
            listed = at - 1 in self._ands and bool(found) and found[-1].end == at - 1
            if not keys or (common and not listed and not self._is_exact_only(tokens, at, words)):
                at += 1
                continue
            owner = at - 2 in parents and at - 1 in self._untils  # "lillebroren til Ola er syk"
            related = owner or (end not in self._verbs and self._is_related(tokens, at, end, parents, possessive))
            text = " ".join(piece.text for piece in tokens[at:end])
            found.append(Mention(at, end, keys, text, len(keys) == 1, related=related, possessive=possessive))
            at = end
        return found

    def _is_exact_only(self, tokens: Sequence[Token], at: int, words: Vocabulary) -> bool:
        """Whether a word that is also a common word is, all the same, a child's very name: a long one, or one that opens
        the sentence right before a verb."""
        token = tokens[at]
        opens = (at == 0 or tokens[at].breaks or tokens[at - 1].kind == "mark") and at + 1 in self._verbs
        very = any(token.low in child.parts for child in self._children)
        return very and (opens or (len(token.low) > 3 and token.low not in _grammar_words(words)))

    def _match(self, tokens: Sequence[Token], at: int, words: Vocabulary) -> tuple[tuple[str, ...], int, bool]:
        """The children that the words from `at` can name, where the naming ends, and whether it owns something."""
        spans = [(child.key, *self._span(tokens, at, child, self._inflects)) for child in self._children]
        if any(end > at for _, end, _, _ in spans) and not self._is_whole(
            tokens, at, max(end for _, end, _, _ in spans)
        ):
            return (), at, False
        longest = max((end for _, end, _, _ in spans), default=at)
        if longest > at:
            hits = [(key, way, owns) for key, end, way, owns in spans if end == longest]
            nearest = min(way for _, way, _ in hits)
            hits = [hit for hit in hits if hit[1] == nearest]
            if nearest >= Way.BENT and longest == at + 1 and self._is_another(tokens, at, nearest):
                return (), at, False
            return tuple(key for key, _, _ in hits), longest, any(owns for _, _, owns in hits)
        token = tokens[at]
        tied = not self._is_whole(tokens, at, at + 1)
        if tied or len(token.fold) < 3 or token.fold in every_first_name() or words.knows(token):
            return (), at, False
        slips = tuple(child.key for child in self._children if any(is_slip(token.fold, part) for part in child.parts))
        if slips and is_form_of_a_name(token.fold, self._inflects):
            return (), at, False
        clipped = tuple(child.key for child in self._children if len(token.fold) > 3 and is_clipped(token.fold, child))
        return slips or clipped, at + 1, False

    @staticmethod
    def _is_whole(tokens: Sequence[Token], at: int, end: int) -> bool:
        """Whether no hyphen ties another name to this one: "Anna-Liisa" is not Anna."""
        tied_before = at > 1 and tokens[at].glued and tokens[at - 1].text == "-" and tokens[at - 1].glued
        after = tokens[end : end + 2]
        tied_after = len(after) == 2 and after[0].text == "-" and after[0].glued and after[1].glued
        others = ([tokens[at - 2]] if tied_before else []) + ([after[1]] if tied_after else [])
        return not any(other.kind == "word" for other in others)

    def _is_another(self, tokens: Sequence[Token], at: int, way: "Way") -> bool:
        """Whether a bent or short form is, all the same, somebody else's whole name: in Finnish only where a subject stands,
        for "haen Leon" can be no other than Leo."""
        word = tokens[at].fold
        own = {part for child in self._children for part in child.parts}
        stripped = {word.removesuffix(clitic) for clitic in CLITICS if word.endswith(clitic)}
        if self._inflects and (stripped & every_first_name()) - own:
            return True
        if tokens[at].low != word and tokens[at].low not in accented_first_names():
            return False
        if way is Way.SHORT:
            return is_form_of_a_name(word, self._inflects)
        stands_first = at + 1 in self._verbs and not self._behind.fetches(tokens, at + 1)
        return word in every_first_name() and (not self._inflects or stands_first)

    def _span(self, tokens: Sequence[Token], at: int, child: Called, inflects: bool) -> tuple[int, "Way", bool]:
        """Where the longest naming of the child from `at` ends (`at` if there is none), how, and whether it owns something."""
        way, possessive = fits(tokens[at].fold, child.parts, child, inflects)
        if way is None:
            return at, Way.WHOLE, False
        end = at + 1
        while end < len(tokens) and tokens[end].kind in {"word", "mark"}:
            step = 1
            if tokens[end].text == "-" and tokens[end].glued and end + 1 < len(tokens):
                step = 2
            elif tokens[end].kind == "mark" or tokens[end].breaks:
                break
            onward, owns = fits(tokens[end + step - 1].fold, child.parts, None, inflects)
            last, owns_by_last = fits(tokens[end + step - 1].fold, (child.surname,), None, inflects)
            if onward is None and (last is None or not child.surname):
                break
            possessive = possessive or owns or owns_by_last
            end += step
        return end, way, possessive

    def _sibling(self, tokens: Sequence[Token], tag: Tag) -> list[Mention]:
        if tag.value == "both" and tag.end - tag.start == 1 and tag.end in self._pairs:
            return []  # "both today and tomorrow"
        text = " ".join(token.text for token in tokens[tag.start : tag.end])
        if tag.value in _SEVERAL and self._ones & {tag.start, tag.start - 1, tag.start - 2}:
            return [Mention(tag.start, tag.end, self._keys if len(self._keys) == 1 else (), text, False, group=True)]
        if tag.value == "other":
            return [Mention(tag.start, tag.end, (), text, sure=False, unknown=True)]
        keys = keys_of(tag.value, self._children)
        return [Mention(tag.start, tag.end, keys, text, sure=bool(keys), group=True)]

    def _others(
        self, tokens: Sequence[Token], tags: Sequence[Tag], words: Vocabulary, taken: set[int]
    ) -> list[Mention]:
        tagged = {at for tag in tags for at in range(tag.start, tag.end)}
        shouting = is_shouting(tokens)
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            end = at
            while (
                end < len(tokens)
                and end not in taken
                and self._is_other(tokens, end, tagged, words, shouting)
                and not (end > at and tokens[end].breaks)
            ):
                end += 1
                if (
                    end + 1 < len(tokens)
                    and tokens[end].text == "-"
                    and tokens[end].glued
                    and tokens[end + 1].is_capital
                ):
                    end += 1
            if end > at:
                end = self._with_surname(tokens, at, end, tagged, words, shouting)
                found.append(
                    Mention(at, end, (), " ".join(token.text for token in tokens[at:end]), sure=False, unknown=True)
                )
            at = max(end, at + 1)
        return found

    @staticmethod
    def _with_surname(
        tokens: Sequence[Token], at: int, end: int, tagged: set[int], words: Vocabulary, shouting: bool
    ) -> int:
        """Where a name in small letters ends, or in a text of capitals, with a surname that is no word: "matti vahtera"."""
        if end - at != 1 or (tokens[at].is_capital and not shouting) or end >= len(tokens) or end in tagged:
            return end
        after = tokens[end]
        plain = after.kind == "word" and not after.breaks and len(after.low) > 3 and not words.is_word(after)
        return end + 1 if plain else end

    def _is_other(self, tokens: Sequence[Token], at: int, tagged: set[int], words: Vocabulary, shouting: bool) -> bool:
        token = tokens[at]
        if token.kind != "word" or len(token.low) < 2:
            return False
        known = every_first_name() if token.is_capital else first_names()
        is_common = bool({token.fold, without_possessive(token.fold)} & known)
        if is_common and at + 1 in self._verbs and token.is_capital and not shouting and not words.has(token):
            return True
        if at in tagged:
            inside = token.is_capital and not shouting and not starts_sentence(tokens, at)
            return is_common and inside and len(token.low) > 2
        if is_common and not words.knows(token):
            return True
        if starts_sentence(tokens, at) and at + 1 in self._pronouns:
            return False  # "Jodå hon kommer"
        return token.is_capital and not shouting and not words.knows(token)

    @staticmethod
    def _is_related(tokens: Sequence[Token], at: int, end: int, parents: set[int], possessive: bool) -> bool:
        return (
            (possessive and end in parents)
            or (at - 1 in parents)
            or (at - 2 in parents and tokens[at - 1].kind == "word" and len(tokens[at - 1].low) <= 4)
        )


def _grammar_words(words: Vocabulary) -> frozenset[str]:
    return source(words.code).words
