"""A code that is typed on the very phone it was sent to: nobody knows that phone yet, so it is heard as the old one's answer.

Whatever else comes from there is a stranger's. Source: security rules S1.2 and S1.9.
"""

from collections.abc import Mapping

from hub.address import Address
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.post.arrivals import Arrival
from hub.post.audience import list_addresses
from hub.safety.address_changes import find_coded
from hub.talk.bot import Bot
from hub.talk.heard import Act, Heard, Intent
from hub.talk.listening import ONE_TIME_CODE, find_waiting, read_code
from hub.talk.routing import Route, find_thread

LISTENER = "one-time code"


def hear_proof(work: Work, bots: Mapping[str, Bot], arrival: Arrival, route: Route) -> tuple[Route, Heard] | None:
    """The way of the old phone, and the code, as an answer to nothing but the code's question; None when it is no such text."""
    code = None if route.people or route.resting else read_code(arrival.text)
    if code is None:
        return None
    change = find_coded(work, route.unit.owner_id, Address(arrival.kind, arrival.sender))
    old = work.session.get(GuardianAddress, change.old_id) if change is not None and change.old_id else None
    people = [] if old is None else list_addresses(work, old.kind, old.value, old.owner_id)
    if not people:
        return None
    as_old = Route(route.role, route.unit, people, route.number)
    thread = find_thread(work, as_old)
    waits = None if thread is None else find_waiting(work, bots, thread, people[0][0].value, ONE_TIME_CODE)
    heard = Heard(
        people[0][1].language,
        False,
        (Act(Intent.MESSAGE),),
        listener=LISTENER,
        code=code,
        to_bot="" if waits is None else waits[0],
    )
    return as_old, heard
