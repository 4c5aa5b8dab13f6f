"""What the scheduler wakes. Each routine asks the store what is due, so a waking that is missed does no harm. Where several
hubs share the store, one of them is on duty for all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from hub.address import MAIL, PUSH
from hub.archive.gathering import gather_records
from hub.asker import routine_asker
from hub.config import RetentionSettings
from hub.desk import Desk, DeskBusyError, Look, StoreAwayError
from hub.door.trips import list_overdue, ring_trips
from hub.duty import Duty
from hub.mailroom.print_batches import make_due_batches
from hub.mailroom.sending import Mailroom
from hub.mailroom.tracing import Tracer
from hub.never_again import FILE, NeverAgain
from hub.post.arrivals import Arrival
from hub.post.bill_reading import read_bills
from hub.post.channel import BusyError, Channel, Inbound, SendError
from hub.post.chat_tidying import tidy_chats
from hub.post.climbing import climb_on, list_climbing
from hub.post.file_fetching import FILES, fetch_files
from hub.post.inbox import DeskInbox
from hub.post.nodes import list_living
from hub.post.push_notices import list_owners_due, notify_next
from hub.post.put_up import forget_loose
from hub.post.scanner import Scanner
from hub.post.spool import Spool
from hub.privacy.retention import ASKER as RETENTION
from hub.privacy.retention import Places, has_run_today, is_due, let_go_of_spool, run
from hub.safety.audit import anchor, heads
from hub.safety.coming_of_age import end_rights_of_age
from hub.school.attendance_days import close_days
from hub.school.leave_papers import make_papers
from hub.sign_in.tidying import tidy
from hub.speaking import Speaking
from hub.talk.bot import Bot, HurriedPrompter, Prompter
from hub.talk.unanswered import hand_over_unanswered
from hub.talk.work_mailing import WHY as WORK_MAIL
from hub.talk.work_mailing import list_due, mail_next

log = logging.getLogger(__name__)
DRAIN_SECONDS = 2
MISSED_MINUTES = 5
ANCHOR_MINUTES = 10
FILES_SECONDS = 5
UNANSWERED_MINUTES = 2
CLIMB_SECONDS = 2
CLIMB_ROUNDS = 100
"""Of a hundred each at a waking; where the way to many thousands is down they wait for no further one."""
NEVER_AGAIN_SECONDS = 10
LET_GO_MINUTES = 50
CLOSE_SECONDS = 30
TRIP_SECONDS = 30
COMPANY_SECONDS = 30
PROMPT_SECONDS = 1
WORK_MAIL_SECONDS = 2
PUSH_SECONDS = 1
PAPERS_SECONDS = 1
PRINT_MINUTES = 5
LETTER_SECONDS = 2
TRACE_SECONDS = 30
RECORDS_MINUTES = 5
BILL_HOURS = 6
TIDY_HOURS = 4
"""Several times a day, so that a hub which is restarted every night comes to it too."""
LOOK_BACK = timedelta(hours=2)
LONGEST_LOOK_BACK = timedelta(days=3)


class Routines:
    """Started once by assembly; nothing runs twice at the same time. `may_have_company`: others could share the store, of which
    the settings know nothing."""

    def __init__(
        self,
        desk: Desk,
        inbox: DeskInbox,
        spool: Spool,
        channels: Mapping[str, Channel],
        anchors: Path,
        terms: RetentionSettings | None = None,
        bots: Iterable[Bot] = (),
        staff_site: str = "",
        duty: Duty | None = None,
        mailroom: Mailroom | None = None,
        scanner: Scanner | None = None,
        *,
        may_have_company: bool = False,
    ) -> None:
        self._may_have_company = may_have_company
        self._duty = duty
        self._desk = desk
        self._inbox = inbox
        self._spool = spool
        self._channels = channels
        self._anchors = anchors
        self._terms = terms or RetentionSettings()
        self._prompters: list[Prompter] = [bot for bot in bots if isinstance(bot, Prompter)]
        self._speaking = Speaking(desk, self._is_on_duty)
        self._overdue: dict[str, datetime] = {}
        self._mailroom = mailroom
        self._scanner = scanner
        self._tracer = Tracer(desk, mailroom.services if mailroom is not None else ())
        self._staff_site = staff_site
        self._never_again = NeverAgain(anchors.with_name(FILE))
        self._scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})

    def start(self) -> None:
        self._every(self.drain, by_all=True, seconds=DRAIN_SECONDS)
        self._every(self.anchor_audit, by_all=True, minutes=ANCHOR_MINUTES)
        self._every(self.write_never_again, by_all=True, seconds=NEVER_AGAIN_SECONDS)
        self._every(self.fetch_files, seconds=FILES_SECONDS)
        self._every(self.hand_over_unanswered, minutes=UNANSWERED_MINUTES)
        self._every(self.climb, seconds=CLIMB_SECONDS)
        self._every(self.tidy, hours=TIDY_HOURS)
        self._every(self.let_go, minutes=LET_GO_MINUTES)
        self._every(self.let_go_of_own, by_all=True, minutes=LET_GO_MINUTES)
        self._every(self.close_days, seconds=CLOSE_SECONDS)
        self._every(self.watch_trips, seconds=TRIP_SECONDS)
        self._every(self.make_papers, seconds=PAPERS_SECONDS)
        self._every(self.send_letters, seconds=LETTER_SECONDS)
        self._every(self.trace_letters, seconds=TRACE_SECONDS)
        self._every(self.gather_records, minutes=RECORDS_MINUTES)
        self._every(self.make_prints, minutes=PRINT_MINUTES)
        self._every(self.read_bills, hours=BILL_HOURS)
        if self._may_have_company:
            self._every(self.look_for_company, by_all=True, seconds=COMPANY_SECONDS)
        for bot in self._prompters:
            self._every(partial(self.prompt, bot), seconds=PROMPT_SECONDS)
        if MAIL in self._channels:
            self._every(self.mail_staff, seconds=WORK_MAIL_SECONDS)
        if PUSH in self._channels:
            self._every(self.notify, seconds=PUSH_SECONDS)
        for name in self._channels:
            self._every(partial(self.ask_what_was_missed, name), minutes=MISSED_MINUTES)
        self._scheduler.start()
        self._speaking.start(bot for bot in self._prompters if isinstance(bot, HurriedPrompter))

    async def stop(self) -> None:
        await self._speaking.stop()
        self._scheduler.shutdown(wait=False)
        await self.anchor_audit()
        await self.write_never_again()

    async def _is_on_duty(self) -> bool:
        return self._duty is None or await self._duty.is_ours()

    def _every(self, routine: Callable[[], Awaitable[None]], *, by_all: bool = False, **interval: int) -> None:
        """By the hub on duty, where several share the store, or `by_all` of them: what is about their own machine."""

        async def run() -> None:
            try:
                if by_all or await self._is_on_duty():
                    await routine()
            except (StoreAwayError, DeskBusyError, BusyError):
                log.info("a routine waits for the store")
            except Exception:
                log.exception("a routine failed")

        self._scheduler.add_job(run, "interval", **interval)

    async def drain(self) -> None:
        """Bring what was spooled while the store was away into it."""
        if self._spool.waiting_bytes:
            await self._inbox.drain()

    async def look_for_company(self) -> None:
        """By its settings this hub is alone on its store, and others have started on it."""
        if others := await self._desk.look(routine_asker("company"), list_living):
            log.error("other hubs share this store: hub.nats is missing in the settings", extra={"hubs": len(others)})

    async def fetch_files(self) -> None:
        """Fetch the files that messages brought, and let go of what was put up and never sent."""
        await fetch_files(self._desk, self._channels, self._scanner)
        await self._desk.work(FILES, forget_loose)

    async def hand_over_unanswered(self) -> None:
        """Questions whose time is over go to staff."""
        await self._desk.work(routine_asker("unanswered"), hand_over_unanswered)

    async def climb(self) -> None:
        """Go on to the next way of reaching whoever gave no sign by the last one, until that is done for all."""
        for _ in range(CLIMB_ROUNDS):
            due = await self._desk.look(routine_asker("climb"), list_climbing)
            if not due:
                break
            await self._desk.work(routine_asker("climb"), climb_on, due)

    async def mail_staff(self) -> None:
        """What families wrote goes on to the work mail of those of the staff who wish it."""
        for owner_id in await self._desk.look(routine_asker(WORK_MAIL), list_due):
            await self._desk.work(routine_asker(WORK_MAIL), mail_next, owner_id, self._staff_site)

    async def notify(self) -> None:
        """What came for families is told to the browsers that they want to hear of it."""
        for owner_id in await self._desk.look(routine_asker(PUSH), list_owners_due):
            await self._desk.work(routine_asker(PUSH), notify_next, owner_id)

    async def prompt(self, bot: Prompter) -> None:
        """Let a bot ask and tell what is due."""
        await self._speaking.speak(bot)

    async def anchor_audit(self) -> None:
        """Write the heads of the audit outside the store."""
        found = await self._desk.look(routine_asker("anchor"), heads)
        now = self._desk.clock.now().isoformat()
        await asyncio.to_thread(anchor, self._anchors, now, found)

    async def write_never_again(self) -> None:
        """Write outside the store what must not come back with an older one."""
        fresh = await self._desk.look(routine_asker("never again"), self._never_again.compare)
        await asyncio.to_thread(self._never_again.append, fresh)

    async def tidy(self) -> None:
        """Let go of what signing in and chats left behind, and write when the rights for pupils who come of age end."""
        await self._desk.work(routine_asker("tidy"), tidy)
        await self._desk.work(routine_asker("tidy"), tidy_chats)
        await self._desk.work(routine_asker("of age"), end_rights_of_age)

    async def close_days(self) -> None:
        """Whoever nobody saw leave is not here when the day has ended at its unit."""
        await self._desk.work(routine_asker("close days"), close_days)

    async def watch_trips(self) -> None:
        """Open pages are told when a head count of a trip has become overdue, once for each that did not come."""
        overdue = await self._desk.look(routine_asker("trips"), list_overdue)
        fresh = [trip_id for trip_id, counted_at in overdue.items() if self._overdue.get(trip_id) != counted_at]
        if fresh:
            await self._desk.work(routine_asker("trips"), ring_trips, fresh)
        self._overdue = overdue

    async def make_papers(self) -> None:
        """Letters of decisions are made as PDFs."""
        await make_papers(self._desk)

    async def send_letters(self) -> None:
        """Letters go by digital post, on paper, or to whoever gives them."""
        if self._mailroom is not None:
            await self._mailroom.send_due()

    async def trace_letters(self) -> None:
        """What became of letters in digital post."""
        await self._tracer.trace()

    async def gather_records(self) -> None:
        """What must be archived is kept for it."""
        await gather_records(self._desk)

    async def make_prints(self) -> None:
        """Letters that go on paper are gathered for the day."""
        await make_due_batches(self._desk)

    async def read_bills(self) -> None:
        """What providers billed of what left."""
        await read_bills(self._desk, self._channels)

    async def let_go(self) -> None:
        """Once a day, let go of what is over, and write at once how far that came."""
        if await self._desk.look(RETENTION, is_due):
            await run(self._desk, self._terms, Places(self._spool.folder, self._anchors))
            await self.write_never_again()

    async def let_go_of_own(self) -> None:
        """What lies on this machine alone, after whichever hub was on duty let go of what all share."""
        if await self._desk.look(RETENTION, has_run_today):
            await let_go_of_spool(self._desk, self._terms, self._spool.folder, self._terms.most_per_run)

    async def ask_what_was_missed(self, name: str, back: timedelta = LOOK_BACK) -> None:
        """Ask a provider's own log; what we have already is a harmless repeat."""
        try:
            told = await self._channels[name].missed(self._desk.clock.now() - back)
        except SendError as error:
            log.warning("a provider's log could not be read", extra={"channel": name, "reason": error.reason})
            return
        for item in told:
            if isinstance(item, Inbound):
                await self._inbox.receive(replace(item, from_log=True))
            else:
                await self._inbox.report(item)

    async def catch_up(self) -> None:
        """After a start: what came while nobody was here, as far back as the last arrival, three days at most."""
        last = await self._desk.look(routine_asker("catch up"), find_last_arrival_age)
        for name in self._channels:
            await self.ask_what_was_missed(name, min(LONGEST_LOOK_BACK, last + LOOK_BACK))


def find_last_arrival_age(look: Look) -> timedelta:
    """How long ago something last arrived; no time at all in an empty store."""
    last = look.session.scalar(sa.select(Arrival.received_at).order_by(Arrival.id.desc()).limit(1))
    return timedelta() if last is None else max(timedelta(), look.now - last)
