"""A school day in the village, seen from the staff's site: what families tell, and who looks."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext, Page
from yarl import URL

from admin_web import cookies
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.messages import Author, Message, ThreadKind, get_or_open_thread, keep_message, wait_for_person
from hub.safety.audit import AuditRow
from hub.school.absences import Absence, Reason, dispute, report
from hub.school.attendance import Attendance
from hub.school.early_pickups import EarlyPickup, report_early
from hub.school.fetching import Fetching, report_fetching
from hub.school.late_arrivals import report_late
from hub.sign_in.sessions import open_session
from tests.admin_web.staff_site import Browsing, Seen, Site, run_site
from tests.admin_web.windows import open_window
from tests.hub.sign_in.school import TEST
from tests.village import FJORDVIK, Village, load_village

MONDAY = date(2025, 3, 3)
HTMX = {"HX-Request": "true"}
STOPPED = "window.stoppedAt = 0; performance.now = () => window.stoppedAt"
"""The page's own clock, by which a hold counts down: it stands until a test moves it, in milliseconds."""


@dataclass
class SchoolDay:
    """Monday 3 March 2025 in the village."""

    site: Site
    village: Village
    clock: StoppedClock

    def move_to(self, hour: int, minute: int) -> None:
        """The clock in Oslo, an hour ahead of UTC."""
        self.clock.jump(datetime(2025, 3, 3, hour - 1, minute, tzinfo=UTC))

    async def as_(self, name: str, owner: str = FJORDVIK, *, fresh: bool = True) -> Browsing:
        """A browser in which this member of staff has signed in; `fresh` when they proved it just now."""
        staff = self.village.staff(name, owner)
        token = await self.site.desk.work(TEST, open_session, staff, None, fresh=fresh)
        browser = self.site.browser()
        browser.session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(self.site.url))
        return browser

    def board(self, unit: str = "school", owner: str = FJORDVIK) -> str:
        return f"/morning/{self.village.unit(unit, owner).id}"

    def row(self, child: str, group: str = "7A", unit: str = "school") -> str:
        """The address of a child on the board, to be followed by /here or /undo."""
        return f"{self.board(unit)}/groups/{self.village.group(group).id}/children/{self.village.child(child).id}"

    async def report(self, child: str, guardian: str, reason: Reason = Reason.SICK) -> list[Absence]:
        return await self.site.desk.work(TEST, self._report, child, guardian, reason)

    def _report(self, work: Work, child: str, guardian: str, reason: Reason) -> list[Absence]:
        told_by = self.village.guardian(guardian).id
        return report(
            work,
            work.session.get_one(Child, self.village.child(child).id),
            [MONDAY],
            reason,
            told_by=told_by,
            told_kind="guardian",
            trust=Trust.CLAIMED,
        )

    async def dispute(self, child: str, guardian: str) -> None:
        def both(work: Work) -> None:
            dispute(work, self._report(work, child, guardian, Reason.OTHER))

        await self.site.desk.work(TEST, both)

    async def tell_late(self, child: str, guardian: str, comes_at: time | None) -> None:
        def late(work: Work) -> None:
            kept = work.session.get_one(Child, self.village.child(child).id)
            report_late(work, kept, MONDAY, comes_at, told_by=self.village.guardian(guardian).id, message_id=None)

        await self.site.desk.work(TEST, late)

    def fetches(
        self, work: Work, child: str, guardian: str, person: str = "Mormor Anne", trust: Trust = Trust.CLAIMED
    ) -> Fetching:
        """This guardian told who fetches today."""
        kept = work.session.get_one(Child, self.village.child(child).id)
        told_by = self.village.guardian(guardian).id
        (fetching,), _ = report_fetching(work, [kept], [MONDAY], person, None, told_by=told_by, trust=trust)
        work.session.flush()
        return fetching

    def leaves_early(self, work: Work, child: str, guardian: str, leaves_at: time | None) -> EarlyPickup:
        kept = work.session.get_one(Child, self.village.child(child).id)
        told_by = self.village.guardian(guardian).id
        (early,), _ = report_early(work, [kept], [MONDAY], leaves_at, told_by=told_by, trust=Trust.CLAIMED)
        return early

    async def write(self, guardian: str, text: str, children: Sequence[str], unit: str = "school") -> str:
        """Something that waits for a person; returns the thread's id."""

        def wait(work: Work) -> str:
            writer = self.village.guardian(guardian)
            thread = get_or_open_thread(
                work, writer.owner_id, self.village.unit(unit).id, [writer.id], ThreadKind.PRIVATE
            )
            message = Message(
                id=work.new_id(),
                owner_id=writer.owner_id,
                thread_id=thread.id,
                at=work.now,
                author=Author.GUARDIAN,
                author_id=writer.id,
                channel="sms",
                text=text,
                language="nb",
            )
            keep_message(work, thread, message, [self.village.child(child).id for child in children])
            wait_for_person(work, thread, "not_understood")
            return thread.id

        return await self.site.desk.work(TEST, wait)

    async def write_unknown(self, sender: str, role: str, text: str) -> str:
        """A text in quarantine; returns its id."""

        def keep(work: Work) -> str:
            arrival = Arrival(
                id=work.new_id(),
                key=f"test:{text}",
                digest="digest",
                channel="twilio",
                kind="sms",
                sender=sender,
                recipient=self.village.number(role).value,
                text=text,
                provider_id="SM1",
                media=None,
                opt_out=None,
                received_at=work.now,
                state=ArrivalState.QUARANTINED,
                reason="unknown_sender",
            )
            work.session.add(arrival)
            return arrival.id

        return await self.site.desk.work(TEST, keep)

    async def here(self) -> set[str]:
        """The names of all children that are marked here now."""

        def names(look: Look) -> set[str]:
            rows = look.session.scalars(
                sa.select(Child)
                .join(Attendance, Attendance.child_id == Child.id)
                .where(Attendance.taken_back_at.is_(None))
            )
            return {child.name for child in rows}

        return await self.site.desk.look(TEST, names)

    async def audited(self, what: str, staff: str) -> list[AuditRow]:
        """The rows of the audit of one kind about one member of staff, oldest first."""

        def rows(look: Look) -> list[AuditRow]:
            return list(
                look.session.scalars(
                    sa.select(AuditRow)
                    .where(AuditRow.what == what, AuditRow.who_id == self.village.staff(staff).id)
                    .order_by(AuditRow.at, AuditRow.number)
                )
            )

        return await self.site.desk.look(TEST, rows)

    async def window(
        self,
        browser: Browser,
        name: str,
        width: int = 360,
        *,
        script: bool = True,
    ) -> tuple[BrowserContext, Page, list[str]]:
        """A window in which this member of staff is signed in, its page, and what the page complains about."""
        signed_in = await self.as_(name)
        context, page, complaints = await open_window(browser, self.site.url, width, script=script)
        for cookie in signed_in.session.cookie_jar:
            await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.site.url}])
        return context, page, complaints

    async def lose_network(self, window: BrowserContext) -> None:
        """A browser tells its pages at once, but what carries their requests may hear of it a moment later."""
        self.site.away.update(await self._sessions(window))
        await window.set_offline(True)

    async def find_network(self, window: BrowserContext) -> None:
        self.site.away.difference_update(await self._sessions(window))
        await window.set_offline(False)

    async def _sessions(self, window: BrowserContext) -> list[str]:
        return [each["value"] for each in await window.cookies() if each["name"] == cookies.SESSION]


@asynccontextmanager
async def run_school_day(store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    """`store_url` is a store with the village in it."""
    async with run_site(store_url, clock) as site:
        yield SchoolDay(site, await load_village(site.desk), clock)


def without_chance(seen: Seen) -> str:
    """The page without what differs each time: its nonce, its token, and the address that was asked for."""
    text = re.sub(r'nonce="[^"]+"', "", seen.text)
    text = re.sub(r'\?since=[^"]+', "", text)
    return re.sub(r'name="(token|back)" value="[^"]*"', "", text)
