"""One of the staff answers a family from their own mail program: it goes out exactly as if it had been typed on the page.

Their rights are asked at that moment, and whatever the page would have warned of is kept as a note that staff alone read, and
told back by mail. Source: security rules S1.8, S3.4, S5.1, S5.2, S6.1 and S6.2.
"""

from dataclasses import dataclass

from hub.address import MAIL
from hub.asker import Asker, Trust
from hub.desk import Refusal, Work
from hub.doorbell import LIVE
from hub.people.numbers import VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.answer_caps import may_answer
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.messages import Author, Message, Step, Thread, keep_message, list_children_of
from hub.post.posting import NobodyToReachError, NoNumberError, mail_staff
from hub.post.reading import Reader, get_reader
from hub.post.work_mail import Says, WorkMail, find_addressee
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.talk.notes import LONGEST, NothingWrittenError, ReadersChangedError, TooLongError, keep_note
from hub.talk.planning import Plan, plan_answer
from hub.talk.routing import Route
from hub.talk.staff_member import get_staff_thread
from hub.talk.strangers import quarantine
from hub.talk.writing import Draft, LookAgainError, answer_by_mail

WHY = "answers by mail"
PICTURE = "image/"
_REASONS: dict[type[Refusal], str] = {
    LookAgainError: "look_again",
    TooLongError: "too_long",
    ReadersChangedError: "readers_changed",
    NothingWrittenError: "nothing_written",
    NobodyToReachError: "nobody_to_reach",
    NoNumberError: "nobody_to_reach",
    NotThereError: "no_right",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """A mail that came back, what it answers, and from whom."""

    arrival: Arrival
    mail: WorkMail
    staff: Staff
    number: VirtualNumber


def answer_work_mail(work: Work, arrival: Arrival, route: Route) -> bool:
    """False when it answers no mail to staff. Whoever does not work here any more is told nothing."""
    mail = work.session.get(WorkMail, arrival.answers) if arrival.answers else None
    if mail is None:
        return False
    staff = find_addressee(work, mail)
    if staff is None or staff.login.lower() != arrival.sender or mail.owner_id != route.unit.owner_id:
        quarantine(work, arrival, route)
        return True
    thread = work.session.get_one(Thread, mail.thread_id)
    work.asker = Asker("staff", staff.id, Trust.CLAIMED, WHY, staff.owner_id)
    work.touch([arrival.sender, staff.id, *thread.guardian_ids])
    _try(work, _Answer(arrival, mail, staff, route.number), thread)
    return True


def _try(work: Work, answer: _Answer, thread: Thread) -> None:
    child_ids = list_children_of(work, [answer.mail.message_id])[answer.mail.message_id]
    try:
        reader = get_reader(work, Trust.CLAIMED)
        plan = plan_answer(work, reader, thread.id, child_ids)
    except NotThereError:
        _file(work, answer.arrival, None)
        _tell_back(work, answer, thread, "no_right")
        return
    draft = Draft(text=answer.arrival.text, readers=answer.mail.readers, tone_meant=True)
    try:
        message = _send(work, answer, plan, reader, draft)
    except Refusal as refusal:
        why = _REASONS[type(refusal)]
        _file(work, answer.arrival, _hold(work, answer, plan, why))
        _tell_back(work, answer, thread, why)
        return
    _file(work, answer.arrival, message)
    if any(not content_type.startswith(PICTURE) for _, content_type in answer.arrival.media or ()):
        _tell_back(work, answer, thread, "without_files")


def _send(work: Work, answer: _Answer, plan: Plan, reader: Reader, draft: Draft) -> Message:
    """Raises: Refusal. What is not to be told on an open channel is not answered by mail either."""
    if not answer.mail.may_answer or any(child.protected for child in plan.children):
        raise LookAgainError((), ())
    return answer_by_mail(work, plan, reader, draft, answer.arrival.id)


def _hold(work: Work, answer: _Answer, plan: Plan, why: str) -> Message | None:
    """The words as a note in the thread, so that they are not lost; None where there are none, or too many."""
    text = answer.arrival.text.strip()
    if not text or len(text) > LONGEST:
        return None
    return keep_note(work, plan, text, [Step("mail_held", {"why": why, "arrival": answer.arrival.id})])


def _file(work: Work, arrival: Arrival, message: Message | None) -> None:
    arrival.state, arrival.reason, arrival.lease_until = ArrivalState.FILED, None, None
    arrival.message_id = None if message is None else message.id
    work.ring(LIVE, arrival.id)


def _tell_back(work: Work, answer: _Answer, thread: Thread, why: str) -> None:
    """By mail, in the same conversation, where another answer counts again; not to a mail program that answers by itself."""
    staff = answer.staff
    note(work, "work_mail.held", [answer.mail.message_id, staff.id], why)
    if not may_answer(work, answer.arrival.sender, in_talk=False):
        return
    text = work.words.in_language(staff.language).say("work_mail.told_back", why=why)
    told = get_staff_thread(work, work.session.get_one(Unit, thread.unit_id), staff)
    message = Message(
        id=work.new_id(),
        owner_id=told.owner_id,
        thread_id=told.id,
        at=work.now,
        author=Author.SYSTEM,
        author_id=None,
        channel=MAIL,
        text=text,
        language=staff.language,
        number_id=answer.number.id,
    )
    keep_message(work, told, message, ())
    mail = WorkMail(
        id=work.new_id(),
        owner_id=staff.owner_id,
        staff_id=staff.id,
        message_id=answer.mail.message_id,
        thread_id=thread.id,
        readers=answer.mail.readers,
        says=Says.NOTHING,
        may_answer=answer.mail.may_answer and why != "no_right",
    )
    work.session.flush()
    mail_staff(work, message, answer.number, staff, mail, text)
