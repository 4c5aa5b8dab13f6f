"""A quick select answers what the session would: the same rows, as the same objects, and the same errors."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from hub.asker import operator_asker
from hub.desk import Desk, Look, Work
from hub.people.families import Child, Guardian, GuardianAddress
from hub.people.numbers import VirtualNumber
from hub.people.places import Owner, Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import AuditRow, note
from tests.village import Village

TEST = operator_asker("test")
OWNERS = sa.select(Owner).where(Owner.source_id.in_(sa.bindparam("names", expanding=True))).order_by(Owner.source_id)


def add_owner(work: Work, source_id: str) -> Owner:
    owner = Owner(id=work.new_id(), source_id=source_id, name="Fjordvik", country="NO", language="nb")
    work.session.add(owner)
    return owner


@pytest.mark.parametrize("kind", [Owner, Unit, Child, Guardian, GuardianAddress, VirtualNumber])
async def test_every_value_is_read_as_the_session_reads_it(village: Village, kind: type[Owner]) -> None:
    everything = sa.select(kind).order_by(kind.id)
    columns = [column.key for column in sa.inspect(kind).column_attrs]

    def read(rows: list[Owner]) -> list[list[object]]:
        return [[getattr(row, column) for column in columns] for row in rows]

    def ask_quickly(look: Look) -> list[list[object]]:
        return read([row for (row,) in QuickSelect(everything).rows(look)])

    def ask_the_session(look: Look) -> list[list[object]]:
        return read(list(look.session.scalars(everything)))

    quick = await village.desk.look(TEST, ask_quickly)
    assert quick
    assert quick == await village.desk.look(TEST, ask_the_session)


@pytest.mark.parametrize("names", [[], ["a"], ["b", "a"], ["a", "b", "c", "nobody"]])
async def test_a_list_of_any_length_may_be_asked_for(desk: Desk, names: list[str]) -> None:
    for name in ("a", "b", "c"):
        await desk.work(TEST, add_owner, name)
    quick = QuickSelect(OWNERS)

    def ask(look: Look) -> list[str]:
        return [owner.source_id for (owner,) in quick.rows(look, names=names)]

    assert await desk.look(TEST, ask) == sorted(set(names) & {"a", "b", "c"})
    assert await desk.look(TEST, ask) == sorted(set(names) & {"a", "b", "c"})


@pytest.mark.parametrize("length", [1024, 1025, 33_000])
async def test_a_list_may_be_as_long_as_the_store_takes_parameters(desk: Desk, length: int) -> None:
    await desk.work(TEST, add_owner, "a")
    names = [f"nobody {number}" for number in range(length - 1)] + ["a"]

    found = await desk.look(TEST, lambda look: QuickSelect(OWNERS).rows(look, names=names))

    assert [owner.source_id for (owner,) in found] == ["a"]


async def test_a_tuple_is_a_list_and_none_of_it_is_left_out(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        await desk.work(TEST, add_owner, name)
    quick = QuickSelect(OWNERS)

    def ask(look: Look, *names: str) -> list[str]:
        return [owner.source_id for (owner,) in quick.rows(look, names=names)]

    assert await desk.look(TEST, ask, "a") == ["a"]
    assert await desk.look(TEST, ask, "a", "b", "c") == ["a", "b", "c"]


@pytest.mark.parametrize("names", [[], ["b"], ["b", "c", "d"], [None], ["b", None, "c"], ["a", None]])
async def test_what_is_in_no_list_is_what_the_session_says_is_in_none(desk: Desk, names: list[str | None]) -> None:
    await desk.work(TEST, add_owner, "a")
    others = sa.select(Owner.source_id).where(Owner.source_id.not_in(sa.bindparam("names", expanding=True)))

    def ask(look: Look, names: list[str | None]) -> tuple[list[str], list[str]]:
        quick = [name for (name,) in QuickSelect(others).rows(look, names=names)]
        return quick, list(look.session.scalars(others, {"names": names}))

    quick, session = await desk.look(TEST, ask, names)
    assert quick == session


async def test_what_the_session_knows_already_is_the_same_object_and_may_be_changed(desk: Desk) -> None:
    await desk.work(TEST, add_owner, "a")

    def rename(work: Work) -> bool:
        ((quick,),) = QuickSelect(OWNERS).rows(work, names=["a"])
        quick.name = "Havnes"
        return quick is work.session.scalar(OWNERS, {"names": ["a"]})

    assert await desk.work(TEST, rename)
    assert await desk.look(TEST, lambda look: look.session.scalar(sa.select(Owner.name))) == "Havnes"


async def test_what_a_work_has_just_added_is_seen_by_it(desk: Desk) -> None:
    def add_and_ask(work: Work) -> bool:
        added = add_owner(work, "a")
        ((quick,),) = QuickSelect(OWNERS).rows(work, names=["a"])
        return quick is added

    assert await desk.work(TEST, add_and_ask)


async def test_columns_and_entities_may_stand_side_by_side_with_moments_days_and_lists(desk: Desk) -> None:
    def write(work: Work) -> None:
        add_owner(work, "a")
        note(work, "tested", ["one", "two"])

    await desk.work(TEST, write)
    quick = QuickSelect(
        sa.select(AuditRow.at, Owner, AuditRow.ids, sa.func.count().over(), sa.literal(date(2026, 3, 1), sa.Date))
        .join(Owner, sa.true())
        .where(AuditRow.at <= sa.bindparam("now", type_=AuditRow.at.type))
    )
    ((at, owner, ids, count, day),) = await desk.look(TEST, lambda look: quick.rows(look, now=look.now))

    assert isinstance(at, datetime)
    assert at.tzinfo is UTC
    assert (owner.source_id, ids, count, day) == ("a", ["one", "two"], 1, date(2026, 3, 1))


async def test_what_the_store_cannot_answer_is_the_error_that_the_session_would_raise(desk: Desk) -> None:
    nonsense = QuickSelect(sa.select(sa.literal_column("no_such_column", sa.Integer)).select_from(Owner))

    with pytest.raises(sa.exc.DBAPIError):
        await desk.look(TEST, nonsense.rows)
    with pytest.raises(sa.exc.DBAPIError):
        await desk.work(TEST, nonsense.rows)


async def test_columns_alone_are_what_the_session_answers_beside_lists_that_the_statement_holds_itself(
    village: Village,
) -> None:
    asked = (
        sa.select(Child.id, Child.birth_date, Child.protected, Child.code_renewed_at, Child.nickname)
        .where(
            Child.first_name.in_(["Noah", "Ella", "Kari"]), Child.owner_id.in_(sa.bindparam("owners", expanding=True))
        )
        .where(Child.last_name.not_in(("Nobody", "Nowhere")), Child.protected == sa.bindparam("protected"))
        .order_by(Child.id)
    )
    given = {"owners": sorted({village.unit("preschool").owner_id, "o", "p"}), "protected": False}

    def ask(look: Look) -> tuple[list[object], list[object]]:
        return list(QuickSelect(asked).rows(look, **given)), [tuple(row) for row in look.session.execute(asked, given)]

    quick, session = await village.desk.look(TEST, ask)
    assert quick
    assert quick == session
