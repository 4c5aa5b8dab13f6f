"""Forms as Twilio posts them, each with a MessageSid of its own and the signature of Twilio's own SDK, made beforehand."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from .installation import ACCOUNT, PUBLIC_URL, TOKEN

PATH = "/sms/twilio/message"


@dataclass(frozen=True, slots=True)
class Form:
    """One inbound message, ready to be posted."""

    signature: str
    body: str

    def as_request(self, port: int) -> bytes:
        """The whole HTTP request, for a connection that is kept open."""
        body = self.body.encode()
        return (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Twilio-Signature: {self.signature}\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def sign_forms(said: Iterable[tuple[str, str, str]], chance: random.Random) -> Iterator[Form]:
    """For each sender, recipient and text a form that Twilio would send."""
    validator = RequestValidator(TOKEN)
    for sender, recipient, text in said:
        sid = f"SM{chance.getrandbits(128):032x}"
        form = {
            "ToCountry": "NO", "ToState": "", "ToCity": "", "ToZip": "",
            "FromCountry": "NO", "FromState": "", "FromCity": "", "FromZip": "",
            "SmsMessageSid": sid, "SmsSid": sid, "MessageSid": sid, "AccountSid": ACCOUNT,
            "From": sender, "To": recipient, "Body": text, "SmsStatus": "received",
            "NumSegments": "1", "NumMedia": "0", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        yield Form(validator.compute_signature(PUBLIC_URL + PATH, form), urlencode(form))


def write_forms(forms: Iterable[Form], file: Path) -> None:
    """One form a line: its signature, a blank, its body."""
    file.write_text("".join(f"{form.signature} {form.body}\n" for form in forms), "utf-8")


def read_forms(file: Path) -> list[Form]:
    with file.open(encoding="utf-8") as lines:
        return [Form(*line.rstrip("\n").split(" ", 1)) for line in lines]
