"""Texts that a unit keeps to send again: safe when they are kept, shared with whoever may send there, and nobody else's."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.post.kept_texts import LONGEST_NAME, KeptText
from hub.safety.audit import AuditRow
from tests.admin_web.broadcast_day import NEW, count, form
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

TEACHER, COLLEAGUE, LEADER, ASSISTANT = "Kari Lunde", "Jonas Dahl", "Ingrid Solberg", "Sindre Moen"
KEEP, TEXTS = "/broadcasts/texts/keep", "/broadcasts/texts"
TRIP = "{unit}: {child} og {group} drar til {place} {date} kl. {time}."


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(10, 0)
        yield day


async def keep(browser: Browsing, day: SchoolDay, **more: Any) -> Seen:
    await browser.get(NEW)
    return await browser.post(KEEP, **{**form(day, text_nb=TRIP, text_name="Skitur"), **more})


async def find_kept(day: SchoolDay) -> KeptText:
    return await day.site.desk.look(TEST, lambda look: look.session.scalars(sa.select(KeptText)).one())


def typed(seen: Seen) -> dict[str, str]:
    return dict(re.findall(r'<textarea[^>]*name="text_(\w\w)"[^>]*>([^<]*)</textarea>', unescape(seen.text)))


async def test_a_text_is_kept_with_its_answers_and_put_in_again_by_a_colleague(day: SchoolDay) -> None:
    kept = await keep(await day.as_(TEACHER), day, text_en="Trip to {place}", reply="choices", choices="Ja takk\nNei")
    leader = await day.as_(LEADER)

    listed = await leader.get(TEXTS)
    link = re.search(r'href="(/broadcasts/new\?own=\w+)"', listed.text)
    assert link is not None
    put = await leader.get(link[1])
    by_button = await leader.post("/broadcasts/look", **form(day, own=(await find_kept(day)).id, put="own"))

    assert kept.path == TEXTS
    assert "1 tekst å sende igjen" in listed.text
    for seen in (put, by_button):
        assert typed(seen)["nb"] == TRIP
        assert typed(seen)["en"] == "Trip to {place}"
        assert "Ja takk\nNei" in unescape(seen.text)
    assert 'name="given_place"' in by_button.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text_nb": "Hei {navn}"}, "Bare {child}, {group}, {unit}, {date}, {time} og {place} kan stå i klammer."),
        ({"text_nb": "{child.code}"}, "kan stå i klammer"),
        ({"text_nb": ""}, "Skriv teksten først"),
        ({"text_name": ""}, "Gi teksten et navn"),
        ({"text_name": "x" * (LONGEST_NAME + 1)}, "Gi teksten et navn"),
        ({"text_nb": "Amalie er flink."}, "Teksten nevner Amalie. Skriv {child} i stedet"),
        ({"text_name": "Til Amalie"}, "Teksten nevner Amalie"),
        ({"reply": "choices", "choices": "En"}, "svar"),
    ],
)
async def test_what_may_not_be_kept_is_said_and_what_was_typed_stays(
    day: SchoolDay, wrong: dict[str, str], said: str
) -> None:
    seen = await keep(await day.as_(TEACHER), day, **wrong)

    assert seen.status == 422
    assert said in unescape(seen.text)
    assert typed(seen).get("nb", "") == wrong.get("text_nb", TRIP)
    assert await count(day, KeptText) == 0


async def test_keeping_and_removing_take_a_code_given_lately(day: SchoolDay) -> None:
    stale = await day.as_(TEACHER, fresh=False)

    seen = await keep(stale, day)

    assert seen.status == 422
    assert "krever en ny kode" in seen.text
    assert typed(seen)["nb"] == TRIP
    assert await count(day, KeptText) == 0


async def test_it_is_there_for_those_who_send_there_and_removed_by_its_keeper_or_the_leader(day: SchoolDay) -> None:
    await keep(await day.as_(TEACHER), day)
    remove, own = f"{TEXTS}/{(await find_kept(day)).id}/remove", f"/broadcasts/new?own={(await find_kept(day)).id}"

    for name, owner in ((ASSISTANT, "fjordvik"), ("Astrid Vik", "fjordvik"), ("Jari Laine", SAARELA)):
        stranger = await day.as_(name, owner)
        assert "Skitur" not in (await stranger.get(TEXTS)).text
        assert (await stranger.get(own)).status == 404
        await stranger.get("/broadcasts")
        assert (await stranger.post(remove)).status == 404
    colleague = await day.as_(COLLEAGUE)
    assert "Skitur" in (await colleague.get(TEXTS)).text
    assert (await colleague.post(remove)).status == 404
    leader = await day.as_(LEADER)
    await leader.get(TEXTS)
    assert (await leader.post(remove)).status == 200

    assert await count(day, KeptText) == 0
    asked = sa.select(AuditRow.what).where(AuditRow.what.startswith("text.")).order_by(AuditRow.at)
    assert await day.site.desk.look(TEST, lambda look: list(look.session.scalars(asked))) == [
        "text.keep",
        "text.remove",
    ]


async def test_what_is_kept_is_shown_as_text_and_never_as_markup(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await keep(teacher, day, text_nb="<b>Hei</b> <script>1</script>", text_name="<i>Tur</i>")

    listed, put = await teacher.get(TEXTS), await teacher.get(f"/broadcasts/new?own={(await find_kept(day)).id}")

    for seen in (listed, put):
        assert "<script>1" not in seen.text
        assert "<b>Hei" not in seen.text
        assert "<i>Tur" not in seen.text
