"""Who fetches is left open: "somebody else fetches today", "Kari fetches" of a child called Kari; and who it is, once asked.

It is open only where nothing else was heard and each word is known: a child, a day, the fetching and small words, those of
`open_fetchers.toml` among them. In doubt the text stays for staff.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bots.hearing.almanac import default_day
from bots.hearing.clauses import Clause, clauses
from bots.hearing.clocks import suit
from bots.hearing.fetchers import fetcher_of
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from bots.hearing.word_kinds import kinds_in
from bots.hearing.wording import ClauseWords
from hub.talk.heard import THEMSELVES, WHO_FETCHES, About, Act, Heard, Intent

_FILE = "open_fetchers.toml"
_BUSY = frozenset({"absence_check", "own_words", WHO_FETCHES})
"""What was asked, where such words are to that question."""
_BESIDE = ("greeting", "filler", "thanks", "signature")
_SPEAKS = frozenset({Intent.MESSAGE, Intent.ACK, Intent.YES, Intent.PICKUP_PERSON, Intent.EARLY_PICKUP})
_MOST_WORDS = 3
"""In an answer that is but a name, or a word for the sender."""
_SOUNDS = frozenset("aeiouyåäöæø")


def with_fetcher_open(heard: Heard, reading: Reading, asked: About | None, received: datetime) -> Heard:
    """As a fetching by nobody named where the text tells no more than that. The child stays open where it may be the one
    who fetches, by a namesake or a slip: "Kari fetches" in a family of two."""
    is_plain = all(act.intent is Intent.MESSAGE and not act.unknown_name for act in heard.acts)
    if not is_plain or (asked is not None and asked.about in _BUSY):
        return heard
    fetches = [tag for tag in reading.tags if tag.name in {"fetch", "fetched"}]
    days = _days(reading, received)
    if not fetches or not days or reading.clocks or reading.spans or any(token.text == "?" for token in reading.tokens):
        return heard
    kinds = _kinds(reading, fetches)
    is_clear = all(mention.keys and mention.sure and not mention.related for mention in reading.mentions)
    if None in kinds or not is_clear:
        return heard
    keys = tuple(dict.fromkeys(key for mention in reading.mentions for key in mention.keys))
    if "somebody" not in kinds:
        is_fetched = any(tag.name == "fetched" for tag in fetches)
        is_agent = len(reading.mentions) == 1 and reading.mentions[0].start < fetches[0].start
        if not keys or "is" in kinds or not (is_fetched or is_agent):
            return heard  # "has been fetched"; "fetches Ada today", said of the sender
        keys = keys if is_fetched else ()
    why = tuple(reason for reason in heard.reasons if reason.led_to.startswith("child"))
    return replace(heard, acts=(Act(Intent.PICKUP_PERSON, keys, days),), reasons=why)


def with_fetcher_told(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """Whom the answer to the question who fetches names, or that it is the sender; as it was where it tells neither.

    It is of the days that were asked about, and so of none, unless it names others."""
    if asked is None or asked.about != WHO_FETCHES or any(token.text == "?" for token in reading.tokens):
        return heard
    if any(act.intent is Intent.PICKUP_PERSON and act.person for act in heard.acts):
        return heard if reading.days else replace(heard, acts=tuple(_without_days(act) for act in heard.acts))
    is_of_child = bool(reading.clocks) or any(mention.keys for mention in reading.mentions)
    speaks = _SPEAKS if is_of_child else {*_SPEAKS, Intent.LATE}  # "I won't make it, so grandma does"
    if not {act.intent for act in heard.acts} <= speaks:
        return heard
    person = _person(reading)
    if person is None and not _is_sender(reading):
        return heard
    keys = tuple(dict.fromkeys(key for mention in reading.mentions for key in mention.keys))
    who = Act(Intent.PICKUP_PERSON, keys, person=person, change=None if person else THEMSELVES)
    about = keys or ((asked.child,) if asked.child is not None else ())
    day = () if asked.day is None else (asked.day,)
    leaves = [Act(Intent.EARLY_PICKUP, about, day, end=suit(clock, leaves=True)) for clock in reading.clocks[:1] if day]
    return replace(heard, acts=(who, *leaves))


def _kinds(reading: Reading, fetches: Sequence[Tag]) -> set[str | None]:
    """What kinds of words there are; None is one that is not known, or tells something else."""
    told = covered(reading.mentions, reading.days, fetches, [tag for tag in reading.tags if tag.name in _BESIDE])
    tables = kinds_in(_FILE, reading.language)
    found: set[str | None] = set()
    at = 0
    while at < len(reading.tokens):
        hit = next((hit for table in tables if (hit := table.longest(reading.tokens, at)) is not None), None)
        if at in told or reading.tokens[at].kind == "mark":
            at += 1
        elif hit is None:
            return {None}
        else:
            found.add(hit[1])
            at = hit[0]
    return found


def _days(reading: Reading, received: datetime) -> tuple[date, ...]:
    """The days that are named, or the one that is meant where none is; () where they cannot be relied on."""
    if any(days.shape != "days" or not days.days for days in reading.days):
        return ()
    named = {day for days in reading.days for day in days.days}
    return tuple(sorted(named)) if named else (default_day(received),)


def _person(reading: Reading) -> str | None:
    """Who is named where nothing is denied, as of a fetching told behind all the words; else the few that no vocabulary has."""
    for clause in clauses(reading):
        end = clause.end
        name = fetcher_of(ClauseWords(reading, clause, (), asked_absence=False), Tag("fetch", "", end, end))
        if name is not None and (not clause.has("negative") or _is_of_sender(clause)):
            return name
    words = [at for at, token in enumerate(reading.tokens) if token.kind == "word"]
    known = covered(reading.tags, reading.mentions)
    is_name = 0 < len(words) <= _MOST_WORDS and all(at not in known and _is_strange(reading, at) for at in words)
    return reading.words(words[0], words[-1] + 1) if is_name else None


def _is_strange(reading: Reading, at: int) -> bool:
    """Whether it may be what somebody is called: no word of the language, and no mere "hmm"."""
    token, vocabulary = reading.tokens[at], reading.vocabulary
    is_known = vocabulary is not None and vocabulary.is_word(token)
    return not is_known and any(sound in _SOUNDS for sound in token.fold)


def _is_of_sender(clause: Clause) -> bool:
    """Whether what is denied is the sender's: "I can't, so it will be grandma"."""
    first = min(tag.start for tag in clause.every("negative"))
    return any(0 < first - tag.end + 1 <= _MOST_WORDS for tag in clause.every("self"))


def _is_sender(reading: Reading) -> bool:
    words = sum(token.kind == "word" for token in reading.tokens)
    names = {tag.name for tag in reading.tags}
    return words <= _MOST_WORDS and "self" in names and "negative" not in names


def _without_days(act: Act) -> Act:
    return replace(act, days=()) if act.intent is Intent.PICKUP_PERSON else act
