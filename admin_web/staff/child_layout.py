"""How a child's book is laid out as *Child*: its state in a word and a colour, the way home, the family, and the bubbles."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from aiohttp import web

from admin_web.staff.assessments import is_taught
from admin_web.staff.bubbles import lay_out
from admin_web.staff.care import lay_out_care
from admin_web.staff.child_book import ChildBook
from admin_web.staff.child_documents import gather_child_documents, lay_out_documents
from admin_web.staff.composer import WrittenAsked, lay_out_composer
from admin_web.staff.lessons_board import gather_child_lessons
from admin_web.staff.morning_words import home_said
from admin_web.staff.tags_board import gather_child_tags
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.desk import Refusal
from hub.people.places import Unit
from hub.post.address_decisions import BLOCKED
from hub.post.families import Known
from hub.safety.address_changes import AddressChange
from hub.school.day_board import Presence
from hub.school.fetchers import Standing
from hub.school.guest_care import Guest
from hub.spoken import say_clock

PILL = {
    Presence.HERE: "here",
    Presence.LEFT: "away",
    Presence.AWAY: "away",
    Presence.ELSEWHERE: "away",
    Presence.LATE: "late",
    Presence.NOT_HEARD: "unheard",
}


async def show_book(
    visit: Visit,
    book: ChildBook,
    *,
    is_newest: bool = True,
    written: WrittenAsked | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    """The whole page; with what was refused, and why, where something was."""
    path, home = f"/children/{book.child.id}", book.places[0][0]
    tags = await visit.look(gather_child_tags, book.child.id)
    lessons = await visit.look(gather_child_lessons, book.child.id)
    cases = await visit.look(gather_child_documents, book.child.id)
    await visit.note_reading([*book.read_ids, *(case.application.id for case in cases)])
    composer = lay_out_composer(
        visit,
        book.plans,
        book.enclosing,
        chosen=_last_written_with(book),
        written=written,
        again=book.again,
        refusal=refusal,
    )
    return visit.show(
        "staff/child.j2",
        status=422 if refusal is not None else 200,
        here=path,
        live=f"{path}/live" if is_newest else None,
        composer=composer,
        wrong="" if refusal is None or written is not None else visit.explain(refusal),
        is_newest=is_newest,
        title=_title(visit, book),
        guardians=[_guardian(visit, known) for known in book.known],
        tags=tags,
        lessons=lessons,
        documents=lay_out_documents(visit, cases),
        assessments=f"{path}/assessments" if await visit.look(is_taught, book.child.id) else "",
        tags_path=f"/tags/{home.id}",
        local=home.local,
        talk=book.talk,
        talk_path=f"/talks/{book.places[0][0].id}#t-{book.child.id}",
        today=book.reader.days[book.places[0][0].id],
        people=[(known.id, known.name) for known in book.known if known.warning != BLOCKED],
        pending=_lay_out_pending(visit, book.pending, home, home.today(book.now), path),
        threads=[plan for plan in book.plans if plan.thread is not None],
        **facts(visit, book),
    )


def _last_written_with(book: ChildBook) -> str:
    """The readers of the thread that the newest message stands in: an answer goes to the same."""
    threads = {plan.thread.id: plan.key for plan in book.plans if plan.thread is not None}
    return next((threads[e.thread_id] for e in reversed(book.page.entries) if e.thread_id in threads), "")


def facts(visit: Visit, book: ChildBook) -> dict[str, Any]:
    """What the whole page and its newest messages alone both show."""
    path = f"/children/{book.child.id}"
    return {
        "path": path,
        "child": book.child,
        "places": [visit.say("child.place", group=group.name, unit=unit.name) for unit, group in book.places],
        **_state(visit, book),
        "state_time": _state_time(book, visit.language),
        "home": _home(visit, book),
        "care": lay_out_care(visit, book.care),
        "named": book.named,
        "elsewhere": [_elsewhere(visit, book, guest) for guest in book.elsewhere],
        "may_arrange": book.may_arrange,
        "bubbles": lay_out(visit, book.reader.units, book.page.entries, path, book.now),
        "file_ways": book.file_ways,
        "earlier": f"{path}?before={book.page.before}" if book.page.before else "",
    }


def _state(visit: Visit, book: ChildBook) -> dict[str, str]:
    """The pill of today, and its word where that is not the usual one: as on the morning page."""
    today = book.today
    if today is None:
        return {"state": "", "state_word": visit.say("child.no_day")}
    if today.is_contradicted:
        return {"state": "missing", "state_word": visit.say("morning.here_or_away")}
    if today.is_disputed and not today.was_seen:
        return {"state": "missing", "state_word": visit.say("morning.disputed")}
    word = visit.say("morning.has_left") if today.presence is Presence.LEFT else ""
    if today.presence is Presence.ELSEWHERE and today.elsewhere is not None:
        word = visit.say("morning.elsewhere", unit=today.elsewhere.unit)
    return {"state": PILL[today.presence], "state_word": word}


def _elsewhere(visit: Visit, book: ChildBook, guest: Guest) -> str:
    today = guest.home.today(book.now)
    days = visit.say("guests.days", days=guest.place.days, today=today)
    return visit.say("guests.child", unit=guest.host.name, days=days, asked=guest.place.is_asked)


def _home(visit: Visit, book: ChildBook) -> dict[str, str] | None:
    """How the child goes home today, what is known of whoever fetches, and where that is said to be checked."""
    home = book.home
    if home is None:
        return None
    how, *known = home_said(visit, home)
    told, fetching = home.fetching or home.early, home.fetching
    calm = not home.is_untold and (home.is_checked or home.standing is Standing.KNOWN or not known)
    is_open = bool(known) and (home.is_untold or not home.is_checked)
    return {
        "how": how,
        "known": " · ".join(known),
        "pill": "missing" if home.rings else "" if calm else "waiting",
        "confirmed": "" if fetching is None else visit.say("child.fetching_confirmed", yes=home.is_confirmed),
        "check": f"/children/{book.child.id}/home/{told.id}/checked" if told and is_open else "",
    }


def _state_time(book: ChildBook, language: str) -> str:
    today = book.today
    if today is None:
        return ""
    if today.left_at is not None:
        return say_clock(book.places[0][0].local(today.left_at), language)
    if today.came_at is not None:
        return say_clock(book.places[0][0].local(today.came_at), language)
    return say_clock(today.comes_at, language) if today.comes_at is not None else ""


def _title(visit: Visit, book: ChildBook) -> str:
    name, at, today = book.child.called, _state_time(book, visit.language), book.today
    if today is None:
        return book.child.name
    if today.is_contradicted:
        return visit.say("child.here_or_away", name=name)
    if today.is_disputed and not today.was_seen:
        return visit.say("child.late_disputed" if today.is_late_disputed else "child.disputed", name=name)
    if today.presence is Presence.HERE:
        return visit.say("child.here", name=name, at=at)
    if today.presence is Presence.LEFT:
        return visit.say("child.left", name=name, at=at)
    if today.presence is Presence.LATE:
        return visit.say("child.late", name=name, at=at)
    if today.presence is Presence.ELSEWHERE and today.elsewhere is not None:
        return visit.say("child.elsewhere", name=name, unit=today.elsewhere.unit)
    return visit.say("child.away" if today.presence is Presence.AWAY else "child.not_heard", name=name)


def _guardian(visit: Visit, known: Known) -> dict[str, str]:
    return {
        "name": known.name,
        "relation": visit.say("child.relation", code=known.relation),
        "channel": "sms",
        "address": visit.say("child.by_sms", address=known.address) if known.address else visit.say("child.no_phone"),
        "warning": visit.say(f"child.{known.warning}") if known.warning else "",
    }


def _lay_out_pending(
    visit: Visit, pending: Sequence[tuple[Known, AddressChange]], unit: Unit, today: date, path: str
) -> list[dict[str, Any]]:
    """One row a change, with where its two buttons lead."""
    return [_row(visit, known, change, unit, today, path) for known, change in pending]


def _row(visit: Visit, known: Known, change: AddressChange, unit: Unit, today: date, path: str) -> dict[str, Any]:
    told = unit.local(change.told_at)
    acts = None if change.acts_from is None else unit.local(change.acts_from)
    code = "confirmed" if change.confirmed_by is not None else change.state
    return {
        "name": known.name,
        "value": shown_phone(change.value),
        "told": visit.say("child.change_told", at=told, today=today),
        "state": visit.say("child.change_state", code=code, acts=acts, today=today),
        "confirm": f"{path}/addresses/{change.id}/confirm" if change.confirmed_by is None else "",
        "refuse": f"{path}/addresses/{change.id}/refuse",
    }
