"""A right that ends on a day ends at the unit's own midnight, which comes before the one of UTC. Source: security rule S3.4."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.care_list import CARE, CareListBot
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, GuardianRight, Guardianship, Placement
from hub.post.family import find_family
from hub.post.family_book import read_family_book
from hub.post.messages import Message, ThreadKind, get_or_open_thread
from hub.school.facts import list_facts
from hub.school.trusted_people import Whom, trust_person
from hub.talk.renewals import find_home
from tests.hub.post.outboxes import TEST
from tests.hub.register.test_pupils import KARIS, load
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
LAST_DAY = date(2025, 3, 3)
BEFORE_MIDNIGHT = datetime(2025, 3, 3, 22, 30, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2025, 3, 3, 23, 30, tzinfo=UTC)
"""Half past eleven and half past twelve at the school: on the same day of UTC."""


def end_rights(work: Work, village: Village, guardian: str) -> None:
    """All that they may for Kari is over with the last day."""
    tie = sa.select(Guardianship.id).where(
        Guardianship.guardian_id == village.guardian(guardian).id, Guardianship.child_id == village.child(KARI).id
    )
    work.session.execute(sa.update(GuardianRight).where(GuardianRight.guardianship_id.in_(tie)).values(to_day=LAST_DAY))


def end_places(work: Work, village: Village) -> None:
    mine = Placement.child_id == village.child(KARI).id
    work.session.execute(sa.update(Placement).where(mine).values(to_day=LAST_DAY))


def trust(work: Work, village: Village) -> None:
    child = work.session.get_one(Child, village.child(KARI).id)
    trust_person(work, child, Whom("Eva Berg"), told_by=village.guardian(ANNE).id, trust=Trust.CONFIRMED)


def share_what_kari_writes(work: Work, village: Village) -> None:
    """Her guardians read along in her own talk, where she has written a word."""
    pupil = work.session.scalars(sa.select(Guardian).where(Guardian.pupil_id == village.child(KARI).id)).one()
    unit = village.unit("school")
    thread = get_or_open_thread(work, unit.owner_id, unit.id, [pupil.id], ThreadKind.PUPIL)
    thread.shared_from = work.now
    work.session.add(
        Message(
            id=work.new_id(),
            owner_id=unit.owner_id,
            thread_id=thread.id,
            at=work.now,
            author="guardian",
            author_id=pupil.id,
            channel="sms",
            text="Jeg har glemt boka mi.",
            language="nb",
        )
    )


@pytest.mark.parametrize(("at", "reads"), [(BEFORE_MIDNIGHT, True), (AFTER_MIDNIGHT, False)])
async def test_whose_right_is_over_at_midnight_is_named_as_no_reader_after_it(
    village: Village, clock: StoppedClock, tmp_path: Path, at: datetime, reads: bool
) -> None:
    await load(village, tmp_path, phones=[KARIS])
    await village.desk.work(TEST, share_what_kari_writes, village)
    await village.desk.work(TEST, end_rights, village, OLA)

    clock.jump(at)

    def named(look: Look) -> set[str]:
        child = village.child(KARI).id
        pupil = look.session.scalars(sa.select(Guardian).where(Guardian.pupil_id == child)).one()
        family = find_family(look, village.owner().id, [pupil.id])
        assert family is not None
        return {name for entry in read_family_book(look, family, child).entries for name in entry.shared_with}

    found = await village.desk.look(TEST, named)
    assert ANNE in found
    assert (OLA in found) is reads


@pytest.mark.parametrize(("at", "told"), [(BEFORE_MIDNIGHT, True), (AFTER_MIDNIGHT, False)])
async def test_of_a_child_who_has_left_at_midnight_nobody_is_told_after_it(
    village: Village, clock: StoppedClock, at: datetime, told: bool
) -> None:
    await village.desk.work(TEST, trust, village)
    await village.desk.work(TEST, end_places, village)

    clock.jump(at)
    bot = CareListBot()
    await village.desk.work(TEST, bot.prompt_due, await village.desk.look(TEST, bot.list_due))

    def said(look: Look) -> list[str]:
        return list(look.session.scalars(sa.select(Message.text).where(Message.author_id == CARE)))

    assert bool(await village.desk.look(TEST, said)) is told


@pytest.mark.parametrize(("at", "asks"), [(BEFORE_MIDNIGHT, True), (AFTER_MIDNIGHT, False)])
async def test_a_unit_that_they_have_nothing_to_do_with_since_midnight_asks_about_no_number(
    village: Village, clock: StoppedClock, at: datetime, asks: bool
) -> None:
    await village.desk.work(TEST, end_rights, village, OLA)

    clock.jump(at)

    def asked(look: Look) -> bool:
        his = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == village.guardian(OLA).id)
        return find_home(look, look.session.scalars(his).one()) is not None

    assert await village.desk.look(TEST, asked) is asks


@pytest.mark.parametrize(("at", "standing"), [(BEFORE_MIDNIGHT, "known"), (AFTER_MIDNIGHT, "forbidden")])
async def test_what_is_known_of_a_name_is_reckoned_by_the_day_where_the_child_is(
    village: Village, clock: StoppedClock, at: datetime, standing: str
) -> None:
    def trust_ola(work: Work) -> None:
        child = work.session.get_one(Child, village.child(KARI).id)
        trust_person(work, child, Whom(OLA), told_by=village.guardian(ANNE).id, trust=Trust.CONFIRMED)
        end_rights(work, village, OLA)

    await village.desk.work(TEST, trust_ola)

    clock.jump(at)

    [fact] = [fact for fact in await village.desk.look(TEST, list_facts) if fact.startswith("may fetch: Kari")]
    assert f"({standing})" in fact
