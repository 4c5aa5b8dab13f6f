"""Who sees which entry, in families of every kind, by the day: what the book says, what staff are shown of why, and whom a
message would reach are always the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianRight, Guardianship, Right
from hub.post.book import read_book
from hub.post.entry import Entry, Sharing
from hub.post.families import list_known
from hub.post.messages import ThreadKind
from hub.post.reading import get_reader
from hub.safety.coming_of_age import end_rights_of_age
from hub.talk.planning import list_plans
from tests.hub.post.spoken import TEST, as_staff, heard
from tests.village import Village

MONDAY, DAY = date(2025, 3, 3), timedelta(days=1)
HANNE, GEIR, PETTER = "Hanne Olsen", "Geir Dahlby", "Petter Viken"
MIA, LEO = "Mia Dahlby Olsen", "Leo Viken Olsen"
WENCHE, ROGER, TIRIL, FREDRIK = "Wenche Sand", "Roger Sand", "Tiril Sand", "Fredrik Sand"
ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
FOSTER = "Solvor Fosse"
SHARED, PRIVATE, PHONE = Sharing.JOINT, Sharing.PRIVATE, Sharing.SHARED_PHONE


@dataclass(frozen=True, slots=True)
class Said:
    """An entry that a party wrote about children, who reads it on a day after Monday, and how it is marked."""

    party: tuple[str, ...]
    about: tuple[str, ...]
    readers: frozenset[str]
    sharing: Sharing
    days_on: int = 0


def said(party: str | tuple[str, ...], about: str | tuple[str, ...], *readers: str, days_on: int = 0) -> Said:
    people = (party,) if isinstance(party, str) else party
    children = (about,) if isinstance(about, str) else about
    sharing = PRIVATE if len(people) == 1 else PHONE if "Arne Moe" in people else SHARED
    return Said(people, children, frozenset(readers), sharing, days_on)


MATRIX = [
    # half-siblings: the mother reads of both, each father of his own, a step-parent of none but his own
    said(HANNE, MIA, HANNE),
    said(HANNE, LEO, HANNE),
    said(HANNE, (MIA, LEO), HANNE),
    said(GEIR, MIA, GEIR),
    said(GEIR, LEO),
    said(GEIR, (MIA, LEO)),
    said(PETTER, LEO, PETTER),
    said(PETTER, MIA),
    said((HANNE, PETTER), LEO, HANNE, PETTER),
    said((HANNE, PETTER), MIA, HANNE),
    said((HANNE, PETTER), (MIA, LEO), HANNE),
    said((HANNE, GEIR), MIA, HANNE, GEIR),
    # blocked from one of two: nothing that is about her, also beside the other
    said(WENCHE, TIRIL, WENCHE),
    said(ROGER, TIRIL),
    said(ROGER, FREDRIK, ROGER),
    said(ROGER, (TIRIL, FREDRIK)),
    said((WENCHE, ROGER), TIRIL, WENCHE),
    said((WENCHE, ROGER), (TIRIL, FREDRIK), WENCHE),
    said((WENCHE, ROGER), FREDRIK, WENCHE, ROGER),
    # foster: from Tuesday to Wednesday and no day more; the father's right ended on Monday
    said(FOSTER, KARI),
    said(FOSTER, KARI, FOSTER, days_on=1),
    said(FOSTER, KARI, FOSTER, days_on=2),
    said(FOSTER, KARI, days_on=3),
    said((ANNE, FOSTER), KARI, ANNE, days_on=0),
    said((ANNE, FOSTER), KARI, ANNE, FOSTER, days_on=2),
    said((ANNE, FOSTER), KARI, ANNE, days_on=3),
    said(OLA, KARI, OLA),
    said(OLA, KARI, days_on=1),
    # of age on Thursday: nobody but by consent, which the mother has from Friday
    said("Marte Bakken", "Nora Bakken", "Marte Bakken", days_on=2),
    said("Marte Bakken", "Nora Bakken", days_on=3),
    said(("Marte Bakken", "Lars Bakken"), "Nora Bakken", "Marte Bakken", "Lars Bakken", days_on=2),
    said(("Marte Bakken", "Lars Bakken"), "Nora Bakken", days_on=3),
    said(("Marte Bakken", "Lars Bakken"), "Nora Bakken", "Marte Bakken", days_on=4),
    # one phone, two people
    said(("Arne Moe", "Gerd Moe"), "Iselin Moe", "Arne Moe", "Gerd Moe"),
]


def change_families(work: Work, village: Village) -> None:
    """A foster home, a father's right that ends, and a pupil who comes of age."""
    kari = village.child(KARI)
    foster = Guardian(
        id=work.new_id(),
        owner_id=kari.owner_id,
        source_id="g-fosse",
        first_name="Solvor",
        last_name="Fosse",
        language="nb",
    )
    tie = Guardianship(
        id=work.new_id(),
        owner_id=kari.owner_id,
        guardian_id=foster.id,
        child_id=kari.id,
        source_id="fosse.kari",
        relation="foster-parent",
    )
    work.session.add_all([foster, tie])
    work.session.flush()
    grant(work, tie, MONDAY + DAY, MONDAY + 2 * DAY)
    for right in work.session.scalars(rights_of(village.guardian(OLA), kari)):
        right.to_day = MONDAY
    nora = work.session.get_one(Child, village.child("Nora Bakken").id)
    nora.birth_date = date(2007, 3, 6)
    work.session.flush()
    end_rights_of_age(work)
    marte = work.session.scalars(ties_of(village.guardian("Marte Bakken"), nora)).one()
    grant(work, marte, MONDAY + 4 * DAY, None)
    village.guardians["fjordvik", FOSTER] = foster
    village.children["fjordvik", "Nora Bakken"] = nora


def grant(work: Work, tie: Guardianship, from_day: date, to_day: date | None) -> None:
    work.session.add(
        GuardianRight(
            id=work.new_id(),
            owner_id=tie.owner_id,
            guardianship_id=tie.id,
            kind=Right.INFORM,
            from_day=from_day,
            to_day=to_day,
            basis="test",
        )
    )


def ties_of(guardian: Guardian, child: Child) -> sa.Select[Guardianship]:
    return sa.select(Guardianship).where(Guardianship.guardian_id == guardian.id, Guardianship.child_id == child.id)


def rights_of(guardian: Guardian, child: Child) -> sa.Select[GuardianRight]:
    return (
        sa.select(GuardianRight)
        .join(Guardianship, Guardianship.id == GuardianRight.guardianship_id)
        .where(Guardianship.guardian_id == guardian.id, Guardianship.child_id == child.id)
    )


def say_all(work: Work, village: Village) -> None:
    for number, one in enumerate(MATRIX):
        people = [village.guardian(name) for name in one.party]
        kind = ThreadKind.SHARED_PHONE if one.sharing is PHONE else None
        heard(work, village, people, "school", str(number), [village.child(name) for name in one.about], kind=kind)


@pytest.fixture
async def families(village: Village) -> Village:
    await village.desk.work(TEST, change_families, village)
    await village.desk.work(TEST, say_all, village)
    return village


async def read_as_leader(village: Village) -> dict[int, Entry]:
    leader = as_staff(village.staff("Ingrid Solberg"))
    seen = {}
    for name in {name for one in MATRIX for name in one.about}:
        for entry in await village.desk.look(leader, read_book, village.child(name).id):
            seen[int(entry.text)] = entry
    return seen


@pytest.mark.capability("N-11")
async def test_every_entry_is_joint_or_between_one_and_the_school_and_read_by_exactly_those_who_may(
    families: Village, clock: StoppedClock
) -> None:
    """Half-siblings, foster homes, the blocked, pupils who come of age: day by day through a week."""
    wrong = []
    for days_on in range(5):
        seen = await read_as_leader(families)
        for number, one in enumerate(MATRIX):
            if one.days_on == days_on:
                entry = seen[number]
                found = frozenset(person.name for person in entry.readers)
                if (found, entry.sharing) != (one.readers, one.sharing):
                    wrong.append((one, sorted(found), entry.sharing))
        clock.move(DAY)

    assert wrong == []


@pytest.mark.parametrize(
    ("child", "days_on", "warnings"),
    [
        (TIRIL, 0, {WENCHE: "", ROGER: "blocked"}),
        (FREDRIK, 0, {WENCHE: "", ROGER: ""}),
        (MIA, 0, {HANNE: "", GEIR: "", PETTER: "no_right"}),
        (KARI, 0, {ANNE: "", OLA: "", FOSTER: "no_right"}),
        (KARI, 1, {ANNE: "", OLA: "no_right", FOSTER: ""}),
        (KARI, 3, {ANNE: "", OLA: "no_right", FOSTER: "no_right"}),
        ("Nora Bakken", 2, {"Marte Bakken": "", "Lars Bakken": ""}),
        ("Nora Bakken", 3, {"Marte Bakken": "of_age", "Lars Bakken": "of_age"}),
        ("Nora Bakken", 4, {"Marte Bakken": "", "Lars Bakken": "of_age"}),
    ],
)
@pytest.mark.capability("N-11")
async def test_staff_are_shown_of_each_guardian_why_the_law_keeps_the_book_from_them(
    families: Village, clock: StoppedClock, child: str, days_on: int, warnings: dict[str, str]
) -> None:
    clock.move(days_on * DAY)

    def ask(look: Look) -> dict[str, str]:
        known = list_known(look, families.child(child), MONDAY + days_on * DAY)
        return {each.name: each.warning for each in known}

    assert await families.desk.look(TEST, ask) == warnings


@pytest.mark.parametrize(
    ("child", "days_on", "reached"),
    [
        (TIRIL, 0, {WENCHE}),
        (MIA, 0, {HANNE, GEIR}),
        (KARI, 0, {ANNE, OLA}),
        (KARI, 1, {ANNE}),
        ("Nora Bakken", 2, {"Marte Bakken", "Lars Bakken"}),
        ("Nora Bakken", 3, set()),
    ],
)
async def test_what_staff_write_reaches_the_same_people(
    families: Village, clock: StoppedClock, child: str, days_on: int, reached: set[str]
) -> None:
    clock.move(days_on * DAY)
    leader = as_staff(families.staff("Ingrid Solberg"))

    def ask(look: Look) -> Sequence[str]:
        plans = list_plans(look, get_reader(look), families.child(child).id)
        return [name for plan in plans for _, name in plan.recipients.readers]

    assert set(await families.desk.look(leader, ask)) == reached
