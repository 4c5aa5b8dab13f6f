"""Who is said to be well, or to come, beside one who stays away: "Eino is well, only Aino stays at home".

By itself that is no act: most such children were never told to be away. Where one was, its absence ends: at once where the
text sets it apart from who stays, and says so firmly; else it is asked about.
"""

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from bots.hearing.clauses import Clause, clauses
from bots.hearing.pieces import is_all_right
from bots.hearing.reading import Reading
from bots.hearing.subjects import is_of_other
from bots.hearing.tokens import fold
from bots.hearing.wording import ClauseWords
from hub.talk.heard import IN_DOUBT, About, Act, Heard, Intent

_FILE = Path(__file__).parent / "beside.toml"
_WELL = ("well", "fine")
_THERE = ("come", "usual", "there", "sends")
_OPEN = frozenset({"maybe_if", "if_first", "unsure", "past", "happened", "negative", "sick", "symptom", "home", "away"})
_LATER = frozenset({"back", "first", "before", "late", "afterwards", "on_way", "fetch", "fetched", "go"})


def find_if_away(heard: Heard, reading: Reading, asked: About | None) -> tuple[Act, ...]:
    """The ends of absences that stand, one for each child that is only said to be well beside one who is away."""
    away = [act for act in heard.acts if act.intent is Intent.ABSENCE and act.children and act.days]
    if asked is not None or not away or reading.vocabulary is None:
        return ()
    told = {key for act in heard.acts for key in act.children}
    day = away[0].days[0]
    found: dict[str, Act] = {}
    parts = clauses(reading)
    for at, clause in enumerate(parts):
        keys = {key for mention in clause.mentions if not mention.related for key in mention.keys}
        if len(keys) != 1 or keys & told or not _is_plain(clause):
            continue
        words = ClauseWords(reading, clause, parts[:at], asked_absence=False)
        days = {each for mention in clause.days for each in mention.days}
        if days <= {day} and (_says(words, *_WELL, *_THERE) or is_all_right(reading, clause)):
            is_sure = _says(words, "fine", *_THERE) or _sets_apart(reading, parts, away)
            key = keys.pop()
            found[key] = Act(Intent.ABSENCE_CANCEL, (key,), (day,), change=None if is_sure else IN_DOUBT)
    return tuple(found.values())


def _is_plain(clause: Clause) -> bool:
    """Whether the clause tells of now, and neither asks nor supposes."""
    return not (clause.asks or clause.clocks or clause.spans or clause.has(*_OPEN) or clause.has(*_LATER))


def _says(words: ClauseWords, *names: str) -> bool:
    said = words.positive(*names)
    return said is not None and not is_of_other(words, said)


def _sets_apart(reading: Reading, parts: Sequence[Clause], away: Sequence[Act]) -> bool:
    """Whether a word like "only" stands beside who stays away, in a clause that names nobody else."""
    stays = {key for act in away for key in act.children}
    for clause in parts:
        keys = {key for mention in clause.mentions for key in mention.keys}
        starts = [mention.start for mention in clause.mentions if mention.keys]
        if keys and keys <= stays:
            near = {at for start in starts for at in (start - 1, start + 1)}
            if any(reading.tokens[at].fold in only_words() for at in near if clause.start <= at < clause.end):
                return True
    return False


@lru_cache(maxsize=1)
def only_words() -> frozenset[str]:
    """Words like "only", of every language."""
    return frozenset(map(fold, tomllib.loads(_FILE.read_text("utf-8"))["only"]))
