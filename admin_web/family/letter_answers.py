"""What a guardian answers to a letter of theirs: to use the granted days or give them up, to accept a refusal or not.

To give days up is the same withdrawal as on the page about leave, told to the others as that is. Source: security rule S1.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from admin_web.family.leave import withdraw_here
from admin_web.family.visiting import HOME, FamilyVisit
from hub.desk import Look, Work
from hub.safety.access import NotThereError
from hub.school.leave_answers import AnswerRoad, LetterAnswer, code_of, keep_answer, list_answers
from hub.school.leave_decisions import Outcome
from hub.school.letter_codes import KnownLetter
from hub.sign_in.family_sessions import get_acting_session, get_family_session
from hub.talk.bot import Bot
from hub.words import Words


@dataclass(frozen=True, slots=True)
class AnswerBox:
    """What may be answered to a letter, and what was. `said` is the answer as a sentence, `until` the day before which
    it can be changed, `again` the way to apply anew where the days were given up; each empty or None where there is none."""

    refused: bool
    choices: tuple[LetterAnswer, ...]
    days: tuple[date, ...]
    today: date
    said: str
    until: date | None
    not_yours: bool
    not_accepted: bool
    again: str


def gather_answers(look: Look, session_id: str, known: KnownLetter) -> tuple[LetterAnswer, ...]:
    """What this session may answer to a letter of its own. Raises: NotThereError."""
    found = get_family_session(look, session_id)
    return list_answers(look, found.family, known) if not found.by_mail else ()


def answer_here(
    work: Work, bots: Mapping[str, Bot], session_id: str, known: KnownLetter, answer: LetterAnswer, words: Words
) -> None:
    """To a letter of its own, as it is in the child's turn. Raises: NotThereError, NotByMailError, LeaveOverError,
    FormChangedError."""
    found = get_acting_session(work, session_id)
    if answer == known.letter.answer:
        return
    if answer not in list_answers(work, found.family, known):
        raise NotThereError
    if known.outcome is not Outcome.REFUSED and answer is LetterAnswer.DECLINED:
        withdraw_here(work, bots, session_id, known.child.id, known.application.id, words)
    keep_answer(work, known, answer, AnswerRoad.CODE if found.proof_id is None else AnswerRoad.EID)


def lay_out_answer(visit: FamilyVisit, known: KnownLetter, choices: tuple[LetterAnswer, ...]) -> AnswerBox | None:
    """None where there is nothing to answer and nothing was."""
    letter, unit = known.letter, known.unit
    if not choices and letter.answer is None:
        return None
    today = unit.today(visit.house.parts.clock.now())
    refused = known.outcome is Outcome.REFUSED
    days = known.application.days_granted
    code = code_of(known.outcome, letter.answer) if letter.answer is not None else ""
    return AnswerBox(
        refused=refused,
        choices=choices,
        days=days,
        today=today,
        said=_say(visit, known, code, letter.answered_at, today),
        until=days[0] if choices and code and days else None,
        not_yours=known.holds
        and not refused
        and bool(days)
        and LetterAnswer.DECLINED not in choices
        and days[0] > today,
        not_accepted=code == "not_accepted",
        again=f"{HOME}/children/{known.child.id}/leave" if code == "given_up" else "",
    )


def _say(visit: FamilyVisit, known: KnownLetter, code: str, at: datetime | None, today: date) -> str:
    if at is None:
        return ""
    local = known.unit.local(at)
    moment = visit.say("threads.moment", at=local, day=local.date(), today=today)
    return visit.say("letter_answer.answered", code=code, at=moment)
