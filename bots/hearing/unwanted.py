"""Leave that is wanted no longer: "we withdraw the application", "we don't need the day off after all", "vi ställer in det".

What is not said of leave outright counts only where each word of the clause is known, and nothing counts that is doubted,
denied, asked about, or told as somebody else's words. The words of each language stand in `unwanted.toml`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bots.hearing.clauses import Clause
from bots.hearing.drafts import Doubt, Draft
from bots.hearing.joining import Placed
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from bots.hearing.word_kinds import kinds_in
from bots.hearing.wording import ClauseWords
from hub.talk.heard import WITHDRAW, About, Heard, Intent

_SIGNS = {
    "takes_back": "V",
    "done": "T",
    "pulls": "U",
    "back": "B",
    "calls": "C",
    "off": "O",
    "paper": "P",
    "application": "A",
    "leave": "L",
    "needs": "D",
    "not": "N",
    "longer": "Z",
    "needs_longer": "DZ",
    "not_longer": "NZ",
    "it": "I",
    "kindly": "K",
    "whether": "Q",
    "says": "H",
    "perhaps": "M",
    "small": "",
}
"""What each word is, as one letter or two; of no kind is "x"."""
_FILE = "unwanted.toml"
_UNKNOWN = "x"
_TAKEN_BACK = frozenset("VUBCOPALZDK")
_NOT_NEEDED = frozenset("DUNPALZ")
_CALLED_OFF = frozenset("VUBCOIZ")
_HEDGES = ("maybe_if", "if_first", "unsure", "planned")


def taken_back(words: ClauseWords, doubt: Doubt) -> list[Draft] | None:
    """The act of a clause that takes leave back; none, but an empty list, where it speaks of that and does not do it."""
    clause = words.clause
    said = _said(words.reading, clause.start, clause.end)
    verb = said.verb() or words.positive("take_back")
    of_leave = said.tells_of_leave() or clause.has("leave_paper")
    if "T" in said.kinds and said.nouns():
        return []
    if verb is None or not (of_leave or said.nouns()):
        return None
    if not (of_leave or said.kinds <= _TAKEN_BACK | set("NQHM")):
        return None
    is_plain = said.kinds <= _TAKEN_BACK
    is_meant = is_plain or (of_leave and not said.kinds & set("QHM") and not words.negated(verb))
    is_meant = is_meant and not said.applies(clause)
    in_doubt = doubt is not Doubt.NONE and (not is_plain or _is_hedged(words))
    if not is_meant or in_doubt or _is_of_others(words, verb) or (clause.asks and "K" not in said.kinds):
        return []
    return [Draft(Intent.LEAVE_APPLICATION, clause, change=WITHDRAW)]


def not_needed(words: ClauseWords) -> list[Draft] | None:
    """The act of a clause that says no more than that leave is not needed: which application is meant is asked."""
    clause = words.clause
    said = _said(words.reading, clause.start, clause.end)
    whole = bool(said.nouns()) and "N" in said.kinds and bool(said.kinds & set("DU"))
    if not whole or clause.asks or not said.kinds <= _NOT_NEEDED:
        return None
    return [Draft(Intent.LEAVE_APPLICATION, clause, change=WITHDRAW)]


def without_unsure(placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Without leave taken back where the sentence goes on with an "if", or where leave is applied for in the same text."""
    asked = [item for item in placed if item.act.intent is Intent.LEAVE_APPLICATION]
    if all(item.act.change == WITHDRAW for item in asked):
        asked = [item for item in asked if any(_hedges(part, item.clause) for part in parts)]
    return [item for item in placed if item not in asked] if any(i.act.change == WITHDRAW for i in asked) else placed


def _hedges(part: Clause, clause: Clause) -> bool:
    return part is not clause and part.sentence == clause.sentence and part.has(*_HEDGES)


def with_called_off(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """A message that says no more than that something spoken of before is called off, as that: "vi ställer in det"."""
    first = heard.acts[0]
    if asked is not None or len(heard.acts) > 1 or first.intent is not Intent.MESSAGE or not _calls_off(reading):
        return heard
    return replace(heard, acts=(replace(first, change=WITHDRAW),))


def _calls_off(reading: Reading) -> bool:
    said = _said(reading, 0, len(reading.tokens))
    asks = any(token.text == "?" for token in reading.tokens)
    whole = said.verb() is not None and "I" in said.kinds and said.kinds <= _CALLED_OFF
    return whole and not (asks or reading.days or reading.mentions)


def _is_hedged(words: ClauseWords) -> bool:
    """Whether an "if" or a "perhaps" opens the clause or stands before it; behind an application it only says for what."""
    hedges = [tag for part in (*words.before, words.clause) for tag in part.every(*_HEDGES)]
    return any(tag.start <= words.clause.start for tag in hedges)


def _is_of_others(words: ClauseWords, verb: Tag) -> bool:
    """Whether somebody said so, another adult does it, or somebody is named whom we do not know: "dad says that we withdraw
    it", "mum withdraws the application"."""
    told = any(part.has("told") for part in (*words.before, words.clause))
    told = told or any(mention.unknown for mention in words.clause.mentions)
    hearsay = any("H" in _said(words.reading, part.start, part.end).kinds for part in words.before)
    return told or hearsay or any(tag.start < verb.start for tag in words.clause.every("role", "parent"))


@dataclass(frozen=True, slots=True)
class _Words:
    """Which kinds of words stand in a stretch, one letter each, in their order, and where."""

    signs: tuple[tuple[str, int, int], ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(letter for sign, _, _ in self.signs for letter in sign)

    def nouns(self) -> list[str]:
        return [sign for sign, _, _ in self.signs if sign in "PAL"]

    def tells_of_leave(self) -> bool:
        """Whether an application is named, and that it is one for leave."""
        run = "".join(sign for sign, _, _ in self.signs)
        return "P" in run or "AL" in run

    def applies(self, clause: Clause) -> bool:
        """Whether a word of applying stands apart from the application that is spoken of: "and apply for Friday instead"."""
        besides = {start for sign, start, _ in self.signs if sign == _UNKNOWN}
        return any(besides & set(range(tag.start, tag.end)) for tag in clause.every("apply"))

    def verb(self) -> Tag | None:
        """What takes it back: one word, or one whose other half stands behind it."""
        run = [(sign, start, end) for sign, start, end in self.signs if sign in "VUBCO"]
        for at, (sign, start, end) in enumerate(run):
            halves = {"U": "B", "C": "BO"}.get(sign, "")
            if sign == "V" or any(later in halves for later, _, _ in run[at + 1 :]):
                return Tag("take_back", "", start, end)
        return None


def _said(reading: Reading, start: int, end: int) -> _Words:
    found: list[tuple[str, int, int]] = []
    tables = kinds_in(_FILE, reading.language)
    tokens = reading.tokens[:end]
    known = [mention for mention in reading.mentions if mention.keys and not mention.related]
    told = covered(reading.days, known)
    at = start
    while at < end:
        if at in told or tokens[at].kind == "mark":
            at += 1
            continue
        hit = next((hit for table in tables if (hit := table.longest(tokens, at)) is not None), None)
        onward, sign = (at + 1, _UNKNOWN) if hit is None else (hit[0], _SIGNS[hit[1]])
        found += [(sign, at, onward)] if sign else []
        at = onward
    return _Words(tuple(found))
