"""The relay that mail leaves by, over connections that are kept, and what its answers mean for the outbox.

Source: security rules S9.3, S9.5 and S10.6; RFC 5321 section 4.2, RFC 3463.
"""

import asyncio
import re
import ssl

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPHeloError

from channels.mail.relay_line import Answer, RelayLine
from channels.mail.settings import MailSettings, split
from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError

MOST_IDLE = 8
CONNECT_SECONDS = 8.0
ANSWER_SECONDS = 15.0
IMPLICIT_TLS = 465
NO_CONNECTION = "no_connection"
DONE, WILL_FORWARD, GO_ON = 250, 251, 354
_GONE = re.compile(r"\b(5\.1\.(1|2|3|6|10)|5\.2\.1)\b")


class Relay:
    """A few connections, each used by one mail at a time."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._idle: list[RelayLine] = []

    async def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Return when the relay has it. Both addresses are such as `is_address` lets through. Raises: SendError."""
        kept = self._take()
        line = kept or await self._connect()
        try:
            try:
                await _begin(line, sender, recipient)
            except TryLaterError as error:
                if error.reason != NO_CONNECTION or not kept:
                    raise
                line.close()  # it had gone away meanwhile
                line = await self._connect()
                await _begin(line, sender, recipient)
            await _hand_over(line, content)
        except BaseException:
            line.close()
            raise
        if len(self._idle) < MOST_IDLE:
            self._idle.append(line)
        else:
            line.close()

    async def check(self) -> str | None:
        """What is wrong with the relay, as a code."""
        try:
            line = await self._connect()
        except SendError as error:
            return error.reason
        line.close()
        return None

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> RelayLine | None:
        while self._idle:
            line = self._idle.pop()
            if line.is_open:
                return line
        return None

    async def _connect(self) -> RelayLine:
        """Raises: TryLaterError."""
        host, port = split(self._settings.relay)
        is_here = self._settings.relay_is_here
        client = SMTP(
            hostname=host,
            port=port,
            username=self._settings.relay_user or None,
            password=self._settings.relay_password.get_secret_value() or None,
            local_hostname=self._settings.domain,
            timeout=CONNECT_SECONDS,
            use_tls=port == IMPLICIT_TLS,
            start_tls=not is_here and port != IMPLICIT_TLS,
            tls_context=None if is_here else ssl.create_default_context(),
        )
        try:
            await client.connect()
            await _greet(client)
        except SMTPAuthenticationError as error:
            raise TryLaterError(f"smtp_{error.code}", whole_channel=True) from None
        except (SMTPException, OSError, ValueError):
            client.close()
            raise TryLaterError(NO_CONNECTION) from None
        except BaseException:
            client.close()
            raise
        if not isinstance(client.transport, asyncio.Transport):
            raise TryLaterError(NO_CONNECTION)
        return RelayLine(client.transport)


async def _greet(client: SMTP) -> None:
    """Say who we are, unless that was needed before. Raises: SMTPException."""
    if not client.is_ehlo_or_helo_needed:
        return
    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


async def _begin(line: RelayLine, sender: str, recipient: str) -> None:
    """Up to where nothing has been handed over. Raises: SendError."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await line.ask(f"MAIL FROM:<{sender}>".encode("ascii"))
            if answer.code != DONE:
                raise TryLaterError(f"smtp_{answer.code}", whole_channel=answer.code >= 500)
            answer = await line.ask(f"RCPT TO:<{recipient}>".encode("ascii"))
            if answer.code not in (DONE, WILL_FORWARD):
                raise _explain(answer)
            answer = await line.ask(b"DATA")
            if answer.code != GO_ON:
                raise _explain(answer)
    except OSError:
        raise TryLaterError(NO_CONNECTION) from None


async def _hand_over(line: RelayLine, content: bytes) -> None:
    """Raises: SendError."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await line.hand_over(content)
    except OSError:
        raise UnknownFateError("no_answer") from None
    if answer.code != DONE:
        raise _explain(answer)


def _explain(answer: Answer) -> SendError:
    reason = f"smtp_{answer.code}"
    if answer.code < 500:
        return TryLaterError(reason, whole_channel=answer.code == 421)
    return AddressGoneError(reason) if _GONE.search(answer.words) else RejectedError(reason)
