"""A campaign: whom to ask for what, with the count and the text before it begins, and how far it has come after."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, runtime_checkable

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.consents import bar, title_of
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.parts import count_parts
from hub.people.places import Group, Unit
from hub.post.reading import Reader, get_reader
from hub.safety.access import get_unit, list_groups
from hub.school.campaign_progress import Point, draw_points, list_points
from hub.school.campaigns import REMIND_DAYS, Asking, ConsentCampaign, end, preview, start
from hub.school.consent_board import CampaignSeen, get_asked_place, read_campaign
from hub.school.consent_kinds import Kind, list_kinds
from hub.talk.dialogue import Say
from hub.talk.saying import render

pages = Pages()

EXAMPLE = "Ella"
LASTS = timedelta(days=14)
MOST_TEXTS = 6


class AskAsked(Asked):
    unit_id: PublicId
    group: PublicId | None = None
    kinds: tuple[PublicId, ...] = ()


class StartAsked(AskAsked):
    ends_day: date
    remind_days: int = REMIND_DAYS


class CampaignAsked(Asked):
    campaign_id: PublicId


@runtime_checkable
class Previewing(Protocol):
    """The bot that asks in campaigns: it says what each guardian would read first, in which language, by their ids."""

    def preview(self, look: Look, asking: Asking, unit: Unit, called: str) -> Mapping[str, tuple[str, Say]]: ...


@dataclass(frozen=True, slots=True)
class Text:
    """What some guardians would read first, for a child called Ella, and how many SMS parts it takes."""

    language: str
    text: str
    parts: int
    guardians: int


@dataclass(frozen=True, slots=True)
class Composed:
    """A campaign before it begins: where, for what, whom it would reach, and what they would read."""

    reader: Reader
    unit: Unit
    group: Group | None
    groups: list[Group]
    kinds: list[Kind]
    chosen: list[Kind]
    asking: Asking
    texts: list["Text"]

    @property
    def guardians(self) -> int:
        return len(self.asking.unanswered())

    @property
    def on_paper(self) -> list[Kind]:
        return [kind for kind in self.chosen if kind.rules.needs_strong or kind.rules.sensitive]

    @property
    def may_ask_unit(self) -> bool:
        return self.unit.id in self.reader.reach.whole_units


def gather_composed(
    look: Look, bot: Previewing, unit_id: str, group_id: str | None, kind_ids: tuple[str, ...]
) -> Composed:
    """Without a group it is the whole unit, for who serves it; else the first group. Raises: NotThereError."""
    reader, unit, group = _place(look, unit_id, group_id)
    kinds = list_kinds(look, unit.owner_id)
    chosen = [kind for kind in kinds if kind.id in kind_ids]
    asking = preview(look, unit, group.id if group is not None else None, [kind.id for kind in chosen])
    texts = _list_texts(look, bot.preview(look, asking, unit, EXAMPLE))
    return Composed(reader, unit, group, list_groups(look, reader.reach, unit.id), kinds, chosen, asking, texts)


def _place(look: Look, unit_id: str, group_id: str | None) -> tuple[Reader, Unit, Group | None]:
    reader = get_reader(look)
    unit = get_unit(look, reader.reach, unit_id)
    if group_id is None and unit.id not in reader.reach.whole_units:
        groups = list_groups(look, reader.reach, unit.id)
        group_id = groups[0].id if groups else None
    return get_asked_place(look, unit_id, group_id)


def _list_texts(look: Look, firsts: Mapping[str, tuple[str, Say]]) -> list[Text]:
    """Each text once, the one that most would read first."""
    counted = Counter((language, render(look, language, [first])) for language, first in firsts.values())
    return [
        Text(language, text, count_parts(text).parts, guardians)
        for (language, text), guardians in counted.most_common(MOST_TEXTS)
    ]


def _bot(visit: Visit) -> Previewing:
    bot = visit.house.parts.bots["consent"]
    assert isinstance(bot, Previewing)
    return bot


@pages.get("/consents/{unit_id}/ask")
async def compose(visit: Visit, asked: AskAsked) -> web.StreamResponse:
    """Choose whom to ask and for what; see whom it reaches."""
    return await _compose(visit, asked)


async def _compose(visit: Visit, asked: AskAsked, refusal: Refusal | None = None) -> web.Response:
    composed = await visit.look(gather_composed, _bot(visit), asked.unit_id, asked.group, asked.kinds)
    today = composed.unit.today(visit.house.parts.clock.now())
    ends = asked.ends_day if isinstance(asked, StartAsked) else today + LASTS
    return visit.show(
        "staff/consents_ask.j2",
        status=422 if refusal is not None else 200,
        here=f"/consents/{asked.unit_id}/ask",
        path=f"/consents/{asked.unit_id}",
        composed=composed,
        name=lambda kind: kind.name(visit.language),
        title=lambda kind: title_of(kind, visit.language),
        on_paper=[kind.name(visit.language) for kind in composed.on_paper],
        ends=ends.isoformat(),
        remind_days=asked.remind_days if isinstance(asked, StartAsked) else REMIND_DAYS,
        wrong=visit.explain(refusal) if refusal is not None else "",
    )


@pages.post("/consents/{unit_id}/ask", fresh=True)
async def begin(visit: Visit, asked: StartAsked) -> web.StreamResponse:
    """Begin to ask."""
    started = await visit.try_work(
        start_campaign, asked.unit_id, asked.group, asked.kinds, asked.ends_day, asked.remind_days
    )
    if isinstance(started, Refusal):
        return await _compose(visit, asked, started)
    return visit.go(f"/consents/campaigns/{started}")


def start_campaign(
    work: Work, unit_id: str, group_id: str | None, kind_ids: tuple[str, ...], ends_on: date, remind_days: int
) -> str:
    """Its id. Raises: NotThereError, and what `start` raises."""
    _, unit, group = get_asked_place(work, unit_id, group_id)
    known = {kind.id for kind in list_kinds(work, unit.owner_id)}
    asked = [kind_id for kind_id in kind_ids if kind_id in known]
    return start(work, unit, group.id if group is not None else None, asked, ends_on, min(max(remind_days, 1), 30)).id


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign with its line of answers by day."""

    seen: CampaignSeen
    points: list[Point]


def gather_campaign(look: Look, campaign_id: str) -> Shown:
    """Raises: NotThereError."""
    seen = read_campaign(look, campaign_id)
    return Shown(seen, list_points(seen.asking, seen.unit, seen.today))


@pages.get("/consents/campaigns/{campaign_id}")
async def show_campaign(visit: Visit, asked: CampaignAsked) -> web.StreamResponse:
    """How far it has come, and who has not answered."""
    shown = await visit.look(gather_campaign, asked.campaign_id)
    seen = shown.seen
    waiting = seen.asking.unanswered()
    await visit.note_reading([seen.unit.id, *(child.id for children in waiting.values() for child, _ in children)])
    last = {ask.guardian_id: ask for ask in seen.asks}
    path = f"/consents/campaigns/{asked.campaign_id}"
    points = shown.points
    return visit.show(
        "staff/consents_campaign.j2",
        here=path,
        path=path,
        live=f"/consents/{seen.unit.id}/live",
        seen=seen,
        head=visit.say("consents.campaign_head", answered=points[-1].answered, total=points[-1].total),
        points=points,
        plot=draw_points(points, seen.asking.campaign.ends_on),
        bar=lambda progress: bar(progress.given, progress.no, progress.open),
        counts=lambda p: visit.say("consents.counts", given=p.given, no=p.no, open=p.open),
        name=lambda kind: kind.name(visit.language),
        title=lambda kind: title_of(kind, visit.language),
        is_over=seen.asking.campaign.is_over(seen.today),
        waiting=[
            {
                "name": seen.names.get(guardian_id, ""),
                "children": [child.called for child, _ in children],
                "at": seen.unit.local(last[guardian_id].at) if guardian_id in last else None,
                "why_not": last[guardian_id].why_not if guardian_id in last else None,
                "child_id": children[0][0].id,
            }
            for guardian_id, children in waiting.items()
        ],
    )


@pages.post("/consents/campaigns/{campaign_id}/end")
async def end_one(visit: Visit, asked: CampaignAsked) -> web.StreamResponse:
    """Ask no more."""
    await visit.work(end_campaign, asked.campaign_id)
    return visit.go(f"/consents/campaigns/{asked.campaign_id}")


def end_campaign(work: Work, campaign_id: str) -> None:
    """Raises: NotThereError."""
    campaign: ConsentCampaign = read_campaign(work, campaign_id).asking.campaign
    if campaign.ended_at is None:
        end(work, campaign)
