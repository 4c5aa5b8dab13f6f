"""Absences that the text itself takes back, for the child comes, or is there on a day of them: "has a cough but comes"."""

from collections.abc import Sequence
from dataclasses import replace

from bots.hearing.clauses import Clause
from bots.hearing.joining import Placed
from hub.talk.heard import Act, Intent


def without_those_who_come(placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Without absences that the text itself takes back: "has a cough but comes", "little brother is ill, Kari comes"; and
    without an illness that only tells why it asks how the child is, for then the child is there."""
    denials = [clause for clause in parts if clause.has("denies")]
    if denials:
        wrong = {clause.sentence for clause in denials if clause.joined == "but"}
        placed = [
            item for item in placed if item.act.intent is not Intent.ABSENCE and item.clause.sentence not in wrong
        ]
    if any(_was_ill(clause) for clause in parts):
        placed = [
            item for item in placed if item.act.intent is not Intent.ABSENCE_CANCEL or item.clause.has("after_all")
        ]
    if any(clause.has("fares") and (clause.asks or clause.has("question")) for clause in parts):
        placed = [item for item in placed if item.act.intent is not Intent.ABSENCE or item.clause.has("home", "away")]
    acting = {id(item.clause) for item in placed}
    coming = [
        clause
        for clause in parts
        if clause.has("come", "usual", "there", "sends") and not _is_denied(clause) and id(clause) not in acting
    ]
    kept: list[Placed] = []
    for this in placed:
        item = _without_days_there(this, coming)
        clause = item.clause
        denied = clause.has("come") and clause.has("negative") and not clause.has("there")
        light = item.act.intent is Intent.ABSENCE and not item.back and not clause.has("home", "away", "homeward")
        light = light and not denied
        mild = light and clause.has("symptom") and not clause.has("sick", "come", "there")
        near = {clause.sentence, clause.sentence + 1} if mild else {clause.sentence}
        beside = [other for other in coming if other.sentence in near and _speaks_of(other, item.act, parts)]
        turned = any(other.has("there", "sends") and other.joined == "but" for other in beside)
        is_well = mild and any(_is_well(other, item.act) for other in parts if other.sentence == clause.sentence)
        contrary = (bool(beside) and (light or turned)) or is_well
        another = item.act.unknown_name is not None and any(
            mention.keys for other in coming for mention in other.mentions
        )
        is_absence = item.act.intent is Intent.ABSENCE
        contrary = contrary or any(_contradicts(other, item, parts) for other in coming) or _is_over(item, parts)
        contrary = contrary or _forgets(item, parts)
        if not (is_absence and (contrary or another)):
            kept.append(item)
    return kept


def _is_denied(clause: Clause) -> bool:
    """Whether a coming is denied, or told for the doctor's sake; "comes today, but cannot be along at gym" still comes."""
    buts = [tag.start for tag in clause.every("join") if tag.value == "but"]
    turn = min(buts, default=clause.end)
    denied = any(tag.start < turn for tag in clause.every("negative"))
    comes = any(tag.start < turn for tag in clause.every("come", "usual", "there", "sends"))
    return denied or not comes or (clause.joined == "because" and clause.has("reason"))


def _forgets(item: Placed, parts: Sequence[Clause]) -> bool:
    """Whether the sentence tells of something that the child has forgotten: what is at home, or who does not come by, is no
    child. "I forgot to write" forgets nothing."""
    if item.clause.has("sick", "symptom", "away", "off") or item.clause.days:
        return False
    for clause in parts:
        for tag in clause.every("forgot") if clause.sentence == item.clause.sentence else ():
            own = any(other.start < tag.start for other in clause.every("self"))
            named = any(mention.keys and mention.start < tag.start for mention in clause.mentions)
            if named or (not own and any(other.start < tag.start for other in clause.every("child_word"))):
                return True
    return False


def _contradicts(clause: Clause, item: Placed, parts: Sequence[Clause]) -> bool:
    """Whether the clause says of the very child, by name and of no other day, that it comes; or that it comes every day."""
    keys = {key for mention in clause.mentions for key in mention.keys if not mention.related}
    if not keys and clause.joined == "and":  # "but Ada is at her father's and comes"
        led = [other for other in parts if other.sentence == clause.sentence and other.end < clause.start]
        led = [other for other in led[-1:] if other.joined == "but" and other is not item.clause]
        keys = {key for other in led for mention in other.mentions for key in mention.keys if not mention.related}
    if not keys and clause.sentence == item.clause.sentence and any(mention.every for mention in clause.days):
        keys = set(item.act.children)
    if not keys & set(item.act.children) or clause.asks or clause.has("maybe_if", "if_first", "unsure", "told", "past"):
        return False
    days = {day for mention in clause.days for day in mention.days}
    every = any(mention.every for mention in clause.days)
    later = clause.has("well", "fine", "back", "first", "before") or bool(clause.clocks)
    return not later and (every or not clause.days or (bool(item.act.days) and days >= set(item.act.days)))


def _is_over(item: Placed, parts: Sequence[Clause]) -> bool:
    """Whether an illness told in the past tense is over: a clause after it says that the child comes or is well."""
    if not item.clause.has("past", "happened"):
        return False
    after = [clause for clause in parts if clause.start > item.clause.start and not clause.has("negative", "first")]
    return any(
        clause.has("come", "back", "usual", "there", "fine", "well")
        and _speaks_of(clause, item.act, parts, anytime=True)
        for clause in after
    )


def _without_days_there(item: Placed, coming: Sequence[Clause]) -> Placed:
    """The absence without a day of it on which, the text says, the child is there: "away all week, but there on Monday"."""
    for clause in coming:
        days = {day for mention in clause.days for day in mention.days}
        if item.act.intent is not Intent.ABSENCE or item.back or not days or not days < set(item.act.days):
            continue
        if clause.asks or clause.clocks or clause.has("back", "first", "unsure"):
            continue
        keys = {key for mention in clause.mentions for key in mention.keys}
        if not keys or keys >= set(item.act.children):
            left = tuple(day for day in item.act.days if day not in days)
            return replace(item, act=replace(item.act, days=left))
        if keys & set(item.act.children):
            return replace(item, act=replace(item.act, days=()))
    return item


def _is_well(clause: Clause, act: Act) -> bool:
    """Whether the clause says that the act's own child is well."""
    keys = {key for mention in clause.mentions for key in mention.keys}
    return clause.has("well", "fine") and not clause.has("negative") and keys == set(act.children)


def _was_ill(clause: Clause) -> bool:
    """Whether the clause tells of an illness that was over before today: whoever is well now ends no report of ours."""
    past = any(days.shape == "past" for days in clause.days)
    bare = bool(clause.days) and all(days.weekdays for days in clause.days)
    told = clause.has("sick", "symptom") and not any(days.shape != "past" for days in clause.days)
    return (past or bare or told) and clause.has("sick", "symptom", "home", "away") and clause.has("past", "happened")


def _speaks_of(clause: Clause, act: Act, parts: Sequence[Clause], *, anytime: bool = False) -> bool:
    """Whether the clause speaks of the act's own children, and of no other day than its first, or of any."""
    sentence = [other for other in parts if other.sentence == clause.sentence]
    keys = {key for mention in clause.mentions for key in mention.keys}
    earlier = (
        {key for mention in other.mentions for key in mention.keys} for other in sentence if other.start < clause.start
    )
    keys = keys or next((told for told in reversed(list(earlier)) if told), set())
    keys = keys or {key for other in sentence for mention in other.mentions for key in mention.keys}
    days = {day for mention in clause.days for day in mention.days}
    return (not keys or set(act.children) <= keys) and (anytime or days <= set(act.days[:1]) or not act.days)
