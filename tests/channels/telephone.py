"""A telephone that rings one of the hub's numbers: the provider tells of the call, and says aloud what the hub answers."""

import asyncio
from xml.etree import ElementTree

from aiohttp import ClientSession
from twilio.request_validator import RequestValidator

from tests.living_hub import ACCOUNT, TOKEN, LivingHub
from tests.patience import PATIENCE


async def ring(
    hub: LivingHub, http: ClientSession, caller: str, number: str, sid: str, path: str = "voice", **more: str
) -> ElementTree.Element:
    """As Twilio tells of it, again where a store that is slow has it come back; what it is to say and do."""
    form = {
        "CallSid": sid,
        "AccountSid": ACCOUNT,
        "From": caller,
        "To": number,
        "CallStatus": "ringing",
        "Direction": "inbound",
        **more,
    }
    url = f"{hub.hub.settings.public.url}/sms/twilio/{path}"
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with http.post(url, data=form, headers={"X-Twilio-Signature": signature}) as answer:
                if answer.status == 503:
                    continue
                assert answer.status == 200
                assert answer.content_type == "text/xml"
                return ElementTree.fromstring(await answer.text())  # noqa: S314 - our own answer


def said(answer: ElementTree.Element) -> str:
    """What the caller hears."""
    return answer.findtext("Say") or ""
