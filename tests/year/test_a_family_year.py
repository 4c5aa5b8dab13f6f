"""A family's year: three children at a school, an after-school club and a preschool, two homes, told by SMS alone in three
languages. It goes as written, on every store, and ends in the same facts as the year done without a text."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from tests.admin_web.staff_site import run_site
from tests.conftest import copy_of
from tests.year.home import YEAR
from tests.year.pages import Pages
from tests.year.script import WAITS, differences, facts_at_the_end, in_order, perform, play_line, read_lines
from tests.year.stage import Stage

AT_LEAST = 400
"""Texts from and to the family, in each of the years."""
BY_SMS = [("nb", "sqlite"), ("nb", "postgresql"), ("sv", "sqlite"), ("fi", "postgresql")]
ON_PAGES = [("nb", "sqlite"), ("sv", "postgresql"), ("fi", "sqlite")]
"""Which languages on which store: a year takes half a minute."""


@pytest.fixture
def year_url(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh store of one kind."""
    if request.config.getoption("--store") not in ("both", "each", store):
        pytest.skip("another store is tested")
    template = request.getfixturevalue("sqlite_template") if store == "sqlite" else "template_budbok"
    with copy_of(template, tmp_path, request) as url:
        yield url


async def facts_of(stage: Stage) -> list[str]:
    """What holds, by its content: the book of the days, leave, consents, care times, who told it, phones and languages."""
    return [fact for fact in await stage.desk.look(YEAR, stage.list_facts) if not fact.startswith(WAITS)]


@asynccontextmanager
async def year_on_pages(store_url: str, clock: StoppedClock, language: str) -> AsyncIterator[Stage]:
    """What staff do in the script of the language, and the acts of the family beside it, in the order of their moments."""
    script, acts = read_lines(language), read_lines("pages")
    async with run_site(store_url, clock) as site:
        first, *_ = todo = in_order(script, acts)
        stage = await Stage.open(site.desk, clock, language, first[0])
        pages = Pages(stage, site)
        for moment, lines in todo:
            if moment > stage.day:
                await stage.pass_to(moment)
            for line in lines:
                await (play_line(stage, line) if line.startswith("*") else pages.do(line))
        yield stage


@pytest.mark.capability("N-05")
@pytest.mark.parametrize(("language", "store"), BY_SMS)
async def test_a_year_by_sms_alone_goes_as_written(language: str, year_url: str, clock: StoppedClock) -> None:
    script = read_lines(language)
    desk = Desk(year_url, clock, LocalDoorbell())

    try:
        stage, performed = await perform(script, desk, clock, language)
    finally:
        await desk.close()

    assert not differences(script, performed), differences(script, performed)
    assert stage.messages >= AT_LEAST


@pytest.mark.capability("N-05")
@pytest.mark.parametrize(("language", "store"), ON_PAGES)
async def test_the_year_by_sms_ends_in_the_facts_of_the_year_on_pages(
    language: str, year_url: str, clock: StoppedClock
) -> None:
    told = facts_at_the_end(read_lines(language))

    async with year_on_pages(year_url, clock, language) as stage:
        done = await facts_of(stage)

    assert sorted(done) == sorted(told)
