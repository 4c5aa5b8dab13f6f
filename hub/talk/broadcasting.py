"""How a broadcast is said to one family: under the sender's name, with the names in their places, in the language there is.

The same words are shown before it is sent, counted, and sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.desk import Look
from hub.language import chain
from hub.post.broadcasts import Broadcast, Place, Reply, Written
from hub.post.placeholders import CHILD, GROUP, UNIT, fill
from hub.spoken import listing
from hub.talk.answers import NOT_UNDERSTOOD, NotUnderstood
from hub.talk.dialogue import Say, say
from hub.talk.heard import About, Heard, Intent
from hub.talk.saying import render

YES, NO = "choice_yes", "choice_no"
YES_OR_NO = (YES, NO)
READ_EACH_OTHER = frozenset({"nb", "nn", "da"})
"""Who reads one of these reads the others."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`choice` counts from nought; `more`: the answer says something besides, for a person to read."""

    choice: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the sender's choices, by its number; a yes or no says so by its word as well."""

    choices: tuple[str, ...]

    def about(self) -> About:
        return About("which_choice", options=self.choices)

    def options(self) -> Sequence[str]:
        return self.choices

    def read(self, heard: Heard) -> Chosen | NotUnderstood:
        intents = {act.intent for act in heard.acts}
        if self.choices == YES_OR_NO and not heard.options:
            said = {frozenset({Intent.YES}): 0, frozenset({Intent.NO}): 1}.get(frozenset(intents))
            return NOT_UNDERSTOOD if said is None else Chosen(said)
        chosen = {number - 1 for number in heard.options if 1 <= number <= len(self.choices)}
        if not len(chosen) == 1 == len(set(heard.options)):
            return NOT_UNDERSTOOD
        return Chosen(chosen.pop(), more=Intent.MESSAGE in intents)


@dataclass(frozen=True, slots=True)
class ToldTo:
    """To whom it is said: their language, and what the children, their groups and the unit are called."""

    language: str
    children: tuple[str, ...]
    groups: tuple[str, ...]
    unit: str = ""


def find_language(written: Written | Broadcast, reader: str) -> tuple[str, str | None]:
    """Which of the texts whoever reads a language gets: their own, the nearest to it, else the sender's. And the same again
    where it must be told, since it is not theirs to read."""
    chosen = next((each for each in chain(reader) if each in written.texts), written.language)
    is_near = chosen == reader or {chosen, reader} <= READ_EACH_OTHER
    return chosen, None if is_near else chosen


def text_for(written: Written | Broadcast, to: ToldTo) -> tuple[str, str | None]:
    """The words with names, days and times in, and the language they are in where it is not the family's."""
    language, tongue = find_language(written, to.language)
    names = {CHILD: listing(to.children, language), GROUP: listing(to.groups, language), UNIT: to.unit}
    return fill(written.texts[language], names | written.given.said_in(language)), tongue


def say_to(sender: str, written: Written | Broadcast, to: ToldTo) -> Say:
    """What is sent to one family, but for the choices."""
    text, tongue = text_for(written, to)
    if written.reply == Reply.CHOICES:
        return say("broadcast.asks", sender=sender, text=text, tongue=tongue)
    utterance = "broadcast.bulletin" if written.reply == Reply.BULLETIN else "broadcast.message"
    return say(utterance, sender=sender, text=text, tongue=tongue)


def preview(look: Look, place: Place, written: Written, to: ToldTo) -> str:
    """The whole text as it will stand on a phone."""
    said = say_to(place.sender, written, to)
    if written.reply == Reply.CHOICES:
        said = Say(said.utterance, {**said.parameters, "choices": list(written.choices)})
    return render(look, to.language, [said])
