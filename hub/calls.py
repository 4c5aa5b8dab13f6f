"""A call to one of our numbers: what the caller hears, where the call goes on to, and what the book says of it.

Who rings hears what the number is for, and no child's name: anybody may ring, and a caller's number is a claim. While the
office is open the call goes on to its phone; otherwise the caller hears when. A guardian's call stands in the book as one
entry, another's only in the list of what came from people we do not know. Source: security rules S1.1, S1.9 and S7.2.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.calendars import list_open_days
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.numbers import find_number
from hub.people.places import Unit
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.audience import Freshness, freshness
from hub.post.channel import Call, CallAnswer, Inbound
from hub.post.messages import Author, Lane, Message, keep_message
from hub.talk.routing import Route, find_office, find_route, get_thread
from hub.talk.speaker import get_speaker
from hub.words import Words

CALL = "call"
LOOK_AHEAD = 40
"""Days in which a unit that is closed opens again: no holidays of a school are asked about further than that."""


def answer_call(work: Work, call: Call) -> CallAnswer | None:
    """Keep the call, once however often it is told, and say what its caller hears. None where the number is none of ours."""
    route = find_route(work, call.caller.kind, call.caller.value, call.number.value)
    if route is None:
        return None
    answer = _answer(work, route, call)
    inbound = Inbound(call.channel, call.key, call.caller, call.number, "", call.provider_id)
    if not call.is_unanswered and keep_arrivals(work, [(inbound, work.now)]) == [True]:
        _keep(work, route, call, answer)
    return answer


def _answer(look: Look, route: Route, call: Call) -> CallAnswer:
    unit = route.unit
    words = look.words.in_language(unit.languages[0])
    if call.is_unanswered:
        return CallAnswer(words.say("calls.unanswered", unit=unit.name), unit.languages[0])
    purpose = _say_purpose(look, route, words)
    if unit.phone is None or find_number(look, unit.phone) is not None:
        return CallAnswer(purpose, unit.languages[0])
    opens_at = _find_opening(look, unit)
    if opens_at == look.now:
        return CallAnswer(f"{purpose} {words.say('calls.goes_on')}", unit.languages[0], unit.phone)
    if opens_at is None:
        return CallAnswer(f"{purpose} {words.say('calls.closed_long')}", unit.languages[0])
    local = unit.local(opens_at)
    closed = words.say("calls.closed", at=local, today=unit.today(look.now))
    return CallAnswer(f"{purpose} {closed}", unit.languages[0])


def _say_purpose(look: Look, route: Route, words: Words) -> str:
    if not route.resting:
        return words.say("calls.purpose", unit=route.unit.name)
    office = find_office(look, route.unit.id)
    return words.say("calls.rests", unit=route.unit.name, number=office.shown if office is not None else "")


def _find_opening(look: Look, unit: Unit) -> datetime | None:
    """Now while it is open; else when it opens next."""
    today = unit.today(look.now)
    for day in list_open_days(look, unit, [today + timedelta(days=n) for n in range(LOOK_AHEAD)]):
        opens, closes = unit.moment(day, unit.opens), unit.moment(day, unit.closes)
        if opens <= look.now < closes:
            return look.now
        if look.now < opens:
            return opens
    return None


def _keep(work: Work, route: Route, call: Call, answer: CallAnswer) -> None:
    arrival = work.session.scalars(sa.select(Arrival).where(Arrival.key == call.key)).one()
    arrival.lease_until = None
    if route.resting or not any(freshness(address, work.now) is not Freshness.OVER for address, _ in route.people):
        arrival.state, arrival.reason = ArrivalState.QUARANTINED, CALL
        work.ring(LIVE, arrival.id)
        return
    message = _keep_in_book(work, route, answer)
    arrival.state, arrival.message_id = ArrivalState.FILED, message.id


def _keep_in_book(work: Work, route: Route, answer: CallAnswer) -> Message:
    """An entry of ours about it, in the family's thread and in the book of each child here whom they may write about."""
    unit = route.unit
    speaker = get_speaker(work, unit, route.people)
    thread = get_thread(work, route, we_write=True)
    names = [guardian.name for guardian in speaker.guardians]
    utterance = "calls.kept_goes_on" if answer.forward_to is not None else "calls.kept"
    message = Message(
        id=work.new_id(),
        owner_id=unit.owner_id,
        thread_id=thread.id,
        at=work.now,
        author=Author.SYSTEM,
        author_id=None,
        channel=CALL,
        text=work.words.in_language(unit.languages[0]).say(utterance, names=names),
        language=unit.languages[0],
        lane=Lane.REPLY,
        trust=speaker.trust,
        number_id=route.number.id,
    )
    here = [place.child.id for place in speaker.known if place.unit_id == unit.id]
    return keep_message(work, thread, message, here)
