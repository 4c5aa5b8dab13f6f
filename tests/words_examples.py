"""What the parameters of utterances are called, and an example of each: those of texts to guardians, and those of pages.

"numbers.last" is one for the subject "numbers" alone.
"""

from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

from tests.hub.test_words import ORDINARY, SHARED, TODAY

LATER = datetime(2025, 3, 4, 9, 12)
EXAMPLES: dict[str, Any] = {
    **SHARED,
    **ORDINARY,
    "name": "Ella Lind",
    "names": ["Anne Lind", "Ola Lind"],
    "number": "+47 40 00 00 90",
    "n": 2,
    "at": LATER,
    "since": LATER,
    "time": "09.12",
    "first": TODAY,
    "who": "Anne Lind",
    "group": "1A",
    "intent": "absence",
    "address": "•••90",
    "seat": "1A",
    "found": ["feber"],
    "text": "Ella",
    "here": 20,
    "away": 2,
    "late": 1,
    "unheard": 3,
    "reason": "sick",
    "words": ["syk", "i dag"],
    "status": "delivered",
    "acts": LATER,
    "addresses": ["•••90", "•••91"],
    "meant": "Ella",
    "families": 3,
    "is_closed": False,
    "week": 10,
    "unanswered": 4,
    "month": date(2025, 3, 1),
    "office": "+47 40 00 00 91",
    "letter": "š",
    "seconds": 30,
    "reference": "06all8frg2",
    "role": SimpleNamespace(title="1A", unit="Furulia skole", from_day=TODAY, to_day=None, stand_in=False),
    "login": "ingrid.lund@furulia.example",
    "hours": 24,
    "guardians": ["Anne Lind"],
    "details": [],
    "start": time(8, 0),
    "end": time(15, 30),
    "off": False,
    "topic": "trip",
    "granted": True,
    "led_to": "Ella",
    "kind": "days",
    "bots": ["absence"],
    "bot": "absence",
    "to": "Anne Lind",
    "why": "message",
    "day": TODAY,
    "numbers.last": date(2025, 3, 14),
    "numbers.since": date(2024, 9, 2),
    "numbers.month": 412.5,
    "threads.children": [SimpleNamespace(called="Ella", group="1A")],
}
