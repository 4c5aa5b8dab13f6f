"""Whoever rehearses chooses on the page of a pretended post what befalls it, until they choose otherwise."""

from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession, ServerDisconnectedError

from hub.clock import StoppedClock
from tests.rehearsal.finnish_post import FinnishPost
from tests.rehearsal.norwegian_post import NorwegianPost

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


async def choose(http: ClientSession, url: str, trouble: str) -> str:
    """The page afterwards."""
    async with http.post(f"{url}/trouble", data={"trouble": trouble}) as answer:
        assert answer.status == 200
        return await answer.text()


@pytest.mark.parametrize(
    ("kind", "asked"), [(NorwegianPost, "/api/statuses"), (FinnishPost, "/v2/events")], ids=["norway", "finland"]
)
async def test_what_is_chosen_befalls_the_service_alone_until_something_else_is(
    kind: type[NorwegianPost] | type[FinnishPost], asked: str
) -> None:
    async with kind(StoppedClock(NOW).now) as post, ClientSession() as http:
        well = (await http.get(f"{post.url}{asked}")).status
        page = await choose(http, post.url, "down")
        down = [(await http.get(f"{post.url}{asked}")).status for _ in range(3)]
        await choose(http, post.url, "lost")
        with pytest.raises(ServerDisconnectedError):
            await http.get(f"{post.url}{asked}")
        await choose(http, post.url, "many")
        many = await http.get(f"{post.url}{asked}")
        await choose(http, post.url, "well")
        again = (await http.get(f"{post.url}{asked}")).status
        unknown = (await http.post(f"{post.url}/trouble", data={"trouble": "earthquake"})).status

    assert '<option value="down" selected>' in page
    assert down == [503, 503, 503]
    assert (many.status, many.headers["Retry-After"]) == (429, "30")
    assert again == well != 503
    assert unknown == 404


async def test_somebody_of_finland_goes_back_to_paper_on_the_page() -> None:
    async with FinnishPost(StoppedClock(NOW).now) as post, ClientSession() as http:
        post.mailboxes["010101-123N"] = True

        await http.post(f"{post.url}/mailboxes/010101-123N")
        nobody = (await http.post(f"{post.url}/mailboxes/020202-123N")).status

        assert post.mailboxes == {"010101-123N": False}
        assert nobody == 404
