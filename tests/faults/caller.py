"""Speaks to a hub's public side as the provider does, or as somebody who pretends to be it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
import sqlalchemy as sa
from twilio.request_validator import RequestValidator
from yarl import URL

from hub.desk import Look
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.deliveries import Delivery
from hub.post.reports import DeliveryReport
from tests.living_hub import ACCOUNT, OPERATOR, TOKEN, LivingHub
from tests.patience import PATIENCE

FORM = "application/x-www-form-urlencoded"
GENUINE = "genuine"


@dataclass(slots=True)
class Caller:
    """Posts forms; `sids` counts what it has told so far."""

    living: LivingHub
    http: aiohttp.ClientSession
    sids: int = 0
    answers: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.living.hub.settings.public.url

    def new_sid(self) -> str:
        self.sids += 1
        return f"SM{self.sids:032x}"

    def message(self, body: str, sender: str = "", **more: str) -> dict[str, str]:
        """The form of a text from a guardian to the contact teacher of 7A."""
        return {
            "AccountSid": ACCOUNT,
            "MessageSid": more.pop("MessageSid", "") or self.new_sid(),
            "From": sender or self.living.village.phone("Anne Nordmann"),
            "To": self.living.village.number("contact teacher 7A").value,
            "Body": body,
            "NumMedia": "0",
            **more,
        }

    async def tell(self, form: Mapping[str, str], path: str = "/sms/twilio/message") -> int:
        """Post a form, genuinely signed; the status of the answer."""
        return await self.post(path, urlencode(form).encode(), dict(form))

    async def post(
        self,
        path: str,
        body: bytes,
        signed: Mapping[str, str] | None = None,
        *,
        signature: str | None = GENUINE,
        token: str = TOKEN,
        content_type: str = FORM,
        headers: Mapping[str, str] | None = None,
    ) -> int:
        """Post a body; `signature` None leaves it out, and another than GENUINE is sent as it is."""
        sent = {"Content-Type": content_type, **(headers or {})}
        if signature == GENUINE:
            signature = RequestValidator(token).compute_signature(self.url + path, dict(signed or {}))
        if signature is not None:
            sent["X-Twilio-Signature"] = signature
        async with self.http.post(URL(self.url + path, encoded=True), data=body, headers=sent) as response:
            await response.read()
            self.answers.append(response.status)
            return response.status

    async def kept(self) -> list[Arrival]:
        return await self.living.hub.desk.look(OPERATOR, list_arrivals)

    async def deliveries(self) -> list[Delivery]:
        return await self.living.hub.desk.look(OPERATOR, list_deliveries)

    async def reports(self) -> int:
        return await self.living.hub.desk.look(OPERATOR, count_reports)

    async def until_kept(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(await self.kept()) < count:
                await asyncio.sleep(0.01)

    async def until_read(self, seconds: float = PATIENCE) -> None:
        """Nothing that was kept waits to be read any more."""
        async with asyncio.timeout(seconds):
            hub = self.living.hub
            while hub.spool.waiting_bytes or await hub.desk.look(OPERATOR, count_unread):
                await asyncio.sleep(0.02)


def count_unread(look: Look) -> int:
    unread = sa.select(sa.func.count()).select_from(Arrival).where(Arrival.state == ArrivalState.NEW)
    return look.session.scalar(unread) or 0


def list_arrivals(look: Look) -> list[Arrival]:
    return list(look.session.scalars(sa.select(Arrival).order_by(Arrival.id)))


def list_deliveries(look: Look) -> list[Delivery]:
    return list(look.session.scalars(sa.select(Delivery).order_by(Delivery.id)))


def count_reports(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(DeliveryReport)) or 0


@asynccontextmanager
async def calling(living: LivingHub) -> AsyncIterator[Caller]:
    connector = aiohttp.TCPConnector(limit=50)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as http:
        yield Caller(living, http)
