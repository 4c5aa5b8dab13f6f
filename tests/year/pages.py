"""The same year without a text: what the family wants is done on the staff's pages where there is a page for it, else by the
verb that a family's own page would call. One line an act: "Hanna sick Ella 2025-08-26".

On pages, by HTTP: consents, booked weeks, new phones, leave withdrawn. By verbs, as no page does it yet: absences, late
arrivals, pickups, who fetches, their disputes, leave applied for and agreed to, holidays, letters opened, and a guardian's
own bookings.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa
from yarl import URL

from admin_web import cookies
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.school import leave_voices
from hub.school.absences import Reason, list_of_child, report, take_back
from hub.school.care_bookings import Teller, book
from hub.school.care_holidays import HolidayQuestion, answer, list_days, list_days_of
from hub.school.care_hours import read_hours
from hub.school.care_rules import get_rules
from hub.school.consent_kinds import list_kinds
from hub.school.early_pickups import report_early
from hub.school.fetching import Fetching, confirm_fetching, report_fetching
from hub.school.late_arrivals import report_late
from hub.school.leave import LeaveReason, LeaveState
from hub.school.leave import list_of_child as list_leave_of_child
from hub.school.leave_letters import open_letter
from hub.school.leave_wishes import Wish, apply
from hub.school.letter_codes import list_letters_of
from hub.school.told import dispute, list_holding
from hub.sign_in.sessions import open_session
from tests.admin_web.staff_site import Browsing, Site
from tests.year.home import YEAR, Home
from tests.year.stage import Stage

Act = Callable[["Pages", str, list[str]], Awaitable[None]]


@dataclass
class Pages:
    """A family whose wishes are done without texts."""

    stage: Stage
    site: Site

    @property
    def home(self) -> Home:
        return self.stage.home

    async def do(self, line: str) -> list[str]:
        """Do one act; the facts that came and went, among what the hub says by itself."""
        who, what, *rest = line.split()
        await ACTS[what](self, who, rest)
        return await self.stage.see()

    async def browse(self, path: str) -> Browsing:
        """The head's browser, just signed in with fresh proof, on a page."""
        assert self.home.head is not None
        token = await self.site.desk.work(YEAR, open_session, self.home.head, None, fresh=True)
        browser = self.site.browser()
        browser.session.cookie_jar.update_cookies({cookies.SESSION: token}, URL(self.site.url))
        seen = await browser.get(path)
        assert seen.status == 200, (path, seen.status)
        return browser

    async def post(self, page: str, path: str, **form: Any) -> None:
        """Fill in a form of a page and send it; the answer must be the page it leads to."""
        browser = await self.browse(page)
        seen = await browser.post(path, **form)
        assert seen.status == 200, (path, seen.status, seen.text[:3000])

    async def work(self, verb: Callable[[Work], object]) -> None:
        await self.site.desk.work(YEAR, verb)

    def child(self, work: Look, name: str) -> Child:
        return work.session.get_one(Child, self.home.children[name].id)

    def guardian_id(self, name: str) -> str:
        return self.home.guardians[name].id


def _days(first: str, last: str | None = None) -> list[date]:
    """The weekdays of a span."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
    span = (begin + timedelta(days=n) for n in range((end - begin).days + 1))
    return [day for day in span if day.weekday() < 5]


async def away(pages: Pages, who: str, rest: list[str]) -> None:
    """ "sick Ella 2025-09-02", "other Otso 2025-12-19" or "untold Saga 2025-10-20 2025-10-24"."""
    reason, name, *span = rest

    def do(work: Work) -> None:
        child, by = pages.child(work, name), pages.guardian_id(who)
        report(work, child, _days(*span), Reason(reason), told_by=by, told_kind="guardian", trust=Trust.STRONG)

    await pages.work(do)


async def comes(pages: Pages, who: str, rest: list[str]) -> None:
    """ "comes Otso 2025-08-20": not away that day after all."""
    name, *span = rest

    def do(work: Work) -> None:
        take_back(work, list_of_child(work, pages.home.children[name].id, _days(*span)), pages.guardian_id(who))

    await pages.work(do)


async def late(pages: Pages, who: str, rest: list[str]) -> None:
    """ "late Ella 2025-09-04 10:00", or without a time."""
    name, day, *at = rest

    def do(work: Work) -> None:
        comes_at = time.fromisoformat(at[0]) if at else None
        report_late(
            work,
            pages.child(work, name),
            date.fromisoformat(day),
            comes_at,
            told_by=pages.guardian_id(who),
            message_id=None,
        )

    await pages.work(do)


async def early(pages: Pages, who: str, rest: list[str]) -> None:
    """ "early Otso 2025-09-05 15:00"."""
    name, day, at = rest

    def do(work: Work) -> None:
        leaves_at, by = time.fromisoformat(at), pages.guardian_id(who)
        report_early(work, [pages.child(work, name)], _days(day), leaves_at, told_by=by, trust=Trust.STRONG)

    await pages.work(do)


async def fetched(pages: Pages, who: str, rest: list[str]) -> None:
    """ "fetched Otso 2025-08-26 Anna": and that is sure, for on a page one chooses it."""
    name, day, person = rest

    def do(work: Work) -> None:
        child, by = pages.child(work, name), pages.guardian_id(who)
        fresh, _ = report_fetching(work, [child], _days(day), person, None, told_by=by, trust=Trust.CONFIRMED)
        confirm_fetching(work, fresh, Trust.CONFIRMED)

    await pages.work(do)


async def not_fetched(pages: Pages, who: str, rest: list[str]) -> None:
    """ "disputes Otso 2025-08-26": the other guardian says that it is not so."""
    name, day = rest

    def do(work: Work) -> None:
        dispute(work, list_holding(work, Fetching, pages.home.children[name].id, _days(day)), "fetch.dispute")

    await pages.work(do)


async def apply_for_leave(pages: Pages, who: str, rest: list[str]) -> None:
    """ "leave Ella 2025-10-20 2025-10-24 travel"."""
    name, first, last, reason = rest

    def do(work: Work) -> None:
        wish = Wish(_days(first, last), LeaveReason(reason), [pages.guardian_id(who)])
        applied = apply(work, pages.child(work, name), wish)
        assert applied.application is not None
        for _, voice in applied.to_ask:
            leave_voices.note_asked(work, applied.application, voice, None)

    await pages.work(do)


async def agree(pages: Pages, who: str, rest: list[str]) -> None:
    """ "agrees Ella yes": to the leave that waits for a child."""
    name, word = rest

    def do(work: Work) -> None:
        for application in list_leave_of_child(work, pages.home.children[name].id):
            if application.state == LeaveState.WAITS:
                leave_voices.answer(work, application.id, [pages.guardian_id(who)], agrees=word == "yes")

    await pages.work(do)


async def withdraw_leave(pages: Pages, who: str, rest: list[str]) -> None:
    """ "withdraws Otso": on the page of the leave."""
    (name,) = rest

    def find(look: Look) -> str:
        return next(
            application.id
            for application in list_leave_of_child(look, pages.home.children[name].id)
            if application.state == LeaveState.DECIDED
        )

    path = f"/leave/{await pages.site.desk.look(YEAR, find)}"
    await pages.post(path, f"{path}/withdraw")


async def open_letters(pages: Pages, who: str, rest: list[str]) -> None:
    """ "opens Otso 2025-12-18": the letters that decide on the leave of a child from that day on."""
    name, first = rest

    def do(work: Work) -> None:
        for known in list_letters_of(work, [pages.guardian_id(who)]):
            if known.child.first_name == name and known.application.first_day == date.fromisoformat(first):
                open_letter(work, known.letter)

    await pages.work(do)


async def consent(pages: Pages, who: str, rest: list[str]) -> None:
    """ "consents Saga photo_internal yes": on paper, kept on the child's page of consents."""
    name, code, word = rest

    def find(look: Look) -> str:
        return next(kind.id for kind in list_kinds(look, pages.home.units["school"].owner_id) if kind.code == code)

    path = f"/children/{pages.home.children[name].id}/consents"
    kind_id = await pages.site.desk.look(YEAR, find)
    form = {"guardian": pages.guardian_id(who), "consent": kind_id, "answer": word, "how": "paper"}
    await pages.post(path, path, **form)


async def week(pages: Pages, who: str, rest: list[str]) -> None:
    """ "week club Otso 2025-09-01 13-16 13-16 13-16 13-16 -": told to staff, who write it on *Week*."""
    kind, name, monday, *hours = rest
    path = f"/week/{pages.home.units[kind].id}/children/{pages.home.children[name].id}"
    typed = {f"day{at}": told for at, told in enumerate(hours)}
    await pages.post(f"{path}?day={monday}", f"{path}/book", day=monday, **typed)


async def books(pages: Pages, who: str, rest: list[str]) -> None:
    """ "books preschool Saga 2026-01-26 2026-01-29 8-16": by the guardian, so that it waits where the other had booked."""
    kind, name, first, last, hours = rest

    def do(work: Work) -> None:
        unit = pages.home.units[kind]
        wished = dict.fromkeys(_days(first, last), () if hours == "-" else read_hours(hours))
        teller = Teller(pages.guardian_id(who), "guardian", Trust.STRONG)
        book(work, unit, pages.child(work, name), wished, teller, get_rules(work, unit))

    await pages.work(do)


async def holiday(pages: Pages, who: str, rest: list[str]) -> None:
    """ "holiday club Otso 2025-10-06 2025-10-08", or with no days: comes on none, to the newest question of the unit."""
    kind, name, *span = rest

    def do(work: Work) -> None:
        unit = pages.home.units[kind]
        questions = sa.select(HolidayQuestion).where(HolidayQuestion.unit_id == unit.id)
        question = work.session.scalars(questions.order_by(HolidayQuestion.id.desc())).first()
        assert question is not None
        child, by = pages.child(work, name), pages.guardian_id(who)
        open_days = list_days_of(work, unit, child.id, by, list_days(work, unit, question))
        days = [day for day in open_days if span and day in _days(*span)]
        answer(work, unit, question, child, days, open_days, Teller(by, "guardian", Trust.STRONG))

    await pages.work(do)


async def phone(pages: Pages, who: str, rest: list[str]) -> None:
    """ "phone": the new one is written down on a child's page, and confirmed there at once."""
    path = f"/children/{pages.home.children['Ella'].id}"
    new = pages.home.phones[f"{who} ny"]
    await pages.post(path, f"{path}/addresses", guardian_id=pages.guardian_id(who), address=new)
    browser = await pages.browse(path)
    assert browser.seen is not None
    change = browser.seen.text.split(f"{path}/addresses/")[1].split("/")[0]
    seen = await browser.post(f"{path}/addresses/{change}/confirm")
    assert seen.status == 200, seen.text[:3000]


ACTS: Mapping[str, Act] = {
    "away": away,
    "comes": comes,
    "late": late,
    "early": early,
    "fetched": fetched,
    "disputes": not_fetched,
    "leave": apply_for_leave,
    "agrees": agree,
    "withdraws": withdraw_leave,
    "opens": open_letters,
    "consents": consent,
    "week": week,
    "books": books,
    "holiday": holiday,
    "phone": phone,
}
