"""What a Danish municipality agreed with KOMBIT about Digital Post by the Serviceplatform, and how we prove that we are it."""

from pathlib import Path

from pydantic import Field, SecretStr

from channels.letters.urls import Url
from hub.config import Section

TABLE = "channels.letters.digitalpost"


class DigitalpostSettings(Section):
    """The table `[channels.letters.digitalpost]`.

    `cvr` is the municipality's number. `certificate` is a PEM file of its OCES certificate, with those that issued it behind
    it, and `key` the private key, as PEM. `authority` is a PEM file where the services' own certificates are known by others
    than the machine's.
    """

    url: Url = "https://prod.serviceplatformen.dk"
    access_url: Url = "https://n2adgangsstyring.stoettesystemerne.dk"
    cvr: str = Field(pattern=r"^[0-9]{8}$")
    certificate: Path
    key: SecretStr = SecretStr("")
    authority: Path | None = None
    answer_seconds: float = Field(default=20.0, gt=0, le=60)
