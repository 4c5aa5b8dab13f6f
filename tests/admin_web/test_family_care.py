"""*What we should know* on the family pages: filled in, changed and said to hold; what another told, and what is not shown."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianRight, Guardianship, Right
from hub.people.national_ids import keep_national_id
from hub.post.messages import Message, Thread
from hub.safety.audit import AuditRow
from hub.school.care_checks import CareCheck
from hub.school.care_notes import CareNote
from hub.school.trusted_people import TrustedPerson
from hub.seal import Seal
from tests.admin_web.eid_pages import MOTHER, Scene, playing
from tests.admin_web.family_pages import FamilyPages, block
from tests.admin_web.windows import check, open_window
from tests.living_hub import KEY, OPERATOR
from tests.rehearsal.id_provider import synthetic_number
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
FATHER = synthetic_number(7)
NUTS = "Tåler ikke nøtter. Epipen ligger i sekken."


@pytest.fixture
async def scene(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Scene]:
    async with playing(tmp_path, village_store_url, clock) as scene:
        scene.provider.people[FATHER] = OLA
        await scene.pages.living.hub.desk.work(OPERATOR, tell_number, scene.village)
        yield scene


def tell_number(work: Work, village: Village) -> None:
    """Ola's, as a register would."""
    ola = village.guardian(OLA)
    keep_national_id(work, Seal([KEY]), (ola.owner_id, ola.id), f"NO:{FATHER}")


def path(pages: FamilyPages, child: str = KARI) -> str:
    return f"/family/children/{pages.child(child)}/care"


async def rows(pages: FamilyPages, table: type[CareNote] | type[TrustedPerson] | type[CareCheck]) -> list[object]:
    def read(look: Look) -> list[object]:
        return list(look.session.scalars(sa.select(table).order_by(table.id)))

    return await pages.living.hub.desk.look(OPERATOR, read)


async def notes(pages: FamilyPages) -> list[CareNote]:
    return [row for row in await rows(pages, CareNote) if isinstance(row, CareNote)]


async def people(pages: FamilyPages) -> list[TrustedPerson]:
    return [row for row in await rows(pages, TrustedPerson) if isinstance(row, TrustedPerson)]


async def waits(pages: FamilyPages) -> set[str | None]:
    def read(look: Look) -> set[str | None]:
        return set(look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None))))

    return await pages.living.hub.desk.look(OPERATOR, read)


async def test_health_is_written_behind_a_code_and_not_read_there(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))

    page = await browser.post(f"{path(pages)}/notes", kind="allergy", words=NUTS, serious="yes")
    await browser.post(f"{path(pages)}/notes", kind="allergy", words=NUTS, serious="yes")

    assert page.status == 200
    assert "Én opplysning står her" in page.text
    assert "nøtter" not in page.text
    (note,) = await notes(pages)
    assert (note.words, note.serious, note.told_by) == (NUTS, True, pages.living.village.guardian(ANNE).id)


async def test_a_strong_sign_in_reads_it_changes_it_and_ends_it(scene: Scene) -> None:
    mother, pages = await scene.signed_in(MOTHER), scene.pages
    await mother.get(path(pages))
    page = await mother.post(f"{path(pages)}/notes", kind="allergy", words=NUTS)
    assert NUTS in page.text
    assert "X-Budbok-Keep" not in page.headers

    (first,) = await notes(pages)
    page = await mother.post(f"{path(pages)}/notes", kind="food", words="Spiser halal", instead_of=first.id)
    assert NUTS not in page.text
    _, second = await notes(pages)
    page = await mother.post(f"{path(pages)}/notes/{second.id}/end")

    assert "Ingenting står her ennå" in page.text
    assert [row.ended_at is not None for row in await notes(pages)] == [True, True]


async def test_what_one_home_told_the_other_may_question_and_it_stands_until_staff_have_asked(scene: Scene) -> None:
    pages = scene.pages
    mother, father = await scene.signed_in(MOTHER), await scene.signed_in(FATHER)
    await mother.get(path(pages))
    await mother.post(f"{path(pages)}/notes", kind="allergy", words=NUTS)
    (note,) = await notes(pages)

    page = await father.get(path(pages))
    assert f"/notes/{note.id}/end" in page.text
    assert "Jeg tror ikke dette gjelder lenger" in page.text
    rewritten = await father.post(f"{path(pages)}/notes", kind="allergy", words="ingenting", instead_of=note.id)
    page = await father.post(f"{path(pages)}/notes/{note.id}/end")

    assert rewritten.status == 404
    (note,) = await notes(pages)
    assert note.ended_at is None
    assert note.questioned_by == pages.living.village.guardian(OLA).id
    assert await waits(pages) == {"care_note_questioned"}


async def test_whoever_may_fetch_is_told_to_the_other_home_and_denied_with_one_word(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))

    page = await browser.post(
        f"{path(pages)}/people", person="Eva Berg", relation="mormor", phone="412 34 567", may_fetch="yes"
    )
    told = (await pages.living.phone(OLA).next_text()).body

    assert "Eva Berg" in page.text
    assert "41 23 45 67" in page.text
    assert told.startswith("En foresatt har satt Eva Berg på listen over dem som alltid kan hente Kari.")
    answer = await pages.living.text(OLA, "contact teacher 7A", "nei")
    assert "Det som står om Eva Berg, gjelder ikke for Kari før de ansatte har undersøkt det" in answer
    (person,) = await people(pages)
    assert person.disputed_by == pages.living.village.guardian(OLA).id
    assert await waits(pages) == {"trusted_disputed"}


async def test_the_other_home_sees_the_name_and_not_the_phone(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in(ANNE), await pages.signed_in(OLA)
    await mother.get(path(pages))
    await mother.post(f"{path(pages)}/people", person="Eva Berg", phone="41234567", is_rung="yes")

    own, others = await mother.get(path(pages)), await father.get(path(pages))
    (person,) = await people(pages)
    denied = await father.post(f"{path(pages)}/people/{person.id}/end")

    assert "41 23 45 67" in own.text
    assert "Eva Berg" in others.text
    assert "41 23 45 67" not in others.text
    assert "41234567" not in others.text
    assert "De ansatte undersøker det" in denied.text
    assert await waits(pages) == {"trusted_disputed"}


async def test_a_name_like_that_of_somebody_blocked_goes_to_staff_and_nothing_says_so(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Wenche Sand")
    tiril = path(pages, "Tiril Sand")
    await browser.get(tiril)

    page = await browser.post(f"{tiril}/people", person="Roger Hansen", may_fetch="yes")

    assert "Roger Hansen" in page.text
    assert "undersøker" not in page.text
    assert await waits(pages) == {"trusted_forbidden"}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"person": "Eva"}, "Velg om personen kan hente"),
        ({"person": "Eva", "is_rung": "yes"}, "må ha et telefonnummer"),
        ({"person": "Eva", "may_fetch": "yes", "phone": "hjemme"}, "Det er ikke et telefonnummer"),
    ],
)
async def test_what_cannot_be_kept_is_explained_and_stays_typed(
    pages: FamilyPages, form: dict[str, Any], said: str
) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))

    page = await browser.post(f"{path(pages)}/people", **form)

    assert page.status == 422
    assert said in page.text
    assert 'value="Eva"' in page.text
    assert not await people(pages)


async def test_all_of_it_holds_is_kept_with_who_said_so(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(path(pages))
    await browser.post(f"{path(pages)}/people", person="Eva Berg", may_fetch="yes")

    page = await browser.post(f"{path(pages)}/holds")

    assert "Dere så sist over det" in page.text
    assert len(await rows(pages, CareCheck)) == 1


async def test_nobody_without_the_right_reads_or_writes(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    allowed = await browser.get(path(pages))

    def take_consent(work: Work) -> None:
        own = sa.select(Guardianship.id).where(Guardianship.guardian_id == pages.living.village.guardian(ANNE).id)
        work.session.execute(
            sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own), GuardianRight.kind == Right.CONSENT)
        )

    await pages.living.hub.desk.work(OPERATOR, take_consent)
    undecided = await browser.get(path(pages))
    written = await browser.post(f"{path(pages)}/notes", kind="food", words="x")
    await pages.living.hub.desk.work(OPERATOR, block, pages.living.village, OLA, KARI)
    father = await pages.signed_in("Camilla Hansen")
    other = await father.get(path(pages))

    assert (allowed.status, undecided.status, written.status, other.status) == (200, 404, 404, 404)
    assert not await notes(pages)


async def test_whoever_may_not_fetch_lets_nobody_fetch(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)

    def take_fetch(work: Work) -> None:
        own = sa.select(Guardianship.id).where(Guardianship.guardian_id == pages.living.village.guardian(ANNE).id)
        work.session.execute(
            sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own), GuardianRight.kind == Right.FETCH)
        )

    await pages.living.hub.desk.work(OPERATOR, take_fetch)
    page = await browser.get(path(pages))
    posted = await browser.post(f"{path(pages)}/people", person="Eva Berg", may_fetch="yes")

    assert "Legg til en person" not in page.text
    assert posted.status == 404
    assert not await people(pages)


async def test_the_words_stand_in_no_message_and_no_audit(scene: Scene) -> None:
    mother, pages = await scene.signed_in(MOTHER), scene.pages
    await mother.get(path(pages))
    await mother.post(f"{path(pages)}/notes", kind="medicine", words=NUTS)
    await mother.get(path(pages))

    def read(look: Look) -> tuple[list[str], list[AuditRow]]:
        return list(look.session.scalars(sa.select(Message.text))), list(look.session.scalars(sa.select(AuditRow)))

    texts, audited = await pages.living.hub.desk.look(OPERATOR, read)
    (note,) = await notes(pages)

    assert not any("nøtter" in text for text in texts)
    assert not any("nøtter" in f"{row.why} {row.what} {row.ids}" for row in audited)
    assert any(row.what == "care_note.tell" and note.id in row.ids for row in audited)
    assert any(row.what == "read" and note.id in row.ids for row in audited)


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_a_family_fills_it_in(browser: Browser, pages: FamilyPages, width: int) -> None:
    teller = await pages.signed_in(ANNE)
    await teller.get(path(pages))
    await teller.post(f"{path(pages)}/notes", kind="allergy", words=NUTS)
    await teller.post(f"{path(pages)}/people", person="Eva Berg", relation="mormor", may_fetch="yes")
    context, page, complaints = await open_window(browser, pages.url, width)
    for cookie in teller.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": pages.url}])

    await page.goto(path(pages))
    await expect(page.get_by_text("Eva Berg").first).to_be_visible()
    await page.get_by_text("Skriv noe vi bør vite").click()
    await check(page, complaints, f"family-care-{width}")
    await context.close()
