"""A teacher asks all of 7A something: every family reads it once, and their answers are counted live."""

import asyncio
from pathlib import Path

from hub.desk import Look, Work
from hub.post.broadcast_picture import End
from hub.post.broadcast_progress import Progress, read_progress
from hub.post.broadcast_rights import get_broadcast, get_place
from hub.post.broadcasts import HOLD, Reply, Scope, Written, send_now
from hub.post.prices import Prices
from hub.talk.broadcast_writing import Order, compose, send
from hub.talk.broadcasting import YES_OR_NO
from tests.hub.post.spoken import as_staff
from tests.living_hub import LivingHub, living_hub
from tests.stories.test_a_class_is_asked_for_a_consent import FromNine

TEACHER, SEAT = "Kari Lunde", "contact teacher 7A"
CAKE = Written({"nb": "Kan {child} ta med kake fredag?"}, "nb", Reply.CHOICES, YES_OR_NO)
PATIENCE_SECONDS = 60


async def send_to_7a(living: LivingHub) -> str:
    """As the composer does: shown first, then sent to those who were shown."""
    village = living.village

    def write(work: Work) -> str:
        place = get_place(work, Scope.GROUPS, village.unit("school").id, [village.group("7A").id])
        shown = compose(work, place, CAKE, Prices())
        return send(work, place, Order(CAKE, shown.key), Prices()).id

    return await living.hub.desk.work(as_staff(village.staff(TEACHER)), write)


async def test_a_class_is_asked_and_its_answers_are_counted(tmp_path: Path, store_url: str) -> None:
    async with living_hub(tmp_path, store_url, FromNine()) as living:
        teacher = as_staff(living.village.staff(TEACHER))
        id_ = await send_to_7a(living)

        def progress(look: Look) -> Progress:
            return read_progress(look, get_broadcast(look, id_))

        def leaves_in_two_minutes(look: Look) -> bool:
            return get_broadcast(look, id_).starts_at - look.now > HOLD / 2

        assert (await living.hub.desk.look(teacher, progress)).total == 0
        assert await living.hub.desk.look(teacher, leaves_in_two_minutes)

        await living.hub.desk.work(teacher, lambda work: send_now(work, get_broadcast(work, id_)))
        anne, ola = living.phone("Anne Nordmann"), living.phone("Ola Nordmann")
        asked = [(await phone.next_text(PATIENCE_SECONDS)).body for phone in (anne, ola)]
        assert set(asked) == {"Kari Lunde, Kontaktlærer 7A: Kan Kari ta med kake fredag? Svar 1 ja eller 2 nei."}

        answers = await asyncio.gather(
            living.text("Anne Nordmann", SEAT, "1"), living.text("Ola Nordmann", SEAT, "nei")
        )
        assert answers[0].startswith("Takk, vi har notert svaret 1 ja.")
        assert answers[1].startswith("Takk, vi har notert svaret 2 nei.")

        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (found := await living.hub.desk.look(teacher, progress)).ends[End.REACHED]:
                await living.settled()
        assert found.answers == (1, 1)
        assert [(one.name, one.why) for one in found.unreached] == [("Torleif Tveit", "no_address")]
