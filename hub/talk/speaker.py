"""Who speaks: one guardian, or several behind one phone, and the children at this unit for whom they may all speak."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from hub.address import MAIL
from hub.asker import Trust
from hub.desk import Look
from hub.people.families import Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.post.audience import Freshness, PlacedChild, freshness, is_guarded, list_children_for, list_entitled
from hub.talk.answers import Named


@dataclass(frozen=True, slots=True)
class Speaker:
    """`children` are those at `unit` for whom each of `guardians` may report absence; `known` those they may write about.

    `is_guarded` when any of them has any right for a protected child: an open channel is then told nothing.
    """

    guardians: tuple[Guardian, ...]
    addresses: tuple[GuardianAddress, ...]
    unit: Unit
    today: date
    trust: Trust
    language: str
    children: tuple[PlacedChild, ...]
    known: tuple[PlacedChild, ...]
    is_guarded: bool

    @property
    def is_fresh(self) -> bool:
        return self.trust >= Trust.CLAIMED

    @property
    def is_pupil(self) -> bool:
        """Whether a pupil speaks, alone or with others behind the same phone."""
        return any(guardian.is_pupil for guardian in self.guardians)

    @property
    def writes_by_mail(self) -> bool:
        """What they answer by mail confirms nothing. Source: security rule S1.2."""
        return any(address.kind == MAIL for address in self.addresses)

    def believe(self, answered: Trust) -> Trust:
        """How sure what they agreed to is: as the answer to our question makes it, but for one by mail."""
        return self.trust if self.writes_by_mail else max(self.trust, answered)

    @property
    def guardian_ids(self) -> list[str]:
        return [guardian.id for guardian in self.guardians]

    def may_report_for(self, child_ids: Iterable[str]) -> bool:
        """Whether they may, at this unit, for each of the children."""
        return {place.child.id for place in self.children if place.unit_id == self.unit.id}.issuperset(child_ids)

    def named_children(self) -> tuple[Named, ...]:
        """The children they may report for, by the name people use; by full name where two share it."""
        return name_apart([place for place in self.children if place.unit_id == self.unit.id])


def name_apart(places: Sequence[PlacedChild]) -> tuple[Named, ...]:
    called = [place.child.called for place in places]
    return tuple(
        Named(place.child.id, place.child.called if called.count(place.child.called) == 1 else place.child.name)
        for place in places
    )


def get_speaker(look: Look, unit: Unit, people: Sequence[tuple[GuardianAddress, Guardian]]) -> Speaker:
    """Everyone behind an address, as one. Their trust is that of the stalest claim among them."""
    guardians = tuple(guardian for _, guardian in people)
    ids = [guardian.id for guardian in guardians]
    today = unit.today(look.now)
    fresh = all(freshness(address, look.now) is Freshness.FRESH for address, _ in people)
    children, known = list_children_for(look, ids, (Right.ABSENCE, Right.WRITE), today, with_guests=True)
    return Speaker(
        guardians=guardians,
        addresses=tuple(address for address, _ in people),
        unit=unit,
        today=today,
        trust=Trust.CLAIMED if fresh else Trust.UNKNOWN,
        language=guardians[0].language,
        children=tuple(children),
        known=tuple(known),
        is_guarded=is_guarded(look, ids, today),
    )


def has_right(look: Look, speaker: Speaker, right: Right, child_ids: Iterable[str]) -> bool:
    """Whether each of those who speak has the right today for all of these children, blocks heeded."""
    asked, entitled = set(child_ids), list_entitled(look, speaker.guardian_ids, right, speaker.today)
    return all(asked <= entitled.get(guardian_id, set()) for guardian_id in speaker.guardian_ids)
