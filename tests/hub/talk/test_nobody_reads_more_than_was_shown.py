"""For every child that a leader may write about, and every set of readers that the page shows: what is written, and what
answers it later, is read by those who were shown, on each phone and on the family pages, and by nobody else."""

from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.post.audience import list_addresses
from hub.post.deliveries import Delivery
from hub.post.family import find_family
from hub.post.family_book import is_in_book, list_threads_of
from hub.post.messages import Message
from hub.post.reading import get_reader
from hub.safety.access import get_reach, list_children, list_units
from hub.talk.planning import Plan, list_plans, plan_answer
from hub.talk.writing import Draft, answer, write_about
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

LEADERS = ("Ingrid Solberg", "Astrid Vik")
TEXT, ANSWER = "Vi ses i morgen.", "Takk, det er notert."


def write_to_all(work: Work) -> dict[str, set[str]]:
    """Everything that the asker may write, and answer; by message, the guardians who were shown as its readers."""
    reach, reader = get_reach(work), get_reader(work)
    units = list_units(work, reach)
    children = {child.id for unit in units for child, _ in list_children(work, reach, unit, unit.today(work.now))}
    shown: dict[str, set[str]] = {}
    for child_id in sorted(children):
        for plan in list_plans(work, reader, child_id):
            if not plan.recipients.reached or plan.recipients.sender is None:
                continue
            message = write_about(work, child_id, Draft(TEXT, plan.key))
            work.session.flush()
            shown[message.id] = read_by(plan)
            later = plan_answer(work, reader, message.thread_id, [child_id])
            shown[answer(work, message.thread_id, [child_id], Draft(ANSWER, later.key)).id] = read_by(later)
            work.session.flush()
            assert read_by(later) <= read_by(plan)
    return shown


def read_by(plan: Plan) -> set[str]:
    return {id_ for id_, _ in plan.recipients.readers} | {id_ for id_, _ in plan.along}


def on_phones(look: Look, message_ids: Iterable[str]) -> dict[str, set[str]]:
    """By message, everybody who reads at an address that it goes to."""
    found: dict[str, set[str]] = {}
    for delivery in look.session.scalars(sa.select(Delivery).where(Delivery.message_id.in_(list(message_ids)))):
        people = list_addresses(look, delivery.kind, delivery.recipient, delivery.owner_id)
        found.setdefault(delivery.message_id, set()).update(guardian.id for _, guardian in people)
    return found


def on_pages(look: Look, message_ids: Iterable[str]) -> dict[str, set[str]]:
    """By message, every guardian who finds it in the book of a child, signed in with the strongest proof."""
    within: dict[str, list[str]] = {}
    for message in look.session.scalars(sa.select(Message).where(Message.id.in_(list(message_ids)))):
        within.setdefault(message.thread_id, []).append(message.id)
    found: dict[str, set[str]] = {}
    for guardian in look.session.scalars(sa.select(Guardian)):
        family = find_family(look, guardian.owner_id, [guardian.id], is_strong=True)
        if family is None:
            continue
        own = [id_ for thread_id in list_threads_of(look, family) for id_ in within.get(thread_id, ())]
        children = {place.child.id for place in family.knows}
        for id_ in own:
            if any(is_in_book(look, family, child_id, frozenset([id_])) for child_id in children):
                found.setdefault(id_, set()).add(guardian.id)
    return found


@pytest.mark.one_store
@pytest.mark.capability("N-10")
@pytest.mark.parametrize("leader", LEADERS)
async def test_what_is_written_or_answered_is_read_by_those_who_were_shown(village: Village, leader: str) -> None:
    shown = await village.desk.work(as_staff(village.staff(leader)), write_to_all)

    phones = await village.desk.look(TEST, on_phones, shown)
    pages = await village.desk.look(TEST, on_pages, shown)

    assert len(shown) > 20
    assert phones.keys() == shown.keys()
    assert pages
    assert {id_: who - shown[id_] for id_, who in phones.items() if not who <= shown[id_]} == {}
    assert {id_: who - shown[id_] for id_, who in pages.items() if not who <= shown[id_]} == {}
