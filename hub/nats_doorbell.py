"""A doorbell that rings in every hub of a store, by way of NATS JetStream. It carries topics and ids and nothing else.

The store stays the ledger: whatever becomes of the broker, whoever waits looks by itself, and a hub that may have missed a
ring looks at everything again. So a broker that is away, empty or new costs seconds. Source: security rules S9.2 and S10.1.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from hub.doorbell import ALARMS, ARRIVALS, DELIVERIES, LIVE, MARKS, LocalDoorbell, Ring

log = logging.getLogger(__name__)
STREAM, SUBJECT = "BUDBOK_RINGS", "budbok.rings"
TOPICS = (ARRIVALS, DELIVERIES, LIVE, ALARMS, MARKS)
KEPT_SECONDS = 60
KEPT_BYTES = 64 * 1024 * 1024
LOOK_SECONDS = 2.0
LOOK_ALONE_SECONDS = 6.0
"""So often everything is looked at by pages that are open, while nobody passes on what other hubs wrote."""
CONNECT_SECONDS = 2
LONGEST_LOOK_SECONDS = 5.0
RINGS_A_MESSAGE = 500
LONGEST_BYTES = 64 * 1024


class AnotherStreamError(NatsError):
    """The broker has a stream of this name that does not keep our rings: somebody else's."""


class NatsDoorbell(LocalDoorbell):
    """Rings here at once, and in the other hubs as soon as the broker has passed it on."""

    def __init__(self, servers: str, token: str = "", queue_size: int = 256) -> None:
        super().__init__(queue_size)
        self._servers = [server.strip() for server in servers.split(",")]
        self._token = token
        self._name = secrets.token_hex(8)
        self._client: Client | None = None
        self._made: Any = None
        self._subscription: JetStreamContext.PushSubscription | None = None
        self._trouble = ""
        self._watching: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        """Whether the other hubs hear this one."""
        return self._subscription is not None and self._client is not None and self._client.is_connected

    def ring(self, rings: Iterable[Ring]) -> None:
        heard = list(rings)
        super().ring(heard)
        if not self.is_connected:
            return
        said = list(dict.fromkeys((ring.topic, ring.id) for ring in heard))
        for begin in range(0, len(said), RINGS_A_MESSAGE):
            task = asyncio.ensure_future(self._pass_on(said[begin : begin + RINGS_A_MESSAGE]))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def start(self) -> None:
        """Go on trying until it is stopped; a hub serves without a broker too."""
        await self._look_after()
        self._watching = asyncio.create_task(self._go_on(), name="doorbell")

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        if self._sending:
            await asyncio.wait(self._sending, timeout=CONNECT_SECONDS)
        await self._hang_up()

    async def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._look_after()
            if self.is_connected:
                looked = loop.time()
            elif loop.time() - looked >= LOOK_ALONE_SECONDS:
                super().ring([Ring(LIVE)])
                looked = loop.time()

    async def _look_after(self) -> None:
        """See to it that this hub is connected, that the stream is there, and that it is heard: otherwise begin anew, so that
        nothing is left of what was before."""
        try:
            async with asyncio.timeout(LONGEST_LOOK_SECONDS):
                if (
                    self._client is None
                    or not self._client.is_connected
                    or await self._find_stream(self._client) != self._made
                ):
                    await self._begin_anew()
        except Exception as error:  # whatever stands there in a broker's place, the hub goes on without it
            await self._hang_up()
            if (trouble := type(error).__name__) != self._trouble:
                log.warning("the doorbell rings in this hub alone", extra={"error": trouble})
                self._trouble = trouble

    async def _begin_anew(self) -> None:
        """Be heard by a connection of one's own, and have everything looked at."""
        await self._hang_up()
        client = self._client = Client()
        await client.connect(
            servers=self._servers,
            name=f"budbok {self._name}",
            token=self._token or None,
            connect_timeout=CONNECT_SECONDS,
            allow_reconnect=False,
            error_cb=_say_error,
        )
        self._made = await self._find_stream(client)
        self._subscription = await client.jetstream(timeout=CONNECT_SECONDS).subscribe(
            SUBJECT,
            stream=STREAM,
            cb=self._hear,
            ordered_consumer=True,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW),
        )
        self._trouble = ""
        super().ring([Ring(topic) for topic in TOPICS])
        log.info("the doorbell rings in all hubs")

    async def _hang_up(self) -> None:
        client, subscription = self._client, self._subscription
        self._client = self._subscription = None
        with suppress(Exception):
            async with asyncio.timeout(CONNECT_SECONDS):
                if subscription is not None and client is not None and client.is_connected:
                    await subscription.unsubscribe()
                if client is not None:
                    await client.close()

    async def _find_stream(self, client: Client) -> Any:
        """When it was made, which it is where it is not there: another stream of the same name is another moment."""
        stream = client.jetstream(timeout=CONNECT_SECONDS)
        try:
            found = await stream.stream_info(STREAM)
        except nats.js.errors.NotFoundError:
            config = StreamConfig(
                name=STREAM,
                subjects=[SUBJECT],
                storage=StorageType.MEMORY,
                retention=RetentionPolicy.LIMITS,
                discard=DiscardPolicy.OLD,
                max_age=KEPT_SECONDS,
                max_bytes=KEPT_BYTES,
            )
            found = await stream.add_stream(config)
        if found.config.subjects != [SUBJECT] or found.config.retention != RetentionPolicy.LIMITS:
            raise AnotherStreamError
        return found.created

    async def _pass_on(self, said: Sequence[tuple[str, str]]) -> None:
        """Lost where the broker does not take it: the others look by themselves."""
        if self._client is None:
            return
        with suppress(NatsError, OSError):
            await self._client.publish(SUBJECT, json.dumps([self._name, said], separators=(",", ":")).encode())

    async def _hear(self, message: Msg) -> None:
        try:
            if len(message.data) > LONGEST_BYTES:
                raise ValueError("no hub says so much at a time")
            name, said = json.loads(message.data)
            rings = [Ring(topic, id_) for topic, id_ in said if topic in TOPICS and isinstance(id_, str)]
        except (ValueError, TypeError, RecursionError):
            log.warning("the broker passed on what no hub says")
            return
        if name != self._name:
            super().ring(rings)


async def _say_error(error: Exception) -> None:
    log.info("the broker told of an error", extra={"error": type(error).__name__})
