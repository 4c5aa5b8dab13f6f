"""What a family day carer gets back: worked examples, with rates that change in mid-month and mid-year, birthdays, parts of
days and special diets. All amounts are invented."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from hub.school.meals import MealKind
from hub.school.reimbursement import CareDay, Eaten, Gap, Line, What, reckon_day, sum_up, total
from hub.school.reimbursement_rates import (
    AgesUnreadableError,
    AmountUnreadableError,
    Dated,
    NothingPaidError,
    Part,
    Rates,
    Schedule,
    read_ages,
    read_amount,
    read_meals,
)

BREAKFAST, LUNCH, SNACK, DINNER = (
    MealKind.BREAKFAST,
    MealKind.LUNCH,
    MealKind.SNACK,
    MealKind.DINNER,
)
EARLY = Rates(
    ages=(3,),
    meals={
        BREAKFAST: (Decimal("1.11"), Decimal("2.22")),
        LUNCH: (Decimal("3.33"), Decimal("4.44")),
        SNACK: (Decimal("0.55"), Decimal("0.77")),
    },
    other_per_day=Decimal("7.00"),
    whole_minutes=300,
    part=Part.BY_TIME,
    diet_percent=30,
)
LATER = replace(EARLY, other_per_day=Decimal("9.00"), meals={LUNCH: (Decimal("5.00"), Decimal("6.00"))})
SCHEDULE = Schedule((Dated(date(2025, 1, 1), EARLY), Dated(date(2025, 6, 16), LATER)))
TODDLER, OLDER = date(2024, 2, 2), date(2020, 9, 9)
JUNE = date(2025, 6, 2)


def a_day(day: date = JUNE, minutes: int | None = 480, *meals: MealKind, born: date | None = TODDLER) -> CareDay:
    return CareDay("toddler", born, day, minutes, tuple(Eaten(kind, is_special=False) for kind in meals))


def said(lines: list[Line]) -> list[tuple[date, str, str, int, str, str]]:
    return [(one.from_day, one.what, one.kind or "", one.count, str(one.rate), str(one.amount)) for one in lines]


@pytest.mark.capability("N-34", "W-28")
def test_a_whole_day_with_three_meals_is_each_meal_and_the_other_costs() -> None:
    reckoned = reckon_day(a_day(JUNE, 480, BREAKFAST, LUNCH, SNACK), SCHEDULE)

    assert [(part.what, part.kind, str(part.amount)) for part in reckoned.parts] == [
        (What.WHOLE_DAY, None, "7.00"),
        (What.MEAL, BREAKFAST, "1.11"),
        (What.MEAL, LUNCH, "3.33"),
        (What.MEAL, SNACK, "0.55"),
    ]
    assert str(reckoned.amount) == "11.99"


@pytest.mark.capability("N-34", "W-28")
@pytest.mark.parametrize(
    ("minutes", "amount"),
    [(300, "7.00"), (299, "6.98"), (150, "3.50"), (100, "2.33"), (45, "1.05"), (1, "0.02"), (0, "0.00")],
)
def test_a_part_of_a_day_is_paid_for_by_its_time_to_the_cent(minutes: int, amount: str) -> None:
    assert str(reckon_day(a_day(JUNE, minutes), SCHEDULE).amount) == amount


@pytest.mark.parametrize(("percent", "amount"), [(50, "3.50"), (0, "0.00"), (33, "2.31"), (100, "7.00")])
def test_a_part_of_a_day_may_be_a_fixed_share(percent: int, amount: str) -> None:
    rates = replace(EARLY, part=Part.FIXED, part_percent=percent)

    reckoned = reckon_day(a_day(JUNE, 299), Schedule((Dated(date(2025, 1, 1), rates),)))

    assert str(reckoned.amount) == amount


@pytest.mark.capability("N-34", "W-28")
def test_a_special_diet_adds_its_share_to_each_meal_and_half_a_cent_goes_up() -> None:
    eaten = (Eaten(LUNCH, is_special=True), Eaten(SNACK, is_special=True), Eaten(BREAKFAST, is_special=False))

    reckoned = reckon_day(replace(a_day(), eaten=eaten), SCHEDULE)

    diets = [(part.kind, str(part.amount)) for part in reckoned.parts if part.what is What.DIET]
    assert diets == [(LUNCH, "1.00"), (SNACK, "0.17")]


@pytest.mark.capability("N-34", "W-28")
def test_rates_that_change_in_mid_month_part_the_month_into_lines_of_their_own() -> None:
    days = [a_day(date(2025, 6, day), 480, LUNCH) for day in (12, 13, 16, 17, 18)]

    lines = sum_up(reckon_day(day, SCHEDULE) for day in days)

    first, second = date(2025, 1, 1), date(2025, 6, 16)
    assert said(lines) == [
        (first, "meal", "lunch", 2, "3.33", "6.66"),
        (first, "whole_day", "", 2, "7.00", "14.00"),
        (second, "meal", "lunch", 3, "5.00", "15.00"),
        (second, "whole_day", "", 3, "9.00", "27.00"),
    ]
    assert str(total(lines)) == "62.66"


@pytest.mark.capability("N-34", "W-28")
def test_a_birthday_in_mid_month_changes_the_age_class_on_the_day_itself() -> None:
    born = date(2022, 6, 11)
    days = [a_day(date(2025, 6, day), 480, LUNCH, born=born) for day in (10, 11, 12)]

    lines = [line for line in sum_up(reckon_day(day, SCHEDULE) for day in days) if line.what is What.MEAL]

    assert [(line.ages, line.count, str(line.amount)) for line in lines] == [
        ((0, 3), 1, "3.33"),
        ((3, None), 2, "8.88"),
    ]


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    leap = date(2024, 2, 29)

    assert [EARLY.age_class(leap, date(2027, 2, 28)), EARLY.age_class(leap, date(2027, 3, 1))] == [0, 1]


def test_a_line_is_the_sum_of_amounts_of_whole_cents_so_that_anybody_can_reckon_it_again() -> None:
    days = [reckon_day(a_day(JUNE + timedelta(n), 100), SCHEDULE) for n in range(3)]

    (line,) = sum_up(days)

    assert (line.what, line.count, line.minutes, str(line.amount)) == (What.PART_DAY, 3, 300, "6.99")
    assert line.amount == sum(day.amount for day in days)


def test_a_hundred_thousand_small_amounts_are_exact() -> None:
    tenth = replace(EARLY, meals={LUNCH: (Decimal("0.10"), Decimal("0.10"))})
    schedule = Schedule((Dated(date(2025, 1, 1), tenth),))
    day = reckon_day(a_day(JUNE, None, LUNCH), schedule)

    assert str(total(sum_up([day] * 100_000))) == "10000.00"


def test_before_the_first_rates_nothing_is_reckoned_and_it_says_why() -> None:
    reckoned = reckon_day(a_day(date(2024, 12, 31), 480, LUNCH), SCHEDULE)

    assert (reckoned.parts, reckoned.gaps) == ((), (Gap.NO_RATES,))
    assert SCHEDULE.meals_of(date(2024, 12, 31)) == tuple(MealKind)


def test_a_day_that_nobody_ended_pays_for_its_meals_and_waits_with_the_rest() -> None:
    reckoned = reckon_day(a_day(JUNE, None, LUNCH), SCHEDULE)

    assert (str(reckoned.amount), reckoned.gaps) == ("3.33", (Gap.NO_LEAVING,))


def test_a_child_whose_age_nobody_knows_is_in_no_class_where_there_are_several() -> None:
    unknown = a_day(JUNE, 480, LUNCH, born=None)

    assert reckon_day(unknown, SCHEDULE).gaps == (Gap.NO_AGE,)
    one_class = replace(EARLY, ages=(), meals={LUNCH: (Decimal("1.00"),)})
    assert str(reckon_day(unknown, Schedule((Dated(date(2025, 1, 1), one_class),))).amount) == "8.00"


def test_meals_of_a_child_who_was_not_there_and_meals_that_are_not_paid_for_cost_nothing() -> None:
    away = replace(a_day(JUNE, 0, LUNCH), is_here=False)
    dinner = a_day(JUNE, 480, DINNER)

    assert (reckon_day(away, SCHEDULE).parts, reckon_day(away, SCHEDULE).gaps) == ((), (Gap.NOT_HERE,))
    assert (str(reckon_day(dinner, SCHEDULE).amount), reckon_day(dinner, SCHEDULE).gaps) == ("7.00", (Gap.NOT_PAID,))


@pytest.mark.parametrize(("typed", "amount"), [("2,42", "2.42"), ("2.4", "2.40"), (" 13 ", "13.00"), ("0", "0.00")])
def test_amounts_are_read_as_people_type_them(typed: str, amount: str) -> None:
    assert str(read_amount(typed)) == amount


@pytest.mark.parametrize("typed", ["", "2,423", "-1", "1e3", "NaN", "12345", "2 kr", "٣"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(AmountUnreadableError):
        read_amount(typed)


def test_a_meal_has_an_amount_for_each_age_class_or_none() -> None:
    assert read_meals({LUNCH: "2,42 3", DINNER: " "}, 2) == {LUNCH: (Decimal("2.42"), Decimal("3.00"))}
    with pytest.raises(AmountUnreadableError):
        read_meals({LUNCH: "2,42"}, 2)
    with pytest.raises(NothingPaidError):
        read_meals({LUNCH: "", DINNER: " "}, 2)


def test_ages_rise() -> None:
    assert (read_ages("3, 6"), read_ages(" ")) == ((3, 6), ())
    for typed in ("6 3", "3 3", "0", "19", "three", "1 2 3 4 5"):
        with pytest.raises(AgesUnreadableError):
            read_ages(typed)
