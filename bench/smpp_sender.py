"""`python -m bench.smpp_sender channel|client PORT COUNT WINDOW`: sends texts, so many unanswered at a time, and prints how
many a second were taken. The channel is ours; the client is smpp34's alone, with the octets ready."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import cast

import smpp34
from aiohttp import web

from channels.sms.smpp import SmppChannel
from channels.sms.smpp_settings import SmppSettings
from hub.address import SMS, Address
from hub.outside import Outside
from hub.post.channel import Envelope, Inbox

TEXT = "Notert: Kåre er syk i dag, mandag 3. mars. Feil? Svar ANGRE."
OCTETS = TEXT.replace("å", "\x0f").encode()
SENDER, RECIPIENT = "4759000017", "4740000101"
WARM_UP = 200
Send = Callable[[int], Awaitable[object]]


async def spread(send: Send, count: int, window: int) -> float:
    """Texts a second."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await send(number)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(window)))
    return count / (time.perf_counter() - began)


async def by_channel(port: int, count: int, window: int) -> float:
    told = {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "bench",
        "password": "bench",
        "tls": False,
        "window": window,
        "pace_per_second": 1_000_000,
    }
    channel = SmppChannel(SmppSettings.model_validate(told), Outside(), "http://127.0.0.1", chance=random.Random(1))
    runner = web.AppRunner(channel.listen(cast(Inbox, None)))  # nothing comes in
    await runner.setup()
    while await channel.check():
        await asyncio.sleep(0.01)
    sender, recipient = Address(SMS, f"+{SENDER}"), Address(SMS, f"+{RECIPIENT}")

    async def send(number: int) -> None:
        await channel.send(Envelope(f"{number:026d}", sender, recipient, TEXT))

    try:
        await spread(send, WARM_UP, window)
        return await spread(send, count, window)
    finally:
        await runner.cleanup()


async def by_client(port: int, count: int, window: int) -> float:
    client = smpp34.Client("127.0.0.1", port, "bench", "bench", bind_type="TRX", window_size=window)
    smsc = await client.connect()

    async def send(_: int) -> None:
        answer = await smsc.submit_sm(
            RECIPIENT,
            OCTETS,
            source_addr=SENDER,
            source_addr_ton=1,
            source_addr_npi=1,
            dest_addr_ton=1,
            dest_addr_npi=1,
            registered_delivery=1,
        )
        if not answer.is_success:
            raise RuntimeError("the sink refused a text")

    await spread(send, WARM_UP, window)
    rate = await spread(send, count, window)
    await smsc.unbind()
    return rate


if __name__ == "__main__":
    kind, *numbers = sys.argv[1:]
    senders = {"channel": by_channel, "client": by_client}
    print(asyncio.run(senders[kind](*map(int, numbers))), flush=True)
    os._exit(0)  # a session of the client's that is still open ends the interpreter badly
