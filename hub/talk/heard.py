"""What a guardian said, what we took it to mean, and the shape of whoever listens.

Plain values, safe to pickle to another process and to keep as JSON beside the message.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Protocol

FRAGMENT_LETTERS = 30


class Intent(StrEnum):
    """What a guardian does with a message, or with a part of one."""

    ABSENCE = "absence"
    ABSENCE_CANCEL = "absence_cancel"
    LATE = "late"
    EARLY_PICKUP = "early_pickup"
    PICKUP_PERSON = "pickup_person"
    LEAVE_APPLICATION = "leave_application"
    CARE_TIME = "care_time"
    CONSENT = "consent"
    CONTACT_CHANGE = "contact_change"
    PLACE = "place"
    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    HELP = "help"
    STATUS = "status"
    UNDO = "undo"
    LANGUAGE = "language"
    REACH = "reach"
    ACK = "ack"
    NOTED = "noted"
    DOCUMENTS = "documents"
    PERSON = "person"
    MESSAGE = "message"


TELLS_DAYS = frozenset(
    {
        Intent.ABSENCE,
        Intent.ABSENCE_CANCEL,
        Intent.LATE,
        Intent.EARLY_PICKUP,
        Intent.PICKUP_PERSON,
        Intent.LEAVE_APPLICATION,
        Intent.NOTED,
    }
)
"""Whose acts are about days; those of a care time stand in its bookings, or are the weeks that another is to be like."""
TELLS_NO_CHILD = frozenset(
    {
        Intent.NO,
        Intent.STOP,
        Intent.START,
        Intent.HELP,
        Intent.LANGUAGE,
        Intent.REACH,
        Intent.ACK,
        Intent.CONTACT_CHANGE,
        Intent.STATUS,
        Intent.UNDO,
        Intent.PERSON,
        Intent.DOCUMENTS,
    }
)
"""Whose acts are about no child. A yes is about one only where it answers which."""
WITHDRAW = "withdraw"
"""What changes with leave that is wanted no longer."""
LASTING = "lasting"
"""What changes with whoever fetches: they may from now on, and not on a day alone."""
THEMSELVES = "themselves"
"""What is told of whoever fetches, where it is the one who writes."""
MISTAKEN = "mistaken"
"""Of a message: it says that the one before was sent by mistake, and no more."""
OF_CONSENTS = "of_consents"
"""Of what is noted: the consents that the one who asks has given, and not the coming days."""
IN_DOUBT = "in_doubt"
"""Of the end of an absence: the words only suggest it, so it is asked about."""


class AtDoor(StrEnum):
    """What the hub told of a child at the door: what a guardian's words may say is not so. In an emergency nothing was, and
    words may say that a child is missing."""

    CAME = "came"
    NOT_COME = "not_come"
    LEFT = "left"
    NOT_LEFT = "not_left"
    IN_EMERGENCY = "in_emergency"


@dataclass(frozen=True, slots=True)
class ToldOf:
    """What was told last of where a child is. `what` is None where it has moved on since, so that only a no can deny it.

    `is_newest`: in the newest such text, which is meant where no child is named. `takes_no`: nothing asked or told since is
    what words that begin with a no would be to.
    """

    what: AtDoor | None
    is_newest: bool = True
    takes_no: bool = True


@dataclass(frozen=True, slots=True)
class KnownChild:
    """One child whom the message may be about. `key` is opaque to the listener and comes back in the acts.

    `groups` are what its classes and groups are called; `lately` tells that it alone was spoken of a moment ago; `told` is
    what its guardian was told of it at the door, while that may be denied.
    """

    key: str
    name: str
    nicknames: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    lately: bool = False
    told: ToldOf | None = None


WHO_FETCHES = "who_fetches"
"""What is asked where somebody fetches and it is not told who."""
FETCHED = "fetched"
"""The topic of an absence check that asks when a child who is still here is fetched."""


@dataclass(frozen=True, slots=True)
class About:
    """The question that the hub has asked this guardian and still waits for.

    `about` is "absence_check", "which_child", "which_days", "which_reason", "which_choice",
    "own_words" (whatever is written, and sensitive), "consent", "care_time", "who_fetches" or "confirm"; "code" and
    "duties" are the hub's own.
    `options` are the numbered choices as they were shown, first to last; `within` is what an answer to each is about.
    """

    about: str
    child: str | None = None
    day: date | None = None
    topic: str | None = None
    week: str | None = None
    options: tuple[str, ...] = ()
    within: "tuple[About | None, ...]" = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The words as they came. `received_at` is aware and in the unit's own zone, so that "today" is the unit's today."""

    text: str
    received_at: datetime
    language_hint: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """Care wished for one day: from, to, or off."""

    day: date
    start: time | None = None
    end: time | None = None
    off: bool = False


REST = "rest"
"""In place of a topic: all else that was asked ("yes, but no swimming"). It means nothing where nothing was."""


@dataclass(frozen=True, slots=True)
class ConsentWord:
    """One topic that the guardian says yes or no to, or the REST."""

    topic: str
    granted: bool


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the guardian does with the message.

    `children` holds keys of the known children, in their order; empty means open: ask.
    `days` is ascending, each day of a range written out; empty means the words name no day that can be relied on.
    `unknown_name` is a name that was said and fits none of the children: such an act is never taken for the only child's.
    `ill` tells sickness from other absence, None when the words do not tell.
    `same_as`: care times are wished as in the week of that Monday, for the weeks whose Mondays are `days`, or for the
    next one when there are none; `bookings` tell days that differ. `person` is who fetches, None where that is left open.
    `code` are the figures that name a letter. `change` tells what of an address changes, or how somebody wishes to be
    reached: "reserve", "only_urgent", "only_mail", "as_usual"; of whoever fetches it is LASTING where they may from now on,
    and THEMSELVES where it is the one who writes, of leave WITHDRAW where it is wanted no longer, of an end IN_DOUBT, of a
    message MISTAKEN, or WITHDRAW where it takes back what was spoken of just before. `matter` is the id of the one thing
    that is meant, which only a form on our own pages can tell. `why` is what leave is wanted for, as one of the reasons
    that may be chosen.
    """

    intent: Intent
    children: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    start: time | None = None
    end: time | None = None
    bookings: tuple[Booking, ...] = ()
    consents: tuple[ConsentWord, ...] = ()
    person: str | None = None
    phone: str | None = None
    email: str | None = None
    change: str | None = None
    language: str | None = None
    ill: bool | None = None
    unknown_name: str | None = None
    same_as: date | None = None
    code: str = ""
    matter: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Which words led to what: `words` as written, `led_to` such as "child: Kari" or "intent: absence"."""

    words: str
    led_to: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What we took the words to mean. `language` is what the text is: nb, nn, sv, fi, en, da, or another code, or "und".

    `options` are the 1-based choices that a bare answer such as "2" or "1 og 3" picks of the question asked.
    `code` are the figures of a one-time code, where one was asked for; `answer` is what was said behind the number of what it
    answers. `to_bot` is whose question it answers where that is not the newest. `acts` is never empty. `denies` are the
    children of whom the words say that what was told of them at the door is not so, where they are more than a bare no.
    `if_away` are ends of absences that count only where one stands, told beside the acts: "Ada is well, only Bo is at home".
    """

    language: str
    sensitive: bool
    acts: tuple[Act, ...]
    reasons: tuple[Reason, ...] = ()
    options: tuple[int, ...] = ()
    listener: str = field(default="")
    code: str = ""
    answer: "Heard | None" = None
    to_bot: str = ""
    denies: tuple[str, ...] = ()
    if_away: tuple[Act, ...] = ()

    @property
    def children(self) -> frozenset[str]:
        """Everyone whom it names."""
        return frozenset(key for act in self.acts for key in act.children)

    def about(self, children: Collection[str]) -> "Heard | None":
        """The acts about these children and nobody else; None when there is none."""
        kept = [replace(act, children=tuple(key for key in act.children if key in children)) for act in self.acts]
        acts = tuple(act for act in kept if act.children)
        return replace(self, acts=acts) if acts else None


def is_no(heard: Heard) -> bool:
    """Nothing but a no."""
    return [act.intent for act in heard.acts] == [Intent.NO] and not heard.options


def is_fragment(heard: Heard, text: str) -> bool:
    """A few words that are no act by themselves and ask nothing: "no, Otso", "until Friday"."""
    only = len(heard.acts) == 1 and heard.acts[0].intent is Intent.MESSAGE
    return only and len(text) <= FRAGMENT_LETTERS and "?" not in text


class ListenerAwayError(Exception):
    """The listener's process is away or too slow; the message goes to staff."""


class Listener(Protocol):
    """Whoever turns words into meaning, in a process of its own. It reads nothing but what it is handed."""

    async def start(self) -> None:
        """Return when the first message can be heard."""

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        """Raises: ListenerAwayError."""

    async def stop(self) -> None: ...
