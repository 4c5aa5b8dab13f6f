"""The phones of some of the staff, for the page that plays them. Nobody has registered them: that is done on *My phone*."""

from tests.rehearsal.demo_phones import ContactRow, PhoneRow
from tests.village import Village

STAFF = (
    ("Kari Lunde", "+4740000951", "contact teacher 7A"),
    ("Ingrid Solberg", "+4740000952", "office"),
    ("Solveig Aas", "+4740000953", "carer"),
)


def list_staff_handsets(village: Village) -> list[PhoneRow]:
    """In the form of `list_handsets`, with the number that each of them texts."""
    rows: list[PhoneRow] = []
    for name, value, title in STAFF:
        contact: ContactRow = {"name": village.role(title).title, "number": village.number(title).value}
        language = village.staff(name).language
        rows.append({"name": name, "number": value, "language": language, "note": title, "contacts": [contact]})
    return rows
