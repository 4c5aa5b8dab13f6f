"""Claims: rights are asked again before each send, tries counted first, and nobody claims more than can be sent."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, GuardianAddress, GuardianRight, Guardianship, Right
from hub.post.channel import Receipt, Report
from hub.post.claims import Claim, claim
from hub.post.deliveries import Delivery, Status
from hub.post.due import Room
from hub.post.hindrance import find_hindrances
from hub.post.messages import Author, Lane, Thread
from hub.post.outcomes import Handed, NotHanded, settle
from hub.post.reports import keep_reports
from tests.blocks import block
from tests.hub.post.outboxes import TEST, list_all, post_text
from tests.village import Village

KARI = ("Kari Nordmann",)


async def claims(village: Village, limit: int = 50, in_hand: Sequence[str] = ()) -> Claim:
    return await village.desk.work(TEST, claim, Room(limit, in_hand=in_hand))


async def the_one(village: Village) -> Delivery:
    (delivery,) = await village.desk.look(TEST, list_all)
    return delivery


def end_right(work: Work, village: Village, guardian: str, child: str, right: Right) -> None:
    found = work.session.scalars(
        sa.select(GuardianRight)
        .join(Guardianship, Guardianship.id == GuardianRight.guardianship_id)
        .where(
            Guardianship.guardian_id == village.guardian(guardian).id,
            Guardianship.child_id == village.child(child).id,
            GuardianRight.kind == right,
        )
    )
    for each in found:
        each.to_day = village.unit("school").today(work.now) - timedelta(days=1)


def stop(work: Work, village: Village, guardian: str) -> None:
    for address in village.addresses[village.guardian(guardian).id]:
        work.session.get_one(GuardianAddress, address.id).stopped_at = work.now


def age(work: Work, village: Village, guardian: str, days: int) -> None:
    for address in village.addresses[village.guardian(guardian).id]:
        work.session.get_one(GuardianAddress, address.id).confirmed_at = work.now - timedelta(days=days)


def protect(work: Work, village: Village, child: str) -> None:
    work.session.get_one(Child, village.child(child).id).protected = True


async def test_a_text_about_a_child_goes_to_a_guardian_who_may_know(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Kari er her", about=KARI)

    claimed = (await claims(village)).claimed

    assert [each.envelope.text for each in claimed] == ["Kari er her"]


async def test_a_block_placed_after_posting_drops_it_and_tells_staff(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Kari er her", about=KARI)
    await village.desk.work(TEST, block, village, "Anne Nordmann", "Kari Nordmann")

    claimed = (await claims(village)).claimed

    dropped = await the_one(village)
    waits = await village.desk.look(TEST, lambda look: look.session.scalar(sa.select(Thread.waits_why)))
    assert claimed == []
    assert (dropped.status, dropped.reason, waits) == (Status.DROPPED, "no_right", "not_delivered")


async def test_a_right_that_ended_after_posting_drops_it(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Kari er her", about=KARI)
    await village.desk.work(TEST, end_right, village, "Anne Nordmann", "Kari Nordmann", Right.INFORM)

    assert (await claims(village)).claimed == []
    assert (await the_one(village)).reason == "no_right"


async def test_another_right_that_ended_is_no_hindrance(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Kari er her", about=KARI)
    await village.desk.work(TEST, end_right, village, "Anne Nordmann", "Kari Nordmann", Right.FETCH)

    assert len((await claims(village)).claimed) == 1


async def test_a_shared_phone_is_told_only_what_each_of_its_users_may_be_told(village: Village) -> None:
    child = next(c for c, _ in village.serving[village.guardian("Arne Moe").id])
    await village.desk.work(TEST, post_text, village, "Om barnet", "Arne Moe", about=[child.name])
    await village.desk.work(TEST, block, village, "Gerd Moe", child.name)

    assert (await claims(village)).claimed == []
    assert (await the_one(village)).reason == "no_right"


async def test_a_shared_phone_is_told_when_each_may_be_told(village: Village) -> None:
    child = next(c for c, _ in village.serving[village.guardian("Arne Moe").id])
    await village.desk.work(TEST, post_text, village, "Om barnet", "Arne Moe", about=[child.name])

    assert len((await claims(village)).claimed) == 1


@pytest.mark.parametrize("lane", [Lane.ORDINARY, Lane.BULK])
async def test_stop_holds_what_is_not_essential(village: Village, lane: Lane) -> None:
    await village.desk.work(TEST, post_text, village, "Nytt", lane=lane)
    await village.desk.work(TEST, stop, village, "Anne Nordmann")

    assert (await claims(village)).claimed == []
    assert (await the_one(village)).reason == "stopped"


@pytest.mark.parametrize("lane", [Lane.EMERGENCY, Lane.SAFETY, Lane.REPLY])
async def test_stop_does_not_hold_what_is_essential(village: Village, lane: Lane) -> None:
    await village.desk.work(TEST, post_text, village, "Viktig", lane=lane)
    await village.desk.work(TEST, stop, village, "Anne Nordmann")

    assert len((await claims(village)).claimed) == 1


async def test_stop_by_one_who_shares_a_phone_holds_for_the_phone(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Nytt", "Arne Moe", lane=Lane.ORDINARY)
    await village.desk.work(TEST, stop, village, "Gerd Moe")

    assert (await claims(village)).claimed == []


@pytest.mark.parametrize(
    ("days", "words_go", "notice_goes"), [(183, True, True), (184, False, True), (549, False, False)]
)
async def test_an_old_number_gets_notices_only_and_a_very_old_one_nothing(
    village: Village, days: int, words_go: bool, notice_goes: bool
) -> None:
    await village.desk.work(TEST, post_text, village, "Kari er her", about=KARI)
    await village.desk.work(TEST, post_text, village, "Kari er der", about=KARI, shown="Du har fått en melding.")
    await village.desk.work(TEST, age, village, "Anne Nordmann", days)

    texts = {each.envelope.text for each in (await claims(village)).claimed}

    assert ("Kari er her" in texts, "Du har fått en melding." in texts) == (words_go, notice_goes)


async def test_words_about_a_child_who_became_protected_do_not_go(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Kari er her", about=KARI)
    await village.desk.work(TEST, post_text, village, "Kari er der", about=KARI, shown="Du har fått en melding.")
    await village.desk.work(TEST, protect, village, "Kari Nordmann")

    assert [each.envelope.text for each in (await claims(village)).claimed] == ["Du har fått en melding."]


@pytest.mark.parametrize(("author", "goes"), [(Author.STAFF, False), (Author.BOT, True)])
async def test_words_of_staff_do_not_go_in_full_where_another_child_of_the_reader_became_protected(
    village: Village, author: Author, goes: bool
) -> None:
    """Where one of them is may be where the other is. What a bot says of the one it words for whoever reads it."""
    await village.desk.work(TEST, post_text, village, "Kari er her", about=KARI, author=author)
    await village.desk.work(TEST, answer_for, village, "Anne Nordmann", "Odin Fjeld")
    before = await village.desk.look(TEST, list_hindered)
    await village.desk.work(TEST, protect, village, "Odin Fjeld")

    claimed = (await claims(village)).claimed

    assert before == {}
    assert [each.envelope.text for each in claimed] == (["Kari er her"] if goes else [])


def answer_for(work: Work, village: Village, guardian: str, child: str) -> None:
    """The guardian has to do with the child, with no right yet."""
    who, about = village.guardian(guardian), village.child(child)
    work.session.add(
        Guardianship(
            id=work.new_id(), owner_id=who.owner_id, guardian_id=who.id, child_id=about.id, source_id=f"{who.id}-2"
        )
    )


def list_hindered(look: Look) -> dict[str, str]:
    return find_hindrances(look, list_all(look))


async def test_no_sender_has_more_claimed_than_it_can_send_in_a_second(village: Village) -> None:
    for n in range(30):
        await village.desk.work(TEST, post_text, village, f"Bulk {n}", lane=Lane.BULK)
        await village.desk.work(TEST, post_text, village, f"Klubb {n}", lane=Lane.BULK, seat="club")

    claimed = (await claims(village)).claimed

    by_sender = [each.envelope.sender.value for each in claimed]
    assert by_sender.count(village.number("contact teacher 7A").value) == 10
    assert by_sender.count(village.number("club").value) == 5


async def test_the_most_urgent_go_first_whatever_came_before(village: Village) -> None:
    for lane in (Lane.BULK, Lane.ORDINARY, Lane.REPLY, Lane.SAFETY, Lane.EMERGENCY):
        await village.desk.work(TEST, post_text, village, lane.name, lane=lane)

    claimed = (await claims(village, limit=3)).claimed

    assert [each.envelope.text for each in claimed] == ["EMERGENCY", "SAFETY", "REPLY"]


async def test_what_is_held_is_claimed_when_its_hold_is_over(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, post_text, village, "Hei", hold=timedelta(seconds=5))

    early = await claims(village)
    clock.move(timedelta(seconds=5))

    assert early.claimed == []
    assert early.next_due == clock.now()
    assert len((await claims(village)).claimed) == 1


async def test_a_try_is_counted_before_it_is_made(village: Village) -> None:
    await village.desk.work(TEST, post_text, village, "Hei")

    await claims(village)

    claimed = await the_one(village)
    assert (claimed.tries, claimed.status) == (1, Status.CLAIMED)
    assert claimed.lease_until is not None


async def test_three_crashes_park_it_where_a_person_sees_it_and_others_flow_on(
    village: Village, clock: StoppedClock
) -> None:
    await village.desk.work(TEST, post_text, village, "Hei")
    for _ in range(4):
        await claims(village)
        clock.move(timedelta(seconds=61))
    await village.desk.work(TEST, post_text, village, "Neste", "Ola Nordmann")

    claimed = (await claims(village)).claimed

    first, _ = await village.desk.look(TEST, list_all)
    assert (first.status, first.reason, first.marks) == (Status.PARKED, "faults", ["crashed"] * 3)
    assert [each.envelope.text for each in claimed] == ["Neste"]


async def test_of_several_that_two_crashes_took_along_each_goes_by_itself_and_only_the_last_in_hand_is_to_blame(
    village: Village, clock: StoppedClock
) -> None:
    for name in ("Anne Nordmann", "Ola Nordmann", "Lene Berg"):
        await village.desk.work(TEST, post_text, village, "Hei", name)
    for _ in range(3):
        await claims(village)
        clock.move(timedelta(seconds=61))
    gone_alone = []
    for _ in range(2):
        claimed = (await claims(village)).claimed
        gone_alone.append(len(claimed))
        await village.desk.work(
            TEST,
            settle,
            [Handed(one.envelope.delivery_id, Receipt(f"SM{len(gone_alone)}", "queued")) for one in claimed],
        )
        clock.move(timedelta(seconds=1))
    await claims(village)
    clock.move(timedelta(seconds=61))
    await claims(village)

    assert gone_alone == [1, 1]
    ends = [delivery.status for delivery in await village.desk.look(TEST, list_all)]
    assert sorted(ends) == sorted([Status.QUEUED, Status.QUEUED, Status.PARKED])


async def test_while_one_under_suspicion_is_in_hand_no_other_is_claimed(village: Village, clock: StoppedClock) -> None:
    ids = []
    for name in ("Anne Nordmann", "Ola Nordmann"):
        ids += await village.desk.work(TEST, post_text, village, "Hei", name)
    for _ in range(3):
        await claims(village)
        clock.move(timedelta(seconds=61))
    (first,) = (await claims(village)).claimed
    clock.move(timedelta(seconds=1))

    room = Room(50, in_hand=[first.envelope.delivery_id], suspect_in_hand=True)
    meanwhile = (await village.desk.work(TEST, claim, room)).claimed

    assert first.suspect
    assert meanwhile == []


async def test_an_unknown_fate_is_no_crash(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, post_text, village, "Hei")
    for _ in range(4):
        (only,) = (await claims(village)).claimed
        later = clock.now() + timedelta(seconds=15)
        await village.desk.work(TEST, settle, [NotHanded(only.envelope.delivery_id, "timeout", later, unknown=True)])
        clock.move(timedelta(seconds=16))

    delivery = await the_one(village)
    assert (delivery.faults, delivery.status, delivery.marks) == (0, Status.CLAIMED, ["unknown"])


async def test_what_is_in_hand_is_not_claimed_again_though_its_lease_is_over(
    village: Village, clock: StoppedClock
) -> None:
    ids = await village.desk.work(TEST, post_text, village, "Hei")
    await claims(village)
    clock.move(timedelta(hours=1))

    assert (await claims(village, in_hand=ids)).claimed == []
    assert (await the_one(village)).faults == 0


async def test_a_lost_text_found_under_a_name_that_another_holds_is_looked_for_again(
    village: Village, clock: StoppedClock
) -> None:
    (first,) = await village.desk.work(TEST, post_text, village, "Hei")
    (second,) = await village.desk.work(TEST, post_text, village, "Hei")
    await claims(village)

    await village.desk.work(TEST, settle, [Handed(first, Receipt("SM1", "queued"))])
    await village.desk.work(TEST, settle, [Handed(second, Receipt("SM1", "sent"), found=True)])
    clock.move(timedelta(seconds=16))
    (again,) = (await claims(village)).claimed

    assert again.envelope.delivery_id == second
    assert again.envelope.others == {"SM1"}
    held = {delivery.id: delivery.provider_id for delivery in await village.desk.look(TEST, list_all)}
    assert held == {first: "SM1", second: None}


async def test_a_name_that_only_reports_told_of_is_held_too(village: Village, clock: StoppedClock) -> None:
    (first,) = await village.desk.work(TEST, post_text, village, "Hei")
    (second,) = await village.desk.work(TEST, post_text, village, "Hei")
    await claims(village)
    await village.desk.work(TEST, keep_reports, [Report("twilio", "k", "SM1", "delivered", first)])
    clock.move(timedelta(seconds=61))

    (again,) = (await claims(village)).claimed

    assert (again.envelope.delivery_id, again.envelope.others) == (second, frozenset({"SM1"}))
