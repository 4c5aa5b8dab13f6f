"""Who leaves early, and who fetches: fetched or gone before the usual time, or fetched by somebody else than the sender."""

from bots.hearing.beside import only_words
from bots.hearing.drafts import Draft
from bots.hearing.fetchers import fetcher_of
from bots.hearing.moments import one_clock
from bots.hearing.sources import source
from bots.hearing.stretches import covered
from bots.hearing.subjects import is_of_other, names_no_child_before
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords
from hub.talk.heard import Intent

_AT_ONCE = 2
_NOON = 12
_BOUND_REACH = 4
"""Words between "not before" and its time."""
"""Words between the verb and "now"."""


def leaving(words: ClauseWords) -> list[Draft] | None:
    """What the clause tells of leaving and being fetched; a fetching not before a time becomes care until then."""
    clause = words.clause
    fetch = words.positive("fetch", "fetched")
    if fetch is None:
        fetch = _done_by_another(words)
    elif _is_denied(words, fetch) or _goes_itself(words, fetch):
        return None
    if fetch is None and (clause.has("before", "first") or _untils(words)):
        fetch = clause.first("fetch", "fetched")
    early = any(fetch is None or not _is_parted(words, tag, fetch) for tag in clause.every("early"))
    if fetch is None and (kept := _kept_longer(words) or _there_only_until(words)) is not None:
        return [kept]
    if fetch is None:
        go = words.positive("go") or _off_at(words)
        if (
            go is None
            or clause.spans
            or _goes_to_unit(words, go)
            or (words.positive("come", "on_way") is not None and not clause.has("homeward"))
        ):
            return None
        end = one_clock(words, leaves=True)
        along = _companion(words, go)
        made = [Draft(Intent.PICKUP_PERSON, clause, person=along)] if along else []
        if end is None and not early:
            return made or None
        if is_of_other(words, go) and not words.children_named():
            return None
        return [*made, Draft(Intent.EARLY_PICKUP, clause, end=end)]
    if _is_sender_late(words, fetch) and not clause.has("does_it") and fetcher_of(words, fetch) is None:
        return None
    late_fetch = _fetched_late(words, fetch)
    if late_fetch is not None:
        return [late_fetch]
    timely = clause.has("usual_time") and not clause.clocks
    held = clause.has("late", "later") or (clause.has("usual") and not timely and not _comes_as_usual(words, fetch))
    if (held and not clause.has("does_it")) or clause.spans:
        return None
    person = fetcher_of(words, fetch)
    end = one_clock(words, leaves=True)
    made = [Draft(Intent.PICKUP_PERSON, clause, person=person)] if person else []
    early = early or (person is None and any(0 <= tag.start - fetch.end <= _AT_ONCE for tag in clause.every("at_once")))
    if end is not None or (early and not clause.clocks and not timely):
        made.append(Draft(Intent.EARLY_PICKUP, clause, end=end))
    return made or None


def _comes_as_usual(words: ClauseWords, fetch: Tag) -> bool:
    """`comes as usual, but is fetched after lunch`: what is usual is the coming, and a "but" stands behind it."""
    buts = [tag.start for tag in words.clause.every("join") if tag.value == "but" and tag.start < fetch.start]
    return any(usual.end <= at for at in buts for usual in words.clause.every("usual"))


def _is_parted(words: ClauseWords, early: Tag, fetch: Tag) -> bool:
    """Whether a "but" stands between: "is there already, but it is grandma who fetches him"."""
    buts = [tag.start for tag in words.clause.every("join") if tag.value == "but"]
    return any(early.end <= at < fetch.start for at in buts)


def _goes_itself(words: ClauseWords, fetch: Tag) -> bool:
    """`Tove tager med sin far til marked`: a verb of taking and "along", the child right before it and an adult behind."""
    vocabulary, tokens = words.reading.vocabulary, words.reading.tokens
    if vocabulary is None or fetch.end - fetch.start < 2:
        return False
    own = source(vocabulary.code)
    takes = tokens[fetch.start].low in own.phrases("says", "take")
    along = tokens[fetch.end - 1].low in own.phrases("says", "take_along")
    named = [mention for mention in words.clause.mentions if mention.keys]
    behind = range(fetch.end, fetch.end + _AT_ONCE)
    adult = any(tag.start in behind for tag in words.clause.every("role", "parent"))
    before = any(mention.end == fetch.start for mention in named)
    adult = adult and not words.clause.has("homeward", "take_home", "home")
    return takes and along and adult and before and not any(mention.start in behind for mention in named)


def _goes_to_unit(words: ClauseWords, go: Tag) -> bool:
    """`goes to school with grandpa`: a word like "to" and the unit behind the verb, so that it is a coming."""
    leads = {tag.end for tag in words.clause.every("join") if tag.value == "until" and tag.start >= go.end}
    return any(tag.start in leads for tag in words.clause.every("unit"))


def _off_at(words: ClauseWords) -> Tag | None:
    """`is off at two o'clock`: free from a time of day on, right behind the word."""
    clocks = {clock.start for clock in words.clause.clocks if clock.sure}
    offs = [tag for tag in words.clause.every("off") if not words.negated(tag)]
    return next((tag for tag in offs if clocks & {tag.end, tag.end + 1}), None)


def _done_by_another(words: ClauseWords) -> Tag | None:
    """`I am not fetching her today, grandma does it`: a fetching denied of the sender, and who does it behind."""
    clause = words.clause
    does = clause.first("does_it")
    if does is None:
        return None
    denied = [
        tag for part in words.before[-1:] for tag in part.every("fetch", "fetched") if part.has("negative", "self")
    ]
    people = [tag.start for tag in clause.every("role", "parent")]
    people += [mention.start for mention in clause.mentions if mention.unknown]
    denied += [tag for tag in clause.every("fetch", "fetched") if tag.end <= does.start and words.negated(tag)]
    near = any(abs(at - does.end) <= _AT_ONCE or abs(does.start - at) <= _AT_ONCE for at in people)
    own = clause.first("fetch") if clause.has("self") else None
    return (own or next(iter(denied), None)) if near else None


def _is_denied(words: ClauseWords, fetch: Tag) -> bool:
    """Whether a negation stands right beside the fetching, or only "after all" between, and no other person or time is
    meant instead: "grandma won't fetch after all", "mormor henter ikke likevel"."""
    clause = words.clause
    if clause.has("before", "first", "late", "later", "come"):
        return False
    between = covered(clause.every("after_all", "filler", "stay"), clause.mentions)
    for negative in clause.every("negative"):
        gap = range(fetch.end, negative.start) if negative.start >= fetch.end else range(negative.end, fetch.start)
        onward = negative.end if negative.start >= fetch.end else fetch.end
        others = [tag for tag in clause.every("self", "role", "parent") if tag.start == onward]
        if len(gap) <= _AT_ONCE and all(at in between for at in gap) and not others:
            return True
    return False


def _companion(words: ClauseWords, go: Tag) -> str | None:
    """Whom the child goes home with: an adult by role, or somebody's parent ("with Mia's mum"); another child is none."""
    clause = words.clause
    ways = {tag.start for tag in clause.every("join") if tag.value in {"from", "until"}}
    for person in clause.every("parent", "role"):
        owners = [mention for mention in clause.mentions if mention.unknown and mention.end == person.start]
        start = owners[0].start if owners else person.start
        company = [tag for tag in clause.every("by") if tag.start not in ways]
        near = [tag for tag in company if 0 <= start - tag.end <= 1 or tag.start == person.end]
        if near and words.children_named() | clause.has("child_word") and not clause.asks and go.start < person.start:
            return words.reading.words(start, person.end)
    return None


def _is_sender_late(words: ClauseWords, fetch: Tag) -> bool:
    """`I'm running late and can't fetch her before five`: who fetches is held up, and no other time of care is wished.
    A "can't make it", of several words, right before the fetching only tells the time."""
    later = {tag.start for tag in words.clause.every("later")}
    late = [tag for clause in (*words.before, words.clause) for tag in clause.every("late") if tag.start not in later]
    return any(
        names_no_child_before(words, tag)
        for tag in late
        if tag.end - tag.start == 1 or not 0 <= fetch.start - tag.end <= 1
    )


def _kept_longer(words: ClauseWords) -> Draft | None:
    """`fetched later than usual, not before five`, told of a fetching in the clause before; `must stay until 17`."""
    clause, told = words.clause, words.before[-1:]
    end = one_clock(words, leaves=True)
    if end is None or clause.spans or clause.has("come", "home", "away", "sick", "symptom", "go", "on_way"):
        return None
    later = any(part.has("fetch", "fetched") and part.has("later", "longer") and not part.clocks for part in told)
    if later and clause.has("before", "first") and not any(mention.keys for mention in clause.mentions):
        return Draft(Intent.CARE_TIME, clause, end=end)
    if _must_stay(words, end.hour):
        return Draft(Intent.CARE_TIME, clause, end=end)
    return None


def _there_only_until(words: ClauseWords) -> Draft | None:
    """`comes as usual but only until 12`, `tulee vain klo 12 asti`: it leaves then, and does not come then."""
    clause, tokens = words.clause, words.reading.tokens
    here = words.positive("come", "there", "usual")
    joins = clause.every("join")
    leads = {tag.end: tag.start for tag in joins if tag.value == "until"}
    ends = {tag.start for tag in joins if tag.value == "until_after"}
    firsts = [tag for tag in clause.every("first") if leads.get(tag.end) != tag.start]  # English "until" is both
    is_other = bool(firsts) or clause.has("negative", "home", "away", "off", "sick", "symptom", "before")
    if here is None or clause.spans or is_other:
        return None
    for clock in clause.clocks:
        start = leads.get(clock.start, clock.start if clock.end in ends else 0)
        if start > clause.start and tokens[start - 1].fold in only_words():
            return Draft(Intent.EARLY_PICKUP, clause, end=one_clock(words, leaves=True))
    return None


def _must_stay(words: ClauseWords, hour: int) -> bool:
    """Whether the child is to be there until that hour: "needs to stay until 17", "must be at nursery till five"."""
    clause = words.clause
    untils = [tag for tag in clause.every("join") if tag.value == "until"]
    leads = {tag.start: tag.end for tag in untils}
    at = [clock.start for clock in clause.clocks if clock.start in leads.values()]
    ends = {tag.start for tag in clause.every("join") if tag.value == "until_after"}
    until = next(iter(start for start, end in leads.items() if end in at), None)
    led = until is not None or any(clock.end in ends for clock in clause.clocks)
    stay = words.positive("stay")
    if stay is None or not led:
        return False
    if words.positive("need") is not None and until is not None:
        return True
    held = any(tag.end - tag.start > 1 or tag.end == until for tag in clause.every("stay"))
    placed = words.positive("there", "care", "unit") is not None
    named = words.children_named() or clause.has("child_word")
    other = clause.has("self", "we", "works", "reason", "event", "negative", "role", "parent")
    return hour >= _NOON and named and not other and (held or placed)


def _fetched_late(words: ClauseWords, fetch: Tag) -> Draft | None:
    """Fetched not before a time: that is care until then."""
    denied = words.clause.has("negative", "late")
    bounds = words.clause.every("before", "first") if denied else words.clause.every("first")
    near = [tag for tag in bounds if _is_bound(words, tag)] or _untils(words)
    bound = near[0] if near else words.clause.first("later", "longer")
    bound = bound or next((tag for clause in words.before for tag in clause.every("longer")), None)
    end = one_clock(words, leaves=True)
    if bound is None or end is None or fetch.name not in {"fetch", "fetched"}:
        return None
    return Draft(Intent.CARE_TIME, words.clause, end=end)


def _untils(words: ClauseWords) -> list[Tag]:
    """`won't be fetched until five`: words like "until" right before a time, where something is denied before them."""
    starts = {clock.start for clock in words.clause.clocks} | {clock.start - 1 for clock in words.clause.clocks}
    first = min((tag.end for tag in words.clause.every("negative")), default=words.clause.end)
    untils = [tag for tag in words.clause.every("join") if tag.value == "until" and tag.end in starts]
    return [tag for tag in untils if first <= tag.start]


def _is_bound(words: ClauseWords, tag: Tag) -> bool:
    """Whether the word bounds the time: `not before five`, `five at the earliest`, not `at two, before the rain`."""
    return any(-1 <= clock.start - tag.end <= _BOUND_REACH or tag.start == clock.end for clock in words.clause.clocks)
