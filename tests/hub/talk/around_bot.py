"""One bot that is woken by hand, what leaves for families then, and what they write back."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from hub.chosen_parts import load_bots
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.post.channel import Receipt
from hub.post.deliveries import RANK, Delivery, Status, take_receipt
from hub.talk.bot import Bot, Prompter
from hub.talk.reception import Reception
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import keep_text
from tests.transcript import the_ear
from tests.village import Village


@dataclass
class AroundBot:
    """`sends`: the provider takes what is posted, once it was seen here."""

    village: Village
    sends: bool = True
    _texts: int = 0
    _seen: set[str] = field(default_factory=set)

    async def wake(self, bot: Prompter) -> list[tuple[str, str]]:
        """What leaves now: (phone, text)."""
        if due := await self.village.desk.look(TEST, bot.list_due):
            await self.village.desk.work(TEST, bot.prompt_due, due)
        return await self.fresh_texts()

    async def fresh_texts(self) -> list[tuple[str, str]]:
        """What was posted since it was last asked."""
        found = await self.village.desk.look(TEST, list_texts)
        fresh = [(phone, text) for id_, phone, text in found if id_ not in self._seen]
        self._seen |= {id_ for id_, _, _ in found}
        if self.sends:
            await self.village.desk.work(TEST, send_all)
        return fresh

    async def hear(self, bot: Bot, *said: tuple[str, str], to: str = "") -> None:
        """Guardians write, to the number `to` where that is not the usual one; all of it is there before any is answered."""
        for guardian, text in said:
            self._texts += 1
            await keep_text(self.village, self._texts, text, guardian, to=to)
        bots = {**load_bots(), bot.name: bot}
        await Reception(self.village.desk, the_ear(), bots, LocalDoorbell()).answer_waiting()


def send_all(work: Work) -> None:
    """The provider takes everything that waits."""
    for delivery in work.session.scalars(sa.select(Delivery).where(Delivery.rank < RANK[Status.ACCEPTED])):
        take_receipt(work, delivery, Receipt(f"test:{delivery.id}"))


def list_texts(look: Look) -> list[tuple[str, str, str]]:
    """All that went to families, as (id, phone, text)."""
    rows = look.session.execute(sa.select(Delivery.id, Delivery.recipient, Delivery.text).order_by(Delivery.id))
    return [(id_, phone, text) for id_, phone, text in rows]
