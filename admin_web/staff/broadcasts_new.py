"""Where one writes to many: whom it reaches, how each reads it and what it costs are shown before it goes, and what was typed
is kept whatever happens."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import partial
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import PublicId
from admin_web.staff.enclosing import (
    EnclosedAsked,
    Enclosing,
    gather_enclosing,
    may_enclose,
    send_with,
    take_uploads,
)
from admin_web.staff.visiting import Visit
from hub.config import CapSettings
from hub.costly_letters import make_plain
from hub.desk import Look, Refusal, Work
from hub.language import FIXED, WRITTEN
from hub.people.families import Child
from hub.people.places import Group, Owner, Unit
from hub.post.broadcast_rights import Sending, get_broadcast, get_place, get_sending
from hub.post.broadcasts import Broadcast, Place, Reply, Scope, Written
from hub.post.enclosing import Along
from hub.post.recipients import Way
from hub.safety.access import NotThereError, get_unit, list_children
from hub.talk.broadcast_frame import Frame, advise, find_frame
from hub.talk.broadcast_writing import Composed, Order, compose, send
from hub.talk.broadcasting import YES_OR_NO
from hub.talk.phrases import LONGEST_PLACE, PHRASES, Slots, SlotsMissingError, say_phrase
from hub.talk.writing import LookAgainError
from hub.words import say_tongue

pages = Pages()

LANGUAGES = (*WRITTEN, *FIXED)
LONGEST_TYPED = 4000
Typed = Annotated[str, Field(max_length=LONGEST_TYPED)]


class NotFreshError(Refusal):
    """Sending to many takes a code that was given lately. Source: security rule S2.5."""

    words = "broadcasts.not_fresh"


class ComposeAsked(EnclosedAsked):
    """To whom: one of an owner's all, a unit's all, some groups, or some children; and what is to be said."""

    unit: PublicId | None = None
    everyone: Literal["", "unit", "owner"] = ""
    groups: tuple[PublicId, ...] = ()
    children: tuple[PublicId, ...] = ()
    corrects: PublicId | None = None
    language: Literal["", "nb", "nn", "sv", "fi", "en", "da", "se"] = ""
    text_nb: Typed = ""
    text_nn: Typed = ""
    text_sv: Typed = ""
    text_fi: Typed = ""
    text_en: Typed = ""
    text_da: Typed = ""
    text_se: Typed = ""
    reply: Literal["bulletin", "words", "yes_no", "choices"] = "bulletin"
    choices: Annotated[str, Field(max_length=400)] = ""
    leaves_day: date | None = None
    leaves_at: time | None = None
    readers: Annotated[str, Field(max_length=64)] = ""
    meant: str = ""
    tone: str = ""
    plain: str = ""
    put: str = ""
    phrase: Annotated[str, Field(max_length=20)] = ""
    phrase_day: date | None = None
    phrase_starts: time | None = None
    phrase_ends: time | None = None
    phrase_place: Annotated[str, Field(max_length=LONGEST_PLACE)] = ""

    @property
    def texts(self) -> dict[str, str]:
        """What was typed, by language, with the line ends that phones use; with plain signs where they are asked for."""
        typed = {language: getattr(self, f"text_{language}") for language in LANGUAGES}
        texts = {language: text.replace("\r\n", "\n").strip() for language, text in typed.items() if text.strip()}
        return {language: make_plain(text) for language, text in texts.items()} if self.plain else texts

    def written(self, language: str) -> Written:
        own = tuple(line.strip() for line in self.choices.splitlines() if line.strip())
        reply = {"bulletin": Reply.BULLETIN, "words": Reply.WORDS}.get(self.reply, Reply.CHOICES)
        return Written(self.texts, language, reply, YES_OR_NO if self.reply == "yes_no" else own)


@dataclass(frozen=True, slots=True)
class Composing:
    """The composer: where one may send, what is chosen, and what that comes to. `composed` is None where nothing is chosen, or
    what is written cannot be read; `children` are those of the one group that is chosen."""

    units: Sequence[tuple[Unit, list[Group]]]
    unit: Unit | None
    owner: Owner | None
    place: Place | None
    language: str
    composed: Composed | None
    children: Sequence[Child]
    refusal: Refusal | None
    may_send_whole: bool
    enclosing: Enclosing
    frames: Mapping[str, Frame]

    @property
    def groups(self) -> list[Group]:
        return next((groups for unit, groups in self.units if self.unit is not None and unit.id == self.unit.id), [])

    @property
    def unit_options(self) -> list[tuple[str, str]]:
        return [(unit.id, unit.name) for unit, _ in self.units]


def gather_composing(look: Look, asked: ComposeAsked, caps: CapSettings, site: str) -> Composing:
    """Raises: NotThereError when the asker may not send there."""
    sending = get_sending(look)
    units = sending.list_units(look)
    unit, groups = _find_unit(units, asked)
    owner = look.session.get_one(Owner, sending.reach.owner_id)
    asked = asked.model_copy(update={"unit": unit.id if unit is not None else None, "groups": _within(groups, asked)})
    children = _list_of_group(look, sending, unit, asked)
    chosen = tuple(child.id for child in children if child.id in asked.children)
    place = _find_place(look, asked.model_copy(update={"children": chosen}))
    language = asked.language or (unit.languages[0] if unit is not None else owner.language)
    composed, refusal = None, None
    frames: dict[str, Frame] = {}
    along = Along(len(asked.files), site)
    if place is not None:
        written = asked.written(language)
        try:
            composed = compose(look, place, written, caps, along)
            tongues = _list_languages(language, composed, asked)
            frames = {each: find_frame(look, place, written, each, along) for each, _ in tongues}
        except NotThereError:
            raise
        except Refusal as wrong:
            refusal = wrong
    return Composing(
        units=units,
        unit=unit,
        owner=owner if sending.reach.administers else None,
        place=place,
        language=language,
        composed=composed,
        children=children,
        refusal=refusal,
        may_send_whole=unit is not None and unit.id in sending.reach.whole_units,
        enclosing=gather_enclosing(look, asked.files, partial(_list_pictured, look, sending, place), asked),
        frames=frames,
    )


def _find_unit(units: Sequence[tuple[Unit, list[Group]]], asked: ComposeAsked) -> tuple[Unit | None, Sequence[Group]]:
    """The unit that is asked for, else the first one; with its groups. Raises: NotThereError."""
    if asked.unit is None:
        return units[0] if units else (None, ())
    found = next((each for each in units if each[0].id == asked.unit), None)
    if found is None:
        raise NotThereError
    return found


def _within(groups: Sequence[Group], asked: ComposeAsked) -> tuple[str, ...]:
    """The groups that are chosen; those of a unit that was chosen before are no longer."""
    return tuple(group.id for group in groups if group.id in asked.groups)


def _find_place(look: Look, asked: ComposeAsked) -> Place | None:
    """None where nobody is chosen yet. Raises: NotThereError."""
    if asked.corrects is not None:
        old = get_broadcast(look, asked.corrects)
        place = get_place(look, Scope(old.scope), old.unit_id, old.group_ids, old.child_ids)
        return replace(place, corrects_id=old.id)
    if asked.everyone == "owner":
        return get_place(look, Scope.OWNER, None)
    if asked.everyone == "unit":
        return get_place(look, Scope.UNIT, asked.unit)
    if asked.children:
        return get_place(look, Scope.CHILDREN, asked.unit, child_ids=asked.children)
    return get_place(look, Scope.GROUPS, asked.unit, asked.groups) if asked.groups else None


def _list_pictured(look: Look, sending: Sending, place: Place | None) -> list[Child]:
    """Who may be on a picture: the children of the groups that it goes to, or of the whole unit; nobody by name where
    it goes to more than that."""
    if place is None or place.unit_id is None:
        return []
    unit = get_unit(look, sending.reach, place.unit_id)
    placed = list_children(look, sending.reach, unit, unit.today(look.now))
    groups = set(place.group_ids) or {group_id for child, group_id in placed if child.id in place.child_ids}
    return [child for child, group_id in placed if group_id in groups or place.scope is Scope.UNIT]


def _list_of_group(look: Look, sending: Sending, unit: Unit | None, asked: ComposeAsked) -> list[Child]:
    if unit is None or asked.everyone or len(asked.groups) != 1:
        return []
    placed = list_children(look, sending.reach, unit, unit.today(look.now))
    return [child for child, group_id in placed if group_id == asked.groups[0]]


@pages.get("/broadcasts/new")
async def show_composer(visit: Visit, asked: ComposeAsked) -> web.StreamResponse:
    """Where one writes to many."""
    return await _compose(visit, asked)


@pages.post("/broadcasts/look", files=True)
async def look_again(visit: Visit, asked: ComposeAsked) -> web.StreamResponse:
    """Whom it reaches, how it reads and what it costs, by what is typed now; nothing is kept but files, for a day."""
    ids, refusal = await take_uploads(visit, asked)
    asked = asked.model_copy(update={"files": ids})
    if not asked.put:
        return await _compose(visit, asked, refusal)
    try:
        asked = put_phrase(asked, await visit.look(find_school_language, asked))
    except SlotsMissingError as missing:
        refusal = missing
    return await _compose(visit, asked, refusal)


def find_school_language(look: Look, asked: ComposeAsked) -> str:
    """That of the unit it is written at, else of its owner. Raises: NotThereError."""
    sending = get_sending(look)
    unit, _ = _find_unit(sending.list_units(look), asked)
    return unit.languages[0] if unit is not None else look.session.get_one(Owner, sending.reach.owner_id).language


def put_phrase(asked: ComposeAsked, school: str) -> ComposeAsked:
    """With a phrase of the book in every language, for what was typed. Raises: SlotsMissingError."""
    if asked.phrase not in PHRASES:
        raise SlotsMissingError
    slots = Slots(asked.phrase_day, asked.phrase_starts, asked.phrase_ends, asked.phrase_place)
    texts = say_phrase(asked.phrase, slots, school)
    return asked.model_copy(update={f"text_{language}": text for language, text in texts.items()})


@pages.post("/broadcasts/send", files=True)
async def send_one(visit: Visit, asked: ComposeAsked) -> web.StreamResponse:
    """Send it. Who has not given a code lately keeps what they typed, and is led to giving one."""
    ids, refusal = await take_uploads(visit, asked)
    asked = asked.model_copy(update={"files": ids})
    if refusal is not None or not visit.signed_in.is_fresh:
        return await _compose(visit, asked, refusal or NotFreshError())
    sent = await visit.try_work(start_broadcast, asked, *_settings(visit))
    if isinstance(sent, Refusal):
        return await _compose(visit, asked, sent)
    return visit.go(f"/broadcasts/{sent}")


def start_broadcast(work: Work, asked: ComposeAsked, caps: CapSettings, site: str) -> str:
    """Its id. Raises: NotThereError, and what `send` raises."""
    composing = gather_composing(work, asked, caps, site)
    if composing.refusal is not None:
        raise composing.refusal
    if composing.place is None or composing.composed is None:
        raise NotThereError
    unit = composing.unit or composing.composed.first_unit
    at = unit.moment(asked.leaves_day, asked.leaves_at or unit.opens) if asked.leaves_day and unit else None
    along = Along(len(asked.files), site)
    order = Order(
        asked.written(composing.language),
        asked.readers,
        meant=bool(asked.meant),
        tone_meant=bool(asked.tone),
        at=at,
        along=along,
    )
    place = composing.place
    pictured = partial(_list_pictured, work, get_sending(work), place)

    def send_it(files: int) -> Broadcast:
        return send(work, place, order, caps)

    return send_with(work, asked.files, asked, pictured, send_it, several_families=True).id


def _settings(visit: Visit) -> tuple[CapSettings, str]:
    """What texts may cost, and where families see the files."""
    settings = visit.house.parts.settings
    return settings.caps, settings.public.url if may_enclose(visit) else ""


async def _compose(visit: Visit, asked: ComposeAsked, refusal: Refusal | None = None) -> web.Response:
    composing = await visit.look(gather_composing, asked, *_settings(visit))
    refusal = refusal or composing.refusal
    given_away = refusal if isinstance(refusal, LookAgainError) else None
    composed = composing.composed
    hides_names = composing.place is not None and composing.place.scope is Scope.OWNER
    if composed is not None and not hides_names:
        await visit.note_reading([one.member.guardian.id for one in composed.shown])
    return visit.show(
        "staff/broadcasts_new.j2",
        status=422 if refusal is not None else 200,
        here="/broadcasts/new",
        asked=asked,
        composing=composing,
        composed=composed,
        enclosing=composing.enclosing if may_enclose(visit) else Enclosing(may_enclose=False),
        advice=advise(composed, asked.written(composing.language)) if composed is not None else None,
        languages_to_write=_list_languages(composing.language, composed, asked),
        languages_by_name=[(code, say_tongue(code, visit.language)) for code in LANGUAGES],
        written=asked.texts,
        phrases=list(PHRASES),
        people=[] if composed is None or hides_names else composed.reached,
        hindrances=[] if composed is None else _say_hindrances(visit, composed, hides_names=hides_names),
        health=given_away.health if given_away else (),
        others=given_away.names if given_away else (),
        wrong=visit.explain(refusal) if refusal is not None and given_away is None else "",
        is_stale=isinstance(refusal, NotFreshError),
    )


def _list_languages(own: str, composed: Composed | None, asked: ComposeAsked) -> list[tuple[str, int]]:
    """The sender's language, then those of the families and those typed already; each with how many families read it."""
    readings: Mapping[str, int] = {} if composed is None else {one.language: one.families for one in composed.readings}
    wanted = [own, *readings, *asked.texts]
    return [(each, readings.get(each, 0)) for each in dict.fromkeys(wanted) if each in LANGUAGES]


def _say_hindrances(visit: Visit, composed: Composed, *, hides_names: bool) -> list[str]:
    """Who gets a notice, or nothing, and why; only how many where names are not shown."""
    if hides_names:
        counted = Counter(one.way for one in composed.shown if one.way is not Way.WORDS)
        return [visit.say("broadcasts.way_count", way=way, n=n) for way, n in counted.most_common()]
    return [
        visit.say(f"composer.way_{one.way}", name=one.member.guardian.name)
        for one in composed.shown
        if one.way is not Way.WORDS
    ]
