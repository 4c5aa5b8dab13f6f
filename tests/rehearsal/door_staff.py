"""An employee at the door of the rehearsal, who confirms on the real page what children's touches mean."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, CookieJar
from yarl import URL

from admin_web import cookies
from hub.asker import Asker
from hub.desk import Desk, Look
from hub.door.confirming import list_touched
from hub.door.marks import Way
from hub.door.who_fetches import list_may_fetch
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.safety.access import get_reach, get_unit
from hub.sign_in.sessions import open_session
from tests.hub.post.spoken import as_staff


@dataclass(frozen=True, slots=True)
class Waiting:
    """A touch that waits, whom it stands for, and who may take them along."""

    tap_id: str
    way: Way
    child_ids: tuple[str, ...]
    fetchers: tuple[str, ...]


def list_waiting(look: Look, unit_id: str) -> list[Waiting]:
    """As the asker sees them, oldest first; those of nobody known are left to a person."""
    reach = get_reach(look)
    unit: Unit = get_unit(look, reach, unit_id)
    found = []
    for touched in list_touched(look, reach, unit):
        ids = tuple(on.child.id for on in touched.children)
        if ids:
            may = list_may_fetch(look, ids, unit.today(look.now))
            found.append(Waiting(touched.tap.id, touched.way, ids, tuple(fetcher.id for fetcher in may)))
    return found


@dataclass(frozen=True, slots=True)
class DoorStaff:
    """Signed in in a browser of their own, at the door of one unit."""

    desk: Desk
    asker: Asker
    unit_id: str
    session: ClientSession
    origin: str
    token: str

    async def waiting(self) -> list[Waiting]:
        return await self.desk.look(self.asker, list_waiting, self.unit_id)

    async def confirm(self, waiting: Waiting) -> bool:
        """By the button of the page; whether the hub took it."""
        form = [("token", self.token), ("said", str(waiting.way)), *self._who(waiting)]
        return await self._post(f"/door/{self.unit_id}/taps/{waiting.tap_id}/confirm", form) in (302, 303)

    async def sign_out(self) -> None:
        with suppress(ClientError):  # a hub that has ended holds no session
            await self._post("/sign-out", [("token", self.token)])

    def _who(self, waiting: Waiting) -> Sequence[tuple[str, str]]:
        children = [("children", child_id) for child_id in waiting.child_ids]
        return [*children, *(("who", id_) for id_ in waiting.fetchers[:1])]

    async def _post(self, path: str, form: Sequence[tuple[str, str]]) -> int:
        """The status of the answer. A form says where it comes from, as a browser's does."""
        told = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        url = self.origin + path
        async with self.session.post(url, data=form, headers=told, allow_redirects=False) as answer:
            return answer.status


@asynccontextmanager
async def at_the_door(desk: Desk, staff: Staff, unit_id: str, url: str) -> AsyncIterator[DoorStaff]:
    """Signed in for as long as it lasts. `url` is the staff site's."""
    asker = as_staff(staff)
    token = await desk.work(asker, open_session, staff, None, fresh=True)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(url))
        async with session.get(f"{url}/door/{unit_id}") as page:
            found = re.search(r'name="token" value="([0-9a-f]+)"', await page.text())
        if found is None:
            raise LookupError("the page of the door has no form")
        employee = DoorStaff(desk, asker, unit_id, session, url, found[1])
        try:
            yield employee
        finally:
            await employee.sign_out()
