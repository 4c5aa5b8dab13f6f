"""Answers with words around them: "Haha, it was Konrad", "no, that is not right", "oh, thank you for the lovely party".

Only where nothing else is told: whatever acts by itself, asks, or speaks of days and times is read as what it says.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from itertools import pairwise

from bots.hearing.answers import bare, squeezed
from bots.hearing.clocks import suit
from bots.hearing.first_names import every_first_name
from bots.hearing.names import Mention
from bots.hearing.pieces import PREDICATES
from bots.hearing.reading import Reading
from bots.hearing.sources import whole_messages
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from hub.talk.broadcasting import YES_OR_NO
from hub.talk.dialogue import ANSWERS
from hub.talk.heard import About, Act, Heard, Intent, KnownChild, Reason

_ACTING = frozenset(
    {"sick", "symptom", "home", "away", "come", "fetch", "fetched", "late", "apply"}
    | {"fine", "back", "on_way", "go", "negative", "after_all", "request"}
)
_BESIDE = frozenset({"reason", "leave", "event", "unsure", "maybe_if", "off", "private", "need", "early"})
_MILD = frozenset({"well", "fine", "usual", "there", "leave", "absence_noun"})
_OPEN = frozenset({"unsure", "maybe_if", "question"})
_MATTERS = frozenset(
    {"thing", "request", "unsure", "maybe_if", "told", "denies", "sick", "apply", "fetch", "fetched", "new", "revoke"}
    | {"tongue"}
)
_NEVER_TOLD = frozenset(
    {
        Intent.YES,
        Intent.NO,
        Intent.ACK,
        Intent.STOP,
        Intent.START,
        Intent.HELP,
        Intent.STATUS,
        Intent.REACH,
        Intent.UNDO,
        Intent.DOCUMENTS,
    }
)
_SMALL = frozenset({"greeting", "thanks", "filler"})
_MOST_WORDS = 16
_THANKS_BY = 6


def picked(reading: Reading, children: Sequence[KnownChild]) -> Heard | None:
    """An answer that names the child and does nothing: names, joining words, "it is", a laugh."""
    named = {at for mention in reading.mentions for at in range(mention.start, mention.end)}
    sure = [mention for mention in reading.mentions if mention.keys and not mention.related]
    if not sure or not all(mention.sure or mention.group for mention in sure) or reading.days or reading.clocks:
        return None
    if any(
        tag.name in {"negative", "spares"} and tag.start < mention.end and mention.start <= tag.end
        for tag in reading.tags
        for mention in sure
    ):
        return None  # "none of them", "it does not concern Ella"
    names = {tag.name for tag in reading.tags}
    if names & _BESIDE or any(token.text == "?" for token in reading.tokens):
        return None
    several = len({mention.keys for mention in sure}) > 1
    if several and (not _is_together(reading, sure) or names & _MILD):
        return None
    if any(tag.name == "join" and tag.value in {"except", "but"} and tag.start > 0 for tag in reading.tags):
        return None
    strangers = [
        mention for mention in reading.mentions if mention.unknown and not _opens_sentence(reading, mention.start)
    ]
    strangers += [
        mention for mention in reading.mentions if mention.unknown and _is_name(reading, mention.start, mention.end)
    ]
    if strangers or any(tag.name in _ACTING and tag.start not in named for tag in reading.tags):
        return None
    if sum(token.kind == "word" for token in reading.tokens) > _MOST_WORDS:
        return None
    keys = tuple(child.key for child in children if any(child.key in mention.keys for mention in sure))
    reasons = tuple(Reason(mention.words, "child") for mention in sure)
    return Heard(reading.language, False, (Act(Intent.YES, keys),), reasons)


def without_denied(heard: Heard, reading: Reading, asked: About | None) -> Heard:
    """As a message that names no child, where it was asked which one and words deny or ask ("not Ella", "Ella?"), or name
    several apart: which of them is meant, if any, is nobody's guess."""
    if asked is None or asked.about != "which_child" or any(act.intent is not Intent.MESSAGE for act in heard.acts):
        return heard
    keys = {key for act in heard.acts for key in act.children}
    names = {tag.name for tag in reading.tags}
    asks = any(token.text == "?" for token in reading.tokens)
    if not names & {"negative", "deny", "spares"} and not asks and len(keys) < 2:
        return heard
    return replace(heard, acts=tuple(replace(act, children=()) for act in heard.acts))


def _is_together(reading: Reading, named: Sequence[Mention]) -> bool:
    """Whether nothing but joining words and marks stands between the children named."""
    joins = {at for tag in reading.tags if tag.name in {"join", "also"} for at in range(tag.start, tag.end)}
    gaps = [range(before.end, after.start) for before, after in pairwise(named)]
    return all(at in joins or reading.tokens[at].text in {",", "&", "+"} for gap in gaps for at in gap)


def options_of(keys: Sequence[str], children: Sequence[KnownChild], asked: About) -> tuple[int, ...]:
    """The numbers of the choices that these children are."""
    names = {child.key: child.name for child in children}
    return tuple(
        number
        for number, option in enumerate(asked.options, 1)
        if any(option in {key, names[key], names[key].split()[0]} for key in keys)
    )


def led(reading: Reading, asked: About) -> Heard | None:
    """Yes or no where the message begins with it, and what follows only underlines it."""
    if speaks_of_others(reading, asked):
        return None
    opening = _opening(reading)
    names = {tag.name for tag in reading.tags}
    if opening is None or reading.clocks or reading.spans or "topic" in names or names & (PREDICATES - _MILD):
        return None
    words = [token for token in reading.tokens if token.kind == "word"]
    if names & {"against"} or (opening is Intent.YES and _says_no(reading)):
        return None  # "no, we have nothing against it", "yes no, that is wrong"
    if len(words) > _MOST_WORDS or names & _OPEN or any(token.text == "?" for token in reading.tokens):
        return None
    turned = any(tag.name == "join" and tag.value in {"but", "except", "or"} for tag in reading.tags)
    if "correct" in names and (reading.days or reading.mentions):
        return None
    if opening is Intent.YES and (turned or reading.days or "negative" in names or names & {"sick", "symptom"}):
        return None
    return Heard(
        reading.language, False, (Act(opening),), (Reason(reading.words(0, len(reading.tokens)), f"intent: {opening}"),)
    )


def opened_with_no(reading: Reading, asked: About) -> Heard | None:
    """No where a message that does nothing by itself begins with it: "no, he is fine, he comes as usual"."""
    if asked.about != "confirm" or speaks_of_others(reading, asked) or reading.clocks or reading.spans:
        return None
    asks = any(token.text == "?" for token in reading.tokens)
    opening = _opening(reading)
    if opening is not Intent.NO or asks or {tag.name for tag in reading.tags} & _OPEN:
        return None
    first = reading.words(0, 1)
    return Heard(reading.language, False, (Act(opening),), (Reason(first, f"intent: {opening}"),))


def chosen_first(reading: Reading, asked: About) -> tuple[int, ...]:
    """The 1-based choice that a message begins with, with words of their own behind: "1 but she has no skis", "yes, the bun
    comes along". None where those may take it back: another number or answer, "or", and a not behind a yes."""
    words = bare(reading.tokens, reading.tags)
    if not words or any(tag.name == "join" and tag.value == "or" for tag in reading.tags):
        return ()
    first, behind = words[0], words[1:]
    numbers = {number for number in range(1, len(asked.options) + 1) if any(word.number == number for word in behind)}
    if first.number is not None:
        return (first.number,) if 1 <= first.number <= len(asked.options) and not numbers else ()
    opening = _opening(reading)
    if opening is None or numbers or asked.options != YES_OR_NO:
        return ()
    if opening is Intent.NO:
        return () if behind and _is_answer(behind[0], "yes") else (2,)
    turned = {tag.name for tag in reading.tags} & {"negative", "denies", "unsure"}
    return () if turned or any(_is_answer(word, "no") for word in behind) else (1,)


def _is_answer(word: Token, kind: str) -> bool:
    return any(squeezed(word.fold) in phrases for phrases in whole_messages("answers", kind).values())


def with_choice(heard: Heard, reading: Reading, asked: About) -> Heard:
    """With the choice that a message with more in it begins with; what is no matter of its own in it is a message beside."""
    if heard.options or {act.intent for act in heard.acts} in ({Intent.YES}, {Intent.NO}):
        return heard
    options = chosen_first(reading, asked)
    if not options:
        return heard
    beside = tuple(act for act in heard.acts if act.intent not in {Intent.YES, Intent.NO})
    told = Act(Intent.YES) if beside and all(act.intent not in ANSWERS for act in beside) else Act(Intent.MESSAGE)
    why = Reason(reading.words(0, len(reading.tokens)), f"options: {options}")
    acts = beside if told in beside else (told, *beside)
    return replace(heard, acts=acts, reasons=(*heard.reasons, why), options=options)


def is_answer_to_choice(reading: Reading, asked: About | None) -> bool:
    """Whether it answers what all were asked, of whatever day, and tells neither a day nor a child at home: "no, he can't, his
    knee hurts". What is written unasked names the child first."""
    if asked is None or asked.about != "which_choice" or reading.days:
        return False
    if any(tag.name in {"home", "homeward"} for tag in reading.tags):
        return False
    opens = any(tag.name in {"deny", "grant", "negative"} and not tag.start for tag in reading.tags)
    return opens or not any(mention.keys for mention in reading.mentions)


def is_same_again(reading: Reading) -> bool:
    """Whether the message says nothing but that the times are those of last week, or the usual ones: a yes to these."""
    again = [tag for tag in reading.tags if tag.name in {"same_again", "same_times", "usual"}]
    if not again or any(token.text == "?" for token in reading.tokens):
        return False
    told = covered(again, [tag for tag in reading.tags if tag.name in _SMALL])
    words = [(at, squeezed(token.fold)) for at, token in enumerate(reading.tokens) if token.kind != "mark"]
    polite = [whole_messages("answers", kind) for kind in ("yes", "polite")]
    courteous = {phrase for kind in polite for phrase in kind.get(reading.language, ())}
    return all(at in told or word in courteous for at, word in words)


def speaks_of_others(reading: Reading, asked: About) -> bool:
    """Whether a child is named that the question was not about. "Both" and "all" are the choices, or those it was about."""
    is_of_all = bool(asked.options) or asked.child is None
    named = (mention for mention in reading.mentions if not mention.related and not (mention.group and is_of_all))
    return any(set(mention.keys) - {asked.child} for mention in named)


def is_open(reading: Reading) -> bool:
    """Whether a yes or no in the text hangs on something."""
    turned = any(tag.name == "join" and tag.value in {"but", "except", "or"} for tag in reading.tags)
    return turned or any(tag.name in {"unsure", "maybe_if", "if_first"} for tag in reading.tags)


def _opening(reading: Reading) -> Intent | None:
    """What the first words answer."""
    words = [squeezed(token.fold) for token in reading.tokens if token.kind == "word"][:3]
    for length in range(len(words), 0, -1):
        text = " ".join(words[:length])
        for kind, intent in (("no", Intent.NO), ("yes", Intent.YES)):
            if any(text in phrases for phrases in whole_messages("answers", kind).values()):
                return intent
    return None


def _says_no(reading: Reading) -> bool:
    """Whether any word of the text is a no by itself, or it says that something is wrong."""
    refusals = whole_messages("answers", "no").get(reading.language, frozenset())
    wrong = any(tag.name == "denies" for tag in reading.tags)
    return wrong or any(squeezed(token.fold) in refusals for token in reading.tokens if token.kind == "word")


def is_mere_thanks(reading: Reading) -> bool:
    """Whether the message opens with thanks and brings nothing up that anybody must do."""
    names = {tag.name for tag in reading.tags}
    if names & _MATTERS or reading.clocks or reading.spans or any(token.text == "?" for token in reading.tokens):
        return False
    todays = {tag.start for tag in reading.tags if tag.name == "day" and tag.value == "today"}
    if any(days.shape != "past" and days.start not in todays for days in reading.days):
        return False
    if any(token.kind == "number" for token in reading.tokens):
        return False
    thanked = [tag.start for tag in reading.tags if tag.name == "thanks"]
    if not thanked:
        return False
    refusals = {tag.start for tag in reading.tags if tag.name in {"negative", "topic", "refuse"}}
    if any(at < thanked[0] for at in refusals):
        return False  # "no photos of her, thanks"
    before = [at for at in range(thanked[0]) if reading.tokens[at].kind == "word"]
    return len(before) <= _THANKS_BY


_BESIDE_A_TIME = frozenset({"clock", "thanks", "greeting", "signature"})


def bare_time(reading: Reading) -> time | None:
    """The one time of day that is all of the message, as it is meant by whoever fetches: "16.45", "kl 17"."""
    if len(reading.clocks) != 1 or reading.spans or any(token.text == "?" for token in reading.tokens):
        return None
    (clock,) = reading.clocks
    told = {at for tag in reading.tags if tag.name in _BESIDE_A_TIME for at in range(tag.start, tag.end)}
    told |= set(range(clock.start, clock.end))
    beside = [token for at, token in enumerate(reading.tokens) if at not in told and token.kind in ("word", "number")]
    return None if beside else suit(clock, leaves=True)


def as_leave(heard: Heard) -> Heard:
    """Days away, told where the days of a leave were asked for, are its days; an illness stays what it is."""
    acts = (
        replace(act, intent=Intent.LEAVE_APPLICATION) if act.intent is Intent.ABSENCE and not act.ill else act
        for act in heard.acts
    )
    return replace(heard, acts=tuple(acts))


def is_in_own_words(heard: Heard) -> bool:
    """Whether what was asked for in the guardian's own words was told: nothing of a named child's days, and no keyword."""
    return not any((act.children and act.days) or act.intent in _NEVER_TOLD for act in heard.acts)


def _opens_sentence(reading: Reading, at: int) -> bool:
    return at == 0 or reading.tokens[at - 1].text in ".!?"


def _is_name(reading: Reading, start: int, end: int) -> bool:
    return any(reading.tokens[at].fold in every_first_name() for at in range(start, end))
