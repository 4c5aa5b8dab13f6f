"""A provider with one school's number, a hub that listens, and Twilio's own client."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
from twilio.rest import Client

from .pretend_hub import NOON, SCHOOL, PretendHub, a_hub, the_sdk
from .twilio_provider import RehearsalProvider


@pytest.fixture
async def provider() -> AsyncIterator[RehearsalProvider]:
    async with RehearsalProvider(chance=random.Random(7), clock=lambda: NOON) as provider:
        yield provider


@pytest.fixture
async def hub(provider: RehearsalProvider) -> AsyncIterator[PretendHub]:
    async with a_hub(provider.auth_token) as hub:
        provider.add_number(SCHOOL, sms_url=f"{hub.url}/sms/twilio/message", name="7A")
        yield hub


@pytest.fixture
async def sdk(provider: RehearsalProvider) -> AsyncIterator[Client]:
    async with the_sdk(provider) as client:
        yield client
