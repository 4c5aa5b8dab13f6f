"""What is done with one arrival, in one work: it is answered in each thread that it concerns, quarantined, or parked.

By rights as they are at that moment. Source: security rule S1.9.
"""

from collections.abc import Mapping

from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.post.arrivals import Arrival, ArrivalState, lock_arrival
from hub.post.audience import Freshness, freshness
from hub.talk.bot import Bot
from hub.talk.chat_linking import take_chat_word
from hub.talk.correspondence import answer_arrival
from hub.talk.elsewhere import find_strayed
from hub.talk.heard import Act, Heard, Intent
from hub.talk.listening import Understood
from hub.talk.mail_answers import answer_work_mail
from hub.talk.proving import hear_proof
from hub.talk.routing import Route, find_route, list_routes_elsewhere
from hub.talk.speaker import Speaker, get_speaker
from hub.talk.staff_script import StaffScript
from hub.talk.staff_texts import answer_staff
from hub.talk.strangers import quarantine
from hub.talk.undoing import find_undo_elsewhere, reach_of_undo

OPT_OUTS = {"STOP": Intent.STOP, "START": Intent.START, "HELP": Intent.HELP}


def receive(
    work: Work,
    bots: Mapping[str, Bot],
    arrival_id: str,
    understood: Understood,
    staff: StaffScript | None = None,
    *,
    has_failed: bool = False,
) -> None:
    """Answer one arrival, by rights as they are now: what is about children of other units in the threads there.

    `has_failed`: it could not be answered in the usual way, so that one of the staff is told at least that nothing was done.
    """
    arrival = lock_arrival(work, arrival_id)
    if arrival.state != ArrivalState.NEW:
        return
    route = find_route(work, arrival.kind, arrival.sender, arrival.recipient)
    if route is None:
        arrival.state, arrival.reason, arrival.lease_until = ArrivalState.PARKED, "unknown_number", None
        return
    if arrival.doubt is not None:
        quarantine(work, arrival, route)
        return
    if take_chat_word(work, arrival, route) or answer_work_mail(work, arrival, route):
        return
    proof = hear_proof(work, bots, arrival, route)
    if proof is not None:
        route, heard = proof
        answer_arrival(work, bots, arrival, route, get_speaker(work, route.unit, route.people), heard)
        return
    if (
        staff is not None
        and not route.resting
        and arrival.opt_out not in OPT_OUTS
        and answer_staff(work, staff, arrival, route, has_failed=has_failed)
    ):
        return
    if route.resting or not _may_be_answered(work, route):
        quarantine(work, arrival, route)
        if staff is not None and not route.resting:
            staff.hear_stranger(work, arrival, route)
        return
    speaker = get_speaker(work, route.unit, route.people)
    if arrival.opt_out in OPT_OUTS:
        heard = Heard(route.unit.languages[0], False, (Act(OPT_OUTS[arrival.opt_out]),), listener=arrival.channel)
        answer_arrival(work, bots, arrival, route, speaker, heard, answered_already=True)
        return
    if understood.strayed is not None and _answer_strayed(work, bots, arrival, route, speaker, understood.strayed):
        return
    elsewhere = find_undo_elsewhere(work, route, speaker, understood.here)
    if elsewhere is not None:
        route, speaker = elsewhere, get_speaker(work, elsewhere.unit, elsewhere.people)
    undone = reach_of_undo(work, route, speaker, understood.here)
    for twin in undone.twins:
        there = get_speaker(work, twin.route.unit, twin.route.people)
        answer_arrival(work, bots, arrival, twin.route, there, understood.here, undo_of=twin.message_id)
        work.session.flush()
    if not undone.is_here:
        return
    left = _answer_elsewhere(work, bots, arrival, route, speaker, understood)
    if left is not None or not understood.is_elsewhere_alone:
        answer_arrival(work, bots, arrival, route, speaker, left or understood.here)


def _answer_strayed(
    work: Work, bots: Mapping[str, Bot], arrival: Arrival, route: Route, speaker: Speaker, heard: Heard
) -> bool:
    """Answer it where it was asked. True when nothing is left of it for the unit that was written to."""
    found = find_strayed(work, route, speaker, heard)
    for one in found:
        there = get_speaker(work, one.route.unit, one.route.people)
        answer_arrival(work, bots, arrival, one.route, there, heard, in_doubt=not one.is_sure)
        work.session.flush()
    return bool(found) and all(one.is_alone for one in found)


def _answer_elsewhere(
    work: Work, bots: Mapping[str, Bot], arrival: Arrival, route: Route, speaker: Speaker, understood: Understood
) -> Heard | None:
    """Answer what is about children of other units there; what is left for the unit that was written to, if anything.

    Words about children of several units are kept in the thread of each. They stay where they were sent when one of
    the children is protected, or cannot be written about from there: a person must look at them.
    """
    if understood.elsewhere is None:
        return None
    meant = understood.elsewhere.children
    routes = list_routes_elsewhere(work, route, [place for place in speaker.known if place.child.id in meant])
    if not routes or (speaker.is_guarded and (understood.here is not None or len(routes) > 1)):
        return understood.whole
    for other, child_ids in routes:
        alone = understood.is_elsewhere_alone and len(routes) == 1
        part = understood.whole if alone else understood.elsewhere.about(child_ids)
        if part is not None:
            there = get_speaker(work, other.unit, other.people)
            answer_arrival(work, bots, arrival, other, there, part)
            work.session.flush()
    return None


def _may_be_answered(look: Look, route: Route) -> bool:
    return any(freshness(address, look.now) is not Freshness.OVER for address, _ in route.people)


def park(work: Work, arrival_id: str) -> None:
    """It failed too often: staff of the unit find it among what could not be read."""
    arrival = work.session.get_one(Arrival, arrival_id)
    arrival.state, arrival.reason, arrival.lease_until = ArrivalState.PARKED, "faults", None
    work.ring(LIVE, arrival.id)
