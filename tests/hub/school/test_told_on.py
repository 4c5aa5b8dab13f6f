"""What one guardian's text tells of when a child comes and goes is sure once another phone of the family knows of it."""

from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.school.going_home import GoingHome, check_going_home, list_going_home
from tests.hub.post.outboxes import TEST
from tests.hub.school.ladder_day import MONDAY, LadderDay
from tests.hub.school.test_not_arrived import fail_to, list_steps
from tests.hub.talk.around_bot import send_all
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"


@pytest.fixture
def day(village: Village, clock: StoppedClock) -> LadderDay:
    return LadderDay(village, clock)


async def home_of(day: LadderDay, child: str) -> GoingHome:
    id_ = day.village.child(child).id
    return await day.village.desk.look(TEST, lambda look: list_going_home(look, [id_], MONDAY)[id_])


async def searched(day: LadderDay) -> list[str]:
    return [fact for fact in await day.facts() if fact.startswith(("looked", "asked"))]


@pytest.mark.parametrize("goes_wrong", ["waits", "fails"])
async def test_a_late_arrival_nobody_else_was_told_of_explains_nothing(day: LadderDay, goes_wrong: str) -> None:
    """A text in a father's name may be forged, or come from a phone that was taken: the ladder goes on."""
    day.around.sends = False
    await day.begin(KARI)
    await day.hear((OLA, "Kari kommer klokka 11"))
    if goes_wrong == "fails":
        await day.village.desk.work(TEST, fail_to, day.phone(ANNE))

    asked = await day.wake(9, 5)

    assert not [text for _, text in asked if "Svar 1" in text]
    assert await searched(day) == ["looked for: Kari, not_told"]


async def test_a_late_arrival_is_heeded_once_the_other_has_been_told(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.say(OLA, "Kari kommer klokka 11")

    assert await day.wake(9, 5) == []

    assert await searched(day) == []


async def test_a_word_of_a_late_arrival_that_leaves_late_ends_the_search_until_the_time_is_past(day: LadderDay) -> None:
    day.around.sends = False
    await day.begin(KARI)
    await day.hear((OLA, "Kari kommer klokka 11"))
    await day.wake(9, 5)

    await day.village.desk.work(TEST, send_all)
    await day.wake(9, 6)
    found = await searched(day)
    await day.wake(11, 16)

    assert found == []
    assert await searched(day) == ["looked for: Kari"]


async def test_the_word_of_a_late_arrival_may_be_on_its_way_for_a_moment(day: LadderDay) -> None:
    day.around.sends = False
    await day.begin(KARI)
    day.at(8, 58)
    await day.hear((OLA, "Kari kommer klokka 11"))

    await day.wake(9, 0)

    assert await searched(day) == []


@pytest.mark.parametrize("sends", [True, False])
async def test_of_a_late_child_with_one_guardian_the_receipt_is_the_word(day: LadderDay, *, sends: bool) -> None:
    day.around.sends = sends
    await day.begin("Dag Ruud")
    await day.say("Gunnar Ruud", "Dag kommer klokka 11")

    await day.wake(9, 5)

    assert (await searched(day) == ["looked for: Dag, not_told"]) is not sends


async def test_one_no_to_a_late_arrival_brings_the_alarm_back(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.say(OLA, "Kari kommer klokka 11")
    await day.say(ANNE, "nei")

    await day.wake(9, 5)

    assert await searched(day) == ["looked for: Kari, disputed"]


@pytest.mark.parametrize(
    ("said", "why", "disputes"),
    [("nei", "should_be_here", True), ("Nei, hun gikk hjemmefra kl 8!", "unclear", False)],
)
async def test_a_mother_who_sent_her_off_outweighs_the_father_who_says_she_comes_later(
    day: LadderDay, said: str, why: str, *, disputes: bool
) -> None:
    await day.begin(KARI)
    await day.wake(9, 0)
    await day.say(OLA, "hun kommer klokka 11")

    await day.say(ANNE, said)
    await day.wake(9, 2)
    await day.wake(9, 45)

    assert ("late: Kari, 2025-03-03, 11:00, disputed" in await day.facts()) is disputes
    assert await searched(day) == [f"looked for: Kari, {why}"]
    assert "leader" in await day.village.desk.look(TEST, list_steps)


@pytest.mark.parametrize("said", ["Kari hentes klokka 12", "Naboen Per Lie henter Kari i dag"])
async def test_how_a_child_goes_home_is_unsure_until_the_other_was_told_and_rings_when_that_takes_long(
    day: LadderDay, said: str
) -> None:
    day.around.sends = False
    day.at(8, 0)
    await day.hear((OLA, said))

    at_once = await home_of(day, KARI)
    day.at(8, 6)
    stuck = await home_of(day, KARI)
    await day.village.desk.work(TEST, send_all)
    sure = await home_of(day, KARI)

    assert (at_once.is_untold, at_once.rings) == (True, False)
    assert (stuck.is_untold, stuck.rings) == (True, True)
    assert (sure.is_untold, sure.rings) == (False, False)


async def test_a_yes_from_the_same_phone_alone_confirms_nobody_who_fetches(day: LadderDay) -> None:
    """Whoever forges a father's number can also answer in his name."""
    day.around.sends = False
    day.at(8, 0)
    await day.hear((OLA, "Naboen Per Lie henter Kari i dag"))
    await day.hear((OLA, "ja"))
    alone = await home_of(day, KARI)

    await day.village.desk.work(TEST, send_all)

    assert not alone.is_confirmed
    assert (await home_of(day, KARI)).is_confirmed


async def test_staff_who_have_found_out_are_not_rung_again(day: LadderDay) -> None:
    day.around.sends = False
    day.at(8, 0)
    await day.hear((OLA, "Kari hentes klokka 12"))
    day.at(8, 6)
    id_ = day.village.child(KARI).id

    def check(work: Work) -> None:
        check_going_home(work, list_going_home(work, [id_], MONDAY)[id_], "test")

    await day.village.desk.work(TEST, check)

    home = await home_of(day, KARI)
    assert (home.is_untold, home.rings) == (False, False)


async def test_a_late_arrival_that_holds_again_after_an_undo_is_told_on_anew(day: LadderDay) -> None:
    await day.begin(KARI)
    await day.say(OLA, "Kari kommer klokka 10")
    day.clock.move(timedelta(minutes=10))
    await day.say(OLA, "Kari kommer klokka 11")
    day.clock.move(timedelta(minutes=10))

    day.around.sends = False
    await day.hear((OLA, "angre"))
    assert "late: Kari, 2025-03-03, 10:00" in await day.facts()
    await day.wake(9, 5)
    untold = await searched(day)
    await day.village.desk.work(TEST, send_all)
    await day.wake(9, 6)

    assert untold == ["looked for: Kari, not_told"]
    assert await searched(day) == []


@pytest.mark.parametrize(
    ("first", "takes_back", "then"),
    [
        ("Kari er syk i dag", False, "Kari kommer klokka 11"),
        ("Kari er syk i dag", True, "Kari kommer klokka 11"),
        ("Kari kommer klokka 11", False, "Kari er syk i dag"),
        ("Kari kommer klokka 11", True, "Kari er syk i dag"),
    ],
)
async def test_whoever_was_contradicted_hides_the_child_by_no_other_word_of_theirs(
    day: LadderDay, first: str, *, takes_back: bool, then: str
) -> None:
    await day.begin(KARI)
    await day.say(OLA, first)
    await day.say(ANNE, "nei")

    await day.say(OLA, *(["angre"] if takes_back else []))
    await day.say(OLA, then)
    await day.wake(9, 5)

    assert await searched(day) == ["looked for: Kari, disputed"]


async def test_what_the_other_guardian_tells_explains_the_child_though_the_first_was_contradicted(
    day: LadderDay,
) -> None:
    await day.begin(KARI)
    await day.say(OLA, "Kari kommer klokka 11")
    await day.say(ANNE, "nei")

    await day.say(ANNE, "Kari er syk i dag")
    await day.wake(9, 5)

    assert await searched(day) == []


async def test_telling_again_and_again_what_nobody_else_hears_of_hides_nobody(day: LadderDay) -> None:
    day.around.sends = False
    await day.begin(KARI)
    for minute in (0, 4, 8):
        day.at(9, minute)
        await day.hear((OLA, f"Kari kommer klokka 11:{minute:02}"))
        await day.wake(9, minute)

    assert await searched(day) == ["looked for: Kari, not_told"]
