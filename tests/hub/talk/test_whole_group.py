"""A whole group is marked by one text, and by nothing but a yes to the hub's question while somebody in it is told of."""

import pytest

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.school.absences import Reason, report
from hub.school.late_arrivals import report_late
from tests.hub.post.outboxes import TEST
from tests.hub.talk.staff_phone import Texting, list_here, register
from tests.hub.talk.test_staff_texts import LUNDE, look_for
from tests.village import Village

KARI, ANNE = "Kari Nordmann", "Anne Nordmann"
ASKED = "Vi har hørt noe om, eller leter etter, Kari. Er alle de andre i 7A hos deg nå? Svar JA eller NEI."


async def here(village: Village) -> set[str]:
    return await village.desk.look(TEST, list_here)


async def look_for_kari(village: Village) -> None:
    await village.desk.work(TEST, look_for, village.child(KARI).id, village.unit("school").id)


async def tell_kari_away(village: Village) -> None:
    def away(work: Work) -> None:
        kari, told_by = work.session.get_one(Child, village.child(KARI).id), village.guardian(ANNE).id
        today = village.unit("school").today(work.now)
        report(work, kari, [today], Reason.SICK, told_by=told_by, told_kind="guardian", trust=TEST.trust)

    await village.desk.work(TEST, away)


async def tell_kari_late(village: Village) -> None:
    def late(work: Work) -> None:
        kari, today = work.session.get_one(Child, village.child(KARI).id), village.unit("school").today(work.now)
        report_late(work, kari, today, None, told_by=village.guardian(ANNE).id, message_id=None)

    await village.desk.work(TEST, late)


async def write_of_kari(village: Village) -> None:
    """What no bot takes up, so that it waits for a person."""
    await Texting(village, village.phone(ANNE), 500).text("Kari fikk ikke sove i natt")


TOLD = [look_for_kari, tell_kari_away, tell_kari_late, write_of_kari]


@pytest.mark.parametrize("tell", TOLD)
async def test_a_group_with_a_child_who_is_told_of_is_marked_by_a_yes_alone(village: Village, tell: object) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    await tell(village)  # type: ignore[operator]  # one of four

    asked = await phone.text("7A alle her")
    before = await here(village)
    answers = await phone.text("ja")

    assert asked == [ASKED]
    assert before == set()
    assert "Kari" not in await here(village)
    assert "Mia" in await here(village)
    assert answers[0].startswith("7A: 7 er her nå.")


async def test_a_no_marks_nobody(village: Village) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    await tell_kari_away(village)
    await phone.text("7A alle her")

    answers = await phone.text("nei")

    assert answers == ["Ingen i 7A er merket. Skriv hvem som er her, eller se tavla."]
    assert await here(village) == set()


async def test_a_group_of_whom_nothing_is_told_is_marked_at_once(village: Village) -> None:
    await register(village, LUNDE)

    answers = await Texting(village).text("7A alle her")

    assert answers == ["7A: 8 er her nå. Feil? Svar ANGRE."]


async def test_whoever_names_the_child_who_is_away_is_not_asked(village: Village) -> None:
    await register(village, LUNDE)
    await tell_kari_away(village)

    answers = await Texting(village).text("7A alle her unntatt Kari")

    assert answers == ["7A: 7 er her nå. Ikke her: Kari. Feil? Svar ANGRE."]


async def test_what_is_told_between_the_question_and_the_yes_is_asked_about_too(
    village: Village, clock: StoppedClock
) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    await tell_kari_away(village)
    await phone.text("7A alle her")
    mia, school = village.child("Mia Dahlby Olsen").id, village.unit("school").id
    await village.desk.work(TEST, look_for, mia, school)

    again = await phone.text("ja")
    before = await here(village)
    await phone.text("ja")

    assert "Mia" in again[0]
    assert again[0].endswith("Er alle de andre i 7A hos deg nå? Svar JA eller NEI.")
    assert before == set()
    assert not {"Kari", "Mia"} & await here(village)
    assert "Henrik" in await here(village)


async def test_one_child_by_name_is_marked_at_once_also_where_the_group_is_not(village: Village) -> None:
    await register(village, LUNDE)
    phone = Texting(village)
    await tell_kari_away(village)
    await phone.text("7A alle her")
    await phone.text("nei")

    await phone.text("Mia er her")

    assert await here(village) == {"Mia"}
