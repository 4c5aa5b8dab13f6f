"""A ladder: which steps are due, whoever was woken when."""

from datetime import UTC, datetime, timedelta

from hub.ladder import Ladder, Rung

NINE = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
LADDER = Ladder(
    (
        Rung("first", timedelta()),
        Rung("second", timedelta(minutes=15), follows=True),
        Rung("list", timedelta(minutes=30)),
    )
)


def at(minute: int) -> datetime:
    return NINE + timedelta(minutes=minute)


def test_each_step_is_due_at_its_time_and_not_before() -> None:
    assert LADDER.due(NINE, at(-1), {}) == []
    assert LADDER.due(NINE, at(0), {}) == ["first"]
    assert LADDER.due(NINE, at(14), {"first": at(0)}) == []
    assert LADDER.due(NINE, at(15), {"first": at(0)}) == ["second"]
    assert LADDER.due(NINE, at(30), {"first": at(0), "second": at(15)}) == ["list"]


def test_a_step_that_was_taken_is_not_due_again() -> None:
    taken = {"first": at(0), "second": at(15), "list": at(30)}

    assert LADDER.due(NINE, at(600), taken) == []


def test_whoever_was_not_woken_for_long_finds_all_that_is_due_but_never_two_texts_at_once() -> None:
    assert LADDER.due(NINE, at(40), {}) == ["first", "list"]
    assert LADDER.due(NINE, at(41), {"first": at(40), "list": at(40)}) == []
    assert LADDER.due(NINE, at(55), {"first": at(40), "list": at(40)}) == ["second"]


def test_a_ladder_may_be_entered_higher_up() -> None:
    straight = LADDER.from_rung("list")

    assert straight.due(NINE, at(0), {}) == ["list"]
