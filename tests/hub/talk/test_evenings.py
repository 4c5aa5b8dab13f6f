"""In the evening whoever writes is told when somebody reads: by whichever way they write, never in silence, and once.

Source: the promise of an honest line outside the hours; security rule S5.6 caps what is answered.
"""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.address import APP, CHAT, MAIL, SMS, Address
from hub.calendars import close
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import GuardianAddress
from hub.post.arrivals import keep_arrivals
from hub.post.channel import Inbound
from hub.post.chats import ChatLink, Says, keep_roads
from hub.post.deliveries import Delivery
from hub.post.running_kinds import keep_kinds
from hub.talk.reception import Reception
from tests.hub.post.outboxes import TEST
from tests.hub.talk.test_chat_linking import PretendRoad
from tests.transcript import the_ear
from tests.village import Village

LENE, SEAT = "Lene Berg", "contact teacher 4B"
EVENING = datetime(2025, 3, 4, 19, 0, tzinfo=UTC)
WHEN, TOO, DANGER = "leser meldingen", "leser vi også da", "ring 112"
pytestmark = pytest.mark.one_store


class _Evening:
    """Lene Berg writes to the teacher's seat, by one way; what she is answered there."""

    def __init__(self, village: Village, clock: StoppedClock, kind: str) -> None:
        self._village, self._clock, self._kind = village, clock, kind
        lene = village.guardian(LENE)
        values = {SMS: village.phone(LENE), MAIL: "lene.berg@mail.example", APP: f"{APP}:{lene.id}"}
        self.address = values.get(kind, "telegram:700001")
        self._count = 0

    async def begin(self) -> None:
        self._clock.move(EVENING - self._clock.now())
        await self._village.desk.work(TEST, self._prepare)

    def _prepare(self, work: Work) -> None:
        lene = self._village.guardian(LENE)
        keep_kinds(work, {SMS, MAIL, APP, CHAT})
        known = sa.select(GuardianAddress.id).where(GuardianAddress.value == self.address)
        if work.session.scalar(known) is None:
            work.session.add(
                GuardianAddress(
                    id=work.new_id(),
                    owner_id=lene.owner_id,
                    guardian_id=lene.id,
                    kind=self._kind,
                    value=self.address,
                    confirmed_at=work.now,
                )
            )
        if self._kind == CHAT:
            keep_roads(work, [PretendRoad(says=Says.ALL)])
            work.session.add(
                ChatLink(
                    id=work.new_id(),
                    owner_id=lene.owner_id,
                    value=self.address,
                    phone=self._village.phone(LENE),
                    number=self._village.number(SEAT).value,
                    linked_at=work.now,
                )
            )

    async def write(self, text: str) -> str:
        """All that is sent back to where it came from."""
        self._count += 1
        seat = Address(self._kind, self._village.number(SEAT).value)
        inbound = Inbound(
            self._kind, f"{self._kind}{self._count}", Address(self._kind, self.address), seat, text, str(self._count)
        )
        before = await self._village.desk.look(TEST, self._read)
        await self._village.desk.work(TEST, lambda work: keep_arrivals(work, [(inbound, work.now)]))
        await Reception(self._village.desk, the_ear(), load_bots(), LocalDoorbell()).answer_waiting()
        after = await self._village.desk.look(TEST, self._read)
        return " ".join(after[len(before) :])

    def _read(self, look: Look) -> list[str]:
        asked = sa.select(Delivery.text).where(Delivery.recipient == self.address).order_by(Delivery.id)
        return list(look.session.scalars(asked))


@pytest.mark.capability("H-51")
@pytest.mark.capability("N-09")
@pytest.mark.parametrize("kind", [SMS, MAIL, APP, CHAT])
async def test_whoever_writes_in_the_evening_is_told_once_when_somebody_reads(
    village: Village, clock: StoppedClock, kind: str
) -> None:
    evening = _Evening(village, clock, kind)
    await evening.begin()

    first = await evening.write("Jakob glemte sekken sin på skolen i dag.")
    clock.move(timedelta(minutes=10))
    second = await evening.write("Den er blå og ligger nok i garderoben.")
    clock.move(timedelta(hours=3))
    question = await evening.write("Har dere funnet den blå sekken til Jakob?")
    clock.move(timedelta(hours=20, minutes=50))
    next_evening = await evening.write("Vi har ikke fått noe svar om sekken.")

    assert WHEN in first
    assert "i morgen" in first
    assert DANGER in first
    assert second == ""
    assert TOO in question
    assert WHEN not in question
    assert WHEN in next_evening


async def test_what_was_told_in_the_day_is_no_line_for_the_evening(village: Village, clock: StoppedClock) -> None:
    evening = _Evening(village, clock, SMS)
    await evening.begin()
    clock.move(timedelta(hours=18))

    by_day = await evening.write("Jakob glemte sekken sin på skolen i går.")
    clock.move(timedelta(hours=6))
    later = await evening.write("Den er blå og ligger nok i garderoben.")

    assert WHEN in by_day
    assert "stengt" not in by_day
    assert "stengt" in later


@pytest.mark.capability("H-51")
async def test_before_a_holiday_the_line_names_the_day_when_somebody_is_there(
    village: Village, clock: StoppedClock
) -> None:
    evening = _Evening(village, clock, SMS)
    await evening.begin()
    day = EVENING.date() + timedelta(days=1)
    await village.desk.work(
        TEST, lambda work: close(work, village.unit("school"), day, day + timedelta(days=1), "Planleggingsdag", "test")
    )

    told = await evening.write("Jakob glemte sekken sin på skolen i dag.")

    assert "fre. 7. mars" in told
