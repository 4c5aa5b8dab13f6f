"""Requests to Suomi.fi Messages, each with the proof that it is we, and once more where the service no longer knows it."""

import logging
import re
import textwrap

from channels.letters.certificates import explain_certificate
from channels.letters.suomifi_answers import explain_harmless
from channels.letters.suomifi_settings import SuomifiSettings
from channels.letters.suomifi_token import SuomifiToken
from channels.unanswered import explain_silence
from hub.clock import Clock
from hub.outside import Answer, BadCertificateError, Outside, OutsideError
from hub.post.channel import TryLaterError, UnknownFateError

JSON = "application/json"
MOST_BYTES = 8 * 1024 * 1024
UNAUTHORIZED = 401
_TRACE = re.compile(r"[A-Za-z0-9-]{1,80}")
log = logging.getLogger(__name__)


class SuomifiInterface:
    """The REST interface of one environment."""

    def __init__(self, settings: SuomifiSettings, outside: Outside, clock: Clock) -> None:
        self._settings = settings
        self._outside = outside
        self._token = SuomifiToken(settings, outside, clock)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
    ) -> Answer:
        """Whatever the answer is. A 401 did nothing, so it is asked again with a new token, once. Raises: SendError."""
        proof = await self._token.get()
        answer = await self._once(method, path, params, body, content_type, proof)
        if answer.status == UNAUTHORIZED and self._token.can_be_renewed:
            self._token.drop(proof)
            answer = await self._once(method, path, params, body, content_type, await self._token.get())
        return answer

    async def ask_harmlessly(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
    ) -> Answer:
        """A good answer to a request that sends nothing, and so can be made again. Raises: SendError, no UnknownFateError."""
        try:
            answer = await self.ask(method, path, params=params, body=body, content_type=content_type)
        except UnknownFateError as error:
            raise TryLaterError(error.reason) from None
        if answer.status not in (200, 201):
            raise explain_harmless(answer)
        return answer

    async def _once(
        self,
        method: str,
        path: str,
        params: dict[str, str] | None,
        body: bytes | None,
        content_type: str,
        proof: dict[str, str],
    ) -> Answer:
        """Raises: SendError."""
        try:
            answer = await self._outside.request(
                method,
                self._settings.url + path,
                hosts=(self._settings.host,),
                params=params,
                headers={"Accept": JSON, **proof, **({"Content-Type": content_type} if body is not None else {})},
                body=body,
                seconds=self._settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except BadCertificateError:
            raise explain_certificate() from None
        except OutsideError as error:
            raise explain_silence(error) from None
        log.info(
            "Suomi.fi Messages answered",
            extra={"doing": path, "status": answer.status, "trace": spell_trace(answer.headers.get("traceid", ""))},
        )
        return answer


def spell_trace(told: str) -> str:
    """The service's own name for a request, in fours with dots between: else its figures are scrubbed from the log."""
    return ".".join(textwrap.wrap(told, 4, break_on_hyphens=False)) if _TRACE.fullmatch(told) else ""
