"""The app as an address: of exactly those who are behind a session, and no longer fresh than what the session rests on."""

import sqlalchemy as sa

from hub.address import APP
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.sign_in.family_sessions import FamilySession, FoundFamily


def keep_app_addresses(work: Work, found: FoundFamily, session_id: str) -> str:
    """The app as an address of exactly those behind the session, and as fresh as the phone or proof it rests on; its value."""
    session = work.session.get_one(FamilySession, session_id)
    phone = work.session.get(GuardianAddress, session.address_id) if session.address_id is not None else None
    confirmed_at = phone.confirmed_at if phone is not None else session.made_at
    value = found.family.app_address
    kept = {
        address.guardian_id: address
        for address in work.session.scalars(
            sa.select(GuardianAddress).where(GuardianAddress.kind == APP, GuardianAddress.value == value)
        )
    }
    for guardian_id in found.family.guardian_ids:
        if guardian_id in kept:
            kept[guardian_id].confirmed_at, kept[guardian_id].gone_at = confirmed_at, None
            continue
        work.session.add(
            GuardianAddress(
                id=work.new_id(),
                owner_id=found.owner_id,
                guardian_id=guardian_id,
                kind=APP,
                value=value,
                confirmed_at=confirmed_at,
                confirmed_by="sign_in",
                rank=LAST_RANK,
            )
        )
    return value


LAST_RANK = 99
"""The app is nobody's first address: what the hub says by itself goes to a phone."""
