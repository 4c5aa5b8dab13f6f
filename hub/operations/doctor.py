"""`budbok doctor`: looks at everything the hub stands on, and says of each what is wrong and what to do about it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from hub.address import SMS
from hub.chosen_parts import build_channels, build_letters, load_part, private_hosts
from hub.clock import Clock
from hub.config import Settings
from hub.operations.findings import Finding, Grade, fine, hint, wrong
from hub.operations.machine import PUBLIC_ADDRESS, check_machine
from hub.operations.provider_check import check_letters, check_provider
from hub.operations.store_check import check_store
from hub.outside import Outside
from hub.post.chats import Road
from hub.post.scanner import Scanner, ScannerAwayError
from hub.talk.heard import Listener, ListenerAwayError

Say = Callable[[str], None]


async def examine(
    settings: Settings,
    config: Path,
    secrets: Path | None,
    clock: Clock,
    say: Say,
    *,
    fix: bool = False,
    as_json: bool = False,
) -> int:
    """Say each finding. The exit code: 0 nothing is wrong, 1 something is. Raises: SettingsError."""
    bad = 0
    async for finding in _examine(settings, config, secrets, clock, fix):
        bad += finding.grade is Grade.WRONG
        say(json.dumps(finding.as_json(), ensure_ascii=False) if as_json else finding.line())
    if not as_json:
        say("Nothing is wrong." if not bad else "One thing is wrong." if bad == 1 else f"{bad} things are wrong.")
    return 1 if bad else 0


async def _examine(
    settings: Settings, config: Path, secrets: Path | None, clock: Clock, fix: bool
) -> AsyncIterator[Finding]:
    async with Outside(private_hosts(settings)) as outside:
        channels = build_channels(settings, outside)
        letters = build_letters(settings, outside)
        yield fine("settings", f"{config} and its secrets say all that is needed.")
        for finding in check_machine(settings, config, secrets):
            yield finding
            if finding.about == PUBLIC_ADDRESS and finding.grade is Grade.WRONG:
                fix = False  # no number is to tell an address that is not this hub's
        yield check_prices(settings)
        yield await check_scanner(settings.files.scanner)
        hub = settings.hub
        found, numbers = await asyncio.to_thread(check_store, hub.url, hub.data, clock, is_shared=bool(hub.nats))
        for finding in found:
            yield finding
        yield await _check_listener(load_part("listeners", settings.listener)())
        known = {value for values in numbers.values() for _, value in values}
        for name, channel in channels.items():
            address = settings.channels.get(channel.kind, {}).get(name, {}).get("api_url")
            if isinstance(channel, Road) and channel.number not in known:
                yield wrong(
                    f"provider {name}",
                    "the number that speaks for it is none in the register: nothing that comes in there is read.",
                    f"Write one into channels.{channel.kind}.{name}.number.",
                )
            async for finding in check_provider(channel, numbers.get(name, []), address, outside, clock, fix=fix):
                yield finding
        for service in letters:
            async for finding in check_letters(service):
                yield finding


def check_prices(settings: Settings) -> Finding:
    """A ceiling in money holds only where the hub knows what a text costs."""
    allowed = settings.channels.get(SMS, {}).get("countries", ())
    unknown = sorted(set(allowed) - settings.caps.prices.keys())
    if settings.caps.prices and allowed and not unknown:
        return fine("caps", "every country that texts may go to has a price.")
    return hint(
        "caps",
        f"nothing says what a text costs to {', '.join(unknown) or 'some countries'}; no ceiling in money counts it.",
        "Write the price of one part into caps.prices; the caps in texts hold meanwhile.",
    )


async def check_scanner(address: str) -> Finding:
    """Files that come in wait while it is away, and none can be put up."""
    if not address:
        return hint(
            "scanner",
            "no file is scanned for viruses; pictures are made anew, and PDF files without what runs.",
            "Set up clamd, and write it into files.scanner.",
        )
    try:
        await Scanner(address).check()
    except ScannerAwayError:
        return wrong(
            "scanner", "the virus scanner does not answer: files wait.", "See whether clamd runs, and where it listens."
        )
    return fine("scanner", "it answers.")


async def _check_listener(listener: Listener) -> Finding:
    try:
        await listener.start()
    except (ListenerAwayError, OSError):
        return wrong("listener", "it does not start.", "Run `make install`, and see what it says on standard error.")
    finally:
        await listener.stop()
    return fine("listener", "it starts and understands.")
