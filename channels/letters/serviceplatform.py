"""Requests to one service of Denmark's Serviceplatform, each with our certificate and the token of that service, and once more
where it no longer knows that. Source: KOMBIT, SF1601.
"""

import logging
from collections.abc import Mapping
from uuid import uuid4

from channels.letters.certificates import explain_certificate
from channels.letters.digitalpost_settings import DigitalpostSettings
from channels.letters.digitalpost_token import DigitalpostToken
from channels.letters.own_certificate import CertifiedOutside
from channels.retry_after import find_seconds
from channels.unanswered import explain_silence
from hub.clock import Clock
from hub.outside import Answer, BadCertificateError, OutsideError
from hub.post.channel import RejectedError, SendError, TryLaterError, UnknownFateError

MOST_BYTES = 1024 * 1024
UNAUTHORIZED = 401
log = logging.getLogger(__name__)


class Serviceplatform:
    """One service there, by its entity id."""

    def __init__(self, entity_id: str, settings: DigitalpostSettings, outside: CertifiedOutside, clock: Clock) -> None:
        self._settings = settings
        self._outside = outside
        self._clock = clock
        self._token = DigitalpostToken(entity_id, settings, outside, clock)

    async def sign_in(self) -> None:
        """Raises: TryLaterError when there is no token to be had."""
        await self._token.get()

    async def ask(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Whatever the answer is. A 401 did nothing, so it is asked again with a new token, once. Raises: SendError."""
        token = await self._token.get()
        answer = await self._once(method, path, token, params, body)
        if answer.status == UNAUTHORIZED:
            self._token.drop(token)
            answer = await self._once(method, path, await self._token.get(), params, body)
        return answer

    async def _once(
        self, method: str, path: str, token: str, params: Mapping[str, str] | None, body: bytes | None
    ) -> Answer:
        """Raises: TryLaterError, UnknownFateError."""
        headers = {
            "authorization": token,
            "X-TransaktionsId": str(uuid4()),
            "X-TransaktionsTid": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            **({"Content-Type": "application/xml"} if body is not None else {}),
        }
        try:
            answer = await self._outside.request(
                method,
                self._settings.url + path,
                params=params,
                headers=headers,
                body=body,
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except BadCertificateError:
            raise explain_certificate() from None
        except OutsideError as error:
            raise explain_silence(error) from None
        log.info("the Serviceplatform answered", extra={"doing": path, "status": answer.status})
        return answer


def explain(answer: Answer) -> SendError:
    """What a no means; its prose may quote whom it is about, so only the status is told. After a 5xx but 503 nobody can say
    whether a letter was taken."""
    reason = f"http_{answer.status}"
    match answer.status:
        case 429 | 503:
            return TryLaterError(reason, after=find_seconds(answer.headers))
        case 401 | 403 | 404:
            return TryLaterError(reason, whole_channel=True)
        case 400 | 413 | 415 | 422:
            return RejectedError(reason)
        case _:
            return UnknownFateError(reason)
