"""Who fetches, in a word that no vocabulary has, told by its place: "babcia picks up Ada", "hentes av bosse"."""

from bots.hearing.sources import source
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords

_MOST_WORDS = 2
_OPENS = frozenset({"greeting", "filler", "join", "it", "introduces", "come", "day", "also", "again", "clock"})
_LEADS = frozenset({"relative"})
_OWNS = frozenset({"mine", "child_word", "self"})


def agent_of(words: ClauseWords, fetch: Tag) -> str | None:
    """The one whose word stands where the subject of the fetching does, or behind its "by". Only of a child that is named or
    meant, or on a day that is told, and never where the sender, a negation or a question stands in the clause."""
    clause, vocabulary = words.clause, words.reading.vocabulary
    told = words.children_named() or clause.days or clause.has("child_word")
    if vocabulary is None or not told or clause.asks or clause.has("self", "we", "you", "negative", "attitude", "told"):
        return None
    agent = _Agent(words, fetch)
    return agent.behind_by() or (agent.before() or agent.behind() if fetch.name == "fetch" else None)


class _Agent:
    def __init__(self, words: ClauseWords, fetch: Tag) -> None:
        self._words, self._fetch, clause = words, fetch, words.clause
        self._inside = range(clause.start, clause.end)
        known = [mention for mention in clause.mentions if mention.keys or mention.related]
        self._read = covered(clause.tags, known, clause.days, clause.clocks, clause.spans)
        self._children = covered([mention for mention in clause.mentions if mention.keys])

    def before(self) -> str | None:
        """`gamlefar som hentar`, `i dag kommer ekskona mi og henter`: what else stands before it only opens the clause."""
        at = self._fetch.start - 1
        led = covered([tag for tag in self._words.clause.tags if tag.name in _LEADS or tag.value == "and"])
        while at in led:
            at -= 1
        if at in self._owning() and self._is_strange(at - 1):
            at -= 1
        start = self._run_back(at)
        opens = covered(self._words.clause.days, [tag for tag in self._words.clause.tags if tag.name in _OPENS])
        before = [place for place in range(self._words.clause.start, start) if place not in opens]
        return self._told(start, at + 1) if start <= at and not before else None

    def behind(self) -> str | None:
        """`i dag henter gubben Ada`, `Elmerin hakee mummeli`: behind a day or the child, which opens the clause."""
        opened = self._fetch.start - 1 in covered(self._words.clause.days) | self._children
        start = self._fetch.end
        end = self._run(start)
        onward = end + (end in self._owning())
        object_first = self._fetch.start - 1 in self._children
        goes_on = onward in self._children or object_first
        return self._told(start, end) if opened and end > start and goes_on else None

    def behind_by(self) -> str | None:
        """`blir hämtad av bosse`"""
        if self._fetch.name != "fetched":
            return None
        clause, vocabulary = self._words.clause, self._words.reading.vocabulary
        bys = source(vocabulary.code).phrases("says", "by") if vocabulary is not None else ()
        ends = [tag.end for tag in clause.every("by") if tag.start >= self._fetch.end - 1]
        ends += [
            tag.end for tag in clause.every("fetched") if self._words.reading.tokens[tag.end - 1].low in bys
        ]  # "hämtad av" is one phrase
        return next((self._told(at, end) for at in ends if (end := self._run(at)) > at), None)

    def _run(self, start: int) -> int:
        at = start
        while at - start < _MOST_WORDS and self._is_strange(at):
            at += 1
        return at

    def _run_back(self, at: int) -> int:
        """Where the words that end at the place begin."""
        start = at + 1
        while at + 1 - start < _MOST_WORDS and self._is_strange(start - 1):
            start -= 1
        return start

    def _owning(self) -> set[int]:
        return covered([tag for tag in self._words.clause.tags if tag.name in _OWNS])

    def _is_strange(self, at: int) -> bool:
        """Whether a word stands there that neither a reader took nor the language's vocabulary has."""
        vocabulary = self._words.reading.vocabulary
        if at not in self._inside or at in self._read or vocabulary is None:
            return False
        token = self._words.reading.tokens[at]
        return token.kind == "word" and len(token.low) > 2 and not vocabulary.is_word(token)

    def _told(self, start: int, end: int) -> str:
        return self._words.reading.words(start, end)
