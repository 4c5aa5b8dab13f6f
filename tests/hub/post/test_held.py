"""What staff send waits on every channel and can be taken back until it goes; an emergency waits for nothing."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.address import APP, CHAT, MAIL, SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.people.numbers import VirtualNumber
from hub.post.alarms import AlarmKind, raise_alarm
from hub.post.broadcast_recalls import recall
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import HOLD as BROADCAST_HOLD
from hub.post.broadcasts import Broadcast, BroadcastState, Scope, Written
from hub.post.chats import link_chat
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.messages import Author, Lane, Message, ThreadKind, get_or_open_thread
from hub.post.posting import Post, post, undo
from hub.post.prices import Prices
from hub.post.reading import get_reader
from hub.post.running_kinds import keep_kinds
from hub.talk.broadcast_writing import Order, compose, send
from hub.talk.planning import list_plans
from hub.talk.writing import HOLD, Draft, LookAgainError, write_about
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

TEACHER, LEADER = "Kari Lunde", "Ingrid Solberg"
ADDRESSES = {MAIL: "anne@example.org", CHAT: "telegram:7001", APP: "anne"}
KINDS = [SMS, MAIL, CHAT, APP]


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(timedelta(hours=3))


@dataclass
class Held:
    village: Village
    clock: StoppedClock

    async def reach_anne_by(self, kind: str) -> None:
        """She has an address of this kind, and no other."""
        anne = self.village.guardian("Anne Nordmann")

        def change(work: Work) -> None:
            keep_kinds(work, set(KINDS))
            if kind == SMS:
                return
            if kind == CHAT:
                phone = sa.select(GuardianAddress).where(GuardianAddress.guardian_id == anne.id)
                number = self.village.number("contact teacher 7A").value
                link_chat(work, ADDRESSES[CHAT], [(work.session.scalars(phone.limit(1)).one(), anne)], number)
                return
            work.session.execute(
                sa.update(GuardianAddress).where(GuardianAddress.guardian_id == anne.id).values(gone_at=work.now)
            )
            work.session.add(
                GuardianAddress(
                    id=work.new_id(),
                    owner_id=anne.owner_id,
                    guardian_id=anne.id,
                    kind=kind,
                    value=ADDRESSES[kind],
                    confirmed_at=work.now,
                )
            )

        await self.village.desk.work(TEST, change)

    async def post(self, kind: str) -> str:
        """What staff write to Anne, at her address of this kind; its id."""
        village = self.village
        school, anne = village.unit("school"), village.guardian("Anne Nordmann")

        def post_it(work: Work) -> str:
            asked = sa.select(GuardianAddress).where(
                GuardianAddress.guardian_id == anne.id, GuardianAddress.kind == kind, GuardianAddress.gone_at.is_(None)
            )
            to = list(work.session.scalars(asked))[:1]
            thread = get_or_open_thread(work, school.owner_id, school.id, [anne.id], ThreadKind.PRIVATE)
            number = village.number("contact teacher 7A")
            said = "Det er en ny beskjed." if kind == CHAT else None
            what = Post("Hei", "nb", Author.STAFF, "test", hold=HOLD, number=number, to=to, said_on_channel=said)
            return post(work, thread, what).id

        return await village.desk.work(TEST, post_it)

    async def write(self, text: str = "Hei, husk gymtøy.", *, tone_meant: bool = False) -> str:
        """To Anne alone, as the teacher; its id."""
        kari = self.village.child("Kari Nordmann").id

        def write(work: Work) -> str:
            plans = list_plans(work, get_reader(work), kari)
            (anne,) = [plan for plan in plans if [name for _, name in plan.recipients.readers] == ["Anne Nordmann"]]
            return write_about(work, kari, Draft(text, anne.key, tone_meant=tone_meant)).id

        return await self.village.desk.work(as_staff(self.village.staff(TEACHER)), write)

    async def send(self, text: str = "Torsdag går vi på ski.", *, tone_meant: bool = False) -> str:
        """To all of 7A; its id."""
        written = Written({"nb": text}, "nb")

        def keep(work: Work) -> str:
            place = get_place(work, Scope.GROUPS, self.village.unit("school").id, (self.village.group("7A").id,))
            key = compose(work, place, written, Prices()).key
            return send(work, place, Order(written, key, tone_meant=tone_meant), Prices()).id

        return await self.village.desk.work(as_staff(self.village.staff(TEACHER)), keep)

    async def leave(self) -> list[str]:
        """What leaves now, by the kinds of the ways it goes."""
        bot, desk = BroadcastBot(), self.village.desk
        await desk.work(TEST, let_all_go_at_once)
        for _ in range(10):
            await desk.work(TEST, bot.prompt_due, await desk.look(TEST, bot.list_due))
        found = (await desk.work(TEST, claim, Room(200))).claimed
        return [one.envelope.recipient.kind for one in found]


def let_all_go_at_once(work: Work) -> None:
    """The clock stands still, and with it the pace of the number."""
    work.session.execute(sa.update(VirtualNumber).values(pace_per_second=1000))


@pytest.fixture
def held(village: Village, clock: StoppedClock) -> Held:
    return Held(village, clock)


@pytest.mark.capability("N-36")
@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_leaves_inside_the_window_on_any_channel(held: Held, kind: str) -> None:
    await held.reach_anne_by(kind)
    await held.post(kind)

    at_once = await held.leave()
    held.clock.move(HOLD - timedelta(milliseconds=1))
    at_last = await held.leave()
    held.clock.move(timedelta(milliseconds=1))

    assert at_once == at_last == []
    assert await held.leave() == [kind]


@pytest.mark.capability("N-36")
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_taken_back_inside_the_window_never_leaves_on_any_channel(held: Held, kind: str) -> None:
    await held.reach_anne_by(kind)
    message = await held.post(kind)

    held.clock.move(HOLD - timedelta(milliseconds=1))
    await held.village.desk.work(TEST, lambda work: undo(work, work.session.get_one(Message, message)))

    for _ in range(3):
        held.clock.move(timedelta(days=1))
        assert await held.leave() == []


@pytest.mark.capability("N-36")
@pytest.mark.parametrize("kind", [SMS, MAIL])
async def test_what_goes_to_many_is_not_even_written_down_inside_the_window(held: Held, kind: str) -> None:
    await held.reach_anne_by(kind)
    first, second = await held.send(), await held.send("Husk matpakke.")

    held.clock.move(BROADCAST_HOLD - timedelta(milliseconds=1))
    inside = await held.leave()
    await held.village.desk.work(TEST, lambda work: recall(work, work.session.get_one(Broadcast, first)))
    held.clock.move(timedelta(milliseconds=1))
    after = await held.leave()

    texts = await held.village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Delivery.text))))
    states = await held.village.desk.look(
        TEST, lambda look: [look.session.get_one(Broadcast, id_).state for id_ in (first, second)]
    )
    assert inside == []
    assert kind in after
    assert not any("ski" in text for text in texts)
    assert states == [BroadcastState.RECALLED, BroadcastState.SENT]


@pytest.mark.capability("N-36")
async def test_an_emergency_leaves_at_once_while_all_else_is_held(held: Held) -> None:
    await held.write()
    await held.send()

    def sound(work: Work) -> None:
        place = get_place(work, Scope.UNIT, held.village.unit("school").id)
        raise_alarm(work, place, Written({"nb": "Brann i gymsalen."}, "nb"), AlarmKind.EMERGENCY, is_drill=False)

    await held.village.desk.work(as_staff(held.village.staff(LEADER)), sound)
    left = await held.leave()

    def lanes(look: Look) -> set[int]:
        return set(look.session.scalars(sa.select(Delivery.lane).where(Delivery.attempted_at.is_not(None))))

    assert left
    assert await held.village.desk.look(TEST, lanes) == {Lane.EMERGENCY}


@pytest.mark.capability("N-36")
async def test_harsh_words_and_other_childrens_names_are_hinted_at_and_go_when_they_are_meant(held: Held) -> None:
    for send_it in (held.write, held.send):
        with pytest.raises(LookAgainError) as hinted:
            await send_it("Nå må dere skjerpe dere. Siste advarsel!!")
        assert hinted.value.harsh == ("Siste advarsel", "!!")
        assert await send_it("Nå må dere skjerpe dere. Siste advarsel!!", tone_meant=True)
        with pytest.raises(LookAgainError) as named:
            await send_it("Amalie og Kari kranglet.", tone_meant=True)
        assert "Amalie" in named.value.names
