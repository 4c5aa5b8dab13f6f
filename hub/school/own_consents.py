"""The consents of a child as those who decide for it see and give them on the family pages.

A no is kept whoever says it here. A yes is the answer to exactly the text that was shown; a kind that asks for a strong sign-in
takes it from a proof made just now alone. Source: security rules S1.2, S1.5 and S4.1.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hub.asker import Trust
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Right
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.post.audience import list_children_for
from hub.post.family import Family
from hub.safety.access import NotThereError
from hub.school.consent_kinds import Kind
from hub.school.consent_standing import Says, Standings, read_standings
from hub.school.consents import Choice, Consent, How, Told, say_words


class TextChangedError(Refusal):
    """What they agreed to has been written anew since it was shown: it is read again first."""

    words = "refusals.consent_text_changed"


@dataclass(frozen=True, slots=True)
class OwnConsents:
    """A child, what is asked about it, and where everybody stands. `own` are those who speak here; `kinds` what they may be
    shown, `withheld` how many more there are for a strong sign-in."""

    child: Child
    unit: Unit
    today: date
    own: tuple[str, ...]
    standings: Standings
    kinds: tuple[Kind, ...]
    withheld: int
    names: Mapping[str, str]

    @property
    def general(self) -> Kind | None:
        return next((kind for kind in self.standings.kinds if kind.is_general), None)

    @property
    def has_general(self) -> bool:
        return all(self.standings.has_general(self.child.id, who) for who in self.own)

    @property
    def waits(self) -> bool:
        """Whether the general consent was neither given nor refused by one of them."""
        return not self.has_general and Says.NO not in self.says(self.general)

    def says(self, kind: Kind | None) -> set[Says]:
        """What the words of those who speak here are worth."""
        return set() if kind is None else {self.standings.says(self.child.id, who, kind) for who in self.own}


def list_deciding(look: Look, family: Family) -> list[tuple[Child, Unit]]:
    """The children of whom each of them may be informed, and for whom each of them decides, with one unit of each."""
    found: dict[str, tuple[Child, Unit]] = {}
    for day, units in _by_day(look, family).items():
        (places,) = list_children_for(look, family.guardian_ids, (Right.CONSENT,), day)
        decided = {(place.child.id, place.unit_id) for place in places}
        for place in family.knows:
            if place.unit_id in units and (place.child.id, place.unit_id) in decided:
                found.setdefault(place.child.id, (place.child, family.units[place.unit_id]))
    return list(found.values())


def _by_day(look: Look, family: Family) -> dict[date, set[str]]:
    days: dict[date, set[str]] = {}
    for unit in family.units.values():
        days.setdefault(unit.today(look.now), set()).add(unit.id)
    return days


def read_own_consents(look: Look, family: Family, child_id: str, *, is_strong: bool) -> OwnConsents:
    """`is_strong`: what is sensitive may be shown. Raises: NotThereError, where one of them does not decide for the child."""
    found = next(((child, unit) for child, unit in list_deciding(look, family) if child.id == child_id), None)
    if found is None:
        raise NotThereError
    return _read(look, family, found, is_strong)


def list_general_waiting(look: Look, family: Family) -> list[OwnConsents]:
    """The children for whom the general consent has yet to be answered: it stands before all others."""
    read = [_read(look, family, found, False) for found in list_deciding(look, family)]
    return [one for one in read if one.general is not None and one.waits]


def _read(look: Look, family: Family, found: tuple[Child, Unit], is_strong: bool) -> OwnConsents:
    child, unit = found
    today = unit.today(look.now)
    standings = read_standings(look, family.owner_id, [child.id], today)
    shown = tuple(kind for kind in standings.kinds if is_strong or not kind.rules.sensitive)
    return OwnConsents(
        child=child,
        unit=unit,
        today=today,
        own=family.guardian_ids,
        standings=standings,
        kinds=shown,
        withheld=len(standings.kinds) - len(shown),
        names=names_of(look, guardians=_deciders(standings, child.id)),
    )


def _deciders(standings: Standings, child_id: str) -> Collection[str]:
    return standings.deciders.get(child_id, ())


def say_own(work: Work, own: OwnConsents, kind_id: str, text_id: str, *, granted: bool, trust: Trust) -> list[Consent]:
    """Keep the word of those who speak here, each for themselves. Audited.

    Raises: NotThereError, TextChangedError, GeneralMissingError, NeedsStrongError.
    """
    work.touch([own.child.id, *own.own])
    kind = next((each for each in own.kinds if each.id == kind_id), None)
    if kind is None:
        raise NotThereError
    if granted and kind.text.id != text_id:
        raise TextChangedError
    said: Sequence[Choice] = [Choice(kind, granted)]
    kept = [say_words(work, own.child, who, said, Told(How.PAGE, who, trust)) for who in own.own]
    return [row for rows in kept for row in rows]
