"""What is known of a name that is to fetch a child: a likeness to somebody who must not outweighs a likeness to one who may."""

import pytest

from hub.school.fetchers import Adult, Standing, judge

ANNE = Adult("Anne", "Sand", "mother", True, frozenset({"+4740000118"}))
BERIT = Adult("Berit", "Lie", "grandparent", True, frozenset())
ROGER = Adult("Roger", "Sand", "father", False, frozenset({"+4740000119"}))
ROGER_LIE = Adult("Roger", "Lie", "guardian", True, frozenset())


@pytest.mark.parametrize(
    ("person", "standing"),
    [
        ("Anne Sand", Standing.KNOWN),
        ("anne  sand", Standing.KNOWN),
        ("Anne", Standing.LIKE_KNOWN),
        ("Mormor", Standing.LIKE_KNOWN),
        ("mormor Berit", Standing.LIKE_KNOWN),
        ("Mormor Anne", Standing.LIKE_KNOWN),
        ("Tante Solveig", Standing.UNKNOWN),
        ("Kari Sand", Standing.UNKNOWN),
        ("Roger Sand", Standing.FORBIDDEN),
        ("Roger", Standing.FORBIDDEN),
        ("Rogér", Standing.FORBIDDEN),
        ("Rogger", Standing.FORBIDDEN),
        ("pappa", Standing.FORBIDDEN),
        ("Pappa Roger", Standing.FORBIDDEN),
        ("isä", Standing.FORBIDDEN),
        ("Sand", Standing.FORBIDDEN),
    ],
)
def test_a_name_is_told_apart_by_what_it_may_mean(person: str, standing: Standing) -> None:
    assert judge(person, None, [ANNE, BERIT, ROGER]) is standing


def test_mormor_anne_is_no_anne_who_is_the_mother() -> None:
    assert judge("Mormor Anne", None, [ANNE]) is Standing.UNKNOWN


def test_only_the_whole_name_of_one_who_may_outweighs_a_likeness_to_one_who_must_not() -> None:
    assert judge("Roger Lie", None, [ROGER, ROGER_LIE]) is Standing.KNOWN
    assert judge("Roger", None, [ROGER, ROGER_LIE]) is Standing.FORBIDDEN


def test_a_phone_tells_who_is_meant_whatever_the_name() -> None:
    assert judge("Naboen", "+4740000118", [ANNE, ROGER]) is Standing.KNOWN
    assert judge("Naboen", "400 00 119", [ANNE, ROGER]) is Standing.FORBIDDEN
    assert judge("Naboen", "119", [ANNE, ROGER]) is Standing.UNKNOWN


def test_nobody_known_means_unknown() -> None:
    assert judge("Anne", None, []) is Standing.UNKNOWN
