"""The first step on a new machine: a settings file to fill in, and fresh secrets beside it."""

import base64
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec


def init(folder: Path, say: Callable[[str], None]) -> int:
    """Write `config.toml` and `secrets/` into a folder; nothing that is there already is touched. The exit code."""
    file, vault = folder / "config.toml", folder / "secrets"
    if file.exists():
        say(f"{file} is there already; nothing was changed.")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    vault.mkdir(mode=0o700, exist_ok=True)
    for name, make in SECRETS.items():
        key = vault / name
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text(make() + "\n", "utf-8")
    file.write_text(example(), "utf-8")
    say(f"Wrote {file} and fresh secrets into {vault}.")
    say("Keep a copy of these secrets apart from the backups: without them no backup opens.")
    say(f"Next: change the addresses and the account in {file}, put the provider's token into {vault}")
    say(f"under the name that the head of {file.name} tells, then `budbok doctor --config {file}`.")
    return 0


def make_push_key() -> str:
    """A private key of P-256 as 32 bytes in base64url, for signing what goes to push services. Source: RFC 8292 section 2."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32)).decode().rstrip("=")


SECRETS: Mapping[str, Callable[[], str]] = {
    "BUDBOK_HUB__KEY": partial(secrets.token_urlsafe, 48),
    "BUDBOK_HUB__BACKUP_KEY": partial(secrets.token_urlsafe, 48),
    "BUDBOK_CHANNELS__CHAT__PUSH__KEY": make_push_key,
}
"""How each is made, by the name of its file."""


def example() -> str:
    """The example settings, as shipped."""
    here = Path(__file__).parent.parent / "config.example.toml"
    return here.read_text("utf-8") if here.exists() else files("hub").joinpath("config.example.toml").read_text("utf-8")
