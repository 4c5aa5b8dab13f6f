"""A guardian signs in with a national eID: the register says who they are, and each session knows how surely and by what."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import GuardianRight, Guardianship
from hub.people.national_ids import NationalId, open_national_id
from hub.safety.audit import AuditRow
from hub.sign_in.identity import Level
from hub.sign_in.proofs import Proof, find_proof, is_proven
from tests.eid_scene import CLIENT, CONTACT, NAME, SEAL, Scene, playing
from tests.hub.sign_in.school import TEST
from tests.rehearsal.finnish_people import number_finns
from tests.rehearsal.id_provider import LOA3, MEANS, SUOMI_FI, IdProvider, synthetic_number
from tests.village import SAARELA, Village

MOTHER, FATHER, STRANGER = (synthetic_number(at) for at in range(3))
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    async with playing(village, acr_values=["idporten-loa-substantial"]) as scene:
        yield scene


@pytest.mark.capability("H-02")
@pytest.mark.parametrize("means", MEANS)
async def test_each_of_the_five_means_signs_a_mother_in_and_is_kept_with_its_level(scene: Scene, means: str) -> None:
    mother = await scene.know("Anne Nordmann", MOTHER)
    browser = await scene.browser()

    answer = await browser.sign_in(MOTHER, means, f"/sign-in/{NAME}?back=/family/kari")

    ((proven, back),) = scene.proven
    kept = await scene.village.desk.look(TEST, find_proof, proven.proof_id)
    assert (answer.status, back) == (303, "/family/kari")
    assert kept == proven
    assert proven.guardian_id == mother.id
    assert proven.method == MEANS[means][0]
    assert proven.level == (Level.SUBSTANTIAL if means == "MinID" else Level.HIGH)
    assert proven.trust == (Trust.CONFIRMED if means == "MinID" else Trust.STRONG)


async def test_a_number_that_was_kept_as_a_hash_alone_is_sealed_when_its_guardian_signs_in(scene: Scene) -> None:
    mother, desk = await scene.know("Anne Nordmann", MOTHER), scene.village.desk
    await desk.work(TEST, lambda work: setattr(work.session.get_one(NationalId, mother.id), "sealed", None))

    await (await scene.browser()).sign_in(MOTHER)

    assert await desk.look(TEST, open_national_id, SEAL, mother.id) == MOTHER


async def test_whoever_the_register_does_not_know_is_told_whom_to_write_to_and_nothing_of_them_stays(
    scene: Scene,
) -> None:
    browser = await scene.browser()

    answer = await browser.sign_in(STRANGER)

    text = await answer.text()
    assert await scene.refusal(answer) == "NobodyError"
    assert "We did not find you" in text
    assert CONTACT in text
    assert scene.proven == []
    assert await count(scene, Proof) == 0
    assert not any(STRANGER in line for line in await audit_of(scene))


@pytest.mark.capability("W-17")
async def test_an_account_opens_by_the_registers_relation_and_closes_with_it(scene: Scene) -> None:
    await scene.know("Anne Nordmann", MOTHER)
    browser = await scene.browser()
    while_it_holds = await browser.sign_in(MOTHER)

    await scene.village.desk.work(TEST, end_rights, "Anne Nordmann", scene.village)
    afterwards = await browser.sign_in(MOTHER)

    assert while_it_holds.status == 303
    assert await scene.refusal(afterwards) == "NobodyError"


async def test_a_father_who_is_kept_from_one_child_comes_in_for_the_other_alone(scene: Scene) -> None:
    father = await scene.know("Roger Sand", FATHER)
    browser = await scene.browser()
    with_another = await browser.sign_in(FATHER)

    await scene.village.desk.work(TEST, end_rights, "Roger Sand", scene.village, "Fredrik Sand")
    with_none = await browser.sign_in(FATHER)

    assert with_another.status == 303
    assert scene.proven[0][0].guardian_id == father.id
    assert await scene.refusal(with_none) == "NobodyError"


async def test_a_person_known_to_two_owners_comes_in_where_the_way_says(village: Village) -> None:
    async with playing(village) as scene:
        await scene.know("Mikko Lindqvist", FATHER)
        await scene.know("Mikko Lindqvist", FATHER, SAARELA)
        answer = await (await scene.browser()).sign_in(FATHER)
        assert await scene.refusal(answer) == "SeveralOwnersError"

    async with playing(village, owner="saarela") as scene:
        answer = await (await scene.browser()).sign_in(FATHER)

        assert answer.status == 303
        assert scene.proven[0][0].owner_id == village.owner(SAARELA).id


@pytest.mark.parametrize("means", SUOMI_FI.means)
async def test_finnish_guardians_sign_in_by_an_adapter_that_differs_in_its_settings_alone(
    village: Village, means: str
) -> None:
    finns = number_finns(village)
    lauras = next(number for number, name in finns.items() if name == "Laura Virtanen")
    provider = IdProvider(finns, village.desk.clock.now, scheme=SUOMI_FI)
    own: dict[str, Any] = {"claim": SUOMI_FI.claim, "country": "FI", "owner": "saarela", "levels": {LOA3: "high"}}
    async with playing(village, provider, **own) as scene:
        await scene.know("Laura Virtanen", lauras, SAARELA, "FI")

        answer = await (await scene.browser()).sign_in(lauras, means)

        assert answer.status == 303
        assert scene.proven[0][0].guardian_id == village.guardian("Laura Virtanen", SAARELA).id
        assert scene.proven[0][0].level == Level.HIGH


async def test_what_matters_asks_for_a_proof_of_just_now_and_a_weaker_one_never_does(
    scene: Scene, clock: StoppedClock
) -> None:
    await scene.know("Anne Nordmann", MOTHER)
    browser = await scene.browser()
    await browser.sign_in(MOTHER)
    first = scene.proven[-1][0].proof_id
    at_once = await scene.village.desk.look(TEST, is_proven, first, TEN_MINUTES)
    clock.move(timedelta(minutes=11))
    later = await scene.village.desk.look(TEST, is_proven, first, TEN_MINUTES)

    await browser.sign_in(MOTHER, path=f"/sign-in/{NAME}?fresh=yes&back=/family/consents")
    asked = scene.provider.asked[-1]
    again = await scene.village.desk.look(TEST, is_proven, scene.proven[-1][0].proof_id, TEN_MINUTES)
    await browser.sign_in(MOTHER, "MinID")
    weak = await scene.village.desk.look(TEST, is_proven, scene.proven[-1][0].proof_id, TEN_MINUTES)

    assert (at_once, later, again, weak) == (True, False, True, False)
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    assert not await scene.village.desk.look(TEST, is_proven, None, TEN_MINUTES)


async def test_the_provider_signs_somebody_out_everywhere_by_the_back_and_in_one_session_by_the_front(
    scene: Scene,
) -> None:
    await scene.know("Anne Nordmann", MOTHER)
    tokens = scene.overhear()
    browser = await scene.browser()
    for _ in range(2):
        await browser.sign_in(MOTHER)
    first, second = (proven.proof_id for proven, _ in scene.proven)

    named = {"iss": scene.provider.issuer, "sid": tokens[0]["sid"]}
    front = await browser.session.get(f"{scene.site}/sign-in/{NAME}/front-channel", params=named)
    after_front = [await scene.village.desk.look(TEST, find_proof, one) for one in (first, second)]
    await browser.sign_in(MOTHER)
    third = scene.proven[-1][0].proof_id
    token = scene.provider.sign_out_token(CLIENT, sub=tokens[0]["sub"])
    back = await browser.session.post(f"{scene.site}/sign-in/{NAME}/back-channel", data={"logout_token": token})

    assert (front.status, back.status) == (200, 200)
    assert after_front == [None, None]  # one session at the provider, two here
    assert await scene.village.desk.look(TEST, find_proof, third) is None


async def test_whoever_signs_out_here_is_led_to_the_providers_own_way_out_without_their_number(scene: Scene) -> None:
    answer = await (await scene.browser()).get(f"/sign-in/{NAME}/out")

    assert answer.headers["Location"].startswith(f"{scene.provider.issuer}/logout?")
    assert "id_token_hint" not in answer.headers["Location"]


def without(claims: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in claims.items() if key != name}


def end_rights(work: Work, name: str, village: Village, child: str | None = None) -> None:
    held = sa.select(Guardianship.id).where(Guardianship.guardian_id == village.guardian(name).id)
    if child is not None:
        held = held.where(Guardianship.child_id == village.child(child).id)
    ended = sa.update(GuardianRight).where(GuardianRight.guardianship_id.in_(held))
    work.session.execute(ended.values(to_day=date(2025, 3, 2), from_day=date(2025, 1, 1)))


async def count(scene: Scene, table: type[Proof]) -> int:
    def ask(look: Look) -> int:
        return look.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    return await scene.village.desk.look(TEST, ask)


async def audit_of(scene: Scene) -> list[str]:
    def ask(look: Look) -> list[str]:
        return [f"{row.what} {row.why} {row.ids}" for row in look.session.scalars(sa.select(AuditRow))]

    return await scene.village.desk.look(TEST, ask)
