"""The staff's pages, one file each; the site takes them from here."""

from admin_web.page import Pages
from admin_web.staff import (
    child,
    files,
    find,
    invitation,
    listener,
    morning,
    numbers,
    numbers_check,
    numbers_sheets,
    password,
    sign_in,
    staff,
    story,
    thread,
    threads,
    week,
    week_rules,
    you,
)

ALL_PAGES: tuple[Pages, ...] = (
    sign_in.pages,
    invitation.pages,
    morning.pages,
    threads.pages,
    thread.pages,
    child.pages,
    story.pages,
    listener.pages,
    find.pages,
    files.pages,
    numbers_check.pages,
    numbers_sheets.pages,
    numbers.pages,
    staff.pages,
    week_rules.pages,
    week.pages,
    you.pages,
    password.pages,
)
