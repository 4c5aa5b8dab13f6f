"""A visit to the staff's site: one of the staff in a session of two factors, and the ways that stand on each of their pages."""

from dataclasses import dataclass
from typing import Any

from admin_web.page import AnyVisit
from hub.asker import Asker, Trust
from hub.school.care_rules import BOOKED_KINDS
from hub.sign_in.sessions import FADES_AFTER, FoundSession, find_session, mark_seen

NEAR, FAR = ("morning", "threads", "lists", "week"), ("door", "leave", "broadcasts", "consents", "numbers")
"""The ways that a phone shows at the foot of each page, and those that it keeps behind one more."""


@dataclass(slots=True)
class Visit(AnyVisit):
    """One request to the staff's site, and whoever makes it."""

    session: FoundSession | None

    find_session = staticmethod(find_session)

    @property
    def asker(self) -> Asker:
        if self.session is None:
            return Asker("staff", "guest", Trust.UNKNOWN, self.why)
        return Asker("staff", self.session.staff_id, Trust.STRONG, self.why, self.session.owner_id)

    @property
    def signed_in(self) -> FoundSession:
        """The session of a page that guests do not see."""
        if self.session is None:
            raise LookupError("this page has guests")
        return self.session

    @property
    def way_in(self) -> str | None:
        """To sign in, to open the faded page again, or to prove it freshly."""
        if self.session is None:
            return "/sign-in"
        if self.session.is_faded:
            return "/sign-in/again"
        return "/sign-in/fresh" if self.page and self.page.fresh and not self.session.is_fresh else None

    async def note_use(self) -> None:
        session = self.signed_in
        asker = Asker("staff", session.staff_id, Trust.STRONG, "uses a page")
        await self.house.parts.desk.work(asker, mark_seen, session.id)

    def own(self) -> dict[str, Any]:
        return {
            "nav": self._nav(),
            "user": {"name": self.session.name, "role": self.session.role} if self.session else None,
            "fade_minutes": int(FADES_AFTER.total_seconds() // 60) if self.session else 0,
        }

    def _nav(self) -> list[dict[str, Any]]:
        if self.session is None:
            return []
        here = self.request.path.split("/")[1]
        far = [*FAR, *(["staff"] if self.session.leads else [])]
        books = not BOOKED_KINDS.isdisjoint(self.session.unit_kinds)
        return [
            *(self._way(way, here) for way in NEAR if books or way != "week"),
            *({**self._way(way, here), "is_far": True} for way in far),
            {**self._way("more", here), "href": "/find", "current": here in ("find", *far), "is_more": True},
        ]

    def _way(self, way: str, here: str) -> dict[str, Any]:
        return {"href": f"/{way}", "icon": way, "word": self.say(f"pages.nav_{way}"), "current": way == here}
