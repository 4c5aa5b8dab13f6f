"""The ways to a strong sign-in from a page that holds something back without one."""

from admin_web.family.visiting import FamilyVisit
from admin_web.public.eid import path_to
from hub.desk import Look
from hub.people.places import Owner
from hub.sign_in.family_sessions import get_family_session


def find_owner(look: Look, session_id: str) -> str:
    """The source id of the owner of this family's units. Raises: NotThereError."""
    return look.session.get_one(Owner, get_family_session(look, session_id).owner_id).source_id


async def list_ways(visit: FamilyVisit, back: str) -> list[tuple[str, str]]:
    """Each with the word on its button; they lead `back` to a path."""
    owner = await visit.look(find_owner, visit.signed_in.id)
    return [
        (path_to(name, back), visit.say("own_consents.prove", label=one.label))
        for name, one in visit.house.parts.identities.items()
        if one.owner in ("", owner)
    ]
