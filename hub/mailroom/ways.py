"""What each letter that is due goes on to, as far as the store knows: who may know, what has begun, and who has no paper.

Asked at each step, since rights end, decisions are withdrawn and children become protected while a letter waits. A guardian of
a protected child gets no paper: where they live may be what nobody may learn. Source: security rules S3.4 and S4.4.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look, Work
from hub.mailroom.astray import send_anew
from hub.mailroom.sendings import LetterSending, SendingState, SendingWay, WhySending, find_tried_number
from hub.mailroom.service import LetterService
from hub.people.families import Guardian, Right
from hub.people.national_ids import open_national_id, parse_national_id
from hub.people.places import Owner, Unit
from hub.post.audience import has_protected_child, list_guardians_for
from hub.safety.audit import note
from hub.safety.starts import Function, find_begins
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import OPENED_WITHIN, LeaveLetter
from hub.seal import Seal
from hub.talk.prompting import GUARDED

AT_ONCE = 200
HAND_OVER_WITHIN = timedelta(days=2)
"""From when it was made; what could not be handed over by then goes on paper."""
ASKED_AGAIN_AFTER = timedelta(days=1)
"""So often it is asked whether what a person is to give may still be given."""
TOLD_AFTER = timedelta(seconds=30)
"""So long a letter waits anew for its guardian to be told of it by their own channel."""
_LYING = (SendingState.HANDED_OVER, SendingState.DELIVERED)
_POST_OF = {"AX": "FI"}
"""Countries without digital post of their own, and whose their people have: Åland's are in Finland's population register."""
_IS_DUE = LetterSending.due <= sa.bindparam("now", type_=Utc)
_DUE = sa.select(LetterSending.id).where(_IS_DUE).order_by(LetterSending.due, LetterSending.id).limit(AT_ONCE)


@dataclass(frozen=True, slots=True)
class ToAsk:
    """A letter for whose guardian the register of a country is asked now."""

    sending_id: str
    country: str
    national_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Due:
    """Which of the letters that were due need somebody outside. `in_doubt` are the ids of those of which nobody knows whether
    they were handed over."""

    to_ask: Sequence[ToAsk] = ()
    in_doubt: Sequence[str] = ()


def list_due(look: Look) -> list[str]:
    """The ids of those with which something is to be done now, AT_ONCE at most."""
    return list(look.session.scalars(_DUE, {"now": look.now}))


def sort_due(work: Work, sending_ids: Sequence[str], services: Collection[LetterService], seal: Seal) -> Due:
    """Settle what can be settled here of these letters. `services` are those that are used, one for a country.

    Those that somebody outside is needed for stay due.
    """
    countries = frozenset(service.country for service in services)
    silent = frozenset(service.name for service in services if not service.tells)
    to_ask: list[ToAsk] = []
    in_doubt: list[str] = []
    asked_for = sa.select(LetterSending).where(LetterSending.id.in_(sending_ids), _IS_DUE).order_by(LetterSending.id)
    for sending in work.session.scalars(asked_for.with_for_update(), {"now": work.now}).all():
        if sending.state == SendingState.WAITING:
            asked = _sort_waiting(work, sending, countries, seal)
            to_ask += [asked] if asked is not None else []
        elif sending.state == SendingState.TRIED and _is_somebody_elses(work, sending, seal):
            send_anew(work, sending)
        elif sending.state == SendingState.TRIED:
            in_doubt.append(sending.id)
        else:
            _look_after(work, sending, sending.service in silent)
    return Due(to_ask, in_doubt)


def _sort_waiting(work: Work, sending: LetterSending, countries: Collection[str], seal: Seal) -> ToAsk | None:
    letter = work.session.get_one(LeaveLetter, sending.letter_id)
    hindrance = find_hindrance(work, letter)
    if hindrance is not None:
        end_sending(work, sending, hindrance)
        return None
    owner = work.session.get_one(Owner, sending.owner_id)
    if not has_begun(work, letter):
        put_on_paper(work, sending, WhySending.NOT_BEGUN)
    elif (country := _POST_OF.get(owner.country, owner.country)) not in countries:
        _sort_without_service(work, sending, letter)
    elif (number := _find_number(work, sending, owner, seal)) is None:
        put_on_paper(work, sending, WhySending.NO_NATIONAL_ID)
    else:
        if sending.parcel_id is not None and find_tried_number(work, seal, sending) != number:
            send_anew(work, sending)
        return ToAsk(sending.id, country, number)
    return None


def _sort_without_service(work: Work, sending: LetterSending, letter: LeaveLetter) -> None:
    guardian = work.session.get_one(Guardian, sending.guardian_id)
    if guardian.reserved:
        put_on_paper(work, sending, WhySending.RESERVED)
    elif letter.told_at is not None and letter.why_not is None:
        sending.state, sending.way, sending.why = SendingState.PAGES, SendingWay.PAGES, WhySending.TOLD
        sending.due = None
    elif letter.told_at is not None or is_late(work, sending):
        put_on_paper(work, sending, WhySending.NOT_TOLD)
    else:
        sending.due = work.now + TOLD_AFTER


def _find_number(look: Look, sending: LetterSending, owner: Owner, seal: Seal) -> str | None:
    """The guardian's national id, where it is one of the owner's country: no other register is asked by it."""
    number = open_national_id(look, seal, sending.guardian_id)
    if number is None or parse_national_id(number, owner.country, look.now.date()) is None:
        return None
    return number


def _is_somebody_elses(look: Look, sending: LetterSending, seal: Seal) -> bool:
    """Whether it was tried with a number that was never its guardian's: the service may have kept it for whoever has that, and
    would send it there when it is handed in again by that name."""
    is_told = open_national_id(look, seal, sending.guardian_id) is not None
    return sending.parcel_id is not None and is_told and find_tried_number(look, seal, sending) is None


def _look_after(work: Work, sending: LetterSending, is_silent: bool) -> None:
    """One that was handed over and of which nothing was told for long, which lies unopened, or which a person is to give.

    Of a service that is silent no word is waited for: the letter lies there, and is unopened until it is opened here.
    """
    letter = work.session.get_one(LeaveLetter, sending.letter_id)
    sending.due = None
    if sending.state == SendingState.NOBODY:
        hindrance = find_hindrance(work, letter)
        if hindrance is not None:
            end_sending(work, sending, hindrance)
        else:
            sending.due = work.now + ASKED_AGAIN_AFTER
    elif sending.state == SendingState.HANDED_OVER and not is_silent:
        put_on_paper(work, sending, WhySending.NO_WORD)
    elif sending.state in _LYING:
        opened_by = (sending.delivered_at or sending.handed_over_at or work.now) + OPENED_WITHIN
        if work.now < opened_by:
            sending.due = opened_by
        elif letter.opened_at is None and not _is_told_again(letter):
            put_on_paper(work, sending, WhySending.UNOPENED)


def _is_told_again(letter: LeaveLetter) -> bool:
    """Whether the guardian is told once more by their own channel, as whoever could be told the first time is."""
    return letter.told_again_at is not None or (letter.told_at is not None and letter.why_not in (None, GUARDED))


def find_hindrance(look: Look, letter: LeaveLetter) -> WhySending | None:
    """Why a letter may go to nobody by now: the decision has ended, or its guardian may not know any more."""
    decision = look.session.get_one(LeaveDecision, letter.decision_id)
    if look.session.get_one(LeaveApplication, decision.application_id).state != LeaveState.DECIDED:
        return WhySending.ENDED
    return None if may_know(look, letter, decision) else WhySending.NO_RIGHT


def may_know(look: Look, letter: LeaveLetter, decision: LeaveDecision) -> bool:
    """Whether its guardian may know of it at this moment."""
    unit = look.session.get_one(Unit, decision.unit_id)
    entitled = list_guardians_for(look, letter.child_id, Right.INFORM, unit.today(look.now))
    return any(one.id == letter.guardian_id for one in entitled)


def give_up_telling(work: Work, letter: LeaveLetter) -> None:
    """Its guardian could not be told once more: what lies unopened in a mailbox or on the pages goes on paper."""
    lying = LetterSending.state.in_([*_LYING, SendingState.PAGES])
    asked = sa.select(LetterSending).where(LetterSending.letter_id == letter.id, lying)
    for sending in work.session.scalars(asked.with_for_update()).all():
        put_on_paper(work, sending, WhySending.UNOPENED)


def has_begun(look: Look, letter: LeaveLetter) -> bool:
    """Whether the unit tells its decisions electronically by now."""
    unit = look.session.get_one(Unit, look.session.get_one(LeaveDecision, letter.decision_id).unit_id)
    return find_begins(look, unit, Function.DECISIONS) is None


def is_late(look: Look, sending: LetterSending) -> bool:
    """Whether the time is over in which it was to be handed over; it begins anew where it went astray."""
    return look.now - (sending.astray_at or sending.made_at) >= HAND_OVER_WITHIN


def put_on_paper(work: Work, sending: LetterSending, why: str) -> None:
    """It goes with the next batch of paper; to nobody, where a protected child is in the family. Audited."""
    if has_protected_child(work, sending.guardian_id):
        give_to_nobody(work, sending, WhySending.PROTECTED)
        return
    sending.state, sending.way, sending.why, sending.due = SendingState.PAPER, SendingWay.PAPER, why, None
    note(work, "letters.paper", [sending.id, sending.letter_id], why)


def give_to_nobody(work: Work, sending: LetterSending, why: str) -> None:
    """Nobody can receive it: it stands on the list of what a person gives. Audited."""
    sending.state, sending.way, sending.why = SendingState.NOBODY, SendingWay.HAND, why
    sending.due = work.now + ASKED_AGAIN_AFTER
    note(work, "letters.nobody", [sending.id, sending.letter_id], why)


def end_sending(work: Work, sending: LetterSending, why: str) -> None:
    """It goes to nobody any more. Audited."""
    sending.state, sending.why, sending.due = SendingState.OVER, why, None
    note(work, "letters.over", [sending.id, sending.letter_id], why)
