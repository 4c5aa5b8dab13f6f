"""Who leaves early, and who fetches: fetched or gone before the usual time, or fetched by somebody else than the sender."""

from bots.hearing.drafts import Draft
from bots.hearing.first_names import every_first_name, first_names
from bots.hearing.names import Mention
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords
from hub.talk.heard import Intent

_AT_ONCE = 2
_BOUND_REACH = 4
"""Words between "not before" and its time."""
"""Words between the verb and "now"."""


def leaving(words: ClauseWords) -> list[Draft] | None:
    """What the clause tells of leaving and being fetched; a fetching not before a time becomes care until then."""
    clause = words.clause
    fetch = words.positive("fetch", "fetched")
    if fetch is None:
        fetch = _done_by_another(words)
    elif _is_denied(words, fetch):
        return None
    if fetch is None and (clause.has("before", "first") or _untils(words)):
        fetch = clause.first("fetch", "fetched")
    early = clause.has("early")
    if fetch is None and (kept := _kept_longer(words)) is not None:
        return [kept]
    if fetch is None:
        go = words.positive("go") or _off_at(words)
        if go is None or clause.spans or (words.positive("come", "on_way") is not None and not clause.has("homeward")):
            return None
        end = words.one_clock(leaves=True)
        along = _companion(words, go)
        made = [Draft(Intent.PICKUP_PERSON, clause, person=along)] if along else []
        if end is None and not early:
            return made or None
        if words.subject_is_other(go) and not words.children_named():
            return None
        return [*made, Draft(Intent.EARLY_PICKUP, clause, end=end)]
    if _is_sender_late(words, fetch) and not clause.has("does_it") and _fetcher(words, fetch) is None:
        return None
    late_fetch = _fetched_late(words, fetch)
    if late_fetch is not None:
        return [late_fetch]
    if (clause.has("late", "later", "usual") and not clause.has("does_it")) or clause.spans:
        return None
    person = _fetcher(words, fetch)
    end = words.one_clock(leaves=True)
    made = [Draft(Intent.PICKUP_PERSON, clause, person=person)] if person else []
    early = early or (person is None and any(0 <= tag.start - fetch.end <= _AT_ONCE for tag in clause.every("at_once")))
    if end is not None or (early and not clause.clocks):
        made.append(Draft(Intent.EARLY_PICKUP, clause, end=end))
    return made or None


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
    denied = [tag for part in words.before[-1:] for tag in part.every("fetch", "fetched") if part.has("negative", "self")]
    people = [tag.start for tag in clause.every("role", "parent")]
    people += [mention.start for mention in clause.mentions if mention.unknown]
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
    A "can't make it" right before the fetching only tells the time."""
    later = {tag.start for tag in words.clause.every("later")}
    late = [tag for clause in (*words.before, words.clause) for tag in clause.every("late") if tag.start not in later]
    return any(words.is_of_sender(tag) for tag in late if not 0 <= fetch.start - tag.end <= 1)


def _kept_longer(words: ClauseWords) -> Draft | None:
    """`fetched later than usual, not before five`, told of a fetching in the clause before; `must stay until 17`."""
    clause, told = words.clause, words.before[-1:]
    end = words.one_clock(leaves=True)
    if end is None or clause.spans or clause.has("come", "home", "away", "sick", "symptom", "go", "on_way"):
        return None
    later = any(part.has("fetch", "fetched") and part.has("later", "longer") and not part.clocks for part in told)
    if later and clause.has("before", "first") and not any(mention.keys for mention in clause.mentions):
        return Draft(Intent.CARE_TIME, clause, end=end)
    need, stay = words.positive("need"), words.positive("stay")
    leads = {tag.end for tag in clause.every("join") if tag.value == "until"}
    if need is not None and stay is not None and any(clock.start in leads for clock in clause.clocks):
        return Draft(Intent.CARE_TIME, clause, end=end)
    return None


def _fetched_late(words: ClauseWords, fetch: Tag) -> Draft | None:
    """Fetched not before a time: that is care until then."""
    near = [tag for tag in words.clause.every("before", "first") if _is_bound(words, tag)] or _untils(words)
    bound = near[0] if near else words.clause.first("later", "longer")
    bound = bound or next((tag for clause in words.before for tag in clause.every("longer")), None)
    end = words.one_clock(leaves=True)
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


def _fetcher(words: ClauseWords, fetch: Tag) -> str | None:
    """Who fetches, unless it is the sender: a name, else a role. Children are no fetchers."""
    clause = words.clause
    taken = {at for mention in clause.mentions if mention.keys for at in range(mention.start, mention.end)}
    names = [
        mention
        for mention in clause.mentions
        if mention.unknown and not mention.keys and not _is_tagged(words, mention) and _is_name(words, mention)
    ]
    names = [
        mention
        for mention in names
        if not (_is_place(words, mention) or _owns_parent(words, mention) or _is_in_reason(words, fetch, mention.start))
    ]
    roles = [tag for tag in clause.every("role", "parent") if tag.start not in taken and not _is_owner(words, tag)]
    roles = [tag for tag in roles if not _is_in_reason(words, fetch, tag.start)]
    if fetch.name == "fetch" and _sender_fetches(words, fetch, names, roles):
        return None
    if names:
        if (called := _explained(words, names)) is not None:
            return words.reading.words(called.start, called.end)
        titles = {tag.end for tag in clause.every("role", "parent", "sibling")}
        agents = {tag.end for tag in clause.every("by") if fetch.name == "fetched" and tag.start >= fetch.end}
        best = min(
            names,
            key=lambda name: (name.start not in agents, name.start not in titles, abs(name.start - fetch.start)),
        )
        owned = next((tag.end for tag in clause.every("role", "parent") if tag.start == best.end), best.end)
        return words.reading.words(best.start, owned)
    titled = next((name for tag in roles if (name := _small_name(words, tag))), None)
    if titled is not None:
        return titled
    if not roles:
        return _told_before(words)
    best_role = min(
        roles, key=lambda tag: (tag.start > fetch.start and fetch.name == "fetch", abs(tag.start - fetch.start))
    )
    return words.reading.words(*_with_other(words, best_role, roles))


def _told_before(words: ClauseWords) -> str | None:
    """`it is her mother, Turid Sandnes, who fetches them`: whom the clause before ends with, of a "who" that opens this one."""
    clause = words.clause
    opens = any(tag.start == clause.start for tag in clause.every("relative"))
    for before in words.before[-1:] if opens and clause.joined == "," else ():
        for mention in before.mentions:
            if mention.unknown and mention.end == before.end:
                return mention.words
    return None


def _owns_parent(words: ClauseWords, mention: Mention) -> bool:
    """Whether the name only tells whose parent fetches: "mor til Synne"."""
    leads = {tag.end: tag.start for tag in words.clause.every("join") if tag.value == "until"}
    return leads.get(mention.start) in {tag.end for tag in words.clause.every("parent", "role")}


def _with_other(words: ClauseWords, role: Tag, roles: list[Tag]) -> tuple[int, int]:
    """Where the role stands, or the two of a pair: "farmor og farfar"."""
    ands = {tag.start: tag.end for tag in words.clause.every("join") if tag.value == "and"}
    untils = {tag.start: tag.end for tag in words.clause.every("join") if tag.value == "until"}
    owned = next((name.end for name in words.clause.mentions if name.unknown and name.start == untils.get(role.end)), 0)
    if owned:
        return role.start, owned
    for other in roles:
        if ands.get(other.end) == role.start:
            return other.start, role.end
        if ands.get(role.end) == other.start:
            return role.start, other.end
    return role.start, role.end


def _explained(words: ClauseWords, names: list[Mention]) -> Mention | None:
    """The one whom the text explains between commas: "Nina, Selma's mum, fetches her", "Nina, mor til Selma"."""
    tokens = words.reading.tokens
    parents = {tag.start for tag in words.clause.every("role", "parent")}
    owners = {mention.start for mention in words.clause.mentions if mention.end in parents and not mention.keys}
    for name in names:
        comma = name.end < words.clause.end and tokens[name.end].text in ",("
        if comma and name.end + 1 in parents | owners and name.start not in owners:
            return name
    return None


def _small_name(words: ClauseWords, title: Tag) -> str | None:
    """A name in small letters right behind a title, though it is a word as well: "onkel per"."""
    at = title.end
    if any(tag.start == at for tag in words.clause.every("already", "filler", "again")):
        return None
    if at >= words.clause.end or words.reading.tokens[at].fold not in every_first_name():
        return None
    child = any(mention.start <= at < mention.end and mention.keys for mention in words.clause.mentions)
    return None if child else words.reading.words(at, at + 1)


def _is_name(words: ClauseWords, mention: Mention) -> bool:
    """Whether unknown words that open a sentence are surely a name: a common one, two together, or next to a title."""
    if mention.start > words.clause.start or mention.end - mention.start > 1:
        return True
    beside = any(tag.end == mention.start or tag.start == mention.end for tag in words.clause.every("role", "parent"))
    return beside or words.reading.tokens[mention.start].fold in first_names() or words.clause.joined == "subject"


def _is_place(words: ClauseWords, mention: Mention) -> bool:
    """Whether a word like "from" or "in" leads to the name: a place, or whose somebody is ("mother of Oskar")."""
    leads = {tag.end for tag in words.clause.every("join") if tag.value in {"from", "until", "on"}}
    return mention.start in leads and not any(tag.end == mention.start for tag in words.clause.every("by"))


def _is_tagged(words: ClauseWords, mention: Mention) -> bool:
    return any(
        tag.name in {"sibling", "role", "parent"} and tag.start == mention.start and tag.value
        for tag in words.clause.tags
    )


def _is_in_reason(words: ClauseWords, fetch: Tag, person: int) -> bool:
    """`is fetched at noon, we are meeting grandpa at the airport`: a mark, or a word like "because", and more than that
    stand between the fetching and the person."""
    clause, tokens = words.clause, words.reading.tokens
    if clause.has("does_it"):
        return False
    led = {tag.end for tag in clause.every("by")}
    first, last = (fetch.end, person) if person > fetch.start else (person, fetch.start)
    pronouns = {tag.start for tag in clause.every("child_word") if fetch.name == "fetch" and person < fetch.start}
    becauses = [tag for tag in clause.every("join") if tag.value == "because" and first <= tag.start < last]
    if any(tag.end not in pronouns for tag in becauses):  # "grandma is here, so she fetches her"
        return True
    opens = max((at + 1 for at in range(fetch.end, person) if tokens[at].text in ",(-"), default=None)
    if opens is None:
        return False
    told = covered(
        clause.mentions, clause.days, clause.clocks, clause.every("role", "parent", "by", "filler", "oops", "does_it")
    )
    joins = covered([tag for tag in clause.every("join") if tag.value in {"and", "or"}])
    between = [at for at in range(opens, person) if tokens[at].kind == "word" and at not in told | joins]
    return bool(between) and not led & {person, *between}


def _is_owner(words: ClauseWords, tag: Tag) -> bool:
    """Whether the role is the child's own standing ("Kari's mum"), told of the child by its name."""
    return any(
        mention.related and abs(mention.start - tag.end) <= 2 and tag.name == "parent"
        for mention in words.clause.mentions
    )


def _sender_fetches(words: ClauseWords, fetch: Tag, names: list[Mention], roles: list[Tag]) -> bool:
    starts = [mention.start for mention in names] + [tag.start for tag in roles]
    titles = {tag.start for tag in words.clause.every("role", "parent", "sibling")}
    own = [tag for tag in words.clause.every("self") if abs(tag.start - fetch.start) <= 4 and tag.end not in titles]
    reasons = [tag.start for tag in words.clause.every("join") if tag.value == "because" and tag.start > fetch.start]
    own = [tag for tag in own if not any(at < tag.start for at in reasons)]
    if not own or words.clause.has("does_it"):
        return not names and not roles
    if any(
        negative.end in {tag.start, tag.start - 1} or negative.start == tag.end
        for negative in words.clause.every("negative")
        for tag in own
    ):
        return False
    others = [start for start in starts if start < fetch.start]
    if words.reading.language == "en" and not others:
        return True
    return not others or max(others) < max(tag.start for tag in own)
