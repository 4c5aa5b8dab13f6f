"""What the words of one clause say: what a negation belongs to, who stays, and what is left over or not known."""

from collections.abc import Sequence

from bots.hearing.clauses import Clause
from bots.hearing.names import Mention
from bots.hearing.pieces import PREDICATES
from bots.hearing.reading import Reading
from bots.hearing.sources import languages
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag, vocabulary

REACH = 6
_NOT_FAR = 2
_PLAIN = frozenset({"child_word", "negative", "greeting", "sick", "symptom", "also", "sibling", "join", "filler"})
_STATES = frozenset({"sick", "symptom", "well", "fine", "home", "away", "late"})
_RIVALS = PREDICATES - {"there", "usual"}


class ClauseWords:
    """Reads one clause. `before`: the clauses before it; `asked_absence`: the hub asked whether a child is away;
    `asked_fetched`: when somebody comes for it."""

    def __init__(
        self,
        reading: Reading,
        clause: Clause,
        before: Sequence[Clause],
        asked_absence: bool,
        asked_fetched: bool = False,
    ) -> None:
        self.reading = reading
        self.clause = clause
        self.earlier = before
        self.before = [other for other in before if other.sentence == clause.sentence]
        self.asked_absence = asked_absence
        self.asked_fetched = asked_fetched
        self.tags = sorted((*clause.tags, *clause.borrowed), key=lambda tag: tag.start)

    def negated(self, tag: Tag) -> bool:
        """Whether a negation belongs to this word rather than to another verb nearby."""
        for negative in self.clause.every("negative"):
            distance = self._distance(negative, tag)
            if distance > REACH or (negative.start < tag.end and tag.start < negative.end):
                continue
            if self._is_parted(negative, tag) or (tag.name in _STATES and negative.start > tag.start):
                continue
            rivals = (other for other in self.tags if other.name in _RIVALS and other.start != tag.start)
            if all(distance <= self._distance(negative, rival) for rival in rivals):
                return True
        return False

    def _is_parted(self, negative: Tag, tag: Tag) -> bool:
        """Whether a comma or a joining word stands between, so that the negation belongs elsewhere."""
        between = range(min(negative.end, tag.end), max(negative.start, tag.start))
        joins = {join.start for join in self.clause.every("join") if join.value in {"and", "but", "because"}}
        return any(self.reading.tokens[at].text in {",", "("} or at in joins for at in between)

    @staticmethod
    def _distance(negative: Tag, tag: Tag) -> float:
        return tag.start - negative.end if tag.start >= negative.end else negative.start - tag.end + 0.5

    def positive(self, *names: str) -> Tag | None:
        """The first word of these names to which no negation belongs."""
        return next((tag for tag in self.clause.every(*names) if not self.negated(tag)), None)

    def gone(self) -> list[Tag]:
        """The symptoms that are told to be away ("the fever is gone"), and the words that say so."""
        found: list[Tag] = []
        stays = covered(self.clause.every("stay", "past"))
        small = stays | covered(self.clause.every("again", "filler"))
        people: list[Mention | Tag] = [*self.clause.mentions, *self.clause.every("child_word", "stay", "self")]
        for symptom in self.clause.every("symptom"):
            for away in self.clause.every("away"):
                gap = set(range(symptom.end, away.start))
                opens = not any(thing.start < symptom.start for thing in people)
                if opens and gap & stays and len(gap) <= REACH and gap <= small:
                    found += [symptom, away]
        return found

    def has_beside(self, tag: Tag, *names: str) -> bool:
        """Whether a word of these names stands in the same part of the clause, no comma between."""
        commas = [at for at in range(self.clause.start, self.clause.end) if self.reading.tokens[at].text == ","]
        commas += [join.start for join in self.clause.every("join") if join.value == "because"]
        part = sum(at < tag.start for at in commas)
        return any(sum(at < other.start for at in commas) == part for other in self.clause.every(*names))

    def children_named(self) -> bool:
        return any(mention.keys for mention in self.clause.mentions)

    def left_over(self, *small_too: str) -> bool:
        """Whether the clause has words besides names, days, times, small words and those of the tags that are named."""
        small = [
            tag
            for tag in self.clause.tags
            if tag.name in {"negative", "join", "clock", "greeting", "also", "first", "filler", *small_too}
        ]
        told = covered(self.clause.mentions, self.clause.days, self.clause.clocks, small)
        tokens = self.reading.tokens
        return any(tokens[at].kind == "word" and at not in told for at in range(self.clause.start, self.clause.end))

    def stays(self, home: Tag) -> bool:
        """Whether somebody stays at home, rather than something being told of home: a verb of staying next to it, but for
        names, days and small words; or hardly a word besides name, home and day."""
        if self._tells_of_home(home):
            return False
        covered = {at for tag in self.tags if tag.name not in {"stay", "home"} for at in range(tag.start, tag.end)}
        plain = {at for tag in self.tags if tag.name in _PLAIN for at in range(tag.start, tag.end)}
        named = {at for mention in self.clause.mentions for at in range(mention.start, mention.end)}
        named |= {at for days in self.clause.days for at in range(days.start, days.end)}
        covered |= named
        tokens = self.reading.tokens
        for stay in self.clause.every("stay"):
            gap = range(stay.end, home.start) if stay.end <= home.start else range(home.end, stay.start)
            if len(gap) <= REACH and all(at in covered or tokens[at].kind != "word" for at in gap):
                return True
        plain |= named | set(range(home.start, home.end))
        rest = [at for at in range(self.clause.start, self.clause.end) if tokens[at].kind == "word" and at not in plain]
        words = self.reading.vocabulary
        plain_rest = words is not None and all(words.knows(tokens[at]) for at in rest)
        return len(rest) <= 1 and plain_rest and not self.clause.asks

    def _tells_of_home(self, home: Tag) -> bool:
        """`at home we are busy moving`: the word opens its clause, a verb right behind it, and then no child or day."""
        verb = next((tag for tag in self.clause.every("stay") if tag.start == home.end), None)
        if verb is None or home.start != self.clause.start or self.asked_absence or verb.end >= self.clause.end:
            return False
        meant = covered(self.clause.days, self.clause.every("child_word", "filler", "negative", "sick", "symptom"))
        meant |= covered([mention for mention in self.clause.mentions if mention.keys])
        return verb.end not in meant and self.reading.tokens[verb.end].kind == "word"

    def leads_home(self, stay: Tag, homeward: Tag) -> bool:
        """Whether a verb of staying reaches the word for going home: nothing but names, days and common words between."""
        gap = range(stay.end, homeward.start)
        if homeward.start < stay.end or len(gap) > REACH or self.reading.language not in languages():
            return False
        words = vocabulary(self.reading.language)
        told = covered(self.clause.mentions, self.clause.days)
        strange = {tag.start for tag in self.clause.every("thing")}
        return all(at in told or (words.knows(self.reading.tokens[at]) and at not in strange) for at in gap)

    def is_strange_behind(self, verb: Tag) -> bool:
        """`does not come to terms with them`: a word that we do not know follows the verb in its own part of the clause,
        so that it may mean something else."""
        words = self.reading.vocabulary
        if words is None:
            return False
        clause, tokens = self.clause, self.reading.tokens
        told = covered(clause.mentions, clause.days, clause.clocks, self.tags)
        breaks = {tag.start for tag in clause.every("join") if tag.value in {"but", "because"}}
        breaks |= {tag.start for tag in clause.every("we", "self")}
        for at in range(verb.end, clause.end):
            if tokens[at].text in ",(" or at in breaks:
                return False
            if tokens[at].kind == "word" and at not in told and not words.is_word(tokens[at]):
                return True
        return False

    def is_not(self, word: Tag) -> bool:
        """`is not well enough`: a verb of being, a negation right behind it, and the word soon after."""
        for negative in self.clause.every("negative"):
            stays = any(tag.end == negative.start or tag.start == negative.end for tag in self.clause.every("stay"))
            if stays and 0 <= word.start - negative.end <= _NOT_FAR:
                return True
        return False

    def is_missing(self, there: Tag) -> bool:
        """`is not at school`, `not at school today`: a negation before the place, and a verb of being or nothing before it."""
        people = [mention for mention in self.clause.mentions if mention.keys]
        between = covered(self.clause.days, people, self.clause.every("stay", "filler", "child_word"))
        negative = next(
            (
                tag
                for tag in self.clause.every("negative")
                if between >= set(range(tag.end, max(there.start, tag.end))) and tag.end <= there.start
            ),
            None,
        )
        if negative is None:
            return False
        told = {at for mention in self.clause.mentions for at in range(mention.start, mention.end)}
        told |= {at for days in self.clause.days for at in range(days.start, days.end)}
        told |= covered(self.clause.every("child_word", "greeting"))
        stays = [tag for tag in self.clause.every("stay") if tag.end <= negative.start]
        start = max((tag.end for tag in stays), default=self.clause.start)
        return all(at in told for at in range(start, negative.start))
