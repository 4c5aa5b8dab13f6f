"""*Leave*: the queue of those who may decide, a decision with its reasons, and rules that show what they would change."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from bots.leave import LeaveBot
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.school.absences import Absence
from hub.school.leave import LeaveApplication, LeaveReason, LeaveState
from hub.school.leave_decisions import LeaveDecision
from hub.school.leave_letters import LeaveLetter, open_letter
from hub.school.leave_rules import LeaveRule
from hub.school.leave_voices import answer
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day
from tests.hub.school.applying import FAR, apply_for, days_from
from tests.hub.sign_in.school import TEST
from tests.village import FJORDVIK, SAARELA

SECRET = "farfars begravelse i Bodø"
RULES: dict[str, Any] = {"both": "living_with", "teacher_days": "1", "deadline_days": "14", "answer_days": "3"}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def apply(
    day: SchoolDay,
    count: int = 1,
    child: str = "Kari Nordmann",
    guardian: str = "Anne Nordmann",
    *,
    agreed: bool = True,
) -> str:
    id_ = await day.site.desk.work(
        TEST, apply_for, day.village, child, guardian, days_from(FAR, count), LeaveReason.OTHER, SECRET
    )
    if agreed:
        ola = [day.village.guardian("Ola Nordmann").id]
        await day.site.desk.work(TEST, lambda work: answer(work, id_, ola, agrees=True))
    return id_


async def all_of(day: SchoolDay, table: type[Any]) -> list[Any]:
    return await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(table).order_by(table.id))))


async def test_the_queue_says_first_how_many_wait_and_shows_what_deciding_takes(day: SchoolDay) -> None:
    await apply(day, 2)
    browser = await day.as_("Kari Lunde")

    seen = await browser.get("/leave")

    assert "1 søknad om fri venter" in seen.text
    for told in ("Kari Nordmann", "7A", "2 skoledager", "0 av 10 dager brukt", "Annet", "Leder avgjør"):
        assert told in seen.text
    assert SECRET not in seen.text
    assert [row.ids for row in await day.audited("read", "Kari Lunde")][-1]


async def test_an_empty_queue_says_why_and_what_would_fill_it(day: SchoolDay) -> None:
    browser = await day.as_("Kari Lunde")

    assert "Nye søknader om fri dukker opp her" in (await browser.get("/leave")).text
    assert "Ingenting er avgjort ennå" in (await browser.get("/leave?only=decided")).text
    assert "Kan Kari få fri 24. mars" in (await browser.get("/leave?only=all")).text


@pytest.mark.parametrize(
    ("staff", "owner", "status"),
    [
        ("Kari Lunde", FJORDVIK, 200),
        ("Ingrid Solberg", FJORDVIK, 200),
        ("Jonas Dahl", FJORDVIK, 404),
        ("Per Haugen", FJORDVIK, 404),
        ("Astrid Vik", FJORDVIK, 404),
        ("Tuula Heikkinen", SAARELA, 404),
    ],
)
async def test_an_application_is_read_by_who_may_decide_it_and_nobody_else(
    day: SchoolDay, staff: str, owner: str, status: int
) -> None:
    id_ = await apply(day)
    browser = await day.as_(staff, owner)

    seen = await browser.get(f"/leave/{id_}")
    listed = await browser.get("/leave")

    assert seen.status == status
    assert (SECRET in seen.text) == (status == 200)
    assert ("Kari Nordmann" in listed.text) == (status == 200)


async def test_a_decision_marks_the_days_and_shows_the_letters(day: SchoolDay) -> None:
    id_ = await apply(day, 2)
    browser = await day.as_("Ingrid Solberg")
    await browser.get(f"/leave/{id_}")

    seen = await browser.post(f"/leave/{id_}/decide", outcome="partly", days=FAR.isoformat(), reason="Prøver i uke 13.")

    assert "Delvis innvilget" in seen.text
    assert "Begrunnelse: Prøver i uke 13." in seen.text
    assert "Innvilget: mandag 24. mars." in seen.text
    assert "Til Anne Nordmann" in seen.text
    assert [(one.day, one.reason) for one in await all_of(day, Absence)] == [(FAR, "leave")]
    (noted,) = await day.audited("leave.decide", "Ingrid Solberg")
    assert noted.why == "partly"


async def test_staff_see_which_letters_were_opened_and_when(day: SchoolDay) -> None:
    id_ = await apply(day, 1)
    browser = await day.as_("Ingrid Solberg")
    await browser.get(f"/leave/{id_}")
    await browser.post(f"/leave/{id_}/decide", outcome="granted", reason="")
    leave = LeaveBot()
    await day.site.desk.work(TEST, leave.prompt_due, await day.site.desk.look(TEST, leave.list_due))

    def open_annes(work: Work) -> None:
        anne = day.village.guardian("Anne Nordmann").id
        open_letter(work, work.session.scalars(sa.select(LeaveLetter).where(LeaveLetter.guardian_id == anne)).one())

    await day.site.desk.work(TEST, open_annes)
    seen = await browser.get(f"/leave/{id_}")

    assert seen.text.count("Åpnet i dag") == 1
    assert seen.text.count("ikke åpnet ennå") == 1


async def test_a_no_without_a_reason_is_asked_for_one_and_keeps_what_was_chosen(day: SchoolDay) -> None:
    id_ = await apply(day, 2)
    browser = await day.as_("Ingrid Solberg")
    await browser.get(f"/leave/{id_}")

    seen = await browser.post(f"/leave/{id_}/decide", outcome="refused", reason="")

    assert seen.status == 422
    assert "Skriv hvorfor" in seen.text
    assert 'value="refused" required checked' in seen.text
    assert await all_of(day, LeaveDecision) == []


async def test_the_second_of_two_who_decide_is_told_who_was_quicker(day: SchoolDay) -> None:
    id_ = await apply(day)
    teacher, leader = await day.as_("Kari Lunde"), await day.as_("Ingrid Solberg")
    await teacher.get(f"/leave/{id_}")
    await leader.get(f"/leave/{id_}")

    first = await teacher.post(f"/leave/{id_}/decide", outcome="granted")
    second = await leader.post(f"/leave/{id_}/decide", outcome="refused", reason="Prøver.")

    assert first.status == 200
    assert second.status == 422
    assert "Kari Lunde har allerede avgjort søknaden." in second.text
    assert [one.outcome for one in await all_of(day, LeaveDecision)] == ["granted"]


async def test_a_teacher_is_told_that_a_leader_decides_and_cannot_all_the_same(day: SchoolDay) -> None:
    id_ = await apply(day, 3)
    browser = await day.as_("Kari Lunde")

    shown = await browser.get(f"/leave/{id_}")
    tried = await browser.post(f"/leave/{id_}/decide", outcome="granted")

    assert "Dette avgjør en leder" in shown.text
    assert tried.status == 422
    assert "avgjør en leder denne" in tried.text
    assert await all_of(day, LeaveDecision) == []


async def test_staff_withdraw_what_the_family_wants_no_longer(day: SchoolDay) -> None:
    id_ = await apply(day)
    browser = await day.as_("Kari Lunde")
    await browser.get(f"/leave/{id_}")
    await browser.post(f"/leave/{id_}/decide", outcome="granted")

    seen = await browser.post(f"/leave/{id_}/withdraw")
    again = await browser.post(f"/leave/{id_}/withdraw")

    assert "Trukket" in seen.text
    assert again.status == 422
    assert all(one.ceased_at is not None for one in await all_of(day, Absence))


async def test_an_open_queue_hears_of_new_applications_and_others_do_not(day: SchoolDay) -> None:
    browser, other = await day.as_("Kari Lunde"), await day.as_("Astrid Vik")
    with day.site.doorbell.watching(LIVE) as rings:
        await apply(day)
        ids = frozenset({rings.get_nowait() for _ in range(rings.qsize())})

    rows = await browser.get("/leave/rows", headers=HTMX)

    assert day.village.child("Kari Nordmann").id in ids
    assert rows.text.count("<li") == 1
    assert (await other.get("/leave/rows", headers=HTMX)).text.count("<li") == 0
    assert (await browser.get("/leave/rows", follow=False)).status == 303


async def test_rules_show_what_they_would_change_before_they_are_saved(day: SchoolDay) -> None:
    id_ = await apply(day, 3)
    browser = await day.as_("Ingrid Solberg")
    unit = day.village.unit("school").id
    await browser.get("/leave/rules")

    shown = await browser.post("/leave/rules/preview", unit=unit, **{**RULES, "teacher_days": "5"})

    assert "1 søknad som venter, blir annerledes" in shown.text
    assert f"/leave/{id_}" in shown.text
    assert await all_of(day, LeaveRule) == []
    await browser.post("/leave/rules", unit=unit, **{**RULES, "teacher_days": "5"})
    (rule,) = await all_of(day, LeaveRule)
    assert rule.terms["teacher_days"] == 5
    assert (await (await day.as_("Kari Lunde")).get(f"/leave/{id_}")).text.count("Avgjør og si fra") == 1


async def test_rules_that_make_no_sense_are_explained_and_what_was_typed_stays(day: SchoolDay) -> None:
    browser = await day.as_("Ingrid Solberg")
    unit = day.village.unit("school").id
    await browser.get("/leave/rules")

    wrong_number = await browser.post("/leave/rules", unit=unit, **{**RULES, "deadline_days": "500"})
    wrong_text = await browser.post("/leave/rules/preview", unit=unit, appeal_nb="Klag til {rektor}", **RULES)

    assert wrong_number.status == wrong_text.status == 422
    assert 'value="500"' in wrong_number.text
    assert "Klag til {rektor}" in wrong_text.text
    assert "{child}, {owner} og {unit}" in wrong_text.text
    assert await all_of(day, LeaveRule) == []


async def test_rules_are_set_by_leaders_of_the_unit_with_fresh_proof(day: SchoolDay) -> None:
    unit = day.village.unit("school").id
    teacher, stale = await day.as_("Kari Lunde"), await day.as_("Ingrid Solberg", fresh=False)
    elsewhere = await day.as_("Astrid Vik")

    assert (await teacher.get("/leave/rules")).status == 404
    await elsewhere.get("/leave/rules")
    assert (await elsewhere.post("/leave/rules", unit=unit, **RULES)).status == 404
    assert "Skriv koden for å lagre" in (await stale.get("/leave/rules")).text
    await stale.post("/leave/rules", unit=unit, follow=False, **RULES)
    assert await all_of(day, LeaveRule) == []


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("sv", "1 ansökan om ledighet väntar"),
        ("fi", "1 vapaahakemus odottaa"),
        ("en", "1 application for leave waits"),
    ],
)
async def test_leave_is_written_in_the_readers_language(day: SchoolDay, language: str, title: str) -> None:
    id_ = await apply(day, 2)
    browser = await day.as_("Ingrid Solberg")
    await browser.get("/leave")
    await browser.post("/you/language", language=language, back="/leave")

    pages = [await browser.get(path) for path in ("/leave", f"/leave/{id_}", "/leave/rules", "/leave?only=all")]

    assert title in pages[0].text
    assert [page.status for page in pages] == [200] * 4


async def test_what_waits_is_counted_by_those_who_may_decide(day: SchoolDay) -> None:
    await apply(day)

    def waiting(look: Look) -> int:
        question = sa.select(sa.func.count()).select_from(LeaveApplication)
        return look.session.scalar(question.where(LeaveApplication.state == LeaveState.WAITS)) or 0

    assert await day.site.desk.look(TEST, waiting) == 1
    assert "Ingen søknader om fri venter" in (await (await day.as_("Jonas Dahl")).get("/leave")).text
