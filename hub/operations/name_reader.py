"""`budbok reader`: who may know of a child whose address is secret. Whoever runs Budbok names them, and a leader says yes.

Source: security rules S4.4 and S4.6.
"""

from collections.abc import Callable

from hub.asker import operator_asker
from hub.desk import Desk, Work
from hub.operations.book import find_child, find_staff
from hub.people.families import Child
from hub.sign_in.vouching import end_reader, propose_reader

Say = Callable[[str], None]
WHY = "command reader"
NOT_THERE = "There is no such member of staff, or no such child of the same owner."
NOT_PROTECTED = "The child's address is not secret: whoever serves its unit knows of it."
ALREADY = "They may know of the child already, or wait for a leader's yes."
PROPOSED = (
    "A leader, not the one who let them in, says yes on the page Staff. Until then they learn nothing of the child."
)
ENDED = "They may know of the child no more."
NOT_NAMED = "They are not named for this child."


async def name_reader(desk: Desk, child: str, staff: str, say: Say, *, end: bool) -> int:
    """`child` is an id or a source's id, `staff` a login, an id or a source's id; to `end` it holds at once. The exit code: 0
    done, 1 not done."""
    said = await desk.work(operator_asker(WHY), _name, child, staff, end)
    say(said)
    return 0 if said in (PROPOSED, ENDED) else 1


def _name(work: Work, child: str, staff: str, end: bool) -> str:
    who = find_staff(work, staff)
    child_id = find_child(work, who.owner_id, child) if who is not None else None
    if who is None or child_id is None:
        return NOT_THERE
    if end:
        return ENDED if end_reader(work, child_id, who.id) else NOT_NAMED
    if not work.session.get_one(Child, child_id).protected:
        return NOT_PROTECTED
    return PROPOSED if propose_reader(work, child_id, who) else ALREADY
