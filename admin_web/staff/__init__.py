"""The staff's pages, one file each; the site takes them from here."""

from admin_web.page import Pages
from admin_web.staff import invitation, sign_in, you

ALL_PAGES: tuple[Pages, ...] = (sign_in.pages, invitation.pages, you.pages)
