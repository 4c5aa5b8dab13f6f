"""The kinds of consents, for leaders to see and administrators to set: the tree, each kind's rules and texts, and what a
change would do before it is kept."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.consents import title_of
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.language import WRITTEN
from hub.school.consent_kinds import CHILD, MOST_LETTERS, Rules
from hub.school.consent_settings import (
    Change,
    Settings,
    add_kind,
    preview_rules,
    preview_text,
    read_kind,
    read_settings,
    retire,
    set_rules,
    set_text,
)
from hub.spoken import say_tongue

pages = Pages()

Name = Annotated[str, Field(max_length=40)]
Text = Annotated[str, Field(max_length=MOST_LETTERS)]


class KindAsked(Asked):
    kind_id: PublicId


class RulesAsked(Asked):
    """`valid_days` is empty where a yes holds on. `look` is set where the change is only to be shown."""

    kind_id: PublicId
    both_needed: bool = False
    needs_strong: bool = False
    sensitive: bool = False
    valid_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    look: bool = False

    def rules(self) -> Rules:
        return Rules(self.both_needed, self.needs_strong, self.sensitive, self.valid_days)


class Worded(Asked):
    """A name and a text in each language Budbok writes, those left empty not among them."""

    name_nb: Name = ""
    name_nn: Name = ""
    name_sv: Name = ""
    name_fi: Name = ""
    name_en: Name = ""
    name_da: Name = ""
    text_nb: Text = ""
    text_nn: Text = ""
    text_sv: Text = ""
    text_fi: Text = ""
    text_en: Text = ""
    text_da: Text = ""

    def names(self) -> dict[str, str]:
        return self._said("name")

    def texts(self) -> dict[str, str]:
        return self._said("text")

    def _said(self, what: str) -> dict[str, str]:
        said = {language: getattr(self, f"{what}_{language}", "").strip() for language in WRITTEN}
        return {language: words for language, words in said.items() if words}


class TextAsked(Worded):
    kind_id: PublicId
    asks_again: bool = False


class NewAsked(Worded):
    parent: PublicId | None = None
    both_needed: bool = False
    needs_strong: bool = False
    sensitive: bool = False


@pages.get("/consents/kinds")
async def show_kinds(visit: Visit) -> web.StreamResponse:
    """The tree of what the owner asks for."""
    return await _show_kinds(visit)


async def _show_kinds(visit: Visit, typed: NewAsked | None = None, refusal: Refusal | None = None) -> web.Response:
    settings = await visit.look(read_settings)
    return visit.show(
        "staff/consents_kinds.j2",
        status=422 if refusal is not None else 200,
        here="/consents/kinds",
        settings=settings,
        name=lambda kind: kind.name(visit.language),
        title=lambda kind: title_of(kind, visit.language),
        rules=lambda kind: _told_rules(visit, kind.row),
        tongues=_tongues(visit, settings),
        names=typed.names() if typed else {},
        texts=typed.texts() if typed else {},
        parents=[(kind.id, kind.name(visit.language)) for kind in settings.kinds if not kind.is_general],
        mark=CHILD,
        is_fresh=visit.signed_in.is_fresh,
        wrong=visit.explain(refusal) if refusal is not None else "",
    )


def _told_rules(visit: Visit, row: Any) -> str:
    return visit.say(
        "consents.rules",
        both=row.both_needed,
        strong=row.needs_strong,
        sensitive=row.sensitive,
        days=row.valid_days,
    )


def _tongues(visit: Visit, settings: Settings) -> list[tuple[str, str]]:
    """The languages a text is written in, with what they are called."""
    return [(code, say_tongue(code, visit.language)) for code in settings.languages if code in WRITTEN]


@pages.post("/consents/kinds", fresh=True)
async def add(visit: Visit, asked: NewAsked) -> web.StreamResponse:
    """A kind of the owner's own."""
    rules = Rules(asked.both_needed, asked.needs_strong, asked.sensitive)
    made = await visit.try_work(add_kind, asked.parent, rules, asked.names(), asked.texts())
    if isinstance(made, Refusal):
        return await _show_kinds(visit, asked, made)
    return visit.go(f"/consents/kinds/{made}")


@pages.get("/consents/kinds/{kind_id}")
async def show_kind(visit: Visit, asked: KindAsked) -> web.StreamResponse:
    """One kind: its rules, its text, and its earlier texts."""
    return await _show_kind(visit, asked.kind_id)


async def _show_kind(
    visit: Visit,
    kind_id: str,
    *,
    rules: Rules | None = None,
    change: Change | None = None,
    typed: TextAsked | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    settings, kind, texts = await visit.look(read_kind, kind_id)
    asked_again = await visit.look(preview_text, kind_id)
    row = kind.row
    return visit.show(
        "staff/consents_kind_settings.j2",
        status=422 if refusal is not None else 200,
        here=f"/consents/kinds/{kind_id}",
        path=f"/consents/kinds/{kind_id}",
        kind=kind,
        may_change=settings.may_change,
        title=title_of(kind, visit.language),
        earlier=texts,
        rules=rules or Rules(row.both_needed, row.needs_strong, row.sensitive, row.valid_days),
        change=visit.say("consents.change", children=change.children, after=change.after, lost=change.lost)
        if change
        else "",
        change_of_text=visit.say("consents.change_of_text", n=asked_again.lost),
        tongues=_tongues(visit, settings),
        names=typed.names() if typed else kind.text.names,
        texts=typed.texts() if typed else kind.text.texts,
        mark=CHILD,
        is_fresh=visit.signed_in.is_fresh,
        wrong=visit.explain(refusal) if refusal is not None else "",
        day=lambda at: visit.say("consents.day", at=at),
    )


@pages.post("/consents/kinds/{kind_id}/rules", fresh=True)
async def keep_rules(visit: Visit, asked: RulesAsked) -> web.StreamResponse:
    """Keep other rules, or only show what they would change."""
    if asked.look:
        change = await visit.look(preview_rules, asked.kind_id, asked.rules())
        return await _show_kind(visit, asked.kind_id, rules=asked.rules(), change=change)
    await visit.work(set_rules, asked.kind_id, asked.rules())
    return visit.go(f"/consents/kinds/{asked.kind_id}")


@pages.post("/consents/kinds/{kind_id}/text", fresh=True)
async def keep_text(visit: Visit, asked: TextAsked) -> web.StreamResponse:
    """A new version of what is asked."""
    kept = await visit.try_work(set_text, asked.kind_id, asked.names(), asked.texts(), asks_again=asked.asks_again)
    if isinstance(kept, Refusal):
        return await _show_kind(visit, asked.kind_id, typed=asked, refusal=kept)
    return visit.go(f"/consents/kinds/{asked.kind_id}")


@pages.post("/consents/kinds/{kind_id}/retire", fresh=True)
async def retire_one(visit: Visit, asked: KindAsked) -> web.StreamResponse:
    """Use it no more."""
    done = await visit.try_work(retire, asked.kind_id)
    if isinstance(done, Refusal):
        return await _show_kind(visit, asked.kind_id, refusal=done)
    return visit.go("/consents/kinds")
