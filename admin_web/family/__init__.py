"""The families' pages, one file each; their site takes them from here."""

from admin_web.family import (
    book,
    care,
    consents,
    contact,
    days,
    files,
    guide,
    home,
    leave,
    letters,
    notices,
    offline,
    place,
    pupil,
    reach,
    sessions,
    sign_in,
    you,
)
from admin_web.page import Pages

ALL_PAGES: tuple[Pages, ...] = (
    sign_in.pages,
    home.pages,
    book.pages,
    files.pages,
    leave.pages,
    place.pages,
    letters.pages,
    sessions.pages,
    you.pages,
    reach.pages,
    notices.pages,
    consents.pages,
    care.pages,
    days.pages,
    contact.pages,
    pupil.pages,
    guide.pages,
    offline.pages,
)
