"""Assessments: a mark of the country's, corrected with what stood before beside it, and never gone without a trace."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.asker import routine_asker
from hub.clock import StoppedClock
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner
from hub.safety.access import NotThereError
from hub.safety.audit import AuditRow
from hub.school.assessments import (
    Assessed,
    Assessment,
    AssessmentChangedError,
    AssessmentKind,
    AssessmentLacksError,
    Finding,
    NotOnScaleError,
    give_assessment,
    list_assessed,
    scales_of,
    take_back_assessment,
)
from tests.hub.at_once import at_once
from tests.village import Village

TEST = routine_asker("test")
KARI = "Kari Nordmann"
NORSK = Finding(AssessmentKind.GRADE, "4", "Norsk", "1. termin", "")
BETTER = Finding(AssessmentKind.GRADE, "5", "Norsk", "1. termin", "Godt arbeid")


async def give(village: Village, found: Finding, corrects: str | None = None) -> Assessment:
    child, unit = village.child(KARI), village.unit("school")
    return await village.desk.work(TEST, lambda work: give_assessment(work, unit, child, found, "teacher", corrects))


async def listed(village: Village) -> list[Assessed]:
    return await village.desk.look(TEST, list_assessed, village.child(KARI).id)


async def test_what_was_corrected_and_what_was_taken_back_stays_beside_what_stands(village: Village) -> None:
    first = await give(village, NORSK)
    second = await give(village, BETTER, first.id)
    await give(village, BETTER)
    other = await give(village, Finding(AssessmentKind.ORDER, "G", "", "", ""))
    await village.desk.work(
        TEST, take_back_assessment, village.unit("school"), village.child(KARI), other.id, "principal"
    )

    order, norsk = await listed(village)

    assert norsk.stands is not None
    assert (norsk.stands.id, [row.finding for row in norsk.before]) == (second.id, [NORSK])
    assert order.stands is None
    assert [(row.id, row.ceased_by) for row in order.before] == [(other.id, "principal")]

    def audited(look: Look) -> list[str]:
        asked = sa.select(AuditRow.what).where(AuditRow.what.startswith("assessment."))
        return list(look.session.scalars(asked))

    acts = sorted(await village.desk.look(TEST, audited))
    assert acts == ["assessment.give"] * 3 + ["assessment.take_back"]


async def test_two_who_correct_the_same_at_once_are_not_both_believed(village: Village) -> None:
    first = await give(village, NORSK)
    worse = Finding(AssessmentKind.GRADE, "3", "Norsk", "1. termin", "")
    child, unit = village.child(KARI), village.unit("school")

    with pytest.raises(AssessmentChangedError):
        await at_once(
            village.desk,
            TEST,
            lambda work: give_assessment(work, unit, child, BETTER, "teacher", first.id),
            give(village, worse, first.id),
        )

    (norsk,) = await listed(village)
    assert norsk.stands is not None
    assert (norsk.stands.value, len(norsk.before)) == ("5", 1)


@pytest.mark.one_store
async def test_the_same_sent_twice_is_kept_once_and_the_same_mark_another_day_is_another(
    village: Village, clock: StoppedClock
) -> None:
    wrong = await give(village, BETTER)
    right = await give(village, NORSK, wrong.id)

    assert (await give(village, NORSK, wrong.id)).id == right.id
    assert (await give(village, NORSK)).id == right.id
    clock.move(timedelta(days=1))
    assert (await give(village, NORSK)).id != right.id
    assert len(await listed(village)) == 2


@pytest.mark.one_store
async def test_what_cannot_be_given_is_refused_and_nothing_is_kept(village: Village) -> None:
    refused: list[tuple[Finding, type[Refusal]]] = [
        (Finding(AssessmentKind.GRADE, "7", "Norsk", "", ""), NotOnScaleError),
        (Finding(AssessmentKind.GRADE, "", "Norsk", "", "Bra"), NotOnScaleError),
        (Finding(AssessmentKind.GRADE, "4", "", "", "Bra"), AssessmentLacksError),
        (Finding(AssessmentKind.WRITTEN, "", "Norsk", "", ""), AssessmentLacksError),
    ]
    for found, why in refused:
        with pytest.raises(why):
            await give(village, found)
    with pytest.raises(NotThereError):
        await give(village, NORSK, "0" * 26)

    assert await listed(village) == []


@pytest.mark.one_store
async def test_each_country_gives_its_own_marks_and_one_without_any_gives_words(village: Village) -> None:
    def marks(work: Work, country: str) -> dict[str, tuple[str, ...]]:
        work.session.get_one(Owner, village.owner().id).country = country
        return {kind.value: tuple(values) for kind, values in scales_of(work, village.owner().id).items()}

    told = {country: await village.desk.work(TEST, marks, country) for country in ("NO", "SE", "FI", "DK", "IS")}

    assert told["NO"]["conduct"] == ("G", "Ng", "Lg")
    assert told["SE"]["grade"][:2] == ("A", "B")
    assert told["FI"]["conduct"] == ("10", "9", "8", "7", "6", "5", "4")
    assert told["DK"]["grade"] == ("12", "10", "7", "4", "02", "00", "-3")
    assert told["IS"] == {"written": ("",)}
