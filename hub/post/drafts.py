"""What a draft gives away: words of health, and names of other children. It warns; whoever writes decides.

Source: security rule S6.2.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian, Guardianship
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.word_lists import find_words
from hub.safety.access import Reach, list_children

_LIST = Path(__file__).with_name("health_words.toml")
_SHORTEST_NAME = 2
_ENDINGS = frozenset(["s", "'s", "’s", "n", "in", "lle", "lla", "lta", "a", "ta", "kin"])


def find_health_words(text: str) -> list[str]:
    """The words of a text that tell somebody's health, each once, as they were written; in any of our languages."""
    return find_words(_LIST, text)


def find_other_names(look: Look, reach: Reach, unit: Unit, text: str, child_ids: Iterable[str]) -> list[str]:
    """Names in a text that belong to children of the unit whom it is not about, among those the writer may know of.

    A name that the children it is about, their guardians or the writer share is nobody else's.
    """
    spoken = {word.rstrip("'’") for word in re.findall(r"[\w'’-]+", text) if word[:1].isupper()}
    about = set(child_ids)
    day = unit.today(look.now)
    children = [child for child, _ in list_children(look, reach, unit, day)]
    own = {name for child in children if child.id in about for name in _names(child)}
    own |= _names_around(look, about)
    return sorted(
        {
            name
            for child in children
            if child.id not in about
            for name in _names(child) - own
            if any(_is_said(name, word) for word in spoken)
        }
    )


def _names(child: Child) -> set[str]:
    called = (child.first_name, child.nickname or "")
    return {name for name in called if len(name) >= _SHORTEST_NAME}


def _names_around(look: Look, child_ids: set[str]) -> set[str]:
    writer = look.session.get(Staff, look.asker.id)
    names = {writer.first_name} if writer is not None else set()
    guardians = look.session.scalars(
        sa.select(Guardian.first_name)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.child_id.in_(child_ids))
    )
    return names | set(guardians)


def _is_said(name: str, word: str) -> bool:
    """The name, or with one of the endings that our languages put on it."""
    return word == name or (word.startswith(name) and word[len(name) :] in _ENDINGS)
