"""The phone numbers an account holds at the provider, and where each sends what it hears."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .problems import Problem
from .texts import API_VERSION, rfc2822

# REST field -> JSON key; these can be set when a number is bought and changed later.
SETTABLE: Mapping[str, str] = {
    "FriendlyName": "friendly_name",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "SmsApplicationSid": "sms_application_sid",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "AddressSid": "address_sid",
    "BundleSid": "bundle_sid",
    "IdentitySid": "identity_sid",
}
E164_DIGITS, NATIONAL_DIGITS = 15, 14
METHODS = frozenset({"SmsMethod", "SmsFallbackMethod", "StatusCallbackMethod", "VoiceMethod"})


def bare(number: str) -> str:
    """A number without the spaces people write in it."""
    return "".join(number.split())


def compared(number: str) -> str:
    """A number as two are held against each other: a 14-digit national one is the same with its country code."""
    written = bare(number)
    return written[-NATIONAL_DIGITS:] if written.startswith("+") and len(written) > 1 + E164_DIGITS else written


@dataclass
class Number:
    """One number: an E.164 number, a short code or a longer national one."""

    sid: str
    phone_number: str
    created_at: datetime
    updated_at: datetime
    settings: dict[str, str] = field(default_factory=dict)
    takes_calls: bool = False

    def setting(self, name: str) -> str:
        return self.settings.get(name, "POST" if name in METHODS else "")

    def change(self, form: Mapping[str, str], now: datetime) -> None:
        self.settings.update({name: form[name] for name in SETTABLE if name in form})
        self.updated_at = now

    def as_json(self, account_sid: str) -> dict[str, object]:
        return {
            **{key: self.setting(name) for name, key in SETTABLE.items()},
            "account_sid": account_sid,
            "address_requirements": "none",
            "api_version": API_VERSION,
            "beta": False,
            "capabilities": {"voice": self.takes_calls, "sms": True, "mms": False, "fax": False},
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.updated_at),
            "friendly_name": self.setting("FriendlyName") or self.phone_number,
            "origin": "twilio",
            "phone_number": self.phone_number,
            "sid": self.sid,
            "status": "in-use",
            "uri": f"/{API_VERSION}/Accounts/{account_sid}/IncomingPhoneNumbers/{self.sid}.json",
        }


class Numbers:
    """The numbers of the account, by sid and by number."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._numbers: dict[str, Number] = {}

    def buy(self, phone_number: str, form: Mapping[str, str], now: datetime) -> Number:
        """Raises: Problem 21452: the number is taken or isn't one."""
        written = bare(phone_number)
        if not written.removeprefix("+").isdigit() or self.find(written):
            raise Problem(21452)
        number = Number(f"PN{self._chance.getrandbits(128):032x}", written, now, now)
        number.change(form, now)
        self._numbers[number.sid] = number
        return number

    def get(self, sid: str) -> Number:
        """Raises: Problem 20404."""
        if sid not in self._numbers:
            raise Problem(20404)
        return self._numbers[sid]

    def find(self, phone_number: str) -> Number | None:
        wanted = compared(phone_number)
        return next((number for number in self._numbers.values() if compared(number.phone_number) == wanted), None)

    def release(self, sid: str) -> None:
        del self._numbers[self.get(sid).sid]

    def all(self) -> list[Number]:
        return list(self._numbers.values())

    def matching(self, phone_number: str, friendly_name: str) -> list[Number]:
        """Newest first; `phone_number` may hold `*` for any digit, and matches anywhere in the number."""
        wanted = bare(phone_number)
        return [
            number
            for number in reversed(self._numbers.values())
            if _contains(number.phone_number, wanted)
            and friendly_name in ("", number.setting("FriendlyName") or number.phone_number)
        ]


def _contains(number: str, wanted: str) -> bool:
    starts = range(len(number) - len(wanted) + 1)
    return any(all(w in ("*", n) for w, n in zip(wanted, number[s:], strict=False)) for s in starts)
