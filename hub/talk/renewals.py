"""Numbers whose time runs out: a month before, each is asked about once; past it, told once how to come back.

The question holds nothing about anybody. A phone that several use, and whoever has to do with a protected child, is left to
staff, who see on the child's page that it is old. Source: security rules S1.4, S1.5 and S4.4.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

import sqlalchemy as sa

from hub.address import SMS
from hub.database import Utc
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress
from hub.people.places import Unit
from hub.post.audience import (
    MAY_ACT,
    MAY_BE_NOTICED,
    find_best_address,
    list_addresses,
)
from hub.post.family import find_family
from hub.safety.audit import note

ASK_BEFORE = timedelta(days=30)
AT_ONCE = 50
HOURS = range(9, 19)
"""Of the day at the unit, in which somebody is asked."""

_ASK_FROM, _STALE_FROM, _OVER_FROM = (sa.bindparam(name, type_=Utc) for name in ("ask", "stale", "over"))
_DUE = sa.and_(
    GuardianAddress.kind == SMS,
    GuardianAddress.gone_at.is_(None),
    GuardianAddress.confirmed_at > _OVER_FROM,
    sa.case(
        (
            GuardianAddress.confirmed_at <= _STALE_FROM,
            sa.or_(GuardianAddress.told_at.is_(None), GuardianAddress.told_at < GuardianAddress.confirmed_at),
        ),
        else_=sa.and_(
            GuardianAddress.confirmed_at <= _ASK_FROM,
            sa.or_(GuardianAddress.asked_at.is_(None), GuardianAddress.asked_at < GuardianAddress.confirmed_at),
        ),
    ),
)


def _moments(look: Look) -> dict[str, object]:
    """Before which moments an address must have been confirmed to be asked about, to be stale, and to be over."""
    return {
        "ask": look.now - MAY_ACT + ASK_BEFORE,
        "stale": look.now - MAY_ACT,
        "over": look.now - MAY_BE_NOTICED,
    }


def list_due_renewals(look: Look, held: Collection[str] = ()) -> list[str]:
    """The ids of some numbers that are to be asked about, or told that their time is over, in the day where they belong.

    Those of the owners who are `held` are asked about otherwise today.
    """
    due = sa.and_(_DUE, GuardianAddress.owner_id.not_in(sorted(held))) if held else _DUE
    found = look.session.scalars(
        sa.select(GuardianAddress).where(due).order_by(GuardianAddress.confirmed_at).limit(AT_ONCE), _moments(look)
    )
    return [address.id for address in found if _is_day(look, address)]


def get_due_renewals(work: Work, ids: Sequence[str]) -> list[GuardianAddress]:
    """Those of the ids that still are due, each written by nobody else meanwhile."""
    question = (
        sa.select(GuardianAddress).where(_DUE, GuardianAddress.id.in_(list(ids))).with_for_update(skip_locked=True)
    )
    return list(work.session.scalars(question, _moments(work)))


def list_ending(look: Look, guardian_ids: Collection[str]) -> list[tuple[GuardianAddress, Unit, Guardian]]:
    """The numbers whose time runs out, of these guardians' best ones, each with the unit that asks about it."""
    asked = sa.select(GuardianAddress).where(
        GuardianAddress.guardian_id.in_(list(guardian_ids)),
        GuardianAddress.kind == SMS,
        GuardianAddress.gone_at.is_(None),
        GuardianAddress.confirmed_at <= _ASK_FROM,
        GuardianAddress.confirmed_at > _STALE_FROM,
    )
    found = look.session.scalars(asked.order_by(GuardianAddress.id), _moments(look)).all()
    best = [address for address in found if find_best_address(look, address.guardian_id, SMS) is address]
    homes = [(address, find_home(look, address)) for address in best]
    return [(address, *home) for address, home in homes if home is not None]


def _is_day(look: Look, address: GuardianAddress) -> bool:
    home = find_home(look, address)
    return home is None or home[0].local(look.now).hour in HOURS


def find_home(look: Look, address: GuardianAddress) -> tuple[Unit, Guardian] | None:
    """Who is asked, and the unit that asks; None where nobody may be asked by text."""
    guardian = look.session.get_one(Guardian, address.guardian_id)
    users = list_addresses(look, address.kind, address.value, address.owner_id)
    if len(users) > 1 or address.stopped_at is not None:
        return None
    family = find_family(look, guardian.owner_id, [guardian.id])
    return (family.first_unit, guardian) if family is not None else None


def renew(work: Work, addresses: Sequence[GuardianAddress]) -> None:
    """They said that it is still theirs. Audited."""
    for address in addresses:
        address.confirmed_at, address.confirmed_by = work.now, "question"
    note(work, "address.renew", [address.id for address in addresses])


def end_for_everyone(work: Work, addresses: Sequence[GuardianAddress]) -> None:
    """Whoever has the phone says that it is not theirs: it ends at once for all who had it there. Audited."""
    for address in addresses:
        address.gone_at, address.gone_reason = work.now, "not_theirs"
    note(work, "address.not_theirs", [address.id for address in addresses])
