"""Whom a clause is about: the child, "we" who bring it, or the sender and other adults, whose illness is no absence."""

from bots.hearing.names import Mention
from bots.hearing.reading import Reading
from bots.hearing.sources import source
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from bots.hearing.wording import ClauseWords

_JOINING = frozenset({"and", "but", "because"})
_PERSONS = frozenset({"self", "you", "parent", "role", "thing", "child_word"})


def is_of_other(words: ClauseWords, tag: Tag) -> bool:
    """Whether the nearest person before the word is the sender or another adult, with no child named after it."""
    if _is_relative_of_other(words, tag):
        return True
    nearest: tuple[int, bool] = (-1, False)
    for other in words.tags:
        if other.name in {"role", "parent", "self"} and _is_company(words, other):
            continue
        someone = other.name in _PERSONS or (other.name == "sibling" and other.value == "other")
        someone = someone and not _is_along_with_child(words, other)
        someone = someone or (other.name == "owner" and _owns_person(words, other))
        if other.start < tag.start and someone:
            nearest = max(nearest, (other.start, other.name != "child_word"))
    stranger = any(mention.unknown and mention.end == tag.start for mention in words.clause.mentions)
    for mention in words.clause.mentions:
        if mention.related or (mention.unknown and _is_sibling(words, mention)):
            continue
        if mention.start < tag.start:
            titled = mention.unknown and any(role.end == mention.start for role in words.clause.every("role", "parent"))
            nearest = max(nearest, (mention.start, titled or _is_owner(words, mention) or _owns(words, mention)))
        elif mention.keys and not _is_parted_after(words, tag, mention.start, stranger):
            return False
    if nearest[1] and tag.name in {"home", "away"} and _is_we(words, nearest[0]):
        return False
    goes_on = tag.name in {"sick", "symptom"} or (tag.name in {"home", "away"} and words.clause.joined == "and")
    if nearest[0] < 0 and goes_on and _goes_on_of_other(words):
        return True
    if tag.name == "away" and (holds_child(words.reading, tag) or _holds(words.reading, tag, "unit")):
        return False
    following = any(
        other.name == "child_word" and other.start >= tag.end and not _is_asked_behind(words, tag, other.start)
        for other in words.tags
    )
    together = {other.start for other in words.tags if other.name == "we"}
    own = any(other.name == "myself" and 0 <= other.start - tag.end <= 1 for other in words.tags)
    own = own or any(
        other.name == "self" and tag.start == words.clause.start and other.start == tag.end not in together
        for other in words.tags
        if tag.name == "come"
    )  # "kommer meg ikke ut"
    return (nearest[1] and not following) or (own and nearest[0] < 0)


def is_of_us(words: ClauseWords, tag: Tag) -> bool:
    """Whether the nearest person before the word is "we": whoever comes brings the child."""
    people = [other for other in words.tags if other.name in _PERSONS and other.start < tag.start]
    return bool(people) and any(other.name == "we" and other.start == people[-1].start for other in words.tags)


def names_no_child_before(words: ClauseWords, tag: Tag) -> bool:
    """Whether the sentence names or means no child before the word: it tells of the sender."""
    clauses = [clause for clause in (*words.before, words.clause) if clause.start <= tag.start]
    named = [mention for clause in clauses for mention in clause.mentions if mention.keys]
    meant = [other for clause in clauses for other in clause.every("child_word")]
    people: list[Mention | Tag] = [*named, *meant]
    return not any(person.start < tag.start for person in people)


def _goes_on_of_other(words: ClauseWords) -> bool:
    """Whether the clause before told of an illness that is the sender's or another adult's: "I'm in bed with flu"."""
    if not words.before:
        return False
    told = ClauseWords(words.reading, words.before[-1], words.before[:-1], words.asked_absence)
    ill = words.before[-1].first("sick", "symptom")
    return ill is not None and is_of_other(told, ill)


def _is_relative_of_other(words: ClauseWords, tag: Tag) -> bool:
    """Whether the word tells of an adult named right before a "who": "fetched by her father, who is at home today"."""
    adults = [other for other in words.reading.tags if other.name in {"role", "parent"}]
    people: list[Mention | Tag] = [*words.reading.mentions, *adults]
    for relative in words.clause.every("relative"):
        before = relative.start - (words.reading.tokens[relative.start - 1].text == ",")
        adult = any(person.end == before for person in people) and not any(
            (mention.keys or mention.group) and mention.end == before for mention in words.reading.mentions
        )
        if adult and relative.end <= tag.start:
            return True
    return False


def holds_child(reading: Reading, tag: Tag) -> bool:
    """Whether the phrase has the child in it: "picks him up", "keeping her off", told by whoever does so."""
    return _holds(reading, tag, "child_word")


def _holds(reading: Reading, tag: Tag, key: str) -> bool:
    """Whether the phrase has a word of the key in it, such as the unit that is skipped: "we'll drop nursery today"."""
    known = reading.vocabulary
    meant = source(known.code).phrases("says", key) if known is not None else ()
    return any(token.low in meant for token in reading.tokens[tag.start : tag.end])


def _is_sibling(words: ClauseWords, mention: Mention) -> bool:
    return any(tag.start == mention.start and tag.value == "other" for tag in words.clause.every("sibling"))


def _is_owner(words: ClauseWords, mention: Mention) -> bool:
    """Whether a thing of the child's is told of, the child behind it: "genseren til Ola"."""
    leads = [tag for tag in words.clause.every("join") if tag.value == "until" and tag.end == mention.start]
    known = words.reading.vocabulary
    if not leads or known is None or leads[0].start <= words.clause.start:
        return False
    thing = words.reading.tokens[leads[0].start - 1]
    named = any(tag.start == leads[0].start - 1 for tag in words.clause.every("thing"))
    return thing.kind == "word" and (named or not known.is_word(thing))


def _owns(words: ClauseWords, mention: Mention) -> bool:
    """Whether a word that we have no tag for stands behind the owning form of the name: "Adan luokka"."""
    at = mention.end
    if not mention.possessive or at >= words.clause.end or words.reading.tokens[at].kind != "word":
        return False
    return at not in covered(words.reading.tags, words.clause.days, words.clause.clocks, words.clause.mentions)


def _is_along_with_child(words: ClauseWords, sibling: Tag) -> bool:
    """`Ada and her big sister are ill`: a sibling that an "and" joins to the child."""
    ands = {tag.end: tag.start for tag in words.clause.every("join") if tag.value == "and"}
    starts = [ands[at] for at in (sibling.start, sibling.start - 1) if at in ands]
    named = {mention.end for mention in words.clause.mentions if mention.keys and not mention.related}
    return sibling.name in {"sibling", "role"} and bool(named & set(starts))


def _owns_person(words: ClauseWords, owner: Tag) -> bool:
    """Whether what a relative owns may be somebody: "the neighbour's girl", not "because of grandma's birthday"."""
    things = {tag.start for tag in words.tags if tag.name in {"reason", "event", "thing", "home"}}
    leads = {tag.end for tag in words.clause.every("by", "join") if tag.value in {"", "from", "until"}}
    led = bool({owner.start, owner.start - 1} & leads)
    return not led and owner.end not in things and not any(day.start == owner.end for day in words.clause.days)


def _is_we(words: ClauseWords, at: int) -> bool:
    """Whether the person at the place is "we", and the sentence named a child before: the child is with them."""
    we = any(tag.start == at for tag in words.clause.every("we"))
    named = [mention for clause in words.before for mention in clause.mentions]
    named += [mention for mention in words.clause.mentions if mention.start < at]
    return we and (words.asked_absence or any(mention.keys for mention in named))


def _is_asked_behind(words: ClauseWords, tag: Tag, at: int) -> bool:
    """Whether something is asked for between the word and the place: "is at home all week, so ring her"."""
    return any(tag.end <= request.start < at for request in words.clause.every("request"))


def _is_parted_after(words: ClauseWords, tag: Tag, at: int, marked: bool) -> bool:
    """Whether a joining word stands between the word and a child named after it; a comma does where `marked`."""
    if marked and any(words.reading.tokens[place].text == "," for place in range(tag.end, at)):
        return True
    return any(tag.end <= join.start < at for join in words.clause.every("join") if join.value in _JOINING)


def _is_company(words: ClauseWords, person: Tag) -> bool:
    """Whether the person is only along: "with grandma"."""
    return any(person.start - tag.end in {0, 1} or tag.start == person.end for tag in words.clause.every("by"))
