"""The shape of whoever answers what staff text, and what may be agreed with them beside a bot's own matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hub.desk import Look, Work
from hub.post.arrivals import Arrival
from hub.talk.bot import Occasion, Script, Settled
from hub.talk.conversations import Conversation
from hub.talk.dialogue import Say
from hub.talk.heard import Heard
from hub.talk.routing import Route
from hub.talk.staff_member import Member


@dataclass(frozen=True, slots=True)
class AsGuardian:
    """What was agreed: they write as the guardian that they also are, so their first words are heard as a guardian's."""


@dataclass(frozen=True, slots=True)
class UndoOlder:
    """What was agreed: whether an act that is not the newest is taken back."""

    conversation_id: str
    is_meant: bool


class StaffScript(Script, Protocol):
    """Whoever answers staff. It hears by itself: what staff text is short, and of few kinds."""

    def read(self, text: str) -> Heard | None:
        """An answer, a thank-you or an UNDO; None when it is none of these."""

    def gather(self, look: Look, member: Member, text: str) -> Any:
        """Everything the dialogue may need to know; None when nothing was understood."""

    def is_own_matter(self, facts: Any) -> bool:
        """Whether it is about nobody but the writer's own children."""

    def hear_stranger(self, work: Work, arrival: Arrival, route: Route) -> None:
        """Words from a phone that is nobody's here, of which somebody may have to know at once. Nothing is done for them."""

    def say_help(self, look: Look, member: Member, *, wanted: bool = False) -> Say:
        """What one can write; `wanted` where they asked, and where not, that nothing was understood."""

    def settle(self, work: Work, member: Member, outcome: Any, occasion: Occasion) -> Settled: ...

    def undo(self, work: Work, member: Member, memory: Mapping[str, Any], at: datetime) -> Settled | None:
        """Take back what was settled then, and name it; None when it cannot be taken back any more."""

    def doubt_undo(self, look: Look, member: Member, settled: Conversation) -> Any:
        """Facts for naming what an UNDO would take back, and asking; None when it cannot be taken back any more."""
