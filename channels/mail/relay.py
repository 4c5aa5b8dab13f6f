"""The relay that mail leaves by, over connections that are kept, and what its answers mean for the outbox.

Source: security rules S9.3, S9.5 and S10.6; RFC 5321 section 4.2, RFC 3463.
"""

import re
import ssl
from contextlib import suppress

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from channels.mail.settings import MailSettings, split
from hub.post.channel import AddressGoneError, RejectedError, SendError, TryLaterError, UnknownFateError

MOST_IDLE = 8
CONNECT_SECONDS = 8.0
ANSWER_SECONDS = 15.0
IMPLICIT_TLS = 465
_GONE = re.compile(r"5\.1\.(1|2|3|6|10)\b|5\.2\.1\b")


class Relay:
    """A few connections, each used by one mail at a time."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._idle: list[SMTP] = []

    async def send(self, sender: str, recipient: str, content: bytes) -> None:
        """Return when the relay has it. Raises: SendError."""
        client, is_kept = await self._take()
        try:
            try:
                await self._begin(client, sender, recipient)
            except TryLaterError as error:
                if error.reason != "no_connection" or not is_kept:
                    raise
                self._drop(client)  # it had gone away meanwhile
                client = await self._connect()
                await self._begin(client, sender, recipient)
            await self._hand_over(client, content)
        except BaseException:
            self._drop(client)
            raise
        if len(self._idle) < MOST_IDLE:
            self._idle.append(client)
        else:
            self._drop(client)

    async def check(self) -> str | None:
        """What is wrong with the relay, as a code."""
        try:
            client = await self._connect()
        except SendError as error:
            return error.reason
        self._drop(client)
        return None

    def close(self) -> None:
        while self._idle:
            self._drop(self._idle.pop())

    async def _take(self) -> tuple[SMTP, bool]:
        while self._idle:
            client = self._idle.pop()
            if client.is_connected:
                return client, True
        return await self._connect(), False

    async def _connect(self) -> SMTP:
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
        except aiosmtplib.SMTPAuthenticationError as error:
            raise TryLaterError(f"smtp_{error.code}", whole_channel=True) from None
        except (SMTPException, OSError, ValueError):
            raise TryLaterError("no_connection") from None
        return client

    async def _begin(self, client: SMTP, sender: str, recipient: str) -> None:
        """Up to where nothing has been handed over. Raises: SendError."""
        try:
            await client.mail(sender, timeout=ANSWER_SECONDS)
        except SMTPResponseException as error:
            raise TryLaterError(f"smtp_{error.code}", whole_channel=error.code >= 500) from None
        except (SMTPException, OSError):
            raise TryLaterError("no_connection") from None
        try:
            await client.rcpt(recipient, timeout=ANSWER_SECONDS)
        except SMTPResponseException as error:
            raise _explain(error) from None
        except (SMTPException, OSError):
            raise TryLaterError("no_connection") from None

    async def _hand_over(self, client: SMTP, content: bytes) -> None:
        """Raises: SendError."""
        try:
            await client.data(content, timeout=ANSWER_SECONDS)
        except SMTPResponseException as error:
            raise _explain(error) from None
        except (SMTPException, OSError):
            raise UnknownFateError("no_answer") from None

    @staticmethod
    def _drop(client: SMTP) -> None:
        with suppress(Exception):
            client.close()


def _explain(error: SMTPResponseException) -> SendError:
    reason = f"smtp_{error.code}"
    if error.code < 500:
        return TryLaterError(reason, whole_channel=error.code == 421)
    return AddressGoneError(reason) if _GONE.search(error.message) else RejectedError(reason)
