"""The account at the provider: who may call its API, and what it may send from."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime

from .texts import API_VERSION, rfc2822


class Account:
    """Whom the API knows: the sid, its tokens (the first signs webhooks), API keys, services and worded senders."""

    def __init__(self, sid: str, token: str, created_at: datetime) -> None:
        self.sid = sid
        self.tokens = [token]
        self.keys: dict[str, str] = {}
        self.services: dict[str, list[str]] = {}
        self.worded_senders: set[str] = set()
        self.landlines: set[str] = set()
        self.created_at = created_at

    def knows(self, header: str) -> bool:
        """Whether this `Authorization` header is ours."""
        scheme, _, encoded = header.partition(" ")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        secrets = self.tokens if name == self.sid else [self.keys[name]] if name in self.keys else []
        return scheme.lower() == "basic" and any(hmac.compare_digest(secret.encode(), s.encode()) for s in secrets)

    def as_json(self) -> dict[str, object]:
        return {
            "sid": self.sid,
            "friendly_name": "Rehearsal",
            "status": "active",
            "type": "Full",
            "owner_account_sid": self.sid,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "auth_token": None,
            "subresource_uris": {"messages": f"/{API_VERSION}/Accounts/{self.sid}/Messages.json"},
            "uri": f"/{API_VERSION}/Accounts/{self.sid}.json",
        }
