"""A pupil's school year on the family pages: who reads what a teacher found and shared, and after which sign-in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from admin_web.staff.assessments import gather_assessed, give_by_page, take_back_by_page
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import OF_AGE, UNDER_AGE, Child, Guardian, GuardianRight, Guardianship, Right
from hub.people.national_ids import keep_national_id
from hub.register.loading import apply
from hub.safety.access import NotThereError
from hub.safety.coming_of_age import end_rights_of_age
from hub.safety.pupils import grant_by_age
from hub.school.absences import Reason, report
from hub.school.assessments import Assessment, AssessmentKind, Finding, list_assessed
from hub.school.lessons import InLesson, Seen, keep_lesson
from hub.seal import Seal
from tests.admin_web.eid_pages import MOTHER, Scene, playing
from tests.admin_web.family_pages import SESSION
from tests.admin_web.windows import check, open_window
from tests.blocks import block
from tests.hub.register.sheets import Sheet
from tests.living_hub import KEY, OPERATOR
from tests.rehearsal.id_provider import synthetic_number
from tests.village import Village

KARI, TEACHER = "Kari Nordmann", "Kari Lunde"
PUPIL, FATHER = synthetic_number(7), synthetic_number(8)
MATH = Finding(AssessmentKind.GRADE, "2", "Matte", "", "")
FOUND = (
    Finding(AssessmentKind.GRADE, "5", "Norsk", "1. termin", ""),
    Finding(AssessmentKind.WRITTEN, "", "Matte", "", "Du regner sikkert."),
    Finding(AssessmentKind.ORDER, "Ng", "", "1. termin", ""),
)
OF_TEACHERS = ("Karakter:", "Du regner", "Orden", "glemte boka", "snakket")


@pytest.fixture
async def scene(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, village_store_url, clock) as scene:
        sheet = Sheet.of_village().only("children", "c-kari-nordmann")
        sheet.row("children", "c-kari-nordmann")["phones"] = ["+4740000951"]
        desk = scene.pages.living.hub.desk
        await desk.work(OPERATOR, apply, sheet.read(tmp_path))
        await desk.work(OPERATOR, tell_number, PUPIL, Guardian.pupil_id == scene.pages.child(KARI))
        await desk.work(OPERATOR, tell_number, FATHER, Guardian.id == scene.village.guardian("Ola Nordmann").id)
        scene.provider.people |= {PUPIL: KARI, FATHER: "Ola Nordmann"}
        yield scene


def tell_number(work: Work, number: str, who: sa.ColumnElement[bool]) -> None:
    guardian = work.session.scalars(sa.select(Guardian).where(who)).one()
    keep_national_id(work, Seal([KEY]), (guardian.owner_id, guardian.id), f"NO:{number}")


def year_of(scene: Scene) -> str:
    return f"/family/children/{scene.pages.child(KARI)}/year"


def teacher_of(scene: Scene) -> Asker:
    return Asker("staff", scene.village.staff(TEACHER).id, Trust.STRONG, "page", scene.village.owner().id)


def fill_year(work: Work, village: Village) -> None:
    """An absence, and lessons with a remark that is shared and one that is not."""
    unit, kari = village.unit("school"), village.child(KARI)
    today = unit.today(work.now)
    for lesson, seen in enumerate(
        (Seen(InLesson.HERE, "glemte boka", is_shared=True), Seen(InLesson.LATE, "snakket med mor")), 1
    ):
        keep_lesson(work, unit, village.group("7A"), today, lesson, "Norsk", {kari.id: seen}, "teacher")
    yesterday = [today - timedelta(days=1)]
    report(work, kari, yesterday, Reason.SICK, told_by="teacher", told_kind="staff", trust=Trust.STRONG)


async def fill(scene: Scene) -> None:
    desk, kari = scene.pages.living.hub.desk, scene.pages.child(KARI)
    await desk.work(OPERATOR, fill_year, scene.village)
    for found in FOUND:
        await desk.work(teacher_of(scene), give_by_page, kari, found, None)


@pytest.mark.capability("H-26")
async def test_a_pupil_sees_her_own_absence_remarks_grades_assessments_and_class(scene: Scene) -> None:
    """So do those who may be informed of her; a guardian whom a block keeps away sees none of it, nor one who may not know of
    her, nor another family, and she nobody else's."""
    await fill(scene)
    desk = scene.pages.living.hub.desk
    pupil, mother, father = [await scene.signed_in(who) for who in (PUPIL, MOTHER, FATHER)]

    home, year = await pupil.get("/family"), await pupil.get(year_of(scene))
    mothers, fathers = await mother.get(year_of(scene)), await father.get(year_of(scene))
    await desk.work(OPERATOR, block, scene.village, "Ola Nordmann", KARI)
    await desk.work(OPERATOR, take_right_to_know, scene.village.guardian("Anne Nordmann").id, scene.pages.child(KARI))
    stranger = await scene.pages.signed_in("Lene Berg")
    refused = [await who.get(year_of(scene)) for who in (father, mother, stranger)]
    absent = await stranger.get(f"/family/children/{'0' * 26}/year")
    others = await pupil.get(f"/family/children/{scene.pages.child('Jakob Berg')}/year")

    assert "7A, " in home.text
    assert year_of(scene) in home.text
    for seen in (year, mothers, fathers):
        for told in ("Karakter: 5", "Du regner sikkert.", "Orden: nokså god", "glemte boka", "Dager borte: 1"):
            assert told in seen.text
        assert "syk" not in seen.text
        assert "snakket" not in seen.text
    assert "X-Budbok-Keep" not in year.headers
    for seen in refused:
        assert not [word for word in OF_TEACHERS if word in seen.text]
    assert (refused[2].status, absent.status, others.status) == (404, 404, 404)
    assert len(refused[2].text) == len(absent.text)


@pytest.mark.one_store
async def test_behind_a_code_there_is_only_that_something_stands_and_the_way_to_read_it(scene: Scene) -> None:
    await fill(scene)
    mother = await scene.pages.signed_in("Anne Nordmann")

    page = await mother.get(year_of(scene))
    back = await scene.sign_in(MOTHER, path=f"/sign-in/id-porten?back={year_of(scene)}", browser=mother)

    assert "4 vurderinger og merknader står her. Slikt vises bare med sterkere innlogging." in page.text
    assert not [word for word in OF_TEACHERS if word in page.text]
    assert "Kom sent" in page.text
    assert "Dager borte: 1" in page.text
    assert "/sign-in/id-porten" in page.text
    assert back.path == year_of(scene)
    assert "Karakter: 5" in back.text


@pytest.mark.one_store
async def test_once_she_is_of_age_her_school_year_is_hers_alone_and_what_was_taken_back_is_not_there(
    scene: Scene,
) -> None:
    kari, desk, teacher = scene.pages.child(KARI), scene.pages.living.hub.desk, teacher_of(scene)
    await desk.work(teacher, give_by_page, kari, MATH, None)
    (wrong,) = await desk.look(OPERATOR, list_assessed, kari)
    await desk.work(teacher, give_by_page, kari, replace(MATH, value="5"), wrong.newest.id)
    await desk.work(teacher, give_by_page, kari, replace(MATH, subject="Musikk"), None)
    (music, _) = await desk.look(OPERATOR, list_assessed, kari)
    await desk.work(teacher, take_back_by_page, kari, music.newest.id)
    mother = await scene.signed_in(MOTHER)
    before = await mother.get(year_of(scene))
    await desk.work(OPERATOR, come_of_age, scene.village.owner().id, kari)
    pupil = await scene.signed_in(PUPIL)

    hers, mothers = await pupil.get(year_of(scene)), await mother.get(year_of(scene))

    assert "Den er rettet." in before.text
    assert "Karakter: 5" in hers.text
    assert "Karakter: 2" not in hers.text
    assert "Musikk" not in hers.text
    assert "Karakter:" not in mothers.text


@pytest.mark.one_store
async def test_what_one_school_found_no_teacher_of_another_reads_corrects_or_takes_back(scene: Scene) -> None:
    kari, desk, teacher = scene.pages.child(KARI), scene.pages.living.hub.desk, teacher_of(scene)
    await desk.work(teacher, give_by_page, kari, MATH, None)
    (found,) = await desk.look(OPERATOR, list_assessed, kari)

    def was_elsewhere(work: Work) -> None:
        work.session.execute(sa.update(Assessment).values(unit_id=scene.village.unit("club").id))

    await desk.work(OPERATOR, was_elsewhere)
    seen = await desk.look(teacher, gather_assessed, kari, found.newest.id)

    assert (seen.assessed, seen.corrects) == ([], None)
    with pytest.raises(NotThereError):
        await desk.work(teacher, give_by_page, kari, MATH, found.newest.id)
    with pytest.raises(NotThereError):
        await desk.work(teacher, take_back_by_page, kari, found.newest.id)


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_school_year(browser: Browser, scene: Scene, width: int) -> None:
    await fill(scene)
    signed_in = await scene.signed_in(PUPIL)
    weak = await scene.pages.signed_in("Anne Nordmann")
    for who, name, shown in ((signed_in, "year", "Du regner sikkert."), (weak, "year_withheld", "sterkere innlogging")):
        context, page, complaints = await open_window(browser, scene.pages.url, width)
        cookie = who.cookie(SESSION)
        assert cookie is not None
        await context.add_cookies([{"name": SESSION, "value": cookie, "url": scene.pages.url}])
        await page.goto(year_of(scene))
        await expect(page.get_by_text(shown)).to_be_visible()
        await check(page, complaints, f"pupil_{name}-{width}")
        await context.close()


def take_right_to_know(work: Work, guardian_id: str, child_id: str) -> None:
    asked = sa.select(Guardianship.id).where(Guardianship.guardian_id == guardian_id, Guardianship.child_id == child_id)
    work.session.execute(
        sa.delete(GuardianRight).where(
            GuardianRight.guardianship_id.in_(asked), GuardianRight.kind.in_([Right.INFORM, Right.WRITE])
        )
    )


def come_of_age(work: Work, owner_id: str, child_id: str) -> None:
    today = work.now.date()
    long_ago = today - timedelta(days=400)
    work.session.get_one(Child, child_id).birth_date = today.replace(year=today.year - 18)
    of_guardians = GuardianRight.basis.not_in((UNDER_AGE, OF_AGE))
    work.session.execute(sa.update(GuardianRight).where(of_guardians).values(from_day=long_ago))
    work.session.flush()
    grant_by_age(work, owner_id)
    end_rights_of_age(work)
