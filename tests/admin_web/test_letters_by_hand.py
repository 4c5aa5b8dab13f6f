"""How far a letter has come stands beside it, and what nobody could receive stands on a list until somebody has given it."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bots.leave_news import list_due, tell_due
from hub.clock import StoppedClock
from hub.desk import Work
from hub.mailroom import by_hand
from hub.mailroom.sendings import LetterSending, SendingState, WhySending
from hub.mailroom.service import Fate, Reach, Way
from hub.mailroom.ways import give_to_nobody
from hub.people.families import Child, GuardianAddress, Placement
from hub.people.staff import Staff
from hub.safety.named_readers import NamedReader
from hub.school.leave_decisions import Outcome
from hub.school.letter_codes import draw_code
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.blocks import block
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, KARI, OLA, OLAS_ID, LettersDay
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.sign_in.school import TEST
from tests.village import FJORDVIK, SAARELA

LEADER, TEACHER, OFFICE = "Ingrid Solberg", "Kari Lunde", "Per Haugen"
PATH = "/letters/by-hand"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


@pytest.fixture
async def post(day: SchoolDay) -> LettersDay:
    """Kari's leave was refused; Anne has a mailbox, and Ola wants none."""
    post = LettersDay(day.village, day.clock, PretendPost())
    await post.know(ANNE, ANNES_ID)
    await post.know(OLA, OLAS_ID)
    post.post.reaches[OLAS_ID] = Reach(Way.PAPER, "reserved")
    await post.decide()
    return post


async def application_of(post: LettersDay) -> str:
    asked = sa.text("SELECT id FROM leave_applications")
    return await post.desk.look(TEST, lambda look: look.session.execute(asked).scalar_one())


async def nobody(post: LettersDay, guardian: str, why: WhySending = WhySending.NO_ADDRESS) -> str:
    """Nobody can receive it; the sending's id."""
    id_ = (await post.sending(guardian)).id
    await post.desk.work(TEST, lambda work: give_to_nobody(work, work.session.get_one(LetterSending, id_), why))
    return id_


@pytest.mark.capability("N-20")
async def test_staff_see_of_each_letter_how_far_it_has_come_and_why_that_way(day: SchoolDay, post: LettersDay) -> None:
    await post.send()
    post.post.tell(await post.parcel_id(), Fate.DELIVERED, day.clock.now())
    post.post.tell(await post.parcel_id(), Fate.OPENED, day.clock.now())
    await post.trace()
    browser = await day.as_(LEADER)

    page = await browser.get(f"/leave/{await application_of(post)}")

    annes, _, olas = page.text.partition("Til Ola Nordmann")
    for step in ("Laget i dag", "Registeret spurt i dag", "Sendt til digital postkasse i dag", "Kom fram", "Åpnet der"):
        assert step in annes
        assert (step in olas) == (step in ("Laget i dag", "Registeret spurt i dag"))
    assert "Går på papir: reservert mot digital post" in olas


@pytest.mark.capability("H-63")
async def test_what_nobody_could_receive_is_given_by_hand_and_who_gave_it_is_kept(
    day: SchoolDay, post: LettersDay
) -> None:
    await post.send()
    id_ = await nobody(post, OLA)
    browser = await day.as_(LEADER)

    waits = await browser.get("/leave")
    listed = await browser.get(PATH)
    after = await browser.post(f"{PATH}/{id_}")
    again = await browser.post(f"{PATH}/{id_}")

    one = await post.sending(OLA)
    assert "1 brev må gis for hånd" in waits.text
    assert "Ola Nordmann" in listed.text
    assert "Anne Nordmann" not in listed.text
    assert "Ingen brev må gis for hånd" in after.text
    assert again.status == 404
    assert (one.state, one.handed_by) == (SendingState.GIVEN, day.village.staff(LEADER).id)
    assert one.given_at == day.clock.now()
    (noted,) = await day.audited("letters.given", LEADER)
    assert noted.ids == [id_, one.letter_id, day.village.guardian(OLA).id]
    page = await browser.get(f"/leave/{await application_of(post)}")
    assert "Gitt for hånd i dag" in page.text


async def test_whoever_said_that_a_letter_was_given_may_say_for_a_day_that_it_was_not(
    day: SchoolDay, post: LettersDay
) -> None:
    await post.send()
    id_ = await nobody(post, OLA)
    leader, office = await day.as_(LEADER), await day.as_(OFFICE)
    await leader.get(PATH)
    await office.get(PATH)

    given = await leader.post(f"{PATH}/{id_}")
    others = await office.post(f"{PATH}/{id_}/undo")
    undone = await leader.post(f"{PATH}/{id_}/undo")
    waiting = await post.sending(OLA)
    await leader.post(f"{PATH}/{id_}")
    post.wait(days=1, seconds=1)
    later = await day.as_(LEADER)
    await later.get(PATH)
    late = await later.post(f"{PATH}/{id_}/undo")

    assert "Gitt til Ola Nordmann" in given.text
    assert (others.status, late.status) == (404, 404)
    assert "1 brev må gis for hånd" in undone.text
    assert (waiting.state, waiting.given_at, waiting.handed_by) == (SendingState.NOBODY, None, None)


@pytest.mark.parametrize(
    ("staff", "owner", "is_seen", "reads"),
    [
        (LEADER, FJORDVIK, True, True),
        (TEACHER, FJORDVIK, True, True),
        (OFFICE, FJORDVIK, True, False),
        ("Jonas Dahl", FJORDVIK, False, False),
        ("Astrid Vik", FJORDVIK, False, False),
        ("Tuula Heikkinen", SAARELA, False, False),
    ],
)
async def test_only_who_decides_and_the_office_see_the_list_and_the_office_not_the_matter(
    day: SchoolDay, post: LettersDay, staff: str, owner: str, is_seen: bool, reads: bool
) -> None:
    await post.send()
    id_ = await nobody(post, OLA)
    browser = await day.as_(staff, owner)

    saved = await browser.get(f"/leave/letters/{(await post.letter(OLA)).id}", follow=False)
    listed = await browser.get(PATH)
    given = await browser.post(f"{PATH}/{id_}", follow=False)

    assert ("Ola Nordmann" in listed.text) == is_seen
    assert (f'href="/leave/{await application_of(post)}"' in listed.text) == reads
    assert saved.status == given.status == (303 if is_seen else 404)
    assert (await post.sending(OLA)).state == (SendingState.GIVEN if is_seen else SendingState.NOBODY)


async def test_of_a_protected_child_only_its_named_readers_see_a_letter_there(day: SchoolDay, post: LettersDay) -> None:
    await post.send()
    id_ = await nobody(post, OLA)

    def protect(work: Work) -> None:
        work.session.get_one(Child, day.village.child(KARI).id).protected = True

    await post.desk.work(TEST, protect)
    browser = await day.as_(LEADER)

    listed = await browser.get(PATH)
    given = await browser.post(f"{PATH}/{id_}")

    assert "Nordmann" not in listed.text
    assert given.status == 404


async def test_a_protected_childs_named_reader_gives_its_letter_also_where_they_decide_nothing(
    day: SchoolDay, post: LettersDay
) -> None:
    await post.send()
    id_ = await nobody(post, OLA)
    kari, reader = day.village.child(KARI), day.village.staff("Tuva Brekke")

    def protect(work: Work) -> None:
        work.session.get_one(Child, kari.id).protected = True
        named = NamedReader(child_id=kari.id, staff_id=reader.id, owner_id=kari.owner_id, since=work.now)
        work.session.add(named)

    await post.desk.work(TEST, protect)
    browser = await day.as_("Tuva Brekke")

    listed = await browser.get(PATH)
    await browser.post(f"{PATH}/{id_}")

    assert "Ola Nordmann" in listed.text
    assert "Se saken" not in listed.text
    assert (await post.sending(OLA)).state == SendingState.GIVEN


async def test_a_letter_that_nobody_may_see_is_told_to_the_leader_as_a_number_and_to_nobody_else(
    day: SchoolDay, post: LettersDay
) -> None:
    """Tuva Brekke is named its reader, and lapses once her role ends."""
    await post.send()
    await nobody(post, OLA)
    kari, reader = day.village.child(KARI), day.village.staff("Tuva Brekke")

    def protect(work: Work) -> None:
        work.session.get_one(Child, kari.id).protected = True
        named = NamedReader(child_id=kari.id, staff_id=reader.id, owner_id=kari.owner_id, since=work.now)
        work.session.add(named)

    await post.desk.work(TEST, protect)
    leader, office = await day.as_(LEADER), await day.as_(OFFICE)
    read = await leader.get(PATH)
    gone = sa.update(Staff).where(Staff.id == reader.id).values(left_at=day.clock.now())
    await post.desk.work(TEST, lambda work: work.session.execute(gone))

    listed, waits, hidden = await leader.get(PATH), await leader.get("/leave"), await office.get(PATH)

    told = "1 brev som noen må ta seg av, får ingen her se"
    assert told not in read.text
    assert told in listed.text
    assert told in waits.text
    assert "Nordmann" not in listed.text
    assert "Alle brev har kommet fram" not in listed.text
    assert told not in hidden.text


async def test_only_where_a_protected_child_goes_now_is_its_leader_told_of_a_letter_that_nobody_may_see(
    day: SchoolDay, post: LettersDay
) -> None:
    """The family moved away from the school that decided, whose leader learns nothing of where it goes since."""
    await post.send()
    await nobody(post, OLA)
    kari, blabaer = day.village.child(KARI), day.village.group("blabaer")
    today = day.village.unit("school").today(day.clock.now())

    def move(work: Work) -> None:
        work.session.get_one(Child, kari.id).protected = True
        hers = sa.update(Placement).where(Placement.child_id == kari.id)
        work.session.execute(hers.values(to_day=today - timedelta(days=1)))
        place = Placement(
            id=work.new_id(),
            owner_id=kari.owner_id,
            child_id=kari.id,
            group_id=blabaer.id,
            unit_id=blabaer.unit_id,
            from_day=today,
        )
        work.session.add(place)

    await post.desk.work(TEST, move)
    before, now = await day.as_(LEADER), await day.as_("Astrid Vik")

    there, here = await before.get(PATH), await now.get(PATH)

    told = "1 brev som noen må ta seg av, får ingen her se"
    assert told not in there.text
    assert told in here.text
    assert "Nordmann" not in here.text


async def test_a_letter_about_a_child_that_has_left_is_given_by_the_office_of_the_unit_that_decided(
    day: SchoolDay, post: LettersDay
) -> None:
    await post.send()
    id_ = await nobody(post, OLA)
    leave = sa.update(Placement).where(Placement.child_id == day.village.child(KARI).id)
    await post.desk.work(TEST, lambda work: work.session.execute(leave.values(to_day=date(2025, 1, 31))))
    browser = await day.as_(OFFICE)

    listed = await browser.get(PATH)
    await browser.post(f"{PATH}/{id_}")

    assert "Ola Nordmann" in listed.text
    assert "/children/" not in listed.text
    assert (await post.sending(OLA)).state == SendingState.GIVEN


async def test_many_letters_are_paged_and_what_is_not_the_readers_is_in_nobodys_way(
    day: SchoolDay, post: LettersDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "MOST_SHOWN", 2)
    monkeypatch.setattr(by_hand, "AT_ONCE", 1)
    await post.decide_many(4)
    await post.send()
    hers = {one.id for one in await post.sendings() if one.guardian_id == day.village.guardian(ANNE).id}
    await post.desk.work(TEST, give_all_to_nobody)
    await post.desk.work(TEST, block, day.village, OLA, KARI)
    browser = await day.as_(OFFICE)

    pages, path = [], PATH
    while path:
        page = await browser.get(path)
        pages.append(re.findall(rf'action="{PATH}/(\w{{26}})"', page.text))
        more = re.search(rf'href="({PATH}\?after=\w+)"', page.text)
        path = more[1] if more else ""

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {id_ for page in pages for id_ in page} == hers


def give_all_to_nobody(work: Work) -> None:
    for sending in work.session.scalars(sa.select(LetterSending)):
        give_to_nobody(work, sending, WhySending.NO_ADDRESS)


async def test_what_a_person_is_to_give_goes_to_nobody_once_nobody_may_have_it(post: LettersDay) -> None:
    await post.send()
    await nobody(post, OLA)
    await post.desk.work(TEST, block, post.village, OLA, KARI)

    post.wait(days=1)
    await post.send()

    assert await post.fate(OLA) == (SendingState.OVER, WhySending.NO_RIGHT)


async def test_what_went_to_a_number_that_was_corrected_stands_there_until_somebody_takes_note(
    day: SchoolDay, post: LettersDay
) -> None:
    await post.send()
    post.post.tell(await post.parcel_id(), Fate.OPENED, day.clock.now())
    await post.trace()
    await post.know(ANNE, "55811500029")
    await post.send()
    browser = await day.as_(OFFICE)
    elsewhere = await day.as_("Jonas Dahl")
    noted = f"{PATH}/{(await post.sending()).id}/astray"

    listed = await browser.get(PATH)
    hidden = await elsewhere.get(PATH)
    refused = await elsewhere.post(noted)
    after = await browser.post(noted)

    assert "1 brev gikk til et fødselsnummer som senere er rettet" in listed.text
    assert "Ble åpnet der · rettet i dag" in listed.text
    assert "Nordmann" not in hidden.text
    assert refused.status == 404
    assert "Anne Nordmann" not in after.text
    assert (await post.sending()).astray_noted_by == day.village.staff(OFFICE).id
    assert len(await day.audited("letters.astray_noted", OFFICE)) == 1
    leader = await day.as_(LEADER)
    page = await leader.get(f"/leave/{await application_of(post)}")
    assert "Gikk til et nummer som ble rettet i dag" in page.text


async def test_whoever_has_a_letter_and_no_channel_is_told_by_a_person_that_the_leave_has_ended(
    day: SchoolDay, clock: StoppedClock
) -> None:
    post = LettersDay(day.village, clock, PretendPost())
    await post.decide(outcome=Outcome.GRANTED)
    await post.send()
    given = await nobody(post, OLA)
    leader, elsewhere = await day.as_(LEADER), await day.as_("Jonas Dahl")
    await leader.get(PATH)
    await leader.post(f"{PATH}/{given}")
    gone = sa.delete(GuardianAddress).where(GuardianAddress.guardian_id == day.village.guardian(OLA).id)
    await post.desk.work(TEST, lambda work: work.session.execute(gone) and None)
    told = f"{PATH}/{given}/end-told"

    await leader.post(f"/leave/{await application_of(post)}/withdraw")
    await post.desk.work(TEST, tell_due, await post.desk.look(TEST, list_due), draw_code)
    waits, one = await leader.get("/leave"), await leader.get(f"/leave/{await application_of(post)}")
    listed, hidden = await leader.get(PATH), await elsewhere.get(PATH)
    refused = await elsewhere.post(told)
    after = await leader.post(told)
    again = await leader.post(told)

    assert "1 foresatt vet ikke at fri er trukket" in waits.text
    assert one.text.count("1 foresatt vet ikke at fri er trukket") == 1
    assert "Ola Nordmann" in listed.text
    assert "Trukket i dag" in listed.text
    assert "Anne Nordmann" not in listed.text
    assert "Nordmann" not in hidden.text
    assert refused.status == again.status == 404
    assert "Ola Nordmann" not in after.text
    assert (await post.sending(OLA)).end_told_by == day.village.staff(LEADER).id
    assert len(await day.audited("letters.end_told", LEADER)) == 1


async def test_whoever_was_told_by_text_before_any_pdf_was_made_is_told_of_the_end_by_a_person_too(
    day: SchoolDay, clock: StoppedClock
) -> None:
    post = LettersDay(day.village, clock, PretendPost())
    await post.decide(outcome=Outcome.GRANTED)
    await post.desk.work(TEST, tell_due, await post.desk.look(TEST, list_due), draw_code)
    gone = sa.delete(GuardianAddress).where(GuardianAddress.guardian_id == day.village.guardian(OLA).id)
    await post.desk.work(TEST, lambda work: work.session.execute(gone) and None)
    leader = await day.as_(LEADER)
    await leader.get(PATH)

    await leader.post(f"/leave/{await application_of(post)}/withdraw")
    await post.desk.work(TEST, tell_due, await post.desk.look(TEST, list_due), draw_code)
    listed = await leader.get(PATH)
    await post.send()

    assert "1 foresatt vet ikke at fri er trukket" in listed.text
    assert await post.fate(OLA) == (SendingState.OVER, WhySending.ENDED)
    assert [one.state for one in await post.sendings()].count(SendingState.OVER) == 2


async def test_of_a_leave_that_has_ended_nobody_is_told_who_never_heard_of_it_or_may_not_know(
    day: SchoolDay, clock: StoppedClock
) -> None:
    post = LettersDay(day.village, clock, PretendPost())
    await post.decide(outcome=Outcome.GRANTED)
    await post.send()
    given, waits = await nobody(post, OLA), await nobody(post, ANNE)
    leader = await day.as_(LEADER)
    await leader.get(PATH)
    await leader.post(f"{PATH}/{given}")
    await post.desk.work(TEST, lambda work: work.session.execute(sa.delete(GuardianAddress)) and None)

    await leader.post(f"/leave/{await application_of(post)}/withdraw")
    await post.desk.work(TEST, tell_due, await post.desk.look(TEST, list_due), draw_code)
    await post.desk.work(TEST, block, day.village, OLA, KARI)
    listed, one = await leader.get(PATH), await leader.get(f"/leave/{await application_of(post)}")
    told = [(await leader.post(f"{PATH}/{id_}/end-told")).status for id_ in (given, waits)]

    assert "vet ikke at fri er trukket" not in one.text
    assert (await post.sending(OLA)).end_untold_at is not None
    assert (await post.sending(ANNE)).end_untold_at is None
    assert "Nordmann" not in listed.text
    assert told == [404, 404]


async def test_whoever_has_it_in_a_mailbox_unopened_hears_of_the_end_too_where_it_was_to_go_another_way_since(
    day: SchoolDay, clock: StoppedClock
) -> None:
    post = LettersDay(day.village, clock, PretendPost())
    await post.know(ANNE, ANNES_ID)
    await post.decide(outcome=Outcome.GRANTED)
    await post.send()
    await post.desk.work(TEST, lambda work: work.session.execute(sa.delete(GuardianAddress)) and None)
    await nobody(post, ANNE, WhySending.UNOPENED)
    await nobody(post, OLA, WhySending.NO_ADDRESS)
    leader = await day.as_(LEADER)
    await leader.get(PATH)

    await leader.post(f"/leave/{await application_of(post)}/withdraw")
    await post.desk.work(TEST, tell_due, await post.desk.look(TEST, list_due), draw_code)

    assert (await post.sending(ANNE)).end_untold_at is not None
    assert (await post.sending(OLA)).end_untold_at is None


async def test_whoever_was_blocked_meanwhile_is_given_nothing(day: SchoolDay, post: LettersDay) -> None:
    await post.send()
    id_ = await nobody(post, OLA)
    await post.desk.work(TEST, block, day.village, OLA, KARI)
    browser = await day.as_(LEADER)

    listed = await browser.get(PATH)
    given = await browser.post(f"{PATH}/{id_}")

    assert "Ola Nordmann" not in listed.text
    assert given.status == 404


async def test_the_list_does_not_tell_that_a_sibling_is_protected(day: SchoolDay, post: LettersDay) -> None:
    await post.send()
    browser = await day.as_(LEADER)
    said = set()

    for why in (WhySending.NO_ADDRESS, WhySending.PROTECTED):
        id_ = await nobody(post, OLA, why)
        said.add((await browser.get(PATH)).text.partition("Ola Nordmann</h2>")[2].partition("</p>")[0])
        assert why not in (await browser.get(f"/leave/{await application_of(post)}")).text
        assert id_

    assert len(said) == 1
    assert "ingen postadresse som kan brukes" in said.pop()


async def test_an_empty_list_says_why(day: SchoolDay) -> None:
    browser = await day.as_(LEADER)

    page = await browser.get(PATH)

    assert "Kan et brev ikke sendes, kommer det hit av seg selv" in page.text
    assert PATH in (await browser.get("/find?q=for hånd")).text
    assert PATH not in (await browser.get("/leave")).text
