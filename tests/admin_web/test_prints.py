"""*Letters to print*: the office fetches a batch, posts it, and takes out what finds no receiver; nobody else sees it."""

import hashlib
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pypdf
import pytest
import sqlalchemy as sa
from aiohttp import ClientSession

from hub.clock import StoppedClock
from hub.desk import Work
from hub.letters.rendering import render
from hub.mailroom.print_batches import PrintBatch
from hub.mailroom.sendings import SendingState, WhySending
from hub.mailroom.service import Reach, Way
from hub.people.families import Child
from hub.people.postal_addresses import PostalAddress, has_post, keep_told_post
from hub.school.leave_papers import LeavePaper
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.admin_web.test_threads import shown
from tests.blocks import block
from tests.hub.letters.test_rendering import LETTER, squeezed
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, KARI, OLA, OLAS_ID, SEAL, LettersDay, count_states
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.village import FJORDVIK, SAARELA

OFFICE, LEADER, TEACHER, ADMINISTRATOR = "Per Haugen", "Ingrid Solberg", "Kari Lunde", "Tora Myklebust"
PATH = "/prints"
HOME = PostalAddress(("Fjellveien 3",), "0001", "Fjordvik", "NO")
PDF = render(LETTER)
pytestmark = pytest.mark.one_store


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


@pytest.fixture
async def post(day: SchoolDay) -> LettersDay:
    """Kari's leave was refused; Anne and Ola want no digital post."""
    post = LettersDay(day.village, day.clock, PretendPost())
    for name, number in ((ANNE, ANNES_ID), (OLA, OLAS_ID)):
        await post.know(name, number)
        post.post.reaches[number] = Reach(Way.PAPER, "reserved")
        one = day.village.guardian(name)
        await post.desk.work(TEST, keep_told_post, SEAL, (one.owner_id, one.id), HOME)
    await post.decide()
    await post.send()
    await post.desk.work(TEST, make_readable)
    return post


def make_readable(work: Work) -> None:
    for kept in work.session.scalars(sa.select(LeavePaper)):
        kept.body, kept.sha256 = PDF, hashlib.sha256(PDF).hexdigest()


async def gathered(day: SchoolDay, browser: Browsing) -> str:
    """The address of the batch that was made by the button."""
    await browser.get(PATH)
    await browser.post(f"{PATH}/units/{day.village.unit('school').id}")
    asked = sa.select(PrintBatch.id).order_by(PrintBatch.id.desc()).limit(1)
    id_ = await day.site.desk.look(TEST, lambda look: look.session.scalars(asked).one())
    return f"{PATH}/{id_}"


async def fetch(browser: Browsing, batch: str) -> pypdf.PdfReader | None:
    """What comes out of the printer; None where there is nothing."""
    led: Seen = await browser.get(f"{batch}/pdf", follow=False)
    await browser.get(batch)
    async with ClientSession() as http, http.get(led.headers["Location"]) as answer:
        return pypdf.PdfReader(io.BytesIO(await answer.read())) if answer.status == 200 else None


@pytest.mark.capability("N-20")
async def test_the_office_gathers_fetches_and_posts_and_each_step_is_told_and_traced(
    day: SchoolDay, post: LettersDay
) -> None:
    day.clock.move(timedelta(microseconds=1234))
    office = await day.as_(OFFICE)

    before = await office.get(PATH)
    batch = await gathered(day, office)
    pdf = await fetch(office, batch)
    posted = await office.post(f"{batch}/posted")
    after = await office.get(PATH)

    assert "2 brev til utskrift" in shown(before)
    assert "2 brev venter på neste bunke" in shown(before)
    assert pdf is not None
    assert "Fjellveien" in "".join(page.extract_text() for page in pdf.pages)
    for told in (f"Samlet av {OFFICE}", f"Hentet av {OFFICE}", f"Sendt i posten av {OFFICE}"):
        assert told in shown(posted)
    assert "Ingen brev til utskrift" in shown(after)
    assert await post.desk.look(TEST, count_states) == {SendingState.POSTED: 2}
    for what in ("letters.batch", "letters.print", "letters.post_batch"):
        assert len(await day.audited(what, OFFICE)) == 1


@pytest.mark.capability("H-32")
async def test_whom_the_register_cannot_notify_is_listed_with_why_until_a_letter_goes_digitally_and_protected_ones_never(
    day: SchoolDay, post: LettersDay
) -> None:
    post.post.reaches[ANNES_ID] = Reach(Way.PAPER, "not_notifiable")
    day.clock.move(timedelta(minutes=5))
    await post.decide()
    await post.send()
    office = await day.as_(OFFICE)
    listed = shown(await office.get(PATH))
    batch = shown(await office.get(await gathered(day, office)))

    del post.post.reaches[ANNES_ID]
    day.clock.move(timedelta(minutes=5))
    await post.decide()
    await post.send()
    digital = shown(await office.get(PATH))
    await post.desk.work(
        TEST, lambda work: setattr(work.session.get_one(Child, day.village.child(KARI).id), "protected", True)
    )
    protected = shown(await office.get(PATH))
    await post.desk.work(
        TEST, lambda work: setattr(work.session.get_one(Child, day.village.child(KARI).id), "protected", False)
    )
    await post.desk.work(TEST, block, day.village, OLA, KARI)
    blocked = shown(await office.get(PATH))

    assert "Digital post når ikke 2 foresatte" in listed
    assert "kan legge inn mobilnummer eller e-post" in listed.replace("den foresatte ", "")
    assert f"{ANNE} Fjordvik skole · Registeret spurt i dag kan ikke varsles" in listed
    assert "reservert mot digital post" in listed
    assert f"{ANNE} kan ikke varsles" in batch
    assert "Digital post når ikke én foresatt" in digital
    assert ANNE not in digital
    assert OLA in digital
    assert OLA not in protected
    assert OLA not in blocked


async def test_what_cannot_be_bound_does_not_count_as_fetched_and_is_not_posted(
    day: SchoolDay, post: LettersDay
) -> None:
    def tear(work: Work) -> None:
        for kept in work.session.scalars(sa.select(LeavePaper)):
            kept.body, kept.sha256 = b"no PDF", hashlib.sha256(b"no PDF").hexdigest()

    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    await post.desk.work(TEST, tear)

    pdf = await fetch(office, batch)
    posted = await office.post(f"{batch}/posted")

    assert pdf is None
    assert "Hentet av" not in shown(posted)
    assert await post.desk.look(TEST, count_states) == {SendingState.PRINTED: 2}


async def test_it_can_be_printed_again_also_when_it_is_posted_and_nothing_moves(
    day: SchoolDay, post: LettersDay
) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    first = await fetch(office, batch)
    await office.post(f"{batch}/posted")

    again = await fetch(office, batch)

    assert first is not None
    assert again is not None
    assert len(again.pages) == len(first.pages)
    assert await post.desk.look(TEST, count_states) == {SendingState.POSTED: 2}


async def test_what_nobody_fetched_cannot_be_said_to_be_posted(day: SchoolDay, post: LettersDay) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)

    page = await office.post(f"{batch}/posted")

    assert page.status == 422
    assert "ikke hentet til utskrift" in shown(page)
    assert await post.desk.look(TEST, count_states) == {SendingState.PRINTED: 2}


@pytest.mark.parametrize("is_posted", [False, True], ids=["before", "after"])
async def test_a_letter_with_a_wrong_address_is_taken_out_and_nothing_more_goes_there(
    day: SchoolDay, post: LettersDay, is_posted: bool
) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    await fetch(office, batch)
    if is_posted:
        await office.post(f"{batch}/posted")
    sending = (await post.sending(OLA)).id

    page = await office.post(f"{batch}/letters/{sending}/back")

    number = (await post.sending(ANNE)).batch_number
    assert f"Ikke i bunken lenger: 1-{1 if number == 2 else 2}" in shown(page)
    assert OLA not in page.text
    assert await post.fate(OLA) == (SendingState.NOBODY, WhySending.NO_ADDRESS)
    assert not await post.desk.look(TEST, has_post, day.village.guardian(OLA).id)
    assert await post.desk.look(TEST, has_post, day.village.guardian(ANNE).id)


async def test_a_letter_whose_address_was_corrected_after_it_was_printed_is_printed_anew_before_the_rest_is_posted(
    day: SchoolDay, post: LettersDay
) -> None:
    browser = await day.as_(OFFICE)
    batch = await gathered(day, browser)
    await fetch(browser, batch)
    day.clock.move(timedelta(minutes=5))
    ola, moved = day.village.guardian(OLA), PostalAddress(("Strandveien 9",), "0002", "Fjordvik", "NO")
    await post.desk.work(TEST, keep_told_post, SEAL, (ola.owner_id, ola.id), moved)

    refused = await browser.post(f"{batch}/posted")
    anew = f"{batch}/letters/{(await post.sending(OLA)).id}/back"
    after = await browser.post(anew)
    await browser.post(f"{batch}/posted")
    day.clock.move(timedelta(minutes=5))
    printed = await fetch(browser, await gathered(day, browser))

    assert refused.status == 422
    assert "Ny adresse siden utskriften: 1-" in refused.text
    assert "Konvolutten har den gamle adressen" in refused.text
    assert "Ny adresse" not in after.text
    assert await post.desk.look(TEST, has_post, ola.id)
    assert (await post.sending(ANNE)).state == SendingState.POSTED
    assert (await post.sending(OLA)).state == SendingState.PRINTED
    assert printed is not None
    assert "Strandveien9" in squeezed("".join(page.extract_text() for page in printed.pages))


async def test_what_may_not_go_any_more_is_told_before_anything_counts_as_posted(
    day: SchoolDay, post: LettersDay
) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    await fetch(office, batch)
    await post.desk.work(TEST, block, day.village, OLA, KARI)

    warned = await office.post(f"{batch}/posted")
    between = await post.desk.look(TEST, count_states)
    await office.post(f"{batch}/posted")

    assert "Ikke i bunken lenger" in shown(warned)
    assert "skal det ikke sendes" in shown(warned)
    assert between == {SendingState.PRINTED: 1, SendingState.OVER: 1}
    assert await post.desk.look(TEST, count_states) == {SendingState.POSTED: 1, SendingState.OVER: 1}


async def test_the_leader_too_and_nobody_else_sees_a_batch_or_its_letters(day: SchoolDay, post: LettersDay) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    sending = (await post.sending(ANNE)).id
    strangers = [(TEACHER, FJORDVIK), (ADMINISTRATOR, FJORDVIK), ("Astrid Vik", FJORDVIK), ("Tuula Heikkinen", SAARELA)]

    leader = await (await day.as_(LEADER)).get(batch)
    seen = set()
    for who, owner in strangers:
        browser = await day.as_(who, owner)
        seen.add((await browser.get(batch)).status)
        seen.add((await browser.get(f"{batch}/pdf", follow=False)).status)
        for act in ("posted", f"letters/{sending}/back"):
            seen.add((await browser.post(f"{batch}/{act}", follow=False)).status)

    assert leader.status == 200
    assert ANNE in leader.text
    assert seen <= {403, 404}
    assert await post.desk.look(TEST, count_states) == {SendingState.PRINTED: 2}


async def test_a_link_to_a_batch_opens_nothing_for_whoever_has_signed_out(day: SchoolDay, post: LettersDay) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    led = await office.get(f"{batch}/pdf", follow=False)
    await office.get(batch)
    await office.post("/sign-out")

    async with ClientSession() as http, http.get(led.headers["Location"]) as answer:
        status, body = answer.status, await answer.read()

    assert status == 404
    assert not body.startswith(b"%PDF")


async def test_a_batch_of_which_nothing_is_left_is_not_printed_and_says_so(day: SchoolDay, post: LettersDay) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    for name in (ANNE, OLA):
        await post.desk.work(TEST, block, day.village, name, KARI)

    told = await office.get(f"{batch}/pdf", follow=False)
    page = await office.get(batch)

    assert told.status == 422
    assert "Ingen av brevene i bunken kan skrives ut nå" in shown(told)
    assert "ingenting igjen" in shown(page)
    assert "Ikke i bunken lenger: 1-1, 1-2" in shown(page)


async def test_the_page_of_leave_and_the_search_lead_there(day: SchoolDay, post: LettersDay) -> None:
    office = await day.as_(OFFICE)

    page = await office.get("/leave")
    found = await office.get("/find?q=utskrift")

    assert f'href="{PATH}"' in page.text
    assert f'href="{PATH}"' in found.text
    assert squeezed("2 brev til utskrift") in squeezed(shown(page))
