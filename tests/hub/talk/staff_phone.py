"""A registered phone of one of the village's staff, and what it is answered."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from bots.staff_line import StaffLine
from hub.address import SMS, Address
from hub.chosen_parts import load_bots
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import Child
from hub.people.staff import Staff
from hub.post.deliveries import Delivery
from hub.safety.address_changes import Code
from hub.safety.staff_phones import StaffPhone, begin_phone, try_phone_code
from hub.school.attendance import Attendance
from hub.talk.reception import Reception
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import keep_text
from tests.staff_scene import SEAL
from tests.transcript import the_ear
from tests.village import Village

CODE = Code("482913", "salt")
FIRST = "+4740000951"


async def register(village: Village, name: str, value: str = FIRST) -> StaffPhone:
    """Their phone, proven by its code."""

    def prove(work: Work) -> StaffPhone:
        staff = work.session.get_one(Staff, village.staff(name).id)
        phone = begin_phone(work, staff, Address(SMS, value), CODE)
        assert try_phone_code(work, phone, CODE.figures)
        return phone

    return await village.desk.work(TEST, prove)


@dataclass(slots=True)
class Texting:
    """Texts from one phone. `number` keeps the texts of several phones apart."""

    village: Village
    value: str = FIRST
    number: int = 0
    _seen: set[str] = field(default_factory=set)

    async def text(self, text: str, to: str = "contact teacher 7A") -> list[str]:
        """What comes back, in its order."""
        self.number += 1
        await keep_text(self.village, self.number, text, "", sender=self.value, to=self.village.number(to).value)
        reception = Reception(self.village.desk, the_ear(), load_bots(), LocalDoorbell(), StaffLine(SEAL))
        await reception.answer_waiting()
        return await self.village.desk.look(TEST, self._new)

    def _new(self, look: Look) -> list[str]:
        asked = sa.select(Delivery).where(Delivery.recipient == self.value).order_by(Delivery.id)
        fresh = [delivery for delivery in look.session.scalars(asked) if delivery.id not in self._seen]
        self._seen |= {delivery.id for delivery in fresh}
        return [delivery.text for delivery in fresh]


def list_here(look: Look) -> set[str]:
    """Who is marked here, by first name."""
    rows = look.session.scalars(
        sa.select(Child.first_name)
        .join(Attendance, Attendance.child_id == Child.id)
        .where(Attendance.taken_back_at.is_(None))
    )
    return set(rows)
