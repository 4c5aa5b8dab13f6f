"""Where one writes to many: whom it reaches, how each reads it and what it costs are shown before it goes, and what was typed
is kept whatever happens."""

from collections import Counter
from functools import partial

from aiohttp import web

from admin_web.page import Pages
from admin_web.staff.broadcast_asked import LANGUAGES, ComposeAsked, put_own, put_phrase
from admin_web.staff.broadcast_composing import (
    find_school_language,
    gather_composing,
    list_languages,
    list_pictured,
)
from admin_web.staff.broadcast_narrowing import lay_out_ways
from admin_web.staff.enclosing import Enclosing, may_enclose, send_with, take_uploads
from admin_web.staff.visiting import Visit
from hub.desk import Refusal, Work
from hub.post.broadcast_rights import get_sending
from hub.post.broadcasts import Broadcast, Scope, find_repeated
from hub.post.enclosing import Along
from hub.post.kept_texts import get_text
from hub.post.narrowing import EVERYBODY
from hub.post.placeholders import DATE, PLACE, TIME, list_asked
from hub.post.prices import Prices
from hub.post.recipients import Way
from hub.safety.access import NotThereError
from hub.school.narrowed import narrow
from hub.spoken import say_tongue
from hub.talk.broadcast_frame import advise
from hub.talk.broadcast_writing import Composed, Order, send
from hub.talk.phrases import PHRASES, SlotsMissingError
from hub.talk.writing import LookAgainError

pages = Pages()


GIVEN_SLOTS = {DATE: "day", TIME: "at", PLACE: "place"}
"""What a placeholder's line in the form is called."""


class NotFreshError(Refusal):
    """Sending to many takes a code that was given lately. Source: security rule S2.5."""

    words = "broadcasts.not_fresh"


@pages.get("/broadcasts/new")
async def show_composer(visit: Visit, asked: ComposeAsked) -> web.StreamResponse:
    """Where one writes to many."""
    return await _compose(visit, await _with_own(visit, asked) if asked.own else asked)


@pages.post("/broadcasts/look", files=True)
async def look_again(visit: Visit, asked: ComposeAsked) -> web.StreamResponse:
    """Whom it reaches, how it reads and what it costs, by what is typed now; nothing is kept but files, for a day."""
    asked, refusal = await take_uploads(visit, asked)
    if asked.put == "own" and asked.own:
        return await _compose(visit, await _with_own(visit, asked), refusal)
    if asked.put != "phrase":
        return await _compose(visit, asked, refusal)
    try:
        asked = put_phrase(asked, await visit.look(find_school_language, asked))
    except SlotsMissingError as missing:
        refusal = missing
    return await _compose(visit, asked, refusal)


@pages.post("/broadcasts/send", files=True)
async def send_one(visit: Visit, asked: ComposeAsked) -> web.StreamResponse:
    """Send it. Who has not given a code lately keeps what they typed, and is led to giving one."""
    asked, refusal = await take_uploads(visit, asked)
    if refusal is not None or not visit.signed_in.is_fresh:
        return await _compose(visit, asked, refusal or NotFreshError())
    sent = await visit.try_work(start_broadcast, asked, *_settings(visit))
    if isinstance(sent, Refusal):
        return await _compose(visit, asked, sent)
    return visit.go(f"/broadcasts/{sent}")


def start_broadcast(work: Work, asked: ComposeAsked, prices: Prices, site: str) -> str:
    """Its id; that of the first where the button was pressed twice. Raises: NotThereError, and what `send` raises."""
    work.take_turns([work.asker.id])
    composing = gather_composing(work, asked, prices, site)
    if composing.refusal is not None:
        raise composing.refusal
    if composing.place is None or composing.composed is None:
        raise NotThereError
    repeated = find_repeated(work, composing.place, asked.written(composing.language))
    if repeated is not None:
        return repeated.id
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
    pictured = partial(list_pictured, work, get_sending(work), place)

    def send_it(files: int) -> Broadcast:
        return send(work, place, order, prices, narrow)

    return send_with(work, asked.files, asked, pictured, send_it, several_families=True).id


def _settings(visit: Visit) -> tuple[Prices, str]:
    """What texts may cost, and where families see the files."""
    settings = visit.house.parts.settings
    return Prices.read(settings), settings.public.url if may_enclose(visit) else ""


async def _with_own(visit: Visit, asked: ComposeAsked) -> ComposeAsked:
    """With the text that is chosen of those that are kept; the unit is that one's where none is chosen yet."""
    kept = await visit.look(get_text, asked.own or "")
    return put_own(asked if asked.unit else asked.model_copy(update={"unit": kept.unit_id}), kept)


async def show_refused(visit: Visit, asked: ComposeAsked, refusal: Refusal) -> web.Response:
    """The composer with what was typed, and why something else was not done with it."""
    return await _compose(visit, asked, refusal)


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
        languages_to_write=list_languages(composing.language, composed, asked),
        languages_by_name=[(code, say_tongue(code, visit.language)) for code in LANGUAGES],
        written=asked.texts,
        phrases=PHRASES,
        kept=[(each.id, each.name) for each in composing.kept],
        given_slots=[GIVEN_SLOTS[name] for name in list_asked(asked.texts.values())],
        narrowed=composing.place.narrowing if composing.place is not None else EVERYBODY,
        to_narrow=lay_out_ways(visit, composing.ways_to_narrow),
        people=[] if composed is None or hides_names else composed.reached,
        hindrances=[] if composed is None else _say_hindrances(visit, composed, hides_names=hides_names),
        health=given_away.health if given_away else (),
        others=given_away.names if given_away else (),
        wrong=visit.explain(refusal) if refusal is not None and given_away is None else "",
        is_stale=isinstance(refusal, NotFreshError),
        text_refused=refusal is not None and bool(asked.text_name),
    )


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
