"""What staff see of a broadcast before it goes, and its being sent: to exactly those who were shown, in the words shown.

Source: security rules S5.1, S5.2, S6.2, S7.6 and S13.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from hub.address import APP, SMS
from hub.desk import Look, Refusal, Work
from hub.parts import count_parts
from hub.people.places import WAKES, Owner, Unit
from hub.post.broadcast_audience import Member, Reached, list_members, list_reached, list_shown
from hub.post.broadcast_rights import get_sending
from hub.post.broadcasts import HOLD, Broadcast, Place, Scope, Written, check_readable, check_written, keep_broadcast
from hub.post.costs import Cost, forecast
from hub.post.drafts import find_health_words, find_other_names
from hub.post.enclosing import Along
from hub.post.narrowed_members import Narrow, cannot_narrow
from hub.post.prices import Prices, currency_of, find_own_roads
from hub.post.recipients import Way
from hub.post.tone import find_harsh
from hub.safety.audit import note
from hub.talk.broadcasting import ToldTo, find_language, preview
from hub.talk.notes import NothingWrittenError, ReadersChangedError, TooLongError
from hub.talk.writing import PARTS_LIMIT, LookAgainError

NOTHING = Along()


class NobodyReachedError(Refusal):
    """None of those whom it is for can be reached."""

    words = "refusals.broadcast_nobody"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the families who read one language get. `tongue` is the language it is in, where that is not theirs; `text` is
    what one of them reads, of as many parts as `parts`, the longest."""

    language: str
    families: int
    tongue: str | None
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class Composed:
    """A broadcast before it goes: whom it reaches of those who may be shown, what they read, and what it costs.

    `key` names exactly those whom it reaches, for a form to bring back; `whole` are those of its place before it is narrowed.
    """

    place: Place
    shown: tuple[Reached, ...]
    readings: tuple[Reading, ...]
    cost: Cost
    texts: int
    key: str
    first_unit: Unit | None
    whole: tuple[Member, ...]

    @property
    def reached(self) -> list[Reached]:
        return [one for one in self.shown if one.is_reached]

    @property
    def not_reached(self) -> list[Reached]:
        return [one for one in self.shown if not one.is_reached]


def told_to(member: Member) -> ToldTo:
    called = tuple(child.called for child in member.children)
    return ToldTo(member.guardian.language, called, member.groups, member.unit.name)


def compose(
    look: Look,
    place: Place,
    written: Written,
    prices: Prices,
    along: Along = NOTHING,
    narrow: Narrow = cannot_narrow,
) -> Composed:
    """Raises: NotThereError, UnknownPlaceholderError, BadChoicesError."""
    check_readable(written)
    members = list_members(look, place)
    visible = list_shown(look, members)
    ids = {member.guardian.id for member in visible}
    meant = narrow(look, place, members)
    shown = [one for one in list_reached(look, meant) if one.member.guardian.id in ids]
    has_words = bool(written.texts.get(written.language, "").strip())
    texts = _list_texts(look, place, written, shown, along) if has_words else {}
    return Composed(
        place=place,
        shown=tuple(shown),
        readings=tuple(_list_readings(written, shown, texts)),
        cost=_forecast(look, place, prices, shown, texts),
        texts=len(set(texts.values())),
        key=_key(shown),
        first_unit=members[0].unit if members else None,
        whole=tuple(visible),
    )


def _forecast(
    look: Look, place: Place, prices: Prices, shown: Sequence[Reached], texts: Mapping[str, tuple[str, str]]
) -> Cost:
    """Of what goes to a phone, once where several are told the same on one."""
    roads = find_own_roads(look, {one.member.unit.id for one in shown})
    by_text = {
        texts[one.member.guardian.id]: roads.get(one.member.unit.id, "")
        for one in shown
        if one.address is not None and one.address.kind == SMS and one.member.guardian.id in texts
    }
    currency = currency_of(look.session.get_one(Owner, place.owner_id).country)
    return forecast(prices, currency, ((road, number, text) for (number, text), road in by_text.items()))


def _key(shown: Sequence[Reached]) -> str:
    """Of those who are shown: one that changed with a protected child's day would tell of it. Source: security rule S4.4."""
    ids = sorted(one.member.guardian.id for one in shown if one.is_reached)
    return hashlib.sha256(",".join(ids).encode()).hexdigest()[:32]


def _list_texts(
    look: Look, place: Place, written: Written, shown: Sequence[Reached], along: Along
) -> dict[str, tuple[str, str]]:
    """By guardian whom it reaches, the number and all that will stand on the phone."""
    return {
        one.member.guardian.id: (one.address.value, _text_of(look, place, written, one, along))
        for one in shown
        if one.is_reached and one.address is not None
    }


def _text_of(look: Look, place: Place, written: Written, reached: Reached, along: Along) -> str:
    to = told_to(reached.member)
    if reached.way is Way.NOTICE:
        return look.words.in_language(to.language).say("reception.something_new")
    text = preview(look, place, written, to)
    is_in_app = reached.address is not None and reached.address.kind == APP
    return text if is_in_app else along.behind(text, look.words.in_language(to.language))


def _list_readings(written: Written, shown: Sequence[Reached], texts: dict[str, tuple[str, str]]) -> list[Reading]:
    """One for each language, that of most families first."""
    counted = Counter(one.member.guardian.language for one in shown if one.is_reached)
    readings = []
    for language, families in counted.most_common():
        theirs = [
            text
            for one in shown
            if one.member.guardian.language == language
            and one.way is Way.WORDS
            and (text := texts.get(one.member.guardian.id, ("", ""))[1])
        ]
        longest = max(theirs, key=lambda text: (count_parts(text).parts, len(text)), default="")
        _, tongue = find_language(written, language)
        readings.append(Reading(language, families, tongue, longest, count_parts(longest).parts if longest else 0))
    return readings


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent: `readers` is the key of those who were shown, `meant` that what it gives away is meant, `tone_meant`
    that its tone has been looked at, `at` the moment it is to leave: after the hold where that is None, `along` the files
    that go with it."""

    written: Written
    readers: str
    meant: bool = False
    tone_meant: bool = False
    at: datetime | None = None
    along: Along = NOTHING


def send(work: Work, place: Place, order: Order, prices: Prices, narrow: Narrow = cannot_narrow) -> Broadcast:
    """Keep it, held for a while or until its moment; nothing leaves at night.

    Raises: NothingWrittenError, TooLongError, NobodyReachedError, ReadersChangedError, LookAgainError, and what
    `keep_broadcast` raises.
    """
    if not order.written.texts.get(order.written.language, "").strip():
        raise NothingWrittenError
    check_written(order.written)
    composed = compose(work, place, order.written, prices, order.along, narrow)
    if any(reading.parts > PARTS_LIMIT for reading in composed.readings):
        raise TooLongError
    if not composed.reached or composed.first_unit is None:
        raise NobodyReachedError
    if composed.key != order.readers:
        raise ReadersChangedError
    found = _find_given_away(work, place, order.written)
    harsh = [] if order.tone_meant else find_harsh(_all_words(order.written))
    if (any(found) and not order.meant) or harsh:
        raise LookAgainError(*found, harsh)
    starts_at = next_awake(composed.first_unit, order.at if order.at is not None else work.now + HOLD)
    broadcast = keep_broadcast(work, place, order.written, starts_at)
    if any(found):
        note(work, "message.override", [broadcast.id], "gives something away to many, and is meant to")
    return broadcast


def _find_given_away(work: Work, place: Place, written: Written) -> tuple[list[str], list[str]]:
    """Words of health, and names of single children: what is about one child goes to many only when that is meant."""
    text = _all_words(written)
    health = find_health_words(text)
    if place.scope is Scope.OWNER or place.unit_id is None:
        return health, []
    unit = work.session.get_one(Unit, place.unit_id)
    return health, find_other_names(work, get_sending(work).reach, unit, text, ())


def _all_words(written: Written) -> str:
    return " ".join([*written.texts.values(), written.given.place])


def next_awake(unit: Unit, moment: datetime) -> datetime:
    """The moment, or the first one after it at which people there are written to about what does not hurry."""
    if unit.is_awake(moment):
        return moment
    local = unit.local(moment)
    day = local.date() if local.hour < WAKES else local.date() + timedelta(days=1)
    return unit.moment(day, time(WAKES))
