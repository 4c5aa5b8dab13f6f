"""The staff's pages, one file each; the site takes them from here."""

from admin_web.page import Pages
from admin_web.staff import invitation, morning, sign_in, staff, you

ALL_PAGES: tuple[Pages, ...] = (sign_in.pages, invitation.pages, morning.pages, staff.pages, you.pages)
