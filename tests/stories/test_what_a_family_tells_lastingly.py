"""A family fills in what the school should know, on its page and by text; staff see at the door what holds now."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from admin_web.staff.care import KeepAsked, gather_care, gather_kitchen, keep_one_message
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.messages import Message
from hub.school.care_at_door import CareOfChild
from hub.school.care_notes import NoteKind
from hub.school.consent_standing import Verdict, read_standings
from tests.admin_web.family_pages import FamilyPages, family_pages
from tests.living_hub import ANSWER_SECONDS, OPERATOR, LivingHub

ANNE, OLA, KARI, TEACHER = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann", "Kari Lunde"
SEAT = "contact teacher 7A"


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


def teacher(living: LivingHub) -> Asker:
    return Asker("staff", living.village.staff(TEACHER).id, Trust.STRONG, "page child", living.village.owner().id)


async def at_the_door(living: LivingHub) -> CareOfChild:
    return await living.hub.desk.look(teacher(living), gather_care, living.village.child(KARI).id)


async def told_of(living: LivingHub, text: str) -> Message:
    def find(look: Look) -> Message:
        return look.session.scalars(sa.select(Message).where(Message.text == text)).one()

    return await living.hub.desk.look(OPERATOR, find)


@pytest.mark.capability("W-36")
async def test_a_family_tells_on_its_page_and_by_text_and_staff_see_what_holds_now(pages: FamilyPages) -> None:
    living, browser = pages.living, await pages.signed_in(ANNE)
    care = f"/family/children/{pages.child(KARI)}/care"

    form = await browser.get(care)
    await browser.post(f"{care}/notes", kind="food", words="Spiser ikke svin")
    await browser.post(f"{care}/people", person="Eva Berg", relation="nabo", phone="41234567", is_rung="yes")
    asked = await living.text(ANNE, SEAT, "Mormor Anne kan alltid hente Kari")
    listed = await living.text(ANNE, SEAT, "ja")
    told = (await living.phone(OLA).next_text(ANSWER_SECONDS)).body
    answered = await living.text(ANNE, SEAT, "Kari er allergisk mot nøtter")
    message = await told_of(living, "Kari er allergisk mot nøtter")
    kept = {"about": pages.child(KARI), "matter": NoteKind.ALLERGY, "words": "Kari er allergisk mot nøtter"}
    kept |= {"thread_id": message.thread_id, "message_id": message.id}
    await living.hub.desk.work(teacher(living), keep_one_message, KeepAsked.model_validate(kept))
    seen = await at_the_door(living)
    school = living.village.unit("school").id
    kitchen = await living.hub.desk.look(teacher(living), gather_kitchen, school, None)

    assert f"/family/children/{pages.child(KARI)}/consents" in form.text
    assert "/family/you/contact" in form.text
    assert asked == "Skal Anne stå på listen over dem som alltid kan hente Kari? Svar JA eller NEI."
    assert listed.startswith("Notert: Anne står på listen over dem som kan hente Kari")
    assert told.startswith("En foresatt har satt Anne på listen over dem som alltid kan hente Kari.")
    assert "nøtter" not in answered
    assert "allerg" not in answered.casefold()
    assert message.sensitive
    assert [(note.kind, note.words) for note in seen.notes] == [
        ("allergy", "Kari er allergisk mot nøtter"),
        ("food", "Spiser ikke svin"),
    ]
    assert [(one.person, one.may_fetch, one.is_rung) for one in seen.people] == [
        ("Anne", True, False),
        ("Eva Berg", False, True),
    ]
    assert [(table.group, [one.name for one in table.eaters]) for table in kitchen.tables] == [
        ("7A", ["Kari Nordmann"])
    ]


@pytest.mark.capability("W-36")
async def test_a_permission_is_given_on_the_same_pages(pages: FamilyPages) -> None:
    living, browser = pages.living, await pages.signed_in(ANNE)
    page = f"/family/children/{pages.child(KARI)}/consents"
    await browser.get(page)

    def general(look: Look) -> tuple[str, str, Verdict]:
        standings = read_standings(look, living.village.owner().id, [pages.child(KARI)], look.now.date())
        kind = next(kind for kind in standings.kinds if kind.is_general)
        return kind.id, kind.text.id, standings.of(pages.child(KARI), kind).verdict

    kind_id, text_id, _ = await living.hub.desk.look(OPERATOR, general)
    await browser.post(page, kind=kind_id, text=text_id, answer="yes")
    _, _, given = await living.hub.desk.look(OPERATOR, general)

    assert given is Verdict.GIVEN
