"""*Door*, asked over HTTP as browsers do: who may take a phone into use, what a touch shows, and what is said of it."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from yarl import URL

from admin_web import cookies
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.confirming import SaidOf, confirm_tap
from hub.door.marks import DoorMark, Way
from hub.door.pairing import revoke
from hub.door.phones import DoorPhone, find_phone
from hub.door.readers import TagReader
from hub.door.tag_labels import shown_label
from hub.door.taps import Proof, Tap, TapState, keep_tap
from hub.door.trips import Said, begin_trip
from hub.door.who_fetches import OTHER, SaidFetcher
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.safety.named_readers import NamedReader
from hub.school.attendance import Attendance, mark_here
from hub.school.day_board import list_board
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing
from tests.hub.at_once import at_once
from tests.hub.door.devices import SERIAL, hang_tag, label_of, pair_gate, touch
from tests.hub.door.phone_keys import PhoneKey, entry
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST

HEAD, TEACHER, OTHER_GROUP, OTHER_UNIT = "Astrid Vik", "Mette Strand", "Erik Johansson", "Kari Lunde"
NOAH = "Noah Bakken"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def door(day: SchoolDay) -> str:
    return f"/door/{day.village.unit('preschool').id}"


async def gate_touch(
    day: SchoolDay, *names: str, proof: Proof = Proof.HINT, ago: timedelta = timedelta(0), waited: bool = False
) -> str:
    """The id of a touch at the gate just now."""

    def tap(work: Work) -> str:
        tag = hang_tag(work, day.village, *names)
        kept = keep_tap(
            work, pair_gate(work, day.village), touch(1, work.now, serial=tag.serial, ago=ago, waited=waited)
        )
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
async def test_a_phone_is_taken_into_use_for_a_unit_and_a_shift_and_rests_on_a_page_without_names(
    day: SchoolDay, clock: StoppedClock
) -> None:
    """Whoever is not signed in, as any parent is, finds no list on it."""
    await gate_touch(day, NOAH)
    parent = day.site.browser()

    browser = await phone(day)
    token, own = browser.cookie(cookies.DOOR) or "", await reader_id(day)
    seen = await browser.get(door(day))
    led_away = [await parent.get(f"{door(day)}{below}") for below in ("", "/here", "/next", "/children")]

    assert "Hold brikken mot baksiden av telefonen" in seen.text
    assert "1 berøring venter" in seen.text
    assert not any(name in seen.text for name in ("Noah", "Mathias", "Sol", "Sander", "Odin"))
    assert seen.headers["X-Budbok-Keep"] == str(12 * 60 * 60)
    assert {page.path.partition("?")[0] for page in led_away} == {"/sign-in"}
    assert await day.site.desk.look(TEST, reads_at, token, "preschool", day) == own
    assert await day.site.desk.look(TEST, reads_at, token, "school", day) is None
    clock.move(timedelta(hours=12))
    assert await day.site.desk.look(TEST, reads_at, token, "preschool", day) is None


def reads_at(look: Look, token: str, unit: str, day: SchoolDay) -> str | None:
    """The id of the phone with this token where it is in use at a unit."""
    session_id = look.session.scalars(sa.select(DoorPhone.session_id)).first() or ""
    phone = find_phone(look, token, day.village.unit(unit).id, session_id)
    return None if phone is None else phone.reader.id


async def test_a_page_whose_phone_is_not_in_use_tells_that_touches_at_the_gate_wait(day: SchoolDay) -> None:
    tap = await gate_touch(day, NOAH)
    browser = await day.as_(TEACHER)

    seen = await browser.get(door(day))
    shown = await browser.get(f"{door(day)}/next")

    assert "1 berøring venter" in seen.text
    assert "Noah" not in seen.text
    assert shown.path == f"{door(day)}/taps/{tap}"


@pytest.mark.parametrize(
    ("ago", "waited", "is_doubted"),
    [(timedelta(days=1, hours=1), True, True), (timedelta(days=-1), False, True), (timedelta(minutes=2), False, False)],
)
async def test_a_touch_of_a_gate_whose_clock_is_wrong_says_that_its_time_is_not_its_own(
    day: SchoolDay, ago: timedelta, waited: bool, is_doubted: bool
) -> None:
    tap = await gate_touch(day, NOAH, ago=ago, waited=waited)
    browser = await phone(day)

    seen = await browser.get(f"{door(day)}/taps/{tap}")

    assert ("Klokka i leseren går feil, så dette er da berøringen nådde oss." in seen.text) is is_doubted
    assert "Noah" in seen.text


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


async def test_a_phone_that_was_taken_out_of_use_rests_no_more(day: SchoolDay) -> None:
    browser = await phone(day)

    await browser.get(door(day))
    await browser.post(f"{door(day)}/unpair")

    assert "Ta denne telefonen i bruk" in (await browser.get(door(day))).text


async def test_a_phone_that_was_revoked_by_somebody_else_rests_no_more_and_is_told_of_nobody(
    day: SchoolDay, clock: StoppedClock
) -> None:
    key = PhoneKey()
    browser = await phone(day, key=key)
    own = await reader_id(day)
    before = await browser.get(f"{door(day)}/children")
    await browser.get(door(day))

    await day.site.desk.work(as_staff(day.village.staff(HEAD)), revoke, day.village.unit("preschool").id, own)

    text = entry(own, 1, clock.now(), kind="tick", child=day.village.child(NOAH).id, way="coming", stood="not_heard")
    sent: dict[str, Any] = {
        "reader": own,
        "clock": clock.now().isoformat(),
        "texts": text,
        "signatures": key.sign(text),
    }
    assert before.status == 200
    assert (await browser.post(f"{door(day)}/queue", **sent)).status == 404
    assert (await browser.get(f"{door(day)}/children")).status == 404
    assert "Ta denne telefonen i bruk" in (await browser.get(door(day))).text
    assert await day.here() == set()


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
    assert f"{door(day)}/taps/{tap}/undo" in done.text

    await browser.post(f"{door(day)}/taps/{tap}/undo")
    after_undo = await day.here()
    await browser.get(f"{door(day)}/taps/{tap}")
    await browser.post(f"{door(day)}/taps/{tap}/cancel")

    assert after_undo == set()
    assert "Noen har allerede tatt seg" in (await browser.get(f"{door(day)}/taps/{tap}")).text


@pytest.mark.capability("L-18")
async def test_one_tap_confirms_a_touch_another_cancels_it_and_a_reason_corrects_it(
    day: SchoolDay, clock: StoppedClock
) -> None:
    first, noah = await gate_touch(day, NOAH), day.village.child(NOAH).id
    clock.move(timedelta(minutes=3))
    browser = await phone(day)
    shown = await browser.get(f"{door(day)}/taps/{first}")

    await browser.post(f"{door(day)}/taps/{first}/confirm", said="coming", children=noah)
    came = await browser.get(f"{door(day)}/children/{noah}")
    second = await touch_again(day, 2)
    await browser.post(f"{door(day)}/taps/{second}/cancel")
    cancelled = await browser.get(f"{door(day)}/children/{noah}")
    third = await touch_again(day, 3)
    clock.move(timedelta(minutes=5))
    left: dict[str, Any] = {
        "said": "leaving",
        "children": noah,
        "who": day.village.guardian("Marte Bakken").id,
        "at": "07:17",
    }
    unexplained = await browser.post(f"{door(day)}/taps/{third}/confirm", **left)
    await browser.post(f"{door(day)}/taps/{third}/confirm", why="wrong_touch", **left)
    corrected = await browser.get(f"{door(day)}/children/{noah}")

    assert f'<input type="hidden" name="children" value="{noah}">' in shown.text
    assert '<input type="hidden" name="said" value="coming">' in shown.text
    assert "Kom 07.12, sagt 07.15 av Mette Strand" in came.text
    assert "Gikk" not in cancelled.text.partition('class="door-log"')[2].partition("</ol>")[0]
    assert unexplained.status == 422
    assert "Gikk 07.17, sagt 07.20 av Mette Strand · Feil brikke ble berørt" in corrected.text
    assert await states_of(day) == [TapState.CONFIRMED, TapState.CANCELLED, TapState.CONFIRMED]


async def touch_again(day: SchoolDay, number: int) -> str:
    """The id of a further touch of the same tag at the same gate."""

    def tap(work: Work) -> str:
        gate = work.session.scalars(sa.select(TagReader).where(TagReader.kind == "gate")).one()
        return keep_tap(work, gate, touch(number, work.now)).id

    return await day.site.desk.work(TEST, tap)


async def states_of(day: SchoolDay) -> list[str]:
    return await day.site.desk.look(
        TEST, lambda look: list(look.session.scalars(sa.select(Tap.state).order_by(Tap.id)))
    )


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


async def test_what_staff_said_is_offered_to_be_taken_back_and_no_word_of_a_guardian(day: SchoolDay) -> None:
    browser = await day.as_(HEAD)
    noah, mathias = (f"{door(day)}/children/{day.village.child(name).id}" for name in (NOAH, "Mathias Berg"))
    await day.report("Mathias Berg", "Lene Berg")
    await browser.get(noah)

    own = await browser.post(f"{noah}/say", said="away")
    theirs = await browser.get(mathias)

    assert 'name="said" value="not_away"' in own.text
    assert 'name="said" value="not_away"' not in theirs.text
    assert 'name="said" value="coming"' in theirs.text


async def test_of_two_who_say_at_once_with_whom_a_child_leaves_the_first_is_believed(day: SchoolDay) -> None:
    tap, child = await gate_touch(day, NOAH), day.village.child(NOAH)
    unit, browser = day.village.unit("preschool"), await day.as_(TEACHER)
    await day.site.desk.work(TEST, mark_here, unit, [child], "staff")
    await browser.get(f"{door(day)}/taps/{tap}")

    def leave(work: Work) -> None:
        fetcher = SaidFetcher(OTHER, "Nabo Geir", is_checked=True)
        confirm_tap(work, get_reach(work), unit, tap, SaidOf(Way.LEAVING, [child.id], fetcher=fetcher))

    said: dict[str, Any] = {"said": "leaving", "children": child.id, "who": OTHER, "name": "Nabo Trude"}
    said |= {"is_checked": "true", "at": "07:12"}
    head = day.village.staff(HEAD)
    await at_once(day.site.desk, as_staff(head), leave, browser.post(f"{door(day)}/taps/{tap}/confirm", **said))

    def read(look: Look) -> tuple[list[str], str | None, list[str | None]]:
        names = list(look.session.scalars(sa.select(Attendance.fetched_name)))
        return list(look.session.scalars(sa.select(DoorMark.said_by))), look.session.get_one(Tap, tap).settled_by, names

    assert await day.site.desk.look(TEST, read) == ([head.id], head.id, ["Nabo Geir"])


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


async def test_a_phone_in_use_knows_which_children_are_on_a_trip_and_need_not_be_looked_for(day: SchoolDay) -> None:
    browser = await phone(day)
    phone_id = await reader_id(day)

    def leave(work: Work) -> None:
        unit = work.session.get_one(Unit, day.village.unit("preschool").id)
        children = [work.session.get_one(Child, day.village.child(name).id) for name in (NOAH, "Mathias Berg")]
        mark_here(work, unit, children, "teacher")
        reach = get_reach(work)
        noah = [on for on in list_board(work, reach, unit, unit.today(work.now)) if on.child.id == children[0].id]
        begin_trip(work, unit, noah, "Skogen", 15, Said(day.village.staff(HEAD).id, phone_id, 1, work.now))

    await day.site.desk.work(as_staff(day.village.staff(HEAD)), leave)

    told = json.loads((await browser.get(f"{door(day)}/children")).text)

    seen = {child["name"]: child["seen"] for group in told["groups"] for child in group["children"]}
    assert seen["Noah"] == "På tur til Skogen, sist talt 07.12"
    assert seen["Mathias"] == "sist sett 07.12"


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
    (shown,) = re.findall(r'name="seen" value="([^"]+)"', waiting.text)
    (stood,) = re.findall(r'name="stood" value="([^"]+)"', waiting.text)
    await browser.post(f"{door(day)}/children/{child}/look", found="here", seen=shown, stood=stood)

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
