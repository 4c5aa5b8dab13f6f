"""A broadcast to a class of the village, sent to its end by a whole hub, and what its provider says that it took."""

import asyncio

import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from bots.contact import ContactBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.numbers import VirtualNumber
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import HOLD, Scope, Written
from hub.post.prices import Prices
from hub.talk.broadcast_writing import Composed, Order, compose, send
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR, LivingHub
from tests.patience import PATIENCE
from tests.rehearsal.texts import Text

TEACHER = "Kari Lunde"


def let_all_go_at_once(work: Work) -> None:
    """The clock stands still, and with it the pace of the numbers."""
    work.session.execute(sa.update(VirtualNumber).values(pace_per_second=1000))


async def ask_old_numbers(living: LivingHub) -> None:
    """Now, rather than between what is counted: the bot would do it whenever it next looks. Those with which the hub's own has
    begun, and is not at its end, are left alone by this one."""
    async with asyncio.timeout(PATIENCE):
        while await living.hub.desk.look(OPERATOR, ContactBot().list_due):
            await living.hub.routines.prompt(ContactBot())
    await living.settled()


async def send_to_7a(living: LivingHub, clock: StoppedClock, prices: Prices, written: Written) -> tuple[Composed, str]:
    """What was shown before, and the broadcast that went."""
    village = living.village

    def write(work: Work) -> tuple[Composed, str]:
        place = get_place(work, Scope.GROUPS, village.unit("school").id, (village.group("7A").id,))
        shown = compose(work, place, written, prices)
        return shown, send(work, place, Order(written, shown.key, meant=True), prices).id

    found = await living.hub.desk.work(as_staff(village.staff(TEACHER)), write)
    clock.move(HOLD)
    for _ in range(4):
        await living.hub.routines.prompt(BroadcastBot())
    await living.settled()
    return found


def sent_by(living: LivingHub) -> list[Text]:
    """The provider's own ledger of what went out, in the order in which it went."""
    sent = [text for text in living.provider.log.all() if text.direction.startswith("outbound")]
    return sorted(sent, key=lambda text: text.ordinal)
