"""How what several clauses say becomes acts: said twice, told of a return, shared by children, or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time

from bots.hearing.clauses import Clause
from hub.talk.heard import Act, Intent

_DAILY = frozenset({Intent.LATE, Intent.EARLY_PICKUP, Intent.PICKUP_PERSON, Intent.ABSENCE})
_WRITTEN = frozenset({Intent.PLACE, Intent.CONTACT_CHANGE, Intent.LEAVE_APPLICATION})
_MOVED_FOR = frozenset({Intent.PLACE, Intent.LEAVE_APPLICATION, Intent.ABSENCE})
"""What a move is only the reason of."""
_NOON = time(12)
FLEETING = frozenset({Intent.LATE, Intent.EARLY_PICKUP, Intent.PICKUP_PERSON})


@dataclass(frozen=True, slots=True)
class Placed:
    """An act with its clause. `told`: its own words named days; `back`: those of the return; `sure_day`: the question's day."""

    act: Act
    clause: Clause
    told: bool
    back: bool = False
    sure_day: bool = False


def joined(placed: Sequence[Placed], keys: Sequence[str]) -> list[Act]:
    """One act for what is said twice of the same children, and one for children who share everything."""
    acts: list[Placed] = []
    for this in placed:
        same = next((number for number, other in enumerate(acts) if _may_join(other, this)), None)
        if same is None:
            acts.append(this)
        else:
            acts[same] = _both(acts[same], this)
    shared: dict[Act, list[str]] = {}
    for item in _without_idle(acts):
        bare = replace(item.act, children=())
        bare = next((other for other in shared if _differ_by_ill(other, bare) and shared[other]), bare)
        if bare in shared and not (item.act.children and shared[bare]):
            bare = replace(bare, ill=None)
        shared.setdefault(bare, []).extend(item.act.children)
    return [replace(bare, children=tuple(key for key in keys if key in named)) for bare, named in shared.items()]


def with_reason(placed: list[Placed], parts: Sequence[Clause]) -> list[Placed]:
    """Tells that an absence is no illness where the text gives another reason, and no illness anywhere."""
    names = {tag.name for clause in parts for tag in clause.tags}
    if "reason" not in names or names & {"sick", "symptom"}:
        return placed
    return [
        replace(item, act=replace(item.act, ill=False)) if item.act.intent is Intent.ABSENCE else item
        for item in placed
    ]


def _differ_by_ill(one: Act, other: Act) -> bool:
    return one.intent is Intent.ABSENCE and one.ill is not other.ill and replace(one, ill=other.ill) == other


def _may_join(one: Placed, other: Placed) -> bool:
    first, second = one.act, other.act
    if (first.intent, first.children, first.unknown_name) != (second.intent, second.children, second.unknown_name):
        return False
    if first.intent not in FLEETING:
        return True
    same_day = first.days == second.days or not (one.told and other.told)
    same_start = None in {first.start, second.start} or first.start == second.start
    return same_day and same_start and (None in {first.end, second.end} or first.end == second.end)


def _both(one: Placed, other: Placed) -> Placed:
    first, second = one.act, other.act
    adds = one.told or one.sure_day or other.clause.has("also")
    if adds and other.told:
        days = tuple(sorted({*first.days, *second.days})) if first.days and second.days else ()
    else:
        days = second.days if other.told else first.days
    act = replace(
        first,
        days=days,
        start=first.start or second.start,
        end=first.end or second.end,
        person=_fetching(one, other) or first.person or second.person,
        phone=first.phone or second.phone,
        email=first.email or second.email,
        ill=first.ill if first.ill is not None else second.ill,
    )
    return replace(one, act=act, told=one.told or other.told)


def _fetching(one: Placed, other: Placed) -> str | None:
    """Who is said to fetch, rather than whom the child only goes along with."""
    fetches = [item.act.person for item in (one, other) if item.clause.has("fetch", "fetched")]
    return fetches[0] if len(fetches) == 1 else None


def _without_idle(acts: Sequence[Placed]) -> list[Placed]:
    """Leaves out what another act already says better, and an absence whose very days are cancelled."""
    acts = _without_departures(_without_wider(acts))
    kept: list[Placed] = []
    for told in acts:
        others = [other for other in acts if other is not told]
        item = _without_children_well(told, others)
        absences = [other for other in others if other.act.intent is Intent.ABSENCE]
        if item is not told and any(other.act.children == item.act.children for other in absences):
            continue
        if item.act.intent is Intent.ABSENCE and (_is_covered(item, absences) or _is_cancelled(item, others)):
            continue
        if item.act.intent is Intent.ABSENCE and (_is_contradicted(item, others) or _is_applied_for(item, others)):
            continue
        if item.act.intent is Intent.ABSENCE and not item.told and _is_remark_on(item, absences):
            continue
        if item.act.intent is Intent.ABSENCE and item.clause.has("need") and _ends_place(others):
            continue
        if item.act.change == "home" and any(other.act.intent in _MOVED_FOR for other in others):
            continue
        if item.act.intent is Intent.LEAVE_APPLICATION and _is_cancelled(item, others) and not item.clause.has("apply"):
            continue
        if item.act.intent is Intent.LATE and _is_idle(item, others, absences):
            continue
        if item.act.intent is Intent.EARLY_PICKUP and _is_appointment(item, others):
            continue
        if item.act.intent is Intent.ABSENCE_CANCEL and _is_remark(item, others):
            continue
        kept.append(item)
    return kept


def _without_wider(acts: Sequence[Placed]) -> Sequence[Placed]:
    """`both coughed, but only Ada stays at home`: an illness of several, of no day, behind which a "but" names one of them."""
    away = [item for item in acts if item.act.intent is Intent.ABSENCE]
    narrower = [item for item in away if item.clause.joined == "but" and item.clause.has("home", "away", "homeward")]
    wider = [
        item
        for item in away
        if not item.told
        and not item.clause.has("home", "away", "homeward", "come", "there")
        and any(set(other.act.children) < set(item.act.children) for other in narrower if other.act.children)
    ]
    return [item for item in acts if item not in wider]


def _without_departures(acts: Sequence[Placed]) -> Sequence[Placed]:
    """`we leave for the cabin already on Friday, so Ada does not come then`: a going of no hour and of no child's own only
    tells why the child is away on the very days."""
    away = [item for item in acts if item.act.intent is Intent.ABSENCE and item.clause.has("negative", "home", "away")]

    def is_why(item: Placed) -> bool:
        own = any(mention.keys for mention in item.clause.mentions) or item.clause.has("child_word", "fetch", "fetched")
        going = item.act.intent is Intent.EARLY_PICKUP and item.act.end is None and not own
        return going and any(
            other.clause.joined == "because" and set(item.act.days) <= set(other.act.days) for other in away
        )

    return [item for item in acts if not is_why(item)]


def _is_covered(item: Placed, absences: Sequence[Placed]) -> bool:
    """ "Both have colds" after the days of each were told."""
    keys = {key for other in absences if other.told for key in other.act.children}
    return not item.told and bool(item.act.children) and set(item.act.children) <= keys


def _ends_place(others: Sequence[Placed]) -> bool:
    """Whether a place is given up: "she needs no after-school care any more" only tells why."""
    return any(other.act.intent is Intent.PLACE for other in others)


def _is_applied_for(item: Placed, others: Sequence[Placed]) -> bool:
    """Whether leave is asked for the very days: what else is told of them is why."""
    asked = [other.act for other in others if other.act.intent is Intent.LEAVE_APPLICATION]
    return not item.told and any(set(item.act.days) <= set(act.days) for act in asked)


def _is_contradicted(item: Placed, others: Sequence[Placed]) -> bool:
    """Whether the child comes late or is fetched on the very day: then an illness told is the reason, not an absence."""
    if item.clause.has("home", "away", "homeward") and not _is_why(item):
        return False
    there = [other.act for other in others if other.act.intent in {Intent.EARLY_PICKUP, Intent.PICKUP_PERSON}]
    there += [other.act for other in others if other.act.intent is Intent.LATE and other.act.start is not None]
    return any(set(act.children) & set(item.act.children) and set(act.days) & set(item.act.days) for act in there)


def _is_why(item: Placed) -> bool:
    """`they are fetched at noon on Friday, we are going to the cabin`: of no day or child of its own, and what "we" do."""
    clause = item.clause
    named = any(mention.keys for mention in clause.mentions) or clause.has("child_word")
    return not item.told and not named and clause.has("we", "self") and not clause.has("sick", "symptom", "negative")


def _is_remark_on(item: Placed, absences: Sequence[Placed]) -> bool:
    """Whether an absence of nobody in particular only speaks of the one told before."""
    return not item.act.children and item.act.unknown_name is None and any(other.act.children for other in absences)


def _without_children_well(item: Placed, others: Sequence[Placed]) -> Placed:
    """ "Both have colds, but Ada is well enough to come": without the child that is told to come on the very days."""
    if item.act.intent is not Intent.ABSENCE:
        return item
    ends = [other.act for other in others if other.act.intent is Intent.ABSENCE_CANCEL]
    well = {key for end in ends if set(end.days) & set(item.act.days) for key in end.children}
    left = tuple(key for key in item.act.children if key not in well)
    return replace(item, act=replace(item.act, children=left)) if left else item


def _is_cancelled(item: Placed, others: Sequence[Placed]) -> bool:
    ends = [other.act for other in others if other.act.intent is Intent.ABSENCE_CANCEL]
    return any(end.children == item.act.children and set(end.days) & set(item.act.days) for end in ends)


def _is_idle(item: Placed, others: Sequence[Placed], absences: Sequence[Placed]) -> bool:
    """Whether a "late" without a time only explains another act of the message."""
    if item.act.start is not None:
        return False
    if not item.act.children and item.act.unknown_name is None and any(_is_same_late(item, other) for other in others):
        return True
    early = [other.clause for other in others if other.act.intent is Intent.EARLY_PICKUP]
    if any(clause.sentence == item.clause.sentence for clause in early) and not item.clause.has("come", "child_word"):
        return True
    beside = [other.act for other in absences if set(item.act.children) <= set(other.act.children)]
    if any(not act.days or set(act.days) & set(item.act.days) for act in beside):
        return True
    named = any(mention.keys for mention in item.clause.mentions)
    if not named and item.clause.has("self") and any(other.act.intent in _WRITTEN for other in others):
        return True
    return not named and any(other.act.intent in {Intent.CARE_TIME, Intent.PICKUP_PERSON} for other in others)


def _is_same_late(item: Placed, other: Placed) -> bool:
    """`we overslept, Malthe comes at nine`: a "late" of nobody in particular that is told again of a child."""
    same = other.act.intent is Intent.LATE and bool(other.act.children)
    return same and (not item.told or other.act.days == item.act.days)


def _is_appointment(item: Placed, others: Sequence[Placed]) -> bool:
    """`goes to the dentist at half past eight and comes at ten`: a time of going before the child has come."""
    end = item.act.end
    comes = [other.act for other in others if other.act.intent is Intent.LATE and other.act.days == item.act.days]
    comes = [act for act in comes if act.children == item.act.children]
    return end is not None and any(end < (act.start or _NOON) for act in comes) and item.clause.has("reason")


def _is_remark(item: Placed, others: Sequence[Placed]) -> bool:
    """Whether "she is fine now" only goes with another act of the same day, or tells a child from one who is away."""
    named = [set(other.act.children) for other in others if other.act.intent is Intent.ABSENCE and not other.told]
    if any(set(item.act.children) < keys for keys in named) and not item.clause.has("after_all", "revoke"):
        return True
    firm = item.clause.has("after_all", "revoke", "again", "fine", "back")
    if not firm and any(
        other.act.intent is Intent.ABSENCE and other.act.children != item.act.children for other in others
    ):
        return True
    if item.clause.has("come", "back", "after_all", "usual", "there"):
        return False
    return any(other.act.children == item.act.children and other.act.intent in _DAILY for other in others)
