"""Where staff write: who gets it is shown by name, and what was typed is kept whatever happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from admin_web.parameters import PublicId
from admin_web.staff.enclosing import EnclosedAsked, Enclosing, may_enclose
from admin_web.staff.visiting import Visit
from hub.address import SMS, mask
from hub.desk import Refusal
from hub.parts import count_parts
from hub.post.entry import Sharing
from hub.post.messages import Message, ThreadKind
from hub.post.recipients import Recipient, Recipients, Way
from hub.talk.planning import Plan
from hub.talk.writing import Draft, LookAgainError, say_notice

LONGEST_TYPED = 20_000


class WrittenAsked(EnclosedAsked):
    """What a composer posts. `readers` names those who were shown; `sensitive` and `names` answer its warnings. `attach` only
    puts up the files that came."""

    text: Annotated[str, Field(max_length=LONGEST_TYPED)]
    readers: Annotated[str, Field(max_length=400, pattern=r"^[0-9a-z,]*$")] = ""
    about: tuple[PublicId, ...] = ()
    kind: Literal["send", "note", "attach"] = "send"
    sensitive: Literal["", "words", "notice"] = ""
    names: Literal["", "meant"] = ""

    @property
    def typed(self) -> str:
        """With the line ends that phones use; forms send two letters for each."""
        return self.text.replace("\r\n", "\n")

    def draft(self, files: int) -> Draft:
        """With so many files."""
        as_words = {"words": True, "notice": False}.get(self.sensitive)
        is_meant = self.names == "meant"
        return Draft(self.typed, self.readers, as_words, names_meant=is_meant, tone_meant=is_meant, files=files)


@dataclass(frozen=True, slots=True)
class Choice:
    """One set of readers one may write to. `hindrances` are sentences about who gets a notice, nothing, or reads it besides."""

    key: str
    names: tuple[str, ...]
    to: str
    sender: str
    hindrances: tuple[str, ...]
    mark: str
    is_private: bool
    can_send: bool
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Composer:
    """What the composer shows. `warning` is why it was not sent; `health` and `others` what it gave away, and `harsh` what may
    sound so."""

    choices: tuple[Choice, ...]
    chosen: str
    text: str
    parts: int
    children: tuple[tuple[str, str], ...]
    about: frozenset[str]
    is_sensitive: bool
    warning: str
    health: tuple[str, ...]
    others: tuple[str, ...]
    harsh: tuple[str, ...]
    names_meant: bool
    enclosing: Enclosing

    @property
    def current(self) -> Choice | None:
        """The choice that is made, or the only one there is."""
        made = next((choice for choice in self.choices if choice.key == self.chosen), None)
        return made or (self.choices[0] if len(self.choices) == 1 else None)

    @property
    def asks_how(self) -> bool:
        """Something sensitive: as words, or as a notice?"""
        return self.is_sensitive or bool(self.health)


def lay_out_composer(
    visit: Visit,
    plans: Sequence[Plan],
    enclosing: Enclosing,
    *,
    chosen: str = "",
    children: Sequence[tuple[str, str]] = (),
    about: frozenset[str] = frozenset(),
    written: WrittenAsked | None = None,
    again: Message | None = None,
    refusal: Refusal | None = None,
) -> Composer:
    """`written` is what was typed and not sent, `again` a message that was taken back."""
    text = written.typed if written is not None else again.text if again is not None else ""
    looks_again = refusal if isinstance(refusal, LookAgainError) else None
    return Composer(
        choices=tuple(_choice(visit, plan) for plan in plans),
        chosen=written.readers if written is not None else chosen,
        text=text,
        parts=count_parts(text).parts if text else 0,
        children=tuple(children),
        about=frozenset(written.about) if written is not None and written.about else about,
        is_sensitive=any(plan.answers_sensitive for plan in plans),
        warning=visit.explain(refusal) if refusal is not None and looks_again is None else "",
        health=looks_again.health if looks_again is not None else (),
        others=looks_again.names if looks_again is not None else (),
        harsh=looks_again.harsh if looks_again is not None else (),
        names_meant=bool(looks_again) or (written is not None and written.names == "meant"),
        enclosing=enclosing if may_enclose(visit) else Enclosing(may_enclose=False),
    )


def _choice(visit: Visit, plan: Plan) -> Choice:
    found = plan.recipients
    names = tuple(name for _, name in found.readers)
    sender = ""
    if found.sender is not None:
        seat = plan.role.title if plan.role is not None else found.unit.name
        sender = visit.say("composer.from_seat", seat=seat, number=found.sender.shown)
    return Choice(
        key=plan.key,
        names=names,
        to=_say_ways(visit, found) if names else "",
        sender=sender,
        hindrances=(
            *(_hindrance(visit, person) for person in found.people if person.way is not Way.WORDS),
            *(visit.say("composer.reads_along", name=name) for _, name in plan.along),
        ),
        mark=_MARK[plan.kind],
        is_private=plan.kind is not ThreadKind.JOINT,
        can_send=bool(names) and found.sender is not None,
        notices=tuple(dict.fromkeys(say_notice(visit.words, found.unit, person) for person in found.reached)),
    )


def _say_ways(visit: Visit, found: Recipients) -> str:
    """To whom by which ways: each is reached as they wish, and marked who lives in another home than the child."""
    elsewhere = {person.guardian_id for person in found.people if person.lives_elsewhere}
    names = [visit.say("composer.other_home", name=name) if id_ in elsewhere else name for id_, name in found.readers]
    reached = [person.address for person in found.reached if person.address is not None]
    addresses = list(dict.fromkeys(mask(address.value) for address in reached))
    if all(address.kind == SMS for address in reached):
        return visit.say("composer.by_sms", names=names, addresses=addresses)
    ways = [f"{visit.say(f'kinds.{address.kind}')} ({mask(address.value)})" for address in reached]
    return visit.say("composer.by_ways", names=names, ways=list(dict.fromkeys(ways)))


_MARK = {
    ThreadKind.JOINT: Sharing.JOINT.value,
    ThreadKind.SHARED_PHONE: Sharing.SHARED_PHONE.value,
    ThreadKind.PRIVATE: Sharing.PRIVATE.value,
    ThreadKind.PUPIL: Sharing.PUPIL.value,
    ThreadKind.STRANGERS: Sharing.PRIVATE.value,
    ThreadKind.STAFF: Sharing.PRIVATE.value,
}


def _hindrance(visit: Visit, person: Recipient) -> str:
    return visit.say(f"composer.way_{person.way}", name=person.name)
