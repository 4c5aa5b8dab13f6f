"""What is sealed opens with a live key, for what it was bound to, and for nothing else."""

import pytest

from hub.seal import BrokenSealError, Seal

OLD, NEW = "an old key of more than thirty-two letters", "a new key of more than thirty-two letters"


def test_what_is_sealed_opens_for_what_it_was_bound_to() -> None:
    sealed = Seal([OLD]).seal("JBSWY3DP", "staff 1 second factor")

    assert "JBSWY3DP" not in sealed
    assert Seal([OLD]).open(sealed, "staff 1 second factor") == "JBSWY3DP"


def test_it_does_not_open_for_another_row() -> None:
    sealed = Seal([OLD]).seal("JBSWY3DP", "staff 1 second factor")

    with pytest.raises(BrokenSealError):
        Seal([OLD]).open(sealed, "staff 2 second factor")


@pytest.mark.parametrize("damaged", ["", "x", "nokey.AAAA", "{name}.AAAA", "{name}.%%%"])
def test_nonsense_does_not_open(damaged: str) -> None:
    name = Seal([OLD]).seal("a", "b").partition(".")[0]

    with pytest.raises(BrokenSealError):
        Seal([OLD]).open(damaged.format(name=name), "b")


def test_a_key_can_be_changed_without_losing_what_it_sealed() -> None:
    sealed = Seal([OLD]).seal("JBSWY3DP", "x")
    changed = Seal([NEW, OLD])

    assert changed.open(sealed, "x") == "JBSWY3DP"
    assert not changed.is_current(sealed)
    assert changed.is_current(changed.seal("JBSWY3DP", "x"))


def test_a_key_that_was_let_go_opens_nothing() -> None:
    sealed = Seal([OLD]).seal("JBSWY3DP", "x")

    with pytest.raises(BrokenSealError):
        Seal([NEW]).open(sealed, "x")


def test_what_is_derived_depends_on_key_purpose_and_material() -> None:
    seal, old = Seal([NEW, OLD]), Seal([OLD])

    assert seal.derive("form", "a") == Seal([NEW]).derive("form", "a")
    others = [seal.derive("form", "b"), seal.derive("other", "a"), old.derive("form", "a")]
    assert seal.derive("form", "a") not in others
