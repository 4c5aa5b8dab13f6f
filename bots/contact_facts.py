"""What the talk about an address is about, and what was answered to it."""

from dataclasses import dataclass
from enum import StrEnum

from hub.talk.answers import NOT_UNDERSTOOD, NotUnderstood
from hub.talk.heard import About, Heard
from hub.talk.listening import ONE_TIME_CODE


class Matter(StrEnum):
    """What the talk is about."""

    PHONE = "phone"
    CODE = "code"
    MAIL = "mail"
    HOME = "home"
    NO_NUMBER = "no_number"
    TOLD = "told"
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """`value` is the new phone, E.164; `why_not` a code for why it cannot become theirs; `change` the id of the change."""

    matter: Matter
    value: str = ""
    mail: str = ""
    why_not: str | None = None
    change: str = ""
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered about it: yes or no, or the figures of a code."""

    facts: ContactFacts
    agreed: bool = True
    figures: str = ""


@dataclass(frozen=True, slots=True)
class TheCode:
    """The code that was sent to the new number."""

    def about(self) -> About:
        return About(ONE_TIME_CODE)

    def options(self) -> list[str]:
        return []

    def read(self, heard: Heard) -> str | NotUnderstood:
        return heard.code or NOT_UNDERSTOOD
