"""Who is told that a child came or left: whoever wishes it and may know at that moment, once, and nobody more than they may."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.attendance import AttendanceBot
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, GuardianRight, Guardianship, Right
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Lane, Thread
from hub.privacy.forgetting import forget
from hub.privacy.terms import Kind
from hub.school.attendance import Attendance
from hub.school.attendance_denials import AttendanceDenial
from hub.school.attendance_tellings import AttendanceTelling
from hub.school.attendance_wishes import Moved
from hub.school.trusted_people import TrustedPerson, Whom, trust_person
from hub.talk.bot import prompt_some
from tests.blocks import block
from tests.bots.door_day import DoorDay
from tests.bots.test_two_hubs import is_once_to_each, wake_in_both
from tests.hub.post.outboxes import TEST, post_text
from tests.hub.talk.staff_phone import FIRST, register
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
CAMILLA, THOMAS, SARA = "Camilla Hansen", "Thomas Vestby", "Sara Hansen"


@pytest.fixture
def day(village: Village, clock: StoppedClock) -> DoorDay:
    door = DoorDay(village, clock)
    door.at(8, 2)
    return door


def phones(texts: list[tuple[str, str]]) -> list[str]:
    return sorted(phone for phone, _ in texts)


async def trust(day: DoorDay, child: str, guardian: str, person: str, *, announced: bool) -> str:
    """Somebody on the list of those who may always fetch, of whom the others were told or not yet; their id."""

    def tell(work: Work) -> str:
        kept = work.session.get_one(Child, day.village.child(child).id)
        told_by = day.village.guardian(guardian).id
        row = trust_person(work, kept, Whom(person), told_by=told_by, trust=Trust.CONFIRMED)
        row.announced_at = work.now if announced else None
        return row.id

    return await day.village.desk.work(TEST, tell)


def end_right(work: Work, day: DoorDay, guardian: str, child: str) -> None:
    tie = sa.select(Guardianship.id).where(
        Guardianship.guardian_id == day.village.guardian(guardian).id,
        Guardianship.child_id == day.village.child(child).id,
    )
    rights = sa.select(GuardianRight).where(GuardianRight.guardianship_id.in_(tie), GuardianRight.kind == Right.INFORM)
    for right in work.session.scalars(rights):
        right.to_day = day.unit.today(work.now) - timedelta(days=1)


@pytest.mark.capability("N-14")
async def test_whoever_wishes_it_is_told_once_and_nobody_else(day: DoorDay) -> None:
    await day.wish(ANNE)

    await day.come(KARI)
    told = await day.wake()
    day.clock.move(timedelta(seconds=20))

    assert told == [(day.phone(ANNE), "Kari kom kl. 08.02. Stemmer det ikke? Svar NEI, så ringer vi deg.")]
    assert await day.wake() == []


async def test_two_hubs_that_wake_in_the_same_moment_tell_once(day: DoorDay) -> None:
    await day.wish(ANNE, OLA)
    await day.come(KARI)

    assert is_once_to_each(await wake_in_both(day.village, day.bot))


async def test_a_telling_that_was_killed_before_its_commit_is_told_by_the_next(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    due = await day.village.desk.look(TEST, day.bot.list_due)

    class Killed(Exception):
        """The process ends here."""

    def die(work: Work) -> None:
        day.bot.prompt_due(work, due)
        raise Killed

    with pytest.raises(Killed):
        await day.village.desk.work(TEST, die)
    assert await day.fresh_texts() == []
    await prompt_some(day.village.desk, TEST, day.bot, due)
    await prompt_some(day.village.desk, TEST, day.bot, due)

    assert phones(await day.fresh_texts()) == [day.phone(ANNE)]


async def test_a_leaving_is_told_when_staff_can_no_longer_undo_it_at_the_door(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()
    day.at(15, 0)
    await day.mark_left(KARI)
    at_once = await day.wake()
    day.clock.move(timedelta(seconds=59))
    just_before = await day.wake()
    day.clock.move(timedelta(seconds=1))
    told = await day.wake()

    assert (at_once, just_before) == ([], [])
    assert told == [(day.phone(ANNE), "Kari gikk kl. 15.00. Stemmer det ikke? Svar NEI, så ringer vi deg.")]
    assert await day.wake() == []


async def test_a_leaving_that_is_undone_in_its_minute_is_told_to_nobody(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()
    day.at(15, 0)
    await day.mark_left(KARI)
    day.clock.move(timedelta(seconds=30))
    await day.stay(KARI)
    day.clock.move(timedelta(minutes=2))

    assert await day.wake() == []


async def test_a_leaving_marked_anew_waits_for_its_own_minute(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()
    day.at(15, 0)
    await day.mark_left(KARI)
    day.clock.move(timedelta(seconds=50))
    await day.stay(KARI)
    await day.mark_left(KARI)
    day.clock.move(timedelta(seconds=50))
    too_early = await day.wake()
    day.clock.move(timedelta(seconds=10))

    assert (too_early, phones(await day.wake())) == ([], [day.phone(ANNE)])


async def test_a_leaving_that_waits_is_told_by_the_next_hub_where_the_first_was_killed(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()
    day.at(15, 0)
    await day.mark_left(KARI)
    await day.wake()
    day.clock.move(timedelta(minutes=1))
    day.bot = AttendanceBot()

    assert phones(await day.wake()) == [day.phone(ANNE)]


async def test_siblings_who_come_in_the_same_minute_are_one_text(day: DoorDay) -> None:
    await day.wish("Lene Berg")

    await day.come("Jakob Berg", "Johanne Berg")
    told = await day.wake()

    assert [text for _, text in told] == [
        "Jakob og Johanne kom kl. 08.02. Stemmer det ikke? Svar NEI, så ringer vi deg."
    ]


async def test_a_wish_for_coming_alone_says_nothing_of_leaving_and_one_that_ended_nothing_at_all(day: DoorDay) -> None:
    await day.wish(ANNE, moved=[Moved.CAME])
    await day.come(KARI)
    came = await day.wake()
    day.at(14, 0)
    await day.leave(KARI)
    left = await day.wake()
    await day.wish(ANNE, moved=[])
    await day.come(KARI)

    assert (phones(came), left, await day.wake()) == ([day.phone(ANNE)], [], [])


async def test_what_was_marked_before_the_wish_is_not_told(day: DoorDay) -> None:
    await day.come(KARI)
    day.clock.move(timedelta(minutes=1))
    await day.wish(ANNE)

    assert await day.wake() == []


async def test_what_is_no_news_any_more_is_written_down_and_not_sent(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    day.clock.move(timedelta(minutes=31))

    assert await day.wake() == []
    assert await day.why_not() == ["stale"]


async def test_it_goes_at_night_too_and_what_does_not_hurry_waits_for_the_morning(day: DoorDay) -> None:
    day.at(23, 30)
    day.around.sends = False
    await day.wish(ANNE)
    await day.come(KARI)
    ((_, told),) = await day.wake()
    (twin,) = await day.village.desk.work(TEST, post_text, day.village, "Husk gymtøy.", to=OLA, lane=Lane.ORDINARY)

    claimed = [one.envelope.text for _ in range(2) for one in await day.claim()]
    held = await day.village.desk.look(TEST, lambda look: look.session.get_one(Delivery, twin))

    assert claimed == [told]
    assert (held.status, held.reason) == (Status.WAITING, "quiet_hours")


@pytest.mark.parametrize("stops", ["block", "right", "stopped"])
async def test_whoever_may_not_be_told_at_that_moment_is_not_and_the_other_is(day: DoorDay, stops: str) -> None:
    await day.wish(ANNE, OLA)
    await day.come(KARI)

    def stop(work: Work) -> None:
        if stops == "block":
            block(work, day.village, OLA, KARI)
        elif stops == "right":
            end_right(work, day, OLA, KARI)
        else:
            own = work.session.get_one(GuardianAddress, day.village.addresses[day.village.guardian(OLA).id][0].id)
            own.stopped_at, own.stopped_by = work.now, "guardian"

    await day.village.desk.work(TEST, stop)

    assert phones(await day.wake()) == [day.phone(ANNE)]


async def test_behind_a_phone_that_two_use_both_must_be_allowed_to_know(day: DoorDay) -> None:
    await day.wish("Arne Moe", "Gerd Moe")
    await day.come("Iselin Moe")
    permitted = await day.wake()
    day.at(14, 0)
    await day.village.desk.work(TEST, end_right, day, "Gerd Moe", "Iselin Moe")
    await day.leave("Iselin Moe")

    assert phones(permitted) == [day.phone("Arne Moe")]
    assert await day.wake() == []


async def test_of_a_protected_child_only_that_there_is_something(day: DoorDay) -> None:
    await day.wish("Ragnhild Lien")
    await day.come("Ada Lien")

    ((phone, text),) = await day.wake()

    assert phone == day.phone("Ragnhild Lien")
    assert text == "Det er en ny beskjed til deg. Ta kontakt med oss på vanlig måte."
    assert await day.why_not() == ["guarded"]


async def test_the_other_home_is_told_in_its_own_thread(day: DoorDay) -> None:
    await day.wish(CAMILLA, THOMAS)
    await day.come(SARA)
    told = await day.wake()

    parties = await day.village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Thread.party))))

    assert phones(told) == sorted([day.phone(CAMILLA), day.phone(THOMAS)])
    assert sorted(parties) == sorted(day.village.guardian(name).id for name in (CAMILLA, THOMAS))


async def test_who_fetched_is_named_where_both_homes_were_told_of_them_and_not_before(day: DoorDay) -> None:
    await day.wish(CAMILLA, THOMAS)
    await day.come(SARA)
    await day.wake()
    known = await trust(day, SARA, CAMILLA, "Mormor", announced=True)
    unknown = await trust(day, SARA, CAMILLA, "Per Lie", announced=False)
    day.at(14, 0)
    await day.leave(SARA, by=known, name="Mormor")
    named = await day.wake()
    day.at(14, 5)
    await day.come(SARA)
    await day.wake()
    day.at(14, 10)
    await day.leave(SARA, by=unknown, name="Per Lie")

    assert all("sammen med Mormor" in text for _, text in named)
    assert len(named) == 2
    assert not any("Per" in text for _, text in await day.wake())


async def test_another_home_that_fetched_is_named_to_nobody_but_itself(day: DoorDay) -> None:
    await day.wish(CAMILLA, THOMAS)
    await day.come(SARA)
    await day.wake()
    day.at(14, 0)
    await day.leave(SARA, by=day.village.guardian(THOMAS).id, name=THOMAS)

    told = dict(await day.wake())

    assert "Thomas" not in told[day.phone(CAMILLA)]
    assert "sammen med Thomas" in told[day.phone(THOMAS)]


async def test_whoever_must_not_fetch_is_never_named_though_one_home_is_all_there_is(day: DoorDay) -> None:
    await day.wish("Wenche Sand")
    await day.come("Tiril Sand")
    await day.wake()
    day.at(14, 0)
    await day.leave("Tiril Sand", name="Roger Sand")

    ((_, text),) = await day.wake()

    assert text.startswith("Tiril gikk kl. 14.00. ")


async def test_a_guardian_whose_own_child_is_protected_is_never_named(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()

    def share(work: Work) -> None:
        for name in (ANNE, OLA):
            work.session.get_one(Guardian, day.village.guardian(name).id).shares_thread = True

    await day.village.desk.work(TEST, share)
    day.at(14, 0)
    await day.leave(KARI, by=day.village.guardian(OLA).id, name=OLA)
    shared = await day.wake()
    day.at(14, 10)
    await day.come(KARI)
    await day.wake()

    def tie_to_ada(work: Work) -> None:
        tie = Guardianship(
            id=work.new_id(),
            owner_id=day.village.owner().id,
            source_id="test",
            guardian_id=day.village.guardian(OLA).id,
            child_id=day.village.child("Ada Lien").id,
            relation="father",
            lives_with=False,
        )
        work.session.add(tie)

    await day.village.desk.work(TEST, tie_to_ada)
    day.at(14, 20)
    await day.leave(KARI, by=day.village.guardian(OLA).id, name=OLA)

    assert "sammen med Ola" in shared[0][1]
    assert not any("Ola" in text for _, text in await day.wake())


@pytest.mark.capability("N-14")
async def test_one_no_is_an_alarm_in_the_same_work_and_a_second_the_same_alarm(day: DoorDay) -> None:
    await day.wish(ANNE, OLA)
    await day.come(KARI)
    await day.wake()

    answered = await day.say(ANNE, "Nei")
    (alarm,) = await day.denied()
    await day.say(OLA, "NEI!")
    waits = await day.village.desk.look(TEST, _list_waiting)

    assert answered == [
        (day.phone(ANNE), "Takk for at du sier fra. De ansatte har fått alarm om Kari nå og ringer deg.")
    ]
    assert (alarm.child_id, alarm.moved) == (day.village.child(KARI).id, Moved.CAME)
    assert [each.id for each in await day.denied()] == [alarm.id]
    assert waits == ["attendance_denied", "attendance_denied"]


@pytest.mark.parametrize("is_protected", [False, True])
async def test_a_leader_s_phone_is_told_no_name_of_a_child_that_is_protected_since(
    day: DoorDay, is_protected: bool
) -> None:
    await register(day.village, "Ingrid Solberg")
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()

    def protect(work: Work) -> None:
        work.session.get_one(Child, day.village.child(KARI).id).protected = is_protected

    await day.village.desk.work(TEST, protect)

    (told,) = [text for phone, text in await day.say(ANNE, "Nei") if phone == FIRST]

    assert told.startswith("IKKE RIKTIG VED DØRA: ")
    assert ("Kari" in told, "Anne" in told) == (not is_protected, not is_protected)
    assert len(await day.denied()) == 1


def _list_waiting(look: Look) -> list[str | None]:
    return list(look.session.scalars(sa.select(Thread.waits_why).where(Thread.waits_since.is_not(None))))


async def test_a_no_of_whom_the_right_has_ended_meanwhile_is_for_staff_to_read_and_no_alarm(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()
    await day.village.desk.work(TEST, end_right, day, ANNE, KARI)

    await day.say(ANNE, "Nei")

    assert await day.denied() == []
    assert await day.village.desk.look(TEST, _list_waiting) == ["right_ended"]


@pytest.mark.capability("N-14")
async def test_a_mark_that_was_wrong_is_told_to_be_so_once_and_one_that_stands_again_too(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()
    day.at(8, 5)
    await day.take_back(KARI)

    withdrawn = await day.wake()
    day.at(8, 6)
    again = await day.wake()
    await day.come(KARI)

    assert [text.split(".")[0] for _, text in withdrawn] == ["Vi tok feil: Kari er ikke kommet hit ennå"]
    assert again == []
    assert [text.split(" St")[0] for _, text in await day.wake()] == ["Kari kom kl. 08.06."]


async def test_what_is_corrected_for_whoever_may_not_know_any_more_is_told_to_nobody(day: DoorDay) -> None:
    await day.wish(ANNE)
    await day.come(KARI)
    await day.wake()
    await day.village.desk.work(TEST, end_right, day, ANNE, KARI)
    day.at(8, 5)
    await day.take_back(KARI)

    assert await day.wake() == []


@pytest.mark.parametrize(("hours_later", "is_told"), [(1, True), (17, False)])
async def test_what_is_put_right_of_yesterday_is_never_read_as_of_today(
    day: DoorDay, hours_later: int, is_told: bool
) -> None:
    """A child of the club comes at two, and its time is put right before seven the next morning."""
    await day.wish(ANNE)
    day.at(14, 0)
    (mark,) = await day.come(KARI)
    await day.wake()
    day.clock.move(timedelta(hours=hours_later))

    def put_right(work: Work) -> None:
        row = work.session.get_one(Attendance, mark.id)
        row.came_at -= timedelta(minutes=20)

    await day.village.desk.work(TEST, put_right)

    told = [text.partition(" Stemmer")[0] for _, text in await day.wake()]
    assert told == (["Vi tok feil: Kari kom kl. 13.40."] if is_told else [])
    day.clock.move(timedelta(minutes=1))
    assert await day.wake() == []


async def test_after_a_stop_no_time_is_put_right_but_that_the_child_is_not_there_is_told(day: DoorDay) -> None:
    await day.wish(ANNE)
    (mark,) = await day.come(KARI)
    await day.wake()

    def stop_and_put_right(work: Work) -> None:
        for address in day.village.addresses[day.village.guardian(ANNE).id]:
            work.session.get_one(GuardianAddress, address.id).stopped_at = work.now
        work.session.get_one(Attendance, mark.id).came_at -= timedelta(minutes=20)

    day.at(8, 5)
    await day.village.desk.work(TEST, stop_and_put_right)
    assert await day.wake() == []

    day.at(8, 6)
    await day.take_back(KARI)
    assert [text.split(".")[0] for _, text in await day.wake()] == ["Vi tok feil: Kari er ikke kommet hit ennå"]


async def test_a_mark_takes_along_whom_it_was_told_and_who_denied_it_when_its_time_is_over(day: DoorDay) -> None:
    await day.wish(ANNE)
    (mark,) = await day.come(KARI)
    await day.wake()
    await day.say(ANNE, "nei")

    await day.village.desk.work(TEST, forget, Kind.ATTENDANCE, [mark.id])

    def count(look: Look) -> list[int | None]:
        tables = (Attendance, AttendanceTelling, AttendanceDenial)
        return [look.session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]

    assert await day.village.desk.look(TEST, count) == [0, 0, 0]


async def test_whoever_trusts_nobody_any_more_names_nobody(day: DoorDay) -> None:
    await day.wish(THOMAS)
    known = await trust(day, SARA, CAMILLA, "Mormor", announced=True)
    await day.come(SARA)
    await day.wake()

    def dispute(work: Work) -> None:
        work.session.get_one(TrustedPerson, known).disputed_at = work.now

    await day.village.desk.work(TEST, dispute)
    day.at(14, 0)
    await day.leave(SARA, by=known, name="Mormor")

    assert not any("Mormor" in text for _, text in await day.wake())
