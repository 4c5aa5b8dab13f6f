"""Sara has two homes. The school opens the family pages for her father, who has never used them: on his own phone, with his own
contact data, notices and read marks, and nothing of her mother's."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from admin_web.staff.page_access import invite_by_page
from hub.address import APP
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, GuardianAddress
from hub.post.deliveries import Delivery, Status
from hub.safety.access import NotThereError
from hub.sign_in.page_access import CannotBeInvitedError, Hindrance, PageAccess, get_access
from hub.talk.inviting import InvitedLatelyError
from tests.admin_web.family_pages import FamilyPages, block, family_pages
from tests.living_hub import ANSWER_SECONDS, OPERATOR

FATHER, MOTHER, SARA = "Thomas Vestby", "Camilla Hansen", "Sara Hansen"
TEACHER = "contact teacher 1A"
URL = "https://hub.fjordvik.example/family"


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


def teacher(pages: FamilyPages, name: str = "Maria Nygård") -> Asker:
    return Asker("staff", pages.living.village.staff(name).id, Trust.STRONG, "page access")


async def access(pages: FamilyPages, guardian: str) -> PageAccess:
    found = await pages.living.hub.desk.look(teacher(pages), get_access, pages.child(SARA))
    return next(each for each in found.guardians if each.known.name == guardian)


async def invite(pages: FamilyPages, guardian: str, *, by: str = "Maria Nygård") -> None:
    guardian_id = pages.living.village.guardian(guardian).id
    await pages.living.hub.desk.work(teacher(pages, by), invite_by_page, pages.child(SARA), guardian_id, URL)


async def statuses(pages: FamilyPages, guardian: str) -> set[str]:
    """How far what went to a guardian in the app came."""

    def ask(look: Look) -> set[str]:
        theirs = sa.select(Delivery.status).where(
            Delivery.kind == APP, Delivery.guardian_id == pages.living.village.guardian(guardian).id
        )
        return set(look.session.scalars(theirs))

    return await pages.living.hub.desk.look(OPERATOR, ask)


@pytest.mark.capability("W-24")
async def test_the_second_guardian_comes_in_by_himself_and_has_all_that_is_his_own(pages: FamilyPages) -> None:
    before = await access(pages, FATHER)
    mother = await pages.signed_in(MOTHER)
    await pages.write(mother, SARA, "Vi har flyttet til Fiolveien", role=TEACHER)
    mothers_phone = len(pages.living.phone(MOTHER).history)

    await invite(pages, FATHER)
    text = (await pages.living.phone(FATHER).next_text(ANSWER_SECONDS)).body
    father = await pages.signed_in(FATHER)
    await pages.write(father, SARA, "Hva er det til lekse?", role=TEACHER)
    after = await access(pages, FATHER)

    assert (before.signed_in_at, before.may_be_invited) == (None, True)
    assert URL in text
    assert "Sara" not in text
    assert "passord" in text
    assert after.signed_in_at is not None
    assert after.invited_at is not None
    assert len(pages.living.phone(MOTHER).history) == mothers_phone

    contact = await father.get("/family/you/contact")
    endings = {name: pages.living.village.phone(name)[-2:] for name in (FATHER, MOTHER)}
    book = await father.get(f"/family/children/{pages.child(SARA)}")

    assert endings[FATHER] in contact.text
    assert f"{endings[MOTHER]}<" not in contact.text
    assert "Fiolveien" not in book.text
    assert MOTHER not in book.text


@pytest.mark.capability("W-24")
async def test_each_has_read_marks_and_notices_of_their_own(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in(MOTHER), await pages.signed_in(FATHER)
    for browser in (mother, father):
        await browser.get(f"/family/children/{pages.child(SARA)}")
        await pages.send(browser, SARA, "Når slutter skoledagen?", role=TEACHER, follow=False)
        await pages.living.settled()

    arrived = await statuses(pages, MOTHER), await statuses(pages, FATHER)
    await father.get(f"/family/children/{pages.child(SARA)}")
    opened = await statuses(pages, MOTHER), await statuses(pages, FATHER)
    reach = await father.get("/family/reach")
    quiet = dict(re.findall(r'name="([\w.-]+)" value="([^"]*)" checked', reach.text))
    mothers = await mother.get("/family/reach")

    assert arrived == ({Status.DELIVERED}, {Status.DELIVERED})
    assert opened == ({Status.DELIVERED}, {Status.READ})
    assert reach.status == mothers.status == 200
    assert quiet == dict(re.findall(r'name="([\w.-]+)" value="([^"]*)" checked', mothers.text))


async def test_he_is_texted_once_a_day_and_never_when_kept_from_her(pages: FamilyPages) -> None:
    await invite(pages, FATHER)
    with pytest.raises(InvitedLatelyError):
        await invite(pages, FATHER)

    await pages.living.hub.desk.work(OPERATOR, block, pages.living.village, FATHER, SARA)
    kept_out = await access(pages, FATHER)

    assert kept_out.hindrance is Hindrance.BLOCKED
    assert (kept_out.signed_in_at, kept_out.invited_at, kept_out.phone) == (None, None, None)
    with pytest.raises(NotThereError):
        await invite(pages, FATHER)


@pytest.mark.parametrize("name", ["Jonas Dahl", "Mette Strand"])
async def test_who_does_not_serve_the_child_invites_nobody(pages: FamilyPages, name: str) -> None:
    with pytest.raises(NotThereError):
        await invite(pages, FATHER, by=name)

    await invite(pages, FATHER)
    assert URL in (await pages.living.phone(FATHER).next_text(ANSWER_SECONDS)).body


async def test_nobody_is_texted_about_a_child_whose_address_is_secret(pages: FamilyPages) -> None:
    """The other home would learn from it; an eID lets in whoever may."""

    def protect(work: Work) -> None:
        work.session.get_one(Child, pages.child(SARA)).protected = True

    await pages.living.hub.desk.work(OPERATOR, protect)

    with pytest.raises(Refusal):
        await invite(pages, FATHER)
    assert not pages.living.phone(FATHER).history


async def test_a_phone_of_both_opens_nobodys_own_talk(pages: FamilyPages) -> None:
    mother = pages.living.village.guardian(MOTHER)

    def share(work: Work) -> None:
        value = pages.living.village.phone(FATHER)
        work.session.add(
            GuardianAddress(
                id=work.new_id(),
                owner_id=mother.owner_id,
                guardian_id=mother.id,
                kind="sms",
                value=value,
                confirmed_at=work.now,
            )
        )

    await pages.living.text(MOTHER, TEACHER, "Vi har flyttet til Fiolveien")
    await pages.living.hub.desk.work(OPERATOR, share)
    browser = await pages.signed_in(FATHER)
    book = await browser.get(f"/family/children/{pages.child(SARA)}")

    assert (await access(pages, FATHER)).beside == 1
    assert book.status == 200
    assert "Fiolveien" not in book.text


async def test_without_a_phone_nobody_is_texted(pages: FamilyPages) -> None:
    def end_phones(work: Work) -> None:
        theirs = sa.update(GuardianAddress).where(
            GuardianAddress.guardian_id == pages.living.village.guardian(FATHER).id
        )
        work.session.execute(theirs.values(gone_at=work.now))

    await pages.living.hub.desk.work(OPERATOR, end_phones)

    assert (await access(pages, FATHER)).hindrance is Hindrance.NO_PHONE
    with pytest.raises(CannotBeInvitedError):
        await invite(pages, FATHER)
