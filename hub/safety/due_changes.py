"""Changes of addresses whose time has come: the day without a no is over, or somebody is still to be told."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.safety.address_changes import AddressChange, ChangeState, list_of_kind, put_in_force, tell_change

AT_ONCE = 200
_DUE = sa.and_(AddressChange.state == ChangeState.PROVEN, AddressChange.acts_from <= sa.bindparam("now", type_=Utc))
_UNTOLD = sa.and_(AddressChange.state == sa.literal_column(f"'{ChangeState.IN_FORCE}'"), ~AddressChange.welcomed)
"""As its index says it, word for word: it is asked every second."""
_UNWARNED = sa.and_(AddressChange.state == ChangeState.PROVEN, ~AddressChange.warned)
_DUE_IDS = sa.union(*(sa.select(AddressChange.id).where(which) for which in (_DUE, _UNWARNED, _UNTOLD))).limit(AT_ONCE)
_TAKE_DUE = (
    sa.select(AddressChange)
    .where(_DUE, AddressChange.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(AddressChange.id)
    .with_for_update(skip_locked=True)
)


def list_due_changes(look: Look) -> list[str]:
    """The ids of those whose day without a no is over, of those that staff confirmed and nobody was told of, and of those
    that act and have not been told so."""
    return list(look.session.scalars(_DUE_IDS, {"now": look.now}))


def put_due_in_force(work: Work, ids: Sequence[str]) -> None:
    """Those of the ids whose day without a no is over act from now on, and the old address ends. Audited.

    Where the old address has ended within the day, its person could not say no, or was somebody else: staff confirm it,
    unless they have.
    """
    for change in work.session.scalars(_TAKE_DUE, {"now": work.now, "ids": list(ids)}).all():
        old = work.session.get(GuardianAddress, change.old_id) if change.old_id is not None else None
        if old is not None and not old.is_live(work.now) and change.confirmed_by is None:
            change.state, change.acts_from = ChangeState.FOR_STAFF, None
            tell_change(work, "address.for_staff", change)
        else:
            put_in_force(work, change, "staff" if change.confirmed_by else "code", change.confirmed_by)


def take_unwarned(work: Work, ids: Sequence[str]) -> list[AddressChange]:
    """Those of the ids that staff have confirmed and nobody was told of; now they count as told of."""
    question = (
        sa.select(AddressChange).where(_UNWARNED, AddressChange.id.in_(list(ids))).with_for_update(skip_locked=True)
    )
    changes = list(work.session.scalars(question))
    for change in changes:
        change.warned = True
    return changes


def take_unwelcomed(work: Work, ids: Sequence[str]) -> list[GuardianAddress]:
    """The addresses of those of the ids that act and have not been told so; now they count as told."""
    work.session.flush()
    question = (
        sa.select(AddressChange).where(_UNTOLD, AddressChange.id.in_(list(ids))).with_for_update(skip_locked=True)
    )
    addresses = []
    for change in work.session.scalars(question).all():
        change.welcomed = True
        addresses += [address for address in list_of_kind(work, change) if address.value == change.value]
    return addresses
