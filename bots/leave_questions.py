"""What only applying for leave asks: what the days are for, by number, and in the guardian's own words."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.school.leave import LeaveReason
from hub.talk.answers import NOT_UNDERSTOOD, NotUnderstood
from hub.talk.heard import About, Heard, Intent


@dataclass(frozen=True, slots=True)
class WhichReason:
    """One of the reasons, by its number."""

    def about(self) -> About:
        return About("which_reason", options=tuple(self.options()))

    def options(self) -> Sequence[str]:
        return [f"leave_{reason}" for reason in LeaveReason]

    def read(self, heard: Heard) -> LeaveReason | NotUnderstood:
        chosen = [list(LeaveReason)[number - 1] for number in heard.options if number <= len(LeaveReason)]
        return chosen[0] if len(chosen) == 1 == len(heard.options) else NOT_UNDERSTOOD


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Whatever is written. The words themselves stay in their message; a bare yes or number is none."""

    def about(self) -> About:
        return About("own_words")

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> bool | NotUnderstood:
        said = any(act.intent is Intent.MESSAGE for act in heard.acts)
        return True if said and not heard.options else NOT_UNDERSTOOD
