"""What chats leave behind: codes that count no more, and links whose phone is nobody's. Source: security rule S10.3."""

from datetime import timedelta

import sqlalchemy as sa

from hub.desk import Work
from hub.post.chat_codes import ChatCode
from hub.post.chats import ChatLink, end_link, find_linked


def tidy_chats(work: Work) -> None:
    """For a routine, now and then. Nothing of it counted any more; the audit keeps that it was."""
    work.session.execute(sa.delete(ChatCode).where(ChatCode.made_at <= work.now - timedelta(days=1)))
    links = {link.value: link for link in work.session.scalars(sa.select(ChatLink))}
    linked = find_linked(work, links)
    for value, link in links.items():
        if value not in linked or not linked[value].people:
            end_link(work, link, "phone_over")
