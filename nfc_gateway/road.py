"""The way to the hub: one POST at a time over one connection that is kept. Certificates are checked, redirects not followed."""

import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from nfc_gateway import wire
from nfc_gateway.state import Identity

SECONDS = 20.0
PORTS = {"https": 443, "http": 80}


class AwayError(Exception):
    """The hub cannot be reached, or said nothing that makes sense."""


class RefusedError(Exception):
    """The hub knows no such gate, or none any more; or the code was not right."""


class NotTakenError(Exception):
    """The hub was reached and did not take it. `after` is how many seconds it wants to be left alone."""

    def __init__(self, status: int, after: float) -> None:
        super().__init__(str(status))
        self.status = status
        self.after = after


@dataclass(frozen=True, slots=True)
class _Said:
    status: int
    after: str
    body: bytes


class Road:
    """To be used by one thread at a time. It blocks, for SECONDS at most at each step."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        self._url = url
        self._path = parts.path
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._seconds = seconds
        self._open: http.client.HTTPConnection | None = None

    def pair(self, code: str, secret: str, sent_at: str) -> wire.Paired:
        """Raises: AwayError, RefusedError, NotTakenError."""
        body = wire.write_pairing(wire.Pairing(code, wire.public_key(secret)))
        answer = self._post(wire.PAIR_PATH, body, secret, "", sent_at)
        try:
            return wire.read_paired(answer)
        except wire.NotOurWordsError:
            raise AwayError from None

    def send(self, identity: Identity, body: bytes, sent_at: str) -> wire.Answer:
        """Raises: AwayError, RefusedError, NotTakenError."""
        answer = self._post(wire.taps_path(identity.reader), body, identity.secret, identity.reader, sent_at)
        try:
            return wire.read_answer(answer)
        except wire.NotOurWordsError:
            raise AwayError from None

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _post(self, path: str, body: bytes, secret: str, reader: str, sent_at: str) -> bytes:
        headers = {
            "Content-Type": "application/json",
            wire.SENT_AT: sent_at,
            wire.SIGNATURE: wire.sign(secret, self._url + path, reader, sent_at, body),
        }
        said = self._say(self._path + path, body, headers)
        if said.status == http.client.OK:
            return said.body
        if said.status == http.client.FORBIDDEN:
            raise RefusedError
        raise NotTakenError(said.status, float(said.after) if said.after.isascii() and said.after.isdigit() else 0.0)

    def _say(self, path: str, body: bytes, headers: dict[str, str]) -> _Said:
        """A kept connection may have been closed meanwhile: then once more, over a new one. Twice is as good as once."""
        was_kept = self._open is not None
        try:
            return self._say_once(path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            if not was_kept:
                raise AwayError from None
        try:
            return self._say_once(path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            raise AwayError from None

    def _say_once(self, path: str, body: bytes, headers: dict[str, str]) -> _Said:
        if self._open is None:
            self._open = self._connect()
        self._open.request("POST", path, body, headers)
        answer = self._open.getresponse()
        read = answer.read(wire.ANSWER_BYTES + 1)
        if len(read) > wire.ANSWER_BYTES or answer.will_close or not answer.isclosed():
            self.close()
        return _Said(answer.status, answer.getheader("Retry-After", ""), read)

    def _connect(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._seconds, context=self._tls)
