"""What only leave asks: which days, what they are for, in the guardian's own words, and which application is meant."""

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
    """One of the reasons, by its number or in words that tell it."""

    def about(self) -> About:
        return About("which_reason", options=tuple(self.options()))

    def options(self) -> Sequence[str]:
        return [f"leave_{reason}" for reason in LeaveReason]

    def read(self, heard: Heard) -> LeaveReason | NotUnderstood:
        told = {act.why for act in heard.acts if act.why} if not heard.options else set[str]()
        if len(told) == 1:
            return LeaveReason(told.pop())
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


@dataclass(frozen=True, slots=True)
class WhichLeave:
    """One or several of the applications, by their days: told by number, or by a day of theirs."""

    choices: tuple[tuple[date, ...], ...]

    def about(self) -> About:
        return About("which_days", day=self.choices[0][0], topic="leave", options=tuple(self.options()))

    def options(self) -> Sequence[str]:
        return [days[0].isoformat() for days in self.choices]

    def read(self, heard: Heard) -> tuple[tuple[date, ...], ...] | NotUnderstood:
        if heard.options:
            numbers = sorted(set(heard.options))
            return tuple(self.choices[at - 1] for at in numbers) if numbers[-1] <= len(self.choices) else NOT_UNDERSTOOD
        told = {day for act in heard.acts for day in act.days}
        return tuple(days for days in self.choices if told.intersection(days)) or NOT_UNDERSTOOD
