"""Health, metrics and the description are for monitors alone, and never come through a proxy."""

from collections.abc import AsyncIterator

import pytest
from openapi_spec_validator import validate

from hub.clock import StoppedClock
from tests.admin_web.staff_site import Site, run_site

PATHS = ("/livez", "/readyz", "/metrics", "/openapi.json")


@pytest.fixture
async def site(store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(store_url, clock) as site:
        yield site


@pytest.mark.parametrize("path", PATHS)
async def test_a_monitor_is_answered_without_signing_in(site: Site, path: str) -> None:
    assert (await site.browser().get(path)).status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via", "X-Real-IP"]
)
async def test_whatever_came_through_a_proxy_finds_nothing(site: Site, path: str, header: str) -> None:
    seen = await site.browser().get(path, {header: "127.0.0.1"})

    absent = await site.browser().get("/no-such-page")
    assert (seen.status, absent.status) == (404, 404)
    assert seen.text.split("<main")[1].split("<footer")[0] == absent.text.split("<main")[1].split("<footer")[0]


@pytest.mark.parametrize("path", PATHS)
async def test_a_stranger_finds_nothing(store_url: str, clock: StoppedClock, path: str) -> None:
    async with run_site(store_url, clock, monitors=["192.0.2.0/24"]) as site:
        assert (await site.browser().get(path)).status == 404


@pytest.mark.parametrize("path", PATHS)
async def test_a_proxy_of_ours_finds_nothing(store_url: str, clock: StoppedClock, path: str) -> None:
    async with run_site(store_url, clock, proxies=["127.0.0.1/32"]) as site:
        assert (await site.browser().get(path)).status == 404


async def test_not_ready_says_why_by_codes_and_lives_on(site: Site) -> None:
    site.not_ready.extend(["store", "listener"])
    browser = site.browser()

    ready = await browser.get("/readyz")

    assert (ready.status, ready.text) == (503, '{"ready": false, "why": ["store", "listener"]}')
    assert (await browser.get("/livez")).status == 200


async def test_ready_says_so(site: Site) -> None:
    seen = await site.browser().get("/readyz")

    assert (seen.status, seen.text) == (200, '{"ready": true, "why": []}')


async def test_the_description_is_valid_and_tells_what_each_page_may_be_asked(site: Site) -> None:
    async with site.browser().session.get("/openapi.json") as answer:
        described = await answer.json()

    validate(described)
    assert described["paths"]["/staff/{staff_id}"]["get"]["parameters"][0]["in"] == "path"
    assert described["paths"]["/threads/live"]["get"]["parameters"][0]["in"] == "query"
    assert described["paths"]["/sign-in"]["post"]["security"] == []
    assert described["paths"]["/staff/add"]["post"]["security"] == [{"session": []}]


async def test_metrics_count_pages_by_their_kind_and_name_nobody(site: Site) -> None:
    browser = await site.signed_in("solveig.bakken")
    await browser.get(f"/staff/{site.ids['Per']}")

    seen = await browser.get("/metrics")

    assert 'budbok_pages_total{page="/staff/{staff_id}",status="200"} 1.0' in seen.text
    assert "budbok_live_viewers 0.0" in seen.text
    for private in (site.ids["Per"], "Solveig", "solveig"):
        assert private not in seen.text
