"""Requests to a municipality's integration point for eFormidling, and what its "no" means for one letter.

It repeats in prose what it was told, so only its code is told on.
Source: docs.digdir.no, eFormidling; felleslosninger/efm-integrasjonspunkt.
"""

import re

from channels.json_object import read_object
from channels.letters.certificates import explain_certificate
from channels.letters.norway_settings import EformidlingSettings
from channels.letters.urls import host_of
from channels.retry_after import find_seconds
from channels.unanswered import explain_silence
from hub.outside import Answer, BadCertificateError, Outside, OutsideError
from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError

JSON = "application/json"
USER_AGENT = "Budbok"
MOST_BYTES = 4 * 1024 * 1024
NOT_TAKEN = frozenset(
    {
        "ReceiverDoNotAcceptDocumentStandard",
        "ReceiverDoNotAcceptProcessException",
        "ReceiverDoesNotAcceptProcessException",
    }
)
"""The receiver takes no such letter: reserved by now, or without a mailbox."""
_CODE = re.compile(r"[A-Z][A-Za-z]{2,79}")


class IntegrationPoint:
    """Its REST interface."""

    def __init__(self, settings: EformidlingSettings, outside: Outside) -> None:
        self._settings = settings
        self._outside = outside

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Whatever the answer is. Raises: SendError."""
        settings = self._settings
        url = f"{settings.url}/api{path}"
        try:
            return await self._outside.request(
                method,
                url,
                hosts=(host_of(url),),
                params=params,
                headers={"User-Agent": USER_AGENT, "Accept": JSON, **(headers or {})},
                credentials=(settings.user, settings.password.get_secret_value()) if settings.user else None,
                body=body,
                seconds=settings.answer_seconds,
                most_bytes=MOST_BYTES,
            )
        except BadCertificateError:
            raise explain_certificate() from None
        except OutsideError as error:
            raise explain_silence(error) from None

    async def prepare(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """The same for what sends nothing: no answer means that it can be done again. Raises: TryLaterError."""
        try:
            return await self.ask(method, path, params=params, body=body, headers=headers)
        except UnknownFateError as error:
            raise TryLaterError(error.reason) from None


def explain(answer: Answer) -> SendError:
    """What an answer means that is no yes, where a letter may have been sent by the request."""
    code = find_code(answer.body)
    reason = code or f"http_{answer.status}"
    match answer.status:
        case 429:
            return TryLaterError(reason, after=find_seconds(answer.headers))
        case 401 | 403 | 404:
            return TryLaterError(reason, whole_channel=code is None)
        case 400 | 409 | 413 | 415 | 422:
            return AddressGoneError(reason) if reason in NOT_TAKEN else RejectedError(reason)
        case _:
            return UnknownFateError(reason)


def explain_prepared(answer: Answer) -> SendError:
    """The same where it can have sent nothing."""
    error = explain(answer)
    is_unknown = isinstance(error, UnknownFateError)
    return TryLaterError(error.reason, after=find_seconds(answer.headers)) if is_unknown else error


def find_code(body: bytes) -> str | None:
    """The name of the integration point's own exception, where it tells one."""
    try:
        name = str(read_object(body).get("exception", "")).rpartition(".")[2]
    except ValueError:
        return None
    return name if _CODE.fullmatch(name) else None
