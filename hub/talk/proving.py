"""A code that is typed on the very phone it was sent to: nobody knows that phone yet, so it is heard as the old one's answer.

Whatever else comes from there is a stranger's. Source: security rules S1.2 and S1.9.
"""

from hub.address import Address
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.arrivals import Arrival
from hub.post.audience import list_addresses
from hub.safety.address_changes import find_coded
from hub.talk.heard import Act, Heard, Intent
from hub.talk.listening import read_code
from hub.talk.routing import Route

LISTENER = "one-time code"


def hear_proof(work: Work, arrival: Arrival, route: Route) -> tuple[Route, Heard] | None:
    """The way of the old phone, and the code; None when it is no such text."""
    code = None if route.people or route.resting else read_code(arrival.text)
    if code is None:
        return None
    change = find_coded(work, route.unit.owner_id, Address(arrival.kind, arrival.sender))
    old = work.session.get(GuardianAddress, change.old_id) if change is not None and change.old_id else None
    people = [] if old is None else list_addresses(work, old.kind, old.value, old.owner_id)
    if not people:
        return None
    heard = Heard(people[0][1].language, False, (Act(Intent.MESSAGE),), listener=LISTENER, code=code)
    return Route(route.role, route.unit, people, route.number), heard
