"""No page shows or does anything to staff outside its reach: for each of them, what is another's looks as if it were not
there, and nothing changes. A new page is tried without being named here. Source: security rules S3.3, S3.7 and S3.9.
"""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from enum import Enum
from typing import Any, get_args, get_origin

import pytest
import sqlalchemy as sa

from admin_web import cookies
from admin_web.page import Page
from admin_web.staff import ALL_PAGES
from hub.address import SMS, Address
from hub.asker import Trust
from hub.calendars import close
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.readers import TagReader
from hub.door.taps import keep_tap
from hub.mailroom.print_batches import PrintBatch
from hub.mailroom.sendings import LetterSending, WhySending, begin_sendings
from hub.mailroom.ways import give_to_nobody
from hub.people.families import Child
from hub.people.guest_places import GuestPlace, GuestWhy
from hub.people.numbers import NumberAllocation
from hub.people.staff import RoleHolding, Staff
from hub.post.alarms import Alarm, AlarmKind
from hub.post.broadcasts import Place, Scope, Written, keep_broadcast
from hub.post.files import Attachment, AttachmentBody, FileState
from hub.post.messages import Message
from hub.post.topics import Topic
from hub.post.unreached import Unreached
from hub.safety import exports
from hub.safety.address_changes import Code, begin_change
from hub.safety.audit import AuditRow
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.staff_phones import begin_phone
from hub.school.assessments import AssessmentKind, Finding, give_assessment
from hub.school.attendance import mark_here
from hub.school.attendance_denials import WasTold, deny
from hub.school.attendance_wishes import Moved
from hub.school.campaigns import ConsentCampaign
from hub.school.care_notes import Matter, NoteKind, Teller, tell_note
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Choice, How, Told, say_words
from hub.school.fetch_waking import DueHome, begin_fetch
from hub.school.happenings import Written as Happens
from hub.school.happenings import put
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper
from hub.school.not_arrived import Why
from hub.school.services import ServiceKind, enrol
from hub.school.trusted_people import Whom, trust_person
from hub.school.waking import Due, begin
from hub.sign_in.tokens import form_token
from hub.tables import METADATA
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day, without_chance
from tests.admin_web.staff_site import Seen
from tests.hub.door.devices import pair_gate, touch
from tests.hub.door.handing import give
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for, grant
from tests.hub.sign_in.school import TEST
from tests.village import FJORDVIK, SAARELA, Village

ABSENT = "0" * 26
DAY = "2025-03-10"
NOT_THERE = {"GET": {404}, "POST": {404, 409, 422}}
OWN_TABLES = {"audit", "staff_sessions", "staff_devices", "sign_in_paces"}
"""What a refused request may write: that it came, and that it was refused."""
ABOUT_ADA = {"child_id", "thread_id", "message_id", "attachment_id", "application_id", "consent_id"}
ABOUT_ADA |= {"assessment_id", "note_id", "person_id", "place_id", "letter_id", "sending_id"}
FORMS = {"q": "Nordmann", "phone": "+4740000001", "purpose": "first", "kind": "note", "text": "hei", "answer": "no"}
FORMS |= {"is_on": "true", "asks_at": "09:00", "second_after": "15", "list_after": "30", "leader_after": "45"}
FORMS |= {"first_after": "10", "seen": ABSENT}
FORMS |= {"span_days": "60", "valid_days": "365", "guardian": ABSENT}
FORMS |= dict.fromkeys(
    ("every", "hours", "weeks", "hands_over", "lock_weeks", "lock_weekday", "ask_days", "remind_days"), "1"
)
FORMS |= dict.fromkeys(("lock_at", "ask_at", "remind_at"), "12:00")
FORMS |= dict.fromkeys(("first", "last", "asks", "closes", "begins", "binding", "left_on"), DAY)
FORMS |= {"topic": "letter", "wait": "5", "money": "1", "sure": "yes", "way": "daily:sms", "reserved": "sms:all"}
FORMS |= {"quiet_from": "20:00", "quiet_to": "08:00", "told": "came:yes", "word": "hun er her"}
FORMS |= {"fee": "50", "walk_minutes": "5", "meal": "lunch"}
FORMS |= {"at": "12:00", "why": "forgotten", "clock": "2025-03-03T06:12:00Z", "public_key": ""}
FORMS |= {"subject": "Norsk", "state": "here", "remark": "hei", "rest": "here"}
FORMS |= {"noted_subject": "Norsk", "noted": "here", "noted_remark": "hei", "shown": "here", "times": "12:00"}
FORMS |= {"came_before": "2025-03-03T06:12:00Z", "left_before": "2025-03-03T11:12:00Z"}
FORMS |= {"leaves_at": "12:00", "reply": "bulletin", "choices": "Ja", "everyone": "unit", "language": "nb"}
FORMS |= {"came": "06:30", "left": "12:00", "adults": "7-9: 1", "holds": "today"}
FORMS |= {"rows": "60", "starts_at": "12:00", "ends_at": "13:00"}
FORMS |= {"assessed": "grade:5", "period": "1. termin", "words": "hei", "shared": ABSENT, "noted_shared": ABSENT}
FORMS |= {"street": "Strandgata 9", "postal_code": "0002", "town": "Fjordvik", "country": "NO"}
DAYS = {"/talks": "5"}
"""Where days are so many, and not those."""

STRANGERS = [
    pytest.param("Jari Laine", SAARELA, id="another owner"),
    pytest.param("Tuula Heikkinen", SAARELA, id="leader of another owner"),
    pytest.param("Astrid Vik", FJORDVIK, id="leader of another unit"),
    pytest.param("Nora Eide", FJORDVIK, id="club"),
]
OF_THE_OWNER = "/consents/kinds"
LEADERS = ("Astrid Vik",)
"""What an owner asks for, all its leaders may see, whichever unit they lead."""
PAGES = [page for pages in ALL_PAGES for page in pages.listed if not page.guests]
SHOWING = [page for page in PAGES if not page.path.endswith("/live")]
ENDING = [page for page in PAGES if page.path not in ("/threads/live", "/leave/live")]
"""But for the streams that are nobody's in particular: they end only when the session does."""


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def fill(day: SchoolDay, child: str, guardian: str, group: str, title: str, teacher: str) -> dict[str, str]:
    """Something of every kind at the school; their ids by the names that pages give them."""
    await day.report(child, guardian)
    arrival = await day.write_unknown("+4740000999", title, "hei på dere")
    thread = await day.write(guardian, f"Om {child}", [child])
    village = day.village

    def more(work: Work) -> dict[str, str]:
        message = work.session.scalars(sa.select(Message.id).where(Message.thread_id == thread)).one()
        file = Attachment(
            id=work.new_id(),
            owner_id=village.owner().id,
            message_id=message,
            channel="twilio",
            link="http://127.0.0.1/",
            claimed_type="image/jpeg",
            due=work.now,
            state=FileState.KEPT,
        )
        work.session.add(file)
        work.session.flush()
        work.session.add(AttachmentBody(attachment_id=file.id, body=b"no picture"))
        role, staff = village.role(title), village.staff(teacher)
        (mark,) = mark_here(work, village.unit("school"), [village.child(child)], staff.id)
        holding = sa.select(RoleHolding.id).where(RoleHolding.role_id == role.id).order_by(RoleHolding.id).limit(1)
        case = begin(work, village.unit("school"), Due(village.child(child), None, (), work.now))
        case.why = Why.UNREACHABLE
        still = begin_fetch(work, village.unit("school"), DueHome(village.child(child), None, (), work.now))
        closed = close(work, village.unit("school"), date(2025, 4, 7), date(2025, 4, 7), "Planleggingsdag", staff.id)
        number = sa.select(NumberAllocation.number_id).where(NumberAllocation.role_id == role.id).limit(1)
        kinds = list_kinds(work, village.owner().id)
        who, about = village.guardian(guardian), work.session.get_one(Child, village.child(child).id)
        told = Told(How.PAPER, staff.id, Trust.STRONG)
        (word,) = say_words(work, about, who.id, [Choice(kinds[0], granted=True)], told)
        campaign = ConsentCampaign(
            id=work.new_id(),
            owner_id=who.owner_id,
            unit_id=village.unit("school").id,
            group_id=village.group(group).id,
            kind_ids=[kinds[0].id],
            started_by=staff.id,
            started_at=work.now,
            look_at=work.now,
            ends_on=date(2025, 3, 17),
        )
        unreached = Unreached(
            id=work.new_id(),
            owner_id=who.owner_id,
            unit_id=village.unit("school").id,
            message_id=message,
            guardian_id=who.id,
            topic=Topic.LETTER,
            why="30005",
            since=work.now,
        )
        work.session.add_all([campaign, unreached])
        allergy = tell_note(work, about, Matter(NoteKind.ALLERGY, "nøtter"), Teller(who.id, Trust.CONFIRMED))
        trusted = trust_person(work, about, Whom("Tante Eva"), told_by=who.id, trust=Trust.CONFIRMED)
        work.asker = as_staff(staff)
        tag = give(work, village, child, to=guardian, at="school")
        gate = pair_gate(work, village, unit_name="school")
        export = exports.ask(work, Wish(ExportKind.ON_PAPER_CODES, village.unit("school").id), 60)
        work.asker = TEST
        guest = GuestPlace(
            id=work.new_id(),
            owner_id=who.owner_id,
            child_id=about.id,
            home_unit_id=village.unit("school").id,
            unit_id=village.unit("day-care").id,
            from_day=date(2025, 4, 7),
            to_day=date(2025, 4, 7),
            seen_to=date(2025, 4, 7),
            why=GuestWhy.CLOSED,
            asked_by=staff.id,
            asked_at=work.now,
        )
        work.session.add(guest)
        return {
            "place_id": guest.id,
            "host_id": guest.unit_id,
            "export_id": export.id,
            "note_id": allergy.id,
            "assessment_id": assess(work, village, about, staff.id),
            "person_id": trusted.id,
            "unreached_id": unreached.id,
            "consent_id": word.id,
            "campaign_id": campaign.id,
            "broadcast_id": tell_many(work, village, group, staff.id),
            "receiver_id": ABSENT,
            "text_id": ABSENT,
            "corrects": ABSENT,
            "children": village.child(child).id,
            "left_out": village.child(child).id,
            "theirs": village.child(child).id,
            "kind_id": kinds[1].id,
            "consent": kinds[1].id,
            "kinds": kinds[1].id,
            "guardian": who.id,
            "kept": word.id,
            "thread_id": thread,
            "message_id": message,
            "attachment_id": file.id,
            "files": file.id,
            "pictured": village.child(child).id,
            "arrival_id": arrival,
            "application_id": apply_for(work, village, child, guardian, [FAR], asked=False),
            "letter_id": (letter := write_letter(work, village, child, guardian)),
            "sending_id": send_letter(work, letter),
            "batch_id": begin_batch(work, village),
            "child_id": village.child(child).id,
            "about": village.child(child).id,
            "pupil": village.child(child).id,
            "lesson": "1",
            "unit_id": village.unit("school").id,
            "unit": village.unit("school").id,
            "group_id": village.group(group).id,
            "group": village.group(group).id,
            "groups": village.group(group).id,
            "role_id": role.id,
            "role": role.id,
            "staff_id": staff.id,
            "staff": staff.id,
            "holding_id": work.session.scalars(holding).one(),
            "number_id": work.session.scalars(number).one(),
            "number": work.session.scalars(number).one(),
            "mark_id": mark.id,
            "mark": mark.id,
            "case_id": case.id,
            "still_id": still.id,
            "denial_id": deny(work, mark, WasTold(Moved.CAME, mark.came_at), village.guardian(guardian).id, message).id,
            "closed_id": closed.id,
            "happening_id": put_in_calendar(work, village, group, staff),
            "enrolment_id": enrol_for_lunch(work, village, child, staff.id),
            "told_id": day.fetches(work, child, guardian).id,
            "week_id": message,
            "before": message,
            "again": message,
            "marked": mark.id,
            "released": work.session.scalars(number).one(),
            "readers": village.guardian(guardian).id,
            "guardian_id": village.guardian(guardian).id,
            "tag_id": tag.tag_id,
            "hand_out_id": tag.id,
            "phone_id": begin_phone(work, staff, Address(SMS, "+4740000976"), Code("482913", "salt")).id,
            "reader_id": gate.id,
            "tap_id": touch_tag(work, gate),
            "reader": gate.id,
            "change_id": begin_change(work, village.guardian(guardian), None, Address(SMS, "+4740000977"), None).id,
        }

    return await day.site.desk.work(TEST, more)


def assess(work: Work, village: Village, child: Child, by: str) -> str:
    found = Finding(AssessmentKind.GRADE, "4", "Norsk", "", "")
    return give_assessment(work, village.unit("school"), child, found, by).id


def enrol_for_lunch(work: Work, village: Village, child: str, by: str) -> str:
    unit, kept = village.unit("school"), work.session.get_one(Child, village.child(child).id)
    return enrol(work, unit, kept, ServiceKind.MEALS, "Lunsj", unit.today(work.now), by=by).id


def put_in_calendar(work: Work, village: Village, group: str, staff: Staff) -> str:
    work.asker = as_staff(staff)
    day = village.unit("school").today(work.now)
    happening = put(work, village.unit("school").id, Happens("Foreldremøte", day, group_ids=(village.group(group).id,)))
    work.asker = TEST
    return happening.id


def write_letter(work: Work, village: Village, child: str, guardian: str) -> str:
    """One application of the child's is decided; the id of its letter, whose PDF is made."""
    work.asker = as_staff(village.staff("Ingrid Solberg"))
    grant(work, village, apply_for(work, village, child, guardian, [FAR + timedelta(days=1)], asked=False))
    work.asker = TEST
    letter = work.session.scalars(sa.select(LeaveLetter).order_by(LeaveLetter.id).limit(1)).one()
    paper = LeavePaper(letter_id=letter.id, owner_id=letter.owner_id, body=b"", sha256="", made_at=work.now)
    work.session.add(paper)
    return letter.id


def begin_batch(work: Work, village: Village) -> str:
    """Letters of the school that are to be printed; the batch's id."""
    unit = village.unit("school")
    batch = PrintBatch(id=work.new_id(), owner_id=unit.owner_id, unit_id=unit.id, number=1, letters=1, made_at=work.now)
    work.session.add(batch)
    return batch.id


def send_letter(work: Work, letter_id: str) -> str:
    """Nobody can receive it; the sending's id."""
    letter = work.session.get_one(LeaveLetter, letter_id)
    letter.paper_due, letter.sending_due = None, work.now
    work.session.flush()
    begin_sendings(work)
    work.session.flush()
    sending = work.session.scalars(sa.select(LetterSending).where(LetterSending.letter_id == letter_id)).one()
    give_to_nobody(work, sending, WhySending.NO_ADDRESS)
    return sending.id


def touch_tag(work: Work, gate: TagReader) -> str:
    """The child's tag was touched at a gate; the id of the touch."""
    return keep_tap(work, gate, touch(1, work.now)).id


def tell_many(work: Work, village: Village, group: str, by: str) -> str:
    unit = village.unit("school")
    role, groups = village.role("principal").id, (village.group(group).id,)
    place = Place(unit.owner_id, Scope.GROUPS, "Fjordvik skole", role, unit.id, groups)
    broadcast = keep_broadcast(work, place, Written({"nb": "Husk gymtøy"}, "nb"), work.now)
    broadcast.written_by = by
    work.session.flush()
    alarm = Alarm(
        id=work.new_id(),
        owner_id=place.owner_id,
        broadcast_id=broadcast.id,
        kind=AlarmKind.URGENT,
        is_drill=False,
        raised_at=work.now,
    )
    work.session.add(alarm)
    return broadcast.id


def path_of(page: Page, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: ids[part[1]], page.path)


def form_of(page: Page, ids: dict[str, str]) -> dict[str, Any]:
    """A value for every field that is not in the path."""
    fields = page.asked.model_fields if page.asked else {}
    ids = {**ids, "days": DAYS.get("/" + page.path.split("/")[1], DAY)}
    return {
        name: ids.get(name) or FORMS.get(name) or example(field.annotation, name)
        for name, field in fields.items()
        if f"{{{name}}}" not in page.path
    }


def example(kind: Any, name: str) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return str(next(iter(kind)).value)
    if get_origin(kind) is not None and (choices := [one for one in get_args(kind) if isinstance(one, str) and one]):
        return choices[0]
    if kind is bool:
        return "true"
    return DAY if "day" in name else "nothing"


def everything(look: Look) -> dict[str, list[tuple[Any, ...]]]:
    """All that is in the store, but for who looked and signed in."""
    return {
        name: [tuple(row) for row in look.session.execute(sa.select(table).order_by(*table.primary_key.columns))]
        for name, table in METADATA.tables.items()
        if name not in OWN_TABLES
    }


def as_text(seen: Seen, ids: dict[str, str]) -> str:
    """Without what tells one of them from another: the longest first, for a short one may stand within another."""
    text = without_chance(seen)
    for id_ in sorted(set(ids.values()), key=len, reverse=True):
        text = text.replace(id_, ABSENT)
    return text


async def ask(day: SchoolDay, who: str, owner: str, page: Page, ids: dict[str, str]) -> Seen:
    browser = await day.as_(who, owner)
    if page.method == "POST":
        token = form_token(browser.cookie(cookies.SESSION) or "")
        return await browser.post(path_of(page, ids), follow=False, **form_of(page, ids), token=token)
    asked = {name: value for name, value in form_of(page, ids).items() if name in ids}
    query = "&".join(f"{name}={value}" for name, value in asked.items() if name not in ("before", "again", "marked"))
    return await browser.get(path_of(page, ids) + ("?" + query if query else ""), follow=False, headers=HTMX)


@pytest.mark.parametrize(("who", "owner"), STRANGERS)
async def test_what_is_anothers_looks_as_if_it_were_not_there_and_nothing_changes(
    day: SchoolDay, who: str, owner: str
) -> None:
    ids = await fill(day, "Kari Nordmann", "Anne Nordmann", "7A", "contact teacher 7A", "Kari Lunde")
    absent = dict.fromkeys(ids, ABSENT)
    before = await day.site.desk.look(TEST, everything)
    wrong = []

    for page in ENDING:
        if who in LEADERS and page.path.startswith(OF_THE_OWNER):
            continue
        seen, missing = [await ask(day, who, owner, page, these) for these in (ids, absent)]
        if seen.status != missing.status or as_text(seen, ids) != as_text(missing, ids):
            wrong.append(f"{page.method} {page.path}: {seen.status} is not {missing.status}")
        if "{" in page.path and seen.status not in NOT_THERE[page.method]:
            wrong.append(f"{page.method} {page.path}: {seen.status}")
        if any(name in seen.text for name in ("Nordmann", "Lunde")):
            wrong.append(f"{page.method} {page.path}: tells a name")

    assert wrong == []
    assert await day.site.desk.look(TEST, everything) == before


async def test_nobody_but_a_named_reader_learns_of_a_protected_child_from_any_page(day: SchoolDay) -> None:
    ids = await fill(day, "Ada Lien", "Ragnhild Lien", "1A", "contact teacher 1A", "Maria Nygård")
    wrong = []

    for who in ("Sindre Moen", "Liv Berge", "Per Haugen", "Kari Lunde", "Astrid Vik"):
        for page in SHOWING:
            seen = await ask(day, who, FJORDVIK, page, ids)
            if re.search(r"\bAda\b|Lien", seen.text):
                wrong.append(f"{who}, {page.method} {page.path}: tells a name")
            is_about_ada = not ABOUT_ADA.isdisjoint(re.findall(r"\{(\w+)\}", page.path))
            if is_about_ada and seen.status not in NOT_THERE[page.method]:
                wrong.append(f"{who}, {page.method} {page.path}: {seen.status}")

    assert wrong == []
    assert await day.site.desk.look(TEST, count_refusals)


def count_refusals(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(AuditRow).where(AuditRow.what == "refused")) or 0


async def test_who_is_not_signed_in_is_led_to_the_sign_in(day: SchoolDay) -> None:
    browser = day.site.browser()
    led = set()

    for page in PAGES:
        path = re.sub(r"\{\w+\}", ABSENT, page.path)
        seen = await (browser.get if page.method == "GET" else browser.post)(path, follow=False)
        led.add((seen.status, seen.headers.get("Location", "").partition("?")[0]))

    assert led == {(303, "/sign-in")}
