"""Consents: what holds by everything that was said, and that it errs to the child's safe side."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, GuardianRight, Guardianship, Right
from hub.safety.audit import AuditRow
from hub.school.consent_catalogue import (
    CodeTakenError,
    TextMissingError,
    WrongParentError,
    change_rules,
    make_kind,
    retire_kind,
    ship_kinds,
    write_text,
)
from hub.school.consent_kinds import Kind, Rules, list_kinds, list_texts
from hub.school.consent_standing import Says, Standing, Verdict, list_usable, may_use, read_standings
from hub.school.consents import (
    Choice,
    Consent,
    GeneralMissingError,
    How,
    NeedsStrongError,
    Told,
    list_history,
    say_words,
    take_back,
)
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.village import Village

MONDAY = date(2025, 3, 3)
KARI, ANNE, OLA = "Kari Nordmann", "Anne Nordmann", "Ola Nordmann"


@dataclass
class Book:
    """Kari, her mother and her father, and what they say."""

    village: Village

    def kinds(self, look: Look) -> dict[str, Kind]:
        return {kind.code: kind for kind in list_kinds(look, self.village.owner().id)}

    async def say(self, guardian: str, *codes: str, how: How = How.TEXT, trust: Trust = Trust.CONFIRMED) -> list[str]:
        """ "swimming" is a yes, "-swimming" a no; the ids of the rows."""

        def words(work: Work) -> list[str]:
            kinds = self.kinds(work)
            choices = [Choice(kinds[code.lstrip("-")], granted=not code.startswith("-")) for code in codes]
            child = work.session.get_one(Child, self.village.child(KARI).id)
            who = self.village.guardian(guardian).id
            return [row.id for row in say_words(work, child, who, choices, Told(how, who, trust))]

        return await self.village.desk.work(TEST, words)

    async def holds(self, code: str, day: date = MONDAY) -> Standing:
        def read(look: Look) -> Standing:
            child = self.village.child(KARI)
            return read_standings(look, child.owner_id, [child.id], day).of(child.id, self.kinds(look)[code])

        return await self.village.desk.look(TEST, read)

    async def says(self, code: str, day: date = MONDAY) -> list[Says]:
        def read(look: Look) -> list[Says]:
            child = self.village.child(KARI)
            standings = read_standings(look, child.owner_id, [child.id], day)
            return [each.says for each in standings.positions(child.id, self.kinds(look)[code])]

        return await self.village.desk.look(TEST, read)

    async def may(self, code: str, day: date = MONDAY) -> bool:
        return await self.village.desk.look(TEST, may_use, self.village.child(KARI).id, code, day)

    async def both_general(self) -> None:
        await self.say(ANNE, "electronic")
        await self.say(OLA, "electronic")


@pytest.fixture
def book(village: Village) -> Book:
    return Book(village)


async def test_an_owner_begins_with_kinds_in_a_tree_with_words_in_every_language(book: Book) -> None:
    kinds = await book.village.desk.look(TEST, lambda look: list_kinds(look, book.village.owner().id))

    assert [kind.code for kind in kinds][:1] == ["electronic"]
    assert [(kind.code, kind.depth) for kind in kinds if kind.depth] == [("photo_public", 1), ("video", 1), ("car", 1)]
    assert {kind.name("fi") for kind in kinds} >= {"uinti", "luokkalista"}
    assert all("{child}" in kind.wording(language) for kind in kinds for language in ("nb", "nn", "sv", "fi", "en"))


async def test_kinds_are_shipped_once(book: Book) -> None:
    before = await book.village.desk.look(TEST, book.kinds)

    await book.village.desk.work(TEST, ship_kinds, book.village.owner().id)

    assert set(await book.village.desk.look(TEST, book.kinds)) == set(before)


async def test_nothing_is_said_and_nothing_may_be_done(book: Book) -> None:
    assert (await book.holds("swimming")).verdict is Verdict.OPEN
    assert not await book.may("swimming")
    assert not await book.may("no such kind")


async def test_the_general_consent_comes_first_and_a_no_needs_none(book: Book) -> None:
    with pytest.raises(GeneralMissingError):
        await book.say(ANNE, "swimming")
    await book.say(ANNE, "-trip")
    await book.say(ANNE, "electronic", "swimming")

    assert (await book.holds("trip")).verdict is Verdict.NO
    assert await book.may("swimming")


async def test_where_one_is_enough_one_yes_is_a_yes_and_one_no_a_no(book: Book) -> None:
    await book.both_general()

    await book.say(ANNE, "swimming")
    assert await book.may("swimming")

    await book.say(OLA, "-swimming")
    standing = await book.holds("swimming")
    assert standing.verdict is Verdict.NO
    assert standing.is_conflict


async def test_where_both_are_needed_one_yes_is_not_enough_and_a_conflict_is_a_no(book: Book) -> None:
    await book.both_general()

    await book.say(ANNE, "photo_internal")
    assert (await book.holds("photo_internal")).verdict is Verdict.OPEN

    await book.say(OLA, "-photo_internal")
    standing = await book.holds("photo_internal")
    assert (standing.verdict, standing.is_conflict) == (Verdict.NO, True)

    await book.say(OLA, "photo_internal")
    assert await book.may("photo_internal")


@pytest.mark.capability("H-38")
async def test_a_sub_consent_follows_its_parent_s_no_and_can_be_made_by_the_owner(book: Book) -> None:
    await book.both_general()
    await book.say(ANNE, "photo_internal", "photo_public", "trip", "car")
    await book.say(OLA, "photo_internal", "photo_public")
    assert await book.may("photo_public")

    def add(work: Work) -> str:
        trip = book.kinds(work)["trip"]
        words = {"nb": "buss"}, {"nb": "{child} kan kjøre buss."}
        return make_kind(work, book.village.owner().id, "bus", trip.id, Rules(), *words, "nb")

    await book.village.desk.work(TEST, add)
    await book.say(ANNE, "bus")
    assert await book.may("bus")

    await book.say(OLA, "-photo_internal")
    await book.say(OLA, "-trip")

    assert (await book.holds("photo_public")).verdict is Verdict.NO
    assert (await book.holds("photo_public")).follows is not None
    assert not await book.may("car")
    assert not await book.may("bus")


async def test_a_yes_lapses_and_a_no_does_not(book: Book) -> None:
    await book.both_general()
    await book.say(ANNE, "photo_internal")
    await book.say(OLA, "photo_internal")

    assert await book.may("photo_internal", MONDAY + timedelta(days=365))
    lapsed = await book.holds("photo_internal", MONDAY + timedelta(days=366))
    assert lapsed.verdict is Verdict.OPEN
    assert await book.says("photo_internal", MONDAY + timedelta(days=366)) == [Says.LAPSED, Says.LAPSED]

    await book.say(OLA, "-class_list")
    assert (await book.holds("class_list", MONDAY + timedelta(days=4000))).verdict is Verdict.NO


async def test_a_year_begins_with_the_day_that_it_was_at_the_childs_school_when_it_was_said(
    book: Book, clock: StoppedClock
) -> None:
    clock.move(datetime(2025, 6, 2, 22, 30, tzinfo=UTC) - clock.now())
    await book.both_general()
    await book.say(ANNE, "photo_internal")
    await book.say(OLA, "photo_internal")

    last = date(2025, 6, 3) + timedelta(days=365)
    assert await book.may("photo_internal", last)
    assert not await book.may("photo_internal", last + timedelta(days=1))


async def test_a_new_text_that_asks_again_ends_the_older_yes_and_one_that_does_not_leaves_it(book: Book) -> None:
    await book.both_general()
    await book.say(ANNE, "swimming", "trip")

    def reword(work: Work) -> None:
        kinds = book.kinds(work)
        for code, again in (("swimming", True), ("trip", False)):
            kind = kinds[code]
            write_text(work, kind, kind.text.names, {"nb": "Nytt om {child}."}, "nb", asks_again=again)

    await book.village.desk.work(TEST, reword)

    assert await book.says("swimming") == [Says.OUTDATED, Says.SILENT]
    assert await book.may("trip")
    kinds = await book.village.desk.look(TEST, book.kinds)
    texts = await book.village.desk.look(TEST, list_texts, kinds["swimming"].id)
    assert [text.number for text in texts] == [2, 1]
    assert kinds["swimming"].wording("fi") == "Nytt om {child}."


async def test_a_strong_kind_is_not_given_by_text_but_on_paper(book: Book) -> None:
    await book.both_general()

    with pytest.raises(NeedsStrongError):
        await book.say(ANNE, "health_service")
    for guardian in (ANNE, OLA):
        await book.say(guardian, "health_service", how=How.PAPER, trust=Trust.STRONG)

    assert await book.may("health_service")


async def test_whoever_is_blocked_or_no_longer_decides_counts_no_more(book: Book) -> None:
    await book.both_general()
    await book.say(ANNE, "swimming", "photo_internal")
    await book.say(OLA, "-swimming", "-photo_internal")

    await book.village.desk.work(TEST, block, book.village, OLA, KARI)
    assert await book.may("swimming")
    assert await book.may("photo_internal")

    def lose(work: Work) -> None:
        ties = sa.select(Guardianship.id).where(Guardianship.guardian_id == book.village.guardian(ANNE).id)
        work.session.execute(
            sa.update(GuardianRight)
            .where(GuardianRight.guardianship_id.in_(ties), GuardianRight.kind == Right.CONSENT)
            .values(to_day=MONDAY - timedelta(days=1))
        )

    await book.village.desk.work(TEST, lose)
    assert not await book.may("swimming")


async def test_who_withdraws_the_general_consent_takes_their_yes_along(book: Book) -> None:
    await book.both_general()
    await book.say(ANNE, "swimming")

    await book.say(ANNE, "-electronic")

    assert not await book.may("swimming")
    assert await book.says("swimming") == [Says.WAITING, Says.SILENT]


async def test_the_ledger_only_grows_and_an_undoing_is_one_more_row(book: Book) -> None:
    await book.say(ANNE, "electronic", "swimming")
    (no,) = await book.say(ANNE, "-swimming")
    assert not await book.may("swimming")

    def undo(work: Work) -> None:
        row = work.session.get_one(Consent, no)
        take_back(work, [row], Told(How.TEXT, row.guardian_id, Trust.CLAIMED))

    await book.village.desk.work(TEST, undo)

    assert await book.may("swimming")
    history = await book.village.desk.look(TEST, list_history, book.village.child(KARI).id)
    assert [(row.granted, row.undoes) for row, _ in history] == [(False, no), (False, None), (True, None), (True, None)]

    def audited(look: Look) -> list[str]:
        asked = sa.select(AuditRow.what).where(AuditRow.what.like("consent.%"), AuditRow.what != "consent.ship")
        return sorted(look.session.scalars(asked))

    assert await book.village.desk.look(TEST, audited) == ["consent.say", "consent.say", "consent.take_back"]


async def test_a_retired_kind_takes_its_sub_consents_along(book: Book) -> None:
    await book.say(ANNE, "electronic", "trip", "car")

    await book.village.desk.work(TEST, lambda work: retire_kind(work, book.kinds(work)["trip"]))

    assert {"trip", "car"}.isdisjoint(await book.village.desk.look(TEST, book.kinds))
    assert not await book.may("car")
    with pytest.raises(WrongParentError):
        await book.village.desk.work(TEST, lambda work: retire_kind(work, book.kinds(work)["electronic"]))


async def test_other_rules_hold_for_what_was_said_before(book: Book) -> None:
    await book.say(ANNE, "electronic", "swimming")

    await book.village.desk.work(
        TEST, lambda work: change_rules(work, book.kinds(work)["swimming"], Rules(both_needed=True))
    )

    assert (await book.holds("swimming")).verdict is Verdict.OPEN


async def test_a_kind_needs_words_and_a_code_of_its_own(book: Book) -> None:
    owner = book.village.owner().id

    with pytest.raises(CodeTakenError):
        await book.village.desk.work(
            TEST, lambda work: make_kind(work, owner, "trip", None, Rules(), {"nb": "a"}, {"nb": "b"}, "nb")
        )
    with pytest.raises(TextMissingError):
        await book.village.desk.work(
            TEST, lambda work: make_kind(work, owner, "new", None, Rules(), {"en": "a"}, {"en": "b"}, "nb")
        )


async def test_a_list_is_made_from_the_same_question(book: Book, clock: StoppedClock) -> None:
    await book.say(ANNE, "electronic", "swimming")
    ids = [child.id for child in book.village.children.values() if child.owner_id == book.village.owner().id]

    usable = await book.village.desk.look(TEST, list_usable, book.village.owner().id, ids, "swimming", MONDAY)

    assert usable == {book.village.child(KARI).id}
