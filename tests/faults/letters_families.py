"""Families of a municipality in Norway and of one in Finland, each with a decision whose letter is made: some have a digital
mailbox, some Altinn's inbox, some get paper. Each letter's PDF names its own receiver, and is like no other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.calendars import list_open_days
from hub.desk import Work
from hub.people.families import Child, Guardian, Guardianship, Placement
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.register.loading import apply as load
from hub.register.rows import TABLES, make_register
from hub.school.leave import LeaveReason
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import Made, settle_papers
from hub.school.leave_verdicts import Verdict, decide
from hub.school.leave_wishes import Wish, apply
from hub.seal import Seal
from tests.hub.sign_in.school import TEST
from tests.rehearsal.finnish_people import make_finnish_ids
from tests.rehearsal.finnish_post import FinnishPost
from tests.rehearsal.id_provider import make_national_ids
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.norwegian_registers import Person

IN_ONE_WORK = 200
SCHOOL_SIZE, GROUP_SIZE = 500, 25
COUNTRIES = {"NO": ("Europe/Oslo", "nb"), "FI": ("Europe/Helsinki", "fi")}
FROM = "2024-08-12"
_OF_TEN = (
    ("NO", "mailbox"), ("NO", "mailbox"), ("NO", "mailbox"), ("NO", "inbox"), ("NO", "reserved"), ("NO", "no number"),
    ("FI", "mailbox"), ("FI", "mailbox"), ("FI", "mailbox"), ("FI", "no mailbox"),
)  # fmt: skip
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Family:
    """One guardian with one child; `national_id` is "" for who has none in the register."""

    at: int
    national_id: str

    @property
    def country(self) -> str:
        return _OF_TEN[self.at % 10][0]

    @property
    def reach(self) -> str:
        return _OF_TEN[self.at % 10][1]

    @property
    def is_digital(self) -> bool:
        return self.reach in ("mailbox", "inbox")

    @property
    def name(self) -> str:
        return f"Kim Nygård{self.at}"

    @property
    def street(self) -> str:
        return f"Skogveien {self.at}"

    @property
    def pdf(self) -> bytes:
        return pdf_for(self.name)


def pdf_for(name: str) -> bytes:
    return f"%PDF-1.7 a decision, for {name} alone".encode()


def list_families(count: int) -> list[Family]:
    numbers = {"NO": make_national_ids(), "FI": make_finnish_ids()}
    bare = [Family(at, "") for at in range(count)]
    return [Family(one.at, "" if one.reach == "no number" else next(numbers[one.country])) for one in bare]


def open_mailboxes(families: list[Family], norway: NorwegianPost, finland: FinnishPost) -> None:
    """What each register says of each."""
    for one in families:
        if one.country == "FI":
            finland.mailboxes[one.national_id] = one.is_digital
        elif one.national_id:
            norway.people[one.national_id] = Person(
                one.name, is_reserved=one.reach == "reserved", has_mailbox=one.reach == "mailbox"
            )


def load_families(work: Work, families: list[Family], seal: Seal) -> None:
    """Both registers, with national ids and postal addresses."""
    for country in COUNTRIES:
        told = _list_tables(country, [one for one in families if one.country == country])
        rows = {name: [TABLES[name].model_validate(row) for row in table] for name, table in told.items()}
        load(work, make_register(rows), (), True, seal)
        work.session.flush()


def _list_tables(country: str, families: list[Family]) -> Mapping[str, Rows]:
    zone, language = COUNTRIES[country]
    places = list(enumerate(families))
    units = range((len(families) + SCHOOL_SIZE - 1) // SCHOOL_SIZE)
    groups = range((len(families) + GROUP_SIZE - 1) // GROUP_SIZE)
    in_school = SCHOOL_SIZE // GROUP_SIZE
    leader = {"first_name": "Vilde", "last_name": "Vang", "login": f"leader@{country.lower()}.example"}
    return {
        "owners": [{"id": country, "name": f"Nordhaug {country}", "country": country, "language": language}],
        "units": [
            {"id": f"u{at}", "kind": "school", "name": f"Skole {at}", "zone": zone, "languages": [language]}
            for at in units
        ],
        "groups": [{"id": f"g{at}", "unit": f"u{at // in_school}", "name": f"Klasse {at}"} for at in groups],
        "roles": [{"id": f"l{at}", "unit": f"u{at}", "kind": "leader", "title": "Rektor"} for at in units],
        "staff": [{"id": "s", **leader, "roles": [{"role": f"l{at}", "from": FROM} for at in units]}],
        "children": [
            {
                "id": f"c{one.at}",
                "first_name": "Ask",
                "last_name": f"Nygård{one.at}",
                "birth_date": "2016-05-04",
                "placements": [{"group": f"g{at // GROUP_SIZE}", "from": FROM}],
            }
            for at, one in places
        ],
        "guardians": [
            {
                "id": f"f{one.at}",
                "first_name": "Kim",
                "last_name": f"Nygård{one.at}",
                "language": language,
                "national_id": one.national_id or None,
                "post": {
                    "street": [one.street],
                    "postal_code": "00100" if country == "FI" else "0001",
                    "town": "Nordhaug",
                },
            }
            for one in families
        ],
        "guardianships": [
            {"id": f"t{one.at}", "guardian": f"f{one.at}", "child": f"c{one.at}", "rights": ["inform", "leave"]}
            for one in families
        ],
    }


def decide_some(work: Work, after: str) -> str:
    """Grant a day's leave to the next families behind a guardian's id, with their letters made; the last of their ids."""
    rows = work.session.execute(
        sa.select(Guardian, Child, Unit)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Child, Child.id == Guardianship.child_id)
        .join(Placement, Placement.child_id == Child.id)
        .join(Unit, Unit.id == Placement.unit_id)
        .where(Guardian.id > after)
        .order_by(Guardian.id)
        .limit(IN_ONE_WORK)
    ).all()
    leaders = {leader.owner_id: leader.id for leader in work.session.scalars(sa.select(Staff))}
    for guardian, child, unit in rows:
        ahead = [unit.today(work.now) + timedelta(days=days) for days in range(42, 56)]
        applied = apply(
            work, child, Wish(list_open_days(work, unit, ahead)[:1], LeaveReason.TRAVEL, [guardian.id], None)
        )
        assert applied.application is not None
        work.session.flush()
        work.asker = Asker("staff", leaders[unit.owner_id], Trust.STRONG, "test", unit.owner_id)
        decide(work, applied.application, unit, Verdict(Outcome.GRANTED))
        work.asker = TEST
    work.session.flush()
    settle_papers(work, list(_make_papers(work)))
    return rows[-1][0].id if rows else ""


def _make_papers(work: Work) -> Iterator[Made]:
    due = sa.select(LeaveLetter.id, Guardian).join(Guardian, Guardian.id == LeaveLetter.guardian_id)
    for letter_id, guardian in work.session.execute(due.where(LeaveLetter.paper_due.is_not(None))).all():
        yield Made(letter_id, pdf_for(guardian.name))
