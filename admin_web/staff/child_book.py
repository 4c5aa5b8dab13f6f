"""What one member of staff may know of a child at one moment, read in one look: the day, the family, and who is told what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from admin_web.staff.composer import WrittenAsked
from admin_web.staff.enclosing import Enclosing, gather_enclosing, list_mates
from admin_web.staff.on_file import FileWay, list_file_ways
from admin_web.staff.thread_talk import find_taken_back, list_file_ids
from hub.calendars import is_open
from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Group, Unit
from hub.people.staff import Staff
from hub.post.address_decisions import list_pending
from hub.post.book import BookPage, read_book_page
from hub.post.families import Known, list_known
from hub.post.messages import Message, MessageChild
from hub.post.news import list_news
from hub.post.reading import Reader, get_reader
from hub.safety.access import get_child
from hub.safety.address_changes import AddressChange
from hub.safety.named_readers import NamedReader
from hub.school.care_at_door import CareOfChild, read_care
from hub.school.day_board import OnBoard, read_board_of
from hub.school.going_home import GoingHome, list_going_home
from hub.school.guest_care import Guest, list_arranged_units, list_guests_of
from hub.school.thresholds import Proposal, get_rule, is_for, list_proposals, may_see
from hub.talk.planning import Plan, list_plans


@dataclass(frozen=True, slots=True)
class ChildBook:
    """A child as one member of staff may know it, at one moment. `named` are its readers when it is protected."""

    reader: Reader
    child: Child
    places: list[tuple[Unit, Group]]
    today: OnBoard | None
    home: GoingHome | None
    talk: Proposal | None
    known: list[Known]
    page: BookPage
    plans: list[Plan]
    pending: list[tuple[Known, AddressChange]]
    named: list[str]
    again: Message | None
    care: CareOfChild
    enclosing: Enclosing
    file_ways: dict[str, FileWay]
    now: datetime
    elsewhere: tuple[Guest, ...] = ()
    may_arrange: bool = False

    @property
    def read_ids(self) -> list[str]:
        changes = (change.id for _, change in self.pending)
        return [self.child.id, *changes, *self.care.read_ids, *(entry.id for entry in self.page.entries)]


def gather_child(
    look: Look,
    child_id: str,
    before: str | None = None,
    again: str | None = None,
    written: WrittenAsked | None = None,
) -> ChildBook:
    """Raises: NotThereError."""
    reader = get_reader(look)
    child, places = get_child(look, reader.reach, child_id)
    unit, group = places[0]
    day = reader.days[unit.id]
    known = list_known(look, child, day)
    taken_back = find_taken_back(look, reader, again)
    page = read_book_page(look, reader, child.id, before)
    return ChildBook(
        reader=reader,
        child=child,
        places=places,
        today=read_board_of(look, child, unit, group.id, day) if is_open(look, unit, day) else None,
        home=list_going_home(look, [child.id], day).get(child.id),
        talk=_proposals(look, reader, child, unit, group).get(child.id),
        known=known,
        page=page,
        plans=list_plans(look, reader, child.id),
        pending=list_pending(look, known),
        named=_list_named(look, child),
        care=read_care(look, reader.reach, child, places),
        again=taken_back,
        enclosing=gather_enclosing(
            look, list_file_ids(look, taken_back, written), partial(list_mates_of, look, reader, child_id), written
        ),
        file_ways=list_file_ways(look, child, page.entries),
        now=look.now,
        elsewhere=tuple(guest for place, _ in places for guest in list_guests_of(look, child, place)),
        may_arrange=not {place.id for place, _ in places}.isdisjoint(list_arranged_units(look, reader.reach)),
    )


def list_mates_of(look: Look, reader: Reader, child_id: str) -> list[Child]:
    """The children in a group with this one, at each unit where the reader serves it. Raises: NotThereError."""
    _, places = get_child(look, reader.reach, child_id)
    return list_mates(look, reader.reach, {unit.id: unit for unit, _ in places}.values(), {child_id})


def _proposals(look: Look, reader: Reader, child: Child, unit: Unit, group: Group) -> dict[str, Proposal]:
    if not may_see(look, reader.reach, unit.id, group.id):
        return {}
    found = list_proposals(look, unit, get_rule(look, unit), [child.id], reader.days[unit.id])
    return {id_: each for id_, each in found.items() if is_for(each, leads=unit.id in reader.reach.leads)}


def _list_named(look: Look, child: Child) -> list[str]:
    if not child.protected:
        return []
    found = look.session.scalars(
        sa.select(Staff)
        .join(NamedReader, NamedReader.staff_id == Staff.id)
        .where(NamedReader.child_id == child.id)
        .order_by(Staff.first_name, Staff.id)
    )
    return [staff.name for staff in found]


def concerns_child(look: Look, ids: frozenset[str], child_id: str) -> bool:
    """Whether any of these ids is the child, or about what the viewer may read of it. Raises: NotThereError."""
    reader = get_reader(look)
    get_child(look, reader.reach, child_id)
    return child_id in ids or _is_about(look, child_id, [news.message_id for news in list_news(look, reader, ids)])


def _is_about(look: Look, child_id: str, ids: Sequence[str]) -> bool:
    found = sa.select(MessageChild.message_id).where(
        MessageChild.child_id == child_id, MessageChild.message_id.in_(ids)
    )
    return look.session.scalar(found.limit(1)) is not None
