"""What was heard, told to a person: the language, each act as a sentence, and which words led to what."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.language import WRITTEN
from hub.talk.heard import TELLS_DAYS, Act, Heard, Intent, Reason
from hub.words import Words

_OF_A_CHILD = TELLS_DAYS | {Intent.CARE_TIME, Intent.CONSENT}
_UNTOLD = "und"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Tells in the words of one reader. `names_of` gives the names of those of some children whom they may know of."""

    words: Words
    names_of: Callable[[Sequence[str]], list[str]]
    today: date

    def sentences(self, heard: Heard) -> Iterator[str]:
        """The language where staff may not know it, the acts, their reasons, and whether something is sensitive."""
        if heard.language not in (*WRITTEN, _UNTOLD):
            yield self._say("written_in", code=heard.language)
        for act in heard.acts:
            yield self._act(act)
        because = list(dict.fromkeys(self._because(heard.reasons)))
        if because:
            yield self._say("because", words=because)
        if heard.sensitive:
            yield self._say("sensitive")

    def _say(self, macro: str, **parameters: Any) -> str:
        return self.words.say(f"story.{macro}", **parameters)

    def _act(self, act: Act) -> str:
        return self._say(
            "heard",
            intent=act.intent.value,
            children=self.names_of(act.children),
            days=act.days,
            today=self.today,
            details=list(self._details(act)),
        )

    def _details(self, act: Act) -> Iterator[str]:
        if act.start is not None:
            yield self._say("starts", at=act.start)
        if act.end is not None:
            yield self._say("ends", at=act.end)
        if act.same_as is not None:
            yield self._say("same_as", week=act.same_as)
        for one in act.bookings:
            yield self._say("booked", day=one.day, today=self.today, start=one.start, end=one.end, off=one.off)
        for word in act.consents:
            yield self._say("consent", topic=word.topic, granted=word.granted)
        if act.person is not None:
            yield self._say("fetched_by", name=act.person)
        yield from (told for told in (act.phone, act.email) if told is not None)
        if act.unknown_name is not None:
            yield self._say("unknown_name", name=act.unknown_name)
        elif act.intent in _OF_A_CHILD and not act.children:
            yield self._say("child_open")
        if act.intent in TELLS_DAYS and not act.days:
            yield self._say("days_open")

    def _because(self, reasons: Sequence[Reason]) -> Iterator[str]:
        for reason in reasons:
            led_to = self._led_to(reason)
            if reason.words and led_to:
                yield self._say("words_led_to", words=reason.words, led_to=led_to)

    def _led_to(self, reason: Reason) -> str:
        """What some words led to; "" when that is not for this reader to know."""
        kind, _, told = reason.led_to.partition(": ")
        if kind == "intent":
            return self._say("led_to_intent", intent=told)
        if kind == "child" and told:
            names = self.names_of(told.split(", "))
            return self._say("led_to_child", children=names) if names else ""
        return self._say("led_to", kind=kind)
