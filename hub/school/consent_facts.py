"""What holds of consents, one plain line a fact: what transcripts show below a conversation."""

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.school.consent_standing import read_standings


def list_consents(look: Look) -> list[str]:
    """ "consent: Ella, swimming, given (Mor yes)", by child and kind; nothing of what nobody has said a word about."""
    names = {guardian.id: guardian.first_name for guardian in look.session.scalars(sa.select(Guardian))}
    zones = {unit.owner_id: unit for unit in look.session.scalars(sa.select(Unit).order_by(Unit.id.desc()))}
    facts = []
    for child in look.session.scalars(sa.select(Child).order_by(Child.first_name, Child.id)):
        unit = zones[child.owner_id]
        standings = read_standings(look, child.owner_id, [child.id], unit.today(look.now))
        for kind in standings.kinds:
            standing = standings.of(child.id, kind)
            said = [
                f"{names[each.guardian_id]} {each.says}"
                for each in standings.positions(child.id, kind)
                if each.word is not None
            ]
            if said:
                facts.append(f"consent: {child.called}, {kind.code}, {standing.verdict} ({', '.join(said)})")
    return facts
