"""What staff see of new addresses that families told of, and their word on each. Source: security rules S1.2, S3.1 and S4.1."""

from collections.abc import Sequence

from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.families import Known, list_known
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, get_child
from hub.safety.address_changes import AddressChange, confirm_change, find_change, list_open, refuse_change

BLOCKED = "blocked"


def list_pending(look: Look, known: Sequence[Known]) -> list[tuple[Known, AddressChange]]:
    """What is open for these guardians of a child, but for who must not learn of it. Its callers have asked the rights."""
    by_id = {each.id: each for each in known if each.warning != BLOCKED}
    return [(by_id[change.guardian_id], change) for change in list_open(look, by_id)]


def decide(work: Work, child_id: str, change_id: str, *, agreed: bool) -> None:
    """Staff who serve the child confirm a new address of a guardian, which acts at once, or refuse it. Audited.

    Raises: NotThereError; NoLongerOpenError.
    """
    reader = get_reader(work)
    child, places = get_child(work, reader.reach, child_id)
    change = find_change(work, change_id)
    if change is None or change.guardian_id not in _guardians(work, child, places[0][0]):
        raise NotThereError
    if agreed:
        confirm_change(work, change, reader.reach.staff_id)
    else:
        refuse_change(work, change, reader.reach.staff_id)


def _guardians(look: Look, child: Child, unit: Unit) -> set[str]:
    return {each.id for each in list_known(look, child, unit.today(look.now)) if each.warning != BLOCKED}
