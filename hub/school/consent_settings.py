"""An owner's administrators decide what it asks guardians to agree to; before anything is kept, they see what it would change.

Leaders see it all, and what a change would do in their own units.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Child, Placement
from hub.people.places import Owner, Unit, list_units_of
from hub.post.reading import Reader, get_reader
from hub.safety.access import NotThereError, Reach, placed
from hub.safety.roles import get_administered
from hub.school.consent_catalogue import change_rules, make_kind, retire_kind, write_text
from hub.school.consent_kinds import ConsentKind, ConsentText, Kind, Rules, get_kind, list_kinds, list_texts
from hub.school.consent_standing import Standings, Verdict, read_standings

_CHILDREN = (
    sa.select(Placement.child_id)
    .join(Child, Child.id == Placement.child_id)
    .where(
        Placement.unit_id.in_(sa.bindparam("units", expanding=True)),
        placed(sa.bindparam("day", type_=sa.Date)),
        ~Child.protected,
    )
    .distinct()
)


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of a kind would do to the children of the asker's units: those given before, and after."""

    children: int
    before: int
    after: int
    lost: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The owner's kinds. `languages` are those a text is written in, the owner's own first."""

    owner: Owner
    kinds: list[Kind]
    languages: list[str]
    may_change: bool


def may_see_kinds(reach: Reach) -> bool:
    """Whether they lead a unit, or administer the owner."""
    return bool(reach.leads) or reach.administers


def _get_seer(look: Look) -> tuple[Reader, Owner]:
    """Whoever asks, if they may see the settings. Raises: NotThereError."""
    reader = get_reader(look)
    if not may_see_kinds(reader.reach):
        raise NotThereError
    return reader, look.session.get_one(Owner, reader.reach.owner_id)


def read_settings(look: Look) -> Settings:
    """Raises: NotThereError."""
    reader, owner = _get_seer(look)
    languages = [owner.language, *(code for unit in list_units_of(look, owner.id) for code in unit.languages)]
    return Settings(owner, list_kinds(look, owner.id), list(dict.fromkeys(languages)), reader.reach.administers)


def read_kind(look: Look, kind_id: str) -> tuple[Settings, Kind, list[ConsentText]]:
    """One kind with its earlier texts, the newest first. Raises: NotThereError."""
    settings = read_settings(look)
    kind = get_kind(look, settings.owner.id, kind_id)
    return settings, kind, list_texts(look, kind.id)


def preview_rules(look: Look, kind_id: str, rules: Rules) -> Change:
    """What other rules would change, with nothing kept. Raises: NotThereError."""
    return _preview(look, kind_id, lambda kind: replace(kind, rules=rules))


def preview_text(look: Look, kind_id: str) -> Change:
    """What a new text that asks again would change. Raises: NotThereError."""
    return _preview(look, kind_id, lambda kind: replace(kind, since_number=kind.text.number + 1))


def _preview(look: Look, kind_id: str, change: Callable[[Kind], Kind]) -> Change:
    reader, owner = _get_seer(look)
    kind = get_kind(look, owner.id, kind_id)
    units = _list_units(look, reader)
    day = units[0].today(look.now)
    asked = {"units": [unit.id for unit in units], "day": day}
    children = list(look.session.scalars(_CHILDREN, asked))
    now = read_standings(look, owner.id, children, day)
    kinds = [change(each) if each.id == kind.id else each for each in now.kinds]
    then = Standings(kinds, day, now.deciders, now.words, now.zones)
    before = {id_ for id_ in children if now.of(id_, kind).verdict is Verdict.GIVEN}
    changed = next(each for each in kinds if each.id == kind.id)
    after = {id_ for id_ in children if then.of(id_, changed).verdict is Verdict.GIVEN}
    return Change(len(children), len(before), len(after), len(before - after))


def _list_units(look: Look, reader: Reader) -> list[Unit]:
    """Those whose children are counted: all of the owner's for an administrator, else those the asker leads."""
    if reader.reach.administers:
        return list_units_of(look, reader.reach.owner_id)
    return [reader.units[unit_id] for unit_id in reader.reach.leads]


def set_rules(work: Work, kind_id: str, rules: Rules) -> None:
    """Raises: NotThereError."""
    owner = get_administered(work)
    change_rules(work, get_kind(work, owner.id, kind_id), rules)


def set_text(work: Work, kind_id: str, names: Mapping[str, str], texts: Mapping[str, str], *, asks_again: bool) -> None:
    """Raises: NotThereError, TextMissingError."""
    owner = get_administered(work)
    write_text(work, get_kind(work, owner.id, kind_id), names, texts, owner.language, asks_again=asks_again)


def add_kind(
    work: Work, parent_id: str | None, rules: Rules, names: Mapping[str, str], texts: Mapping[str, str]
) -> str:
    """A kind of the owner's own; its id. Raises: NotThereError, TextMissingError, WrongParentError."""
    owner = get_administered(work)
    made = sa.select(sa.func.count()).select_from(ConsentKind).where(ConsentKind.owner_id == owner.id)
    code = f"own_{work.session.scalar(made)}"
    return make_kind(work, owner.id, code, parent_id, rules, names, texts, owner.language)


def retire(work: Work, kind_id: str) -> None:
    """Raises: NotThereError, WrongParentError."""
    owner = get_administered(work)
    retire_kind(work, get_kind(work, owner.id, kind_id))
