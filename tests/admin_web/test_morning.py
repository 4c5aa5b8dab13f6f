"""*Morning*, asked over HTTP as browsers do: what each sees of the day, and what one tap changes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.holding import hand_over
from hub.people.places import Unit
from hub.people.staff import Role, RoleHolding, Staff
from hub.school.absences import Absence, Reason, take_back
from hub.school.attendance import Departure, list_of_day, mark_left
from tests.admin_web.hidden_fields import hidden_fields
from tests.admin_web.school_day import HTMX, MONDAY, SchoolDay, run_school_day, without_chance
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.sign_in.school import TEST
from tests.patience import PATIENCE
from tests.village import SAARELA

NOWHERE = "01jnda3yw0thv4s6f60mcgwrze"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def test_the_day_opens_with_whom_we_have_not_heard_of_and_who_waits(day: SchoolDay) -> None:
    await day.report("Kari Nordmann", "Anne Nordmann")
    thread_id = await day.write("Ola Nordmann", "Kan Kari gå hjem med bestemor?", ["Kari Nordmann"])
    teacher = await day.as_("Kari Lunde")

    seen = await teacher.get("/morning")

    assert "<h1>7 barn har vi ikke hørt fra · 1 familie venter på svar</h1>" in seen.text
    assert "I dag, mandag 3. mars, uke 10. 0 er her, 1 er borte." in seen.text
    assert "Syk · meldt 07.12 av Anne Nordmann" in seen.text
    assert f'href="/threads/{thread_id}"' in seen.text
    assert "Kan Kari gå hjem med bestemor?" in seen.text


async def test_one_tap_marks_a_child_and_one_takes_it_back(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")

    seen = await teacher.post(day.row("Kari Nordmann") + "/here")
    await teacher.post(day.row("Kari Nordmann") + "/here")

    assert (seen.status, seen.path) == (200, day.board())
    assert "Her 07.12" in seen.text
    assert await day.here() == {"Kari Nordmann"}
    assert len(await day.audited("attendance.mark", "Kari Lunde")) == 1

    await teacher.post(day.row("Kari Nordmann") + "/undo")

    assert await day.here() == set()
    assert len(await day.audited("attendance.unmark", "Kari Lunde")) == 1


async def test_an_undo_on_an_old_page_takes_no_leaving_back_and_no_earlier_stay(day: SchoolDay) -> None:
    """It was here before noon and is back; a colleague sees it leave, and this page does not know."""
    kari = day.village.child("Kari Nordmann").id
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")
    await teacher.post(day.row("Kari Nordmann") + "/here")
    await day.site.desk.work(TEST, leave, day, kari)
    await teacher.post(day.row("Kari Nordmann") + "/here")
    await teacher.post(day.row("Kari Nordmann") + "/undo")
    before = await day.site.desk.look(TEST, list_of_day, day.village.unit("school"), kari, MONDAY)
    await teacher.post(day.row("Kari Nordmann") + "/here")
    await day.site.desk.work(TEST, leave, day, kari)

    await teacher.post(day.row("Kari Nordmann") + "/undo")

    marks = await day.site.desk.look(TEST, list_of_day, day.village.unit("school"), kari, MONDAY)
    assert len(before) == 1
    assert [row.left_at is not None for row in marks] == [True, True]


def leave(work: Work, day: SchoolDay, child_id: str) -> None:
    mark_left(work, day.village.unit("school"), [child_id], Departure(work.now, "colleague"))


async def test_with_script_a_tap_brings_back_the_row_the_counts_and_the_sentence(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    page = await teacher.get("/morning")

    headers = {**HTMX, "Origin": day.site.url, "X-Budbok-Token": page.token}
    seen = await teacher.post(day.row("Kari Nordmann") + "/here", headers=headers)

    assert seen.status == 200
    assert "<html" not in seen.text
    assert seen.text.count("child-row") == 1
    assert "7 barn har vi ikke hørt fra" in seen.text
    assert "1&her&· 7&ikke&hørt&fra".replace("&", "\N{NO-BREAK SPACE}") in seen.text


async def test_a_tap_without_the_page_s_token_marks_nobody(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")

    seen = await teacher.post(day.row("Kari Nordmann") + "/here", token="0" * 64)

    assert seen.status == 403
    assert await day.here() == set()


async def mark_rest(day: SchoolDay, browser: Browsing, page: Seen) -> Seen:
    """The button for 7A, as it stood on a page that was shown."""
    address = f"{day.board()}/groups/{day.village.group('7A').id}/here"
    return await browser.post(address, **hidden_fields(page, address))


async def test_the_rest_of_a_group_are_those_alone_whom_the_page_named(day: SchoolDay) -> None:
    """When the page was shown Kari was told away; that was taken back since, and nobody has seen her."""
    absences = await day.report("Kari Nordmann", "Anne Nordmann")
    teacher = await day.as_("Kari Lunde")
    page = await teacher.get(day.board())
    ids = [absence.id for absence in absences]

    def back(work: Work) -> None:
        take_back(work, [work.session.get_one(Absence, id_) for id_ in ids], "x")

    await day.site.desk.work(TEST, back)

    await mark_rest(day, teacher, page)

    here = await day.here()
    assert "Eirik Tveit" in here
    assert "Kari Nordmann" not in here


async def test_the_rest_of_a_group_is_marked_with_one_tap_and_that_can_be_undone(day: SchoolDay) -> None:
    await day.report("Kari Nordmann", "Anne Nordmann")
    await day.tell_late("Eirik Tveit", "Jorunn Tveit", time(10, 0))
    await day.dispute("Henrik Strøm", "Silje Strøm")
    leader = await day.as_("Ingrid Solberg")
    page = await leader.get(day.board())

    seen = await mark_rest(day, leader, page)

    here = await day.here()
    assert "5 barn er merket her" in seen.text
    assert len(here) == 5
    assert not here & {"Kari Nordmann", "Eirik Tveit", "Henrik Strøm"}
    marking = seen.path.rpartition("=")[2]

    await leader.post(f"{day.board()}/marks/{marking}/undo")

    assert await day.here() == set()


async def test_a_child_of_whom_something_waits_to_be_read_is_marked_by_itself(day: SchoolDay) -> None:
    await day.write("Anne Nordmann", "Kari kom ikke ut av senga i dag", ["Kari Nordmann"])
    teacher = await day.as_("Kari Lunde")

    await mark_rest(day, teacher, await teacher.get(day.board()))

    here = await day.here()
    assert "Eirik Tveit" in here
    assert "Kari Nordmann" not in here
    await teacher.get(day.board())
    await teacher.post(day.row("Kari Nordmann") + "/here")
    assert "Kari Nordmann" in await day.here()


async def test_the_childs_page_too_says_that_guardians_disagree(day: SchoolDay) -> None:
    await day.dispute("Henrik Strøm", "Silje Strøm")
    teacher = await day.as_("Kari Lunde")

    page = await teacher.get(f"/children/{day.village.child('Henrik Strøm').id}")

    assert "Foresatte er uenige" in page.text
    assert "pill-missing" in page.text
    assert "pill-unheard" not in page.text


async def test_nobody_undoes_what_another_marked_for_a_group(day: SchoolDay) -> None:
    leader, teacher = await day.as_("Ingrid Solberg"), await day.as_("Kari Lunde")
    seen = await mark_rest(day, leader, await leader.get("/morning"))
    marking = seen.path.rpartition("=")[2]

    await teacher.get("/morning")
    refused = await teacher.post(f"{day.board()}/marks/{marking}/undo")

    assert refused.status == 404
    assert len(await day.here()) == 8


async def test_a_teacher_sees_the_groups_they_serve_and_a_leader_the_whole_unit(day: SchoolDay) -> None:
    teacher, leader = await day.as_("Kari Lunde"), await day.as_("Ingrid Solberg")

    of_teacher, of_leader = await teacher.get(day.board()), await leader.get(day.board())

    assert "Kari Nordmann" in of_teacher.text
    assert "Jakob Berg" not in of_teacher.text
    assert {"Kari Nordmann", "Jakob Berg"} <= {
        name for name in ("Kari Nordmann", "Jakob Berg") if name in of_leader.text
    }


@pytest.mark.parametrize(
    ("who", "owner"),
    [("Mette Strand", "fjordvik"), ("Nora Eide", "fjordvik"), ("Tuula Heikkinen", SAARELA)],
    ids=["another unit", "the club", "another municipality"],
)
async def test_staff_from_elsewhere_find_the_same_as_of_a_board_that_is_not_there(
    day: SchoolDay, who: str, owner: str
) -> None:
    stranger, teacher = await day.as_(who, owner), await day.as_("Kari Lunde")
    await stranger.get("/morning")
    await teacher.get("/morning")

    of_school, of_nothing = await stranger.get(day.board()), await stranger.get(f"/morning/{NOWHERE}")
    await stranger.get("/morning")
    marked = await stranger.post(day.row("Kari Nordmann") + "/here")

    assert (of_school.status, of_nothing.status, marked.status) == (404, 404, 404)
    assert without_chance(of_school) == without_chance(of_nothing)
    assert await day.here() == set()

    await teacher.post(day.row("Kari Nordmann") + "/here")
    assert await day.here() == {"Kari Nordmann"}


async def test_a_teacher_of_one_group_cannot_mark_in_another(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")

    child = await teacher.post(day.row("Jakob Berg", "4B") + "/here")
    await teacher.get("/morning")
    jakob = day.village.child("Jakob Berg").id
    group = await teacher.post(f"{day.board()}/groups/{day.village.group('4B').id}/here", children=[jakob])
    await teacher.get("/morning")
    as_if_of_mine = await teacher.post(day.row("Jakob Berg", "7A") + "/here")

    assert (child.status, group.status, as_if_of_mine.status) == (404, 404, 404)
    assert await day.here() == set()


async def test_a_protected_child_is_neither_shown_counted_nor_marked_but_by_named_readers(day: SchoolDay) -> None:
    assistant, teacher = await day.as_("Sindre Moen"), await day.as_("Maria Nygård")
    await day.write("Ragnhild Lien", "Ada kommer klokka ni", ["Ada Lien"])

    of_assistant, of_teacher = await assistant.get("/morning"), await teacher.get("/morning")

    assert "Ada" not in of_assistant.text
    assert "<h1>9 barn har vi ikke hørt fra</h1>" in of_assistant.text
    assert "Ada Lien" in of_teacher.text
    assert "<h1>10 barn har vi ikke hørt fra · 1 familie venter på svar</h1>" in of_teacher.text

    refused = await assistant.post(day.row("Ada Lien", "1A") + "/here")
    page, address = await assistant.get("/morning"), f"{day.board()}/groups/{day.village.group('1A').id}/here"
    named = hidden_fields(page, address)["children"]
    await assistant.post(address, children=[*named, day.village.child("Ada Lien").id])

    assert refused.status == 404
    assert len(await day.here()) == 9
    assert "Ada Lien" not in await day.here()


@pytest.mark.capability("N-26")
async def test_a_stand_in_has_the_teacher_s_morning_for_as_long_as_it_was_said(day: SchoolDay) -> None:
    stand_in = await day.as_("Liv Berge")

    seen = await stand_in.get("/morning")

    assert "Sara Hansen" in seen.text
    assert "Kari Nordmann" not in seen.text

    day.clock.jump(day.clock.now().replace(day=16))
    assert "/sign-in" in (await stand_in.get("/morning")).path


async def test_at_the_weekend_nobody_is_missed(day: SchoolDay) -> None:
    day.clock.jump(day.clock.now().replace(day=8, hour=9))
    teacher = await day.as_("Kari Lunde")

    seen = await teacher.get("/morning")

    assert "<h1>I dag er det helg</h1>" in seen.text
    assert "Ikke kommet" not in seen.text


async def test_an_absence_that_another_guardian_denies_is_an_alarm(day: SchoolDay) -> None:
    await day.dispute("Kari Nordmann", "Ola Nordmann")
    teacher = await day.as_("Kari Lunde")

    seen = await teacher.get("/morning")

    assert "<h1>1 barn må dere se etter · 7 barn har vi ikke hørt fra</h1>" in seen.text
    assert "Kari Nordmann i 7A: er barnet borte?" in seen.text
    assert "Foresatte er uenige" in seen.text
    assert "Meldt borte 07.12 av Ola Nordmann, men en annen foresatt sier nei." in seen.text


async def test_a_child_that_was_to_come_late_and_did_not_is_an_alarm(day: SchoolDay) -> None:
    await day.tell_late("Kari Nordmann", "Anne Nordmann", time(8, 0))
    teacher = await day.as_("Kari Lunde")

    early = await teacher.get("/morning")
    day.move_to(8, 16)
    teacher = await day.as_("Kari Lunde")
    late = await teacher.get("/morning")

    assert "Sen, kommer 08.00" in early.text
    assert "Skulle vært her 08.00" in late.text
    assert "<h1>1 barn må dere se etter · 7 barn har vi ikke hørt fra</h1>" in late.text


async def test_texts_from_unknown_numbers_reach_those_who_answer_that_number(day: SchoolDay) -> None:
    text_id = await day.write_unknown("+4740000999", "contact teacher 7A", "Dette er tanten til Kari")
    teacher, office, other = await day.as_("Kari Lunde"), await day.as_("Per Haugen"), await day.as_("Jonas Dahl")

    of_teacher, of_office, of_other = [await one.get("/morning") for one in (teacher, office, other)]

    assert "Dette er tanten til Kari" in of_teacher.text
    assert "+47 40 00 09 99" in of_office.text
    assert "tanten" not in of_other.text

    refused = await other.post(f"{day.board()}/texts/{text_id}/done")
    done = await teacher.post(f"{day.board()}/texts/{text_id}/done")

    assert refused.status == 404
    assert "tanten" not in done.text
    assert [row.ids for row in await day.audited("stranger.settle", "Kari Lunde")] == [[text_id]]


async def test_a_parked_text_of_a_protected_child_s_guardian_reaches_only_named_readers(day: SchoolDay) -> None:
    await day.write_unknown(day.village.phone("Ragnhild Lien"), "contact teacher 1A", "Vi har flyttet til Solvik")
    office, leader = await day.as_("Per Haugen"), await day.as_("Ingrid Solberg")

    of_office, of_leader = await office.get("/morning"), await leader.get("/morning")

    assert "Solvik" not in of_office.text
    assert "Solvik" in of_leader.text


async def test_an_open_page_ends_when_the_right_to_it_does(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await day.site.desk.work(TEST, give_club, day)

    async with teacher.session.get(f"{day.board()}/live", headers={"Accept": "text/event-stream"}) as stream:
        assert b"open" in await stream.content.readline()
        await day.site.desk.work(TEST, end_teaching, day)
        async with asyncio.timeout(PATIENCE):
            rest = await stream.content.read()

    assert b"event: over" in rest
    assert (await teacher.get(day.board())).status == 404
    assert (await teacher.get(day.board("club"))).status == 200


def give_club(work: Work, day: SchoolDay) -> None:
    club = work.session.get_one(Role, day.village.role("club").id)
    unit = work.session.get_one(Unit, day.village.unit("club").id)
    hand_over(work, club, unit, None, work.session.get_one(Staff, day.village.staff("Kari Lunde").id), MONDAY)


def end_teaching(work: Work, day: SchoolDay) -> None:
    """Kari Lunde teaches 7A no longer."""
    for holding in work.session.scalars(
        sa.select(RoleHolding).where(RoleHolding.role_id == day.village.role("contact teacher 7A").id)
    ):
        holding.ended_at = work.now


async def test_whoever_serves_several_units_changes_between_them(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await day.site.desk.work(TEST, give_club, day)

    school, club = await teacher.get(day.board()), await teacher.get(day.board("club"))

    assert f'href="{day.board("club")}"' in school.text
    assert "Kari Nordmann" in school.text
    assert "Jakob Berg" in club.text
    assert "Kari Nordmann" not in club.text


async def test_each_reading_is_in_the_audit_with_the_children_it_showed(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")

    await teacher.get("/morning")

    [row] = await day.audited("read", "Kari Lunde")
    assert day.village.child("Kari Nordmann").id in row.ids
    assert day.village.child("Jakob Berg").id not in row.ids


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("sv", "1 barn måste ni titta efter · 6 barn har vi inte hört något om"),
        ("fi", "1 lapsi on tarkistettava · 6 lapsesta ei ole kuultu"),
        ("en", "1 child to look for · 6 children have not been heard of"),
    ],
)
async def test_the_morning_is_told_in_the_reader_s_language(day: SchoolDay, language: str, sentence: str) -> None:
    await day.report("Jonas Aune", "Anne Nordmann", Reason.OTHER)
    await day.dispute("Kari Nordmann", "Ola Nordmann")
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")

    seen = await teacher.post("/you/language", language=language, back="/morning")

    assert sentence in seen.text


async def test_a_child_marked_here_and_then_told_ill_stands_first_until_somebody_has_looked(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")
    await teacher.post(day.row("Kari Nordmann") + "/here")
    day.move_to(7, 20)
    await day.report("Kari Nordmann", "Anne Nordmann")

    seen = await teacher.get("/morning")
    child = await teacher.get(f"/children/{day.village.child('Kari Nordmann').id}")

    assert "<h1>1 barn må dere se etter · " in seen.text
    assert "1 er her, 0 er borte" in seen.text
    assert "Kari Nordmann i 7A: her eller borte?" in seen.text
    assert "Merket her 07.12, siden meldt syk 07.20 av Anne Nordmann. Se etter nå." in seen.text
    assert "Er Kari her? Merket her, men siden meldt borte" in child.text

    await teacher.post(day.row("Kari Nordmann") + "/here")
    looked = await teacher.get("/morning")

    assert "her eller borte" not in looked.text
    assert "Her 07.12" in looked.text
    assert await day.here() == {"Kari Nordmann"}


async def test_a_wrong_mark_of_a_child_told_ill_is_taken_back_by_one_tap(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")
    await teacher.post(day.row("Kari Nordmann") + "/here")
    await day.report("Kari Nordmann", "Anne Nordmann")

    seen = await teacher.post(day.row("Kari Nordmann") + "/undo")

    assert "her eller borte" not in seen.text
    assert "0 er her, 1 er borte" in seen.text


async def test_a_child_who_came_though_it_was_told_ill_is_here_and_no_alarm(day: SchoolDay) -> None:
    await day.report("Kari Nordmann", "Anne Nordmann")
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")

    seen = await teacher.post(day.row("Kari Nordmann") + "/here")

    assert "her eller borte" not in seen.text
    assert "Var meldt borte" in seen.text
