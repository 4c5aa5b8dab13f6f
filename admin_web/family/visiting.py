"""A visit to the family pages: a guardian, as sure as the phone or the proof that their session rests on.

Source: security rule S1.1.
"""

from dataclasses import dataclass
from typing import Any

from admin_web.page import AnyVisit
from hub.asker import Asker, Trust
from hub.sign_in.family_sessions import FoundFamily, find_family_session, mark_family_seen

HOME = "/family"
SIGN_IN = "/family/sign-in"
WAYS = (("home", HOME, "children"), ("letters", f"{HOME}/letters", "letter"), ("sessions", f"{HOME}/sessions", "you"))
"""What stands at the foot of each page: its word, its address and its drawing."""


@dataclass(slots=True)
class FamilyVisit(AnyVisit):
    """One request to the family pages, and whoever makes it."""

    session: FoundFamily | None

    find_session = staticmethod(find_family_session)

    @property
    def asker(self) -> Asker:
        if self.session is None:
            return Asker("guardian", "guest", Trust.UNKNOWN, self.why)
        return Asker("guardian", self.session.guardian_id, self.session.trust, self.why, self.session.owner_id)

    @property
    def signed_in(self) -> FoundFamily:
        """The session of a page that guests do not see."""
        if self.session is None:
            raise LookupError("this page has guests")
        return self.session

    @property
    def way_in(self) -> str | None:
        return SIGN_IN if self.session is None else None

    async def note_use(self) -> None:
        await self.work(mark_family_seen, self.signed_in.id)

    def own(self) -> dict[str, Any]:
        here = self.request.path
        return {
            "nav": [
                {"href": href, "icon": icon, "word": self._way(word), "current": _is_within(here, href)}
                for word, href, icon in (WAYS if self.session is not None else ())
            ],
            "user": {"name": self.session.name} if self.session is not None else None,
            "kept_at": self._say_now() if self.session is not None else "",
            "fade_minutes": 0,
        }

    def _way(self, word: str) -> str:
        is_own = word == "home" and self.signed_in.is_pupil
        return self.say("pupil_pages.nav_home" if is_own else f"family.nav_{word}")

    def _say_now(self) -> str:
        """When this page was read, by the clock where the family's children are."""
        unit = self.signed_in.family.first_unit
        now = self.house.parts.clock.now()
        at = unit.local(now)
        return self.say("threads.moment", at=at, day=at.date(), today=unit.today(now))


BELOW = {HOME: (f"{HOME}/children/", f"{HOME}/calendar"), f"{HOME}/sessions": (f"{HOME}/reach", f"{HOME}/you/")}
"""What belongs to a way though it stands elsewhere: a child's pages to the first, what is a guardian's own to the last."""


def _is_within(path: str, way: str) -> bool:
    return path == way or path.startswith(BELOW.get(way, (f"{way}/",)))
