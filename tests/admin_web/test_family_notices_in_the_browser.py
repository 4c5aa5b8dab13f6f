"""Notices in a real browser: the settings and the offer as they look, and a push that the worker shows and tells back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, expect

from hub.address import PUSH
from hub.beginning import make_push_key
from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.deliveries import Delivery, Status
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.admin_web.test_family_in_the_browser import sign_in
from tests.admin_web.test_family_notices import ANNE, KARI, WORDS, first_word, say
from tests.admin_web.windows import check, open_window, until
from tests.living_hub import OPERATOR
from tests.rehearsal.push_service import PushService, Subscriber

pytestmark = [pytest.mark.browser, pytest.mark.one_store]

SUBSCRIBED = """(told) => {
  const subscription = { endpoint: told.endpoint, toJSON: () => ({ endpoint: told.endpoint, keys: { p256dh: told.p256dh, auth: told.auth } }), unsubscribe: async () => true };
  PushManager.prototype.subscribe = async () => { sessionStorage.setItem("subscribed", "yes"); return subscription; };
  PushManager.prototype.getSubscription = async () => sessionStorage.getItem("subscribed") ? subscription : null;
}"""  # noqa: E501
"""A browser of the tests has no push service: what it would be given there is what the rehearsed one gave."""


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


async def open_signed_in(
    browser: Browser, pages: FamilyPages, width: int, subscriber: Subscriber
) -> tuple[BrowserContext, Page, list[str]]:
    context, page, complaints = await open_window(browser, pages.url, width, permissions=["notifications"])
    await context.add_init_script(f"({SUBSCRIBED})({json.dumps(subscriber.form)})")
    await sign_in(pages, page, ANNE)
    await page.get_by_role("button", name="Senere").click()
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return context, page, complaints


async def find_registration(context: BrowserContext, page: Page) -> tuple[CDPSession, str]:
    """The worker as the browser's own tools name it."""
    tools = await context.new_cdp_session(page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    await tools.send("ServiceWorker.enable")
    for _ in range(100):
        if found:
            break
        await page.evaluate("new Promise((go) => requestAnimationFrame(go))")
    return tools, found[-1]


async def notice_of(pages: FamilyPages) -> Delivery:
    def ask(look: Look) -> Delivery:
        return look.session.scalars(sa.select(Delivery).where(Delivery.kind == PUSH)).one()

    return await pages.living.hub.desk.look(OPERATOR, ask)


async def shown_in(page: Page) -> list[list[str]]:
    found: list[list[str]] = await page.evaluate(
        "navigator.serviceWorker.ready.then((r) => r.getNotifications())"
        ".then((all) => all.map((one) => [one.title, one.body, one.tag, one.data]))"
    )
    return found


@pytest.mark.capability("H-05")
@pytest.mark.parametrize("width", [360, 1280])
async def test_notices_are_offered_quietly_turned_on_and_off(
    browser: Browser, pages: FamilyPages, service: PushService, width: int
) -> None:
    await first_word(pages)
    context, page, complaints = await open_signed_in(browser, pages, width, service.subscribe())
    await page.goto(f"/family/children/{pages.child(KARI)}")
    offer = page.get_by_text("Vil du ha et varsel på denne enheten")
    await expect(offer).to_be_visible()
    await check(page, complaints, f"family_notices_offer-{width}")

    await page.get_by_role("button", name="Slå på varsler her").click()
    await expect(offer).to_have_count(0)
    await page.goto("/family/reach")
    await expect(page.get_by_text("Denne enheten")).to_be_visible()
    await expect(page.get_by_role("button", name="Slå på varsler her")).to_be_hidden()
    await check(page, complaints, f"family_notices_on-{width}")
    await page.get_by_role("button", name="Slå av").click()

    await expect(page.get_by_text("Denne enheten")).to_have_count(0)
    await context.close()


async def test_a_push_is_shown_told_back_and_names_nobody(
    browser: Browser, pages: FamilyPages, service: PushService, clock: StoppedClock
) -> None:
    await first_word(pages)
    subscriber = service.subscribe()
    context, page, _ = await open_signed_in(browser, pages, 360, subscriber)
    await page.goto("/family/reach")
    await page.get_by_role("button", name="Slå på varsler her").click()
    await expect(page.get_by_text("Denne enheten")).to_be_visible()
    await say(pages, clock)
    (kept,) = subscriber.kept
    tools, registration = await find_registration(context, page)

    pushed = {
        "origin": pages.url,
        "registrationId": registration,
        "data": subscriber.keys.open(kept.body).decode(),
    }
    async with context.expect_event("request", lambda told: told.url.endswith("/push/shown")):
        await tools.send("ServiceWorker.deliverPushMessage", pushed)
    await until(page, "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.length === 1)")
    notice = await notice_of(pages)
    shown = await shown_in(page)
    await page.goto(f"/family/notices/{notice.id}")

    assert shown == [["Budbok", "Noe nytt i Budbok", "budbok", notice.id]]
    await expect(page.locator("#talk")).to_contain_text(WORDS)
    assert (await notice_of(pages)).status == Status.READ
    await context.close()
