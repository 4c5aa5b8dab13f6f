"""What staff of the rehearsal's preschool have done before one comes: keys were drawn, a gate may be paired, every guardian was
given a tag against a signature, and some of them wish to hear of each coming and leaving. All by the hub's own verbs, once."""

import hashlib
import io
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from PIL import Image, ImageDraw

from hub.address import SMS
from hub.desk import Look, Work
from hub.door.hand_outs import Giving, hand_out, list_receivers
from hub.door.pairing import offer_pairing
from hub.door.readers import ReaderKind, TagReader
from hub.door.tag_keys import list_keys, make_keys, read_for_writing
from hub.door.tags import Tag, TagKind, find_tag
from hub.people.families import Child, Guardian, GuardianAddress
from hub.people.places import Unit
from hub.safety.access import get_reach, get_unit, list_children
from hub.school.attendance_wishes import AttendanceWish, Moved, wish_to_hear
from hub.seal import Seal
from tests.hub.door.proving_tags import ProvingTag

from .chips import Chip

GATE_NAME = "Hovedinngangen"
EVERY_THIRD, WISHERS_OF = 3, 4
READ_MEANWHILE = 100
"""So often a proving tag may have been read since the hub last heard of it: its count only rises."""


def draw_keys(work: Work, seal: Seal) -> None:
    """As an administrator, where the owner's tags have no keys yet."""
    owner_id = get_reach(work).owner_id
    if not list_keys(work, owner_id):
        make_keys(work, seal, owner_id, work.asker.id)


def offer_gate(work: Work, unit_id: str, reader_id: str | None) -> str | None:
    """A code for a gate, as a leader is shown it; None where the gate with this id is in use here."""
    reader = None if reader_id is None else work.session.get(TagReader, reader_id)
    is_used = reader is not None and reader.kind == ReaderKind.GATE and reader.revoked_at is None
    return None if is_used else offer_pairing(work, unit_id, GATE_NAME).code


def hand_out_tags(work: Work, unit_id: str, seal: Seal) -> list[Chip]:
    """A tag for each guardian of the unit, for all of their children there, every third one proving; those that are out stay
    as they are. The asker is a leader."""
    unit = get_unit(work, get_reach(work), unit_id)
    families = _list_families(work, unit)
    phones = _find_phones(work, families)
    chips = []
    for at, (guardian, children) in enumerate(families.values()):
        serial = serial_of(guardian)
        tag = find_tag(work, unit.owner_id, serial)
        if tag is None:
            kind = TagKind.PROVING if at % EVERY_THIRD == 1 else TagKind.STATIC
            ids = tuple(child.id for child in children)
            hand_out(work, unit.id, Giving(serial, kind, ids, guardian.id, signature=draw_signature()))
            tag = find_tag(work, unit.owner_id, serial)
        assert tag is not None
        chips.append(_make_chip(work, seal, tag, guardian.id, phones[guardian.id], children))
    return chips


def _list_families(look: Look, unit: Unit) -> dict[str, tuple[Guardian, list[Child]]]:
    """Who may be given a tag, each with their children at the unit, in the order of the register."""
    found: dict[str, tuple[Guardian, list[Child]]] = {}
    for child, _ in list_children(look, get_reach(look), unit, unit.today(look.now)):
        for guardian in list_receivers(look, unit, [child.id]):
            found.setdefault(guardian.id, (guardian, []))[1].append(child)
    return {id_: found[id_] for id_ in sorted(found, key=lambda id_: found[id_][0].source_id)}


def _find_phones(look: Look, guardian_ids: Iterable[str]) -> dict[str, str]:
    ids = list(guardian_ids)
    found = look.session.execute(
        sa.select(GuardianAddress.guardian_id, GuardianAddress.value)
        .where(GuardianAddress.guardian_id.in_(ids), GuardianAddress.kind == SMS)
        .order_by(GuardianAddress.rank.desc(), GuardianAddress.id.desc())
    )
    return dict.fromkeys(ids, "") | {row.guardian_id: row.value for row in found}


def _make_chip(work: Work, seal: Seal, tag: Tag, guardian_id: str, phone: str, children: Sequence[Child]) -> Chip:
    uid = bytes.fromhex(tag.serial)
    told = read_for_writing(work, seal, tag.owner_id, uid) if tag.kind == TagKind.PROVING else None
    return Chip(
        tag.serial,
        guardian_id,
        phone,
        tuple(child.id for child in children),
        tuple(child.called for child in children),
        None if told is None else ProvingTag(uid, bytes.fromhex(told.meta), bytes.fromhex(told.file)),
        READ_MEANWHILE + (tag.counter or 0),
    )


def serial_of(guardian: Guardian) -> str:
    """The same each time the rehearsal begins. Seven bytes, of which NXP's chips have the first."""
    return "04" + hashlib.sha256(guardian.source_id.encode()).hexdigest()[:12]


def draw_signature() -> bytes:
    """A line that somebody drew with a finger, as a JPEG."""
    picture = Image.new("RGB", (300, 120), "white")
    ImageDraw.Draw(picture).line(((30, 80), (90, 35), (110, 90), (170, 50), (260, 70)), fill="#1B2430", width=3)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def wish_for_some(work: Work, guardian_ids: Sequence[str]) -> None:
    """Three of four guardians wish to hear of comings and leavings, of those who never chose."""
    guardians = sa.select(Guardian).where(Guardian.id.in_(guardian_ids)).order_by(Guardian.source_id)
    for at, guardian in enumerate(work.session.scalars(guardians).all()):
        if at % WISHERS_OF != 2 and work.session.get(AttendanceWish, guardian.id) is None:
            wish_to_hear(work, guardian, list(Moved), guardian.id)
