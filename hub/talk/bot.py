"""The shape of a bot: it gathers facts, holds a dialogue, and settles what was agreed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from hub.asker import Asker
from hub.desk import Desk, Look, Work
from hub.post.messages import Thread
from hub.talk.dialogue import Dialogue, Say
from hub.talk.heard import Act, AtDoor, Heard, Intent
from hub.talk.speaker import Speaker

DUE_AT_ONCE = 50
"""So many ids that are due are asked in one work, of a bot that does not say otherwise."""


class Later:
    """What is done once all that one message holds is settled: each deed once, with all that was put off for it."""

    def __init__(self) -> None:
        self._put: dict[Callable[[Work, list[Any]], None], list[Any]] = {}

    def put(self, deed: Callable[[Work, list[Any]], None], what: Any) -> None:
        self._put.setdefault(deed, []).append(what)

    def do(self, work: Work) -> None:
        put, self._put = self._put, {}
        for deed, all_of_it in put.items():
            deed(work, all_of_it)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a settling rests on: the message that said it, and its thread. What is put off to `later` is done when all of the
    message is settled. `own_words` are those of a form, which stand in no message; None where it was said in messages."""

    message_id: str
    thread: Thread
    conversation_id: str
    later: Later = field(default_factory=Later)
    own_words: str | None = None


@dataclass(frozen=True, slots=True)
class Further:
    """Facts for another talk, and how long it waits for an answer; a talk's usual time where that is None.

    It is the same bot's unless `bot` names another. `answer` is what has been answered to its first question already.
    """

    facts: Any
    lasts: timedelta | None = None
    bot: str | None = None
    answer: Heard | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What is said when it is done, which children it was about, and what an undoing needs (JSON values).

    `told_again` where nothing of it is new: an UNDO takes back what was told before, unless the same text changed anything.

    `further` is asked in the same reply; with a time of its own it waits as what the hub asked by itself does. What is in
    `then` has its turn after it. `told` hears a yes or no to what is said, should one come; nobody must answer. `asks_back`
    invites to it, behind everything else that was done. `to_check`: what staff have to look at, though nobody has to answer.
    What they write next may be to `listens`, though nothing is asked.
    """

    says: tuple[Say, ...]
    child_ids: tuple[str, ...] = ()
    undo: Mapping[str, Any] | None = None
    hand_over: str | None = None
    to_check: str | None = None
    further: Further | None = None
    then: tuple[Further, ...] = ()
    told: Further | None = None
    listens: Further | None = None
    asks_back: Say | None = None
    told_again: bool = False


class Script(Protocol):
    """A dialogue and what it takes up. `facts` are frozen dataclasses that pydantic can write as JSON and read back.

    `answered_by` are acts that answer it while it asks, though at other times another bot takes care of them.
    """

    name: str
    intents: frozenset[Intent]
    answered_by: frozenset[Intent]
    facts: type[Any]

    def dialogue(self, facts: Any) -> Dialogue[Any]: ...


class Bot(Script, Protocol):
    """Takes care of some intents.

    Messages of several families are answered in one round: a bot asks the store for nothing that it has just added.
    """

    def gather(self, look: Look, speaker: Speaker, act: Act) -> Any:
        """Everything the dialogue may need to know; None when it cannot begin, and staff should read it."""

    def may_go_on(self, look: Look, speaker: Speaker, facts: Any) -> bool:
        """Whether the speaker still has, for every child the facts name, the right that they began with."""

    def settle(self, work: Work, speaker: Speaker, outcome: Any, occasion: Occasion) -> Settled: ...

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """Take back what was settled; None when it cannot be taken back any more."""

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> Any:
        """Facts for asking whether a few words, said soon after something was settled, are to change it; None when
        they cannot. `memory` is what an undoing of it needs; `act` holds the children and days in the words."""


@runtime_checkable
class Prompter(Protocol):
    """A bot that also speaks first. It is woken every few seconds, on no account too often, and may be woken twice."""

    name: str

    def list_due(self, look: Look) -> Sequence[str]:
        """What there is to ask or tell now, as ids of the bot's own; empty most of the time, and quick."""

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        """Ask and tell these, each only if it still is due."""


@runtime_checkable
class RoundPrompter(Prompter, Protocol):
    """One that asks many families. `due_at_once` of its ids make one work, which lasts half a second at most: whatever else
    is to be written waits so long on SQLite.

    Where it `prompts_in_round`, it asks the store for nothing that it has itself added, unless it flushes, and goes on from
    one family to the next.
    """

    prompts_in_round: bool
    due_at_once: int


@runtime_checkable
class HurriedPrompter(RoundPrompter, Protocol):
    """One that also has what cannot wait for the next waking: it is asked for that as soon as its bell rings, the topic
    `hurried_by`."""

    hurried_by: str

    def list_hurried(self, look: Look) -> Sequence[str]:
        """What of `list_due` cannot wait."""


@runtime_checkable
class Punctual(Protocol):
    """One that hurries, and knows when the next of that is due: it is woken at that moment, too."""

    def find_next(self, look: Look) -> datetime | None:
        """Later than now; None where nothing is known to be due."""


def share_out(bot: Prompter, due: Sequence[str]) -> Iterator[Sequence[str]]:
    """What is due in parts, each for one work: between two of them others have their turn."""
    size = bot.due_at_once if isinstance(bot, RoundPrompter) else DUE_AT_ONCE
    for start in range(0, len(due), size):
        yield due[start : start + size]


async def prompt_some(desk: Desk, asker: Asker, bot: Prompter, due: Sequence[str]) -> None:
    """Let a bot ask and tell what is due, in one work. Raises: as the desk does."""
    if isinstance(bot, RoundPrompter) and bot.prompts_in_round:
        await desk.work_in_round(asker, bot.prompt_due, due)
    else:
        await desk.work(asker, bot.prompt_due, due)


@runtime_checkable
class OnPage(Protocol):
    """A bot whose question is put in other words where its answers are buttons."""

    def say_on_page(self, facts: Any) -> Say: ...


@runtime_checkable
class Unnamed(Protocol):
    """A bot that families of protected children must be able to answer, too: to them it says on a channel what names nobody
    and no place, and other words stand in the book. Source: security rule S4.4."""

    name: str

    def say_unnamed(self, facts: Any) -> Say:
        """What is asked instead, or what an answer is met with."""


@runtime_checkable
class Refreshing(Protocol):
    """A bot whose question may have got its answer elsewhere while it waited its turn."""

    name: str

    def refresh(self, look: Look, speaker: Speaker, facts: Any) -> Any:
        """The facts without what is done; None when nothing is left to ask."""


@runtime_checkable
class Outdated(Protocol):
    """A bot whose question may have got its answer from somebody else: it is put no more, and what they still say to it
    counts."""

    name: str
    facts: type[Any]

    def is_answered(self, look: Look, speaker: Speaker, facts: Any) -> bool:
        """Whether nobody has to answer any more."""


@runtime_checkable
class Locating(Protocol):
    """A bot that tells where children are: whoever was told may deny it in more words than a no, for some of the children
    alone. Its dialogue ends with the first yes or no."""

    name: str

    def told_of(self, look: Look, facts: Any) -> Mapping[str, AtDoor | None]:
        """What these facts tell, by the child's id; None of one who has moved on since."""


@runtime_checkable
class EndsWhatStands(Protocol):
    """A bot whose matter may end by words that tell of something else: where nothing stands, they are no act."""

    name: str

    def gather_end(self, look: Look, speaker: Speaker, act: Act) -> Any:
        """The facts of the end; None where nothing stands that it would end."""


@runtime_checkable
class Leaving(Protocol):
    """A bot that says what holds when its question is left unanswered, on the guardian's own word."""

    name: str

    def leave(self, facts: Any) -> Say | None:
        """None where there is no more to say than that it is left."""


@runtime_checkable
class SaidOnce(Protocol):
    """A bot whose question stands on the phone for long: words that are no answer to it are met with it once more at most, and
    are a matter of their own after that."""

    name: str

    def may_repeat(self, look: Look, facts: Any) -> bool:
        """Whether what it asks is still to be said again."""
