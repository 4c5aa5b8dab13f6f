"""A member of staff registers the phone they text from: a code goes there, and its figures, typed on the page, prove it."""

from hub.address import mask, parse_phone
from hub.asker import Trust
from hub.desk import Work
from hub.people.places import Owner
from hub.people.staff import Staff
from hub.post.messages import Author
from hub.post.posting import NoNumberError, Post, post_beside
from hub.safety.access import get_reach, list_units
from hub.safety.address_changes import Code
from hub.safety.staff_phones import NotAPhoneError, StaffPhone, begin_phone, end_phone, get_phone, try_phone_code
from hub.talk.seats import find_seat
from hub.talk.staff_texts import get_staff_thread


def register_phone(work: Work, number: str, code: Code) -> StaffPhone:
    """The asker's new phone, with a code on its way to it; the book keeps only that one was sent. Audited.

    Raises: NotThereError, NotAPhoneError, OurOwnNumberError, CodesTooOftenError, NoNumberError.
    """
    reach = get_reach(work)
    staff = work.session.get_one(Staff, reach.staff_id)
    new = parse_phone(number, work.session.get_one(Owner, staff.owner_id).country)
    if new is None:
        raise NotAPhoneError
    seats = ((unit, find_seat(work, unit.id, (), sorted(reach.roles))) for unit in list_units(work, reach))
    unit, seat = next(((unit, seat) for unit, seat in seats if seat is not None), (None, None))
    if unit is None or seat is None:
        raise NoNumberError
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
    post_beside(work, get_staff_thread(work, unit, staff), seat[1], new.value, what)
    return phone


def prove_phone(work: Work, phone_id: str, figures: str) -> bool | None:
    """Whether the code is right, and the phone is the asker's; None when nothing is left to try. Raises: NotThereError."""
    return try_phone_code(work, get_phone(work, get_reach(work).staff_id, phone_id), figures)


def remove_phone(work: Work, phone_id: str) -> None:
    """The asker's own phone counts no more. Raises: NotThereError."""
    staff_id = get_reach(work).staff_id
    end_phone(work, get_phone(work, staff_id, phone_id), staff_id)
