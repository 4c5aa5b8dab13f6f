"""Addresses of services for digital post, as settings name them."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from hub.config import LOOPBACK_NAMES


def _is_safe(url: str) -> str:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES)
    if not is_safe or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("it must be an https address; only one on this machine does without TLS")
    return url.rstrip("/")


Url = Annotated[str, AfterValidator(_is_safe)]


def host_of(url: str) -> str:
    """As "host" or "host:port"."""
    return urlsplit(url).netloc
