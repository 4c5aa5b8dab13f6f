"""*You*: a guardian's own addresses, and a new one that is told there: who hears of it, and when it holds."""

import re

import pytest
import sqlalchemy as sa

from hub.desk import Look
from hub.post.messages import Thread
from hub.safety.address_changes import AddressChange, ChangeState
from tests.admin_web.eid_pages import MOTHER, Scene
from tests.admin_web.family_pages import FamilyPages
from tests.living_hub import ANSWER_SECONDS, OPERATOR
from tests.village import FJORDVIK

ANNE, CONTACT = "Anne Nordmann", "/family/you/contact"


async def changes(pages: FamilyPages) -> list[AddressChange]:
    def read(look: Look) -> list[AddressChange]:
        return list(look.session.scalars(sa.select(AddressChange).order_by(AddressChange.id)))

    return await pages.living.hub.desk.look(OPERATOR, read)


async def waiting(pages: FamilyPages) -> list[str | None]:
    def read(look: Look) -> list[str | None]:
        return list(look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None))))

    return await pages.living.hub.desk.look(OPERATOR, read)


async def test_a_new_number_waits_for_staff_and_the_phone_is_told_at_once(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    before = await browser.get(CONTACT)

    after = await browser.post(CONTACT, address="40 00 09 77")
    told = (await pages.living.phone(ANNE, FJORDVIK).next_text(ANSWER_SECONDS)).body
    (change,) = await changes(pages)

    assert "Vi har" in before.text
    assert "Venter på de ansatte" in after.text
    assert (change.value, change.state) == ("+4740000977", ChangeState.FOR_STAFF)
    assert change.guardian_id == pages.living.village.guardian(ANNE).id
    assert "nytt nummer for deg som slutter på 77" in told
    assert "Var det ikke deg?" in told
    assert "new_address" in await waiting(pages)


async def test_it_is_taken_back_by_the_one_who_told_it_and_by_no_other_family(pages: FamilyPages) -> None:
    browser, other = await pages.signed_in(ANNE), await pages.signed_in("Camilla Hansen")
    await browser.get(CONTACT)
    page = await browser.post(CONTACT, address="anne@example.org")
    end = re.search(rf'action="({CONTACT}/\w+/end)"', page.text)
    assert end is not None
    await other.get(CONTACT)

    refused = await other.post(end[1])
    open_still = (await changes(pages))[0].state
    after = await browser.post(end[1])

    assert refused.status == 404
    assert open_still == ChangeState.FOR_STAFF
    assert "Venter på de ansatte" not in after.text
    assert (await changes(pages))[0].state == ChangeState.REFUSED


@pytest.mark.parametrize("typed", ["hello", "12345", "<script>@x"])
async def test_what_is_no_address_is_said_to_be_none_and_stays_in_the_field(pages: FamilyPages, typed: str) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(CONTACT)

    page = await browser.post(CONTACT, address=typed)

    assert page.status == 422
    assert "verken et telefonnummer eller en e-postadresse" in page.text
    assert "<script>@x" not in page.text
    assert await changes(pages) == []


async def test_nobody_tells_of_new_addresses_without_end(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get(CONTACT)
    for ending in range(3):
        await browser.post(CONTACT, address=f"anne{ending}@example.org")

    page = await browser.post(CONTACT, address="anne9@example.org")

    assert page.status == 422
    assert "mange nye adresser i dag" in page.text
    assert len(await changes(pages)) == 3


async def test_behind_a_phone_that_several_use_no_address_is_shown_or_told(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Gerd Moe")

    shown = await browser.get(CONTACT)
    page = await browser.post(CONTACT, address="gerd@example.org")

    assert "•••" not in shown.text
    assert "Flere bruker denne telefonen" in page.text
    assert await changes(pages) == []


async def test_addresses_are_whole_after_a_strong_sign_in_alone(scene: Scene) -> None:
    phone = scene.village.phone(ANNE)
    by_code, strong = await scene.pages.signed_in(ANNE), await scene.signed_in(MOTHER)

    masked, whole = await by_code.get(CONTACT), await strong.get(CONTACT)

    digits = phone.removeprefix("+47")
    assert digits not in masked.text.replace(" ", "")
    assert digits in whole.text.replace(" ", "")
