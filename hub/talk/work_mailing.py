"""What families write goes on to the work mail of those of the staff who wish it: who hold the seat that was written to, or
serve the child's group.

Each may read it at that moment, as on the page; how much the mail says is the owner's rule, and nothing of a protected child
or of what is sensitive. Outside the unit's hours it waits until they begin, unless a child may be in danger.
Source: security rules S3.1, S4.4 and S6.1.
"""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import first_id
from hub.desk import Look, Work
from hub.people.families import Child, Placement
from hub.people.naming import names_of
from hub.people.staff import Staff
from hub.post.audience import is_guarded
from hub.post.drafts import find_health_words
from hub.post.messages import Author, Message, Thread, ThreadKind, list_children_of
from hub.post.posting import find_sender, mail_staff
from hub.post.reading import Reader, get_message, get_reader
from hub.post.reading_hours import next_reading
from hub.post.work_mail import Says, Wish, WorkMail, WorkMailbox, WorkMailRound, find_rule, list_mailboxes_at
from hub.safety.access import NotThereError, placed
from hub.safety.audit import note
from hub.talk.planning import plan_answer

WHY = "work mail"
SETTLED = timedelta(seconds=3)
"""So long a message may take from its moment to its place in the store, where several writers are at work."""
AT_ONCE = 20
ALARMS = frozenset(
    {
        "should_be_here",
        "here_but_away",
        "fetching_forbidden",
        "trusted_forbidden",
        "fetched_while_away",
        "absence_disputed",
        "late_disputed",
        "pickup_disputed",
        "attendance_denied",
        "number_refused",
        "number_not_theirs",
        "fetching_today",
    }
)
"""Why a message may go to staff, or be theirs to check, that waits for no morning."""
FOR_A_PERSON = frozenset({"to_staff", "to_check", "not_answered"})

_FRESH = (
    Message.owner_id == WorkMailRound.owner_id,
    Message.id > WorkMailRound.up_to,
    Message.id < sa.bindparam("before"),
    Message.author == Author.GUARDIAN,
    ~Message.note,
)
_DUE = sa.select(WorkMailRound.owner_id).where(
    sa.exists().where(WorkMailbox.owner_id == WorkMailRound.owner_id, WorkMailbox.gone_at.is_(None)),
    sa.exists().where(*_FRESH),
)
_NEXT = (
    sa.select(Message, Thread)
    .join(Thread, Thread.id == Message.thread_id)
    .join(WorkMailRound, WorkMailRound.owner_id == sa.bindparam("owner"))
    .where(*_FRESH)
    .order_by(Message.id)
    .limit(AT_ONCE)
)


def list_due(look: Look) -> list[str]:
    """The ids of the owners whose families have written something that is still to be looked through."""
    return list(look.session.scalars(_DUE, {"before": first_id(look.now - SETTLED)}))


def mail_next(work: Work, owner_id: str, site: str) -> int:
    """Look through the next messages of an owner's families, and mail them to whoever wishes it; how many mails that was.

    `site` is the address of the staff's pages, which a mail leads to."""
    work.take_turns([owner_id])
    found = work.session.execute(_NEXT, {"owner": owner_id, "before": first_id(work.now - SETTLED)})
    said = [(message, thread) for message, thread in found]
    if not said:
        return 0
    work.session.get_one(WorkMailRound, owner_id).up_to = said[-1][0].id
    about = list_children_of(work, [message.id for message, _ in said])
    asker, count = work.asker, 0
    for mailbox, staff in list_mailboxes_at(work, owner_id, {thread.unit_id for _, thread in said}):
        work.asker = Asker("staff", staff.id, Trust.CLAIMED, WHY, owner_id)
        try:
            reader = get_reader(work, Trust.CLAIMED)
        except NotThereError:
            continue
        for message, thread in said:
            if _is_wished(mailbox, message) and _is_theirs(work, reader, thread, about[message.id]):
                count += _mail(work, site, reader, staff, message, thread, about[message.id])
    work.asker = asker
    return count


def _is_wished(mailbox: WorkMailbox, message: Message) -> bool:
    if message.id < first_id(mailbox.since):
        return False
    return mailbox.wish == Wish.ALL or any(step["code"] in FOR_A_PERSON for step in message.story or ())


_GROUPS = sa.select(Placement.group_id).where(
    Placement.child_id.in_(sa.bindparam("children", expanding=True)),
    Placement.unit_id == sa.bindparam("unit"),
    placed(sa.bindparam("day", type_=sa.Date)),
)


def _is_theirs(look: Look, reader: Reader, thread: Thread, child_ids: Sequence[str]) -> bool:
    """Whether it was written to a seat of theirs, or is about a child of a group that they serve."""
    if thread.unit_id not in reader.units:
        return False
    if thread.role_id in reader.reach.roles:
        return True
    asked = {"children": list(child_ids), "unit": thread.unit_id, "day": reader.days[thread.unit_id]}
    return not reader.reach.groups.isdisjoint(look.session.scalars(_GROUPS, asked))


def _mail(
    work: Work, site: str, reader: Reader, staff: Staff, message: Message, thread: Thread, child_ids: Sequence[str]
) -> int:
    """How many mails that was: none to who may not read it, or where no number of the unit writes."""
    number = find_sender(work, thread)
    try:
        get_message(work, reader, message.id)
        plan = plan_answer(work, reader, thread.id, child_ids)
    except NotThereError:
        return 0
    if number is None:
        return 0
    guarded = is_secret(work, thread, reader, child_ids)
    says = Says.NOTHING if guarded or is_sensitive(message) else find_rule(work, staff.owner_id)
    mail = WorkMail(
        id=work.new_id(),
        owner_id=staff.owner_id,
        staff_id=staff.id,
        message_id=message.id,
        thread_id=thread.id,
        readers=plan.key,
        says=says,
        may_answer=not guarded,
    )
    due = None if hurries(message) else next_reading(work, reader.units[thread.unit_id], work.now)
    text = _write(work, site, staff, message, thread, child_ids, says)
    mail_staff(work, message, number, staff, mail, text, due)
    note(work, "work_mail.send", [message.id, staff.id], says.name.lower())
    return 1


def hurries(message: Message) -> bool:
    """Whether it may be about where a child is now, or with whom: then no hours hold the mail back."""
    return any(step["code"] in ("to_staff", "to_check") and step["why"] in ALARMS for step in message.story or ())


def is_secret(look: Look, thread: Thread, reader: Reader, child_ids: Sequence[str]) -> bool:
    """Whether a protected child has anything to do with it. Source: security rule S4.4."""
    about = look.session.scalars(sa.select(Child.id).where(Child.id.in_(list(child_ids)), Child.protected))
    return bool(about.all()) or is_guarded(look, thread.guardian_ids, reader.days[thread.unit_id])


def is_sensitive(message: Message) -> bool:
    return message.sensitive or bool(find_health_words(message.text))


def _write(
    look: Look, site: str, staff: Staff, message: Message, thread: Thread, child_ids: Sequence[str], says: Says
) -> str:
    words = look.words.in_language(staff.language)
    there = words.say("work_mail.read_there", url=f"{site}/threads/{thread.id}")
    if says is Says.NOTHING:
        return f"{words.say('work_mail.something')}\n\n{there}"
    children = [child.called for child in _list_children(look, child_ids)]
    if says is Says.NAME:
        return f"{words.say('work_mail.about', children=children)}\n\n{there}"
    ids = [message.author_id] if message.author_id else thread.guardian_ids
    names = names_of(look, guardians=ids)
    who = [names[id_] for id_ in ids if id_ in names]
    if thread.kind == ThreadKind.PUPIL:
        who = [words.say("work_mail.pupil", name=name) for name in who]
    wrote = words.say("work_mail.wrote", guardians=who, children=children)
    return f"{wrote}\n\n{message.text}\n\n{there}"


def _list_children(look: Look, child_ids: Sequence[str]) -> list[Child]:
    return list(look.session.scalars(sa.select(Child).where(Child.id.in_(list(child_ids))).order_by(Child.first_name)))
