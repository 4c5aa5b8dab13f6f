"""What only applying for leave asks: which days, what they are for by number, and in the guardian's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.school.leave import LeaveReason
from hub.talk.answers import NOT_UNDERSTOOD, Days, NotUnderstood
from hub.talk.heard import About, Heard, Intent


@dataclass(frozen=True, slots=True)
class LeaveDays:
    """One or several days, none before `from_`; days away, told while these are asked for, are days of the leave."""

    from_: date

    def about(self) -> About:
        return About("which_days", day=self.from_, topic="leave")

    def options(self) -> Sequence[str]:
        return ()

    def read(self, heard: Heard) -> tuple[date, ...] | NotUnderstood:
        return Days(self.from_).read(heard)


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
