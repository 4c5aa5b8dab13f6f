"""How the hub and the listener's process speak: frames of a length and JSON arrays, read by both sides, trusted by neither.

JSON rather than pickle: the process reads strangers' texts, and what comes back from it must be able to be nothing but values.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from hub.talk.heard import (
    About,
    Act,
    AtDoor,
    Booking,
    ConsentWord,
    Heard,
    Intent,
    KnownChild,
    Reason,
    Said,
    ToldOf,
)

HEAD = struct.Struct("!I")
MOST_BYTES = 1 << 20
READY = HEAD.pack(2) + b"[]"
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def frame(value: Any) -> bytes:
    body = _dump(value).encode("utf-8", "surrogatepass")
    return HEAD.pack(len(body)) + body


def body(data: bytes) -> Any:
    return json.loads(data.decode("utf-8", "surrogatepass"))


def question(number: int, said: Said, children: Sequence[KnownChild], asked: About | None) -> bytes:
    about = None
    if asked is not None:
        day = asked.day.isoformat() if asked.day else None
        about = [asked.about, asked.child, day, asked.topic, asked.week, asked.options]
    known = [
        [child.key, child.name, child.nicknames, child.groups, child.lately, _told(child.told)] for child in children
    ]
    return frame([number, said.text, said.received_at.isoformat(), said.language_hint, known, about])


def read_question(value: Any) -> tuple[int, Said, list[KnownChild], About | None]:
    number, text, received, hint, known, about = value
    children = [
        KnownChild(key, name, tuple(short), tuple(groups), lately, _read_told(told))
        for key, name, short, groups, lately, told in known
    ]
    asked = None
    if about is not None:
        what, child, day, topic, week, options = about
        asked = About(what, child, date.fromisoformat(day) if day else None, topic, week, tuple(options))
    return number, Said(text, datetime.fromisoformat(received), hint), children, asked


def reply(number: int, heard: Heard | None) -> bytes:
    """The answer to a question; None when hearing it failed."""
    if heard is None:
        return frame([number, None])
    acts = [_act(act) for act in heard.acts]
    reasons = [[reason.words, reason.led_to] for reason in heard.reasons]
    if_away = [_act(act) for act in heard.if_away]
    told = [heard.language, heard.sensitive, acts, reasons, heard.options, heard.listener, heard.denies, if_away]
    return frame([number, told])


def read_reply(value: Any) -> tuple[int, Heard | None]:
    number, told = value
    if told is None:
        return number, None
    language, sensitive, acts, reasons, options, listener, denies, if_away = told
    return number, Heard(
        language,
        sensitive,
        tuple(_read_act(act) for act in acts),
        tuple(Reason(words, led_to) for words, led_to in reasons),
        tuple(options),
        listener,
        denies=tuple(denies),
        if_away=tuple(_read_act(act) for act in if_away),
    )


def _told(told: ToldOf | None) -> list[Any] | None:
    return None if told is None else [told.what, told.is_newest, told.takes_no]


def _read_told(told: Sequence[Any] | None) -> ToldOf | None:
    if told is None:
        return None
    what, is_newest, takes_no = told
    return ToldOf(None if what is None else AtDoor(what), is_newest, takes_no)


def _act(act: Act) -> list[Any]:
    return [
        act.intent,
        act.children,
        [day.isoformat() for day in act.days],
        _clock(act.start),
        _clock(act.end),
        [
            [booking.day.isoformat(), _clock(booking.start), _clock(booking.end), booking.off]
            for booking in act.bookings
        ],
        [[word.topic, word.granted] for word in act.consents],
        act.person,
        act.phone,
        act.email,
        act.change,
        act.language,
        act.ill,
        act.unknown_name,
        act.same_as.isoformat() if act.same_as else None,
        act.code,
        act.why,
    ]


def _read_act(told: Sequence[Any]) -> Act:
    intent, children, days, start, end, bookings, consents, *rest, same_as, code, why = told
    act = Act(
        Intent(intent),
        tuple(children),
        tuple(date.fromisoformat(day) for day in days),
        _read_clock(start),
        _read_clock(end),
        tuple(
            Booking(date.fromisoformat(day), _read_clock(opens), _read_clock(closes), off)
            for day, opens, closes, off in bookings
        ),
        tuple(ConsentWord(topic, granted) for topic, granted in consents),
        *rest,
    )
    if same_as is None and not code and not why:
        return act
    return replace(act, same_as=date.fromisoformat(same_as) if same_as else None, code=code, why=why)


def _clock(moment: time | None) -> str | None:
    return moment.isoformat("minutes") if moment else None


def _read_clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None
