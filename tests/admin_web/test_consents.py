"""*Consents*, asked over HTTP as browsers do: what each sees, what they keep, what they set, and for whom it is not there."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.post.messages import Message
from hub.school.consent_kinds import list_kinds
from hub.school.consents import Consent
from hub.talk.bot import Prompter
from tests.admin_web.consent_day import ask_7a, campaigns, fill_7a, kind_id, may, say
from tests.admin_web.school_day import HTMX, MONDAY, SchoolDay, run_school_day
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

KARI, ANNE, OLA, TEACHER, LEADER = "Kari Nordmann", "Anne Nordmann", "Ola Nordmann", "Kari Lunde", "Ingrid Solberg"
ADMINISTRATOR = "Tora Myklebust"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


def school(day: SchoolDay) -> str:
    return f"/consents/{day.village.unit('school').id}"


def child(day: SchoolDay, name: str = KARI) -> str:
    return f"/children/{day.village.child(name).id}/consents"


@pytest.mark.capability("H-37")
async def test_a_withdrawn_consent_is_told_first_and_at_once_to_those_who_rely_on_it(day: SchoolDay) -> None:
    await fill_7a(day)
    await say(day, ANNE, KARI, "-swimming")
    teacher = await day.as_(TEACHER)

    with day.site.doorbell.watching(LIVE) as rings:
        await say(day, OLA, KARI, "-trip")
        rung = rings.get_nowait()
    seen = await teacher.get("/consents")

    assert rung == day.village.child(KARI).id
    assert seen.text.index("Sagt nei til nylig") < seen.text.index("Samtykkene")
    assert "Nei: bading" in seen.text
    assert "Ola Nordmann · i dag 07.12" in seen.text
    assert "uenigheter" in seen.text
    assert (await teacher.get(f"{school(day)}/now", headers=HTMX)).text.count("<html") == 0


@pytest.mark.capability("H-34")
async def test_who_is_reserved_against_the_class_list_is_never_on_it(day: SchoolDay) -> None:
    for guardian in (ANNE, OLA):
        await say(day, guardian, KARI, "electronic", "class_list")
    teacher = await day.as_(TEACHER)
    path = f"{school(day)}/kinds/{await kind_id(day, 'class_list')}?group={day.village.group('7A').id}"
    assert "Klasseliste: 1 barn" in (await teacher.get(path)).text

    await teacher.get(child(day))
    told: dict[str, Any] = {"guardian": day.village.guardian(OLA).id, "consent": await kind_id(day, "class_list")}
    await teacher.post(child(day), answer="no", how="spoken", **told)

    seen = await teacher.get(path)
    printed = seen.text.partition('class="no-print"')[0].partition("<main")[2]
    assert "Klasseliste: 0 barn" in printed
    assert "Nordmann" not in printed


@pytest.mark.capability("H-36")
async def test_one_child_s_consents_stand_on_one_page_and_may_be_changed(day: SchoolDay) -> None:
    await fill_7a(day)
    teacher = await day.as_(TEACHER)

    seen = await teacher.get(child(day))

    assert "Kari: 4 ja, 1 nei, 4 mangler" in seen.text
    assert "Anne Nordmann: ja, i dag 07.12, på papir" in seen.text
    assert "Ola Nordmann: ikke svart" in seen.text
    assert "Uenige" in seen.text

    told: dict[str, Any] = {"guardian": day.village.guardian(ANNE).id, "consent": await kind_id(day, "swimming")}
    kept = await teacher.post(child(day), answer="no", how="spoken", **told)
    assert "Notert. De som bruker dette, ser det nå." in kept.text
    assert not await may(day, KARI, "swimming")

    await teacher.post(f"{child(day)}/{kept.path.partition('kept=')[2]}/undo")
    assert await may(day, KARI, "swimming")


@pytest.mark.capability("H-39")
async def test_the_page_says_which_condition_is_missing_and_leads_there(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    general, photos = await kind_id(day, "electronic"), await kind_id(day, "photo_internal")
    told: dict[str, Any] = {"guardian": day.village.guardian(ANNE).id, "consent": photos}
    await teacher.get(child(day))

    refused = await teacher.post(child(day), answer="yes", how="paper", **told)

    assert refused.status == 422
    assert "Foresatte må først si ja til det generelle samtykket." in refused.text
    assert f'må først si ja til meldinger på SMS. <a href="#k-{general}">' in refused.text

    await say(day, ANNE, KARI, "electronic", "photo_internal", "photo_public")
    await say(day, OLA, KARI, "electronic", "photo_public")
    seen = await teacher.get(child(day))
    assert "Alle må si ja. Ola Nordmann mangler." in seen.text
    assert f'Krever først ja til bilder internt. <a href="#k-{photos}">' in seen.text


async def test_what_is_said_across_a_table_is_not_enough_for_a_strong_one(day: SchoolDay) -> None:
    await say(day, ANNE, KARI, "electronic")
    teacher = await day.as_(TEACHER)
    told: dict[str, Any] = {"guardian": day.village.guardian(ANNE).id, "consent": await kind_id(day, "health_service")}
    await teacher.get(child(day))

    spoken = await teacher.post(child(day), answer="yes", how="spoken", **told)
    paper = await teacher.post(child(day), answer="yes", how="paper", **told)

    assert (spoken.status, paper.status) == (422, 200)
    assert "Dette samtykket gis på papir" in spoken.text


async def test_only_who_decides_for_the_child_can_have_answered(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    told: dict[str, Any] = {"guardian": day.village.guardian("Silje Strøm").id, "consent": await kind_id(day, "trip")}
    await teacher.get(child(day))

    refused = await teacher.post(child(day), answer="no", how="paper", **told)

    assert refused.status == 422
    assert await day.site.desk.look(TEST, lambda look: look.session.scalar(sa.select(Consent.id))) is None


async def test_a_teacher_asks_their_class_and_sees_whom_it_reaches_first(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)
    swimming, group = await kind_id(day, "swimming"), day.village.group("7A").id

    shown = await teacher.get(f"{school(day)}/ask?group={group}&kinds={swimming}")
    assert "foresatte for 8 barn" in shown.text
    assert re.search(r"\d+ foresatte leser dette først", shown.text)

    asked: dict[str, Any] = {"group": group, "kinds": swimming, "remind_days": "4"}
    refused = await teacher.post(f"{school(day)}/ask", ends_day=MONDAY.isoformat(), **asked)
    begun = await teacher.post(f"{school(day)}/ask", ends_day=(MONDAY + timedelta(days=7)).isoformat(), **asked)

    assert refused.status == 422
    assert "0 av 13 svar er inne" in begun.text
    assert len(await campaigns(day)) == 1

    ended = await teacher.post(f"{begun.path}/end")
    assert "Avsluttet" in ended.text


def ask_and_read(work: Work) -> tuple[set[str], list[str]]:
    """What children are called, and all that the campaigns that run ask now."""
    bot = load_bots()["consent"]
    assert isinstance(bot, Prompter)
    bot.prompt_due(work, bot.list_due(work))
    work.session.flush()
    called = {child.called for child in work.session.scalars(sa.select(Child))}
    return called, list(work.session.scalars(sa.select(Message.text).where(Message.author_id == "consent")))


async def test_what_is_shown_before_a_campaign_is_word_for_word_what_is_sent(day: SchoolDay) -> None:
    await say(day, "Anne Nordmann", "Kari Nordmann", "electronic")
    teacher = await day.as_(TEACHER)
    swimming, group = await kind_id(day, "swimming"), day.village.group("7A").id

    page = await teacher.get(f"{school(day)}/ask?group={group}&kinds={swimming}")
    await ask_7a(day, "swimming")
    day.move_to(9, 0)
    called, sent = await day.site.desk.work(TEST, ask_and_read)

    shown = [unescape(text) for text in re.findall(r"<q>(.*?)</q>", page.text)]
    as_shown = {re.sub(rf"\b({'|'.join(called)})\b", "Ella", text) for text in sent}
    assert len(shown) == 3
    assert as_shown == set(shown)


async def test_asking_many_takes_fresh_proof(day: SchoolDay) -> None:
    stale = await day.as_(LEADER, fresh=False)
    await stale.get("/consents")
    told: dict[str, Any] = {
        "kinds": await kind_id(day, "swimming"),
        "ends_day": (MONDAY + timedelta(days=7)).isoformat(),
    }

    await stale.post(f"{school(day)}/ask", remind_days="4", **told)

    assert await campaigns(day) == []


async def test_a_teacher_does_not_ask_the_whole_school_and_its_leader_does(day: SchoolDay) -> None:
    told: dict[str, Any] = {
        "kinds": await kind_id(day, "swimming"),
        "ends_day": (MONDAY + timedelta(days=7)).isoformat(),
    }
    teacher, leader = await day.as_(TEACHER), await day.as_(LEADER)
    await teacher.get("/consents")
    await leader.get("/consents")

    refused = await teacher.post(f"{school(day)}/ask", remind_days="4", **told)
    begun = await leader.post(f"{school(day)}/ask", remind_days="4", **told)

    assert refused.status == 404
    assert begun.status == 200
    assert len(await campaigns(day)) == 1


async def test_an_administrator_sees_what_a_change_does_before_it_is_kept(day: SchoolDay) -> None:
    await fill_7a(day)
    swimming = await kind_id(day, "swimming")
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get(f"/consents/kinds/{swimming}")

    looked = await administrator.post(f"/consents/kinds/{swimming}/rules", both_needed="true", look="true")
    assert "ville 1 ha et ja. 1 ville miste det." in looked.text
    assert await may(day, KARI, "swimming")

    await administrator.post(f"/consents/kinds/{swimming}/rules", both_needed="true")
    assert not await may(day, KARI, "swimming")
    assert await may(day, "Henrik Strøm", "swimming")

    kept = await administrator.post(
        f"/consents/kinds/{swimming}/text", name_nb="bading", text_nb="{child} kan bade i sjøen.", asks_again="true"
    )
    assert "Tekst 2" in kept.text
    assert not await may(day, "Henrik Strøm", "swimming")


async def test_an_administrator_makes_a_kind_and_lets_it_go(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/consents/kinds")

    wordless = await administrator.post("/consents/kinds", name_nb="fiske")
    made = await administrator.post(
        "/consents/kinds", name_nb="fiske", text_nb="{child} kan fiske.", both_needed="true"
    )

    def codes(look: Look) -> list[str]:
        return [kind.code for kind in list_kinds(look, day.village.owner().id)]

    assert wordless.status == 422
    assert "Fiske" in made.text
    assert "own_9" in await day.site.desk.look(TEST, codes)

    await administrator.post(f"{made.path}/retire")
    assert "own_9" not in await day.site.desk.look(TEST, codes)


@pytest.mark.parametrize(("who", "status"), [(LEADER, 404), ("Astrid Vik", 404), (ADMINISTRATOR, 200)])
async def test_what_the_owner_asks_for_is_its_administrator_s_to_set(day: SchoolDay, who: str, status: int) -> None:
    """Leaders see it, with what a change would do to their own children; they do not make, word or retire anything."""
    swimming = await kind_id(day, "swimming")
    browser = await day.as_(who)
    seen = await browser.get("/consents/kinds")
    looked = await browser.post(f"/consents/kinds/{swimming}/rules", both_needed="true", look="true")

    acts = [
        await browser.post("/consents/kinds", name_nb="fiske", text_nb="{child} kan fiske."),
        await browser.post(f"/consents/kinds/{swimming}/rules", both_needed="true"),
        await browser.post(f"/consents/kinds/{swimming}/text", name_nb="bading", text_nb="{child} kan bade."),
        await browser.post(f"/consents/kinds/{swimming}/retire"),
    ]

    assert (seen.status, looked.status) == (200, 200)
    assert ('name="parent"' in seen.text) is (who == ADMINISTRATOR)
    assert [act.status for act in acts] == [status] * 4


async def test_kinds_are_not_there_for_who_leads_nothing(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    assert (await teacher.get("/consents/kinds")).status == 404
    assert "Hva vi spør om" not in (await teacher.get("/consents")).text


async def test_a_protected_child_is_on_no_list_and_known_only_to_its_named_readers(day: SchoolDay) -> None:
    await say(day, "Ragnhild Lien", "Ada Lien", "electronic", "swimming")
    swimming = await kind_id(day, "swimming")
    leader, teacher = await day.as_(LEADER), await day.as_(TEACHER)

    seen = await leader.get(f"{school(day)}/kinds/{swimming}")

    printed = seen.text.partition('class="no-print"')[0]
    assert "Ada Lien" not in printed
    assert await may(day, "Ada Lien", "swimming")
    assert (await teacher.get(child(day, "Ada Lien"))).status == 404


async def test_another_owner_s_page_is_of_its_own_children(day: SchoolDay) -> None:
    other = await day.as_("Tuula Heikkinen", SAARELA)

    seen = await other.get("/consents")

    assert seen.status == 200
    assert "Nordmann" not in seen.text
    assert (await other.get(school(day))).status == 404
    assert (await other.get(f"/consents/campaigns/{await ask_7a(day, 'trip')}")).status == 404
