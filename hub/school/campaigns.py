"""Consent campaigns: staff ask the guardians of a group or a unit for some consents, up to a day.

Whom to ask is a question asked anew each time: those who decide for a child that is there now and have not answered. So a
child that moves in is asked about, one that has left is not, and a waking that is missed does no harm.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.calendars import may_wait
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, Utc
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Guardianship, Placement
from hub.people.places import Unit
from hub.safety.access import placed
from hub.safety.audit import note
from hub.safety.starts import Function, NotBegunError, find_begins
from hub.school.consent_kinds import Kind
from hub.school.consent_standing import Standings, Tally, read_standings

"""Nobody is asked before or after, by the unit's clock."""
REMIND_DAYS = 4
MOST_TIMES = 3
"""How often a guardian is asked in one campaign, the first time and the reminders together."""
LONGEST = timedelta(days=120)
REST = timedelta(minutes=10)


class EndsTooSoonError(Refusal):
    """A campaign ends on a day to come, and within a few months."""

    words = "refusals.campaign_ends"


class NothingToAskError(Refusal):
    """No kind was chosen, or everybody has answered."""

    words = "refusals.campaign_nothing"


class ConsentCampaign(Base):
    """Asks for `kind_ids` in one group, or in the whole unit where `group_id` is None, up to and with `ends_on`.

    `look_at` is when to look again whether somebody is to be asked.
    """

    __tablename__ = "consent_campaigns"
    __table_args__ = (sa.Index(None, "unit_id", "ends_on"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    group_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("groups.id"))
    kind_ids: Mapped[Json]
    started_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    started_at: Mapped[Moment]
    ends_on: Mapped[date] = mapped_column(sa.Date)
    look_at: Mapped[Moment]
    remind_days: Mapped[int] = mapped_column(default=REMIND_DAYS)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)

    def is_over(self, today: date) -> bool:
        return self.ended_at is not None or self.ends_on < today


class ConsentAsk(Base):
    """One guardian was asked, or could not be, about one child. `why_not` is a code of the asking, None where it went out."""

    __tablename__ = "consent_asks"
    __table_args__ = (sa.Index(None, "campaign_id", "guardian_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    campaign_id: Mapped[Ref] = mapped_column(sa.ForeignKey("consent_campaigns.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    at: Mapped[Moment]
    why_not: Mapped[str | None] = mapped_column(sa.String(20), default=None)


@dataclass(frozen=True, slots=True)
class Due:
    """A guardian to be asked now about some children, each with the kinds they have not answered. `again`: a reminder."""

    campaign: ConsentCampaign
    guardian_id: str
    children: tuple[tuple[Child, tuple[Kind, ...]], ...]
    again: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """A campaign with whom it is about: its children now, its kinds that are still in use, and what holds for each."""

    campaign: ConsentCampaign
    children: tuple[Child, ...]
    kinds: tuple[Kind, ...]
    standings: Standings

    def missing(self, child_id: str, guardian_id: str) -> tuple[Kind, ...]:
        """The kinds that a guardian has not answered for a child."""
        return tuple(kind for kind in self.kinds if not self.standings.is_answered(child_id, guardian_id, kind))

    def unanswered(self) -> dict[str, list[tuple[Child, tuple[Kind, ...]]]]:
        """By guardian: the children they have not answered about, with the kinds that are missing."""
        found: dict[str, list[tuple[Child, tuple[Kind, ...]]]] = {}
        for child in self.children:
            for guardian_id in self.standings.deciders.get(child.id, ()):
                missing = self.missing(child.id, guardian_id)
                if missing:
                    found.setdefault(guardian_id, []).append((child, missing))
        return found

    def progress(self) -> list[Tally]:
        return self.standings.count(self.children, self.kinds)


_CHILDREN = (
    sa.select(Child)
    .join(Placement, Placement.child_id == Child.id)
    .where(Placement.unit_id == sa.bindparam("unit"), placed(sa.bindparam("day", type_=sa.Date)), ~Child.protected)
    .order_by(Child.first_name, Child.last_name, Child.id)
    .distinct()
)
_WAITING = (
    sa.select(ConsentCampaign, Unit)
    .join(Unit, Unit.id == ConsentCampaign.unit_id)
    .where(
        ConsentCampaign.ended_at.is_(None),
        ConsentCampaign.look_at <= sa.bindparam("now", type_=Utc),
        ConsentCampaign.ends_on >= sa.bindparam("yesterday", type_=sa.Date),
    )
    .order_by(ConsentCampaign.id)
)
_ASKED = sa.select(ConsentAsk).where(ConsentAsk.campaign_id == sa.bindparam("campaign")).order_by(ConsentAsk.id)


def list_children_in(
    look: Look, unit_id: str, group_id: str | None, day: date, guardian_ids: Collection[str] | None = None
) -> list[Child]:
    """Whom a campaign is about: the children of a unit, or of one group, on a day. It asks no rights: its callers do.

    Only those of some guardians where they are named.

    About a protected child nobody is asked in bulk: a person does. Source: security rule S4.4.
    """
    asked = _CHILDREN if group_id is None else _CHILDREN.where(Placement.group_id == group_id)
    if guardian_ids is not None:
        theirs = sa.select(Guardianship.child_id).where(Guardianship.guardian_id.in_(list(guardian_ids)))
        asked = asked.where(Child.id.in_(theirs))
    return list(look.session.scalars(asked, {"unit": unit_id, "day": day}))


def read_asking(
    look: Look, campaign: ConsentCampaign, unit: Unit, guardian_ids: Collection[str] | None = None
) -> Asking:
    """Whom a campaign is about now, and what they have said; only the children of some guardians where they are named."""
    today = unit.today(look.now)
    return _read(look, campaign, unit, list_children_in(look, unit.id, campaign.group_id, today, guardian_ids))


def preview(look: Look, unit: Unit, group_id: str | None, kind_ids: Sequence[str]) -> Asking:
    """Whom a campaign would ask if it began now; nothing is kept."""
    return read_asking(look, _make("", unit, group_id, kind_ids, look, unit.today(look.now), REMIND_DAYS), unit)


def _read(look: Look, campaign: ConsentCampaign, unit: Unit, children: Sequence[Child]) -> Asking:
    ids = [child.id for child in children]
    standings = read_standings(look, unit.owner_id, ids, unit.today(look.now))
    kinds = tuple(kind for kind in standings.kinds if kind.id in campaign.kind_ids)
    return Asking(campaign, tuple(children), kinds, standings)


def start(
    work: Work, unit: Unit, group_id: str | None, kind_ids: Sequence[str], ends_on: date, remind_days: int
) -> ConsentCampaign:
    """Begin to ask. Audited. Raises: EndsTooSoonError, NotBegunError, NothingToAskError."""
    today = unit.today(work.now)
    if not today < ends_on <= today + LONGEST:
        raise EndsTooSoonError
    if find_begins(work, unit, Function.CONSENTS) is not None:
        raise NotBegunError
    if not preview(work, unit, group_id, kind_ids).unanswered():
        raise NothingToAskError
    campaign = _make(work.new_id(), unit, group_id, kind_ids, work, ends_on, remind_days)
    work.session.add(campaign)
    note(work, "consent.campaign", [campaign.id, unit.id, *kind_ids])
    work.ring(LIVE, unit.id)
    return campaign


def _make(
    id_: str, unit: Unit, group_id: str | None, kind_ids: Sequence[str], look: Look, ends_on: date, remind_days: int
) -> ConsentCampaign:
    return ConsentCampaign(
        id=id_,
        owner_id=unit.owner_id,
        unit_id=unit.id,
        group_id=group_id,
        kind_ids=list(kind_ids),
        started_by=look.asker.id,
        started_at=look.now,
        ends_on=ends_on,
        look_at=look.now,
        remind_days=remind_days,
    )


def end(work: Work, campaign: ConsentCampaign) -> None:
    """Ask no more; what comes yet still counts. Audited."""
    campaign.ended_at = work.now
    note(work, "consent.campaign_end", [campaign.id])
    work.ring(LIVE, campaign.unit_id)


def list_campaigns(look: Look, unit_id: str, since: date) -> list[ConsentCampaign]:
    """Those of a unit that end on a day or later, the newest first."""
    asked = sa.select(ConsentCampaign).where(ConsentCampaign.unit_id == unit_id, ConsentCampaign.ends_on >= since)
    return list(look.session.scalars(asked.order_by(ConsentCampaign.id.desc())))


def list_asks(look: Look, campaign_id: str) -> list[ConsentAsk]:
    """Everything that was asked in a campaign, oldest first."""
    return list(look.session.scalars(_ASKED, {"campaign": campaign_id}))


def list_waiting(look: Look) -> list[tuple[ConsentCampaign, Unit]]:
    """The campaigns in which it is time to look whether somebody is to be asked; none that is over at every unit's clock."""
    asked = {"now": look.now, "yesterday": look.now.date() - timedelta(days=1)}
    return [(campaign, unit) for campaign, unit in look.session.execute(_WAITING, asked)]


def may_ask_now(campaign: ConsentCampaign, unit: Unit, now: datetime) -> bool:
    """It runs, and it is a decent hour at the unit."""
    return not campaign.is_over(unit.today(now)) and unit.is_awake(now)


def look_again(work: Work, campaign: ConsentCampaign) -> None:
    """Nobody is to be asked just now; a child may move in, and a reminder come due."""
    campaign.look_at = work.now + REST


def list_due(look: Look, campaign: ConsentCampaign, unit: Unit) -> list[Due]:
    """Whom to ask now in a campaign: first those who were never asked about a child, then those to remind."""
    if not may_ask_now(campaign, unit, look.now) or may_wait(look, unit, unit.moment(campaign.ends_on, time())):
        return []
    asked: dict[tuple[str, str], list[ConsentAsk]] = {}
    for ask in list_asks(look, campaign.id):
        asked.setdefault((ask.guardian_id, ask.child_id), []).append(ask)
    waits = look.now - timedelta(days=campaign.remind_days)
    found = []
    for guardian_id, children in read_asking(look, campaign, unit).unanswered().items():
        before = [asked.get((guardian_id, child.id), []) for child, _ in children]
        fresh = [each for each, asks in zip(children, before, strict=True) if not asks]
        again = [
            each
            for each, asks in zip(children, before, strict=True)
            if asks and asks[-1].at <= waits and len(asks) < MOST_TIMES
        ]
        if fresh or again:
            found.append(Due(campaign, guardian_id, tuple(fresh or again), again=not fresh))
    return found


def keep_ask(work: Work, due: Due, why_not: str | None) -> None:
    """Remember that they were asked, or why they could not be."""
    for child, _ in due.children:
        work.session.add(
            ConsentAsk(
                id=work.new_id(),
                owner_id=due.campaign.owner_id,
                campaign_id=due.campaign.id,
                guardian_id=due.guardian_id,
                child_id=child.id,
                at=work.now,
                why_not=why_not,
            )
        )
    work.ring(LIVE, due.campaign.unit_id)
