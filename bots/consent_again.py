"""A refusal that its guardian wants undone: it holds, and what it was about is asked once more.

Were it only taken back, an earlier yes, or that of the other guardian, would count at once. Source: security rule S1.2.
"""

from collections.abc import Mapping, Sequence

from bots.consent_facts import ConsentFacts, Wanted, make_topic, read_general
from hub.desk import Look
from hub.school.consent_kinds import Kind
from hub.school.consents import Consent
from hub.talk.answers import Named
from hub.talk.bot import Further
from hub.talk.dialogue import Say, say
from hub.talk.speaker import Speaker


class AskingAgain:
    """The refusals of one message. `kinds` are those in use, `decided` the children for whom the speakers decide."""

    def __init__(
        self,
        look: Look,
        speaker: Speaker,
        refused: Sequence[Consent],
        kinds: Mapping[str, Kind],
        decided: Mapping[str, Named],
    ) -> None:
        self._look = look
        self._speaker = speaker
        self._kinds = kinds
        self._by_child: dict[Named, dict[str, Kind]] = {}
        self._strong: dict[str, Kind] = {}
        for row in refused:
            kind = kinds.get(row.kind_id)
            if kind is not None and kind.rules.needs_strong:
                self._strong[kind.id] = kind
            elif kind is not None:
                self._by_child.setdefault(decided[row.child_id], {})[kind.id] = kind
        self._gone = any(row.kind_id not in kinds for row in refused)

    def says(self) -> list[Say]:
        """What holds meanwhile, and what no text can change."""
        says = []
        if self._by_child:
            asked = {kind.id: kind for kinds in self._by_child.values() for kind in kinds.values()}
            children = [child.name for child in self._by_child]
            says.append(say("consent.no_holds", children=children, topics=self._names(asked)))
        if self._strong:
            says.append(say("consent.strong", topics=self._names(self._strong), unit=self._speaker.unit.name))
        if self._gone and not says:
            says.append(say("consent.no_change"))
        return says

    def further(self) -> Further | None:
        """The questions, child by child."""
        if not self._by_child:
            return None
        children, language = tuple(self._by_child), self._speaker.language
        wanted = tuple(
            Wanted(child, tuple(make_topic(kind, language) for kind in kinds.values()))
            for child, kinds in self._by_child.items()
        )
        general = read_general(self._look, self._speaker, self._kinds.values(), children)
        return Further(ConsentFacts(children=children, wanted=wanted, holds=True, **general))

    def _names(self, kinds: Mapping[str, Kind]) -> list[str]:
        return [kind.name(self._speaker.language) for kind in kinds.values()]
