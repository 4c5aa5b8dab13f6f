"""A preschool's door: a gate, a static tag and its child."""

from datetime import datetime, timedelta

from hub.desk import Work
from hub.door.readers import ReaderKind, TagReader
from hub.door.tag_labels import ALPHABET, DRAWN, check_of
from hub.door.tags import Tag, TagChild, TagKind
from hub.door.taps import Touch
from tests.village import Village

SERIAL = "04a1b2c3d4e5f6"


def pair_gate(
    work: Work, village: Village, *, confirms_itself: bool = False, unit_name: str = "preschool"
) -> TagReader:
    unit = village.unit(unit_name)
    gate = TagReader(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        kind=ReaderKind.GATE,
        name="The front door",
        key="ab" * 32,
        paired_at=work.now,
        paired_by="leader",
        confirms_itself=confirms_itself,
    )
    work.session.add(gate)
    work.session.flush()
    return gate


def hang_tag(
    work: Work,
    village: Village,
    *names: str,
    serial: str = SERIAL,
    kind: TagKind = TagKind.STATIC,
    at: str = "preschool",
) -> Tag:
    """A tag that stands for these children, of the unit `at` which it was made."""
    unit = village.unit(at)
    tag = Tag(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        serial=serial,
        label=label_of(serial),
        kind=kind,
        made_at=work.now,
        made_by="leader",
    )
    children = [TagChild(tag_id=tag.id, child_id=village.child(name).id, owner_id=unit.owner_id) for name in names]
    work.session.add(tag)
    work.session.flush()
    work.session.add_all(children)
    work.session.flush()
    return tag


def label_of(serial: str) -> str:
    """A code as the hub prints them, another one for each serial here."""
    left, drawn = int(serial, 16), ""
    for _ in range(DRAWN):
        left, at = divmod(left, len(ALPHABET))
        drawn += ALPHABET[at]
    return drawn + check_of(drawn)


def touch(
    number: int,
    at: datetime,
    *,
    serial: str = SERIAL,
    ago: timedelta = timedelta(0),
    waited: bool = False,
    proven: str | None = None,
) -> Touch:
    return Touch(number, serial, at - ago, proven, waited)
