"""Whether a clause is mere talk: of an event, of days gone by, of what somebody said, or of a stranger."""

from bots.hearing.clauses import Clause
from bots.hearing.sources import languages
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag, vocabulary
from bots.hearing.wording import ClauseWords

_JOINING = frozenset({"and", "but", "because"})
_STATES = frozenset({"sick", "symptom", "well", "fine", "home", "away", "late"})
_GONE_BY = _STATES | {"off", "there", "come"}


def is_of_event(words: ClauseWords, word: Tag) -> bool:
    """Whether somebody stays away from a meeting or a training, not from the unit."""
    asked = [clause for clause in words.earlier[-1:] if clause.asks and clause.sentence != words.clause.sentence]
    events = [clause for clause in (*asked, *words.before, words.clause) if clause.has("event")]
    if not events:
        return False
    light = word.name in {"sick", "symptom"} and not words.clause.has("home", "away", "homeward")
    dated = _has_day_beside(words, events[-1], word)
    apart = _is_apart(words, events[-1], word) and not dated and not words.asked_absence
    if light and (events[-1].has("negative") or apart):
        return True
    if events[-1] is words.clause:
        behind = all(word.end <= event.start for event in words.clause.every("event"))
        if behind and words.clause.days and word.name in {"away", "come", "back"} and _is_marked_off(words, word):
            return False
        led = any(0 <= event.start - word.end <= 1 for event in words.clause.every("event"))
        if led and word.name == "come":
            return True  # "does not come to the birthday party"
        return word.name in {"come", "back", "away"} and not words.clause.has("reason", "there")
    return not words.children_named() and not words.clause.has("child_word")


def _has_day_beside(words: ClauseWords, told: Clause, word: Tag) -> bool:
    """Whether a day is told in the word's own part of the clause, behind or before the mark that parts it from the event."""
    if told is not words.clause:
        return bool(words.clause.days)
    event = told.every("event")[-1]
    marks = [at for at in range(told.start, told.end) if words.reading.tokens[at].text == ","]
    marks += [tag.start for tag in told.every("join") if tag.value in {"because", "but"}]
    between = [at for at in marks if min(event.end, word.end) <= at < max(event.start, word.start)]
    if not between:
        return bool(words.clause.days)
    after = word.start > event.start
    return any(day.start > max(between) if after else day.start < min(between) for day in words.clause.days)


def _is_marked_off(words: ClauseWords, word: Tag) -> bool:
    """Whether a comma stands between the word and the event behind it: "is away Friday, we have guests for a party"."""
    event = words.clause.every("event")[0]
    return any(words.reading.tokens[at].text == "," for at in range(word.end, event.start))


def _is_apart(words: ClauseWords, told: Clause, word: Tag) -> bool:
    """Whether the event stands in another part of the sentence than the word: a clause of its own, or parted by a mark
    or a word like "so"."""
    if told is not words.clause:
        return True
    event = told.every("event")[-1]
    between = range(min(event.end, word.end), max(event.start, word.start))
    joins = {tag.start for tag in told.every("join") if tag.value in {"because", "but", "and"}}
    return any(at in joins or words.reading.tokens[at].text == "," for at in between)


def is_talk(words: ClauseWords, word: Tag) -> bool:
    """Whether the clause speaks of feelings, of what somebody said, or of a thing or person that is no child of ours."""
    told = any(clause.has("told") for clause in (*words.before, words.clause)) and not _is_conclusion(words, word)
    if told or _is_cleft(words) or _is_felt(words, word) or words.clause.has("denies"):
        return True
    if words.reading.language not in languages() or words.children_named() or words.clause.has("child_word"):
        return _is_of_stranger(words, word)
    known_words = vocabulary(words.reading.language)
    known = covered(words.clause.mentions, words.clause.days, words.clause.clocks, words.tags)
    tokens = words.reading.tokens
    return any(
        tokens[at].kind == "word" and at not in known and not known_words.is_word(tokens[at])
        for at in range(words.clause.start, word.start)
    )


def _is_felt(words: ClauseWords, word: Tag) -> bool:
    """Whether the clause tells of feelings, unless only behind an "and": "is not to be seen today and refuses to miss it"."""
    ands = [tag.start for tag in words.clause.every("join") if tag.value == "and" and tag.start >= word.end]
    return any(tag.start < min(ands, default=tag.end) for tag in words.clause.every("attitude"))


def _is_conclusion(words: ClauseWords, word: Tag) -> bool:
    """Whether what somebody said only led to it: "the doctor says she must rest, so she is at home until Friday"."""
    people = {tag.start for tag in words.clause.every("child_word")} | {named.start for named in words.clause.mentions}
    joins = [tag for tag in words.clause.every("join") if tag.value == "because" and tag.end in people]
    tolds = words.clause.every("told")
    inside = any(told.end + 1 < tag.start < word.start for tag in joins for told in tolds)
    opens = words.clause.joined == "because" and words.clause.start in people and not tolds
    return word.name in {"home", "away", "come"} and (inside or opens)


def _is_of_stranger(words: ClauseWords, word: Tag) -> bool:
    """Whether a word we do not know stands as the subject of the verb before the word."""
    verbs = [tag for tag in words.clause.every("stay") if tag.end <= word.start]
    before = max((tag.start for tag in verbs), default=word.start) - 1
    if not verbs and words.children_named():
        return False
    if before < words.clause.start or any(_is_subject(words, verb.end) for verb in verbs):
        return False
    token = words.reading.tokens[before]
    named = any(mention.start <= before < mention.end for mention in words.clause.mentions)
    dated = any(days.start <= before < days.end for days in words.clause.days)
    if token.kind != "word" or named or dated or words.reading.language not in languages():
        return False
    return not vocabulary(words.reading.language).is_word(token)


def _is_subject(words: ClauseWords, at: int) -> bool:
    """Whether a child is named or meant at the place."""
    named = any(mention.start == at and mention.keys for mention in words.clause.mentions)
    return named or any(tag.start == at for tag in words.clause.every("child_word"))


def _is_cleft(words: ClauseWords) -> bool:
    """Whether the clause tells of whom something is not so: "it is not Amira who is ill"."""
    relatives = {tag.start for tag in words.clause.every("relative")}
    negatives = {tag.end for tag in words.clause.every("negative")}
    return any(mention.start in negatives and mention.end in relatives for mention in words.clause.mentions)


def is_past(words: ClauseWords, word: Tag) -> bool:
    """Whether the clause tells of days gone by only."""
    shapes = {days.shape for days in words.clause.days}
    bare = all(days.weekdays or days.shape == "past" for days in words.clause.days)
    if shapes == {"days"} and bare and words.clause.has("past", "happened") and word.name in _GONE_BY:
        return True
    if "past" in shapes and (not shapes - {"past"} or (bare and words.clause.has("past"))):
        return not (word.name == "home" and not words.clause.has("past"))
    return (
        words.clause.has("past")
        and not shapes
        and word.name in {"sick", "symptom", "away", "come", "home"}
        and not words.asked_absence
    )
