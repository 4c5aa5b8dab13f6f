"""*Tags*: what is out, handing out, lost and found, the guide and the keys, each for whom it is for and for nobody else."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.door.hand_outs import Receipt, TagHandOut
from hub.door.proving import suspect
from hub.door.tag_keys import list_keys
from hub.door.tag_labels import shown_label
from hub.door.tag_terms import Terms, get_terms
from hub.door.tags import Suspicion, Tag, WhyBlocked
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.staff_site import Browsing, Seen
from tests.admin_web.test_threads import shown
from tests.hub.door.devices import SERIAL
from tests.hub.door.handing import give, signature
from tests.hub.post.spoken import as_staff
from tests.hub.sign_in.school import TEST

HEAD, SCHOOL_HEAD, ADMINISTRATOR, ASSISTANT, READER = (
    "Astrid Vik",
    "Ingrid Solberg",
    "Tora Myklebust",
    "Sindre Moen",
    "Maria Nygård",
)
TYPED = "04:A1:B2:C3:D4:E5:F6"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def hand_out(day: SchoolDay, *names: str, who: str = HEAD, at: str = "preschool", **more: Any) -> TagHandOut:
    asker = as_staff(day.village.staff(who))
    return await day.site.desk.work(asker, lambda work: give(work, day.village, *names, at=at, **more))


async def tag_of(day: SchoolDay, tag_id: str) -> Tag:
    return await day.site.desk.look(TEST, lambda look: look.session.get_one(Tag, tag_id))


def board(day: SchoolDay, unit: str = "preschool") -> str:
    return f"/tags/{day.village.unit(unit).id}"


async def send_form(browser: Browsing, path: str, drawn: bytes | None = None, **fields: str) -> Seen:
    """As a browser sends a form that may bring a file."""
    form = aiohttp.FormData()
    form.add_field("token", browser.seen.token if browser.seen else "")
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("file", drawn or b"", filename="signature.png" if drawn else "", content_type="image/png")
    told = {"Origin": browser.url, "Sec-Fetch-Site": "same-origin"}
    async with browser.session.post(path, data=form(), headers=told) as answer:
        browser.seen = Seen(answer.status, await answer.text(), answer.headers, answer.url.path_qs)
    return browser.seen


@pytest.mark.capability("L-14")
async def test_a_tag_is_handed_out_on_the_page_against_a_signature_which_its_readers_may_see(day: SchoolDay) -> None:
    head, noah = await day.as_(HEAD), day.village.child("Noah Bakken").id
    await head.get(f"{board(day)}/give?children={noah}")
    marte = day.village.guardian("Marte Bakken").id

    given = await send_form(
        head, f"{board(day)}/give", signature(), children=noah, serial=TYPED, tag_kind="static", receiver=marte
    )
    listed = shown(await head.get(board(day)))

    (row,) = await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(TagHandOut))))
    assert "Signert" in shown(given)
    assert "1 brikke er ute" in listed
    assert "Marte Bakken, i dag" in listed
    assert (row.receipt, row.guardian_id) == (Receipt.SIGNED, marte)
    link = await head.get(f"/tag-signatures/{row.id}", follow=False)
    other = await (await day.as_(SCHOOL_HEAD)).get(f"/tag-signatures/{row.id}", follow=False)
    assert (link.status, other.status) == (303, 404)
    assert len(await day.audited("tag.handed_out", HEAD)) == 1


async def test_without_a_signature_a_guardian_is_asked_and_somebody_else_must_sign(day: SchoolDay) -> None:
    head, noah = await day.as_(HEAD), day.village.child("Noah Bakken").id
    await head.get(f"{board(day)}/give?children={noah}")

    refused = await send_form(
        head, f"{board(day)}/give", children=noah, serial=TYPED, tag_kind="static", receiver="somebody", name="Besta"
    )
    given = await send_form(
        head,
        f"{board(day)}/give",
        children=noah,
        serial=TYPED,
        tag_kind="static",
        receiver=day.village.guardian("Marte Bakken").id,
    )

    assert refused.status == 422
    assert "må skrive under" in shown(refused)
    assert TYPED in refused.text
    assert "Spurt på SMS, ikke svart" in shown(given)


async def test_what_is_no_picture_is_no_signature(day: SchoolDay) -> None:
    head, noah = await day.as_(HEAD), day.village.child("Noah Bakken").id
    await head.get(f"{board(day)}/give?children={noah}")

    refused = await send_form(
        head,
        f"{board(day)}/give",
        b"<svg/>",
        children=noah,
        serial=TYPED,
        tag_kind="static",
        receiver="somebody",
        name="Besta",
    )

    assert refused.status == 422
    assert await day.site.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Tag)))) == []


@pytest.mark.capability("L-14")
async def test_a_lost_tag_is_blocked_with_one_press_shows_what_a_new_one_costs_and_is_opened_again(
    day: SchoolDay,
) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/tag-terms")
    await administrator.post("/tag-terms", fee="50", walk_minutes="5")
    given = await hand_out(day, "Noah Bakken")
    head, path = await day.as_(HEAD), f"/tag/{given.tag_id}"
    await head.get(path)

    lost = shown(await head.post(f"{path}/lost"))
    blocked = (await tag_of(day, given.tag_id)).blocked_why
    listed = shown(await head.get(board(day)))
    await head.get(path)
    found = shown(await head.post(f"{path}/found"))

    assert blocked == WhyBlocked.LOST
    assert "En ny brikke koster 50 kr." in lost
    assert "1 brikke er ute, 1 er mistet" in listed
    assert "Funnet igjen" in found
    assert (await tag_of(day, given.tag_id)).blocked_at is None


@pytest.mark.capability("L-14")
async def test_a_tag_that_comes_back_is_in_stock_and_its_history_stays_with_who_may_see_it(day: SchoolDay) -> None:
    given = await hand_out(day, "Noah Bakken")
    head = await day.as_(HEAD)
    await head.get(f"/tag/{given.tag_id}")

    await head.post(f"/tag/{given.tag_id}/back")
    listed, story = shown(await head.get(board(day))), shown(await head.get(f"/tag/{given.tag_id}"))

    label = shown_label((await tag_of(day, given.tag_id)).label)
    assert "Ingen brikker er ute" in listed
    assert label in listed
    assert "Gjelder ikke for noen nå" in story
    assert "Til Marte Bakken" in story


async def test_a_code_finds_the_tag_at_the_door_and_blocks_it_for_anybody_at_the_unit(day: SchoolDay) -> None:
    given = await hand_out(day, "Ada Lien", who=READER, at="school", to=None, receiver="Mamma")
    label = (await tag_of(day, given.tag_id)).label
    reader, assistant, path = await day.as_(READER), await day.as_(ASSISTANT), board(day, "school")

    seen, hidden = await reader.get(f"{path}/find?code={label}"), await assistant.get(f"{path}/find?code={label}")
    wrong = await assistant.get(f"{path}/find?code=234")
    told = [shown(await assistant.post(f"{path}/lost", code=code)) for code in (label, "nothing")]

    assert seen.path == f"/tag/{given.tag_id}"
    assert (hidden.status, wrong.status) == (404, 404)
    assert hidden.text.count("Ada") == 0
    assert "Er koden på en brikke her, er den sperret nå." in told[0]
    assert told[0] == told[1]
    assert (await tag_of(day, given.tag_id)).blocked_why == WhyBlocked.LOST


async def test_a_tag_that_may_have_a_double_is_said_first_and_a_person_settles_it(day: SchoolDay) -> None:
    given = await hand_out(day, "Noah Bakken")

    def doubt(work: Work) -> None:
        suspect(work, work.session.get_one(Tag, given.tag_id), Suspicion.TWO_PLACES)

    await day.site.desk.work(TEST, doubt)
    head = await day.as_(HEAD)

    listed = shown(await head.get(board(day)))
    child = shown(await head.get(f"/children/{day.village.child('Noah Bakken').id}"))
    await head.get(f"/tag/{given.tag_id}")
    after = shown(await head.post(f"/tag/{given.tag_id}/copied"))

    assert "to steder nesten samtidig" in listed
    assert "to steder nesten samtidig" in child
    assert "Kopiert, sperret for godt" in after


@pytest.mark.parametrize("act", ["back", "lost", "found", "copied", "not-copied"])
async def test_a_protected_childs_tag_looks_as_if_it_were_not_there(day: SchoolDay, act: str) -> None:
    given = await hand_out(day, "Ada Lien", who=READER, at="school", to=None, receiver="Mamma")
    assistant, reader = await day.as_(ASSISTANT), await day.as_(READER)

    listed = await assistant.get(board(day, "school"))
    hidden, absent = await assistant.get(f"/tag/{given.tag_id}"), await assistant.get(f"/tag/{'0' * 26}")
    await assistant.get(board(day, "school"))
    refused = await assistant.post(f"/tag/{given.tag_id}/{act}")
    await reader.get(f"/tag/{given.tag_id}")
    done = await reader.post(f"/tag/{given.tag_id}/{act}")

    assert "Ingen brikker er ute" in listed.text
    assert hidden.status == absent.status == refused.status == 404
    assert done.status == 200


@pytest.mark.capability("L-21")
async def test_the_child_page_shows_its_tags_and_the_family_is_ticked_as_guided(day: SchoolDay) -> None:
    given, noah = await hand_out(day, "Noah Bakken"), day.village.child("Noah Bakken").id
    head, path = await day.as_(HEAD), f"{board(day)}/guided"
    label = shown_label((await tag_of(day, given.tag_id)).label)

    before = shown(await head.get(f"/children/{noah}"))
    await head.get(path)
    ticked = shown(await head.post(f"{path}/{noah}"))
    after = shown(await head.get(f"/children/{noah}"))
    await head.get(path)
    undone = shown(await head.post(f"{path}/{noah}/undo"))

    assert f"Brikke {label}" in before
    assert "Familien har ikke fått vist hvordan brikken brukes." in before
    assert "1 av" in ticked
    assert "Astrid Vik, i dag" in after
    assert "0 av" in undone


@pytest.mark.parametrize(
    ("language", "says"),
    [("nb", "mot baksiden"), ("fi", "Pidä tunnistetta"), ("da", "mod bagsiden"), ("xx", "mot baksiden")],
)
@pytest.mark.capability("L-21")
async def test_the_guide_stands_in_the_familys_language(day: SchoolDay, language: str, says: str) -> None:
    head = await day.as_(HEAD)

    seen = shown(await head.get(f"{board(day)}/guide?language={language}"))

    assert says in seen
    assert "Lerkeveien" in seen or day.village.unit("preschool").name in seen


async def test_an_administrator_sets_the_price_and_makes_keys_with_fresh_proof_and_a_leader_sees_no_keys(
    day: SchoolDay,
) -> None:
    administrator, stale, leader = (
        await day.as_(ADMINISTRATOR),
        await day.as_(ADMINISTRATOR, fresh=False),
        await day.as_(HEAD),
    )
    owner = day.village.owner().id

    async def count() -> int:
        return len(await day.site.desk.look(TEST, list_keys, owner))

    for browser in (administrator, stale, leader):
        await browser.get("/tag-terms")
    asked = await stale.post("/tag-terms/keys", follow=False)
    refused = [await leader.post("/tag-terms/keys"), await leader.post("/tag-terms", fee="1", walk_minutes="1")]
    before = await count()
    made = await administrator.post("/tag-terms/keys")
    shown_keys = await administrator.post("/tag-terms/writing", serial=TYPED)
    wrong = await administrator.post("/tag-terms/writing", serial="04")
    hidden = await leader.post("/tag-terms/writing", serial=TYPED)

    assert asked.headers["Location"].startswith("/sign-in/fresh")
    assert [page.status for page in refused] == [404, 404]
    assert (before, await count(), made.status) == (0, 1, 200)
    assert "SDMFileRead" in shown_keys.text
    assert "SDMFileRead" not in made.text
    assert (wrong.status, hidden.status) == (422, 404)
    assert len(await day.audited("tag_keys.read", ADMINISTRATOR)) == 1
    assert await day.site.desk.look(TEST, get_terms, owner) == Terms()


async def test_what_is_out_elsewhere_is_not_listed_here(day: SchoolDay) -> None:
    await hand_out(day, "Noah Bakken")

    def serials(look: Look) -> list[str]:
        return list(look.session.scalars(sa.select(Tag.serial)))

    leader = await day.as_(SCHOOL_HEAD)
    assert await day.site.desk.look(TEST, serials) == [SERIAL]
    assert "Ingen brikker er ute" in shown(await leader.get(board(day, "school")))
    assert (await leader.get(board(day))).status == 404
