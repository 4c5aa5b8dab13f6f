"""*Door*, asked over HTTP as browsers do: who may take a phone into use, what a touch shows, and what is said of it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from yarl import URL

from admin_web import cookies
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.marks import DoorMark
from hub.door.readers import TagReader
from hub.door.tag_labels import shown_label
from hub.door.taps import Proof, Tap, keep_tap
from hub.people.families import Child
from hub.safety.access import NamedReader
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing
from tests.hub.door.devices import SERIAL, hang_tag, label_of, pair_gate, touch
from tests.hub.door.phone_keys import PhoneKey, entry
from tests.hub.sign_in.school import TEST

HEAD, TEACHER, OTHER_GROUP, OTHER_UNIT = "Astrid Vik", "Mette Strand", "Erik Johansson", "Kari Lunde"
NOAH = "Noah Bakken"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def door(day: SchoolDay) -> str:
    return f"/door/{day.village.unit('preschool').id}"


async def gate_touch(day: SchoolDay, *names: str, proof: Proof = Proof.HINT) -> str:
    """The id of a touch at the gate just now."""

    def tap(work: Work) -> str:
        tag = hang_tag(work, day.village, *names)
        kept = keep_tap(work, pair_gate(work, day.village), touch(1, work.now, serial=tag.serial))
        kept.proof = proof
        return kept.id

    return await day.site.desk.work(TEST, tap)


async def phone(day: SchoolDay, who: str = TEACHER, key: PhoneKey | None = None) -> Browsing:
    """A browser whose phone is in use."""
    browser = await day.as_(who)
    await browser.get(door(day))
    await browser.post(f"{door(day)}/pair", public_key=key.public if key else "")
    return browser


async def reader_id(day: SchoolDay) -> str:
    def newest(look: Look) -> str:
        return look.session.scalars(sa.select(TagReader.id).order_by(TagReader.id.desc())).first() or ""

    return await day.site.desk.look(TEST, newest)


@pytest.mark.capability("L-16")
async def test_a_phone_is_taken_into_use_and_rests_on_a_page_without_names(day: SchoolDay) -> None:
    await gate_touch(day, NOAH)

    browser = await phone(day)

    seen = await browser.get(door(day))
    assert "Hold brikken mot baksiden av telefonen" in seen.text
    assert "1 berøring venter" in seen.text
    assert "Noah" not in seen.text
    assert browser.cookie(cookies.DOOR)
    assert seen.headers["X-Budbok-Keep"]


async def test_a_page_whose_phone_is_not_in_use_tells_that_touches_at_the_gate_wait(day: SchoolDay) -> None:
    tap = await gate_touch(day, NOAH)
    browser = await day.as_(TEACHER)

    seen = await browser.get(door(day))
    shown = await browser.get(f"{door(day)}/next")

    assert "1 berøring venter" in seen.text
    assert "Noah" not in seen.text
    assert shown.path == f"{door(day)}/taps/{tap}"


async def test_somebody_of_another_unit_takes_no_phone_into_use_here(day: SchoolDay) -> None:
    stranger = await day.as_(OTHER_UNIT)
    await stranger.get("/door")

    assert (await stranger.get(door(day))).status == 404
    assert (await stranger.post(f"{door(day)}/pair")).status in (403, 404)


async def test_a_phone_is_in_use_no_more_once_its_owner_signs_out(day: SchoolDay) -> None:
    browser = await phone(day)
    token = browser.cookie(cookies.DOOR)
    await browser.get(door(day))
    await browser.post("/sign-out")

    again = await day.as_(TEACHER)
    again.session.cookie_jar.update_cookies({cookies.DOOR: token or ""}, URL(day.site.url))

    assert "Ta denne telefonen i bruk" in (await again.get(door(day))).text


async def test_a_phone_that_was_revoked_rests_no_more(day: SchoolDay) -> None:
    browser = await phone(day)

    await browser.get(door(day))
    await browser.post(f"{door(day)}/unpair")

    assert "Ta denne telefonen i bruk" in (await browser.get(door(day))).text


async def test_a_touch_shows_its_child_to_staff_who_reach_it_and_nobody_else(day: SchoolDay) -> None:
    tap = await gate_touch(day, NOAH)

    reaching = await (await day.as_(TEACHER)).get(f"{door(day)}/taps/{tap}")
    not_reaching = await (await day.as_(OTHER_GROUP)).get(f"{door(day)}/taps/{tap}")
    stranger = await (await day.as_(OTHER_UNIT)).get(f"{door(day)}/taps/{tap}")

    assert "Noah: her?" in reaching.text
    assert "Sol" not in reaching.text
    assert "Ingen här är känd genom den här brickan" in not_reaching.text
    assert "Noah" not in not_reaching.text
    assert stranger.status == 404


async def test_a_tag_out_of_reach_and_an_unknown_one_look_alike(day: SchoolDay) -> None:
    known = await gate_touch(day, NOAH, proof=Proof.BLOCKED)

    def unknown(work: Work) -> str:
        gate = work.session.scalars(sa.select(TagReader)).one()
        return keep_tap(work, gate, touch(2, work.now, serial="04ffffffffffff")).id

    nobody_s = await day.site.desk.work(TEST, unknown)
    browser = await day.as_(OTHER_GROUP)

    pages = [(await browser.get(f"{door(day)}/taps/{tap}")).text.replace(tap, "") for tap in (known, nobody_s)]

    strip = [page.partition('<main id="main"')[2].partition("</main>")[0] for page in pages]
    assert strip[0] == strip[1]


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (Proof.BLOCKED, "Denne brikken er sperret"),
        (Proof.FORGED, "Denne brikken beviser ikke det den sier"),
        (Proof.REPLAYED, "Denne berøringen er brukt før"),
    ],
)
async def test_what_may_be_false_is_said_plainly_and_not_confirmed(day: SchoolDay, proof: Proof, said: str) -> None:
    tap = await gate_touch(day, NOAH, proof=proof)
    browser = await day.as_(TEACHER)

    seen = await browser.get(f"{door(day)}/taps/{tap}")
    refused = await browser.post(f"{door(day)}/taps/{tap}/confirm", said="coming", children=day.village.child(NOAH).id)

    assert said in seen.text
    assert "Noah" not in seen.text
    assert refused.status == 422
    assert await day.here() == set()


@pytest.mark.capability("L-15")
async def test_nothing_changes_before_somebody_confirms_and_both_times_are_in_the_log(
    day: SchoolDay, clock: StoppedClock
) -> None:
    tap = await gate_touch(day, NOAH)
    clock.move(timedelta(minutes=3))
    browser = await phone(day)
    shown = await browser.get(f"{door(day)}/next")
    before = await day.here()

    done = await browser.post(f"{door(day)}/taps/{tap}/confirm", said="coming", children=day.village.child(NOAH).id)

    log = await browser.get(f"{door(day)}/children/{day.village.child(NOAH).id}")
    assert shown.path == f"{door(day)}/taps/{tap}"
    assert before == set()
    assert await day.here() == {NOAH}
    assert "Kom 07.12, sagt 07.15 av Mette Strand" in log.text
    assert "Noah" not in done.text


async def test_a_touch_is_cancelled_and_taken_back(day: SchoolDay) -> None:
    tap = await gate_touch(day, NOAH)
    browser = await phone(day)
    await browser.get(f"{door(day)}/taps/{tap}")
    done = await browser.post(f"{door(day)}/taps/{tap}/confirm", said="coming", children=day.village.child(NOAH).id)
    mark = done.path.partition("done=")[2]

    await browser.post(f"{door(day)}/marks/{mark}/undo")
    after_undo = await day.here()
    await browser.get(f"{door(day)}/taps/{tap}")
    await browser.post(f"{door(day)}/taps/{tap}/cancel")

    assert after_undo == set()
    assert "Noen har allerede tatt seg" in (await browser.get(f"{door(day)}/taps/{tap}")).text


async def test_who_fetches_is_asked_where_a_child_is_here(day: SchoolDay) -> None:
    tap = await gate_touch(day, NOAH)
    browser = await phone(day)
    child = day.village.child(NOAH).id
    await browser.get(f"{door(day)}/children/{child}")
    await browser.post(f"{door(day)}/children/{child}/say", said="coming")

    seen = await browser.get(f"{door(day)}/taps/{tap}")
    unknown = await browser.post(
        f"{door(day)}/taps/{tap}/confirm", said="leaving", children=child, who="other", name="Nabo Trude"
    )
    await browser.post(
        f"{door(day)}/taps/{tap}/confirm",
        said="leaving",
        children=child,
        who="other",
        name="Nabo Trude",
        is_checked="true",
    )

    assert "Noah: går hjem?" in seen.text
    assert "Marte Bakken" in seen.text
    assert unknown.status == 422
    assert "Vi kjenner ikke Nabo Trude" in unknown.text
    assert "Gått hjem 07.12" in (await browser.get(f"{door(day)}/children/{child}")).text


async def test_many_are_ticked_and_marked_at_once(day: SchoolDay) -> None:
    browser = await day.as_(HEAD)
    await browser.get(f"{door(day)}/here")

    names = ("Noah Bakken", "Odin Fjeld", "Ilo Korhonen")
    seen = await browser.post(f"{door(day)}/here", children=[day.village.child(name).id for name in names])

    assert await day.here() == set(names)
    assert "3 barn er her" in seen.text


async def test_ticking_a_child_out_of_reach_marks_nobody(day: SchoolDay) -> None:
    browser = await day.as_(TEACHER)
    await browser.get(f"{door(day)}/here")

    seen = await browser.post(
        f"{door(day)}/here", children=[day.village.child(name).id for name in (NOAH, "Otso Lindqvist")]
    )

    assert seen.status == 404
    assert await day.here() == set()


async def test_children_are_found_by_name_and_by_the_code_on_the_tag_within_reach(day: SchoolDay) -> None:
    await gate_touch(day, NOAH)
    teacher, other = await day.as_(TEACHER), await day.as_(OTHER_GROUP)

    for typed in ("noah", shown_label(label_of(SERIAL)).lower()):
        mine, theirs = [await browser.get(f"{door(day)}/here?q={typed}") for browser in (teacher, other)]
        assert "Noah Bakken" in mine.text
        assert "Sander" not in mine.text
        assert "Noah" not in theirs.text


async def test_a_phone_in_use_is_told_of_the_children_of_its_groups_and_of_no_protected_one(day: SchoolDay) -> None:
    def protect(work: Work) -> None:
        sol = work.session.get_one(Child, day.village.child("Sol Engebretsen").id)
        sol.protected = True
        reader = day.village.staff(TEACHER)
        work.session.add(NamedReader(child_id=sol.id, staff_id=reader.id, owner_id=sol.owner_id, since=work.now))

    await day.site.desk.work(TEST, protect)
    browser = await phone(day)

    told = json.loads((await browser.get(f"{door(day)}/children")).text)

    names = {child["name"] for group in told["groups"] for child in group["children"]}
    assert {"Noah", "Mathias"} <= names
    assert not names & {"Sol", "Otso"}
    assert set(told["groups"][0]["children"][0]) == {"id", "name", "state", "seen"}
    assert "Sol Engebretsen" in (await browser.get(f"{door(day)}/here")).text


async def test_a_browser_that_is_no_phone_in_use_is_told_of_nobody(day: SchoolDay) -> None:
    browser = await day.as_(TEACHER)

    assert (await browser.get(f"{door(day)}/children")).status == 404


async def test_what_a_phone_sends_is_kept_once_and_only_with_its_signature(day: SchoolDay, clock: StoppedClock) -> None:
    await gate_touch(day, NOAH)
    key = PhoneKey()
    browser = await phone(day, key=key)
    own = await reader_id(day)
    text = entry(own, 1, clock.now(), kind="touch", serial="04a1b2c3d4e5f6", told=None)

    async def send(signature: str) -> str:
        await browser.get(door(day))
        sent: dict[str, Any] = {"reader": own, "clock": clock.now().isoformat(), "texts": text, "signatures": signature}
        return (await browser.post(f"{door(day)}/queue", **sent)).text

    forged = json.loads(await send(PhoneKey().sign(text)))
    kept, again = json.loads(await send(key.sign(text))), json.loads(await send(key.sign(text)))

    def count(look: Look) -> int:
        return len(look.session.scalars(sa.select(Tap).where(Tap.reader_id == own)).all())

    assert forged[0]["fate"] == "refused"
    assert kept == again
    assert kept[0]["fate"] == "kept"
    assert await day.site.desk.look(TEST, count) == 1


async def test_what_another_s_phone_kept_is_not_sent_by_a_stranger(day: SchoolDay, clock: StoppedClock) -> None:
    key = PhoneKey()
    await phone(day, key=key)
    own = await reader_id(day)
    text = entry(own, 1, clock.now(), kind="touch", serial="04a1b2c3d4e5f6", told=None)
    stranger = await day.as_(OTHER_UNIT)
    await stranger.get("/morning")

    sent: dict[str, Any] = {
        "reader": own,
        "clock": clock.now().isoformat(),
        "texts": text,
        "signatures": key.sign(text),
    }

    assert (await stranger.post(f"{door(day)}/queue", **sent)).status == 404


async def test_a_child_that_waits_for_a_look_stands_first_until_somebody_has_looked(
    day: SchoolDay, clock: StoppedClock
) -> None:
    key = PhoneKey()
    browser = await phone(day, key=key)
    own, child = await reader_id(day), day.village.child(NOAH).id
    text = entry(own, 1, clock.now(), kind="tick", child=child, way="missing", stood="not_heard")
    await browser.get(door(day))
    sent: dict[str, Any] = {
        "reader": own,
        "clock": clock.now().isoformat(),
        "texts": text,
        "signatures": key.sign(text),
    }
    await browser.post(f"{door(day)}/queue", **sent)

    waiting = await browser.get(f"{door(day)}/here")
    rests = await browser.get(door(day))
    await browser.post(f"{door(day)}/children/{child}/look", found="here")

    assert "Noah Bakken: Er krysset av som savnet" in waiting.text
    assert "1 barn må ses etter" in rests.text
    assert "savnet</strong>" not in (await browser.get(f"{door(day)}/here")).text
    assert await day.here() == {NOAH}


async def test_the_count_of_what_waits_comes_alone_to_an_open_page(day: SchoolDay) -> None:
    await gate_touch(day, NOAH)
    browser = await phone(day)

    seen = await browser.get(f"{door(day)}/waiting", headers=HTMX)

    assert "1 berøring venter" in seen.text
    assert "<html" not in seen.text


async def test_the_menu_leads_to_the_door(day: SchoolDay) -> None:
    browser = await day.as_(TEACHER)

    seen = await browser.get("/morning")
    led = await browser.get("/door")

    assert '<a href="/door"' in seen.text
    assert led.path == door(day)


async def test_what_is_said_at_the_door_is_in_the_log_with_who_said_it(day: SchoolDay) -> None:
    browser = await day.as_(TEACHER)
    child = day.village.child(NOAH).id
    await browser.get(f"{door(day)}/children/{child}")
    for said in ("coming", "not_come", "away", "not_away"):
        await browser.post(f"{door(day)}/children/{child}/say", said=said)

    def ways(look: Look) -> list[tuple[str, str]]:
        rows = look.session.scalars(sa.select(DoorMark).order_by(DoorMark.id))
        return [(row.way, row.said_by) for row in rows]

    teacher = day.village.staff(TEACHER).id
    expected = [(way, teacher) for way in ("coming", "not_come", "away", "not_away")]
    assert await day.site.desk.look(TEST, ways) == expected


@pytest.mark.parametrize("clock_says", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_a_phone_s_clock_that_is_none_is_no_question(day: SchoolDay, clock_says: str) -> None:
    browser = await phone(day, key=PhoneKey())
    await browser.get(door(day))

    sent: dict[str, Any] = {"reader": await reader_id(day), "clock": clock_says, "texts": "{}", "signatures": "x"}

    assert (await browser.post(f"{door(day)}/queue", **sent)).status == 400


async def test_a_time_with_a_zone_is_no_time_at_the_door(day: SchoolDay) -> None:
    tap = await gate_touch(day, NOAH)
    browser = await day.as_(TEACHER)
    await browser.get(f"{door(day)}/taps/{tap}")

    told: dict[str, Any] = {
        "said": "coming",
        "children": day.village.child(NOAH).id,
        "at": "07:55Z",
        "why": "forgotten",
    }

    assert (await browser.post(f"{door(day)}/taps/{tap}/confirm", **told)).status == 400
    assert await day.here() == set()
