"""Moments come back from the store as they went in, and SQLite holds them as the library writes moments."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from hub.asker import operator_asker
from hub.database import Utc
from hub.desk import Desk, Work

TEST = operator_asker("test")
SUMMER = timezone(timedelta(hours=2))
MOMENTS = [
    datetime(2025, 3, 3, 6, 12, tzinfo=UTC),
    datetime(2025, 10, 26, 2, 30, 0, 1, tzinfo=SUMMER),
    datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
KEPT = sa.Table(
    "kept_moments",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", Utc),
    sa.Column("plain", sa.DateTime),
)


@pytest.fixture
async def kept(desk: Desk) -> Desk:
    await desk.work(TEST, lambda work: KEPT.create(work.connection))
    return desk


async def test_a_moment_comes_back_as_the_same_moment_in_utc(kept: Desk) -> None:
    def keep(work: Work) -> None:
        work.session.execute(KEPT.insert(), [{"at": moment} for moment in [*MOMENTS, None]])

    await kept.work(TEST, keep)
    found = await kept.look(TEST, lambda look: list(look.session.scalars(sa.select(KEPT.c.at).order_by(KEPT.c.id))))

    assert found == [*MOMENTS, None]
    assert {moment.tzinfo for moment in found if moment is not None} == {UTC}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_is_written_is_what_the_library_writes(kept: Desk, moment: datetime, store_kind: str) -> None:
    plain = moment.astimezone(UTC).replace(tzinfo=None)

    def keep(work: Work) -> None:
        work.session.execute(KEPT.insert(), {"at": moment, "plain": plain})

    def read(work: Work) -> bool | None:
        both = (
            KEPT.c.at == KEPT.c.plain if store_kind == "sqlite" else sa.func.timezone("UTC", KEPT.c.at) == KEPT.c.plain
        )
        return work.session.scalar(sa.select(sa.type_coerce(both, sa.Boolean)))

    await kept.work(TEST, keep)
    assert await kept.work(TEST, read)


async def test_a_moment_without_a_zone_is_not_kept(kept: Desk) -> None:
    def keep(work: Work) -> None:
        work.session.execute(KEPT.insert(), {"at": MOMENTS[0].replace(tzinfo=None)})

    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        await kept.work(TEST, keep)
