"""All families of a municipality are told, by text, mail and Telegram, while the provider of texts goes down in the middle: in
the end each is reached, once, or stands by name on the page of their own school's leader."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.address import CHAT, MAIL, SMS
from hub.asker import Asker
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import DELIVERIES, Ring
from hub.people.staff import Staff
from hub.post.alarm_calls import list_to_ring
from hub.post.alarms import AlarmKind
from hub.post.broadcast_picture import End
from hub.post.broadcast_progress import Progress, read_progress
from hub.post.broadcast_rights import get_place, get_readable
from hub.post.broadcasts import HOLD, Scope, Written
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.prices import Prices
from hub.talk.alarm_raising import begin_alarm
from hub.talk.broadcast_writing import Order, compose, send
from tests.channels.mail_rehearsal import MailWorld, a_mail_world
from tests.hub.post.spoken import as_staff
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.municipality import (
    ADMINISTRATOR,
    LEADER,
    Household,
    Way,
    list_households,
    list_numbers,
    load_municipality,
)
from tests.ports import hold_port
from tests.rehearsal.manners import Manners
from tests.rehearsal.telegram_service import TelegramService
from tests.telegram_family import telegram_settings

CLOSED = Written({"nb": "Fredag er skolene stengt. Ring oss om du trenger tilsyn."}, "nb")
STORM = Written({"nb": "Uvær. Hold barna inne til vi sier fra."}, "nb")
OUTAGE = timedelta(minutes=20)
SIZES = [80, pytest.param(10_000, marks=pytest.mark.sweep)]


@dataclass
class Municipality:
    """The hub with all its ways out, and the families at their ends."""

    hub: LivingHub
    mail: MailWorld
    telegram: TelegramService
    clock: StoppedClock
    homes: list[Household]

    async def asker(self, first_name: str) -> Asker:
        named = sa.select(Staff).where(Staff.first_name == first_name)
        return as_staff(await self.hub.hub.desk.look(OPERATOR, lambda look: look.session.scalars(named).one()))

    async def until(self, is_so: Callable[[Counter[str]], bool], step: timedelta = timedelta(seconds=1)) -> None:
        """Let time go on, and all that is due be sent, until it is so of how far the deliveries are, by status."""
        async with asyncio.timeout(60 + len(self.homes) / 20):
            while not is_so(await self.hub.hub.desk.look(OPERATOR, count_statuses)):
                await self.pass_by(step)

    async def pass_by(self, step: timedelta) -> None:
        self.clock.move(step)
        await self.hub.hub.routines.prompt(BroadcastBot())
        await self.hub.hub.routines.climb()
        self.hub.hub.doorbell.ring([Ring(DELIVERIES)])
        await asyncio.sleep(0.02)

    async def send_to_all(self) -> str:
        """As the administrator does on the page; its hold is over."""

        def write(work: Work) -> str:
            place = get_place(work, Scope.OWNER, None)
            return send(work, place, Order(CLOSED, compose(work, place, CLOSED, Prices()).key, meant=True), Prices()).id

        id_ = await self.hub.hub.desk.work(await self.asker(ADMINISTRATOR), write)
        self.clock.move(HOLD)
        return id_

    async def raise_storm(self) -> str:
        def write(work: Work) -> str:
            place = get_place(work, Scope.OWNER, None)
            return begin_alarm(work, place, STORM, AlarmKind.EMERGENCY, is_drill=False).broadcast_id

        return await self.hub.hub.desk.work(await self.asker(ADMINISTRATOR), write)

    async def list_named(self, id_: str) -> list[tuple[str, str | None]]:
        """Whom the leaders of the schools see by name as not reached."""
        found = []
        for at in range(len(list_numbers(len(self.homes)))):
            leader = await self.asker(LEADER.format(at=at))
            progress = await self.hub.hub.desk.look(leader, read, id_)
            found += [(one.name, one.why) for one in progress.unreached]
        return found

    def of(self, *ways: Way) -> list[Household]:
        return [home for home in self.homes if home.way in ways]

    def texted(self) -> Counter[str]:
        """By phone of theirs, how many texts its provider took for it."""
        sent = [text for text in self.hub.provider.log.all() if text.direction.startswith("outbound")]
        theirs = {home.phone for home in self.homes}
        return Counter(text.recipient for text in sent if text.recipient in theirs)

    def mailed(self) -> Counter[str]:
        return Counter(to for _, to, _ in self.mail.relay.mails)

    def chatted(self) -> Counter[int]:
        return Counter(int(call["chat_id"]) for name, call in self.telegram.calls if name == "sendMessage")


def read(look: Look, id_: str) -> Progress:
    return read_progress(look, get_readable(look, id_))


def count_statuses(look: Look) -> Counter[str]:
    rows = look.session.execute(sa.select(Delivery.kind, Delivery.status, sa.func.count()).group_by("kind", "status"))
    return Counter({f"{kind} {status}": n for kind, status, n in rows})


def texts_taken(found: Counter[str]) -> int:
    return sum(
        n
        for each, n in found.items()
        if each.startswith(SMS) and RANK[Status(each.split()[1])] >= RANK[Status.ACCEPTED]
    )


def has_nothing_to_mail(found: Counter[str]) -> bool:
    """A clock that is moved by hand would else leave the relay behind."""
    return not any(found[f"{kind} {status}"] for kind in (MAIL, CHAT) for status in (Status.WAITING, Status.CLAIMED))


def is_at_rest(found: Counter[str]) -> bool:
    return not any(RANK[Status(each.split()[1])] < RANK[Status.ACCEPTED] for each in found)


@pytest.fixture
def families(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


@pytest.fixture
async def municipality(
    tmp_path: Path, store_url: str, clock: StoppedClock, families: int
) -> AsyncIterator[Municipality]:
    clock.move(timedelta(hours=3))
    async with a_mail_world() as mail, TelegramService() as telegram:
        ways: dict[str, Any] = {
            "mail": mail.settings(hold_port()),
            "chat": {"use": ["telegram"], "telegram": telegram_settings(telegram, says="all", pace_per_second=1000.0)},
        }
        async with living_hub(tmp_path, store_url, clock, manners=Manners(keeps=True), **ways) as hub:
            homes = list_households(families)
            for number in list_numbers(families):
                hub.provider.add_number(number)
            for home in homes:
                if home.way in (Way.LANDLINE, Way.LANDLINE_AND_MAIL):
                    hub.provider.add_landline(home.phone)
                if home.chat is not None:
                    telegram.person(home.chat)
            await hub.hub.desk.work(OPERATOR, load_municipality, families)
            yield Municipality(hub, mail, telegram, clock, homes)


@pytest.mark.parametrize("families", SIZES, indirect=True)
async def test_who_was_not_told_when_the_provider_went_down_is_told_when_it_is_back(municipality: Municipality) -> None:
    texted = len(municipality.of(Way.TEXT, Way.TEXT_AND_MAIL))
    id_ = await municipality.send_to_all()

    await municipality.until(lambda found: texts_taken(found) >= texted / 3)
    municipality.hub.provider.faults.provider_down = True
    taken = len(municipality.texted())
    for _ in range(int(OUTAGE / timedelta(seconds=30))):
        await municipality.pass_by(timedelta(seconds=30))
    meanwhile = municipality.texted()
    municipality.hub.provider.faults.provider_down = False
    await municipality.until(is_at_rest, timedelta(seconds=10))
    await municipality.hub.provider.at_rest(60)
    await municipality.until(is_at_rest)

    assert taken <= len(meanwhile) < texted
    assert municipality.texted() == dict.fromkeys([h.phone for h in municipality.of(Way.TEXT, Way.TEXT_AND_MAIL)], 1)
    assert municipality.mailed() == dict.fromkeys([h.mail for h in municipality.of(Way.MAIL, Way.LANDLINE_AND_MAIL)], 1)
    assert municipality.chatted() == dict.fromkeys([h.chat for h in municipality.of(Way.TELEGRAM)], 1)
    named = await municipality.list_named(id_)
    assert sorted(name for name, _ in named) == sorted(home.name for home in municipality.of(Way.LANDLINE))
    whole = await municipality.hub.hub.desk.look(await municipality.asker(ADMINISTRATOR), read, id_)
    assert whole.total == len(municipality.homes)
    assert whole.ends[End.FAILED] == len(named)
    assert whole.ends[End.REACHED] + whole.ends[End.SENT] == whole.total - len(named)


@pytest.mark.parametrize("families", SIZES, indirect=True)
async def test_in_an_emergency_a_provider_that_stays_down_leaves_nobody_unnamed(municipality: Municipality) -> None:
    texted = len(municipality.of(Way.TEXT, Way.TEXT_AND_MAIL))
    id_ = await municipality.raise_storm()

    await municipality.until(lambda found: texts_taken(found) >= texted / 3)
    municipality.hub.provider.faults.provider_down = True
    for _ in range(60):
        await municipality.pass_by(timedelta(seconds=30))
        await municipality.until(has_nothing_to_mail, timedelta(seconds=0.1))
    await municipality.hub.provider.at_rest(60)
    await municipality.pass_by(timedelta(seconds=1))

    ringing: set[str] = set()
    for at in range(len(list_numbers(len(municipality.homes)))):
        leader = await municipality.asker(LEADER.format(at=at))
        ringing |= set(await municipality.hub.hub.desk.look(leader, list_names_to_ring, id_))
    texts, mails, chats = municipality.texted(), municipality.mailed(), municipality.chatted()
    for home in municipality.homes:
        reached = [home.phone in texts, home.mail in mails, home.chat in chats]
        assert any(reached) or home.name in ringing, home
    assert not [home for home in municipality.homes if home.mail and not (home.mail in mails or home.phone in texts)]
    assert any(home.phone not in texts for home in municipality.of(Way.TEXT))


def list_names_to_ring(look: Look, id_: str) -> list[str]:
    return [line.guardian.name for line in list_to_ring(look, get_readable(look, id_))]


def test_the_municipality_has_families_of_every_way() -> None:
    homes = list_households(20)

    assert {home.way for home in homes} == set(Way)
    assert len({home.name for home in list_households(10_000)}) == 10_000
