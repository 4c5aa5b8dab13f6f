"""What waits for a family: each matter in a line, with buttons where one touch answers it, and else the way to it.

Home shows them; what is touched is answered here. Source: security rules S1.2 and S2.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from admin_web.family.visiting import HOME
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.desk import Look, Work
from hub.sign_in.app_addresses import keep_app_addresses
from hub.sign_in.family_sessions import FoundFamily, get_acting_session
from hub.talk.bot import Bot
from hub.talk.own_duties import OwnDuty, answer_by_touch, list_own_duties
from hub.talk.saying import render

pages = Pages()

ANSWER = f"{HOME}/duties/answer"
CONSENTS = "consent_campaign"
"""The bot whose matters have a page of their own."""


class AnswerAsked(Asked):
    """Which matter, by its bot, key and unit, and the number of the button."""

    bot: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    key: Annotated[str, Field(pattern=r"^[0-9a-z:.-]+( [0-9a-z:.-]+){0,20}$", max_length=600)]
    unit_id: PublicId
    answer: Literal["1", "2", "3", "4", "5"]


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One matter as home shows it. `said` is what it asks, `ways` where it is done, each with the child's name."""

    bot: str
    key: str
    unit_id: str
    line: str
    said: str
    choices: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]


def list_waiting_lines(look: Look, bots: Mapping[str, Bot], found: FoundFamily, language: str) -> list[WaitingLine]:
    """In the reader's language; a pupil's questions stand in their book alone."""
    if found.is_pupil:
        return []
    return [_line(look, own, language) for own in list_own_duties(look, bots, found.family, language)]


def _line(look: Look, own: OwnDuty, language: str) -> WaitingLine:
    duty = own.duty
    below = "/consents" if duty.bot == CONSENTS else "#write"
    return WaitingLine(
        duty.bot,
        duty.key,
        duty.unit.id,
        render(look, language, [duty.line]),
        render(look, language, [own.said]) if own.said is not None else "",
        own.choices,
        tuple((f"{HOME}/children/{child.id}{below}", child.name) for child in duty.children),
    )


def answer_here(
    work: Work, bots: Mapping[str, Bot], session_id: str, what: tuple[str, str, str], number: int, language: str
) -> None:
    """Raises: NotThereError, NotByMailError, NoLongerOpenError."""
    found = get_acting_session(work, session_id)
    keep_app_addresses(work, found, session_id)
    work.session.flush()
    answer_by_touch(work, bots, found.family, what, number, language)
