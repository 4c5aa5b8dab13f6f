"""One SMTP connection: the library's session, but that a mail is read in the pieces it comes in, not line by line, a plain
address at a glance, and that a connection has one timer, not one for each command.

Only CR LF . CR LF ends a mail, and a line that is too long, or a mail that is too large, is refused once it has ended, as
the library does. Source: security rule S7.3; RFC 5321 sections 4.1.1.4 and 4.5.2.
"""

import re

from aiosmtpd.smtp import SMTP

MOST_BYTES = 25 * 1024 * 1024
END = b"\r\n.\r\n"
PIECE_BYTES = 1024 * 1024
"""More than the reader ever holds: what follows a mail is put back before anything else comes."""
GO_ON = "354 End data with <CR><LF>.<CR><LF>"
TOO_LARGE = "552 Error: Too much mail data"
LONG_LINE = "500 Line too long (see RFC5321 4.5.3.1.6)"
_PLAIN = re.compile(r"<([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>\s*([^<>]*)")


class Session(SMTP):
    """What the listener's sessions share."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        assert self.envelope is not None
        if not self.envelope.rcpt_tos or arg:
            await super().smtp_DATA(arg)
            return
        await self.push(GO_ON)
        content = await self._read_mail()
        if content is None:
            refusal = TOO_LARGE
        elif _has_long_line(content):
            refusal = LONG_LINE
        else:
            refusal = ""
            self.envelope.content = self.envelope.original_content = _unstuff(content)
        status = refusal or await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _read_mail(self) -> bytes | None:
        """Up to the dot that ends it; None when it is too large, of which no more is held than its end."""
        taken, looked, is_too_large = bytearray(END[:2]), 0, False
        while (end := taken.find(END, looked)) < 0:
            is_too_large = is_too_large or len(taken) > MOST_BYTES
            if is_too_large:
                del taken[: 1 - len(END)]
            looked = max(0, len(taken) - len(END) + 1)
            piece = await self._reader.read(PIECE_BYTES)
            if not piece:
                raise ConnectionResetError
            taken += piece
        rest = bytes(taken[end + len(END) :])
        if rest and not self._reader.at_eof():
            self._reader.feed_data(rest)
        return None if is_too_large or end > MOST_BYTES else bytes(taken[2 : end + 2])

    def _reset_timeout(self, duration: float | None = None) -> None:
        """The one timer goes on: it looks, when it is over, whether anything was heard meanwhile."""
        self._heard_at = self.loop.time()
        if self._timeout_handle is None:
            super()._reset_timeout(duration)

    def _timeout_cb(self) -> None:
        left = self._heard_at + self._timeout_duration - self.loop.time()
        if left > 0:
            self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
        else:
            super()._timeout_cb()  # type: ignore[no-untyped-call]

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        plain = _PLAIN.fullmatch(arg)
        return (plain.group(1), plain.group(2)) if plain else super()._getaddr(arg)


def _unstuff(content: bytes) -> bytes:
    """Without the dots that were put before dots."""
    return content.removeprefix(b".").replace(b"\r\n.", b"\r\n")


def _has_long_line(content: bytes) -> bool:
    """Looked at in steps of whole lines, as many as the longest may be long."""
    begin = 0
    while len(content) - begin > SMTP.line_length_limit:
        end = content.rfind(b"\n", begin, begin + SMTP.line_length_limit)
        if end < 0:
            return True
        begin = end + 1
    return False
