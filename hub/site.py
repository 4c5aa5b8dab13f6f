"""The shape of a site: pages on one of the two ports, built once from what the hub hands it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry

from hub.clock import Clock
from hub.config import Settings
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.post.channel import Inbox
from hub.post.push_devices import PushRoad
from hub.post.scanner import Scanner
from hub.seal import Seal
from hub.sign_in.identity import Identity
from hub.talk.bot import Bot
from hub.talk.heard import Listener


@dataclass(frozen=True, slots=True)
class SiteParts:
    """What a site needs. `readiness` says, by short codes, why the hub is not ready; an empty list when it is."""

    desk: Desk
    settings: Settings
    doorbell: LocalDoorbell
    clock: Clock
    seal: Seal
    readiness: Callable[[], list[str]]
    registry: CollectorRegistry
    listener: Listener
    bots: Mapping[str, Bot]
    inbox: Inbox
    identities: Mapping[str, Identity] = field(default_factory=dict, kw_only=True)
    push: PushRoad | None = field(default=None, kw_only=True)
    scanner: Scanner | None = field(default=None, kw_only=True)


class Site(Protocol):
    """`port` is "staff" or "public"; a public one stands `below` a path of its own. One that is not `is_on` is not served."""

    port: str
    below: str

    @property
    def is_on(self) -> bool: ...

    def build(self) -> web.Application: ...
