"""Families are told that their child is looked after elsewhere for some days, by whom they know; and when it no longer is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.place import PlaceBot
from hub.calendars import close
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child, GuardianAddress
from hub.people.guest_places import GuestPlace
from hub.safety.named_readers import NamedReader
from hub.school.guest_care import call_off
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.hub.school.guesting import CARER, HEAD, MONDAY, MOTHER, WEDNESDAY, Guesting
from tests.hub.talk.around_bot import AroundBot
from tests.village import Village


@pytest.fixture
def guesting(village: Village, clock: StoppedClock) -> Guesting:
    guesting = Guesting(village, clock)
    guesting.at(MONDAY, 7)
    return guesting


@pytest.fixture
def around(village: Village) -> AroundBot:
    return AroundBot(village)


async def unreached(guesting: Guesting, place_id: str) -> int:
    return await guesting.village.desk.look(TEST, lambda look: look.session.get_one(GuestPlace, place_id).unreached)


async def test_the_family_is_told_where_which_days_and_whom_to_write_to(guesting: Guesting, around: AroundBot) -> None:
    await guesting.ask()
    before = await around.wake(PlaceBot())
    place_id = (
        await guesting.village.desk.look(TEST, lambda look: look.session.scalars(sa.select(GuestPlace)).one())
    ).id
    await guesting.accept(place_id)

    told, again = await around.wake(PlaceBot()), await around.wake(PlaceBot())

    assert before == again == []
    ((phone, text),) = told
    assert phone == guesting.village.phone(MOTHER)
    assert text.startswith("Live er hos Lerkeveien barnehage ")
    assert "+47 59 00 00 21" in text


async def test_it_is_told_that_it_was_called_off(guesting: Guesting, around: AroundBot) -> None:
    place_id = await guesting.arrange()
    await around.wake(PlaceBot())
    await guesting.by(HEAD, lambda work: call_off(work, place_id))

    ((phone, text),) = await around.wake(PlaceBot())

    assert phone == guesting.village.phone(MOTHER)
    assert text.startswith("Avtalen med Lerkeveien barnehage er avlyst.")
    assert await around.wake(PlaceBot()) == []


async def test_it_is_told_from_when_its_own_unit_is_open_again(guesting: Guesting, around: AroundBot) -> None:
    place_id = await guesting.arrange()
    await around.wake(PlaceBot())
    await guesting.do(lambda work: close(work, guesting.home, MONDAY, WEDNESDAY, "Ferie", "test"))
    await guesting.by(HEAD, lambda work: call_off(work, place_id))

    ((_, text),) = await around.wake(PlaceBot())

    assert "torsdag 6. mars" in text


async def test_what_is_over_or_was_called_off_before_anybody_heard_is_not_told(
    guesting: Guesting, around: AroundBot
) -> None:
    place_id = await guesting.arrange()
    await guesting.by(CARER, lambda work: call_off(work, place_id))
    assert await around.wake(PlaceBot()) == []

    await guesting.arrange()
    guesting.at(WEDNESDAY + timedelta(days=1), 9)
    assert await around.wake(PlaceBot()) == []


async def test_whoever_is_blocked_is_not_told(guesting: Guesting, around: AroundBot) -> None:
    village = guesting.village
    await guesting.arrange()
    await guesting.do(lambda work: block(work, village, MOTHER, "Live Haugland"))

    assert await around.wake(PlaceBot()) == []


async def test_of_a_protected_child_a_text_names_neither_it_nor_the_unit(guesting: Guesting, around: AroundBot) -> None:
    def protect(work: Work) -> None:
        work.session.get_one(Child, guesting.child_id).protected = True
        for name in (CARER, HEAD):
            staff = guesting.village.staff(name)
            work.session.add(
                NamedReader(child_id=guesting.child_id, staff_id=staff.id, owner_id=staff.owner_id, since=work.now)
            )

    await guesting.do(protect)
    await guesting.arrange()

    ((_, text),) = await around.wake(PlaceBot())

    assert "Live" not in text
    assert "Lerkeveien" not in text


async def test_how_many_were_not_reached_is_kept_for_staff(guesting: Guesting, around: AroundBot) -> None:
    def lose(work: Work) -> None:
        mother = guesting.village.guardian(MOTHER).id
        work.session.execute(
            sa.update(GuardianAddress).where(GuardianAddress.guardian_id == mother).values(gone_at=work.now)
        )

    await guesting.do(lose)
    place_id = await guesting.arrange()

    assert await around.wake(PlaceBot()) == []
    assert await unreached(guesting, place_id) == 1
