"""What `budbok doctor` asks the machine: disk, spool, who may read the secrets and the data, and the addresses."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from hub.config import PREFIX, Settings, SettingsError, SiteSettings
from hub.operations.findings import Finding, fine, hint, or_fine, wrong
from hub.post.spool import LIMIT_BYTES, Spool, SpoolUnusableError

LEAST_FREE_BYTES = 2 * LIMIT_BYTES
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PUBLIC_ADDRESS = "public.url"
FOR_EXAMPLES = ("example.com", "example.net", "example.org", "example", "invalid", "test")
"""Names that nobody can have. Source: RFC 2606."""


def check_machine(settings: Settings, config: Path, secrets: Path | None) -> Iterator[Finding]:
    """Everything that the machine itself can tell."""
    data = settings.hub.data
    yield from check_addresses(settings)
    yield from or_fine("secrets", "only their owner may read them.", check_secrets(config, secrets))
    yield from check_backup_key(settings)
    if not data.is_dir():
        yield hint("data", f"{data} is not there yet.", "`budbok run` makes it.")
        return
    yield from check_data(data)
    yield from check_disk(data)
    yield from check_spool(data / "spool")


def check_addresses(settings: Settings) -> Iterator[Finding]:
    sites: list[tuple[str, SiteSettings]] = [("public", settings.public), ("staff", settings.staff)]
    for name, site in sites:
        address = urlsplit(site.url)
        if _is_example(address.hostname or ""):
            yield wrong(f"{name}.url", f"{site.url} is only an example.", f"Name this hub's own address in {name}.url.")
        elif address.scheme == "https" and address.hostname:
            yield fine(f"{name}.url", f"{site.url} is https.")
        elif address.scheme == "http" and address.hostname in LOOPBACK:
            yield hint(
                f"{name}.url", f"{site.url} is for this machine alone.", "Set an https address before going live."
            )
        else:
            yield wrong(f"{name}.url", f"{site.url} is not https.", f"Put TLS in front and name it in {name}.url.")


def _is_example(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in FOR_EXAMPLES)


def check_secrets(config: Path, secrets: Path | None) -> Iterator[Finding]:
    folder = secrets or config.parent / "secrets"
    if folder.is_dir() and _others_may(folder):
        yield wrong("secrets", f"others may look into {folder}.", f"Do `chmod 700 {folder}`.")
    for file in sorted(folder.glob(f"{PREFIX}*")) if folder.is_dir() else []:
        if _others_may(file):
            yield wrong("secrets", f"others may read {file}.", f"Do `chmod 600 {file}`.")


def check_backup_key(settings: Settings) -> Iterator[Finding]:
    try:
        _ = settings.hub.backup_keys
    except SettingsError:
        yield wrong(
            "backup", "hub.backup_key is missing.", "Put 48 random letters into secrets/BUDBOK_HUB__BACKUP_KEY."
        )
    else:
        yield fine("backup", "there is a key to seal backups with.")


def check_data(data: Path) -> Iterator[Finding]:
    if _others_may(data):
        yield wrong("data", f"others may look into {data}.", f"Do `chmod 700 {data}`.")
    else:
        yield fine("data", f"only its owner may look into {data}.")


def check_disk(data: Path) -> Iterator[Finding]:
    """The spool is on the same disk as the data."""
    free = shutil.disk_usage(data).free
    told = f"{free // 1024**2} MiB are free for data and spool"
    if free < LEAST_FREE_BYTES:
        yield wrong("disk", f"{told}.", f"Make room: {LEAST_FREE_BYTES // 1024**2} MiB at least.")
    else:
        yield fine("disk", f"{told}.")


def check_spool(folder: Path) -> Iterator[Finding]:
    try:
        waiting = Spool(folder).waiting_bytes
    except SpoolUnusableError:
        yield wrong("spool", f"{folder} cannot be written to.", "Give the folder to the user that the hub runs as.")
        return
    if waiting:
        yield hint(
            "spool", f"{waiting} bytes wait for the store.", "They go in when the hub runs and its store is there."
        )
    else:
        yield fine("spool", "it can be written to, and nothing waits in it.")


def _others_may(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
