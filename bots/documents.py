"""Letters by text: DOCUMENTS lists those that were not opened, and a code brings the letter's own words.

Only what an open channel may show leaves; a letter longer than a text may be comes as several, numbered. One of another unit
comes from that unit's number and stands in its book. Source: security rules S1.5, S3.3, S4.4, S6.1 and S13.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from hub.desk import Look, Work
from hub.parts import count_parts
from hub.post.answer_caps import wait_to_answer
from hub.post.messages import Author
from hub.post.posting import Post, post
from hub.school.leave_letters import open_letter
from hub.school.letter_codes import (
    Draw,
    KnownLetter,
    count_wrong_code,
    draw_code,
    find_by_code,
    give_code,
    list_letters_of,
)
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, say
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Notice, tell
from hub.talk.speaker import Speaker

MOST_PARTS = 5
"""One less than a text may have: a question that waits may stand behind the letter."""
APART = timedelta(seconds=2)
"""Between two texts of one letter, so that they leave in their order."""
NUMBERING = "(99/99) "
AT_MOST = 5
"""What is listed at once: more makes no text message, and those come when these are opened."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Which letter is asked for; an empty code asks which there are."""

    code: str


class DocumentsBot:
    """Answers at once and without a question."""

    name = "documents"
    intents = frozenset({Intent.DOCUMENTS})
    answered_by: frozenset[Intent] = frozenset()
    facts = DocumentFacts

    def __init__(self, draw: Draw = draw_code) -> None:
        self._draw = draw

    def gather(self, look: Look, speaker: Speaker, act: Act) -> DocumentFacts | None:
        """None where a protected child is in the family: staff bring the letter to them."""
        return None if speaker.is_guarded else DocumentFacts(act.code)

    def may_go_on(self, look: Look, speaker: Speaker, facts: DocumentFacts) -> bool:
        return not speaker.is_guarded

    def dialogue(self, facts: DocumentFacts) -> Dialogue[DocumentFacts]:
        yield from ()
        return facts

    def settle(self, work: Work, speaker: Speaker, outcome: DocumentFacts, occasion: Occasion) -> Settled:
        letters = list_letters_of(work, speaker.guardian_ids)
        if not outcome.code:
            return self._list(work, speaker, [one for one in letters if one.waits])
        found = find_by_code(letters, outcome.code)
        if found is None:
            count_wrong_code(work, letters)
            return Settled((say("documents.unknown"),))
        return _send(work, speaker, found, occasion)

    def _list(self, work: Work, speaker: Speaker, waiting: Sequence[KnownLetter]) -> Settled:
        """Those of this unit here, those of each other unit from its own number."""
        here = [one for one in waiting if one.unit.id == speaker.unit.id][:AT_MOST]
        others = sorted((one for one in waiting if one.unit.id != speaker.unit.id), key=lambda one: one.unit.id)
        told = [self._tell(work, speaker, list(there)) for _, there in groupby(others, lambda one: one.unit.id)]
        says = [self._say(work, speaker, here)] if here else []
        says += [say("documents.from_there")] if any(told) else []
        return Settled(tuple(says) or (say("documents.nothing"),), tuple(one.child.id for one in here))

    def _say(self, work: Work, speaker: Speaker, letters: Sequence[KnownLetter]) -> Say:
        today = letters[0].unit.today(work.now)
        items = [
            say(
                "documents.item",
                code=give_code(work, one.letter, self._draw),
                child=one.child.called,
                days=one.application.days_off,
                today=today,
            )
            for one in letters
        ]
        return say("documents.waiting", letters=items)

    def _tell(self, work: Work, speaker: Speaker, letters: Sequence[KnownLetter]) -> bool:
        some = letters[:AT_MOST]
        said = self._say(work, speaker, some)
        return _tell_from(work, speaker, some[0], said, [one.child.id for one in some])

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> DocumentFacts | None:
        return None


def _send(work: Work, speaker: Speaker, found: KnownLetter, occasion: Occasion) -> Settled:
    """The letter's words, and that it was opened; where they cannot leave now, staff see to it."""
    if wait_to_answer(work, speaker.addresses[0].value, in_talk=True) is None:
        return Settled((), hand_over="not_answered")
    first, *rest = say_letter(found.letter.open_text)
    child_ids = (found.child.id,)
    if found.unit.id != speaker.unit.id:
        sent = [_tell_from(work, speaker, found, part, child_ids) for part in (first, *rest)]
        if not all(sent):
            return Settled((), child_ids, hand_over="documents")
        open_letter(work, found.letter)
        return Settled((say("documents.from_there"),))
    words = work.words.in_language(found.letter.language)
    for at, part in enumerate(rest, 1):
        what = Post(
            text=words.say(part.utterance, **part.parameters),
            language=found.letter.language,
            author=Author.BOT,
            author_id=DocumentsBot.name,
            child_ids=child_ids,
            conversation_id=occasion.conversation_id,
            to=[speaker.addresses[0]],
            hold=at * APART,
        )
        post(work, occasion.thread, what)
    open_letter(work, found.letter)
    return Settled((first,), child_ids)


def _tell_from(work: Work, speaker: Speaker, found: KnownLetter, said: Say, child_ids: Sequence[str]) -> bool:
    """Say it from the number of the letter's own unit; whether it leaves whole."""
    notice = Notice(said.utterance, said.parameters, child_ids, author=DocumentsBot.name)
    told = tell(work, found.unit, speaker.guardians[0], notice, address=speaker.addresses[0])
    return told.message is not None and told.why_not is None


def say_letter(text: str) -> list[Say]:
    """A letter as texts of no more than five parts each, cut between its sentences."""
    if count_parts(text).parts <= MOST_PARTS:
        return [say("documents.letter", text=text)]
    pieces = list(_cut(text))
    return [say("documents.part", text=piece, number=number, of=len(pieces)) for number, piece in enumerate(pieces, 1)]


def _cut(text: str) -> list[str]:
    """Pieces that each have room for their number before them."""
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        end = _fits(rest)
        pieces.append(rest[:end].strip())
        rest = rest[end:].strip()
    return pieces


def _fits(text: str) -> int:
    """How many letters from the start go into one text, ended by a line, a sentence or a word where there is one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = count_parts(NUMBERING + text[:middle]).parts <= MOST_PARTS
        low, high = (middle, high) if fits else (low, middle - 1)
    if low == len(text):
        return low
    ends = (text.rfind(mark, low // 2, low) + len(mark) for mark in ("\n", ". ", " ") if mark in text[low // 2 : low])
    return next(ends, low)
