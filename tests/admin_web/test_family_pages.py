"""Every page and act of the family pages: another family's ids, an old session and another site's form are refused alike;
what is one's own is shown, heard live and kept in the audit."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from aiohttp import StreamReader

from admin_web.family import ALL_PAGES
from admin_web.page import Page
from hub.address import PUSH
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianRight, Guardianship
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Author, Lane, Message, Thread, ThreadKind, get_or_open_thread, keep_message
from hub.post.posting import Post, post
from hub.post.push_devices import PushDevice
from hub.safety.audit import AuditRow
from hub.school.consent_kinds import Kind, list_kinds
from hub.sign_in.family_sessions import FamilySession
from tests.admin_web.family_pages import FamilyPages, block, bubbles_of
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.school.applying import FAR, apply_for
from tests.living_hub import OPERATOR, living_hub
from tests.patience import PATIENCE
from tests.sent_files import bring
from tests.village import Village

PAGES = [page for pages in ALL_PAGES for page in pages.listed]
PRIVATE = [page for page in PAGES if not page.guests]
KEY = "a" * 26
ELSEWHERE = ("/notices/on", "/notices/renew", "/you/about", "/you/about/decline", "/duties/answer")
"""Acts of a browser that has keys of its own, pages of a pupil, and answers to what must wait: in test_family_notices,
test_pupil_pages, and the story of a school and its families."""
FORMS: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "/write": lambda ids: {"role_id": ids["role_id"], "text": "hei", "key": KEY},
    "/you/contact": lambda ids: {"address": "+47 40 00 09 77"},
    "/care/notes": lambda ids: {"kind": "food", "words": "hei"},
    "/care/people": lambda ids: {"person": "Tante Eva", "may_fetch": "yes"},
    **dict.fromkeys(
        ("/leave", "/leave/change", "/leave/send"),
        lambda _: {"first": "2025-05-05", "last": "2025-05-06", "reason": "travel"},
    ),
    "/answer": lambda _: {"answer": "accepted"},
    "/place": lambda ids: {"unit_id": ids["unit_id"], "what": "end", "day": "2025-05-05"},
    "/consents": lambda ids: {"kind": ids["kind_id"], "text": ids["text_id"], "answer": "no"},
}


def fill_in(page: Page, ids: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The page's address and form with these ids."""
    path = re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], page.path)
    return path, next((form(ids) for end, form in FORMS.items() if path.endswith(end)), {})


async def ask(browser: Browsing, page: Page, ids: dict[str, str], **headers: str) -> Seen:
    path, form = fill_in(page, ids)
    if page.method == "GET":
        partial = {"HX-Request": "true"} if path.endswith("/messages") else {}
        return await browser.get(path, headers={**partial, **headers}, follow=False)
    await browser.get("/family/sessions")
    return await browser.post(path, follow=False, **form)


def notify(work: Work, village: Village, guardian: str, message_id: str) -> tuple[str, str]:
    """A browser of theirs, and a notice of a message in it."""
    told_to, session = village.guardian(guardian), work.session
    device = PushDevice(
        id=work.new_id(),
        owner_id=told_to.owner_id,
        guardian_id=told_to.id,
        people=told_to.id,
        session_id=session.scalars(sa.select(FamilySession.id).where(FamilySession.guardian_id == told_to.id)).one(),
        address_id=None,
        proof_id=None,
        is_strong=False,
        endpoint="https://push.example/1",
        endpoint_hash=guardian,
        key="key",
        auth="auth",
        made_at=work.now,
        renewed_at=work.now,
    )
    notice = Delivery(
        id=work.new_id(),
        owner_id=told_to.owner_id,
        message_id=message_id,
        guardian_id=told_to.id,
        address_id=None,
        kind=PUSH,
        channel=PUSH,
        recipient=device.id,
        sender=PUSH,
        text="",
        lane=Lane.ORDINARY,
        due=work.now,
        deadline=work.now,
        status=Status.SENT,
        rank=RANK[Status.SENT],
    )
    session.add_all([device, notice])
    return notice.id, device.id


async def ids_of(pages: FamilyPages, guardian: str, child: str) -> dict[str, str]:
    """What another family's addresses would hold."""

    def find(look: Look) -> str:
        own = pages.living.village.guardian(guardian).id
        return look.session.scalars(sa.select(FamilySession.id).where(FamilySession.guardian_id == own)).one()

    def first_kind(look: Look) -> Kind:
        return list_kinds(look, pages.living.village.owner().id)[0]

    kind = await pages.living.hub.desk.look(OPERATOR, first_kind)
    message_id, attachment_id = await pages.living.hub.desk.work(OPERATOR, bring, pages.living.village, guardian, child)
    notice_id, device_id = await pages.living.hub.desk.work(
        OPERATOR, notify, pages.living.village, guardian, message_id
    )
    village = pages.living.village
    return {
        "application_id": await pages.living.hub.desk.work(OPERATOR, apply_for, village, child, guardian, [FAR]),
        "unit_id": village.unit("school").id,
        "message_id": message_id,
        "attachment_id": attachment_id,
        "notice_id": notice_id,
        "device_id": device_id,
        "child_id": pages.child(child),
        "role_id": pages.living.village.role("contact teacher 7A").id,
        "session_id": await pages.living.hub.desk.look(OPERATOR, find),
        "letter_id": pages.child(child)[::-1],
        "kind_id": kind.id,
        "text_id": kind.text.id,
        "change_id": kind.id,
        "note_id": kind.id,
        "person_id": kind.id,
    }


async def test_another_familys_ids_look_like_none_on_every_route(pages: FamilyPages) -> None:
    await pages.signed_in("Camilla Hansen")
    browser = await pages.signed_in("Anne Nordmann")
    theirs = await ids_of(pages, "Camilla Hansen", "Sara Hansen")
    nobodys = dict.fromkeys(theirs, "0" * 26) | {
        same: theirs[same] for same in ("role_id", "kind_id", "text_id", "unit_id")
    }

    for page in (page for page in PRIVATE if "{" in page.path):
        forbidden, absent = await ask(browser, page, theirs), await ask(browser, page, nobodys)

        assert (forbidden.status, absent.status) == (404, 404), page.path
        assert shown(forbidden) == shown(absent), page.path
    assert not await texts_like(pages, "hei")


def shown(answer: Seen) -> str:
    """Without what is different on every answer: its nonce, and the address that was asked for."""
    return re.sub(r'nonce="[^"]+"|name="back" value="[^"]+"', "", answer.text)


async def texts_like(pages: FamilyPages, text: str) -> list[str]:
    def read(look: Look) -> list[str]:
        return list(look.session.scalars(sa.select(Message.text).where(Message.text == text)))

    return await pages.living.hub.desk.look(OPERATOR, read)


async def test_without_a_session_or_with_an_old_one_every_route_leads_to_the_sign_in(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    own = await ids_of(pages, "Anne Nordmann", "Kari Nordmann")
    old = browser.cookie("budbok-family") or ""
    await browser.get("/family")
    await browser.post("/family/sign-out")
    stale = pages.browser()
    stale.session.headers["Cookie"] = f"budbok-family={old}"

    for guest in (pages.browser(), stale):
        for page in PRIVATE:
            path, form = fill_in(page, own)
            answer = await (guest.get(path, follow=False) if page.method == "GET" else guest.post(path, False, **form))

            assert answer.status == 303, page.path
            assert answer.headers["Location"].startswith("/family/sign-in"), page.path


async def test_another_sites_form_is_refused_on_every_act(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    own = await ids_of(pages, "Anne Nordmann", "Kari Nordmann")
    await browser.get("/family")
    seen = browser.seen

    for page in (page for page in PAGES if page.method == "POST"):
        path, form = fill_in(page, own)
        for headers in ({"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}, {}):
            browser.seen = seen
            assert (await browser.post(path, False, headers=headers, **form)).status == 403, page.path
        browser.seen = None
        assert (await browser.post(path, False, **form)).status == 403, page.path
    assert (await browser.get("/family")).path == "/family"


async def test_ones_own_ids_are_shown_on_every_route(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    own = await ids_of(pages, "Anne Nordmann", "Kari Nordmann")
    shown_or_done = {}

    for page in PRIVATE:
        if page.live or "letter_id" in page.path or page.path.endswith(("/end", "/everywhere", *ELSEWHERE)):
            continue
        shown_or_done[page.path] = (await ask(browser, page, own)).status

    assert set(shown_or_done.values()) == {200, 303}, shown_or_done


async def test_a_block_ends_the_book_at_the_next_reading(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Wenche Sand")
    paths = {name: f"/family/children/{pages.child(name)}" for name in ("Tiril Sand", "Fredrik Sand")}
    before = [(await browser.get(path)).status for path in paths.values()]

    await pages.living.hub.desk.work(OPERATOR, block, pages.living.village, "Wenche Sand", "Tiril Sand")
    after = [(await browser.get(path)).status for path in paths.values()]

    assert before == [200, 200]
    assert after == [404, 200]
    assert "Tiril" not in (await browser.get("/family")).text


async def test_a_right_of_another_kind_shows_nothing(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Petter Viken")

    home = await browser.get("/family")
    mia = await browser.get(f"/family/children/{pages.child('Mia Dahlby Olsen')}")

    assert "Leo" in home.text
    assert "Mia" not in home.text
    assert mia.status == 404


async def test_what_staff_hold_back_is_not_there_until_it_leaves(pages: FamilyPages, clock: StoppedClock) -> None:
    await pages.living.text("Anne Nordmann", "contact teacher 7A", "Kan vi snakke om Kari?")
    browser = await pages.signed_in("Anne Nordmann")
    await pages.living.settled()
    path = f"/family/children/{pages.child('Kari Nordmann')}"

    await pages.living.hub.desk.work(OPERATOR, hold_an_answer, pages)
    held = await browser.get(path)
    clock.move(timedelta(seconds=6))
    out = await browser.get(path)

    assert "Ring meg gjerne" not in held.text
    assert ("staff", "Ring meg gjerne") in bubbles_of(out)


def hold_an_answer(work: Work, pages: FamilyPages) -> None:
    anne, staff = pages.living.village.guardian("Anne Nordmann"), pages.living.village.staff("Kari Lunde")
    thread = work.session.scalars(sa.select(Thread).where(Thread.party == anne.id)).one()
    what = Post(
        "Ring meg gjerne", "nb", Author.STAFF, staff.id, [pages.child("Kari Nordmann")], hold=timedelta(seconds=5)
    )
    post(work, thread, what)


async def test_sensitive_words_wait_for_a_stronger_sign_in(pages: FamilyPages) -> None:
    def keep(work: Work) -> None:
        anne, unit = pages.living.village.guardian("Anne Nordmann"), pages.living.village.unit("school")
        thread = get_or_open_thread(work, unit.owner_id, unit.id, [anne.id], ThreadKind.PRIVATE)
        said = Message(
            id=work.new_id(),
            owner_id=unit.owner_id,
            thread_id=thread.id,
            at=work.now,
            author=Author.STAFF,
            author_id=pages.living.village.staff("Kari Lunde").id,
            channel="sms",
            text="Resultatet av utredningen",
            language="nb",
            sensitive=True,
        )
        keep_message(work, thread, said, [pages.child("Kari Nordmann")])

    await pages.living.hub.desk.work(OPERATOR, keep)
    browser = await pages.signed_in("Anne Nordmann")

    for path in ("/family", f"/family/children/{pages.child('Kari Nordmann')}"):
        page = await browser.get(path)
        assert "utredningen" not in page.text
        assert "vises bare med sterkere innlogging" in page.text


async def test_words_are_text_wherever_they_are_shown(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")

    page = await pages.write(browser, "Kari Nordmann", "<script>alert(1)</script> {{ 7*7 }}")
    home = await browser.get("/family")

    assert "<script>alert" not in page.text + home.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page.text


async def test_each_reading_is_kept_in_the_audit(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    await browser.get(f"/family/children/{pages.child('Kari Nordmann')}")
    await browser.get(f"/family/children/{pages.child('Sara Hansen')}")
    anne = pages.living.village.guardian("Anne Nordmann").id

    def read(look: Look) -> list[tuple[str, int, list[str]]]:
        rows = look.session.scalars(
            sa.select(AuditRow).where(AuditRow.who_id == anne, AuditRow.what != "family.sign_in")
        )
        return sorted((row.what, row.trust, list(row.ids)) for row in rows if row.why.startswith("page book"))

    kept = await pages.living.hub.desk.look(OPERATOR, read)
    assert [(what, trust) for what, trust, _ in kept] == [("read", 1), ("refused", 1)]
    assert kept[0][2][0] == pages.child("Kari Nordmann")
    assert kept[1][2] == [pages.child("Sara Hansen")]


async def test_an_open_book_hears_of_what_is_new_and_of_its_end(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Anne Nordmann")
    page = await browser.get(f"/family/children/{pages.child('Kari Nordmann')}")
    stream = re.search(r'hx-sse:connect="([^"]+)"', page.text)
    assert stream is not None
    async with browser.session.get(stream[1].replace("&amp;", "&"), headers={"Accept": "text/event-stream"}) as live:
        assert await next_event(live.content) == "open"

        await pages.send(browser, "Kari Nordmann", "Kari er syk i dag")
        first = await next_event(live.content)

        await pages.living.hub.desk.work(OPERATOR, take_rights, pages, "Anne Nordmann")
        last = await next_event(live.content)
        while last == "changed":
            last = await next_event(live.content)

    assert (first, last) == ("changed", "over")


async def next_event(content: StreamReader) -> str:
    async with asyncio.timeout(PATIENCE):
        while True:
            line = (await content.readline()).decode()
            if line.startswith("event:"):
                return line.removeprefix("event:").strip()


def take_rights(work: Work, pages: FamilyPages, guardian: str) -> None:
    own = sa.select(Guardianship.id).where(Guardianship.guardian_id == pages.living.village.guardian(guardian).id)
    work.session.execute(sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own)))


async def test_two_who_share_by_choice_read_the_same_and_are_told_who_reads(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in("Marte Bakken"), await pages.signed_in("Lars Bakken")

    own = await pages.write(mother, "Nora Bakken", "Nora har byttet jakke", role="contact teacher 1A")
    page = await father.get(f"/family/children/{pages.child('Nora Bakken')}")

    assert "Lars Bakken" in own.text
    assert ("guardian", "Nora har byttet jakke") in bubbles_of(page)
    assert "Leses også av Marte Bakken" in page.text


async def test_no_page_of_it_is_there_while_the_app_is_off(
    tmp_path: Path, village_store_url: str, clock: StoppedClock
) -> None:
    async with living_hub(tmp_path, village_store_url, clock) as living:
        off = FamilyPages(living)
        answer = await off.browser().get("/family/sign-in")
        await off.browsers[0].session.close()

    assert answer.status == 404
