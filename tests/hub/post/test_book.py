"""Who reads what: staff in a child's book, and the guardians that the book says can read each message."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Block, Child, Guardian, GuardianRight, Guardianship, Placement, Right
from hub.people.places import Unit
from hub.people.staff import RoleHolding
from hub.post.book import read_book, read_book_page, read_thread
from hub.post.deliveries import Status
from hub.post.entry import Entry, Progress, Sharing
from hub.post.messages import BOOK_PAGE, ThreadKind
from hub.post.reading import get_reader
from hub.safety.access import NotThereError
from tests.hub.post.spoken import TEST, answered, as_staff, heard
from tests.village import SAARELA, Village


async def read(village: Village, staff: str, child: str, owner: str = "fjordvik", of: str = "fjordvik") -> list[Entry]:
    return await village.desk.look(as_staff(village.staff(staff, owner)), read_book, village.child(child, of).id)


def texts(entries: Sequence[Entry]) -> list[str]:
    return [entry.text for entry in entries]


@pytest.mark.capability("H-41", "H-52")
async def test_the_book_holds_what_was_said_in_every_thread_about_the_child_in_order(village: Village) -> None:
    kari = village.child("Kari Nordmann")

    def talk(work: Work) -> None:
        heard(work, village, village.guardian("Anne Nordmann"), "school", "Kari er syk", [kari])
        answered(work, village, village.guardian("Anne Nordmann"), "school", "Notert", [kari])
        heard(work, village, village.guardian("Ola Nordmann"), "school", "Hva har hun i lekse?", [kari])

    await village.desk.work(TEST, talk)

    assert texts(await read(village, "Kari Lunde", "Kari Nordmann")) == [
        "Kari er syk",
        "Notert",
        "Hva har hun i lekse?",
    ]


async def test_an_entry_tells_who_said_it_how_it_went_and_who_can_read_it(village: Village) -> None:
    kari, anne = village.child("Kari Nordmann"), village.guardian("Anne Nordmann")
    lunde = village.staff("Kari Lunde")

    def talk(work: Work) -> None:
        heard(work, village, anne, "school", "Kari er syk", [kari])
        answered(
            work, village, anne, "school", "God bedring", [kari], by=lunde, ends=Status.UNDELIVERED, reason="30003"
        )

    await village.desk.work(TEST, talk)

    said, reply = await read(village, "Kari Lunde", "Kari Nordmann")
    assert (said.who, said.channel, said.sharing) == ("Anne Nordmann", "sms", Sharing.PRIVATE)
    assert [person.name for person in said.readers] == ["Anne Nordmann"]
    assert (reply.who, reply.deliveries[0].progress, reply.deliveries[0].reason) == (
        "Kari Lunde",
        Progress.FAILED,
        "30003",
    )
    assert reply.deliveries[0].address == "•••01"
    assert reply.as_json()["deliveries"][0]["to"] == "Anne Nordmann"


@pytest.mark.parametrize(
    ("staff", "child"),
    [
        ("Jonas Dahl", "Kari Nordmann"),
        ("Mette Strand", "Kari Nordmann"),
        ("Liv Berge", "Kari Nordmann"),
        ("Sindre Moen", "Ada Lien"),
        ("Per Haugen", "Ada Lien"),
    ],
)
async def test_the_book_is_not_there_for_other_groups_units_and_readers_who_are_not_named(
    village: Village, staff: str, child: str
) -> None:
    with pytest.raises(NotThereError):
        await read(village, staff, child)


@pytest.mark.parametrize(
    ("staff", "child"),
    [
        ("Kari Lunde", "Kari Nordmann"),
        ("Tuva Brekke", "Kari Nordmann"),
        ("Per Haugen", "Kari Nordmann"),
        ("Maria Nygård", "Ada Lien"),
        ("Ingrid Solberg", "Ada Lien"),
    ],
)
async def test_the_book_is_there_for_those_who_serve_the_child(village: Village, staff: str, child: str) -> None:
    assert await read(village, staff, child) == []


async def test_the_book_is_not_there_for_another_owner_nor_without_strong_sign_in(village: Village) -> None:
    with pytest.raises(NotThereError):
        await read(village, "Tuula Heikkinen", "Kari Nordmann", owner=SAARELA)
    lunde = village.staff("Kari Lunde")
    weak = Asker("staff", lunde.id, Trust.CONFIRMED, "test", lunde.owner_id)
    with pytest.raises(NotThereError):
        await village.desk.look(weak, read_book, village.child("Kari Nordmann").id)


async def test_a_message_about_two_siblings_is_read_only_by_who_may_read_for_each(village: Village) -> None:
    tiril, fredrik = village.child("Tiril Sand"), village.child("Fredrik Sand")
    wenche = village.guardian("Wenche Sand")

    def talk(work: Work) -> None:
        heard(work, village, wenche, "school", "Begge hentes tidlig", [tiril, fredrik])
        heard(work, village, wenche, "school", "Fredrik glemte sekken", [fredrik])

    await village.desk.work(TEST, talk)

    assert texts(await read(village, "Kari Lunde", "Fredrik Sand")) == ["Fredrik glemte sekken"]
    assert texts(await read(village, "Tuva Brekke", "Fredrik Sand")) == ["Begge hentes tidlig", "Fredrik glemte sekken"]
    assert texts(await read(village, "Jonas Dahl", "Tiril Sand")) == []


async def test_neither_unit_of_a_child_reads_what_was_said_at_the_other(village: Village) -> None:
    jakob, lene = village.child("Jakob Berg"), village.guardian("Lene Berg")

    def talk(work: Work) -> None:
        heard(work, village, lene, "school", "Til skolen", [jakob])
        heard(work, village, lene, "club", "Til SFO", [jakob])

    await village.desk.work(TEST, talk)

    assert texts(await read(village, "Jonas Dahl", "Jakob Berg")) == ["Til skolen"]
    assert texts(await read(village, "Nora Eide", "Jakob Berg")) == ["Til SFO"]


async def test_what_names_no_child_is_read_by_its_seat_and_by_who_serves_every_child_of_the_family(
    village: Village,
) -> None:
    wenche = village.guardian("Wenche Sand")

    def talk(work: Work) -> str:
        return heard(work, village, wenche, "school", "Kan vi snakkes?", [], seat="contact teacher 7A").thread_id

    thread_id = await village.desk.work(TEST, talk)

    def seen(look: Look) -> list[str]:
        return texts(read_thread(look, get_reader(look), thread_id)[1].entries)

    for staff in ("Kari Lunde", "Tuva Brekke", "Ingrid Solberg"):
        assert await village.desk.look(as_staff(village.staff(staff)), seen) == ["Kan vi snakkes?"], staff
    with pytest.raises(NotThereError):
        await village.desk.look(as_staff(village.staff("Jonas Dahl")), seen)


async def test_what_a_protected_childs_mother_writes_without_naming_it_is_read_only_by_named_readers(
    village: Village,
) -> None:
    mother = village.guardian("Ragnhild Lien")

    def talk(work: Work) -> str:
        return heard(work, village, mother, "school", "Ring meg", [], seat="office").thread_id

    thread_id = await village.desk.work(TEST, talk)

    def seen(look: Look) -> list[str]:
        return texts(read_thread(look, get_reader(look), thread_id)[1].entries)

    assert await village.desk.look(as_staff(village.staff("Ingrid Solberg")), seen) == ["Ring meg"]
    with pytest.raises(NotThereError):
        await village.desk.look(as_staff(village.staff("Per Haugen")), seen)


async def test_a_book_opens_no_further_than_todays_placement(village: Village, clock: StoppedClock) -> None:
    kari = village.child("Kari Nordmann")
    assert await read(village, "Kari Lunde", "Kari Nordmann") == []

    def move(work: Work) -> None:
        yesterday = clock.now().date() - timedelta(days=1)
        work.session.execute(sa.update(Placement).where(Placement.child_id == kari.id).values(to_day=yesterday))

    await village.desk.work(TEST, move)

    with pytest.raises(NotThereError):
        await read(village, "Kari Lunde", "Kari Nordmann")


async def test_a_book_is_turned_page_by_page_without_a_gap_or_a_repeat(village: Village) -> None:
    kari, anne = village.child("Kari Nordmann"), village.guardian("Anne Nordmann")
    total = BOOK_PAGE * 2 + 3

    def talk(work: Work) -> None:
        for number in range(total):
            heard(work, village, anne, "school", str(number), [kari])

    await village.desk.work(TEST, talk)

    def turn(look: Look) -> list[str]:
        found: list[str] = []
        before: str | None = None
        while True:
            page = read_book_page(look, get_reader(look), kari.id, before)
            found = texts(page.entries) + found
            before = page.before
            if before is None:
                return found

    assert await village.desk.look(as_staff(village.staff("Kari Lunde")), turn) == [str(n) for n in range(total)]


async def test_a_page_costs_the_same_number_of_questions_however_much_was_said(village: Village) -> None:
    kari, anne = village.child("Kari Nordmann"), village.guardian("Anne Nordmann")

    def count(look: Look) -> int:
        asked: list[str] = []
        engine = look.session.get_bind()

        def note(*arguments: object) -> None:
            asked.append(str(arguments[2]))

        sa.event.listen(engine, "before_cursor_execute", note)
        read_book(look, kari.id)
        sa.event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    def say_one(work: Work) -> None:
        heard(work, village, anne, "school", "en", [kari])
        answered(work, village, anne, "school", "to", [kari])

    def say_many(work: Work) -> None:
        for number in range(30):
            heard(work, village, anne, "school", str(number), [kari])
            answered(work, village, anne, "school", str(number), [kari])

    lunde = as_staff(village.staff("Kari Lunde"))
    await village.desk.work(TEST, say_one)
    few = await village.desk.look(lunde, count)
    await village.desk.work(TEST, say_many)

    assert await village.desk.look(lunde, count) == few <= 20


def _expected_readers(look: Look, party: Sequence[Guardian], children: Sequence[Child]) -> set[str]:
    """The rule said once more, guardian by guardian: a right to be informed for every child, and no block for any."""
    found = set()
    for guardian in party:
        ties = {
            tie.child_id: tie.id
            for tie in look.session.scalars(sa.select(Guardianship).where(Guardianship.guardian_id == guardian.id))
        }
        blocked = set(
            look.session.scalars(
                sa.select(Block.child_id).where(Block.guardian_id == guardian.id, Block.lifted_at.is_(None))
            )
        )
        informed = {
            child_id
            for child_id, tie_id in ties.items()
            if child_id not in blocked
            and look.session.scalar(
                sa.select(GuardianRight.id).where(
                    GuardianRight.guardianship_id == tie_id, GuardianRight.kind == Right.INFORM
                )
            )
        }
        if all(child.id in informed for child in children):
            found.add(guardian.name)
    return found


@pytest.mark.capability("H-44")
async def test_the_book_names_exactly_the_guardians_who_can_read_each_entry(village: Village) -> None:
    """Half-siblings, step-parents, a blocked father, two homes, a shared phone: every party with every set of its children."""
    families = [
        (["Hanne Olsen"], ["Mia Dahlby Olsen", "Leo Viken Olsen"]),
        (["Geir Dahlby"], ["Mia Dahlby Olsen", "Leo Viken Olsen"]),
        (["Petter Viken"], ["Mia Dahlby Olsen", "Leo Viken Olsen"]),
        (["Hanne Olsen", "Petter Viken"], ["Mia Dahlby Olsen", "Leo Viken Olsen"]),
        (["Wenche Sand"], ["Tiril Sand", "Fredrik Sand"]),
        (["Roger Sand"], ["Tiril Sand", "Fredrik Sand"]),
        (["Wenche Sand", "Roger Sand"], ["Tiril Sand", "Fredrik Sand"]),
        (["Arne Moe", "Gerd Moe"], ["Iselin Moe"]),
        (["Marte Bakken", "Lars Bakken"], ["Nora Bakken"]),
    ]
    cases = [
        (party, about)
        for party, children in families
        for about in ([children[:1], children[1:], children] if len(children) > 1 else [children])
    ]

    def talk(work: Work) -> dict[str, tuple[list[str], list[str]]]:
        out = {}
        for number, (party, about) in enumerate(cases):
            kind = ThreadKind.SHARED_PHONE if party[0] == "Arne Moe" else None
            people = [village.guardian(name) for name in party]
            heard(work, village, people, "school", str(number), [village.child(name) for name in about], kind=kind)
            out[str(number)] = party, about
        return out

    said = await village.desk.work(TEST, talk)
    leader = as_staff(village.staff("Ingrid Solberg"))
    seen: dict[str, Entry] = {}
    for name in {name for _, children in families for name in children}:
        for entry in await village.desk.look(leader, read_book, village.child(name).id):
            seen[entry.text] = entry

    def expect(look: Look) -> dict[str, set[str]]:
        return {
            text: _expected_readers(look, [village.guardian(n) for n in party], [village.child(n) for n in about])
            for text, (party, about) in said.items()
        }

    expected = await village.desk.look(leader, expect)
    assert {text: {person.name for person in entry.readers} for text, entry in seen.items()} == expected
    assert set().union(*expected.values()) >= {"Wenche Sand", "Geir Dahlby", "Arne Moe", "Lars Bakken"}
    assert all("Roger Sand" not in expected[t] for t, (_, about) in said.items() if "Tiril Sand" in about)
    assert all(
        (entry.sharing is Sharing.JOINT) == (len(said[text][0]) == 2 and said[text][0][0] != "Arne Moe")
        for text, entry in seen.items()
    )


async def test_who_reads_along_is_told_by_the_day_of_the_unit_and_not_of_the_readers_other_unit(
    village: Village, clock: StoppedClock
) -> None:
    kari, ola, reader = (
        village.child("Kari Nordmann"),
        village.guardian("Ola Nordmann"),
        village.staff("Ingrid Solberg"),
    )
    club, last = village.role("club"), date(2025, 3, 3)

    def prepare(work: Work) -> None:
        work.session.get_one(Unit, club.unit_id).zone = "Europe/Helsinki"
        work.session.add(
            RoleHolding(
                id=work.new_id(),
                owner_id=club.owner_id,
                role_id=club.id,
                staff_id=reader.id,
                from_day=date(2025, 1, 1),
                made_at=work.now,
            )
        )
        tie = sa.select(Guardianship.id).where(Guardianship.guardian_id == ola.id, Guardianship.child_id == kari.id)
        rights = sa.update(GuardianRight).where(GuardianRight.guardianship_id.in_(tie))
        work.session.execute(rights.values(to_day=last))
        heard(work, village, ola, "school", "Hva har hun i lekse?", [kari])

    await village.desk.work(TEST, prepare)
    clock.move(datetime(2025, 3, 3, 22, 30, tzinfo=UTC) - clock.now())
    before = await village.desk.look(as_staff(reader), read_book, kari.id)
    clock.move(timedelta(minutes=31))
    after = await village.desk.look(as_staff(reader), read_book, kari.id)

    assert [person.name for person in before[0].readers] == ["Ola Nordmann"]
    assert after[0].readers == ()


async def test_a_page_is_full_however_many_messages_between_are_not_for_the_reader(village: Village) -> None:
    tiril, fredrik = village.child("Tiril Sand"), village.child("Fredrik Sand")
    wenche = village.guardian("Wenche Sand")

    def talk(work: Work) -> None:
        heard(work, village, wenche, "school", "først", [fredrik])
        for number in range(3 * BOOK_PAGE):
            heard(work, village, wenche, "school", f"begge {number}", [tiril, fredrik])
        heard(work, village, wenche, "school", "sist", [fredrik])

    await village.desk.work(TEST, talk)

    assert texts(await read(village, "Kari Lunde", "Fredrik Sand")) == ["først", "sist"]
    assert len(await read(village, "Tuva Brekke", "Fredrik Sand")) == BOOK_PAGE
