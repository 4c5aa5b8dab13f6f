"""Waits for a service's answer, so long and no longer; whatever else goes wrong there becomes one of the errors that count."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from hub.mailroom.service import LetterService
from hub.post.channel import SendError

log = logging.getLogger(__name__)
ANSWERED_WITHIN = 120.0
"""Seconds."""
T = TypeVar("T")


async def answer_of(service: LetterService, asked: Awaitable[T], otherwise: type[SendError]) -> T:
    """The answer. Raises: SendError; `otherwise` where it takes too long, or the service's own code fails, which is logged."""
    try:
        async with asyncio.timeout(ANSWERED_WITHIN):
            return await asked
    except SendError:
        raise
    except TimeoutError:
        raise otherwise("no_answer") from None
    except Exception as fault:
        log.error("digital post failed", extra={"service": service.name, "fault": type(fault).__name__})
        raise otherwise("fault") from None
