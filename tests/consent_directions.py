"""Stage directions about consents: what a school asks, and what it changes meanwhile."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child, Guardian, Placement
from hub.people.places import Group, Unit
from hub.school.campaigns import ConsentCampaign, end, start
from hub.school.consent_catalogue import retire_kind, ship_kinds, write_text
from hub.school.consent_kinds import Kind, list_kinds
from hub.school.consents import Choice, How, Told, say_words


def _unit(work: Work) -> Unit:
    return work.session.scalars(sa.select(Unit).order_by(Unit.id)).first()  # type: ignore[return-value]  # there is one


def _kinds(work: Work) -> dict[str, Kind]:
    return {kind.code: kind for kind in list_kinds(work, _unit(work).owner_id)}


def kinds(work: Work, *, how: str) -> None:
    """The owner uses the kinds that Budbok brings along."""
    ship_kinds(work, _unit(work).owner_id)


def agreed(work: Work, *, how: str) -> None:
    """ "agreed Mor electronic swimming": they said yes to these on paper long ago, for all children."""
    name, *codes = how.split()
    guardian = work.session.scalars(sa.select(Guardian).where(Guardian.first_name == name)).one()
    known = _kinds(work)
    for child in work.session.scalars(sa.select(Child).order_by(Child.id)):
        told = Told(How.PAPER, "staff", Trust.STRONG)
        say_words(work, child, guardian.id, [Choice(known[code], granted=True) for code in codes], told)


def ask(work: Work, *, how: str) -> None:
    """ "ask swimming trip": staff ask everybody at the unit for these, within two weeks."""
    unit, known = _unit(work), _kinds(work)
    start(work, unit, None, [known[code].id for code in how.split()], unit.today(work.now) + timedelta(days=14), 4)


def stop_asking(work: Work, *, how: str) -> None:
    """Every campaign is ended."""
    for campaign in work.session.scalars(sa.select(ConsentCampaign)):
        end(work, campaign)


def reword(work: Work, *, how: str) -> None:
    """ "reword swimming Vi kan {child}.": a new text in every language, which asks anew."""
    code, _, text = how.partition(" ")
    kind = _kinds(work)[code]
    texts = dict.fromkeys(kind.text.texts, text)
    write_text(work, kind, kind.text.names, texts, _unit(work).languages[0], asks_again=True)


def retire(work: Work, *, how: str) -> None:
    """ "retire swimming": it is used no more."""
    retire_kind(work, _kinds(work)[how])


def leaves(work: Work, *, how: str) -> None:
    """ "leaves Ella": she has no place with the owner any more since yesterday."""
    child = work.session.scalars(sa.select(Child).where(Child.first_name == how)).one()
    gone = _unit(work).today(work.now) - timedelta(days=1)
    work.session.execute(sa.update(Placement).where(Placement.child_id == child.id).values(to_day=gone))


def moves(work: Work, *, how: str) -> None:
    """ "moves Ella Solvang": she is at another unit of the owner from today on."""
    name, unit_name = how.split()
    child = work.session.scalars(sa.select(Child).where(Child.first_name == name)).one()
    unit = work.session.scalars(sa.select(Unit).where(Unit.name == unit_name)).one()
    group = work.session.scalars(sa.select(Group).where(Group.unit_id == unit.id)).one()
    work.session.execute(
        sa.update(Placement).where(Placement.child_id == child.id).values(unit_id=unit.id, group_id=group.id)
    )


DIRECTIONS: Mapping[str, Any] = {
    "kinds": kinds,
    "agreed": agreed,
    "ask": ask,
    "stop_asking": stop_asking,
    "reword": reword,
    "retire": retire,
    "leaves": leaves,
    "moves": moves,
}
