"""A member of staff registers the phone they text from: a code goes there, and its figures, typed on the page, prove it."""

from hub.address import mask, parse_phone
from hub.asker import Trust
from hub.desk import Work
from hub.people.numbers import VirtualNumber
from hub.people.places import Owner, Unit
from hub.people.staff import Staff
from hub.post.messages import Author
from hub.post.posting import NoNumberError, Post, post_beside
from hub.safety.access import get_reach, list_units
from hub.safety.address_changes import Code
from hub.safety.staff_phones import (
    NotAPhoneError,
    StaffPhone,
    begin_phone,
    end_phone,
    get_phone,
    list_phones,
    try_phone_code,
)
from hub.talk.seats import find_seat
from hub.talk.staff_member import get_staff_thread


def register_phone(work: Work, number: str, code: Code) -> StaffPhone:
    """The asker's new phone, with a code on its way to it; the book keeps only that one was sent. Audited.

    Raises: NotThereError, NotAPhoneError, OurOwnNumberError, CodesTooOftenError, NoNumberError.
    """
    reach = get_reach(work)
    staff = work.session.get_one(Staff, reach.staff_id)
    new = parse_phone(number, work.session.get_one(Owner, staff.owner_id).country)
    if new is None:
        raise NotAPhoneError
    seat = _find_seat(work)
    if seat is None:
        raise NoNumberError
    unit, number_of_ours = seat
    phone = begin_phone(work, staff, new, code)
    words = work.words.in_language(staff.language)
    what = Post(
        text=words.say("staff_line.code_kept", ending=mask(new.value)[-2:]),
        language=staff.language,
        author=Author.SYSTEM,
        author_id=None,
        trust=Trust.STRONG,
        said_on_channel=words.say("staff_line.code_text", unit=unit.name, code=code.figures),
    )
    post_beside(work, get_staff_thread(work, unit, staff), number_of_ours, new.value, what)
    return phone


def _find_seat(work: Work) -> tuple[Unit, VirtualNumber] | None:
    """One of the units that the asker serves, and its number to write from: the asker's own where there is one."""
    reach = get_reach(work)
    for unit in list_units(work, reach):
        seat = find_seat(work, unit.id, (), sorted(reach.roles))
        if seat is not None:
            return unit, seat[1]
    return None


def prove_phone(work: Work, phone_id: str, figures: str) -> bool | None:
    """Whether the code is right, and the phone is the asker's; None when nothing is left to try. Raises: NotThereError."""
    phone = get_phone(work, get_reach(work).staff_id, phone_id)
    is_right = try_phone_code(work, phone, figures)
    if is_right:
        _tell_others(work, phone)
    return is_right


def _tell_others(work: Work, phone: StaffPhone) -> None:
    """To the person's other phones: whoever did not do it sees it. Source: security rule S1.2."""
    staff = work.session.get_one(Staff, phone.staff_id)
    text = work.words.in_language(staff.language).say("staff_line.phone_added", ending=mask(phone.value)[-2:])
    for other in list_phones(work, [staff.id]):
        seat = _find_seat(work)
        if seat is not None and other.proven_at is not None and other.value != phone.value:
            unit, number = seat
            what = Post(text=text, language=staff.language, author=Author.SYSTEM, author_id=None)
            post_beside(work, get_staff_thread(work, unit, staff), number, other.value, what)


def remove_phone(work: Work, phone_id: str) -> None:
    """The asker's own phone counts no more. Raises: NotThereError."""
    staff_id = get_reach(work).staff_id
    end_phone(work, get_phone(work, staff_id, phone_id), staff_id)
