"""Who fetches: a name, else a role, and neither a child nor whoever only stands in a reason."""

from collections.abc import Sequence

from bots.hearing.agents import agent_of
from bots.hearing.first_names import every_first_name, first_names
from bots.hearing.names import Mention
from bots.hearing.sources import source
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords


def fetcher_of(words: ClauseWords, fetch: Tag) -> str | None:
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
    if not (names or roles) and (met := _met_before(words, fetch) or agent_of(words, fetch)):
        return met
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
        owned = next((tag.end for tag in clause.every("role", "parent") if tag.start in _owning(words, best)), best.end)
        title = next((tag for tag in roles if tag.end == best.start), best)
        start, end = _paired(words, title.start, owned, [*names, *roles])
        return words.reading.words(best.start if start == title.start else start, end)
    titled = next((name for tag in roles if (name := _small_name(words, tag))), None)
    if titled is not None:
        return titled
    if not roles:
        return _told_before(words)
    best_role = min(
        roles, key=lambda tag: (tag.start > fetch.start and fetch.name == "fetch", abs(tag.start - fetch.start))
    )
    return _called(words, best_role) or words.reading.words(*_with_other(words, best_role, roles))


def _owning(words: ClauseWords, name: Mention) -> set[int]:
    """Where a relative stands whom the name owns: right behind it, or behind a word like "sin" ("Nora sin mamma")."""
    return {name.end, *(tag.end for tag in words.clause.every("owns_behind") if tag.start == name.end)}


def _called(words: ClauseWords, role: Tag) -> str | None:
    """`a colleague of mine fetches him, she is called Dana`: the name that is told of a relative afterwards."""
    named = {mention.start: mention.words for mention in words.reading.mentions if mention.unknown}
    called = [tag for tag in words.reading.tags if tag.name == "called" and tag.start >= role.end]
    return named.get(called[0].end) if called else None


def _told_before(words: ClauseWords) -> str | None:
    """`it is her mother, Turid Sandnes, who fetches them`: whom the clause before ends with, of a "who" that opens this one."""
    clause = words.clause
    opens = any(tag.start == clause.start for tag in clause.every("relative"))
    for before in words.before[-1:] if opens and clause.joined == "," else ():
        for mention in before.mentions:
            if mention.unknown and mention.end == before.end:
                return mention.words
    return None


def _met_before(words: ClauseWords, fetch: Tag) -> str | None:
    """`goes home with Dana Whitmore, she'll fetch him`: whom the child goes with, of a "she" that opens this clause."""
    clause = words.clause
    opens = any(tag.start == clause.start and tag.end <= fetch.start for tag in clause.every("child_word"))
    if not opens or fetch.name != "fetch" or clause.has("self", "we") or any(name.keys for name in clause.mentions):
        return None
    for before in words.before[-1:]:
        with_ = {tag.end for tag in before.every("by")}
        met = next((name for name in before.mentions if name.unknown and name.start in with_), None)
        if met is not None and before.has("go", "homeward") and any(name.keys for name in before.mentions):
            return met.words
    return None


def _owns_parent(words: ClauseWords, mention: Mention) -> bool:
    """Whether the name only tells whose parent fetches: "mor til Synne"."""
    leads = {tag.end: tag.start for tag in words.clause.every("join") if tag.value == "until"}
    people = words.clause.every("parent", "role")
    led = any(tag.end == mention.start and _leads_on(words, tag) for tag in people)
    return led or leads.get(mention.start) in {tag.end for tag in people}


def _leads_on(words: ClauseWords, role: Tag) -> bool:
    """Whether the word that leads to an owner is the last of the role itself: "moren til"."""
    vocabulary = words.reading.vocabulary
    last = words.reading.tokens[role.end - 1].low
    return (
        vocabulary is not None
        and role.end - role.start > 1
        and last in source(vocabulary.code).phrases("joins", "until")
    )


def _with_other(words: ClauseWords, role: Tag, roles: list[Tag]) -> tuple[int, int]:
    """Where the role stands, or the two of a pair: "farmor og farfar", "mormor eller morfar"."""
    untils = {tag.start: tag.end for tag in words.clause.every("join") if tag.value == "until"}
    owner = role.end if _leads_on(words, role) else untils.get(role.end)
    owned = next((name.end for name in words.clause.mentions if name.unknown and name.start == owner), 0)
    if owned:
        return role.start, owned
    return _paired(words, role.start, role.end, roles)


def _paired(words: ClauseWords, start: int, end: int, people: Sequence[Mention | Tag]) -> tuple[int, int]:
    """Where one stands together with another of them, by an "and" or an "or" between."""
    joins = {tag.start: tag.end for tag in words.clause.every("join") if tag.value in {"and", "or"}}
    for other in people:
        if joins.get(other.end) == start:
            return other.start, end
        if joins.get(end) == other.start:
            return start, other.end
    return start, end


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
    if _leads_on(words, title):
        return None
    if any(tag.start == at for tag in words.clause.every("already", "filler", "again", "mine")):
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
    titled: list[Mention | Tag] = [*names, *words.clause.every("role", "parent")]
    titles = {tag.start for tag in words.clause.every("role", "parent", "sibling")}
    own = [tag for tag in words.clause.every("self") if abs(tag.start - fetch.start) <= 4 and tag.end not in titles]
    reasons = [tag.start for tag in words.clause.every("join") if tag.value == "because" and tag.start > fetch.start]
    commas = [at for at in range(fetch.end, words.clause.end) if words.reading.tokens[at].text == ","]
    ends = [*reasons, *(commas if starts else [])]  # "grandma is who fetches her, I am still at work"
    own = [tag for tag in own if not any(at < tag.start for at in ends)]
    if not own or words.clause.has("does_it"):
        return not names and not roles
    first = min(tag.start for tag in own)
    if fetch.start < first and any(person.end == fetch.start for person in titled):
        return False  # "grandma fetches her today I'm in a meeting"
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
