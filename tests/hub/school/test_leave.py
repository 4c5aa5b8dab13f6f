"""Leave: who must agree, who decides, what a decision does to the day, and what happens when things cross each other."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Guardianship, Placement
from hub.safety.access import NotThereError, get_reach
from hub.school.absences import Reason, list_since, report
from hub.school.leave import Doubt, LeaveApplication, LeaveReason, LeaveState, lock
from hub.school.leave_decisions import LeaveDecision, Outcome, withdraw
from hub.school.leave_letters import LeaveLetter, list_letters, open_letter
from hub.school.leave_queue import ForLeaderError, LeaveRow, decide_one, get_leave, list_leave, preview
from hub.school.leave_rules import (
    AddressWrongError,
    BlockedUnreadableError,
    Both,
    RuleOutOfRangeError,
    Terms,
    UnknownPlaceholderError,
    read_blocked,
    say_appeal,
    school_year,
    set_terms,
    terms_of,
)
from hub.school.leave_verdicts import AlreadyDecidedError, DaysWrongError, ReasonMissingError, Verdict
from hub.school.leave_voices import answer, list_voices
from hub.school.leave_wishes import Wish, apply
from tests.blocks import block
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, MONDAY, apply_for, days_from
from tests.hub.sign_in.school import TEST
from tests.village import FJORDVIK, SAARELA, Village

EASY = Terms(Both.ONE, teacher_days=5, deadline_days=14)


async def kept(village: Village, application_id: str) -> LeaveApplication:
    return await village.desk.look(TEST, lambda look: look.session.get_one(LeaveApplication, application_id))


async def away(village: Village, child: str) -> dict[date, str]:
    """The days of a child from Monday on that it is away, and why."""

    def ask(look: Look) -> dict[date, str]:
        return {one.day: one.reason for one in list_since(look, village.child(child).id, MONDAY)}

    return await village.desk.look(TEST, ask)


async def seen_by(village: Village, staff: str, application_id: str, owner: str = FJORDVIK) -> LeaveRow:
    def ask(look: Look) -> LeaveRow:
        return get_leave(look, get_reach(look), application_id)

    return await village.desk.look(as_staff(village.staff(staff, owner)), ask)


async def decide_as(village: Village, staff: str, application_id: str, verdict: Verdict) -> LeaveDecision:
    return await village.desk.work(as_staff(village.staff(staff)), decide_one, application_id, verdict)


async def applied(village: Village, child: str, guardian: str, days: list[date], **more: object) -> str:
    return await village.desk.work(TEST, apply_for, village, child, guardian, days, **more)  # type: ignore[arg-type]


async def ola_says(village: Village, application_id: str, agrees: bool | None) -> LeaveState:
    ids = [village.guardian("Ola Nordmann").id]
    return await village.desk.work(TEST, lambda work: answer(work, application_id, ids, agrees=agrees))


async def test_days_on_which_the_unit_is_closed_are_not_counted(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(date(2025, 4, 16), 7))

    application = await kept(village, id_)

    assert application.days_off == (date(2025, 4, 16), date(2025, 4, 22))


async def test_a_unit_that_is_closed_on_all_the_days_has_nothing_to_apply_for(village: Village) -> None:
    def wish(work: Work) -> object:
        child = work.session.get_one(Child, village.child("Kari Nordmann").id)
        days = [date(2025, 3, 8), date(2025, 3, 9)]
        return apply(work, child, Wish(days, LeaveReason.TRAVEL, [village.guardian("Anne Nordmann").id])).application

    assert await village.desk.work(TEST, wish) is None


@pytest.mark.parametrize(
    ("both", "child", "guardian", "asked"),
    [
        (Both.LIVING_WITH, "Kari Nordmann", "Anne Nordmann", {"Ola Nordmann"}),
        (Both.ONE, "Kari Nordmann", "Anne Nordmann", set()),
        (Both.LIVING_WITH, "Sara Hansen", "Camilla Hansen", set()),
        (Both.ALL, "Sara Hansen", "Camilla Hansen", {"Thomas Vestby"}),
    ],
)
async def test_the_rule_says_whose_word_it_takes(
    village: Village, both: Both, child: str, guardian: str, asked: set[str]
) -> None:
    terms = Terms(both, teacher_days=1, deadline_days=14)
    await village.desk.work(TEST, set_terms, village.unit("school"), terms)

    id_ = await applied(village, child, guardian, [FAR])

    voices = await village.desk.look(TEST, list_voices, [id_])
    assert {voice.guardian_id for voice in voices} == {village.guardian(name).id for name in asked}
    assert (await kept(village, id_)).doubts == []


async def test_a_guardian_who_is_blocked_is_not_asked_and_a_leader_decides(village: Village) -> None:
    terms = Terms(Both.ALL, teacher_days=5, deadline_days=14)
    await village.desk.work(TEST, set_terms, village.unit("school"), terms)

    id_ = await applied(village, "Tiril Sand", "Wenche Sand", [FAR])

    roger = village.guardian("Roger Sand").id
    voices = await village.desk.look(TEST, list_voices, [id_])
    assert roger not in {voice.guardian_id for voice in voices}
    assert (await kept(village, id_)).doubts == [Doubt.NOT_ASKED]
    with pytest.raises(ForLeaderError):
        await decide_as(village, "Jonas Dahl", id_, Verdict(Outcome.GRANTED))
    decision = await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))
    letters = await village.desk.look(TEST, list_letters, decision.id)
    assert roger not in {letter.guardian_id for letter in letters}


async def test_late_long_and_over_the_limit_are_noted_and_refused_by_nobody(village: Village) -> None:
    terms = Terms(Both.ONE, teacher_days=1, deadline_days=14, most_at_once=3, most_a_year=4)
    await village.desk.work(TEST, set_terms, village.unit("school"), terms)

    late = await applied(village, "Kari Nordmann", "Anne Nordmann", [MONDAY + timedelta(days=2)])
    long = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 5))

    assert (await kept(village, late)).doubts == [Doubt.LATE]
    assert (await kept(village, long)).doubts == [Doubt.LONG, Doubt.OVER]
    assert (await kept(village, long)).state == LeaveState.WAITS


async def test_what_was_granted_before_counts_in_its_own_school_year(village: Village) -> None:
    terms = Terms(Both.ONE, teacher_days=5, deadline_days=14, most_a_year=4)
    await village.desk.work(TEST, set_terms, village.unit("school"), terms)
    first = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 3))
    await decide_as(village, "Kari Lunde", first, Verdict(Outcome.GRANTED))

    same_year = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(date(2025, 5, 5), 2))
    next_year = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(date(2025, 9, 1), 2))

    assert (await kept(village, same_year)).doubts == [Doubt.OVER]
    assert (await kept(village, next_year)).doubts == []
    assert (await seen_by(village, "Kari Lunde", same_year)).used == 3
    assert (await seen_by(village, "Kari Lunde", next_year)).used == 0


async def test_a_religious_feast_has_no_limit_where_the_rules_say_so(village: Village) -> None:
    terms = Terms(Both.ONE, teacher_days=1, deadline_days=14, most_a_year=1, religious_is_free=True)
    await village.desk.work(TEST, set_terms, village.unit("school"), terms)

    feast = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 2), reason=LeaveReason.RELIGIOUS)
    journey = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(date(2025, 5, 5), 2))

    assert (await kept(village, feast)).doubts == []
    assert (await kept(village, journey)).doubts == [Doubt.OVER]


async def test_what_is_granted_stands_in_the_day_and_in_a_letter_to_each_who_may_know(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 2))

    decision = await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.PARTLY, "Prøver i uke 13.", [FAR]))

    letters = await village.desk.look(TEST, list_letters, decision.id)
    assert await away(village, "Kari Nordmann") == {FAR: Reason.LEAVE}
    assert {letter.guardian_id for letter in letters} == {
        village.guardian(name).id for name in ("Anne Nordmann", "Ola Nordmann")
    }
    assert all(letter.is_as_made and "Prøver i uke 13." in letter.text for letter in letters)
    assert all("Statsforvalteren" in letter.text and "Fjordvik skole" in letter.text for letter in letters)


async def test_no_letter_tells_what_the_applicant_wrote_or_why(village: Village) -> None:
    secret = "Kari skal til farfars begravelse"
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR], reason=LeaveReason.RELIGIOUS, words=secret)

    decision = await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))

    letters = await village.desk.look(TEST, list_letters, decision.id)
    assert letters
    assert not any(word in letter.text for letter in letters for word in ("begravelse", "eligiøs", "Anne"))


async def test_a_second_decision_is_refused_with_the_name_of_who_was_quicker(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])
    await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))

    with pytest.raises(AlreadyDecidedError) as refusal:
        await decide_as(village, "Kari Lunde", id_, Verdict(Outcome.REFUSED, "Nei."))

    assert refusal.value.parameters == {"name": "Ingrid Solberg"}
    assert await away(village, "Kari Nordmann") == {FAR: Reason.LEAVE}


@pytest.mark.parametrize(
    ("verdict", "refusal"),
    [
        (Verdict(Outcome.REFUSED, "  "), ReasonMissingError),
        (Verdict(Outcome.PARTLY, "", [FAR]), ReasonMissingError),
        (Verdict(Outcome.PARTLY, "Prøver.", []), DaysWrongError),
        (Verdict(Outcome.PARTLY, "Prøver.", days_from(FAR, 2)), DaysWrongError),
        (Verdict(Outcome.PARTLY, "Prøver.", [MONDAY]), DaysWrongError),
    ],
)
async def test_half_a_decision_is_none(village: Village, verdict: Verdict, refusal: type[Refusal]) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 2))

    with pytest.raises(refusal):
        await decide_as(village, "Ingrid Solberg", id_, verdict)

    assert (await kept(village, id_)).state == LeaveState.WAITS


async def test_contact_teachers_decide_what_is_short_and_agreed_and_leaders_the_rest(village: Village) -> None:
    short = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])
    long = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR + timedelta(days=7), 2))
    with pytest.raises(ForLeaderError):
        await decide_as(village, "Kari Lunde", short, Verdict(Outcome.GRANTED))

    for id_ in (short, long):
        await ola_says(village, id_, agrees=True)

    assert (await decide_as(village, "Kari Lunde", short, Verdict(Outcome.GRANTED))).outcome == Outcome.GRANTED
    with pytest.raises(ForLeaderError):
        await decide_as(village, "Kari Lunde", long, Verdict(Outcome.GRANTED))
    assert (await decide_as(village, "Ingrid Solberg", long, Verdict(Outcome.GRANTED))).outcome == Outcome.GRANTED


@pytest.mark.parametrize(
    ("staff", "owner"),
    [("Astrid Vik", FJORDVIK), ("Jonas Dahl", FJORDVIK), ("Per Haugen", FJORDVIK), ("Tuula Heikkinen", SAARELA)],
)
async def test_nobody_else_sees_an_application_or_decides_it(village: Village, staff: str, owner: str) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])

    with pytest.raises(NotThereError):
        await seen_by(village, staff, id_, owner)

    assert (await seen_by(village, "Kari Lunde", id_)).child.name == "Kari Nordmann"
    assert (await seen_by(village, "Ingrid Solberg", id_)).may_decide


async def test_a_protected_childs_leave_is_seen_by_its_named_readers_alone(village: Village) -> None:
    id_ = await applied(village, "Ada Lien", "Ragnhild Lien", [FAR], asked=False)

    def listed(look: Look) -> list[str]:
        rows = list_leave(look, get_reach(look), village.unit("school"), [LeaveState.WAITS])
        return [row.child.name for row in rows]

    assert await village.desk.look(as_staff(village.staff("Ingrid Solberg")), listed) == ["Ada Lien"]
    assert await village.desk.look(as_staff(village.staff("Liv Berge")), listed) == []
    with pytest.raises(NotThereError):
        await seen_by(village, "Liv Berge", id_)


async def test_a_rule_that_changes_meanwhile_says_who_decides_now(village: Village) -> None:
    await village.desk.work(TEST, set_terms, village.unit("school"), EASY)
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 3))
    assert (await seen_by(village, "Kari Lunde", id_)).may_decide

    await village.desk.work(TEST, set_terms, village.unit("school"), Terms(Both.ONE, 1, 30, most_at_once=2))

    row = await seen_by(village, "Kari Lunde", id_)
    assert row.doubts == (Doubt.LATE, Doubt.LONG)
    with pytest.raises(ForLeaderError) as refusal:
        await decide_as(village, "Kari Lunde", id_, Verdict(Outcome.GRANTED))
    assert refusal.value.parameters == {"days": 1}
    assert (await kept(village, id_)).doubts == []


async def test_a_preview_tells_which_applications_a_rule_would_change_and_changes_none(village: Village) -> None:
    await village.desk.work(TEST, set_terms, village.unit("school"), EASY)
    three = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 3))
    await applied(village, "Henrik Strøm", "Silje Strøm", [FAR])

    def ask(look: Look) -> list[tuple[str, bool, bool]]:
        found = preview(look, get_reach(look), village.unit("school"), Terms(Both.ONE, 1, 14))
        return [(one.before.application.id, one.before.for_leader, one.for_leader) for one in found]

    assert await village.desk.look(as_staff(village.staff("Ingrid Solberg")), ask) == [(three, False, True)]
    assert await village.desk.look(TEST, terms_of, village.unit("school")) == EASY


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        (Terms(Both.ONE, 500, 14), RuleOutOfRangeError),
        (Terms(Both.ONE, 1, 14, answer_days=0), RuleOutOfRangeError),
        (Terms(Both.ONE, 1, 14, most_a_year=0), RuleOutOfRangeError),
        (Terms(Both.ONE, 1, 14, practice="http://fjordvik.example"), AddressWrongError),
        (Terms(Both.ONE, 1, 14, practice="https://fjordvik.example/?a=1 b"), AddressWrongError),
        (Terms(Both.ONE, 1, 14, appeal={"nb": "Skriv til {password}."}), UnknownPlaceholderError),
    ],
)
async def test_a_rule_that_makes_no_sense_is_not_set(village: Village, terms: Terms, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        await village.desk.work(TEST, set_terms, village.unit("school"), terms)


async def test_the_owners_own_text_about_appeals_stands_in_the_letter_with_its_placeholders_filled(
    village: Village,
) -> None:
    own = Terms(Both.ONE, 1, 14, appeal={"nb": "Klag til {owner} om {child}. {unit}!"})
    await village.desk.work(TEST, set_terms, village.unit("school"), own)

    def ask(look: Look) -> tuple[str, str]:
        values = {"child": "Kari", "owner": "Fjordvik", "unit": "{child}"}
        return tuple(say_appeal(look, village.unit("school"), own, code, values) for code in ("nn", "fi"))  # type: ignore[return-value]

    nynorsk, finnish = await village.desk.look(TEST, ask)
    assert nynorsk == "Klag til Fjordvik om Kari. {child}!"
    assert "Voit valittaa" in finnish


async def test_who_is_ill_on_a_day_of_leave_stays_ill_and_other_absences_give_way_and_come_back(
    village: Village,
) -> None:
    kari, anne = village.child("Kari Nordmann"), village.guardian("Anne Nordmann").id

    def tell(work: Work) -> None:
        child = work.session.get_one(Child, kari.id)
        told = {"told_by": anne, "told_kind": "guardian", "trust": Trust.CLAIMED}
        report(work, child, [FAR], Reason.SICK, **told)  # type: ignore[arg-type]
        report(work, child, [FAR + timedelta(days=1)], Reason.OTHER, **told)  # type: ignore[arg-type]

    await village.desk.work(TEST, tell)
    before = await away(village, "Kari Nordmann")
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 3))

    await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))
    granted = await away(village, "Kari Nordmann")
    await village.desk.work(TEST, lambda work: withdraw(work, lock(work, id_), anne))

    assert list(granted.values()) == [Reason.SICK, Reason.LEAVE, Reason.LEAVE]
    assert await away(village, "Kari Nordmann") == before


async def test_leave_withdrawn_halfway_keeps_the_days_gone_by(village: Village, clock: StoppedClock) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(MONDAY, 4))
    await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))
    clock.move(timedelta(days=2))

    given_back = await village.desk.work(TEST, lambda work: withdraw(work, lock(work, id_), "x"))

    assert given_back == days_from(MONDAY + timedelta(days=2), 2)
    assert (await kept(village, id_)).days_granted == tuple(days_from(MONDAY, 2))
    assert list(await away(village, "Kari Nordmann")) == days_from(MONDAY, 2)


async def test_what_was_refused_or_withdrawn_is_not_withdrawn_again(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])
    await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.REFUSED, "Prøver."))

    with pytest.raises(Refusal):
        await village.desk.work(TEST, lambda work: withdraw(work, lock(work, id_), "x"))

    assert (await kept(village, id_)).state == LeaveState.DECIDED


async def test_another_application_takes_the_place_of_a_granted_one_only_when_it_is_granted(village: Village) -> None:
    first = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 2))
    await decide_as(village, "Ingrid Solberg", first, Verdict(Outcome.GRANTED))
    later = days_from(FAR + timedelta(days=1), 2)

    refused = await applied(village, "Kari Nordmann", "Anne Nordmann", later, replaces=[first])
    await decide_as(village, "Ingrid Solberg", refused, Verdict(Outcome.REFUSED, "Prøver."))
    still = list(await away(village, "Kari Nordmann"))
    again = await applied(village, "Kari Nordmann", "Anne Nordmann", later, replaces=[first])
    await decide_as(village, "Ingrid Solberg", again, Verdict(Outcome.GRANTED))

    assert still == days_from(FAR, 2)
    assert list(await away(village, "Kari Nordmann")) == later
    assert (await kept(village, first)).state == LeaveState.REPLACED


async def test_one_application_takes_the_place_of_all_the_granted_ones_that_it_changes(village: Village) -> None:
    first = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])
    second = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR + timedelta(days=2)])
    for each in (first, second):
        await decide_as(village, "Ingrid Solberg", each, Verdict(Outcome.GRANTED))

    changed = await applied(
        village, "Kari Nordmann", "Anne Nordmann", [FAR + timedelta(days=1)], replaces=[first, second]
    )
    await decide_as(village, "Ingrid Solberg", changed, Verdict(Outcome.GRANTED))

    assert list(await away(village, "Kari Nordmann")) == [FAR + timedelta(days=1)]
    assert {(await kept(village, each)).state for each in (first, second)} == {LeaveState.REPLACED}


async def test_a_child_that_moves_meanwhile_is_decided_about_where_it_goes_now(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR], asked=True)
    await ola_says(village, id_, agrees=True)

    def move(work: Work) -> None:
        kari, preschool = village.child("Kari Nordmann"), village.unit("preschool")
        for place in work.session.scalars(sa.select(Placement).where(Placement.child_id == kari.id)):
            place.to_day = MONDAY - timedelta(days=1)
        work.session.add(
            Placement(
                id=work.new_id(),
                owner_id=kari.owner_id,
                child_id=kari.id,
                group_id=village.group("blabaer").id,
                unit_id=preschool.id,
                from_day=MONDAY,
            )
        )

    await village.desk.work(TEST, move)

    with pytest.raises(NotThereError):
        await seen_by(village, "Ingrid Solberg", id_)
    row = await seen_by(village, "Astrid Vik", id_)
    assert row.moved_from is not None
    assert row.moved_from.name == "Fjordvik skole"
    await decide_as(village, "Astrid Vik", id_, Verdict(Outcome.GRANTED))
    assert await away(village, "Kari Nordmann") == {FAR: Reason.LEAVE}


async def test_a_late_answer_changes_no_decision(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])
    await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))

    assert await ola_says(village, id_, agrees=False) is LeaveState.DECIDED

    voices = await village.desk.look(TEST, list_voices, [id_])
    assert [voice.agrees for voice in voices] == [None]


async def test_two_guardians_who_apply_for_the_same_days_have_one_application(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])

    joined = await applied(village, "Kari Nordmann", "Ola Nordmann", [FAR])
    apart = await applied(village, "Kari Nordmann", "Ola Nordmann", days_from(FAR, 2))

    assert joined == id_
    voices = await village.desk.look(TEST, list_voices, [id_])
    assert [voice.agrees for voice in voices] == [True]
    row = await seen_by(village, "Ingrid Solberg", id_)
    assert [one.id for one in row.beside] == [apart]


async def test_a_guardian_who_wishes_twice_for_the_same_days_has_one_application(village: Village) -> None:
    """As with a question that was asked by text before the same was sent by a form, and is answered afterwards."""
    first = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 2))

    second = await applied(village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 2))

    assert second == first
    row = await seen_by(village, "Ingrid Solberg", first)
    assert row.beside == ()


async def test_a_block_that_comes_before_the_decision_keeps_the_letter_from_who_is_blocked(village: Village) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])

    await village.desk.work(TEST, block, village, "Ola Nordmann", "Kari Nordmann")
    decision = await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))

    letters = await village.desk.look(TEST, list_letters, decision.id)
    assert [letter.guardian_id for letter in letters] == [village.guardian("Anne Nordmann").id]


async def test_a_letter_is_opened_once(village: Village, clock: StoppedClock) -> None:
    id_ = await applied(village, "Kari Nordmann", "Anne Nordmann", [FAR])
    decision = await decide_as(village, "Ingrid Solberg", id_, Verdict(Outcome.GRANTED))

    def open_first(work: Work) -> LeaveLetter:
        letter = work.session.get_one(LeaveLetter, list_letters(work, decision.id)[0].id)
        open_letter(work, letter)
        return letter

    first = (await village.desk.work(TEST, open_first)).opened_at
    clock.move(timedelta(hours=1))

    assert (await village.desk.work(TEST, open_first)).opened_at == first


async def test_where_nobody_leads_whoever_serves_the_whole_unit_decides(village: Village) -> None:
    def find(look: Look) -> tuple[str, str]:
        rows = look.session.execute(
            sa.select(Guardianship.guardian_id, Guardianship.child_id)
            .join(Placement, Placement.child_id == Guardianship.child_id)
            .where(Placement.unit_id == village.unit("day-care").id)
            .limit(1)
        )
        guardian_id, child_id = rows.one()
        return guardian_id, child_id

    guardian_id, child_id = await village.desk.look(TEST, find)

    def wish(work: Work) -> str:
        child = work.session.get_one(Child, child_id)
        made = apply(work, child, Wish([FAR], LeaveReason.TRAVEL, [guardian_id])).application
        assert made is not None
        return made.id

    id_ = await village.desk.work(TEST, wish)
    carer = next(name for (owner, name), staff in village.staff_members.items() if "Solveig" in name)

    assert (await seen_by(village, carer, id_)).may_decide


def test_a_school_year_begins_in_august() -> None:
    assert school_year(date(2025, 7, 31)) == (date(2024, 8, 1), date(2025, 7, 31))
    assert school_year(date(2025, 8, 1)) == (date(2025, 8, 1), date(2026, 7, 31))


def test_a_blocked_time_has_a_name_and_two_days_in_order() -> None:
    read = read_blocked("Nasjonale prøver: 2025-09-08 2025-09-12\n\nTentamen: 2025-12-01 - 2025-12-05")
    terms = replace(EASY, blocked=read)

    assert [each.name for each in read] == ["Nasjonale prøver", "Tentamen"]
    assert terms.list_blocked([date(2025, 9, 12), date(2025, 9, 15)]) == ["Nasjonale prøver"]
    assert terms.list_blocked([date(2025, 9, 13)]) == []


@pytest.mark.parametrize("lines", ["prøver", "prøver: 2025-09-12 2025-09-08", "prøver: 2025-09-40 2025-09-41"])
def test_a_line_that_is_no_time_is_refused(lines: str) -> None:
    with pytest.raises(BlockedUnreadableError):
        read_blocked(lines)
