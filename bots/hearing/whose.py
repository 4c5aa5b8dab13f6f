"""Whose a clause is: of the children it names, else of those before it, the one asked about, the only one, or who signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bots.hearing.adding import added_part
from bots.hearing.classes import words_of
from bots.hearing.clauses import Clause
from bots.hearing.first_names import boys, girls
from bots.hearing.names import Mention
from bots.hearing.pieces import Piece
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.subjects import holds_child
from bots.hearing.tokens import fold
from hub.talk.heard import About, Reason

_LANGUAGE = {"nn": "nb"}
_PARTING = frozenset({"and", "but", "because"})


@dataclass(frozen=True, slots=True)
class Meant:
    """The keys of the children meant. `own` tells that the clause's own words name them."""

    keys: tuple[str, ...]
    own: bool = False
    reasons: tuple[Reason, ...] = ()


def is_list(clause: Clause, named: Sequence[Mention], reading: Reading) -> bool:
    """Whether children named in one clause are told of together: "Ola, Kari and Ida", not "Ola will help Kari"."""
    joining = [tag for tag in clause.tags if tag.name == "also" or (tag.name == "join" and tag.value in {"and", "or"})]
    joins = covered(joining)
    days = covered(clause.days, clause.clocks)
    for before, after in pairwise(named):
        if before.keys == after.keys or before.group or after.group:
            continue
        gap = [at for at in range(before.end, after.start) if reading.tokens[at].kind == "word"]
        if any(at not in joins and at not in days for at in gap):
            added = added_part(reading, Piece(clause.start, clause.end, clause.sentence, clause.joined))
            return added is not None and before.start < added.start <= after.start
    return True


def _without_likes(named: list[Mention]) -> list[Mention]:
    """Without a "both" behind two children named one by one or as a group, whom it only takes together: "the boys are ill, both
    of them", "Ada, 6, and Bo, 3, both cough"."""
    told = {key for mention in named if not (mention.group and mention is named[-1]) for key in mention.keys}
    last = named[-1] if len(named) > 1 and named[-1].group else None
    if last is None or len(told) < 2 or (last.keys and set(last.keys) != told):
        return named
    return named[:-1]


def _is_either(clause: Clause, named: Sequence[Mention]) -> bool:
    """`either Ada or Bo stays at home`: an "or" stands between two children, and nothing is denied of both."""
    ors = [tag for tag in clause.every("join") if tag.value == "or"]
    pairs = [(one, other) for one, other in pairwise(named) if one.keys != other.keys]
    apart = any(one.end <= tag.start < other.start for tag in ors for one, other in pairs)
    return apart and not clause.has("negative", "deny")


def _is_added(clause: Clause, named: Mention) -> bool:
    """`is ill, and so is Taavi`: what was told before of the child asked about is told of another one, too."""
    told = [tag for tag in clause.every("sick", "symptom", "home", "away") if tag.end <= named.start]
    also = [tag for tag in clause.every("also", "same") if tag.start in {named.end, named.start - tag.end + tag.start}]
    return bool(told) and any(tag.start >= told[0].end for tag in also)


class Whose:
    """Tells the children of one message. `signed` are names in the closing words, or that name a relative only."""

    def __init__(self, reading: Reading, signed: Sequence[Mention], keys: tuple[str, ...], asked: About | None) -> None:
        self._reading = reading
        self._signed = signed
        self._keys = keys
        self._asked_child = (asked.child,) if asked is not None and asked.child in keys else ()

    def of_clause(self, clause: Clause, before: tuple[str, ...] | None) -> Meant:
        """`before` are the keys of what was said before; None when nothing was."""
        named = [mention for mention in clause.mentions if not mention.related and not mention.unknown]
        if sum(not mention.group for mention in named) > 1:
            named = [mention for mention in named if mention.keys or not mention.group]
        everyone, named = named, _without_likes(named)
        if named:
            reasons = tuple(Reason(mention.words, "child: " + ", ".join(mention.keys)) for mention in named)
            takes_all = len(named) < len(everyone) and not named[-1].group
            if len({mention.keys for mention in named}) > 1 and not (
                takes_all or is_list(clause, named, self._reading)
            ):
                return Meant((), True, reasons)
            if _is_either(clause, named):
                return Meant((), True, reasons)
            if all(mention.sure or (mention.group and mention.keys) for mention in named):
                keys = {key for mention in named for key in mention.keys}
                keys |= set(self._asked_child) if _is_added(clause, named[0]) else set()
                return Meant(tuple(key for key in self._keys if key in keys), True, reasons)
            if (
                self._asked_child
                and any(mention.group for mention in named)
                and not any(mention.keys for mention in named)
            ):
                return Meant(self._asked_child, True, reasons)
            return Meant((), True, reasons)
        owners = {mention.keys for mention in clause.mentions if mention.related and len(mention.keys) == 1}
        fetching = clause.every("fetch", "fetched")
        if (
            len(owners) == 1
            and fetching
            and (clause.has("child_word") or any(holds_child(self._reading, tag) for tag in fetching))
        ):
            return Meant(owners.pop(), True)  # "Live's big sister fetches her"
        if before is not None:
            return Meant(self._narrowed(clause, before))
        return Meant(self.unnamed() or self._signing() or self._told_onward(clause))

    def told_at(self, clause: Clause, at: int) -> tuple[str, ...]:
        """The one child named in the part of a clause in which the place stands, where others are named in other parts: "Ada is
        ill, so Ola walks alone"."""
        tokens = self._reading.tokens
        marks = [place for place in range(clause.start, clause.end) if tokens[place].text in ",(;"]
        marks += [tag.start for tag in clause.every("join") if tag.value in _PARTING]
        start = max((mark for mark in marks if mark < at), default=clause.start)
        end = min((mark for mark in marks if mark > at), default=clause.end)
        everybody = [mention for mention in clause.mentions if not mention.related]
        named = [mention for mention in everybody if start <= mention.start < end]
        keys = {mention.keys for mention in named}
        if any(start <= tag.start < end for tag in clause.every("negative")):
            return ()  # "it is not Ola but Ada"
        sure = all(mention.sure and not mention.group and not mention.unknown for mention in everybody)
        return keys.pop() if sure and len(keys) == 1 and len(named) < len(everybody) else ()

    def _narrowed(self, clause: Clause, before: tuple[str, ...]) -> tuple[str, ...]:
        """Of several children told of before, the one that "she" or "he" can be; nobody where that is open."""
        language = _LANGUAGE.get(self._reading.language, self._reading.language)
        meant = [self._reading.tokens[tag.start].low for tag in clause.every("child_word")]
        if len(before) < 2 or not meant or not set(meant) <= words_of(language, "one"):
            return before
        told = {sex for sex in ("girl", "boy") if set(meant) & words_of(language, sex)}
        sexes = {key: self._sex(key) for key in before}
        fit = tuple(key for key in before if {sexes[key]} == told)
        return fit if len(fit) == 1 and None not in sexes.values() else ()

    def _sex(self, key: str) -> str | None:
        """What the name as written tells; None where it is both a girl's and a boy's, or neither's."""
        named = {fold(mention.words.split()[0]) for mention in self._reading.mentions if mention.keys == (key,)}
        girl, boy = bool(named & girls()), bool(named & boys())
        return None if girl == boy else ("girl" if girl else "boy")

    def unnamed(self) -> tuple[str, ...]:
        """Whom the message is about when it names nobody: the one asked about, else the only child."""
        return self._asked_child or (self._keys if len(self._keys) == 1 else ())

    def everybody(self) -> tuple[str, ...]:
        """Whom a message to the staff is about: those named, else the only child."""
        named = [mention for mention in self._reading.mentions if mention.keys and not mention.unknown]
        keys = {key for mention in named for key in mention.keys if mention.sure or mention.group}
        return tuple(key for key in self._keys if key in keys) or self.unnamed() or self._signing()

    def _told_onward(self, clause: Clause) -> tuple[str, ...]:
        """The one child named later in the sentence, where the clause only tells when it is back: "back Friday, Ola is ill"."""
        if not clause.has("back") or clause.has("child_word"):
            return ()
        tokens = self._reading.tokens
        end = next((at for at in range(clause.end, len(tokens)) if tokens[at].text in ".!?"), len(tokens))
        named = [mention for mention in self._reading.mentions if clause.end <= mention.start < end and mention.keys]
        keys = {mention.keys for mention in named if not mention.related}
        return keys.pop() if len(keys) == 1 and all(mention.sure for mention in named) else ()

    def _signing(self) -> tuple[str, ...]:
        """The one child named in the closing words ("Kari's mum"), when no other is named anywhere."""
        keys = {key for mention in (*self._signed, *self._reading.mentions) for key in mention.keys}
        signed = {key for mention in self._signed for key in mention.keys}
        return tuple(keys) if len(keys) == 1 and signed else ()
