"""The question of consent: yes, no, the numbers of those agreed to, or words that name what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.school.consent_kinds import CHILD
from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood
from hub.talk.heard import REST, About, Heard, Intent


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind as it is asked: the version of its text, and both in the guardian's language."""

    kind_id: str
    text_id: str
    code: str
    name: str
    text: str

    def said_of(self, child: Named) -> str:
        return self.text.replace(CHILD, child.name)


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """Yes or no to each of some topics, by its code, for these children. What is left unsaid is missing from the answer.

    Several topics are numbered: the numbers are those agreed to, and the others are refused. Beside words about some of
    them ("1 and 3 but not the car", "yes, but no swimming") only what is said counts.
    """

    children: tuple[Named, ...]
    topics: tuple[Topic, ...]

    def about(self) -> About:
        only = self.children[0].id if len(self.children) == 1 else None
        return About("consent", child=only, topic=self.topics[0].code, options=tuple(self.options()))

    def options(self) -> Sequence[str]:
        return [topic.said_of(self.children[0]) for topic in self.topics] if len(self.topics) > 1 else []

    def read(self, heard: Heard) -> dict[str, bool] | NotUnderstood:
        codes = [topic.code for topic in self.topics]
        if any(not 1 <= number <= len(codes) for number in heard.options):
            return NOT_UNDERSTOOD
        if any(set(act.children) - {child.id for child in self.children} or act.unknown_name for act in heard.acts):
            return NOT_UNDERSTOOD
        said = {word.topic: word.granted for act in heard.acts for word in act.consents}
        if heard.options and not said:
            return {code: number in heard.options for number, code in enumerate(codes, 1)}
        intents = {act.intent for act in heard.acts}
        if intents == {Intent.YES} or intents == {Intent.NO}:
            return dict.fromkeys(codes, intents == {Intent.YES})
        if intents != {Intent.CONSENT}:
            return NOT_UNDERSTOOD
        return self._put_together(said, [codes[number - 1] for number in heard.options])

    def _put_together(self, said: dict[str, bool], picked: Sequence[str]) -> dict[str, bool] | NotUnderstood:
        """What is said of some topics, the codes picked by number, and what is said of the rest."""
        codes = [topic.code for topic in self.topics]
        rest = said.pop(REST, None)
        if not said or not set(said) <= set(codes) or any(said.get(code) is False for code in picked):
            return NOT_UNDERSTOOD
        told = ({} if rest is None else dict.fromkeys(codes, rest)) | dict.fromkeys(picked, True) | said
        return {code: told[code] for code in codes if code in told}
