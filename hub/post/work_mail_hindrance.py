"""What stands in the way of a mail to staff that is due: asked at that moment, as for whatever goes to a family.

Somebody who left, wants no mail any more, has another address by now or may not read the message; or an owner who lets such
a mail say less than when it was written. Source: security rules S3.4 and S4.4.
"""

from collections.abc import Sequence

from hub.address import MAIL
from hub.asker import Asker, Trust
from hub.desk import Look
from hub.people.staff import Staff
from hub.post.deliveries import Delivery
from hub.post.reading import Reader, get_message, get_reader
from hub.post.work_mail import WorkMail, find_rule, list_mailboxes, list_mails
from hub.safety.access import NotThereError

WHY = "work mail"


def find_hindrances_of_work_mail(look: Look, others: Sequence[Delivery]) -> dict[str, str]:
    """Those of the deliveries to no guardian that are such mails and may not go, each with a code."""
    mails = list_mails(look, [delivery.id for delivery in others if delivery.kind == MAIL])
    if not mails:
        return {}
    owners = {mail.owner_id for mail, _ in mails.values()}
    wishing = {staff.id for owner_id in owners for _, staff in list_mailboxes(look, owner_id)}
    readers = {staff.id: _find_reader(look, staff) for _, staff in mails.values() if staff.id in wishing}
    out: dict[str, str] = {}
    for delivery in others:
        if delivery.id in mails:
            mail, staff = mails[delivery.id]
            why = _find_hindrance(look, delivery, mail, staff, readers.get(staff.id))
            out |= {delivery.id: why} if why else {}
    return out


def _find_hindrance(look: Look, delivery: Delivery, mail: WorkMail, staff: Staff, reader: Reader | None) -> str:
    """What tells somebody that their answer did not go says nothing of a family: it needs no more than that they work here."""
    if staff.has_left(look.now) or delivery.recipient != staff.login.lower():
        return "address_over"
    if delivery.message_id != mail.message_id:
        return ""
    if reader is None:
        return "no_right"
    if mail.says > find_rule(look, mail.owner_id):
        return "discretion"
    try:
        get_message(look, reader, mail.message_id)
    except NotThereError:
        return "no_right"
    return ""


def _find_reader(look: Look, staff: Staff) -> Reader | None:
    """None for whoever serves nothing now."""
    before = look.asker
    look.asker = Asker("staff", staff.id, Trust.CLAIMED, WHY, staff.owner_id)
    try:
        return get_reader(look, Trust.CLAIMED)
    except NotThereError:
        return None
    finally:
        look.asker = before
