"""JSON lines in, JSON lines out: one message a line, each answered as it comes; and an explanation for a person to read.

A line has `id`, `text`, `received_at`, `children` and `asked`; its answer `id`, `language`, `sensitive` and `acts`.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from bots.hearing.ear import Ear
from hub.talk.heard import TELLS_DAYS, TELLS_NO_CHILD, About, Act, Booking, Heard, Intent, KnownChild, Said

_OWN = frozenset({Intent.NOTED, Intent.PERSON, Intent.DOCUMENTS})


def understand(lines: Iterable[str]) -> Iterator[str]:
    """Answers each line. Raises: ValueError, KeyError on a line that is not as told above."""
    ear = Ear()
    for line in lines:
        if line.strip():
            case = json.loads(line)
            with ear.tokenizer.batch():
                yield json.dumps(heard_line(case["id"], *answer(ear, case)), ensure_ascii=False)


def explain(text: str, children_names: Sequence[str], when: datetime) -> str:
    """What a text is taken to mean, and which words led to it. `when` is aware and in the unit's zone."""
    ear = Ear()
    heard = ear.hear(Said(text, when), [KnownChild(name, name) for name in children_names], None)
    lines = [f"language: {heard.language}", f"sensitive: {'yes' if heard.sensitive else 'no'}"]
    for act in heard.acts:
        told = [
            f"{name}: {value}"
            for name, value in act_line(act, {name: name for name in children_names}).items()
            if name != "intent"
        ]
        lines.append(" · ".join([f"act: {act.intent}", *told]))
    lines.extend(f"  {reason.words!r} → {reason.led_to}" for reason in heard.reasons)
    return "\n".join(lines)


def answer(ear: Ear, case: dict[str, Any]) -> tuple[Heard, dict[str, str]]:
    """What was heard of one line, and the children's names by the keys they had."""
    children = [
        KnownChild(
            str(number),
            child["name"],
            tuple(child.get("nicknames", ())),
            tuple(child.get("groups", ())),
            bool(child.get("lately", False)),
        )
        for number, child in enumerate(case["children"])
    ]
    names = {child.key: child.name for child in children}
    said = Said(case["text"], datetime.fromisoformat(case["received_at"]), case.get("language_hint"))
    return ear.hear(said, children, _about(case.get("asked"), names)), names


def _about(asked: dict[str, Any] | None, names: dict[str, str]) -> About | None:
    if asked is None:
        return None
    keys = {name: key for key, name in names.items()}
    day = asked.get("day")
    return About(
        asked["about"],
        keys.get(asked.get("child", "")),
        date.fromisoformat(day) if day else None,
        asked.get("topic"),
        asked.get("week"),
        tuple(asked.get("options", ())),
    )


def heard_line(case_id: str, heard: Heard, names: dict[str, str]) -> dict[str, Any]:
    acts: list[dict[str, Any]] = []
    for line in (act_line(_as_told(act), names) for act in heard.acts):
        if line not in acts or line["intent"] != Intent.MESSAGE:
            acts.append(line)
    return {
        "id": case_id,
        "language": heard.language,
        "sensitive": heard.sensitive,
        "acts": acts,
        **({"options": list(heard.options)} if heard.options else {}),
    }


def _as_told(act: Act) -> Act:
    """What only the hub itself tells apart is a message to everybody else."""
    own = act.intent in _OWN or (act.intent is Intent.CONTACT_CHANGE and act.change is not None)
    if act.intent is Intent.PICKUP_PERSON:
        act = replace(act, change=None)
    if act.same_as is not None:
        own, act = not act.bookings, replace(act, days=(), same_as=None)
    return replace(act, intent=Intent.MESSAGE, days=(), change=None) if own else act


def act_line(act: Act, names: dict[str, str]) -> dict[str, Any]:
    """An act with those of its fields that apply to its intent."""
    line: dict[str, Any] = {"intent": str(act.intent)}
    if act.intent not in TELLS_NO_CHILD and not (act.intent is Intent.YES and not act.children):
        line["children"] = [names[key] for key in act.children]
    if act.intent in TELLS_DAYS or act.days:
        line["days"] = [day.isoformat() for day in act.days]
    for name in ("start", "end"):
        moment: time | None = getattr(act, name)
        if moment is not None:
            line[name] = f"{moment:%H:%M}"
    if act.bookings:
        line["bookings"] = [_booking_line(booking) for booking in act.bookings]
    if act.consents:
        line["consents"] = [{"topic": word.topic, "granted": word.granted} for word in act.consents]
    for name in ("person", "phone", "email", "change", "unknown_name"):
        if getattr(act, name) is not None:
            line[name] = getattr(act, name)
    if act.language is not None:
        line["wished_language"] = act.language
    if act.ill is not None:
        line["ill"] = act.ill
    return line


def _booking_line(booking: Booking) -> dict[str, Any]:
    line: dict[str, Any] = {"day": booking.day.isoformat()}
    if booking.off:
        line["off"] = True
    for name in ("start", "end"):
        moment: time | None = getattr(booking, name)
        if moment is not None:
            line[name] = f"{moment:%H:%M}"
    return line
