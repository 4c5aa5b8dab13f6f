"""What every page stands on: headers on each answer, one meaning per input, absent as forbidden, calm faults, live streams."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import pytest
from aiohttp import ClientResponse, web

from admin_web import door
from admin_web import live as live_pages
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.clock import StoppedClock
from hub.desk import DeskBusyError, Look, Refusal, StoreAwayError
from hub.doorbell import LIVE, Ring
from hub.safety.access import NotThereError
from hub.sign_in.sessions import sign_out_everywhere
from tests.admin_web.staff_site import Browsing, Seen, Site, run_site
from tests.hub.sign_in.school import TEST
from tests.patience import PATIENCE

SECRET = "Kari er syk i dag"
pages = Pages()


class ThingAsked(Asked):
    thing_id: PublicId
    often: int = 1
    many: tuple[str, ...] = ()


class ToldAsked(Asked):
    text: str


class TooLateError(Refusal):
    words = "sign_in.start_again"


@pages.get("/things/{thing_id}")
async def show_thing(visit: Visit, asked: ThingAsked) -> web.StreamResponse:
    """A thing."""
    if asked.thing_id != "0" * 26:
        raise NotThereError
    return web.json_response([asked.often, asked.many, visit.asker.id, visit.asker.trust])


@pages.post("/told")
async def tell(visit: Visit, asked: ToldAsked) -> web.StreamResponse:
    """What was told, as it came."""
    return web.json_response([asked.text])


@pages.get("/fails/{how}", guests=True)
async def fail(visit: Visit) -> web.StreamResponse:
    """Fails in the way that is asked for."""
    raise {
        "refusal": TooLateError(),
        "away": StoreAwayError(),
        "busy": DeskBusyError(),
        "fault": ValueError(SECRET),
    }[visit.request.match_info["how"]]


@pages.get("/lively")
async def show_lively(visit: Visit) -> web.StreamResponse:
    """A page with a stream."""
    return visit.show("site/told.j2", title="lively", text="lively", reference="", live="/live")


@pages.live("/live")
async def live(visit: Visit) -> web.StreamResponse:
    """A stream that cares for what concerns "mine"."""
    return await visit.live(concerns)


def concerns(look: Look, ids: frozenset[str]) -> bool:
    return "mine" in ids


@pytest.fixture
async def site(store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(store_url, clock, more_pages=pages) as site:
        yield site


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/no-such-page",
        "/fails/fault",
        "/fails/busy",
        "/staff",
        "/static/x/no-such-file",
        "/livez",
        "/sign-out",
    ],
)
async def test_every_answer_has_its_headers(site: Site, path: str) -> None:
    headers = (await site.browser().get(path, follow=False)).headers

    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "'nonce-"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Server" not in headers


async def test_each_answer_has_a_nonce_of_its_own(site: Site) -> None:
    browser = site.browser()
    policies = {(await browser.get("/sign-in")).headers["Content-Security-Policy"] for _ in range(3)}

    assert len(policies) == 3


async def test_files_are_kept_for_long_under_their_version(site: Site) -> None:
    browser = site.browser()
    page = await browser.get("/sign-in")
    path = page.text.split('rel="stylesheet" href="')[1].split('"')[0]

    file = await browser.get(path)
    assert (file.status, file.headers["Content-Type"]) == (200, "text/css")
    assert "immutable" in file.headers["Cache-Control"]
    older = await browser.get(path.replace(path.split("/")[2], "older"))
    assert (older.status, older.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["../site.py", "..%2fsite.py", "%2e%2e/page.py", "/etc/passwd", "NOTICE"])
async def test_only_our_files_are_served(site: Site, name: str) -> None:
    assert (await site.browser().get(f"/static/x/{name}")).status == 404


async def test_a_visitor_is_the_asker_with_strong_trust(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    seen = await browser.get(f"/things/{'0' * 26}?often=3&many=a&many=b")

    assert seen.text == f'[3, ["a", "b"], "{site.ids["Per"]}", 3]'


@pytest.mark.parametrize(
    "query", ["often=1&often=2", "often=x", "unknown=1", "often=1&thing_id=1", "many=%00", "often="]
)
async def test_what_has_no_one_meaning_is_refused(site: Site, query: str) -> None:
    browser = await site.signed_in("per.moen")

    seen = await browser.get(f"/things/{'0' * 26}?{query}")

    assert seen.status == (200 if query == "often=" else 400)


async def test_a_form_keeps_what_was_typed_as_it_came(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")

    seen = await browser.post("/told", text="  Hei \u202e😀\r\n<b>")

    assert seen.status == 200
    assert json.loads(seen.text) == ["  Hei \u202e😀\r\n<b>"]


@pytest.mark.parametrize("body", ["text=a&text=b", "text=a&more=b", ""])
async def test_a_form_with_two_meanings_does_nothing(site: Site, body: str) -> None:
    browser = await site.signed_in("per.moen")
    token = (await browser.get("/sign-in/again")).token
    headers = {"Origin": site.url, "Content-Type": "application/x-www-form-urlencoded"}

    async with browser.session.post("/told", data=f"token={token}&{body}", headers=headers) as answer:
        assert answer.status == 400


async def test_a_form_that_is_too_large_does_nothing(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    await browser.get("/sign-in/again")

    assert (await browser.post("/told", text="x" * 300_000)).status == 413


async def test_absent_forbidden_and_malformed_look_the_same(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    seen = [await browser.get(path) for path in (f"/things/{'1' * 26}", "/things/x", "/no-such-page", "/staff")]

    assert {one.status for one in seen} == {404}
    assert len({one.text.split("<main")[1].split("</main")[0] for one in seen}) == 1


async def test_a_guest_is_sent_to_sign_in_and_back(site: Site) -> None:
    seen = await site.browser().get("/things/x?often=1")

    assert (seen.status, seen.path) == (200, "/sign-in?back=/things/x?often%3D1")


@pytest.mark.parametrize(("how", "status"), [("refusal", 409), ("away", 503), ("busy", 503), ("fault", 500)])
async def test_what_fails_says_so_calmly_and_leads_on(site: Site, how: str, status: int) -> None:
    seen = await site.browser().get(f"/fails/{how}")

    assert seen.status == status
    assert 'href="/"' in seen.text
    assert ("Retry-After" in seen.headers) == (status == 503)


async def test_a_fault_is_told_and_logged_by_reference_without_its_text(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        seen = await site.browser().get("/fails/fault")

    assert SECRET not in seen.text
    assert "ValueError" not in seen.text
    record = next(record for record in caplog.records if record.message == "a page failed")
    assert vars(record)["reference"] in seen.text
    assert vars(record)["page"] == "/fails/{how}"
    assert SECRET not in str(vars(record))


async def test_a_script_that_asks_for_a_piece_gets_a_piece(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    seen = await browser.get("/fails/fault", {"HX-Request": "true"})

    assert (seen.status, seen.headers["HX-Retarget"]) == (500, "#main")
    assert "<html" not in seen.text


async def test_a_script_that_comes_at_a_busy_time_leaves_the_page_as_it_is(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    seen = await browser.get("/fails/busy", {"HX-Request": "true"})

    assert (seen.status, seen.headers["HX-Reswap"]) == (503, "none")
    assert "HX-Retarget" not in seen.headers


async def test_too_many_requests_at_once_are_told_to_come_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = site.browser()
    assert (await browser.get("/sign-in")).status == 200

    monkeypatch.setattr(door, "REQUESTS_AT_ONCE", 0)

    assert (await browser.get("/sign-in")).status == 503


async def test_live_pages_take_no_seat_of_those_who_come_and_go(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await site.signed_in("per.moen")
    monkeypatch.setattr(door, "REQUESTS_AT_ONCE", 1)
    stream = await open_live(browser)

    assert (await browser.get("/sign-in/again")).status == 200

    stream.close()


async def read_event(stream: ClientResponse) -> str:
    """The name of the next event."""
    return await read_field(stream, "event")


async def read_id(stream: ClientResponse) -> str:
    """The mark of the next event that has one."""
    return await read_field(stream, "id")


async def read_field(stream: ClientResponse, name: str) -> str:
    async with asyncio.timeout(PATIENCE):
        while True:
            line = (await stream.content.readline()).decode()
            if not line:
                return "end"
            if line.startswith(f"{name}: "):
                return line.removeprefix(f"{name}: ").strip()


def stream_of(page: Seen) -> str:
    """The address of a page's stream."""
    found = re.search(r'hx-sse:connect="([^"]+)"', page.text)
    assert found is not None
    return unescape(found[1])


async def open_live(browser: Browsing, path: str = "/live", **headers: str) -> ClientResponse:
    stream = await browser.session.get(path, headers={"Accept": "text/event-stream", **headers})
    assert stream.status == 200
    assert stream.headers["Cache-Control"] == "no-store"
    assert await read_event(stream) == "open"
    return stream


async def test_a_live_page_hears_of_what_concerns_it_and_of_nothing_else(site: Site) -> None:
    stream = await open_live(await site.signed_in("per.moen"))

    site.doorbell.ring([Ring(LIVE, "somebody else's")])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.6):
            await read_event(stream)
    site.doorbell.ring([Ring(LIVE, "mine")])

    assert await read_event(stream) == "changed"
    stream.close()


async def test_what_happens_between_a_page_and_its_stream_is_not_missed(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    path = stream_of(await browser.get("/lively"))

    site.doorbell.ring([Ring(LIVE, "mine")])
    stream = await open_live(browser, path)

    assert await read_event(stream) == "changed"
    stream.close()


async def test_what_happens_between_two_streams_of_a_page_is_not_missed_and_not_told_twice(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    path = stream_of(await browser.get("/lively"))
    site.doorbell.ring([Ring(LIVE, "mine")])
    first = await open_live(browser, path)
    mark = await read_id(first)
    first.close()

    site.doorbell.ring([Ring(LIVE, "somebody else's")])
    second = await open_live(browser, path, **{"Last-Event-ID": mark})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.6):
            await read_event(second)
    second.close()
    site.doorbell.ring([Ring(LIVE, "mine")])
    third = await open_live(browser, path, **{"Last-Event-ID": mark})

    assert await read_event(third) == "changed"
    third.close()


async def test_a_page_that_began_at_another_hub_or_in_another_session_looks_again(site: Site) -> None:
    another = stream_of(await (await site.signed_in("solveig.bakken")).get("/lively"))
    browser = await site.signed_in("per.moen")

    for path in (another, "/live?since=nonsense"):
        stream = await open_live(browser, path)

        assert await read_event(stream) == "changed"
        stream.close()


async def test_where_a_stream_begins_has_one_meaning(site: Site) -> None:
    browser = await site.signed_in("per.moen")

    assert (await browser.get("/live?since=a&since=b")).status == 400


async def test_a_change_is_heard_of_however_late_in_a_round_it_rings(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_pages, "LOOK_AGAIN_SECONDS", live_pages.GATHER_SECONDS / 2)
    stream = await open_live(await site.signed_in("per.moen"))

    site.doorbell.ring([Ring(LIVE, "mine")])

    assert await read_event(stream) == "changed"
    stream.close()


async def test_a_live_page_that_lost_rings_looks_again(site: Site) -> None:
    stream = await open_live(await site.signed_in("per.moen"))

    site.doorbell.ring([Ring(LIVE, "")])

    assert await read_event(stream) == "changed"
    stream.close()


def test_a_live_page_looks_at_its_session_at_least_every_five_seconds() -> None:
    assert live_pages.LOOK_AGAIN_SECONDS + live_pages.LOOKS_TAKE_AT_MOST + live_pages.GATHER_SECONDS < 5


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_pages, "LOOK_AGAIN_SECONDS", 0.05)


@pytest.mark.usefixtures("looking_often")
async def test_a_live_page_ends_with_its_session(site: Site) -> None:
    stream = await open_live(await site.signed_in("per.moen"))

    await site.desk.work(TEST, sign_out_everywhere, site.ids["Per"], "asked")

    assert await read_event(stream) == "over"
    assert await read_event(stream) == "end"


@pytest.mark.usefixtures("looking_often")
async def test_a_live_page_that_is_left_alone_fades_too(site: Site, clock: StoppedClock) -> None:
    stream = await open_live(await site.signed_in("per.moen"))

    clock.move(timedelta(minutes=15))

    assert await read_event(stream) == "over"
    assert await read_event(stream) == "end"


async def test_a_session_has_a_limit_of_live_pages(site: Site) -> None:
    browser = await site.signed_in("per.moen")
    streams = [await open_live(browser) for _ in range(10)]

    assert (await browser.session.get("/live")).status == 503

    for stream in streams:
        stream.close()


async def test_a_guest_has_no_live_page(site: Site) -> None:
    assert (await site.browser().get("/live")).path == "/sign-in?back=/live"
