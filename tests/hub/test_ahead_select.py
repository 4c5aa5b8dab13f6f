"""What is read ahead for many is what would be asked for each, until the session writes."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

import hub.quick_select as quick
from hub.ahead_select import AheadSelect, is_unwritten, say_unwritten
from hub.asker import operator_asker
from hub.desk import Desk, Look, Work
from hub.people.families import GuardianAddress
from hub.people.places import Owner, Unit
from tests.village import Village

TEST = operator_asker("test")
OF_GUARDIAN = AheadSelect(
    sa.select(GuardianAddress).order_by(GuardianAddress.rank, GuardianAddress.id), GuardianAddress.guardian_id
)
UNITS = AheadSelect(
    sa.select(Unit.source_id).where(Unit.kind == sa.bindparam("kind")).order_by(Unit.source_id), Unit.owner_id
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that the store was asked."""
    fetch, statements = quick._fetch, list[str]()

    def note(connection: sa.Connection, ready: quick._Ready, filled: object) -> object:
        statements.append(ready.statement)
        return fetch(connection, ready, filled)

    monkeypatch.setattr(quick, "_fetch", note)
    return statements


def add_owner(work: Work, source_id: str) -> Owner:
    owner = Owner(id=work.new_id(), source_id=source_id, name="Fjordvik", country="NO", language="nb")
    work.session.add(owner)
    return owner


def add_unit(work: Work, owner_id: str, name: str) -> None:
    work.session.add(
        Unit(id=work.new_id(), owner_id=owner_id, source_id=name, kind="school", name=name, zone="Europe/Oslo",
             languages=["nb"])
    )  # fmt: skip


def list_units(look: Look, owner_id: str, kind: str = "school") -> list[str]:
    return [name for (name,) in UNITS.rows(look, owner_id, kind=kind)]


async def test_each_is_answered_as_if_asked_alone_and_asked_once(village: Village, asked: list[str]) -> None:
    guardians = sorted(village.addresses)
    alone = await village.desk.look(
        TEST, lambda look: {id_: [a.value for (a,) in OF_GUARDIAN.rows(look, id_)] for id_ in guardians}
    )

    def ask(work: Work) -> dict[str, list[str]]:
        OF_GUARDIAN.read_ahead(work, guardians)
        asked.clear()
        return {id_: [address.value for (address,) in OF_GUARDIAN.rows(work, id_)] for id_ in guardians}

    assert await village.desk.work_in_round(TEST, ask) == alone
    assert sum(map(len, alone.values())) > len(guardians)
    assert asked == []


async def test_what_was_read_about_one_kind_says_nothing_of_another(desk: Desk) -> None:
    def ask(work: Work) -> tuple[list[str], list[str]]:
        owner = add_owner(work, "a")
        add_unit(work, owner.id, "east")
        work.session.flush()
        UNITS.read_ahead(work, [owner.id], kind="preschool")
        return list_units(work, owner.id, "preschool"), list_units(work, owner.id, "school")

    assert await desk.work_in_round(TEST, ask) == ([], ["east"])


def flush(work: Work) -> None:
    work.session.flush()


def write_beside(work: Work) -> None:
    work.session.flush()
    UNITS.read_ahead(work, list(work.session.scalars(sa.select(Owner.id))), kind="school")
    work.session.execute(sa.update(Unit).values(source_id="west"))


@pytest.mark.parametrize(("write", "found"), [(flush, ["east"]), (write_beside, ["west"])])
async def test_it_holds_until_the_session_writes(desk: Desk, write: Callable[[Work], None], found: list[str]) -> None:
    def ask(work: Work) -> tuple[list[str], list[str]]:
        owner = add_owner(work, "a")
        work.session.flush()
        UNITS.read_ahead(work, [owner.id], kind="school")
        add_unit(work, owner.id, "east")
        before = list_units(work, owner.id)
        write(work)
        return before, list_units(work, owner.id)

    assert await desk.work_in_round(TEST, ask) == ([], found)


async def test_a_work_that_writes_by_itself_keeps_nothing(desk: Desk) -> None:
    def ask(work: Work) -> list[str]:
        owner = add_owner(work, "a")
        UNITS.read_ahead(work, [owner.id], kind="school")
        UNITS.remember(work, owner.id, kind="school")
        say_unwritten(work, owner.id)
        add_unit(work, owner.id, "east")
        assert not UNITS.knows_none(work, owner.id)
        assert not is_unwritten(work, owner.id)
        return list_units(work, owner.id)

    assert await desk.work(TEST, ask) == ["east"]


async def test_what_is_unwritten_is_so_until_it_is_written(desk: Desk) -> None:
    def ask(work: Work) -> tuple[bool, bool]:
        owner = add_owner(work, "a")
        say_unwritten(work, owner.id)
        before = is_unwritten(work, owner.id)
        work.session.flush()
        return before, is_unwritten(work, owner.id)

    assert await desk.work_in_round(TEST, ask) == (True, False)
