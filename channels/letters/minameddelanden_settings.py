"""What a Swedish municipality agreed with Digg about Mina meddelanden: who sends, by which certificate, and where."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from channels.letters.urls import Url
from hub.config import Section

TABLE = "channels.letters.minameddelanden"


class MinameddelandenSettings(Section):
    """The table `[channels.letters.minameddelanden]`.

    `url` is the recipient service of FaR. `organisation` is the municipality's number, of ten digits. `certificate` is a PEM
    file of its certificate, with those that issued it behind it, and `key` the private key, as PEM; both sign letters, too.
    `authority` is a PEM file where the services' own certificates are known by others than the machine's. `operators` are
    the hosts of operators of mailboxes, as "host" or "host:port": a letter goes to no other, wherever FaR leads. The four
    of `support` are shown with each letter.
    """

    url: Url
    organisation: str = Field(pattern=r"^[0-9]{10}$")
    certificate: Path
    key: SecretStr = SecretStr("")
    authority: Path | None = None
    operators: frozenset[str] = Field(min_length=1)
    support_text: str = Field(min_length=1, max_length=1024)
    support_url: str = ""
    support_phone: str = ""
    support_mail: str = ""
    answer_seconds: float = Field(default=20.0, gt=0, le=60)

    @field_validator("operators")
    @classmethod
    def _in_small_letters(cls, hosts: frozenset[str]) -> frozenset[str]:
        return frozenset(host.lower() for host in hosts)

    @property
    def sender_id(self) -> str:
        """As Mina meddelanden writes the number of an organisation."""
        return f"16{self.organisation}"
