"""Whatever goes wrong on a message's way in or out, its story says so in plain words, in the language of who reads it.

Source: security rules S9.3 to S9.8.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.desk import Look, StoreAwayError, Work
from hub.doorbell import ARRIVALS, DELIVERIES, Ring
from hub.people.families import GuardianAddress
from hub.people.places import Unit
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.channel import Inbound
from hub.post.circuit import FAILURES_IN_A_ROW
from hub.post.claims import LEASE, claim
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.due import Room
from hub.post.messages import Lane, Message
from hub.post.outbox import Outbox
from hub.post.pauses import find_pause
from hub.post.quiet_hours import QUIET_HOURS
from hub.post.reach_wishes import Reserved, reserve, set_quiet
from hub.safety.access import Reach
from hub.talk.heard import About, Heard, KnownChild, ListenerAwayError, Said
from hub.talk.reception import TRY_LIMIT
from hub.talk.story import tell
from hub.words import Words
from tests.blocks import block
from tests.faults.caller import count_unread
from tests.faults.test_store_away import AWAY
from tests.hub.post.outboxes import post_text
from tests.living_hub import OPERATOR, LivingHub, SharedListener, living_hub
from tests.patience import PATIENCE
from tests.rehearsal.problems import KNOWN

GUARDIAN, SEAT = "Anne Nordmann", "contact teacher 7A"
Inject = Callable[[LivingHub, StoppedClock], Awaitable[None]]


class Deaf(SharedListener):
    """A listener that is away."""

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        raise ListenerAwayError


@pytest.fixture
async def living(
    tmp_path: Path, village_store_url: str, clock: StoppedClock, request: pytest.FixtureRequest
) -> AsyncIterator[LivingHub]:
    listener = Deaf() if "the listener away" in request.node.name else None
    patience: dict[str, Any] = {"answer_seconds": 2.0} if "-silence]" in request.node.name else {}
    async with living_hub(tmp_path, village_store_url, clock, listener, **patience) as hub:
        yield hub


async def ask(living: LivingHub, who: str = GUARDIAN, words: str = "hjelp", seat: str = SEAT) -> None:
    await living.phone(who).text(living.village.number(seat).value, words)


async def go_on(
    living: LivingHub, clock: StoppedClock, until: Callable[[Sequence[Delivery]], bool], step: float = 5.0
) -> None:
    """Let time go on, so many seconds at a time, until what was sent stands so and nothing waits to be read."""
    async with asyncio.timeout(PATIENCE):
        while True:
            unread = await living.hub.desk.look(OPERATOR, count_unread)
            found = await living.hub.desk.look(OPERATOR, lambda look: list(look.session.scalars(sa.select(Delivery))))
            if found and not unread and until(found):
                return
            clock.move(timedelta(seconds=step))
            living.hub.doorbell.ring([Ring(DELIVERIES), Ring(ARRIVALS)])
            await asyncio.sleep(0.02)


def all_handed(deliveries: Sequence[Delivery]) -> bool:
    return all(delivery.rank >= RANK[Status.ACCEPTED] for delivery in deliveries)


def all_ended(deliveries: Sequence[Delivery]) -> bool:
    return all(delivery.ended_at is not None for delivery in deliveries)


def all_in_trouble(deliveries: Sequence[Delivery]) -> bool:
    return all(delivery.troubles for delivery in deliveries)


async def stories(living: LivingHub, language: str, message_id: str | None = None) -> str:
    """Everything that every message there is, or this one, tells of itself, to somebody who serves everywhere."""

    def everything(look: Look) -> str:
        words = Words(language)
        units = frozenset(look.session.scalars(sa.select(Unit.id)))
        reach = Reach("", living.village.owners["fjordvik"].id, units, frozenset(), units, frozenset(), frozenset())
        asked = sa.true() if message_id is None else Message.id == message_id
        messages = look.session.scalars(sa.select(Message).where(asked).order_by(Message.id))
        told = [line.text for message in messages for line in tell(look, reach, message, words)]
        apart = look.session.scalars(sa.select(Arrival).where(Arrival.state != ArrivalState.FILED))
        return "\n".join([*told, *(words.say("sending.set_apart", code=arrival.reason) for arrival in apart)])

    return await living.hub.desk.look(OPERATOR, everything)


def provider(plan: Callable[[LivingHub], object], until: Callable[[Sequence[Delivery]], bool] = all_handed) -> Inject:
    async def inject(living: LivingHub, clock: StoppedClock) -> None:
        plan(living)
        await ask(living)
        await go_on(living, clock, until)
        await living.provider.at_rest(PATIENCE)

    return inject


async def out_of_reach(living: LivingHub, clock: StoppedClock) -> None:
    living.phone(GUARDIAN).undelivered_code = 30003
    await ask(living)
    await go_on(living, clock, all_ended)


async def switched_off(living: LivingHub, clock: StoppedClock) -> None:
    await living.hub.desk.work(OPERATOR, post_text, living.village, "Husk gymtøy")
    living.phone(GUARDIAN).switch_off()
    await go_on(living, clock, all_handed)


async def callbacks_lost(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.callbacks_lost = 1.0
    await ask(living)
    await go_on(living, clock, all_handed)


async def network_forgets(living: LivingHub, clock: StoppedClock) -> None:
    await living.hub.desk.work(OPERATOR, post_text, living.village, "Husk gymtøy")
    living.phone(GUARDIAN).become_unknown()
    await go_on(living, clock, all_ended)


async def too_late(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.refuse(20003, times=None)
    await ask(living)
    await go_on(living, clock, all_ended, step=1200.0)


async def account_refused(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.refuse(20003, times=None)
    await ask(living)
    await go_on(living, clock, all_in_trouble)


async def abroad(living: LivingHub, clock: StoppedClock) -> None:
    def move_abroad(work: Work) -> None:
        post_text(work, living.village, "Husk gymtøy")
        work.session.execute(
            sa.update(GuardianAddress)
            .values(value="+4915112345678")
            .where(GuardianAddress.id == living.village.addresses[living.village.guardian(GUARDIAN).id][0].id)
        )
        work.session.execute(sa.update(Delivery).values(recipient="+4915112345678"))

    await living.hub.desk.work(OPERATOR, move_abroad)
    await go_on(living, clock, all_ended)


async def killed(living: LivingHub, clock: StoppedClock, times: int = 1) -> None:
    """What a hub that is killed right after it wrote its attempt leaves, and another that goes on."""
    await living.hub.outbox.stop()
    await ask(living)
    async with asyncio.timeout(PATIENCE):
        while not await living.hub.desk.look(OPERATOR, lambda look: look.session.scalar(sa.select(Delivery.id))):
            await asyncio.sleep(0.01)
    for _ in range(times):
        await living.hub.desk.work(OPERATOR, claim, Room(1))
        clock.move(LEASE + timedelta(seconds=1))
    async with another_outbox(living):
        await go_on(living, clock, all_handed)


@asynccontextmanager
async def another_outbox(living: LivingHub) -> AsyncIterator[None]:
    hub = living.hub
    outbox = Outbox(hub.desk, hub.channels, hub.doorbell, random.Random(1))
    running = asyncio.create_task(outbox.run())
    try:
        yield
    finally:
        await outbox.stop()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def killed_again_and_again(living: LivingHub, clock: StoppedClock) -> None:
    await killed(living, clock, times=4)


async def store_away(living: LivingHub, clock: StoppedClock) -> None:
    hub = living.hub
    number, phone = living.village.number(SEAT).value, living.village.phone(GUARDIAN)
    sid = "SM" + "7" * 32
    inbound = Inbound("twilio", f"twilio:{sid}", Address(SMS, phone), Address(SMS, number), "hjelp", sid)
    away = AWAY["sqlite" if hub.desk.url.startswith("sqlite") else "postgresql"][0]
    async with away(hub.desk):
        assert await hub.inbox.receive(inbound)
    clock.move(timedelta(minutes=8))
    await drain(living)
    await go_on(living, clock, all_handed)


async def drain(living: LivingHub) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(StoreAwayError):
                if await living.hub.inbox.drain():
                    return
            await asyncio.sleep(0.05)


async def webhook_lost(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.webhooks_lost = True
    await ask(living)
    living.provider.faults.webhooks_lost = False
    clock.move(timedelta(minutes=4))
    await living.hub.routines.ask_what_was_missed("twilio")
    await go_on(living, clock, all_handed)


async def never_tried(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.provider_down = True
    await post_behind_others(living)


async def never_tried_at_all(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.refuse(20003, times=None)
    await post_behind_others(living)


async def post_behind_others(living: LivingHub) -> str:
    """What fails for others keeps this text from being tried; the id of its message."""
    for _ in range(FAILURES_IN_A_ROW):
        await living.hub.desk.work(OPERATOR, post_text, living.village, "Husk gymtøy")
    async with asyncio.timeout(PATIENCE):
        while not await living.hub.desk.look(OPERATOR, lambda look: find_pause(look, "twilio")):
            await asyncio.sleep(0.01)
    (id_,) = await living.hub.desk.work(OPERATOR, post_text, living.village, "Husk matpakke", "Ola Nordmann")
    held = await living.hub.desk.look(OPERATOR, lambda look: look.session.get_one(Delivery, id_))
    assert (held.status, held.tries, held.troubles) == (Status.WAITING, 0, None)
    return held.message_id


async def deaf(living: LivingHub, clock: StoppedClock) -> None:
    await ask(living, words="Kari er syk i dag")
    await go_on(living, clock, all_handed)


async def stranger(living: LivingHub, clock: StoppedClock) -> None:
    await living.provider.phone("+4740000999").text(living.village.number(SEAT).value, "Hei")
    await go_on(living, clock, all_handed)


async def resting(living: LivingHub, clock: StoppedClock) -> None:
    await living.phone(GUARDIAN).text(living.village.number("resting").value, "Hei")
    await go_on(living, clock, all_handed)


async def parked(living: LivingHub, clock: StoppedClock) -> None:
    await living.hub.reception.stop()
    async with asyncio.timeout(PATIENCE):
        while any(task.get_name() == "reception" for task in asyncio.all_tasks()):
            await asyncio.sleep(0.01)
    await ask(living)
    await living.hub.desk.work(OPERATOR, lambda work: work.session.execute(sa.update(Arrival).values(tries=TRY_LIMIT)))
    await living.hub.reception.answer_waiting()


async def protected(living: LivingHub, clock: StoppedClock) -> None:
    await ask(living, "Ragnhild Lien", "Kan jeg hente tidlig?", "contact teacher 1A")
    await go_on(living, clock, all_handed)


async def confirmed_long_ago(living: LivingHub, clock: StoppedClock) -> None:
    def make_old(work: Work) -> None:
        work.session.execute(sa.update(GuardianAddress).values(confirmed_at=work.now - timedelta(days=240)))

    await living.hub.desk.work(OPERATOR, make_old)
    await ask(living, words="Kari er syk i dag")
    await go_on(living, clock, all_handed)


async def stop_at_the_provider(living: LivingHub, clock: StoppedClock) -> None:
    await ask(living, words="STOP")
    await living.hub.desk.work(OPERATOR, post_text, living.village, "Husk gymtøy", lane=Lane.REPLY)
    await go_on(living, clock, all_ended)


async def stopped_with_us(living: LivingHub, clock: StoppedClock) -> None:
    def stop_and_post(work: Work) -> None:
        work.session.execute(sa.update(GuardianAddress).values(stopped_at=work.now, stopped_by="guardian"))
        post_text(work, living.village, "Husk gymtøy", lane=Lane.ORDINARY)

    await living.hub.desk.work(OPERATOR, stop_and_post)
    await go_on(living, clock, all_ended)


async def blocked_meanwhile(living: LivingHub, clock: StoppedClock) -> None:
    village = living.village

    def post_and_block(work: Work) -> None:
        post_text(work, village, "Kari kom i dag", about=["Kari Nordmann"])
        block(work, village, GUARDIAN, "Kari Nordmann")

    await living.hub.desk.work(OPERATOR, post_and_block)
    await go_on(living, clock, all_ended)


async def shown_no_more(living: LivingHub, clock: StoppedClock) -> None:
    """The words were to go by text message when they were written, and may not any more."""

    def protect(work: Work) -> None:
        post_text(work, living.village, "Kari kom i dag", about=["Kari Nordmann"])
        work.session.get_one(
            type(living.village.child("Kari Nordmann")), living.village.child("Kari Nordmann").id
        ).protected = True

    await living.hub.desk.work(OPERATOR, protect)
    await go_on(living, clock, all_ended)


def wished(wish: Callable[[Work, LivingHub], object], until: Callable[[Sequence[Delivery]], bool]) -> Inject:
    """What a family wishes stands in the way of a text that does not hurry."""

    async def inject(living: LivingHub, clock: StoppedClock) -> None:
        def both(work: Work) -> None:
            wish(work, living)
            post_text(work, living.village, "Husk ski", lane=Lane.ORDINARY)

        await living.hub.desk.work(OPERATOR, both)
        await go_on(living, clock, until)

    return inject


def no_sms(work: Work, living: LivingHub) -> None:
    reserve(work, living.village.guardian(GUARDIAN), SMS, Reserved.ALL, "test")


def all_day_quiet(work: Work, living: LivingHub) -> None:
    set_quiet(work, living.village.guardian(GUARDIAN), (time(0, 0), time(23, 59)), "test")


def all_held(deliveries: Sequence[Delivery]) -> bool:
    return all(delivery.reason == QUIET_HOURS for delivery in deliveries)


FAULTS: dict[str, tuple[Inject, str, str]] = {
    "a family that said no to texts": (
        wished(no_sms, all_ended),
        "the recipient has said no to texts",
        "mottakeren har sagt nei til SMS",
    ),
    "quiet hours": (
        wished(all_day_quiet, all_held),
        "it is quiet hours in the family",
        "det er stilletid hos familien",
    ),
    "too many at once": (
        provider(lambda living: living.provider.faults.too_many(1)),
        "the provider had too much to do and asked us to wait",
        "leverandøren hadde for mye å gjøre og ba oss vente",
    ),
    "a fault, and nothing went": (
        provider(lambda living: living.provider.faults.error(sent=False)),
        "An attempt did not succeed: the provider had a fault.",
        "Et forsøk lyktes ikke: det var en feil hos leverandøren.",
    ),
    "a fault, and it went": (
        provider(lambda living: living.provider.faults.error(sent=True), all_in_trouble),
        "An attempt did not succeed: the provider had a fault.",
        "Et forsøk lyktes ikke: det var en feil hos leverandøren.",
    ),
    "silence": (
        provider(lambda living: living.provider.faults.silence(sent=True), all_in_trouble),
        "the provider did not answer, so nobody knows whether it went",
        "leverandøren svarte ikke, så ingen vet om den gikk",
    ),
    "nonsense": (
        provider(lambda living: living.provider.faults.nonsense(sent=True), all_in_trouble),
        "the provider gave an answer that makes no sense",
        "leverandøren ga et svar uten mening",
    ),
    "a reset connection": (
        provider(lambda living: living.provider.faults.reset(sent=True), all_in_trouble),
        "the provider did not answer, so nobody knows whether it went",
        "leverandøren svarte ikke, så ingen vet om den gikk",
    ),
    "faults without end": (
        provider(lambda living: living.provider.faults.error(times=None), all_ended),
        "nobody knows whether it arrived",
        "ingen vet om den kom fram",
    ),
    "the provider down": (
        provider(lambda living: setattr(living.provider.faults, "provider_down", True), all_in_trouble),
        "An attempt did not succeed: the provider did not answer",
        "Et forsøk lyktes ikke: leverandøren svarte ikke",
    ),
    "refused until it is too late": (too_late, "its time ran out", "fristen gikk ut"),
    "the account refused, so that the whole channel rests": (
        account_refused,
        "the provider refuses our account, so nothing goes until that is mended",
        "leverandøren avviser kontoen vår, så ingenting går før det er rettet",
    ),
    "a country that is not ours": (
        abroad,
        "the country is not one that texts may go to",
        "landet er ikke et som meldinger kan sendes til",
    ),
    "a phone out of reach": (
        out_of_reach,
        "did not arrive, the phone was off or out of reach",
        "kom ikke fram, telefonen var av eller utenfor dekning",
    ),
    "a phone switched off": (
        switched_off,
        "The phone has not confirmed it yet: it may be off or out of reach.",
        "Telefonen har ikke bekreftet den ennå: den kan være av eller utenfor dekning.",
    ),
    "callbacks lost": (
        callbacks_lost,
        "The phone has not confirmed it yet",
        "Telefonen har ikke bekreftet den ennå",
    ),
    "a number that its network does not know": (network_forgets, "nobody has this number", "ingen har dette nummeret"),
    "killed in an attempt": (killed, "Budbok stopped during an attempt.", "Budbok stanset under et forsøk."),
    "killed again and again": (
        killed_again_and_again,
        "set aside after repeated faults",
        "satt til side etter gjentatte feil",
    ),
    "the store away": (
        store_away,
        "The store was away when it came, so it lay in the spool until 07:2",
        "Lageret var borte da den kom, så den lå i mellomlageret til kl. 07.2",
    ),
    "only in the provider's log": (
        webhook_lost,
        "The provider had not told us of it; we found it in the provider's log at 07:16.",
        "Leverandøren hadde ikke meldt fra om den; vi fant den i leverandørens logg kl. 07.16.",
    ),
    "never tried, as the provider does not answer others": (
        never_tried,
        "It waits: the provider does not answer as it should. It is tried again at 07:12.",
        "Den venter: leverandøren svarer ikke som den skal. Det prøves igjen kl. 07.12.",
    ),
    "never tried, as the provider refuses the account": (
        never_tried_at_all,
        "It waits: the provider refuses our account, so nothing goes until that is mended. It is tried again at 07:12.",
        "Den venter: leverandøren avviser kontoen vår, så ingenting går før det er rettet. Det prøves igjen kl. 07.12.",
    ),
    "the listener away": (deaf, "The listener was away.", "Tolkeren var borte."),
    "an unknown sender": (
        stranger,
        "Nobody we know has this number, so it is kept apart",
        "Ingen vi kjenner, har dette nummeret, så den er holdt for seg",
    ),
    "a number that rests": (resting, "It came to a number that rests", "Den kom til et nummer som hviler"),
    "parked at reception": (
        parked,
        "Budbok failed to answer it several times",
        "Budbok klarte ikke å svare på den etter flere forsøk",
    ),
    "a notice only": (
        protected,
        "Only a short notice went by text message",
        "Bare et kort varsel gikk på SMS",
    ),
    "confirmed long ago": (
        confirmed_long_ago,
        "The number was confirmed long ago",
        "Nummeret ble bekreftet for lenge siden",
    ),
    "STOP at the provider": (
        stop_at_the_provider,
        "the recipient has said STOP to the provider, which lets nothing through",
        "mottakeren har sagt STOPP til leverandøren, som ikke slipper noe gjennom",
    ),
    "STOP with us": (
        stopped_with_us,
        "the recipient wants important messages only",
        "mottakeren vil bare ha viktige meldinger",
    ),
    "a block set meanwhile": (
        blocked_meanwhile,
        "the recipient has no right to this any more",
        "mottakeren har ikke lenger rett til å få dette",
    ),
    "words that may not go any more": (
        shown_no_more,
        "its words must not go by text message any more",
        "ordene må ikke lenger gå på SMS",
    ),
}


@pytest.mark.capability("N-21")
@pytest.mark.parametrize("name", FAULTS)
async def test_the_story_names_what_went_wrong(living: LivingHub, clock: StoppedClock, name: str) -> None:
    inject, english, norwegian = FAULTS[name]

    await inject(living, clock)

    assert english in await stories(living, "en")
    assert norwegian in await stories(living, "nb")
    for language in ("nn", "sv", "fi"):
        assert await stories(living, language)


@pytest.mark.capability("N-21")
async def test_a_text_that_waits_for_the_provider_alone_says_so_until_the_provider_answers(
    living: LivingHub, clock: StoppedClock
) -> None:
    living.provider.faults.provider_down = True
    message = await post_behind_others(living)

    held = await stories(living, "en", message)
    living.provider.faults.clear()
    await go_on(living, clock, all_handed)
    gone = await stories(living, "en", message)

    assert "An attempt did not succeed" not in held
    assert "It waits: the provider does not answer as it should." in held
    assert "It waits" not in gone


@pytest.mark.capability("N-21")
async def test_a_text_for_later_does_not_wait_for_the_provider(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.provider_down = True
    await post_behind_others(living)

    later = timedelta(hours=1)
    (id_,) = await living.hub.desk.work(OPERATOR, post_text, living.village, "Husk ski", "Lene Berg", hold=later)
    message = await living.hub.desk.look(OPERATOR, lambda look: look.session.get_one(Delivery, id_).message_id)

    assert "It waits" not in await stories(living, "en", message)


@pytest.mark.capability("N-21")
@pytest.mark.parametrize("language", ["nb", "nn", "sv", "fi", "en"])
@pytest.mark.parametrize("code", [*KNOWN, 30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008])
def test_every_no_of_the_provider_has_plain_words(code: int, language: str) -> None:
    said = Words(language).say("sending.cause", code=str(code))

    assert len(said) > 10
    assert not any(letter.isdigit() for letter in said)


@pytest.mark.capability("N-21")
@pytest.mark.parametrize("code", [21211, 21408, 21610, 21635])
async def test_a_refusal_of_the_provider_is_told_in_the_story(
    living: LivingHub, clock: StoppedClock, code: int
) -> None:
    await provider(lambda living: living.provider.faults.refuse(code), all_ended)(living, clock)

    assert Words("nb").say("sending.cause", code=str(code)) in await stories(living, "nb")
