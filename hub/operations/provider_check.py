"""What `budbok doctor` asks a provider: is it reachable, does it know us, what time is it there, and do our numbers lead
here; and what it asks of digital post."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from hub.clock import Clock
from hub.mailroom.service import LetterService
from hub.operations.findings import Finding, fine, wrong
from hub.operations.store_check import judge_clock
from hub.outside import Outside, OutsideError
from hub.post.channel import Channel, SendError


class Pointer(Protocol):
    """Where a provider tells of texts to a number; `is_right` tells of calls, too, where it takes them."""

    number: str
    current: str | None
    wanted: str

    @property
    def is_right(self) -> bool: ...


@runtime_checkable
class PointedChannel(Protocol):
    """A channel whose provider has to be told, number by number, where we are."""

    async def webhooks(self, numbers: Iterable[str]) -> Sequence[Pointer]: ...

    async def point_here(self, number: str) -> None: ...


@runtime_checkable
class WholePointedChannel(Protocol):
    """A channel whose provider has to be told once where we are, for everything that comes in."""

    async def is_pointed_here(self) -> bool: ...

    async def point_here(self) -> None: ...


async def check_provider(
    channel: Channel,
    numbers: Sequence[tuple[str, str]],
    address: str | None,
    outside: Outside,
    clock: Clock,
    *,
    fix: bool,
) -> AsyncIterator[Finding]:
    """`numbers` are source ids with their values; `address` is where the provider's interface is, as the settings say."""
    about = f"provider {channel.name}"
    faults = await channel.check()
    for sentence in faults:
        yield wrong(about, sentence, f"See the settings of channels.{channel.kind}.{channel.name}.")
    if not faults:
        yield fine(about, "it answers, and knows our account.")
    if address is not None and (finding := await _check_clock(channel.name, address, outside, clock)):
        yield finding
    if isinstance(channel, WholePointedChannel) and not faults:
        yield await _check_pointer(about, channel, fix)
    if isinstance(channel, PointedChannel) and numbers:
        async for finding in _check_numbers(about, channel, {value: id_ for id_, value in numbers}, fix):
            yield finding


async def check_letters(service: LetterService) -> AsyncIterator[Finding]:
    """What is wrong with a service of digital post, or soon will be."""
    about = f"digital post {service.name}"
    faults = await service.check()
    for sentence in faults:
        yield wrong(about, sentence, f"See the settings of channels.letters.{service.name}.")
    if not faults:
        yield fine(about, "it answers, and takes letters from us.")


async def _check_pointer(about: str, channel: WholePointedChannel, fix: bool) -> Finding:
    try:
        if await channel.is_pointed_here():
            return fine(about, "what comes in there is told to this hub.")
        if not fix:
            return wrong(about, "what comes in there is not told to this hub.", "Run `budbok doctor --fix`.")
        await channel.point_here()
    except SendError as error:
        return wrong(about, f"it could not be pointed here ({error.reason}).", "See its page in docs/.")
    return fine(about, "now leads here.")


async def _check_clock(name: str, address: str, outside: Outside, clock: Clock) -> Finding | None:
    """None when the provider does not say; that it cannot be reached is told elsewhere."""
    try:
        answer = await outside.request("HEAD", address, hosts=(urlsplit(address).netloc,))
        there = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (OutsideError, ValueError):
        return None
    return judge_clock(f"{name}'s", _aware(there, clock.now()) - clock.now())


def _aware(moment: datetime, like: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=like.tzinfo)


async def _check_numbers(
    about: str, channel: PointedChannel, names: dict[str, str], fix: bool
) -> AsyncIterator[Finding]:
    try:
        pointers = await channel.webhooks(names)
    except SendError as error:
        yield wrong(about, f"its numbers cannot be read ({error.reason}).", "Try again when it answers.")
        return
    right = 0
    for pointer in pointers:
        number = f"number {names[pointer.number]}"
        if pointer.is_right:
            right += 1
        elif pointer.current is None:
            yield wrong(number, "the account has no such number.", "Buy it there, or take it out of the register.")
        elif not fix:
            is_called = pointer.current == pointer.wanted
            what = "who calls it" if is_called else "what is texted to it"
            yield wrong(number, f"{what} is not told to this hub.", "Run `budbok doctor --fix`.")
        else:
            yield await _point_here(channel, number, pointer.number)
    if right:
        yield fine("numbers", f"{right} lead here.")


async def _point_here(channel: PointedChannel, about: str, number: str) -> Finding:
    try:
        await channel.point_here(number)
    except SendError as error:
        return wrong(
            about, f"it could not be pointed here ({error.reason}).", "Point it here in the provider's console."
        )
    return fine(about, "now leads here.")
