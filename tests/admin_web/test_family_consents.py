"""*Consents* on the family pages: the general one first, a yes to exactly what was shown, a no at any time, and for whom it is
not there."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianRight, Guardianship, Right
from hub.school.consent_catalogue import change_rules, write_text
from hub.school.consent_kinds import Kind, Rules, get_kind, list_kinds
from hub.school.consent_standing import may_use
from hub.school.consents import Consent, How
from tests.admin_web.eid_pages import MOTHER, Scene
from tests.admin_web.family_pages import FamilyPages
from tests.admin_web.staff_site import Browsing, Seen
from tests.conftest import MONDAY_MORNING
from tests.living_hub import OPERATOR

ANNE, KARI = "Anne Nordmann", "Kari Nordmann"
FIRST = "Ett spørsmål først"


def path(pages: FamilyPages, child: str = KARI) -> str:
    return f"/family/children/{pages.child(child)}/consents"


async def kind_of(pages: FamilyPages, code: str) -> Kind:
    def find(look: Look) -> Kind:
        return next(kind for kind in list_kinds(look, pages.living.village.owner().id) if kind.code == code)

    return await pages.living.hub.desk.look(OPERATOR, find)


async def say(pages: FamilyPages, browser: Browsing, code: str, answer: str = "yes", child: str = KARI) -> Seen:
    """The button below a text that was read just now."""
    kind = await kind_of(pages, code)
    await browser.get(path(pages, child))
    return await browser.post(path(pages, child), kind=kind.id, text=kind.text.id, answer=answer)


async def may(pages: FamilyPages, code: str, child: str = KARI) -> bool:
    return await pages.living.hub.desk.look(OPERATOR, may_use, pages.child(child), code, MONDAY_MORNING.date())


async def words(pages: FamilyPages, child: str = KARI) -> list[tuple[str, bool, str, int]]:
    """Who said what, in which way, and how surely; the oldest first."""

    def read(look: Look) -> list[tuple[str, bool, str, int]]:
        rows = look.session.scalars(
            sa.select(Consent).where(Consent.child_id == pages.child(child)).order_by(Consent.id)
        )
        return [(row.guardian_id, row.granted, row.how, row.trust) for row in rows]

    return await pages.living.hub.desk.look(OPERATOR, read)


def buttons(page: Seen, name: str) -> list[str]:
    """What may be pressed below a kind."""
    line = next(part for part in page.text.split('<li class="consent-line')[1:] if f">{name}</h2>" in part)
    return re.findall(r'<button name="answer" value="\w+">([\w ]+?) <', line)


@pytest.mark.capability("H-35")
async def test_the_general_consent_is_asked_first_and_without_it_no_other_can_be_given(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    home = await browser.get("/family")
    general = await kind_of(pages, "electronic")
    without = await browser.get(path(pages))

    refused = await say(pages, browser, "swimming")
    nothing = await words(pages)
    await browser.get("/family")
    after = await browser.post(path(pages), kind=general.id, text=general.text.id, answer="yes", back="/family")
    await say(pages, browser, "swimming")

    assert FIRST in home.text
    assert "Svar først på det generelle samtykket" in without.text
    assert "Ja" not in buttons(without, "bading")
    assert refused.status == 422
    assert "generelle samtykket" in refused.text
    assert nothing == []
    assert after.path == "/family"
    assert FIRST not in after.text
    anne = pages.living.village.guardian(ANNE).id
    assert await words(pages) == [(anne, True, How.PAGE, 2), (anne, True, How.PAGE, 2)]
    assert await may(pages, "swimming")


@pytest.mark.capability("H-35")
async def test_the_general_consent_may_be_left_for_later_or_declined(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await browser.get("/family")

    later = await browser.post("/family/consents/later")
    next_time = await pages.signed_in(ANNE)
    again = await next_time.get("/family")
    await say(pages, next_time, "electronic", "no")
    declined = await next_time.get("/family")
    once_more = await (await pages.signed_in(ANNE)).get("/family")

    assert later.path == "/family"
    assert [FIRST in page.text for page in (later, again, declined, once_more)] == [False, True, False, False]
    assert "Kari" in declined.text


async def test_a_yes_is_withdrawn_by_a_button_and_holds_no_more_at_once(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await say(pages, browser, "electronic")
    given = await say(pages, browser, "trip")
    before = await may(pages, "trip")

    withdrawn = await say(pages, browser, "trip", "no")

    name = (await kind_of(pages, "trip")).name("nb")
    assert before
    assert buttons(given, name) == ["Trekk tilbake"]
    assert buttons(withdrawn, name) == ["Ja"]
    assert "Du: nei" in withdrawn.text
    assert not await may(pages, "trip")


async def test_each_sees_what_the_other_said_and_one_no_is_a_no(pages: FamilyPages) -> None:
    mother, father = await pages.signed_in(ANNE), await pages.signed_in("Ola Nordmann")
    for browser in (mother, father):
        await say(pages, browser, "electronic")
    await say(pages, mother, "trip")

    await say(pages, father, "trip", "no")
    seen = await mother.get(path(pages))

    assert "Ola Nordmann: nei" in seen.text
    assert "Du: ja" in seen.text
    assert not await may(pages, "trip")


async def test_a_yes_to_a_text_that_was_written_anew_is_not_kept(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    await say(pages, browser, "electronic")
    old = await kind_of(pages, "trip")

    def anew(work: Work) -> None:
        write_text(
            work,
            get_kind(work, old.row.owner_id, old.id),
            {"nb": "tur"},
            {"nb": "{child} kan være med på fjelltur."},
            "nb",
            asks_again=True,
        )

    await pages.living.hub.desk.work(OPERATOR, anew)
    page = await browser.post(path(pages), kind=old.id, text=old.text.id, answer="yes")

    assert page.status == 422
    assert "Kari kan være med på fjelltur." in page.text
    assert not await may(pages, "trip")


async def test_a_strong_consent_takes_a_proof_made_just_now_and_a_no_to_it_takes_none(
    scene: Scene, clock: StoppedClock
) -> None:
    pages = scene.pages
    await pages.living.hub.desk.work(OPERATOR, set_rules, await kind_of(pages, "trip"), Rules(needs_strong=True))
    by_code = await pages.signed_in(ANNE)
    await say(pages, by_code, "electronic")
    weak = await say(pages, by_code, "trip")
    way = re.search(r'href="(/sign-in/[^"]+fresh=yes)"', weak.text)
    assert way is not None

    strong = await scene.sign_in(MOTHER, path=way[1].replace("&amp;", "&"), browser=by_code)
    given = await say(pages, by_code, "trip")
    held = await may(pages, "trip")
    clock.move(timedelta(minutes=11))
    stale = await by_code.get(path(pages))
    withdrawn = await say(pages, await pages.signed_in(ANNE), "trip", "no")

    assert weak.status == 422
    assert strong.path.startswith(path(pages))
    assert given.status == 200
    assert held
    assert "Trekk tilbake" in stale.text
    assert withdrawn.status == 200
    assert not await may(pages, "trip")


def set_rules(work: Work, kind: Kind, rules: Rules) -> None:
    change_rules(work, get_kind(work, kind.row.owner_id, kind.id), rules)


async def test_a_sensitive_consent_is_named_to_a_strong_sign_in_alone(scene: Scene) -> None:
    pages = scene.pages
    kind = await kind_of(pages, "health_service")
    by_code, strong = await pages.signed_in(ANNE), await scene.signed_in(MOTHER)

    hidden, shown = await by_code.get(path(pages)), await strong.get(path(pages))
    answer = await by_code.post(path(pages), kind=kind.id, text=kind.text.id, answer="yes")

    assert f">{kind.name('nb')}</h2>" not in hidden.text
    assert "Ett samtykke til er følsomt" in hidden.text
    assert f">{kind.name('nb')}</h2>" in shown.text
    assert answer.status == 404


async def test_who_is_informed_and_decides_nothing_finds_no_consents(pages: FamilyPages) -> None:
    browser = await pages.signed_in(ANNE)
    with_right = await browser.get(f"/family/children/{pages.child(KARI)}")

    await pages.living.hub.desk.work(OPERATOR, take_consent_right, pages)
    without = await browser.get(f"/family/children/{pages.child(KARI)}")
    page = await browser.get(path(pages))

    assert "/consents" in with_right.text
    assert without.status == 200
    assert "/consents" not in without.text
    assert page.status == 404


def take_consent_right(work: Work, pages: FamilyPages) -> None:
    own = sa.select(Guardianship.id).where(Guardianship.guardian_id == pages.living.village.guardian(ANNE).id)
    work.session.execute(
        sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(own), GuardianRight.kind == Right.CONSENT)
    )


async def test_behind_a_shared_phone_the_word_is_that_of_all_who_use_it(pages: FamilyPages) -> None:
    browser = await pages.signed_in("Gerd Moe")

    page = await say(pages, browser, "electronic", child="Iselin Moe")

    assert "Svaret gjelder for alle dere" in page.text
    both = {pages.living.village.guardian(name).id for name in ("Gerd Moe", "Arne Moe")}
    assert {(who, granted) for who, granted, _, _ in await words(pages, "Iselin Moe")} == {(who, True) for who in both}
