"""A long list leaves only with the yes of a second person, who may see the same, now; and exactly that list, for a day."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.holding import begin
from hub.people.staff import Role, RoleHolding, Staff
from hub.safety.access import NotThereError
from hub.safety.audit import AuditRow
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.exports import (
    ASK_LASTS,
    LASTS,
    LIMIT,
    AnsweredError,
    Export,
    OtherRowsError,
    answer,
    ask,
    list_waiting,
    use,
)
from hub.safety.named_readers import NamedReader
from hub.safety.second_people import SETTLED, list_second_people
from hub.sign_in.vouching import let_in
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.hub.school.guesting import MONDAY, SUNDAY, Guesting
from tests.village import SAARELA, Village

TEACHER, LEADER, OTHER_TEACHER, ADMINISTRATOR = "Mette Strand", "Astrid Vik", "Erik Johansson", "Tora Myklebust"
HEAD, OFFICE, STAND_IN = "Ingrid Solberg", "Per Haugen", "Tuva Brekke"
ROWS = 210
T = TypeVar("T")


@pytest.fixture
def week(village: Village) -> Wish:
    """What the preschool's week is, as a file."""
    return Wish(ExportKind.QUARTERS, village.unit("preschool").id, date(2025, 3, 3), date(2025, 3, 9))


async def do(village: Village, who: str, verb: Callable[..., T], *args: Any, **more: Any) -> T:
    return await village.desk.work(as_staff(village.staff(who)), verb, *args, **more)


async def asked(village: Village, who: str, wish: Wish, rows: int = ROWS) -> str:
    """The id of what somebody asked for."""
    return await do(village, who, lambda work: ask(work, wish, rows).id)


async def says(village: Village, who: str, id_: str, rows: int = ROWS, *, yes: bool = True) -> None:
    await do(village, who, lambda work: answer(work, id_, rows, yes=yes).id)


async def seen_by(village: Village, who: str) -> list[str]:
    """What waits for them."""
    return await village.desk.look(as_staff(village.staff(who)), lambda look: [row.id for row in list_waiting(look)])


async def second_people(village: Village, who: str, wish: Wish) -> list[str]:
    return await village.desk.look(
        as_staff(village.staff(who)), lambda look: [staff.name for staff in list_second_people(look, wish)]
    )


async def told(village: Village) -> Counter[tuple[str, str]]:
    """What the audit says of lists: what was done, and by whom. What several writers note at one moment has no order."""

    def read(look: Look) -> Counter[tuple[str, str]]:
        rows = look.session.scalars(sa.select(AuditRow).where(AuditRow.what.like("export.%")))
        names = {staff.id: staff.name for staff in look.session.scalars(sa.select(Staff))}
        return Counter((row.what, names[row.who_id]) for row in rows)

    return await village.desk.look(TEST, read)


async def end_role(village: Village, who: str) -> None:
    def end(work: Work) -> None:
        for row in work.session.scalars(sa.select(RoleHolding).where(RoleHolding.staff_id == village.staff(who).id)):
            row.ended_at = work.now

    await village.desk.work(TEST, end)


async def hold_role(village: Village, who: str, role: str) -> None:
    def hold(work: Work) -> None:
        seat = work.session.get_one(Role, village.role(role).id)
        begin(work, seat, work.session.get_one(Staff, village.staff(who).id), date(2025, 3, 3), None, is_stand_in=False)

    await village.desk.work(TEST, hold)


def test_so_many_rows_go_alone_as_the_rules_say() -> None:
    assert LIMIT == 50


async def test_with_the_yes_of_a_leader_a_teacher_has_the_list_for_a_day(
    village: Village, clock: StoppedClock, week: Wish
) -> None:
    id_ = await asked(village, TEACHER, week)
    before = await do(village, TEACHER, use, week, ROWS)

    await says(village, LEADER, id_)
    after = await do(village, TEACHER, use, week, ROWS)
    clock.move(LASTS - timedelta(minutes=1))
    still = await do(village, TEACHER, use, week, ROWS)
    clock.move(timedelta(minutes=1))
    over = await do(village, TEACHER, use, week, ROWS)

    assert (before, after, still, over) == (False, True, True, False)
    assert await told(village) == Counter(
        [
            ("export.ask", TEACHER),
            ("export.approve", LEADER),
            ("export.save", TEACHER),
            ("export.save", TEACHER),
        ]
    )
    uses = await village.desk.look(TEST, lambda look: look.session.scalar(sa.select(Export.uses)))
    assert uses == 2


async def test_what_is_kept_and_audited_of_a_list_names_no_child(village: Village, week: Wish) -> None:
    await asked(village, TEACHER, week)

    def read(look: Look) -> tuple[Any, ...]:
        row = look.session.scalars(sa.select(AuditRow).where(AuditRow.what == "export.ask")).one()
        return row.ids, row.why, look.session.scalars(sa.select(Export)).one().id

    ids, why, id_ = await village.desk.look(TEST, read)
    assert (ids, why) == ([id_, village.unit("preschool").id], "quarters 210")


async def test_nobody_says_yes_to_themselves(village: Village, week: Wish) -> None:
    id_ = await asked(village, LEADER, week)

    with pytest.raises(NotThereError):
        await says(village, LEADER, id_)

    assert await seen_by(village, LEADER) == []
    assert not await do(village, LEADER, use, week, ROWS)


async def test_whoever_sees_fewer_children_or_none_is_not_asked_and_may_not_answer(
    village: Village, week: Wish
) -> None:
    id_ = await asked(village, TEACHER, week)

    for who in (OTHER_TEACHER, HEAD, OFFICE):
        assert await seen_by(village, who) == []
        with pytest.raises(NotThereError):
            await says(village, who, id_)
    assert await seen_by(village, LEADER) == [id_]


async def test_another_owner_s_administrator_may_not_answer(village: Village, week: Wish) -> None:
    id_ = await asked(village, TEACHER, week)

    with pytest.raises(NotThereError):
        await village.desk.work(
            as_staff(village.staff("Tuula Heikkinen", SAARELA)), lambda work: answer(work, id_, ROWS, yes=True).id
        )


async def test_a_leader_who_is_alone_asks_an_administrator(village: Village, week: Wish) -> None:
    id_ = await asked(village, LEADER, week)

    names = await second_people(village, LEADER, week)
    await says(village, ADMINISTRATOR, id_)

    assert names == [ADMINISTRATOR]
    assert await do(village, LEADER, use, week, ROWS)


async def test_a_protected_child_on_it_takes_another_reader_of_that_child(village: Village) -> None:
    """The office does not know of Ada, and is not asked: how many rows there are would tell."""
    codes = Wish(ExportKind.ON_PAPER_CODES, village.unit("school").id)
    id_ = await asked(village, HEAD, codes)
    hidden = (await seen_by(village, OFFICE), await second_people(village, HEAD, codes))

    def name(work: Work) -> None:
        ada, office = village.child("Ada Lien"), village.staff(OFFICE)
        work.session.add(NamedReader(child_id=ada.id, staff_id=office.id, owner_id=ada.owner_id, since=work.now))

    await village.desk.work(TEST, name)

    assert hidden == ([], [ADMINISTRATOR])
    assert await seen_by(village, OFFICE) == [id_]


async def test_a_protected_guest_of_the_day_takes_another_reader_of_that_child(
    village: Village, clock: StoppedClock
) -> None:
    guesting = Guesting(village, clock)
    guesting.at(SUNDAY, 12)
    await guesting.arrange()
    guesting.at(MONDAY, 8)

    def protect(work: Work) -> None:
        work.session.get_one(Child, guesting.child_id).protected = True
        staff = village.staff(TEACHER)
        work.session.add(
            NamedReader(child_id=guesting.child_id, staff_id=staff.id, owner_id=staff.owner_id, since=work.now)
        )

    lists = Wish(ExportKind.ON_PAPER_LISTS, village.unit("preschool").id, MONDAY, MONDAY)
    before = await second_people(village, TEACHER, lists)
    await village.desk.work(TEST, protect)
    after = await second_people(village, TEACHER, lists)

    assert (LEADER in before, LEADER in after) == (True, False)


async def test_what_is_of_care_takes_another_who_looks_after_the_children(village: Village) -> None:
    await village.desk.work(
        TEST, lambda work: setattr(work.session.get_one(Child, village.child("Ada Lien").id), "protected", False)
    )
    kitchen = Wish(ExportKind.ON_PAPER_KITCHEN, village.unit("school").id, date(2025, 3, 3), date(2025, 3, 3))
    codes = replace(kitchen, kind=ExportKind.ON_PAPER_CODES)

    of_kitchen = await second_people(village, HEAD, kitchen)
    of_codes = await second_people(village, HEAD, codes)

    assert OFFICE not in of_kitchen
    assert OFFICE in of_codes


async def test_pressed_twice_it_is_asked_and_answered_once(village: Village, week: Wish) -> None:
    first, second = await asked(village, TEACHER, week), await asked(village, TEACHER, week)
    await says(village, LEADER, first)
    await says(village, LEADER, first)

    assert first == second
    assert await told(village) == Counter([("export.ask", TEACHER), ("export.approve", LEADER)])


async def test_of_two_who_answer_at_once_one_holds(village: Village, week: Wish) -> None:
    id_ = await asked(village, TEACHER, week)

    done = await asyncio.gather(
        says(village, LEADER, id_), says(village, ADMINISTRATOR, id_, yes=False), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in done) == ["AnsweredError", "NoneType"]


async def test_a_no_is_kept_and_one_may_ask_again(village: Village, week: Wish) -> None:
    id_ = await asked(village, TEACHER, week)

    await says(village, LEADER, id_, yes=False)
    refused = await do(village, TEACHER, use, week, ROWS)
    again = await asked(village, TEACHER, week)

    assert not refused
    assert again != id_
    with pytest.raises(AnsweredError):
        await says(village, LEADER, id_)
    assert await told(village) == Counter(
        [
            ("export.ask", TEACHER),
            ("export.refuse", LEADER),
            ("export.ask", TEACHER),
        ]
    )


async def test_a_question_that_nobody_answers_is_over_after_a_week(
    village: Village, clock: StoppedClock, week: Wish
) -> None:
    id_ = await asked(village, TEACHER, week)
    clock.move(ASK_LASTS)

    assert await seen_by(village, LEADER) == []
    with pytest.raises(AnsweredError):
        await says(village, LEADER, id_)


async def test_a_yes_is_for_that_list_and_that_asker_alone(village: Village, week: Wish) -> None:
    await says(village, LEADER, await asked(village, TEACHER, week))
    day = timedelta(days=7)
    others = [
        replace(week, kind=ExportKind.BOOKINGS),
        replace(week, unit_id=village.unit("school").id),
        Wish(week.kind, week.unit_id, date(2025, 3, 3) + day, date(2025, 3, 9) + day),
        replace(week, about=(village.group("blabaer").id,)),
    ]

    assert [await do(village, TEACHER, use, other, ROWS) for other in others] == [False] * 4
    assert not await do(village, LEADER, use, week, ROWS)
    assert await do(village, TEACHER, use, week, ROWS)


async def test_a_list_that_grew_by_more_than_a_tenth_asks_again(village: Village, week: Wish) -> None:
    await says(village, LEADER, await asked(village, TEACHER, week, 100), 100)

    assert [await do(village, TEACHER, use, week, rows) for rows in (90, 110, 111)] == [True, True, False]


async def test_a_yes_to_what_the_page_did_not_show_is_none(village: Village, week: Wish) -> None:
    id_ = await asked(village, TEACHER, week, 60)
    await asked(village, TEACHER, week, 600)

    with pytest.raises(OtherRowsError):
        await says(village, LEADER, id_, 60)
    await says(village, LEADER, id_, 600)


async def test_rights_are_asked_again_when_it_is_answered(village: Village, week: Wish) -> None:
    """Of whoever answers, and of whoever asked."""
    id_ = await asked(village, TEACHER, week)
    await end_role(village, LEADER)
    with pytest.raises(NotThereError):
        await says(village, LEADER, id_)

    await end_role(village, TEACHER)
    with pytest.raises(NotThereError):
        await says(village, ADMINISTRATOR, id_)


async def test_a_yes_ends_with_the_right_of_whoever_said_it(village: Village, week: Wish) -> None:
    await says(village, LEADER, await asked(village, TEACHER, week))
    before = await do(village, TEACHER, use, week, ROWS)

    await end_role(village, LEADER)

    assert before
    assert not await do(village, TEACHER, use, week, ROWS)


async def test_nobody_asks_for_a_unit_that_they_do_not_serve(village: Village, week: Wish) -> None:
    with pytest.raises(NotThereError):
        await asked(village, TEACHER, replace(week, unit_id=village.unit("school").id))


async def test_a_colleague_whose_way_in_the_asker_has_just_made_is_no_second_person(
    village: Village, clock: StoppedClock, week: Wish
) -> None:
    """Whoever made the link could have opened it; after some days, whose account it is would have shown."""
    await hold_role(village, STAND_IN, "preschool-leader")
    id_ = await asked(village, LEADER, week)
    before = await seen_by(village, STAND_IN)

    def enter(work: Work) -> None:
        let_in(work, work.session.get_one(Staff, village.staff(STAND_IN).id), village.staff(LEADER).id)

    await village.desk.work(TEST, enter)
    at_once = await seen_by(village, STAND_IN)
    back = await asked(village, STAND_IN, week)
    turned = await seen_by(village, LEADER)
    clock.move(SETTLED - timedelta(hours=1))
    almost = await seen_by(village, STAND_IN)
    clock.move(timedelta(hours=2))
    await asked(village, LEADER, replace(week, kind=ExportKind.BOOKINGS))

    assert before == [id_]
    assert (at_once, turned, almost) == ([], [], [])
    assert len(await seen_by(village, STAND_IN)) == 1
    assert back != id_
