"""Staff put a message in a child's file from its book; administrators see what waits for the archive and set its rules."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.archive.records import ArchiveRecord
from hub.archive.rules import ArchiveRule
from hub.clock import StoppedClock
from hub.people.families import Child
from hub.safety.audit import AuditRow
from tests.admin_web.eid_pages import Scene, playing
from tests.hub.archive.kept import (
    ADMINISTRATOR,
    KARI,
    LEADER,
    TEACHER,
    WHY,
    WORDS,
    decide_leave,
    export,
    list_records,
    put,
    write,
)
from tests.living_hub import OPERATOR
from tests.sent_files import as_staff_of

HERE = "/records"
RULES: dict[str, Any] = {
    "leave": "always",
    "guardian_words": "case",
    "staff_words": "case",
    "notes": "case",
    "bot_words": "no",
    "consents": "no",
}


@pytest.fixture
async def scene(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, village_store_url, clock) as scene:
        yield scene


def path_of(scene: Scene, message_id: str) -> str:
    return f"/children/{scene.village.child(KARI).id}/messages/{message_id}/file"


async def rules(scene: Scene) -> dict[str, str]:
    asked = sa.select(ArchiveRule)
    return await scene.village.desk.look(
        OPERATOR, lambda look: {rule.matter: rule.keep for rule in look.session.scalars(asked)}
    )


async def test_a_teacher_puts_a_message_in_the_childs_file_from_the_book(scene: Scene) -> None:
    message = await write(scene.village)
    teacher = await as_staff_of(scene.pages, TEACHER)
    path = path_of(scene, message)

    book = await teacher.get(f"/children/{scene.village.child(KARI).id}")
    form = await teacher.get(path)
    done = await teacher.post(path, reason=f"  {WHY} ")
    after = await teacher.get(f"/children/{scene.village.child(KARI).id}")
    (record,) = await list_records(scene.village.desk)

    assert f'href="{path}"' in book.text
    assert "Legg i mappa til barnet" in book.text
    assert "Legge dette i mappa til" in form.text
    assert done.status == 200
    assert WHY in done.text
    assert f"{TEACHER} la det der" in done.text
    assert "I mappa til barnet" in after.text
    assert record.subject_id == message


async def test_what_was_typed_stays_where_it_is_refused(scene: Scene) -> None:
    message = await write(scene.village)
    teacher = await as_staff_of(scene.pages, TEACHER)
    await teacher.get(path_of(scene, message))

    refused = await teacher.post(path_of(scene, message), reason="   ")

    assert refused.status == 422
    assert "Skriv hvorfor" in refused.text
    assert await list_records(scene.village.desk) == []


async def test_where_the_owner_says_never_there_is_no_way_to_it(scene: Scene) -> None:
    message = await write(scene.village)
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)
    await administrator.get(HERE)
    await administrator.post(f"{HERE}/rules", **RULES | {"guardian_words": "no"})
    teacher = await as_staff_of(scene.pages, TEACHER)

    book = await teacher.get(f"/children/{scene.village.child(KARI).id}")
    form = await teacher.get(path_of(scene, message))
    await teacher.get(f"/children/{scene.village.child(KARI).id}")
    refused = await teacher.post(path_of(scene, message), reason=WHY)

    assert path_of(scene, message) not in book.text
    assert "<textarea" not in form.text
    assert refused.status == 422
    assert await list_records(scene.village.desk) == []


@pytest.mark.parametrize("who", ["Jonas Dahl", "Astrid Vik", ADMINISTRATOR])
async def test_nobody_who_may_not_read_it_comes_there(scene: Scene, who: str) -> None:
    message = await write(scene.village)
    other = await as_staff_of(scene.pages, who)

    seen = await other.get(path_of(scene, message))
    await other.get("/you")
    done = await other.post(path_of(scene, message), reason=WHY)

    assert (seen.status, done.status) == (404, 404)
    assert WORDS not in seen.text + done.text
    assert await list_records(scene.village.desk) == []


async def test_an_administrator_sees_how_much_waits_and_what_left_and_no_child(scene: Scene, tmp_path: Path) -> None:
    await decide_leave(scene.village)
    await put(scene.village, await write(scene.village))
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)

    before = await administrator.get(HERE)
    left = await export(scene.village, tmp_path / "exports")
    after = await administrator.get(HERE)

    assert "2 saker venter" in before.text
    assert "Vedtak om permisjon: 1" in before.text
    assert "Ingenting er levert ennå" in before.text
    assert "Ingenting venter" in after.text
    assert left is not None
    assert left.head in after.text
    assert KARI not in before.text + after.text
    assert WORDS not in before.text + after.text


async def test_what_is_of_protected_children_is_not_counted_there(scene: Scene) -> None:
    await put(scene.village, await write(scene.village))
    child = scene.village.child(KARI).id
    await scene.village.desk.work(OPERATOR, lambda work: setattr(work.session.get_one(Child, child), "protected", True))
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)

    page = await administrator.get(HERE)

    assert "Ingenting venter" in page.text
    assert "telles aldri her" in page.text


async def test_an_administrator_changes_a_rule_and_it_is_audited(scene: Scene) -> None:
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)
    await administrator.get(HERE)

    page = await administrator.post(f"{HERE}/rules", **RULES | {"notes": "no"})

    asked = sa.select(AuditRow.why).where(AuditRow.what == "archive.rule")
    audited = await scene.village.desk.look(OPERATOR, lambda look: list(look.session.scalars(asked)))
    assert page.status == 200
    assert await rules(scene) == {"notes": "no"}
    assert audited == ["notes: case to no"]


async def test_a_rule_that_there_is_none_of_is_refused(scene: Scene) -> None:
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)
    await administrator.get(HERE)

    strange = await administrator.post(f"{HERE}/rules", **RULES | {"leave": "case"})
    await administrator.get(HERE)
    wrong = await administrator.post(f"{HERE}/rules", **RULES | {"notes": "sometimes"})

    assert strange.status in (409, 422)
    assert wrong.status == 400
    assert await rules(scene) == {}


async def test_a_leader_neither_sees_the_archive_nor_changes_it(scene: Scene) -> None:
    leader = await as_staff_of(scene.pages, LEADER)

    seen = await leader.get(HERE)
    await leader.get("/leave")
    done = await leader.post(f"{HERE}/rules", **RULES | {"notes": "no"})

    assert (seen.status, done.status) == (404, 404)
    assert await rules(scene) == {}


async def test_an_administrator_finds_the_way_there(scene: Scene) -> None:
    administrator = await as_staff_of(scene.pages, ADMINISTRATOR)
    leader = await as_staff_of(scene.pages, LEADER)

    assert f'href="{HERE}"' in (await administrator.get("/find?q=arkiv")).text
    assert f'href="{HERE}"' not in (await leader.get("/find?q=arkiv")).text


async def test_a_message_that_left_says_so_and_stays_once_its_record_is_let_go_of(scene: Scene, tmp_path: Path) -> None:
    message = await write(scene.village)
    await put(scene.village, message)
    await export(scene.village, tmp_path / "exports")
    teacher = await as_staff_of(scene.pages, TEACHER)

    left = await teacher.get(path_of(scene, message))
    await scene.village.desk.work(
        OPERATOR, lambda work: work.session.execute(sa.update(ArchiveRecord).values(content=""))
    )
    later = await teacher.get(path_of(scene, message))

    assert "levert til arkivet" in left.text
    assert WHY in left.text
    assert later.status == 200
    assert WHY not in later.text
