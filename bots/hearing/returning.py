"""Who comes back, and when: "back on Friday" leads to the days away until then, "comes after all" ends what was reported."""

from bots.hearing.clauses import Clause
from bots.hearing.drafts import Draft
from bots.hearing.stretches import covered
from bots.hearing.subjects import is_of_other
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords
from hub.talk.heard import Intent

_NEAR = 2
_FIRST_REACH = 3
_FEW_CLAUSES = 3
_NO_RETURN = frozenset(
    {"negative", "unsure", "maybe_if", "if_first", "already", "early", "late", "after_all", "also"}
    | {"fetch", "fetched", "event", "go", "you", "take_along", "home", "away", "off", "sick", "symptom"}
)
"""What tells that a coming is no return, or not a sure one."""
_OF_CHILD = ("child_word", "come", "back", "home", "away", "sick", "symptom", "there")


def returning(words: ClauseWords) -> list[Draft] | None:
    """ "Back on Friday": the days away run through the weekday before."""
    clause = words.clause
    if _is_back_early(words):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    if not clause.days or any(days.shape == "past" for days in clause.days) or clause.clocks:
        return None
    back = None if _well_before(words) else words.positive("back")
    first = clause.first("first")
    comes = clause.has("come", "back", "meets") or _goes_on_away(words)
    beside = back is not None and any(0 <= days.start - back.end <= 2 for days in clause.days)
    if back is not None and not clause.has("home", "away") and (beside or not clause.has("sick", "symptom")):
        return [Draft(Intent.ABSENCE, clause, back=True)]
    if first is not None and comes and not clause.has("late", "meal", "afterwards", "fetch", "fetched"):
        return [Draft(Intent.ABSENCE, clause, back=True)]
    if _comes_again(words):
        return [Draft(Intent.ABSENCE, clause, back=True)]
    if _is_not_before(words) and not clause.has("event", "thing", "fetch", "fetched", "go"):
        return [Draft(Intent.ABSENCE, clause, back=True)]
    return None


def _comes_again(words: ClauseWords) -> bool:
    """`does not come today. She comes on Monday`: one day behind an absence on which the child comes, or "we" do."""
    clause = words.clause
    come = words.positive("come")
    if come is None or len(clause.days) != 1 or len(clause.days[0].days) != 1 or clause.days[0].shape != "days":
        return False
    if clause.asks or clause.has(*_NO_RETURN) or is_of_other(words, come) or not _is_its_own(words, come):
        return False
    if any(tag.value == "today" for tag in clause.every("day")):
        return False
    told = words.earlier[-_FEW_CLAUSES:]
    away = [part for part in told if _tells_away(words, part)]
    if not away or any(part.clocks or part.spans for part in told):
        return False
    own = {mention.keys for part in told for mention in part.mentions if mention.keys}
    here = {mention.keys for mention in clause.mentions if mention.keys}
    days = [day for part in away for days in part.days for day in days.days]
    return len(own | here) <= 1 and all(day < clause.days[0].days[0] for day in days)


def _is_its_own(words: ClauseWords, come: Tag) -> bool:
    """Whether nothing stands before the verb but the child, "she" or "we", and small words: no plumber who comes."""
    clause = words.clause
    small = clause.every("child_word", "we", "join", "filler", "greeting", "again", "stay", "ask", "day", "come")
    known = covered(small, clause.days, [mention for mention in clause.mentions if mention.keys])
    return all(at in known for at in range(clause.start, come.start) if words.reading.tokens[at].kind == "word")


def _tells_away(words: ClauseWords, part: Clause) -> bool:
    """Whether the clause tells that a child stays away, and not of days gone by."""
    if part.has("past", "happened", "fetch", "fetched") or any(days.shape == "past" for days in part.days):
        return False
    if any(mention.unknown for mention in part.mentions):
        return False  # "the chickenpox is gone"
    read = ClauseWords(words.reading, part, (), words.asked_absence)
    come = part.first("come")
    states = [tag for tag in part.every("sick", "symptom", "home", "away") if tag not in read.gone()]
    away = any(not read.negated(tag) and not is_of_other(read, tag) for tag in states)
    return away or (come is not None and read.negated(come))


def _is_back_early(words: ClauseWords) -> bool:
    """`is back already tomorrow`: earlier than was reported, since this text tells of no absence itself."""
    clause, back = words.clause, words.positive("back")
    told = any(part.has("sick", "symptom", "home", "away", "off") for part in (*words.earlier, clause))
    days = {day.start for day in clause.days if day.shape == "days"}
    beside = any({tag.end, tag.end + 1} & days for tag in clause.every("already"))
    return back is not None and beside and not told and not (clause.clocks or clause.has("unsure", "before", "first"))


def _goes_on_away(words: ClauseWords) -> bool:
    """`is ill, count on her first on Monday`: the child was told to be away, and a day follows the "first"."""
    before = words.before[-1:]
    away = any(clause.has("sick", "symptom", "home", "away") and not clause.has("back") for clause in before)
    firsts = words.clause.every("first")
    beside = any(0 <= day.start - tag.end <= _FIRST_REACH for tag in firsts for day in words.clause.days)
    return away and beside and not words.clause.has("negative", "self")


def _leads_to_day(words: ClauseWords, tag: Tag) -> bool:
    return any(days.start == tag.start and days.shape == "until" for days in words.clause.days)


def _is_not_before(words: ClauseWords) -> bool:
    """`you will not see her before Friday`, `no school until Friday`: a bound right before the day, and a negation."""
    clause = words.clause
    bounds = [
        tag for tag in clause.every("before", "first") if any(0 <= day.start - tag.end <= 1 for day in clause.days)
    ]
    for unseen in clause.every("unseen"):
        untils = [tag for tag in clause.every("join") if tag.value == "until" and _leads_to_day(words, tag)]
        bounds += [tag for tag in untils if 0 <= tag.start - unseen.end <= _NEAR]
    bounds += [tag for tag in clause.every("ahead") if _is_slip_for_before(words, tag)]
    behind = [tag for tag in clause.every("first") if any(0 <= tag.start - day.end <= 1 for day in clause.days)]
    denied = clause.has("negative", "away", "unseen") or any(
        tag.name == "first" and tag.end - tag.start > 1 for tag in bounds
    )
    about = words.children_named() or clause.has(*_OF_CHILD)
    return about and denied and bool(bounds or behind)


def cancelling(words: ClauseWords, is_away: bool) -> list[Draft] | None:
    """The end of an absence that was reported. `is_away`: the clause itself tells that the child stays away."""
    clause = words.clause
    reported = clause.has("absence_noun") or any(
        part.has("told") and part.has("absence_noun", "away", "sick") for part in words.earlier[-1:]
    )
    if clause.has("revoke") and reported:
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    come = clause.first("come", "back", "usual", "there")
    if come is not None and _is_put_right(words) and not words.negated(come):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    if come is not None and not words.negated(come) and any(part.has("joke") for part in words.earlier):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    after_all = next((tag for part in (clause, *words.before) if (tag := part.first("after_all"))), None)
    if come is not None and words.negated(come) and not words.positive("fine"):
        return None
    if come is not None and after_all is not None and _is_in_spite(words):
        return None
    if come is not None and _well_before(words):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    if clause.has("sick", "symptom", "home", "away") and is_away and after_all is None:
        return None
    if clause.has("after_all") and any(words.negated(tag) for tag in clause.every("sick")):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    fine = words.positive("fine")
    well = words.positive("well")
    if fine is not None and not is_of_other(words, fine):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    told = [part.first("fetch", "fetched") for part in (clause, *words.before)]
    if after_all is not None and (come is not None or well is not None) and not any(told):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    again = clause.first("again")
    near = again is not None and well is not None and -3 <= again.start - well.end <= 1
    if well is not None and again is not None and (come is not None or near) and not is_of_other(words, well):
        return [Draft(Intent.ABSENCE_CANCEL, clause)]
    return None


def _is_put_right(words: ClauseWords) -> bool:
    """`my mistake, Piotr is not ill, he comes today`: an earlier report is told to be wrong, and the child comes."""
    told = words.earlier[-2:]
    wrong = any(clause.has("denies", "told") for clause in words.earlier)
    well = any(
        any(ClauseWords(words.reading, clause, (), False).negated(tag) for tag in clause.every("sick"))
        for clause in told
    )
    return wrong and well and not words.clause.clocks and not words.clause.asks


def _is_in_spite(words: ClauseWords) -> bool:
    """`has a cold but comes anyway`: nothing reported earlier is ended."""
    told = words.before[-1:] if words.clause.joined == "but" else []
    light = any(clause.has("symptom", "sick") and not clause.has("told", "negative", "past") for clause in told)
    return light and not words.clause.has("told", "revoke")


def _well_before(words: ClauseWords) -> bool:
    """ "She is well and comes tomorrow": a clause before said that the child is well, and nothing of days gone by."""
    told = words.before[-1:]
    if not told or any(clause.has("past", "sick", "symptom", "usual") for clause in (*words.before, words.clause)):
        return False
    before = ClauseWords(words.reading, told[0], (), words.asked_absence)
    well = before.positive("fine", "well")
    return well is not None and not is_of_other(before, well) and not words.clause.clocks


def _is_slip_for_before(words: ClauseWords, tag: Tag) -> bool:
    """`kommer ikke for fredag`: the word for "before" without its stroke, behind a negation and right before the day."""
    denied = any(negative.end == tag.start for negative in words.clause.every("negative"))
    return denied and any(days.start == tag.end for days in words.clause.days)
