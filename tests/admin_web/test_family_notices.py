"""Notices in a guardian's browser: that something has come, and nothing of whom or from where."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import APP, PUSH, SMS
from hub.beginning import make_push_key
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.post.climbing import list_climbing
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Author, Lane, Message, Thread
from hub.post.posting import Post, post, undo
from hub.post.push_devices import LASTS, PushDevice
from hub.post.topics import Topic
from hub.post.ways import list_ways
from tests.admin_web.family_pages import FamilyPages, block, family_pages
from tests.admin_web.staff_site import Browsing
from tests.living_hub import OPERATOR
from tests.patience import PATIENCE
from tests.rehearsal.push_service import PushService, Subscriber, Trouble

ANNE, KARI = "Anne Nordmann", "Kari Nordmann"
REACH, ON, RENEW = "/family/reach", "/family/notices/on", "/family/notices/renew"
WORDS = "Turen i morgen går til Storevatn. Kari må ha med ski."


@pytest.fixture
async def service(clock: StoppedClock) -> AsyncIterator[PushService]:
    async with PushService(clock.now()) as service:
        yield service


@pytest.fixture
async def pages(
    tmp_path: Path, village_store_url: str, clock: StoppedClock, service: PushService
) -> AsyncIterator[FamilyPages]:
    push = {"contact": "mailto:drift@fjordvik.example", "key": make_push_key(), "services": ["127.0.0.1"]}
    async with family_pages(tmp_path, village_store_url, clock, {"use": ["app", "push"], "push": push}) as pages:
        yield pages


async def turned_on(pages: FamilyPages, service: PushService, guardian: str = ANNE) -> tuple[Browsing, Subscriber]:
    """A guardian's browser in which notices are on."""
    browser = await pages.signed_in(guardian)
    await browser.get(REACH)
    subscriber = service.subscribe()
    assert (await browser.post(ON, follow=False, **_form(subscriber))).status == 204
    await browser.get(REACH)
    return browser, subscriber


def _form(subscriber: Subscriber, endpoint: str = "") -> dict[str, Any]:
    return subscriber.form | ({"endpoint": endpoint} if endpoint else {})


async def devices(pages: FamilyPages) -> list[PushDevice]:
    def ask(look: Look) -> list[PushDevice]:
        return list(look.session.scalars(sa.select(PushDevice).order_by(PushDevice.id)))

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def deliveries(pages: FamilyPages, kind: str = PUSH) -> list[Delivery]:
    def ask(look: Look) -> list[Delivery]:
        return list(look.session.scalars(sa.select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)))

    return await pages.living.hub.desk.look(OPERATOR, ask)


def take_back(work: Work, message_id: str) -> None:
    undo(work, work.session.get_one(Message, message_id))


def write(work: Work, pages: FamilyPages, guardian: str, child: str, hold: timedelta = timedelta()) -> str:
    """Staff write to one guardian about one child."""
    village = pages.living.village
    found = work.session.scalars(sa.select(Thread).where(Thread.owner_id == village.owner().id)).all()
    thread = next(one for one in found if one.guardian_ids == [village.guardian(guardian).id])
    what = Post(
        text=WORDS,
        language="nb",
        author=Author.STAFF,
        author_id=village.staff("Ingrid Solberg").id,
        child_ids=[village.child(child).id],
        lane=Lane.ORDINARY,
        hold=hold,
    )
    return post(work, thread, what).id


async def say(pages: FamilyPages, clock: StoppedClock, guardian: str = ANNE, child: str = KARI) -> str:
    """Staff write, and all that follows of it has happened."""
    message_id = await pages.living.hub.desk.work(OPERATOR, write, pages, guardian, child)
    await notify(pages, clock)
    return message_id


async def notify(pages: FamilyPages, clock: StoppedClock, by: timedelta = timedelta(seconds=5)) -> None:
    clock.move(by)
    await pages.living.hub.routines.notify()
    await pages.living.settled()


async def climbed(pages: FamilyPages) -> None:
    """All for whom it is time have been gone on with: those with which the hub's own routine has begun are left alone by the
    next."""
    async with asyncio.timeout(PATIENCE):
        while await pages.living.hub.desk.look(OPERATOR, list_climbing):
            await pages.living.hub.routines.climb()
    await pages.living.settled()


async def first_word(pages: FamilyPages, guardian: str = ANNE) -> None:
    """A thread to write in."""
    await pages.living.text(guardian, "contact teacher 7A", "Kan vi snakke om Kari?")


async def test_a_word_from_school_is_told_in_the_browser_and_names_nothing(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)

    await say(pages, clock)

    (told,) = subscriber.read()
    assert (told["title"], told["body"]) == ("Budbok", "Noe nytt i Budbok")
    assert all(name not in str(told) for name in ("Kari", "Nordmann", "Furulia", "7A", WORDS))
    (notice,) = await deliveries(pages)
    assert (notice.status, notice.text) == (Status.SENT, "Noe nytt i Budbok")


async def test_what_answers_their_own_words_at_once_gives_no_notice(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    _, subscriber = await turned_on(pages, service)

    await pages.living.text(ANNE, "contact teacher 7A", "Kari er syk i dag")
    await notify(pages, clock)

    assert subscriber.kept == []


async def test_what_was_shown_is_told_back_and_a_touch_leads_to_the_book_where_it_is_read(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    browser, subscriber = await turned_on(pages, service)
    await say(pages, clock)
    (told,) = subscriber.read()

    shown = await browser.session.post("/push/shown", json={"id": told["id"], "mark": told["mark"]})
    after_shown = (await deliveries(pages))[0].status
    page = await browser.get(f"/family/notices/{told['id']}")

    assert shown.status == 204
    assert after_shown == Status.DELIVERED
    assert page.path == f"/family/children/{pages.child(KARI)}"
    assert WORDS in page.text
    assert (await deliveries(pages))[0].status == Status.READ


async def test_whoever_is_signed_out_signs_in_first_and_another_familys_notice_is_not_there(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    await turned_on(pages, service)
    await say(pages, clock)
    (notice,) = await deliveries(pages)

    guest = await pages.browser().get(f"/family/notices/{notice.id}")
    other = await (await pages.signed_in("Lene Berg")).get(f"/family/notices/{notice.id}")

    assert guest.path.startswith("/family/sign-in")
    assert other.status == 404


@pytest.mark.parametrize("way", ["/family/sign-out", "/family/sign-out/everywhere"])
async def test_signing_out_ends_the_notices_there(
    pages: FamilyPages, service: PushService, clock: StoppedClock, way: str
) -> None:
    await first_word(pages)
    browser, subscriber = await turned_on(pages, service)

    await browser.post(way)
    await say(pages, clock)

    assert await devices(pages) == []
    assert subscriber.kept == []


async def test_a_session_that_merely_rests_does_not_end_them_and_half_a_year_does(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)

    clock.move(timedelta(hours=3))
    service.now = clock.now()
    await say(pages, clock)
    rested = subscriber.taken
    clock.move(LASTS)
    await pages.living.hub.routines.tidy()

    assert rested == 1
    assert await devices(pages) == []


async def test_a_browser_that_its_push_service_knows_no_more_is_forgotten(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)
    subscriber.is_over = True

    await say(pages, clock)

    assert await devices(pages) == []
    (notice,) = await deliveries(pages)
    assert (notice.status, notice.reason) == (Status.FAILED, "http_410")


async def test_a_push_service_that_is_busy_gets_it_when_it_said(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)
    service.troubles.append(Trouble(429, retry_after=60))

    await say(pages, clock)
    before = subscriber.taken
    clock.move(timedelta(seconds=70))
    await pages.living.settled()

    assert (before, subscriber.taken) == (0, 1)


async def test_a_block_ends_them_and_so_does_a_phone_that_is_theirs_no_more(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)
    message_id = await pages.living.hub.desk.work(OPERATOR, write, pages, ANNE, KARI)
    await pages.living.hub.desk.work(OPERATOR, block, pages.living.village, ANNE, KARI)

    await notify(pages, clock)
    await pages.living.hub.desk.work(OPERATOR, _lose_phone, pages, ANNE)
    await pages.living.hub.routines.tidy()

    assert subscriber.kept == []
    assert [(one.message_id, one.status) for one in await deliveries(pages)] == [(message_id, Status.DROPPED)]
    assert await devices(pages) == []


def _lose_phone(work: Work, pages: FamilyPages, guardian: str) -> None:
    mine = sa.select(GuardianAddress).where(
        GuardianAddress.guardian_id == pages.living.village.guardian(guardian).id, GuardianAddress.kind == SMS
    )
    for address in work.session.scalars(mine):
        address.gone_at = work.now


async def test_what_is_taken_back_in_time_gives_none(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)
    desk = pages.living.hub.desk

    before = await desk.work(OPERATOR, write, pages, ANNE, KARI, timedelta(seconds=30))
    await desk.work(OPERATOR, take_back, before)
    await notify(pages, clock)
    after = await desk.work(OPERATOR, write, pages, ANNE, KARI, timedelta(seconds=30))
    await notify(pages, clock)
    waiting = [(one.message_id, one.status) for one in await deliveries(pages)]
    await desk.work(OPERATOR, take_back, after)
    clock.move(timedelta(minutes=1))
    await pages.living.settled()

    assert waiting == [(after, Status.WAITING)]
    assert subscriber.kept == []


async def test_quiet_hours_are_heeded(pages: FamilyPages, service: PushService, clock: StoppedClock) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)
    clock.move(timedelta(hours=23) - timedelta(hours=clock.now().hour))
    service.now = clock.now()

    await say(pages, clock)
    at_night = subscriber.taken
    clock.move(timedelta(hours=9))
    service.now = clock.now()
    await pages.living.settled()

    assert (at_night, subscriber.taken) == (0, 1)


async def test_in_the_app_first_the_text_follows_while_it_is_not_read(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    browser, subscriber = await turned_on(pages, service)
    await browser.get(REACH)
    await browser.post(REACH, way="daily:app")
    before = len(await deliveries(pages, SMS))

    message_id = await say(pages, clock)
    at_once = len(await deliveries(pages, SMS)) - before
    clock.move(timedelta(hours=2))
    await climbed(pages)

    texts = [one for one in await deliveries(pages, SMS) if one.message_id == message_id]
    assert (subscriber.taken, at_once) == (1, 0)
    assert [(one.text, one.recipient) for one in texts] == [(WORDS, pages.living.village.phone(ANNE))]


async def test_in_the_app_first_no_text_follows_what_was_read(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    browser, _ = await turned_on(pages, service)
    await browser.get(REACH)
    await browser.post(REACH, way="daily:app")

    message_id = await say(pages, clock)
    await browser.get(f"/family/children/{pages.child(KARI)}")
    clock.move(timedelta(hours=3))
    await climbed(pages)

    assert [one for one in await deliveries(pages, SMS) if one.message_id == message_id] == []


async def test_in_the_app_first_the_text_goes_at_once_where_no_notice_can(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    browser, subscriber = await turned_on(pages, service)
    await browser.get(REACH)
    await browser.post(REACH, way="daily:app")
    subscriber.is_over = True

    first = await say(pages, clock)
    await climbed(pages)
    second = await say(pages, clock)

    texts = {one.message_id for one in await deliveries(pages, SMS)}
    assert {first, second} <= texts


async def test_without_a_browser_that_tells_the_app_is_no_way(pages: FamilyPages, service: PushService) -> None:
    browser, _ = await turned_on(pages, service)
    guardian = pages.living.village.guardian(ANNE).id
    await browser.get(REACH)
    page = await browser.post(REACH, way="daily:app")
    with_notices = await pages.living.hub.desk.look(OPERATOR, list_ways, guardian, Topic.DAILY)
    (device,) = await devices(pages)

    await browser.post(f"/family/notices/{device.id}/end")
    without = await pages.living.hub.desk.look(OPERATOR, list_ways, guardian, Topic.DAILY)

    assert "appen, med varsel" in page.text
    assert [way.kind for way in with_notices][:2] == [APP, SMS]
    assert next(way.kind for way in without) == SMS


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.2:9/x", "https://10.0.0.1/x", "http://localhost:9/x", "https://fcm.googleapis.com/x"]
)
async def test_a_push_service_that_the_settings_do_not_name_is_refused(
    pages: FamilyPages, service: PushService, endpoint: str
) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(REACH)

    answer = await browser.post(ON, follow=False, **_form(service.subscribe(), endpoint))

    assert answer.status == 409
    assert await devices(pages) == []


async def test_in_a_browser_that_two_use_the_second_hears_nothing_of_the_first(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    _, subscriber = await turned_on(pages, service)
    other = await pages.signed_in("Lene Berg")
    await other.get(REACH)

    goes_on = await other.post(RENEW, follow=False, endpoint=subscriber.endpoint)
    await say(pages, clock)

    assert goes_on.status == 205
    assert await devices(pages) == []
    assert subscriber.kept == []


async def test_whoever_signs_in_again_goes_on_and_signing_out_ends_it_then_too(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    _, subscriber = await turned_on(pages, service)
    clock.move(timedelta(hours=2))
    again = await pages.signed_in(ANNE)
    await again.get(REACH)

    goes_on = await again.post(RENEW, follow=False, endpoint=subscriber.endpoint)
    kept = len(await devices(pages))
    await again.get(REACH)
    await again.post("/family/sign-out")

    assert (goes_on.status, kept) == (204, 1)
    assert await devices(pages) == []


async def test_each_is_listed_and_ended_by_its_own_guardian_alone(pages: FamilyPages, service: PushService) -> None:
    browser, _ = await turned_on(pages, service)
    other, _ = await turned_on(pages, service, "Lene Berg")
    anne, lene = await devices(pages)

    page = await browser.get(REACH)
    await other.get(REACH)
    foreign = await other.post(f"/family/notices/{anne.id}/end")
    ended = await browser.post(f"/family/notices/{anne.id}/end")

    assert "Denne enheten" in page.text
    assert foreign.status == 404
    assert ended.status == 200
    assert [one.id for one in await devices(pages)] == [lene.id]


async def test_a_phone_that_two_use_is_told_only_of_what_both_may_read(
    pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    _, subscriber = await turned_on(pages, service, "Gerd Moe")
    (device,) = await devices(pages)

    assert len(device.people.split(",")) == 2
    await pages.living.text("Gerd Moe", "contact teacher 7A", "Kan vi snakke om Iselin?")
    await notify(pages, clock)
    assert subscriber.kept == []


async def test_it_is_offered_once_somebody_has_written_and_not_after_a_no(
    pages: FamilyPages, service: PushService
) -> None:
    browser = await pages.signed_in(ANNE)
    book = f"/family/children/{pages.child(KARI)}"
    offer = 'data-notices="offer"'

    fresh = await browser.get(book)
    written = await pages.write(browser, KARI, "Kan vi snakke om Kari?")
    await browser.post("/family/notices/not-now", back=book)
    declined = await browser.get(book)
    settings = await browser.get(REACH)

    assert offer not in fresh.text
    assert offer in written.text
    assert offer not in declined.text
    assert "data-notices-on" in settings.text


async def test_a_form_that_is_not_ours_turns_nothing_on(pages: FamilyPages, service: PushService) -> None:
    browser = await pages.signed_in(ANNE)
    subscriber = service.subscribe()

    foreign = await browser.session.post(
        ON, data=subscriber.form, headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    )

    assert foreign.status == 403
    assert await devices(pages) == []
