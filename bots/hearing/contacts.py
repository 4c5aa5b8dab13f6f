"""New phone numbers and mail addresses of the sender, a place applied for or given up, and the wish for another language."""

import re

from bots.hearing.clauses import Clause
from bots.hearing.drafts import Draft
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from hub.talk.heard import OF_CONSENTS, Act, Intent, Reason

_PHONE = re.compile(r"(?<![\w.])\+?\d[\d \-]{5,17}\d(?![\w])")
_FEWEST_DIGITS = 7
_SHORT_MESSAGE = 16
_WISH_WORDS = 14
_LEAD = 2
_APART = 3
"""Words between the halves of a verb and what stands in it."""
_BARE_WORDS = 6
_OTHER_MATTERS = (
    "sick",
    "symptom",
    "home",
    "away",
    "late",
    "fetch",
    "fetched",
    "topic",
    "leave",
    "apply",
    "place_word",
)


def contact_change(reading: Reading, clause: Clause, text: str) -> Draft | None:
    """A number or address that the clause, or an earlier one, says is new. `text` is what the reading was made of."""
    start, end = reading.tokens[clause.start].start, reading.tokens[clause.end - 1].end
    said = text[start:end]
    mail = next((token.text for token in reading.tokens[clause.start : clause.end] if token.kind == "mail"), None)
    phone = None
    for found in _PHONE.finditer(said):
        digits = found.group().replace(" ", "").replace("-", "")
        if len(digits.lstrip("+")) >= _FEWEST_DIGITS:
            phone = digits
            break
    if _is_of_other(clause):
        return None
    if (mail is None and phone is None) or not (
        clause.has("new", "own_contact", "new_home") or _told_before(reading, clause)
    ):
        return None
    return Draft(
        Intent.CONTACT_CHANGE, clause, phone=phone, email=mail, reasons=(Reason(mail or phone or "", "contact"),)
    )


def _is_of_other(clause: Clause) -> bool:
    """Whether it is another's: "Asta's father has got a new number", but not "Asta's father here, my new number is"."""
    if _is_introduced(clause):
        return False
    told = clause.first("new", "own_contact")
    owners = [tag for tag in clause.every("parent", "role") if told is not None and tag.end <= told.start]
    own = [tag for tag in clause.every("self") if told is not None and tag.end <= told.start]
    return bool(owners) and not own and any(mention.keys for mention in clause.mentions)


def _is_introduced(clause: Clause) -> bool:
    """Whether the sender says who is writing, before or behind the word for a parent, or tells of a number as "my"."""
    people = clause.every("parent", "role")
    named = [mention for mention in clause.mentions if mention.related]
    starts = {tag.start for tag in people} | {mention.start for mention in named}
    ends = {tag.end for tag in people} | {mention.end for mention in named}
    if any(tag.end in starts or tag.start in ends for tag in clause.every("introduces")):
        return True
    told = {at for tag in clause.every("new", "own_contact") for at in (tag.start, tag.end)}
    return any(tag.start in told or tag.end in told for tag in clause.every("mine"))


def plain_wish(clause: Clause, reading: Reading) -> Draft | None:
    """What is noted, a person to talk to, a new home, or a new number that is not told."""
    if clause.end - clause.start > _WISH_WORDS or clause.has(*_OTHER_MATTERS):
        return None
    if not clause.asks and clause.has("new") and clause.has("own_contact") and _is_bare(clause, reading):
        return Draft(Intent.CONTACT_CHANGE, clause, change="number", reasons=(_said_by(clause.first("new"), reading),))
    given = clause.first("consents_given")
    if given is not None and (clause.asks or _says_no_more(clause, given, reading)):
        reason = _said_by(given, reading, f"intent: {Intent.NOTED}")
        return Draft(Intent.NOTED, clause, change=OF_CONSENTS, reasons=(reason,))
    if (noted := clause.first("noted")) is not None and (clause.asks or noted.start <= clause.start + _LEAD):
        return Draft(Intent.NOTED, clause, reasons=(_said_by(noted, reading, f"intent: {Intent.NOTED}"),))
    if (person := clause.first("person")) is not None:
        return Draft(Intent.PERSON, clause, reasons=(_said_by(person, reading, f"intent: {Intent.PERSON}"),))
    if (home := clause.first("new_home")) is not None and not clause.asks:
        return Draft(Intent.CONTACT_CHANGE, clause, change="home", reasons=(_said_by(home, reading),))
    return None


def _says_no_more(clause: Clause, given: Tag, reading: Reading) -> bool:
    """Whether nothing stands beside the words but a child, and words like "for"."""
    told = covered([given], clause.mentions, clause.every("join", "filler", "greeting"))
    return all(at in told or reading.tokens[at].kind == "mark" for at in range(clause.start, clause.end))


def _is_bare(clause: Clause, reading: Reading) -> bool:
    """Whether the clause is the whole message, and short: "I have a new number"."""
    alone = clause.start == 0 and clause.end == len(reading.tokens) and clause.end <= _BARE_WORDS
    return alone and not any(token.kind in {"mail", "number"} for token in reading.tokens)


def _said_by(tag: Tag | None, reading: Reading, led_to: str = "contact") -> Reason:
    return Reason("" if tag is None else reading.words(tag.start, tag.end), led_to)


def _told_before(reading: Reading, clause: Clause) -> bool:
    """Whether the text before speaks of a new number or address of the sender's own."""
    names = {tag.name for tag in reading.tags if tag.start < clause.start}
    return {"new", "own_contact"} <= names


def place(clause: Clause, reading: Reading) -> Draft | None:
    """A place applied for, changed or ended."""
    word = clause.first("place_word") or _left(clause)
    fetches = {tag.start for tag in clause.every("fetch")} - covered(clause.every("place_apply"))
    if word is None or fetches or clause.has("sick", "symptom", "home", "away") or clause.spans:
        return None
    if (given := _given_up(clause, word)) is not None:
        return Draft(
            Intent.PLACE, clause, change="end", reasons=(Reason(reading.words(given.start, given.end), "place: end"),)
        )
    for name, change in (("place_end", "end"), ("place_change", "change"), ("place_apply", "apply")):
        tag = clause.first(name)
        if name == "place_apply":
            tag = None if clause.has("need") else tag
            tag = tag or _wished(clause)
        if tag is not None:
            return Draft(
                Intent.PLACE,
                clause,
                change=change,
                reasons=(Reason(reading.words(tag.start, tag.end), f"place: {change}"),),
            )
    return None


def _left(clause: Clause) -> Tag | None:
    """A phrase of leaving that has the unit in it, of no hour: "slutter på SFO fra 1. mars"."""
    units = {tag.end for tag in clause.every("there", "unit", "care")}
    ends = [tag for tag in clause.every("place_end") if tag.end - tag.start > 1 and tag.end in units]
    return ends[0] if ends and not clause.clocks else None


def _wished(clause: Clause) -> Tag | None:
    """A wish or a need beside the word for a place, of no day but one from which on: "we'd need a place from August"."""
    if clause.has("leave", "negative", "off") or clause.clocks or any(days.shape != "from" for days in clause.days):
        return None
    return clause.first("apply", "need")


def _given_up(clause: Clause, word: Tag) -> Tag | None:
    """The verb of giving up, the place between its halves, or the child, and the place behind: "säger Wilmas plats upp", "melde
    Ada ud af SFO"."""
    for verb in clause.every("give"):
        ends = [tag for tag in clause.every("up") if tag.start >= word.end]
        if verb.end <= word.start and ends and word.start - verb.end <= _APART and ends[0].start - word.end <= _APART:
            return verb
        named = {mention.start: mention.end for mention in clause.mentions if mention.keys}
        ups = [tag for tag in clause.every("up") if tag.start == named.get(verb.end)]
        if ups and 0 <= word.start - ups[0].end <= 1:
            return verb
    return None


def language_alone(reading: Reading) -> Act | None:
    """ "English" and nothing else, but for thanks: whoever names a language wants it."""
    tongues = [tag for tag in reading.tags if tag.name == "tongue"]
    read = covered([tag for tag in reading.tags if tag.name in {"tongue", "thanks"}])
    words = [at for at, token in enumerate(reading.tokens) if token.kind == "word"]
    if len(tongues) != 1 or tongues[0].start != words[0] or any(at not in read for at in words):
        return None
    return Act(Intent.LANGUAGE, language=tongues[0].value)


def language_wish(clause: Clause, reading: Reading) -> Draft | None:
    """ "Can I get these in Arabic?": the language named, after a word that asks for it."""
    tongue = clause.first("tongue")
    topics = {tag.value for tag in clause.every("topic")} - {"electronic"}
    if tongue is None or topics or clause.has("sick", "symptom", "home", "away", "fetch") or clause.days:
        return None
    led = (
        any(tag.name == "want_language" and tag.end == tongue.start for tag in clause.tags) or reading.language == "fi"
    )
    wished = clause.asks or clause.has("ask", "want_language", "request")
    if led and wished and clause.end - clause.start <= _SHORT_MESSAGE:
        return Draft(
            Intent.LANGUAGE,
            clause,
            language=tongue.value,
            reasons=(Reason(reading.words(tongue.start, tongue.end), "language"),),
        )
    return None
