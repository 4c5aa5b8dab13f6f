"""Those whom the rehearsal gives a mailbox in Finland: numbers that a register takes, and that nobody has."""

from hub.people.national_ids import parse_national_id
from tests.village import Village

from .finnish_people import list_mailboxes, number_finns


async def test_each_has_a_number_of_its_own_that_is_given_to_nobody_and_some_go_by_paper(village: Village) -> None:
    numbers = number_finns(village)
    today = village.unit("preschool").today(village.desk.clock.now())

    assert {parse_national_id(number, "FI", today) for number in numbers} == {f"FI:{number}" for number in numbers}
    assert all(int(number[7:10]) >= 900 for number in numbers)
    assert set(list_mailboxes(village)) == set(numbers)
    assert set(list_mailboxes(village).values()) == {True, False}
