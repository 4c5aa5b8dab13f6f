"""What a member of staff sees of consents: of a unit, a group or one child, within their reach, by rights as they are now.

Lists for a wall, a trip or a pool are made here, and no protected child is ever on one. Source: security rules S3.3, S4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian
from hub.people.places import Group, Unit
from hub.post.reading import Reader, get_reader
from hub.safety.access import (
    NotThereError,
    get_child,
    get_group,
    get_unit,
    list_children,
    list_groups,
    list_units,
)
from hub.school.campaigns import Asking, ConsentAsk, ConsentCampaign, list_asks, list_campaigns, read_asking
from hub.school.consent_kinds import ConsentText, Kind
from hub.school.consent_settings import may_see_kinds
from hub.school.consent_standing import Standing, Standings, Tally, Verdict, read_standings
from hub.school.consents import STANDS, Consent, list_history

LATELY = timedelta(days=7)
OVER_LATELY = timedelta(days=30)
MOST_CHANGES = 20


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A no that was said lately: about whom, to what, when and by whom."""

    child: Child
    kind: Kind
    guardian: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """The consents of a unit, or of one group of it, as one member of staff may know them."""

    reader: Reader
    unit: Unit
    units: list[Unit]
    groups: list[Group]
    group: Group | None
    children: list[Child]
    standings: Standings
    today: date

    @property
    def kinds(self) -> list[Kind]:
        return self.standings.kinds

    @property
    def shows_kinds(self) -> bool:
        """Whether the reader may see what is asked for, and its rules."""
        return may_see_kinds(self.reader.reach)

    def of(self, child: Child, kind: Kind) -> Standing:
        return self.standings.of(child.id, kind)

    def count(self) -> list[Tally]:
        return self.standings.count(self.children, self.kinds)

    def conflicts(self) -> list[tuple[Child, Kind]]:
        """Where one guardian says yes and another no."""
        return [(child, kind) for child in self.children for kind in self.kinds if self.of(child, kind).is_conflict]

    def incomplete(self) -> int:
        """How many children lack an answer to something."""
        return sum(any(self.of(c, kind).verdict is Verdict.OPEN for kind in self.kinds) for c in self.children)

    def usable(self, kind: Kind) -> list[Child]:
        """The list for this kind: no protected child stands on it, whoever asks."""
        return [c for c in self.children if not c.protected and self.of(c, kind).verdict is Verdict.GIVEN]


def read_board(look: Look, unit_id: str | None, group_id: str | None = None) -> Board:
    """Of my first unit unless one is named. Raises: NotThereError."""
    reader = get_reader(look)
    units = list_units(look, reader.reach)
    unit = units[0] if unit_id is None else get_unit(look, reader.reach, unit_id)
    group = None if group_id is None else get_group(look, reader.reach, group_id)
    if group is not None and group.unit_id != unit.id:
        raise NotThereError
    today = reader.days[unit.id]
    placed = list_children(look, reader.reach, unit, today)
    children = list({child.id: child for child, where in placed if group is None or where == group.id}.values())
    return Board(
        reader=reader,
        unit=unit,
        units=units,
        groups=list_groups(look, reader.reach, unit.id),
        group=group,
        children=children,
        standings=read_standings(look, unit.owner_id, [child.id for child in children], today),
        today=today,
    )


def list_withdrawn(look: Look, board: Board) -> list[Withdrawn]:
    """The noes of the last days that still stand, the newest first: those who rely on a consent must know."""
    children = {child.id: child for child in board.children}
    kinds = {kind.id: kind for kind in board.kinds}
    rows = look.session.execute(
        sa.select(Consent.child_id, Consent.kind_id, Consent.guardian_id, Consent.at)
        .where(Consent.owner_id == board.unit.owner_id, Consent.at >= look.now - LATELY, ~Consent.granted, STANDS)
        .order_by(Consent.id.desc())
    )
    here = (row for row in rows if row.child_id in children and row.kind_id in kinds)
    found = [(children[c], kinds[k], who, at) for c, k, who, at in islice(here, MOST_CHANGES)]
    names = names_of(look, sorted({who for _, _, who, _ in found}))
    return [Withdrawn(child, kind, names[who], at) for child, kind, who, at in found]


def list_askings(look: Look, board: Board) -> list[tuple[Asking, Group | None]]:
    """The campaigns of the unit that run or ended lately, within the reach, the newest first."""
    groups = {group.id: group for group in board.groups}
    found = []
    for campaign in list_campaigns(look, board.unit.id, board.today - OVER_LATELY):
        if _covers(board.reader, board.unit, campaign.group_id):
            group = groups.get(campaign.group_id) if campaign.group_id is not None else None
            found.append((read_asking(look, campaign, board.unit), group))
    return found


def _covers(reader: Reader, unit: Unit, group_id: str | None) -> bool:
    if group_id is None:
        return unit.id in reader.reach.whole_units
    return reader.reach.covers(unit.id, group_id)


def get_asked_place(look: Look, unit_id: str, group_id: str | None) -> tuple[Reader, Unit, Group | None]:
    """Where a campaign may be begun by whoever asks: a group they serve, or a unit they serve whole. Raises: NotThereError."""
    reader = get_reader(look)
    unit = get_unit(look, reader.reach, unit_id)
    group = None if group_id is None else get_group(look, reader.reach, group_id)
    if not _covers(reader, unit, group_id) or (group is not None and group.unit_id != unit.id):
        raise NotThereError
    return reader, unit, group


@dataclass(frozen=True, slots=True)
class CampaignSeen:
    """A campaign as one member of staff sees it, with everything that was asked in it."""

    asking: Asking
    unit: Unit
    group: Group | None
    asks: list[ConsentAsk]
    names: dict[str, str]
    today: date


def read_campaign(look: Look, campaign_id: str) -> CampaignSeen:
    """Raises: NotThereError."""
    campaign = look.session.get(ConsentCampaign, campaign_id)
    if campaign is None:
        raise NotThereError
    _, unit, group = get_asked_place(look, campaign.unit_id, campaign.group_id)
    asking = read_asking(look, campaign, unit)
    ids = {who for child in asking.children for who in asking.standings.deciders.get(child.id, ())}
    return CampaignSeen(
        asking, unit, group, list_asks(look, campaign.id), names_of(look, sorted(ids)), unit.today(look.now)
    )


@dataclass(frozen=True, slots=True)
class ChildConsents:
    """What was said about one child, and what holds of it."""

    child: Child
    unit: Unit
    group: Group
    standings: Standings
    names: dict[str, str]
    history: list[tuple[Consent, ConsentText]]
    today: date

    @property
    def deciders(self) -> list[str]:
        return self.standings.deciders.get(self.child.id, [])


def read_child(look: Look, child_id: str) -> ChildConsents:
    """Raises: NotThereError."""
    reader = get_reader(look)
    child, places = get_child(look, reader.reach, child_id)
    unit, group = places[0]
    today = reader.days[unit.id]
    standings = read_standings(look, child.owner_id, [child.id], today)
    history = list_history(look, child.id)
    who = {row.guardian_id for row, _ in history} | set(standings.deciders.get(child.id, []))
    return ChildConsents(child, unit, group, standings, names_of(look, sorted(who)), history, today)


def names_of(look: Look, guardian_ids: Sequence[str]) -> dict[str, str]:
    """The guardians' names by their ids."""
    found = look.session.scalars(sa.select(Guardian).where(Guardian.id.in_(guardian_ids)))
    return {guardian.id: guardian.name for guardian in found}
