"""The guide to the tag at the door, in one language at a time: the same on both sites, and about nobody."""

from typing import Any

from hub.door.guided import STEPS
from hub.language import WRITTEN
from hub.spoken import say_tongue
from hub.words import Words


def guide_facts(path: str, wished: str, read: str) -> dict[str, Any]:
    """What its page draws: in the language `wished` for, where Budbok writes it, else in the one that pages are `read` in."""
    spoken = wished if wished in WRITTEN else read
    return {
        "here": path,
        "say": Words(spoken).say,
        "spoken": spoken,
        "steps": STEPS,
        "tongues": [
            {"href": f"{path}?language={code}", "word": say_tongue(code, read), "current": code == spoken}
            for code in WRITTEN
        ],
    }
