"""Narrowing a broadcast down: by the child's day, year, language, consent, answer and app, and by nobody who may not know."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import GuardianAddress, GuardianRight, Guardianship, Right
from hub.people.staff import RoleHolding
from hub.post.broadcast_receivers import keep_answer
from hub.post.broadcasts import HOLD, Broadcast, BroadcastState
from hub.safety.audit import AuditRow
from hub.school.consent_kinds import ConsentKind
from tests.admin_web.broadcast_day import count, form, list_texts, look, readers, send, texts, wake
from tests.admin_web.consent_day import kind_id, say
from tests.admin_web.school_day import MONDAY, SchoolDay, run_school_day
from tests.hub.sign_in.school import TEST

TEACHER, LEADER, ADMINISTRATOR, OFFICE = "Kari Lunde", "Ingrid Solberg", "Tora Myklebust", "Per Haugen"
HELLO = "Hei, alle sammen."


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(10, 0)
        yield day


def named(text: str) -> set[str]:
    """The guardians whom it reaches, as the composer names them."""
    return set(re.findall(r'<li class="change-row"><b>([^<]+)</b>', unescape(text)))


async def whom(day: SchoolDay, who: str = TEACHER, group: str = "7A", **narrowed: Any) -> set[str]:
    seen = await look(await day.as_(who), form(day, group, text_nb=HELLO, **narrowed))
    assert seen.status == 200, seen.text
    return named(seen.text)


async def test_it_goes_by_language_and_by_the_year_of_the_child(day: SchoolDay) -> None:
    everybody = await whom(day)

    assert await whom(day, reads="nn") == {"Silje Strøm", "Jorunn Tveit"}
    assert await whom(day, reads=["nn", "nb"]) == everybody
    assert await whom(day, born=2012) == everybody
    assert await whom(day, born=2011) == set()


async def test_what_is_asked_together_must_all_be_true(day: SchoolDay) -> None:
    await day.report("Henrik Strøm", "Silje Strøm")

    assert await whom(day, reads="nn", today="away") == {"Silje Strøm"}
    assert await whom(day, reads="nn", today="here") == set()
    assert await whom(day, reads="nn", today=["away", "not_yet"]) == {"Silje Strøm", "Jorunn Tveit"}


async def test_it_goes_by_what_holds_of_a_consent(day: SchoolDay) -> None:
    kind = await kind_id(day, "photo_internal")
    await say(day, "Berit Ness", "Amalie Ness", "electronic", "photo_internal")
    await say(day, "Silje Strøm", "Henrik Strøm", "electronic", "-photo_internal")

    assert await whom(day, kind=kind, consented="given") == {"Berit Ness"}
    assert await whom(day, kind=kind, consented="no") == {"Silje Strøm"}
    rest = await whom(day, kind=kind, consented="open")
    assert "Anne Nordmann" in rest
    assert not rest & {"Berit Ness", "Silje Strøm"}
    assert await whom(day, kind=kind) == await whom(day)


async def test_who_has_not_answered_is_reminded(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    page = (await send(teacher, form(day, text_nb="Kan dere hjelpe?", reply="yes_no"))).path
    day.clock.move(HOLD)
    await wake(day)
    first = page.rpartition("/")[2]
    await day.site.desk.work(TEST, keep_answer, first, [day.village.guardian("Anne Nordmann").id], 0)

    left = await whom(day, unanswered=first)

    assert left == await whom(day) - {"Anne Nordmann"}
    assert f"unanswered={first}" in unescape((await teacher.get(page)).text)


async def test_of_a_few_childrens_families_those_who_have_not_answered_are_reminded_too(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    children = [day.village.child(name).id for name in ("Kari Nordmann", "Henrik Strøm")]
    asked = form(day, text_nb="Kan dere hjelpe?", reply="yes_no", children=children)
    page = (await send(teacher, asked)).path
    day.clock.move(HOLD)
    await wake(day)
    first = page.rpartition("/")[2]
    await day.site.desk.work(TEST, keep_answer, first, [day.village.guardian("Anne Nordmann").id], 0)

    way = re.search(r'href="(/broadcasts/new\?[^"]*unanswered=[^"]*)"', unescape((await teacher.get(page)).text))
    assert way is not None
    composer = await teacher.get(way[1])

    assert named(composer.text) == {"Ola Nordmann", "Silje Strøm"}


async def test_who_has_not_opened_the_app_is_told_by_text(day: SchoolDay) -> None:
    def open_app(work: Work) -> None:
        anne = day.village.guardian("Anne Nordmann")
        address = GuardianAddress(
            id=work.new_id(),
            owner_id=anne.owner_id,
            guardian_id=anne.id,
            kind="app",
            value="anne",
            confirmed_at=work.now,
        )
        work.session.add(address)

    await day.site.desk.work(TEST, open_app)

    assert await whom(day, no_app="yes") == await whom(day) - {"Anne Nordmann"}


async def test_nobody_narrows_by_what_they_may_not_know(day: SchoolDay) -> None:
    kind = await kind_id(day, "photo_internal")
    leader = await day.as_(LEADER)
    others = (await send(leader, form(day, "4B", text_nb="Kan dere?", reply="yes_no"))).path.rpartition("/")[2]
    bulletin = (await send(await day.as_(TEACHER), form(day, text_nb=HELLO))).path.rpartition("/")[2]
    administrator = await day.as_(ADMINISTRATOR)
    of_all: dict[str, Any] = {"everyone": "owner", "language": "nb", "text_nb": HELLO}

    whole = await look(administrator, of_all)
    by_day = await administrator.post("/broadcasts/look", **of_all, today="here", kind=kind, consented="no")
    by_others_answers = await look(await day.as_(TEACHER), form(day, text_nb=HELLO, unanswered=others))
    by_no_answers = await look(await day.as_(TEACHER), form(day, text_nb=HELLO, unanswered=bulletin))

    assert readers(by_day) == readers(whole)
    assert 'name="today"' not in by_day.text
    assert 'name="kind"' not in by_day.text
    assert (by_others_answers.status, by_no_answers.status) == (404, 404)
    assert await whom(day, LEADER, "4B", unanswered=others) == set()


async def test_a_teacher_narrows_to_nobody_beyond_her_groups(day: SchoolDay) -> None:
    seen = await look(await day.as_(TEACHER), form(day, "4B", text_nb=HELLO, today="not_yet"))

    assert "Velg først hvem det er til." in unescape(seen.text)
    assert 'name="today"' not in seen.text


async def test_a_protected_childs_day_shows_nowhere_but_to_its_named_reader(day: SchoolDay) -> None:
    """Not in a number, not in a name, and not in the key that the form brings back."""
    office = await day.as_(OFFICE)
    given = form(day, "1A", text_nb=HELLO, today="not_yet")
    before = await look(office, given)
    leader = await day.as_(LEADER)
    await leader.get("/morning")
    marked = await leader.post(f"{day.row('Ada Lien', '1A')}/here")

    after = await look(office, given)
    seen_by_reader, seen_by_office = (
        await whom(day, LEADER, "1A", today="here"),
        await whom(day, OFFICE, "1A", today="here"),
    )

    assert marked.status == 200
    assert readers(before) == readers(after)
    assert re.findall(r"Snevret inn[^<]*", before.text) == re.findall(r"Snevret inn[^<]*", after.text)
    assert (seen_by_reader, seen_by_office) == ({"Ragnhild Lien"}, set())


async def test_a_consent_that_is_given_while_it_is_held_counts(day: SchoolDay) -> None:
    kind = await kind_id(day, "photo_internal")
    await say(day, "Berit Ness", "Amalie Ness", "electronic")
    await send(await day.as_(TEACHER), form(day, text_nb=HELLO, kind=kind, consented="open"))

    await say(day, "Berit Ness", "Amalie Ness", "photo_internal")
    day.clock.move(HOLD)
    await wake(day)

    told = await texts(day)
    assert day.village.phone("Anne Nordmann") in told
    assert day.village.phone("Berit Ness") not in told


async def test_what_it_was_narrowed_by_is_asked_of_the_writers_rights_when_it_leaves(day: SchoolDay) -> None:
    kind = await kind_id(day, "photo_internal")
    for narrowed in ({"kind": kind, "consented": "open"}, {"today": "not_yet"}):
        await send(await day.as_(TEACHER), form(day, text_nb=HELLO, **narrowed))

    def take_away(work: Work) -> None:
        teacher = day.village.staff(TEACHER).id
        work.session.execute(sa.delete(RoleHolding).where(RoleHolding.staff_id == teacher))

    await day.site.desk.work(TEST, take_away)
    day.clock.move(HOLD)
    await wake(day)

    states = await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Broadcast.state))))
    assert states == [BroadcastState.STOPPED, BroadcastState.STOPPED]
    assert await texts(day) == {}


async def test_a_kind_that_is_in_use_no_more_stops_it(day: SchoolDay) -> None:
    kind = await kind_id(day, "photo_internal")
    await send(await day.as_(TEACHER), form(day, text_nb=HELLO, kind=kind, consented="open"))

    def retire(work: Work) -> None:
        work.session.execute(sa.update(ConsentKind).where(ConsentKind.id == kind).values(retired_at=work.now))

    await day.site.desk.work(TEST, retire)
    day.clock.move(HOLD)
    await wake(day)

    states = await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Broadcast.state))))
    assert states == [BroadcastState.STOPPED]


async def test_only_the_children_whom_it_is_about_are_named(day: SchoolDay) -> None:
    """A mother of two in a class, one of whom is here, reads of the other alone."""

    def move(work: Work) -> None:
        henrik = day.village.child("Henrik Strøm").id
        guardianship = Guardianship(
            id=work.new_id(),
            owner_id=day.village.owner().id,
            guardian_id=day.village.guardian("Anne Nordmann").id,
            child_id=henrik,
            source_id="x",
        )
        work.session.add(guardianship)
        work.session.flush()
        right = GuardianRight(
            id=work.new_id(),
            owner_id=day.village.owner().id,
            guardianship_id=guardianship.id,
            kind=Right.INFORM,
            from_day=MONDAY,
        )
        work.session.add(right)

    await day.site.desk.work(TEST, move)
    teacher = await day.as_(TEACHER)
    await teacher.get("/morning")
    await teacher.post(f"{day.row('Kari Nordmann')}/here")
    for given in (form(day), form(day, today="not_yet")):
        await send(teacher, given)
        day.clock.move(HOLD)
        await wake(day)

    first, then = await list_texts(day, "Anne Nordmann")
    assert "Kari og Henrik og resten" in first or "Henrik og Kari og resten" in first
    assert "Torsdag går Henrik og resten" in then


async def test_what_it_was_narrowed_by_stands_in_the_audit(day: SchoolDay) -> None:
    kind = await kind_id(day, "photo_internal")
    await send(await day.as_(TEACHER), form(day, text_nb=HELLO, kind=kind, consented="open"))

    asked = sa.select(AuditRow.why).where(AuditRow.what == "broadcast.write")
    assert await day.site.desk.look(TEST, lambda look: look.session.scalar(asked)) == "narrowed by consented, kind_id"


async def test_where_everybody_has_come_meanwhile_nobody_is_told_and_its_page_says_so(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    given = form(day, text_nb=HELLO, reads="nn", today="not_yet")
    held = await send(teacher, given)
    for child in ("Henrik Strøm", "Eirik Tveit"):
        await teacher.post(f"{day.row(child)}/here")
    day.clock.move(HOLD)
    await wake(day)

    seen = await teacher.get(held.path)

    assert "Ingen du ser, var igjen da den gikk" in unescape(seen.text)
    assert await texts(day) == {}


async def test_where_nobody_is_left_nothing_can_be_sent(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    given = form(day, text_nb=HELLO, today="here")

    seen = await look(teacher, given)
    tried = await teacher.post("/broadcasts/send", **given, readers="0" * 32)

    assert "Ingen er igjen. Snevre inn mindre." in unescape(seen.text)
    assert tried.status == 422
    assert await count(day, Broadcast) == 0
