"""A letter as it is handed to a service, and that it is about to be, which is kept before anything leaves.

What is shown before anybody signs in names the sender and nothing else; not even that, where a protected child is in the
family. Source: security rules S4.4, S6.1 and S9.3.
"""

from dataclasses import dataclass
from datetime import timedelta

from hub.desk import Look, Work
from hub.mailroom.sendings import LetterSending, SendingState, WhySending, find_tried_number, parcel_of
from hub.mailroom.service import Parcel, Reach, Way
from hub.mailroom.ways import ToAsk, find_hindrance, give_to_nobody, has_begun
from hub.people.national_ids import NationalId, open_national_id
from hub.people.places import Owner, Unit
from hub.post.audience import has_protected_child
from hub.post.letter_looks import list_sender
from hub.safety.access import NotThereError
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import get_paper
from hub.seal import Seal

FILE_NAME = "brev.pdf"
LEASE = timedelta(minutes=5)
"""After so long without a word an attempt's fate is looked up, as after a crash."""


def begin_attempt(work: Work, asked: ToAsk, reach: Reach, service: str, seal: Seal) -> Parcel | None:
    """Keep that it is about to be handed to a service, and answer what is handed over.

    None where that is not to be done any more: somebody else has it in hand, or what was asked holds no longer, and then it is
    due still.
    """
    sending = work.session.get(LetterSending, asked.sending_id, with_for_update=True)
    if sending is None or sending.state != SendingState.WAITING or sending.due is None:
        return None
    letter = work.session.get_one(LeaveLetter, sending.letter_id)
    is_same = open_national_id(work, seal, sending.guardian_id) == asked.national_id
    if not is_same or find_hindrance(work, letter) is not None or not has_begun(work, letter):
        return None
    if sending.parcel_id is not None and find_tried_number(work, seal, sending) != asked.national_id:
        return None
    if sending.parcel_id is None:
        sending.parcel_id = parcel_of(seal, letter.id, asked.national_id)
        sending.number_id = work.session.get_one(NationalId, sending.guardian_id).number_id
    sending.state, sending.service = SendingState.TRIED, service
    sending.way, sending.why, sending.tried_way = reach.way, reach.why, reach.way
    sending.asked_at, sending.attempted_at = work.now, sending.attempted_at or work.now
    sending.tries += 1
    sending.due = work.now + LEASE
    parcel = _write(work, sending, letter, asked.national_id)
    if parcel is None:
        give_to_nobody(work, sending, WhySending.BROKEN)
    return parcel


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A letter of which nobody knows whether it was handed over, and the service that it was handed to. `parcel` is None where
    the number that it was tried by or its PDF is gone."""

    service: str
    parcel: Parcel | None


def find_in_doubt(look: Look, sending_id: str, seal: Seal) -> InDoubt | None:
    """None where that is settled by now."""
    sending = look.session.get(LetterSending, sending_id)
    if sending is None or sending.state != SendingState.TRIED or sending.service is None:
        return None
    number = find_tried_number(look, seal, sending)
    letter = look.session.get_one(LeaveLetter, sending.letter_id)
    return InDoubt(sending.service, _write(look, sending, letter, number) if number is not None else None)


def _write(look: Look, sending: LetterSending, letter: LeaveLetter, national_id: str) -> Parcel | None:
    """None where its PDF is not as it was made."""
    try:
        pdf = get_paper(look, letter.id)
    except NotThereError:
        return None
    assert sending.parcel_id is not None
    owner = look.session.get_one(Owner, sending.owner_id)
    unit = look.session.get_one(Unit, look.session.get_one(LeaveDecision, letter.decision_id).unit_id)
    sender = list_sender(look, owner)[0]
    shown = "" if has_protected_child(look, sending.guardian_id) else sender
    words = look.words.in_language(letter.language)
    return Parcel(
        id=sending.parcel_id,
        way=Way(sending.tried_way or Way.MAILBOX),
        national_id=national_id,
        title=words.say("mailroom.title", sender=shown),
        body=words.say("mailroom.body"),
        notice=words.say("mailroom.notice", sender=shown),
        sender=sender,
        language=letter.language,
        day=unit.today(letter.made_at),
        file_name=FILE_NAME,
        pdf=pdf,
        attempted_at=sending.attempted_at,
    )
