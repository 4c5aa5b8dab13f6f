"""*Broadcasts*, asked over HTTP as browsers do: whom it reaches and what it costs before it goes, how far it has come after."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import SMS
from hub.clock import StoppedClock
from hub.desk import Work
from hub.doorbell import LIVE
from hub.installed import installed
from hub.language import WRITTEN
from hub.post.broadcasts import HOLD, Broadcast
from hub.post.costs import Cost
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.reach_wishes import Reserved, reserve
from hub.words import Words
from tests.admin_web.broadcast_day import NEW, SKI, count, deliver, form, list_texts, look, readers, send, wake
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

TEACHER, LEADER, ADMINISTRATOR, ASSISTANT = "Kari Lunde", "Ingrid Solberg", "Tora Myklebust", "Sindre Moen"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(10, 0)
        yield day


@pytest.mark.capability("N-10")
async def test_a_teacher_sees_whom_it_reaches_how_it_reads_and_what_it_takes_before_it_goes(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get(NEW)

    seen = await teacher.post("/broadcasts/look", **form(day))

    text = unescape(seen.text)
    assert "Familiene ser at det er fra Kari Lunde, Kontaktlærer 7A." in text
    assert re.search(r"Når \d+ foresatte", text)
    assert "Kari Lunde, Kontaktlærer 7A: Torsdag går" in text
    assert "Anne Nordmann" in text
    assert re.search(r"\d+ SMS, \d+ del", text)
    assert "Torleif Tveit har ikke noe nummer vi kan skrive til. Ring i stedet." in text
    assert await count(day, Broadcast) == 0


async def test_it_is_sent_held_taken_back_and_nothing_left(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    held = await send(teacher, form(day))
    assert held.status == 200
    assert "Går i dag klokken 10.02" in unescape(held.text)
    recalled = await teacher.post(f"{held.path}/recall")
    day.clock.move(HOLD * 2)
    await wake(day)

    assert "Trukket tilbake før den nådde noen" in unescape(recalled.text)
    assert await count(day, Delivery) == 0


async def test_a_button_that_is_pressed_twice_sends_it_once(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    seen = await look(teacher, form(day))
    given = {**form(day), "readers": readers(seen)}

    first, second = await teacher.post("/broadcasts/send", **given), await teacher.post("/broadcasts/send", **given)
    other = await teacher.post("/broadcasts/send", **{**given, "text_nb": "Husk ski."})
    await teacher.post(f"{first.path}/recall")
    anew = await teacher.post("/broadcasts/send", **given)

    assert first.path == second.path
    assert len({first.path, other.path, anew.path}) == 3
    assert await count(day, Broadcast) == 3


@pytest.mark.parametrize("status", [Status.CLAIMED, Status.FAILED, Status.WAITING])
async def test_what_was_just_leaving_when_it_was_recalled_is_said_to_be_unsure(day: SchoolDay, status: Status) -> None:
    teacher = await day.as_(TEACHER)
    held = await send(teacher, form(day))
    day.clock.move(HOLD * 2)
    await wake(day)

    def stand(work: Work) -> None:
        first = work.session.scalars(sa.select(Delivery).order_by(Delivery.id).limit(1)).one()
        first.status, first.rank = status, RANK[status]
        first.reason = "unknown_fate" if status == Status.FAILED else None

    await day.site.desk.work(TEST, stand)
    recalled = unescape((await teacher.post(f"{held.path}/recall")).text)

    is_unsure = status != Status.WAITING
    assert ("Ingen vet om 1 melding kom fram" in recalled) is is_unsure
    assert ("Trukket tilbake før den nådde noen" in recalled) is not is_unsure


async def test_its_page_tells_live_how_far_it_has_come_and_whom_to_call(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    page = (await send(teacher, form(day, reply="yes_no"))).path
    day.clock.move(HOLD)

    with day.site.doorbell.watching(LIVE) as rings:
        await wake(day)
        rung = {rings.get_nowait() for _ in range(rings.qsize())}
    await deliver(day)
    seen = await teacher.get(page)

    text = unescape(seen.text)
    assert page.rpartition("/")[2] in rung
    assert (found := re.search(r"<h1>Nådde (\d+) av (\d+)</h1>", text))
    assert 0 < int(found[1]) < int(found[2])
    assert "Torleif Tveit" in text.partition("Å ringe")[2]
    assert "0 av" in text
    assert "1 ja" in text
    assert "2 nei" in text
    assert "<polyline" in text


async def test_who_gave_no_code_lately_keeps_what_they_typed_and_nothing_is_sent(day: SchoolDay) -> None:
    fresh = await day.as_(TEACHER)
    await fresh.get(NEW)
    key = readers(await fresh.post("/broadcasts/look", **form(day)))
    stale = await day.as_(TEACHER, fresh=False)
    await stale.get(NEW)

    seen = await stale.post("/broadcasts/send", **form(day), readers=key)

    assert seen.status == 422
    assert "Å skrive til mange krever en ny kode" in seen.text
    assert SKI in unescape(seen.text)
    assert await count(day, Broadcast) == 0


@pytest.mark.capability("N-10")
async def test_a_text_that_names_a_child_goes_to_many_only_when_that_is_said_to_be_meant(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    given = form(day, text_nb="Amalie har feber, så turen er avlyst.")

    warned = await send(teacher, given)
    sent = await teacher.post("/broadcasts/send", **given, readers=readers(warned), meant="yes")

    assert warned.status == 422
    assert "Dette nevner enkelte barn: Amalie." in unescape(warned.text)
    assert "Dette sier noe om helse: feber." in unescape(warned.text)
    assert "Går i dag klokken" in unescape(sent.text)


@pytest.mark.parametrize("wrong", [{"text_nb": "Hei {navn}"}, {"reply": "choices", "choices": "En"}, {"text_nb": ""}])
async def test_what_cannot_be_sent_is_said_and_kept(day: SchoolDay, wrong: dict[str, str]) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get(NEW)
    key = readers(await teacher.post("/broadcasts/look", **form(day)))

    seen = await teacher.post("/broadcasts/send", **form(day, **wrong), readers=key)

    assert seen.status == 422
    assert wrong.get("text_nb", SKI) in unescape(seen.text)
    assert await count(day, Broadcast) == 0


async def test_what_stands_in_braces_is_asked_for_before_it_goes_and_read_in_each_language(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    given = form(day, text_nb="{unit}: møte {date} kl. {time}, {place}.", text_en="{unit}: {date}, {time}, {place}.")
    filled_in = {"given_day": "2025-03-06", "given_at": "17:30", "given_place": "{rom} <b>2</b>"}

    empty = await send(teacher, given)
    partly = await send(teacher, {**given, "given_day": "2025-03-06", "given_at": "17:30"})
    sent = await send(teacher, given | filled_in)
    day.clock.move(HOLD)
    await wake(day)

    assert (empty.status, partly.status) == (422, 422)
    assert "Teksten har {date}, {time} og {place}, men det er ikke fylt ut." in unescape(empty.text)
    assert "Teksten har {place}, men det er ikke fylt ut." in unescape(partly.text)
    assert 'name="given_place"' in partly.text
    assert 'value="2025-03-06"' in partly.text
    for seen in (sent, await teacher.get("/broadcasts")):
        assert "{unit}: møte torsdag 6. mars kl. 17.30, {rom} &lt;b&gt;2&lt;/b&gt;." in seen.text
    (told,) = await list_texts(day, "Anne Nordmann")
    assert "Fjordvik skole: møte torsdag 6. mars kl. 17.30, {rom} <b>2</b>." in told


async def test_only_the_families_of_some_children_get_it(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get(NEW)

    seen = await teacher.post("/broadcasts/look", **form(day), children=day.village.child("Kari Nordmann").id)

    assert "Når 2 foresatte" in seen.text
    assert "Anne Nordmann" in seen.text
    elsewhere = await teacher.post("/broadcasts/look", **form(day), children=day.village.child("Ada Lien").id)
    assert "Ada" not in elsewhere.text


async def test_an_administrator_writes_to_all_and_reads_no_name(day: SchoolDay) -> None:
    administrator, anne = await day.as_(ADMINISTRATOR), day.village.guardian("Anne Nordmann")
    await day.site.desk.work(TEST, reserve, anne, SMS, Reserved.NOT_URGENT, anne.id)
    await administrator.get(NEW)

    seen = await administrator.post(
        "/broadcasts/look", everyone="owner", language="nb", text_nb="Fredag er alle enheter stengt."
    )

    text = unescape(seen.text)
    assert "Familiene ser at det er fra Fjordvik kommune." in text
    assert re.search(r"Når \d{2} foresatte", text)
    assert "Nordmann" not in text
    assert "1: har sagt nei til slike SMS" in text
    assert re.search(r"\d+: har ikke noe nummer", text)


async def test_a_phrase_of_the_book_is_put_in_in_every_language_with_the_schools_below(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    await teacher.get(NEW)
    book: dict[str, Any] = {
        "phrase": "outing",
        "phrase_day": "2025-03-06",
        "phrase_starts": "09:15",
        "phrase_ends": "14:00",
        "put": "phrase",
    }

    seen = await teacher.post("/broadcasts/look", **form(day), **book, phrase_place="Skihytta")
    missing = await teacher.post("/broadcasts/look", **form(day), **book)
    unknown = await teacher.post(
        "/broadcasts/look", **form(day), **{**book, "phrase": "__class__"}, phrase_place="Hytta"
    )

    typed = dict(re.findall(r'<textarea[^>]*name="text_(\w\w)"[^>]*>([^<]*)</textarea>', unescape(seen.text)))
    assert typed["nb"].startswith("Vi går på tur")
    assert typed["en"].endswith("\n" + typed["nb"])
    assert typed["nb"] in unescape(seen.text).partition("<aside")[2]
    assert (missing.status, unknown.status) == (422, 422)
    assert SKI in unescape(missing.text)


async def test_it_is_there_only_for_those_who_may_send_it(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    page = (await send(teacher, form(day))).path

    own_composer = (200, True)
    nothing_there = (404, False)
    for name, owner, answer in (
        ("Jonas Dahl", "fjordvik", own_composer),
        ("Astrid Vik", "fjordvik", nothing_there),
        ("Jari Laine", SAARELA, nothing_there),
    ):
        stranger = await day.as_(name, owner)
        assert (await stranger.get(page)).status == 404
        await stranger.get("/broadcasts")
        assert (await stranger.post(f"{page}/recall")).status == 404
        tried = await stranger.post("/broadcasts/look", **form(day))
        assert (tried.status, "Velg først hvem det er til." in tried.text) == answer
        assert "Nordmann" not in tried.text
    leader = await day.as_(LEADER)
    assert (await leader.get(page)).status == 200
    assistant = await day.as_(ASSISTANT)
    assert "Du skriver til familiene enkeltvis" in (await assistant.get("/broadcasts")).text
    assert (await assistant.get(NEW)).status == 404


async def test_a_leader_reads_what_the_months_texts_cost(day: SchoolDay) -> None:
    teacher, leader = await day.as_(TEACHER), await day.as_(LEADER)
    await send(teacher, form(day))
    day.clock.move(HOLD + timedelta(seconds=1))
    await wake(day)
    await deliver(day)
    costs = f"/costs/{day.village.unit('school').id}"

    seen = await leader.get(costs)

    text = unescape(seen.text)
    assert "Fellesmeldinger" in text.partition("Etter hva det var til")[2]
    assert "Anne Nordmann" in text.partition("Etter familie")[2]
    assert "Uten pris" in text
    assert "0,00" not in text
    assert (await leader.get(f"{costs}?month_day=2024-12-01")).text.count("Ingen SMS denne måneden") == 1
    assert (await teacher.get(costs)).status == 404


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (Cost("NOK", 10, 12, Decimal("4.2")), "12 SMS-deler, koster 4,20 kr i mars 2025"),
        (Cost("NOK", 10, 12, Decimal("4.2"), unpriced=2), "koster 4,20 kr (2 uten pris) i"),
        (Cost("NOK", 10, 12, unpriced=10), "12 SMS-deler i mars 2025"),
        (Cost("NOK", 10, 12, Decimal("4.2"), foreign={"USD": Decimal("0.3")}), "koster 4,20 kr + 0,30 USD i"),
        (Cost("EUR", 10, 12, foreign={"USD": Decimal("0.3")}), "koster 0,30 USD i"),
    ],
)
def test_a_month_says_of_its_cost_what_is_known(cost: Cost, said: str) -> None:
    assert said in Words("nb").say("costs.head", cost=cost, month=date(2025, 3, 1))


@pytest.mark.parametrize("language", WRITTEN)
def test_what_texts_were_for_has_words_for_every_bot(language: str) -> None:
    names = [each.name for each in installed("bots")]
    words = Words(language)

    assert [name for name in names if words.say("costs.use_name", use=name) == name] == []
