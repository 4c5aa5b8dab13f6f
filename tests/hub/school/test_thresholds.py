"""After how much absence a talk is proposed: counted in days and hours, over term borders, until somebody has talked."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.deliveries import Delivery
from hub.safety.access import get_reach
from hub.school.absences import Reason, dispute, report
from hub.school.early_pickups import report_early
from hub.school.family_talks import NoReasonError, Outcome, list_talks, settle_proposal
from hub.school.late_arrivals import report_late
from hub.school.thresholds import For, Proposal, Step, Wish, get_rule, list_proposals, list_proposals_for, set_rule
from tests.hub.sign_in.school import TEST
from tests.village import Village, load_village

JANUARY = date(2025, 1, 14)


@pytest.fixture
async def village(desk: Desk, clock: StoppedClock) -> Village:
    clock.jump(datetime(2025, 1, 14, 8, 0, tzinfo=UTC))
    return await load_village(desk)


def kari(work: Work, village: Village) -> Child:
    return work.session.get_one(Child, village.child("Kari Nordmann").id)


async def do(village: Village, verb: Callable[[Work], object]) -> None:
    await village.desk.work(TEST, verb)


async def be_away(village: Village, *days: date) -> None:
    def away(work: Work) -> None:
        report(work, kari(work, village), days, Reason.SICK, told_by="g", told_kind="guardian", trust=Trust.CLAIMED)

    await do(village, away)


async def rule(
    village: Village, days: int = 4, hours: int = 1000, span: int = 30, steps: tuple[Step, ...] = ()
) -> None:
    await do(village, lambda work: set_rule(work, village.unit("school"), Wish(days, hours, span, steps), "x"))


async def proposal(village: Village) -> Proposal | None:
    def ask(look: Look) -> Proposal | None:
        unit, child = look.session.get_one(Unit, village.unit("school").id), village.child("Kari Nordmann").id
        return list_proposals(look, unit, get_rule(look, unit), [child], JANUARY).get(child)

    return await village.desk.look(TEST, ask)


async def seen_by(village: Village, staff: str) -> list[str]:
    """Whose families a member of staff is proposed to talk with."""
    asker = Asker("staff", village.staff(staff).id, Trust.STRONG, "page talks")

    def ask(look: Look) -> list[str]:
        return [child.called for child, _ in list_proposals_for(look, get_reach(look), village.unit("school"), JANUARY)]

    return await village.desk.look(asker, ask)


def held(village: Village, counted_to: date, work: Work) -> None:
    settle_proposal(work, kari(work, village), Outcome.TALKED, "", counted_to, "x")


def count_texts(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) or 0


async def test_days_before_and_after_new_year_count_together(village: Village) -> None:
    await rule(village)
    await be_away(village, date(2024, 12, 18), date(2024, 12, 19), date(2025, 1, 8))
    before = await proposal(village)

    await be_away(village, date(2025, 1, 13))
    found = await proposal(village)

    assert before is None
    assert found is not None
    assert (found.days, found.since) == (4, date(2024, 12, 18))


async def test_what_lies_before_the_span_ahead_of_today_or_in_dispute_does_not_count(village: Village) -> None:
    await rule(village, days=2, span=10)
    await be_away(village, JANUARY - timedelta(days=10), JANUARY - timedelta(days=9), JANUARY + timedelta(days=1))

    def disputed(work: Work) -> None:
        day = JANUARY - timedelta(days=1)
        rows = report(
            work, kari(work, village), [day], Reason.OTHER, told_by="g", told_kind="guardian", trust=Trust.CLAIMED
        )
        dispute(work, rows)

    await do(village, disputed)

    assert await proposal(village) is None


async def test_late_mornings_and_early_afternoons_count_in_hours(village: Village) -> None:
    await rule(village, days=100, hours=4)

    def partly(work: Work) -> None:
        child = kari(work, village)
        report_late(work, child, JANUARY - timedelta(days=1), time(10, 15), told_by="g", message_id=None)
        report_early(work, [child], [JANUARY], time(12, 0), told_by="g", trust=Trust.CLAIMED)

    await do(village, partly)
    found = await proposal(village)

    assert found is not None
    assert (found.days, found.hours) == (0, 4)


async def test_after_a_talk_the_count_begins_anew(village: Village) -> None:
    await rule(village, days=2)
    await be_away(village, date(2025, 1, 9), date(2025, 1, 10))
    await do(
        village, lambda work: settle_proposal(work, kari(work, village), Outcome.TALKED, "", date(2025, 1, 10), "x")
    )
    quiet = await proposal(village)

    await be_away(village, date(2025, 1, 13), date(2025, 1, 14))
    again = await proposal(village)

    assert quiet is None
    assert again is not None
    assert again.days == 2


async def test_setting_aside_needs_a_reason(village: Village) -> None:
    def without(work: Work) -> None:
        settle_proposal(work, kari(work, village), Outcome.SET_ASIDE, "  ", JANUARY, "x")

    def with_reason(work: Work) -> None:
        settle_proposal(work, kari(work, village), Outcome.SET_ASIDE, "Opphold på sykehus", JANUARY, "x")

    with pytest.raises(NoReasonError):
        await do(village, without)
    await do(village, with_reason)

    def read(look: Look) -> list[tuple[str, str]]:
        return [(talk.outcome, talk.reason) for talk in list_talks(look, village.child("Kari Nordmann").id)]

    assert await village.desk.look(TEST, read) == [("set_aside", "Opphold på sykehus")]


async def test_without_a_rule_nothing_is_proposed(village: Village) -> None:
    await be_away(village, *(JANUARY - timedelta(days=n) for n in range(10)))

    assert await proposal(village) is None


@pytest.mark.parametrize(
    ("staff", "sees"),
    [("Kari Lunde", True), ("Ingrid Solberg", True), ("Sindre Moen", False), ("Maria Nygård", False)],
)
async def test_proposals_are_for_the_contact_teacher_and_the_leader_alone(
    village: Village, staff: str, sees: bool
) -> None:
    await rule(village, days=1)
    await be_away(village, JANUARY)

    assert await seen_by(village, staff) == (["Kari"] if sees else [])


@pytest.mark.capability("N-35")
async def test_the_next_step_comes_after_a_talk_across_a_term_border_and_nothing_goes_home(village: Village) -> None:
    await rule(village, days=2, steps=(Step("Møte med helsesykepleier", For.TEACHER), Step("Møte", For.LEADER)))
    said = await village.desk.look(TEST, count_texts)
    proposed = []

    for days in ((date(2024, 12, 19), date(2025, 1, 6)), (date(2025, 1, 7), date(2025, 1, 8))):
        await be_away(village, *days)
        proposed.append(await proposal(village))
        await do(village, partial(held, village, days[-1]))
    await be_away(village, date(2025, 1, 13), JANUARY)
    last = await proposal(village)

    first, second = proposed
    assert first is not None
    assert (first.since, first.days, first.step) == (date(2024, 12, 19), 2, None)
    assert second is not None
    assert second.step == Step("Møte med helsesykepleier", For.TEACHER)
    assert last is not None
    assert last.step == Step("Møte", For.LEADER)
    assert await village.desk.look(TEST, count_texts) == said
    assert await seen_by(village, "Kari Lunde") == []
    assert await seen_by(village, "Ingrid Solberg") == ["Kari"]


async def test_what_was_set_aside_is_no_step(village: Village) -> None:
    await rule(village, days=2, steps=(Step("Møte", For.LEADER),))
    await be_away(village, date(2025, 1, 6), date(2025, 1, 7))

    await do(
        village, lambda work: settle_proposal(work, kari(work, village), Outcome.SET_ASIDE, "x", date(2025, 1, 7), "x")
    )
    await be_away(village, date(2025, 1, 13), JANUARY)
    found = await proposal(village)

    assert found is not None
    assert found.step is None
