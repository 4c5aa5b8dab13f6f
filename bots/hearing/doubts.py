"""What makes a whole message doubtful: a day that could not be read, a child named by mistake, an illness still waited out.

Whatever is doubtful is left open or left out, so that it is asked about instead of done.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bots.hearing.clauses import Clause
from bots.hearing.joining import Placed
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from hub.talk.heard import Intent

_DAY_WORDS = frozenset({"weekday", "weekday_from", "weekday_until", "month"})
_HEDGES = frozenset({"unsure", "maybe_if", "if_first"})
_OF_ONE_DAY = frozenset({Intent.ABSENCE, Intent.LATE, Intent.EARLY_PICKUP})
_STAYING = frozenset({"home", "away", "homeward", "fetch", "fetched"})


def has_unread_day(reading: Reading) -> bool:
    """Whether a word or number looks like a day, and no reader could tell which."""
    read = covered(reading.days, [clock for clock in reading.clocks if clock.sure], reading.spans)
    if any(tag.name == "day" and tag.value in {"part", "season"} and tag.start not in read for tag in reading.tags):
        return True
    if any(tag.name in _DAY_WORDS and tag.start not in read for tag in reading.tags):
        return True
    tokens = reading.tokens
    on = {tag.end for tag in reading.tags if tag.name == "join" and tag.value == "on"}
    if any(
        at in on and at not in read and token.kind == "number" and _is_dotted(tokens, at)
        for at, token in enumerate(tokens)
    ):
        return True
    lengths = {tag.start for tag in reading.tags if tag.name == "day" and tag.value == "length"}
    numbers = {tag.end for tag in reading.tags if tag.name in {"number", "hour"}}
    if any(at - 1 not in read and (at in numbers or (at and tokens[at - 1].kind == "number")) for at in lengths):
        return True
    for at, token in enumerate(tokens[:-2]):
        if token.kind != "number" or at in read or at + 2 in read or len(token.text) > 2:
            continue
        mark, after = tokens[at + 1], tokens[at + 2]
        if mark.text in {".", "/"} and mark.glued and after.glued and after.kind == "number" and len(after.text) <= 2:
            return True
    return False


def _is_dotted(tokens: Sequence[Token], at: int) -> bool:
    """Whether the number is written as that of a day: "den 4."."""
    return at + 1 < len(tokens) and tokens[at + 1].text == "." and tokens[at + 1].glued


def without_mistaken(placed: list[Placed], reading: Reading) -> list[Placed]:
    """Without what was told before a correction that tells the same of another child: "Manu is ill, no wait, it is Pessi"."""
    places = [tag.start for tag in reading.tags if tag.name == "correct"]
    if not places:
        return placed
    last = places[-1]
    after = {(item.act.intent, item.act.children) for item in placed if _told_at(item) > last}
    again = {intent for intent, _ in after} & _OF_ONE_DAY
    return [
        item
        for item in placed
        if item.act.intent not in again or _told_at(item) > last or (item.act.intent, item.act.children) in after
    ]


def without_corrected(placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Without what a sentence puts right that opens with such a word: "ill tomorrow. No wait, it is Thursday she is"."""
    opening = {clause.sentence: clause for clause in reversed(parts)}
    corrects = {
        sentence
        for sentence, clause in opening.items()
        if any(tag.name in {"oops", "correct"} and tag.start <= clause.start + 1 for tag in clause.tags)
    }
    gone: list[Placed] = []
    for later in placed:
        if later.clause.sentence not in corrects or not later.told or later.clause.has("also"):
            continue
        gone += [item for item in placed if _is_put_right(item, later)]
    return [item for item in placed if item not in gone]


def _is_put_right(item: Placed, later: Placed) -> bool:
    """Whether the later act says the same of the same child in a sentence after, on another day."""
    same = item.act.intent is later.act.intent and item.act.children == later.act.children
    return same and item.told and item.clause.sentence < later.clause.sentence and item.act.days != later.act.days


def with_days_open(placed: list[Placed], reading: Reading) -> list[Placed]:
    """Leaves open the days of absences where the text corrects itself and tells different days of the same children."""
    if not any(tag.name == "correct" for tag in reading.tags):
        return placed
    told = [item.act for item in placed if item.act.intent is Intent.ABSENCE and item.told]
    disputed = {act.children for act in told if len({one.days for one in told if one.children == act.children}) > 1}
    disputed |= {act.children for act in told if _is_corrected_elsewhere(reading, set(act.days))}
    return [
        replace(item, act=replace(item.act, days=()))
        if item.act.intent is Intent.ABSENCE and item.act.children in disputed
        else item
        for item in placed
    ]


def _is_corrected_elsewhere(reading: Reading, told: set[date]) -> bool:
    """Whether a day stands right beside a correcting word that is none of those told, or between two of them."""
    for tag in reading.tags:
        beside = [days for days in reading.days if 0 <= tag.start - days.end <= 1 or 0 <= days.start - tag.end <= 1]
        if tag.name != "correct":
            continue
        counted = [days for days in reading.days if days.days and set(days.days) <= told]
        before = {days.days for days in counted if days.end <= tag.start}
        if any(days.start >= tag.end and before - {days.days} for days in counted):
            return True
        if any(days.days and not set(days.days) <= told for days in beside):
            return True
    return False


def _told_at(item: Placed) -> int:
    """Where the act's child is named, or its clause begins."""
    return next((mention.start for mention in item.clause.mentions if mention.keys), item.clause.start)


def without_waited_out(placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Without an absence that rests on a symptom alone while the text goes on to say what may come of it."""
    hedges = [at for at, clause in enumerate(parts) if clause.has(*_HEDGES)]
    firm = {item.act.children for item in placed if item.act.intent is Intent.ABSENCE and not _is_light(item)}
    kept: list[Placed] = []
    for item in placed:
        clause = item.clause
        light = _is_light(item) and item.act.children not in firm
        at = next((number for number, other in enumerate(parts) if other is clause), 0)
        if light and any(hedge > at and _goes_on(parts, parts[hedge]) for hedge in hedges):
            continue
        if light and any(other.sentence == clause.sentence and _denies_food(other) for other in (*parts[:at], clause)):
            continue  # "must not have strawberries, they give her a rash"
        if light and any(other.sentence == clause.sentence and other.has("event") for other in parts[at + 1 :]):
            continue  # "has hurt her foot, so no gym"
        kept.append(item)
    return kept


def _denies_food(clause: Clause) -> bool:
    """Whether something is told not to be eaten or had."""
    negatives = clause.every("negative")
    return any(
        0 <= eats.start - tag.end <= 1 or tag.start == eats.end for eats in clause.every("eats") for tag in negatives
    )


def without_fetched(placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Without an absence that rests on an illness alone where the text also speaks of fetching: whose it is, and whether
    the child is there, staff can tell."""
    fetching = {clause.sentence for clause in parts if clause.has("fetch", "fetched")}
    if not fetching:
        return placed
    fetched_late = {
        clause.sentence for clause in parts if clause.has("fetch", "fetched") and clause.has("late", "later")
    }
    placed = [
        item
        for item in placed
        if not (_is_sender_late(item) and item.clause.sentence in fetching)
        and not (_is_late_of_nobody(item) and item.clause.sentence in fetched_late)
    ]
    return [
        item
        for item in placed
        if item.act.intent is not Intent.ABSENCE
        or item.back
        or _says_away(item.clause)
        or _fetches_another(item, parts)
    ]


def _fetches_another(item: Placed, parts: Sequence[Clause]) -> bool:
    """Whether every clause that speaks of fetching names another child than the one who is ill, or goes on about one."""
    own, spoken_of = set(item.act.children), set[str]()
    for clause in parts:
        spoken_of = {key for mention in clause.mentions for key in mention.keys} or spoken_of
        if clause.has("fetch", "fetched") and (clause is item.clause or not spoken_of or spoken_of & own):
            return False
    return bool(own)


def _is_sender_late(item: Placed) -> bool:
    """Whether who is late is the sender, no child: "I'm running late and can't fetch her before five"."""
    clause = item.clause
    named = any(mention.keys for mention in clause.mentions) or clause.has("child_word", "we")
    return item.act.intent is Intent.LATE and item.act.start is None and clause.has("self") and not named


def _is_late_of_nobody(item: Placed) -> bool:
    """Whether a "late" without a time tells of nobody: "stuck in traffic, will be late to fetch"."""
    named = any(mention.keys for mention in item.clause.mentions) or item.clause.has("child_word")
    return item.act.intent is Intent.LATE and item.act.start is None and not named


def _says_away(clause: Clause) -> bool:
    return clause.has(*_STAYING, "come", "there", "off") or bool(clause.days)


def _is_light(item: Placed) -> bool:
    """Whether only a symptom is told, and nothing of staying away."""
    clause = item.clause
    told = clause.has("sick", *_STAYING) or any(tag.name == "come" for tag in clause.tags)
    return item.act.intent is Intent.ABSENCE and not item.back and not told


def _goes_on(parts: Sequence[Clause], hedge: Clause) -> bool:
    """Whether the doubting sentence speaks of staying, coming or getting well, or of another day."""
    sentence = [clause for clause in parts if clause.sentence == hedge.sentence]
    return any(clause.days or clause.has("home", "away", "come", "well", "sick", "fetch") for clause in sentence)
