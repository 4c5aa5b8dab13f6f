"""Where the families of a rehearsal are at home, by their language. Every number is from a range kept for fiction, or allotted
to nobody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a language's families are at home. `numbers` is completed with two digits."""

    country: str
    zone: str
    unit: str
    office: str
    numbers: str


PLACES = {
    "nb": Place("NO", "Europe/Oslo", "Furulia skole", "Kontoret", "+474000{:04}"),
    "nn": Place("NO", "Europe/Oslo", "Furulia skule", "Kontoret", "+474000{:04}"),
    "sv": Place("SE", "Europe/Stockholm", "Furulidsskolan", "Kansliet", "+467017406{:02}"),
    "fi": Place("FI", "Europe/Helsinki", "Kielon koulu", "Toimisto", "+3584573950{:02}"),
    "da": Place("DK", "Europe/Copenhagen", "Granly skole", "Kontoret", "+474000{:04}"),
    "en": Place("NO", "Europe/Oslo", "Larkhill School", "The office", "+474000{:04}"),
}
