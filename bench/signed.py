"""Twilio's signature, checked in two ways: as briefly as can be, and by the SDK's own `validate`.

Source: Twilio, "Webhooks security".
"""

import base64
import hmac
from collections.abc import Callable, Mapping

from twilio.request_validator import RequestValidator

Check = Callable[[Mapping[str, str], str], bool]
CHECKS = ("bare", "sdk")


def make_check(kind: str, url: str, token: str) -> Check:
    """`kind` is one of CHECKS."""
    if kind == "sdk":
        validator = RequestValidator(token)
        return lambda form, told: bool(validator.validate(url, form, told))
    key = token.encode()

    def check(form: Mapping[str, str], told: str) -> bool:
        signed = url + "".join(name + form[name] for name in sorted(form))
        return hmac.compare_digest(base64.b64encode(hmac.digest(key, signed.encode(), "sha1")).decode(), told)

    return check
