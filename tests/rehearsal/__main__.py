"""`make run`: the rehearsal village, a provider that speaks Twilio's interface on loopback, its phones, and the hub.

The hub is started as its own command with ordinary settings; it cannot tell this provider from Twilio. It gets ready while
everything else is read in, and like the gate it ends with the rehearsal, however that ends.
"""

import asyncio
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from hub.beginning import SECRETS
from tests.with_parent import with_parent

FOLDER = Path("var/rehearsal")
PORTS = {
    "phones": 8090,
    "staff": 8091,
    "public": 8092,
    "eid": 8093,
    "mailboxes": 8094,
    "mail": 8095,
    "relay": 8096,
    "names": 8097,
    "letters": 8099,
    "suomifi": 8100,
    "telegram": 8101,
    "suomi": 8102,
}
TAGS_PORT = 8098
"""Where tags are held to the gate, by UDP."""
MADE = (
    *SECRETS,
    "BUDBOK_CHANNELS__SMS__TWILIO__AUTH_TOKEN",
    "BUDBOK_IDENTITY__IDPORTEN__CLIENT_SECRET",
    "BUDBOK_IDENTITY__SUOMI__CLIENT_SECRET",
    "BUDBOK_CHANNELS__LETTERS__EFORMIDLING__PASSWORD",
    "BUDBOK_CHANNELS__LETTERS__SUOMIFI__PASSWORD",
)
BOT_TOKEN = "BUDBOK_CHANNELS__CHAT__TELEGRAM__TOKEN"
BOT_ID = 5550001
LETTER_KEY = "BUDBOK_CHANNELS__LETTERS__MASKINPORTEN__KEY"


def write_settings(folder: Path, provider_url: str, ports: dict[str, int]) -> Path:
    """Settings as an installer would write them, with secrets that are made once and kept."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = folder / "secrets"
    vault.mkdir(exist_ok=True, mode=0o700)
    for name in (*MADE, LETTER_KEY, BOT_TOKEN):
        if not (vault / name).exists():
            (vault / name).touch(mode=0o600)
            (vault / name).write_text(make_secret(name), "utf-8")
    file = folder / "config.toml"
    file.write_text(
        f"""
[hub]
data = "data"
language = "nb"

[public]
listen = "127.0.0.1:{ports["public"]}"
url = "http://127.0.0.1:{ports["public"]}"

[staff]
listen = "127.0.0.1:{ports["staff"]}"
url = "http://127.0.0.1:{ports["staff"]}"

[channels.sms]
use = ["twilio"]
countries = ["NO", "SE", "FI"]

[channels.sms.twilio]
account_sid = "AC{"0" * 32}"
api_url = "{provider_url}"
media_hosts = ["127.0.0.1"]

[channels.chat]
use = ["app", "telegram"]

[channels.chat.telegram]
bot = "fjordvik_skoler_bot"
number = "+4759000001"
says = "all"
updates = "polling"
api_url = "http://127.0.0.1:{ports["telegram"]}"

[identity.idporten]
label = "ID-porten"
issuer = "http://127.0.0.1:{ports["eid"]}"
client_id = "budbok-rehearsal"
acr_values = ["idporten-loa-substantial"]
contact = "servicetorget@fjordvik.example"

[identity.suomi]
label = "Suomi.fi"
issuer = "http://127.0.0.1:{ports["suomi"]}"
client_id = "budbok-rehearsal"
claim = "national_identification_number"
country = "FI"
levels = {{ "http://ftn.ficora.fi/2017/loatest3" = "high" }}
contact = "neuvonta@saarela.example"

[channels.letters]
use = ["eformidling", "suomifi"]

[channels.letters.eformidling]
url = "http://127.0.0.1:{ports["letters"]}"
user = "budbok"

[channels.letters.krr]
url = "http://127.0.0.1:{ports["letters"]}"

[channels.letters.maskinporten]
url = "http://127.0.0.1:{ports["letters"]}"
client_id = "budbok-rehearsal"
key_id = "budbok-1"

[channels.letters.suomifi]
url = "http://127.0.0.1:{ports["suomifi"]}"
service_id = "budbok-rehearsal"
username = "budbok"

[channels.mail]
listen = "127.0.0.1:{ports["mail"]}"
domain = "in.hub.example"
relay = "127.0.0.1:{ports["relay"]}"
resolver = "127.0.0.1:{ports["names"]}"
""",
        "utf-8",
    )
    return file


def make_secret(name: str) -> str:
    """As whoever gives it out makes it. Keys take a while to read in and to make, which is needed only once."""
    if name == BOT_TOKEN:
        return f"{BOT_ID}:{secrets.token_urlsafe(27)}"
    if name != LETTER_KEY:
        return secrets.token_urlsafe(48)
    from tests.rehearsal.own_key import make_key

    return make_key()


def free_port(wished: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """The wished port on loopback, or any other when somebody has it. A port of UDP is another than that of TCP."""
    with socket.socket(type=kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> int:
    ports = {name: free_port(port) for name, port in PORTS.items()}
    file = write_settings(FOLDER, f"http://127.0.0.1:{ports['phones']}", ports)
    command = with_parent(sys.executable, "-m", "hub", "run", "--config", str(file))
    with subprocess.Popen(command, start_new_session=True) as hub:
        try:
            from tests.rehearsal.stage import Ports, play  # takes a second or two, which the hub needs as well

            tags = free_port(TAGS_PORT, socket.SOCK_DGRAM)
            return asyncio.run(play(hub, file, Ports(ports["phones"], ports["mailboxes"], tags)))
        finally:
            if hub.poll() is None:
                hub.terminate()


if __name__ == "__main__":
    sys.exit(main())
