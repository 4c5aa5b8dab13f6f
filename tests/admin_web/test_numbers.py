"""*Numbers*, asked over HTTP: who answers, who may change it, the sheet for families, and why somebody got nothing."""

from collections.abc import AsyncIterator
from datetime import time, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from hub.address import SMS
from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.people.staff import RoleHolding
from hub.post.claims import claim
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.due import Room
from hub.post.messages import Lane, Message
from hub.post.reach_wishes import Reserved, reserve, set_quiet
from tests.admin_web.school_day import SchoolDay, run_school_day, without_chance
from tests.admin_web.staff_site import Browsing, Seen
from tests.hub.post.outboxes import post_text
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

NOWHERE = "01jnda3yw0thv4s6f60mcgwrze"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def role_path(day: SchoolDay, title: str = "contact teacher 7A") -> str:
    return f"/numbers/roles/{day.village.role(title).id}"


async def put_in(
    day: SchoolDay, browser: Browsing, who: str, first: str = "2025-03-04", last: str = "2025-03-07"
) -> Seen:
    await browser.get("/numbers")
    return await browser.post(
        f"{role_path(day)}/stand-in", staff=day.village.staff(who).id, from_day=first, to_day=last
    )


async def holdings(day: SchoolDay, title: str = "contact teacher 7A") -> list[RoleHolding]:
    def read(look: Look) -> list[RoleHolding]:
        return list(
            look.session.scalars(
                sa.select(RoleHolding).where(RoleHolding.role_id == day.village.role(title).id).order_by(RoleHolding.id)
            )
        )

    return await day.site.desk.look(TEST, read)


@pytest.mark.capability("H-45", "H-46")
async def test_everybody_at_a_unit_sees_who_answers_each_number_and_who_stands_in(day: SchoolDay) -> None:
    assistant, club = await day.as_("Sindre Moen"), await day.as_("Nora Eide")

    of_school, of_club = await assistant.get("/numbers"), await club.get("/numbers")

    assert "<h1>Alle 5 numrene har noen som svarer</h1>" in of_school.text
    assert "5900 0000 0000 42" in of_school.text
    assert "Liv Berge, til lør. 15. mars" in of_school.text
    assert "Endre" not in of_school.text
    assert "26999" in of_club.text
    assert "5900 0000 0000 42" not in of_club.text


@pytest.mark.capability("N-26")
async def test_a_leader_puts_in_a_stand_in_from_day_to_day_and_ends_it(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")

    seen = await put_in(day, leader, "Liv Berge")

    assert "vikar, i morgen til fre. 7. mars" in seen.text
    assert "Liv Berge, i morgen til fre. 7. mars" in (await leader.get("/numbers")).text
    added = next(holding for holding in await holdings(day) if holding.stand_in)
    assert [row.ids[-1] for row in await day.audited("role.stand_in", "Ingrid Solberg")] == [added.id]

    await leader.get(role_path(day))
    ended = await leader.post(f"{role_path(day)}/stand-in/{added.id}/end")

    assert "Liv Berge</b>" not in ended.text


async def test_a_span_that_is_turned_round_comes_back_with_what_was_typed(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")

    seen = await put_in(day, leader, "Tuva Brekke", "2025-03-07", "2025-03-04")

    assert seen.status == 422
    assert "Siste dag er før første." in seen.text
    assert 'value="2025-03-07"' in seen.text
    assert f'value="{day.village.staff("Tuva Brekke").id}" selected' in seen.text
    assert len(await holdings(day)) == 2


@pytest.mark.parametrize(
    ("who", "owner"),
    [
        ("Kari Lunde", "fjordvik"),
        ("Sindre Moen", "fjordvik"),
        ("Astrid Vik", "fjordvik"),
        ("Tuula Heikkinen", SAARELA),
    ],
    ids=["the teacher herself", "an assistant", "another unit's leader", "another municipality's leader"],
)
async def test_others_change_nothing_and_find_what_is_not_there(day: SchoolDay, who: str, owner: str) -> None:
    other = await day.as_(who, owner)
    before = len(await holdings(day))

    shown, absent = await other.get(role_path(day)), await other.get(f"/numbers/roles/{NOWHERE}")
    tried = await put_in(day, other, "Liv Berge")

    assert (shown.status, absent.status, tried.status) == (404, 404, 404)
    assert without_chance(shown) == without_chance(absent)
    assert len(await holdings(day)) == before


async def test_the_office_changes_teachers_but_not_the_leader(day: SchoolDay) -> None:
    office = await day.as_("Per Haugen")

    assert (await put_in(day, office, "Liv Berge")).status == 200

    path = role_path(day, "principal")
    await office.get("/numbers")
    tried = await office.post(
        f"{path}/holder", staff=day.village.staff("Per Haugen").id, from_day="2025-03-03", before=""
    )
    assert tried.status == 404
    assert len(await holdings(day, "principal")) == 1


async def test_a_change_asks_for_fresh_proof(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg", fresh=False)

    page = await leader.get(role_path(day))
    tried = await put_in(day, leader, "Liv Berge")

    assert "Vis først at det er deg" in page.text
    assert tried.path.startswith("/sign-in/fresh")
    assert len(await holdings(day)) == 2


async def test_nobody_of_another_unit_or_municipality_can_be_put_in(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")
    await leader.get("/numbers")

    elsewhere = await leader.post(
        f"{role_path(day)}/stand-in",
        staff=day.village.staff("Jari Laine", SAARELA).id,
        from_day="2025-03-04",
        to_day="2025-03-05",
    )
    busy = await put_in(day, leader, "Mette Strand")

    assert (elsewhere.status, busy.status) == (404, 404)


async def test_a_role_is_handed_over_from_a_day(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")
    await leader.get(role_path(day))
    before = next(holding for holding in await holdings(day) if holding.to_day is None)

    await leader.post(
        f"{role_path(day)}/holder",
        staff=day.village.staff("Tuva Brekke").id,
        from_day="2025-03-10",
        before=before.id,
    )

    seen = await leader.get("/numbers")
    assert "Tuva Brekke fra man. 10. mars" in seen.text


async def test_a_number_is_given_released_and_taken_back(day: SchoolDay) -> None:
    leader, path = await day.as_("Ingrid Solberg"), role_path(day, "assistant 1A")
    number = day.village.number("free")
    await leader.get(path)

    given = await leader.post(f"{path}/numbers", number=number.id)
    assert f"Frigi {number.shown}" in given.text
    assert "Nummeret hviler i 180 dager" in given.text

    released = await leader.post(f"{path}/numbers/{number.id}/release")
    assert f"{number.shown} er frigitt" in released.text
    assert "Hviler til lør. 30. aug." in released.text

    kept = await leader.post(f"{path}/numbers/{number.id}/keep")
    assert "Hviler til" not in kept.text


async def test_a_number_of_another_municipality_is_not_given(day: SchoolDay) -> None:
    leader, path = await day.as_("Ingrid Solberg"), role_path(day, "assistant 1A")
    await leader.get(path)

    tried = await leader.post(f"{path}/numbers", number=day.village.number("leader", SAARELA).id)

    assert tried.status == 404


@pytest.mark.capability("H-47")
async def test_the_sheet_shows_the_number_as_people_read_it_and_how_to_write_it(day: SchoolDay) -> None:
    teacher, club = await day.as_("Jonas Dahl"), await day.as_("Nora Eide")

    fourteen = await teacher.get(f"{role_path(day, 'contact teacher 4B')}/sheet")
    short = await club.get(f"{role_path(day, 'club')}/sheet")

    assert "Nummeret har 14 sifre. Skriv det akkurat slik det står, uten +47 foran." in fourteen.text
    assert "The number has 14 digits." in fourteen.text
    assert fourteen.text.count('class="qr"') == 2
    assert "Dette er et kort nummer." in short.text
    assert '<p class="number">26999</p>' in short.text


@pytest.mark.capability("H-47")
async def test_the_contact_card_keeps_the_number_and_no_private_phone(day: SchoolDay) -> None:
    teacher = await day.as_("Jonas Dahl")

    card = await teacher.get(f"{role_path(day, 'contact teacher 4B')}/contact.vcf")

    assert card.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert "FN:Kontaktlærer 4B\\, Fjordvik skole\r\n" in card.text
    assert "TEL;TYPE=CELL:59000000000042\r\n" in card.text


async def test_another_unit_s_sheet_and_card_are_not_there(day: SchoolDay) -> None:
    teacher = await day.as_("Jonas Dahl")

    for what in ("sheet", "contact.vcf"):
        assert (await teacher.get(f"{role_path(day, 'club')}/{what}")).status == 404


async def ask(browser: Browsing, phone: str) -> Seen:
    await browser.get("/numbers/check")
    return await browser.post("/numbers/check", phone=phone)


@pytest.mark.capability("H-59")
@pytest.mark.parametrize("typed", ["40000101", "400 00 101", "+47 400 00 101", "0047 40000101", "(400) 00-101"])
async def test_a_phone_in_any_form_is_found_and_what_became_of_texts_is_told(day: SchoolDay, typed: str) -> None:
    await day.write("Anne Nordmann", "Hei", ["Kari Nordmann"])
    await day.site.desk.work(TEST, lambda work: add_delivery(work, day, Status.UNDELIVERED, "30003"))
    teacher = await day.as_("Kari Lunde")

    seen = await ask(teacher, typed)

    assert "Anne Nordmann" in seen.text
    assert "Nummeret er bekreftet" in seen.text
    assert "Kom ikke fram. Telefonen var slått av eller uten dekning." in seen.text


def add_delivery(work: Work, day: SchoolDay, status: Status, reason: str | None) -> None:
    address = day.village.addresses[day.village.guardian("Anne Nordmann").id][0]
    message = work.session.scalars(sa.select(Message)).one()
    work.session.add(
        Delivery(
            id=work.new_id(),
            owner_id=address.owner_id,
            message_id=message.id,
            guardian_id=address.guardian_id,
            address_id=address.id,
            channel="twilio",
            kind="sms",
            sender=day.village.number("contact teacher 7A").value,
            recipient=address.value,
            text="Hei",
            lane=2,
            due=work.now,
            deadline=work.now + timedelta(hours=1),
            status=status,
            rank=RANK[status],
            reason=reason,
        )
    )


@pytest.mark.capability("H-59")
async def test_a_stopped_a_stale_and_a_dead_number_say_so(day: SchoolDay) -> None:
    def change(work: Work) -> None:
        for name, field in (("Anne Nordmann", "stopped_at"), ("Ola Nordmann", "gone_at")):
            address = day.village.addresses[day.village.guardian(name).id][0]
            setattr(work.session.get_one(GuardianAddress, address.id), field, work.now)

    await day.site.desk.work(TEST, change)
    leader = await day.as_("Ingrid Solberg")

    stopped = await ask(leader, day.village.phone("Anne Nordmann"))
    gone = await ask(leader, day.village.phone("Ola Nordmann"))
    stale = await ask(leader, day.village.phone("Jorunn Tveit"))

    assert "Svarte STOPP i dag." in stopped.text
    assert "Nummeret er ikke i bruk lenger" in gone.text
    assert "bare varsler uten innhold" in stale.text


@pytest.mark.capability("H-59")
async def test_who_said_no_to_texts_is_shown_so_and_when_the_family_is_left_in_peace(day: SchoolDay) -> None:
    await day.site.desk.work(TEST, reserve, day.village.guardian("Anne Nordmann"), SMS, Reserved.ALL, "test")
    await day.site.desk.work(TEST, set_quiet, day.village.guardian("Ola Nordmann"), (time(20), time(8)), "test")
    leader = await day.as_("Ingrid Solberg")

    closed = await ask(leader, day.village.phone("Anne Nordmann"))
    quiet = await ask(leader, day.village.phone("Ola Nordmann"))

    assert "Har sagt nei til SMS, også i en nødssituasjon." in closed.text
    assert "Stilletid kl. 20.00 til 08.00" in quiet.text
    assert "Nummeret er bekreftet" in quiet.text


@pytest.mark.parametrize("guardian", ["Lene Berg", "Ragnhild Lien"], ids=["another group's", "a protected child's"])
async def test_a_number_outside_my_reach_is_answered_as_one_nobody_has(day: SchoolDay, guardian: str) -> None:
    assistant = await day.as_("Sindre Moen")
    phone = day.village.phone(guardian)

    seen, unknown = await ask(assistant, phone), await ask(assistant, "+4740000998")

    theirs, nobody_s = phone[-8:], "40000998"
    assert "Ingen av familiene dine har" in seen.text
    assert guardian not in seen.text
    assert _without(seen, theirs) == _without(unknown, nobody_s)
    leader = await day.as_("Ingrid Solberg")
    assert guardian in (await ask(leader, phone)).text


def _without(seen: Seen, digits: str) -> str:
    """The page without the number that was asked about, however it is spaced."""
    spaced = " ".join(digits[i : i + 2] for i in range(0, 8, 2))
    return without_chance(seen).replace(digits, "").replace(spaced, "")


async def test_what_is_no_number_says_so_and_keeps_what_was_typed(day: SchoolDay) -> None:
    teacher = await day.as_("Kari Lunde")

    seen = await ask(teacher, "mamma")

    assert "Det er ikke et telefonnummer vi kjenner igjen." in seen.text
    assert 'value="mamma"' in seen.text


async def test_a_leader_sees_how_many_texts_went_what_they_cost_and_what_waits_for_a_cap(day: SchoolDay) -> None:
    day.move_to(10, 0)
    caps = CapSettings(per_unit=1, prices={"NO": Decimal("0.79")})
    desk = day.village.desk
    await desk.work(TEST, post_text, day.village, "Hei", lane=Lane.ORDINARY)
    await desk.work(TEST, post_text, day.village, "Hei igjen", lane=Lane.ORDINARY)
    await desk.work(TEST, claim, Room(10, caps=caps))

    leader, teacher = await day.as_("Ingrid Solberg"), await day.as_("Jonas Dahl")
    seen, unseen = await leader.get("/numbers"), await teacher.get("/numbers")

    assert "1 melding er sendt herfra i dag." in seen.text
    assert "0,79 i dag og 0,79 denne måneden" in seen.text
    assert "1 melding venter" in seen.text
    assert "enheten har sendt så mange meldinger i dag som den kan" in seen.text
    assert "sendt herfra" not in unseen.text


async def test_all_sheets_of_a_unit_are_printed_at_once(day: SchoolDay) -> None:
    teacher, elsewhere = await day.as_("Kari Lunde"), await day.as_("Astrid Vik")
    path = f"/numbers/{day.village.unit('school').id}/sheets"

    sheets = await teacher.get(path)

    for title in ("contact teacher 7A", "contact teacher 4B", "office"):
        assert day.village.number(title).shown in sheets.text
        assert day.village.role(title).title in sheets.text
    assert day.village.number("club").shown not in sheets.text
    assert f'href="{path}"' in (await teacher.get(f"/numbers/{day.village.unit('school').id}")).text
    assert (await elsewhere.get(path)).status == 404
