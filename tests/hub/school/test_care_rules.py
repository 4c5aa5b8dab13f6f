"""The rules of care times that hold for an owner or a unit: always one row, also where two set them at once."""

import asyncio

import sqlalchemy as sa

from hub.desk import Look
from hub.school.care_rules import CareRules, Rules, get_rules_of_all, set_rules_of_all
from tests.hub.post.outboxes import TEST
from tests.village import FJORDVIK, Village


async def test_rules_that_several_set_at_once_are_one_row_that_holds(village: Village) -> None:
    owner = village.owners[FJORDVIK].id
    wished = [Rules(ask_days=days) for days in range(2, 14)]

    def count(look: Look) -> int:
        return look.session.scalar(sa.select(sa.func.count()).where(CareRules.ceased_at.is_(None))) or 0

    await asyncio.gather(*(village.desk.work(TEST, set_rules_of_all, owner, rules, "leader") for rules in wished))

    assert await village.desk.look(TEST, count) == 1
    assert (await village.desk.look(TEST, get_rules_of_all, owner)) in wished
