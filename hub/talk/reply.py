"""What is to be said back for one message."""

from dataclasses import dataclass, field
from typing import Any

from hub.talk.answers import Question
from hub.talk.bot import Settled
from hub.talk.dialogue import Say, say


@dataclass(slots=True)
class Reply:
    """What is to be said back, gathered while the acts are taken care of: what was done first, then what is asked back
    once, one question last."""

    says: list[Say] = field(default_factory=list)
    asks_back: list[Say] = field(default_factory=list)
    question: Say | None = None
    asked: Question[Any] | None = None
    undoable: bool = False
    child_ids: list[str] = field(default_factory=list)
    in_talk: bool = False
    conversation_id: str | None = None
    hand_over: str | None = None
    to_check: str | None = None
    tells_when: bool = False
    """Among what is said is from when somebody reads."""
    unnamed: Say | None = None
    """What is said to the family of a protected child instead of the question."""
    left_out: Say | None = None
    """That a file they sent did not come along."""

    @property
    def asks(self) -> bool:
        return self.question is not None

    def in_order(self) -> list[Say]:
        wrong = [say("reception.wrong")] if self.undoable else []
        last = [each for each in (self.left_out, self.question) if each is not None]
        return [*self.says, *self.asks_back, *wrong, *last]

    def take(self, settled: Settled) -> None:
        self.says.extend(settled.says)
        if settled.asks_back is not None and settled.asks_back not in self.asks_back:
            self.asks_back.append(settled.asks_back)
        self.child_ids.extend(settled.child_ids)
        self.in_talk = True
        self.undoable = self.undoable or settled.undo is not None
        self.hand_over = self.hand_over or settled.hand_over
        self.to_check = self.to_check or settled.to_check
