"""Whatever families are like and in whatever order rights change: nothing about a child goes to a phone at which somebody
reads who is blocked from the child or may not be informed. Source: security rules S1.5, S3.4, S4.1 and S4.5.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.desk import Work
from hub.people.families import Block, GuardianAddress, GuardianRight, Guardianship, Right
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.messages import Author, ThreadKind, get_or_open_thread
from hub.post.posting import Post, post
from tests.blocks import set_block
from tests.hub.post.outboxes import TEST
from tests.village import FJORDVIK, Village

GUARDIANS = ("Anne Nordmann", "Ola Nordmann", "Lene Berg", "Camilla Hansen")
CHILDREN = ("Kari Nordmann", "Jakob Berg", "Johanne Berg")
PHONES = ("+4740000901", "+4740000902", "+4740000903")

pairs = st.tuples(st.integers(0, len(GUARDIANS) - 1), st.integers(0, len(CHILDREN) - 1))
changes = st.one_of(
    st.tuples(st.just("inform"), pairs),
    st.tuples(st.just("end"), pairs),
    st.tuples(st.just("block"), pairs),
    st.tuples(st.just("lift"), pairs),
    st.tuples(st.just("post"), pairs),
)


@dataclass(slots=True)
class Model:
    """What ought to hold, kept apart from the store: who shares a phone, who may be informed, who is blocked."""

    phones: tuple[int, ...]
    may: set[tuple[int, int]] = field(default_factory=set)
    blocked: set[tuple[int, int]] = field(default_factory=set)
    posted: dict[str, tuple[int, int]] = field(default_factory=dict)

    def may_go(self, guardian: int, child: int) -> bool:
        readers = [g for g, phone in enumerate(self.phones) if phone == self.phones[guardian]]
        return all((g, child) in self.may and (g, child) not in self.blocked for g in readers)


class Undone(Exception):
    """Ends a work that must leave nothing behind."""


def play(work: Work, village: Village, phones: tuple[int, ...], story: list[tuple[str, tuple[int, int]]]) -> Model:
    """Play the changes, and claim what may go."""
    model = Model(phones)
    guardians = [village.guardian(name, FJORDVIK) for name in GUARDIANS]
    children = [village.child(name, FJORDVIK) for name in CHILDREN]
    school = village.unit("school")
    today = school.today(work.now)
    work.session.execute(sa.delete(GuardianRight))
    work.session.execute(sa.delete(Guardianship))
    for place, guardian in enumerate(guardians):
        for address in work.session.scalars(
            sa.select(GuardianAddress).where(GuardianAddress.guardian_id == guardian.id)
        ):
            address.value = PHONES[phones[place]]
    for guardian in guardians:
        for child in children:
            work.session.add(
                Guardianship(
                    id=work.new_id(),
                    owner_id=school.owner_id,
                    guardian_id=guardian.id,
                    child_id=child.id,
                    source_id=f"{guardian.id}.{child.id}",
                )
            )
    work.session.flush()
    for what, (g, c) in story:
        change(work, village, model, what, g, c, today)
    work.session.flush()
    return model


def change(work: Work, village: Village, model: Model, what: str, g: int, c: int, today: date) -> None:
    guardian, child = village.guardian(GUARDIANS[g]), village.child(CHILDREN[c])
    guardianship = work.session.scalars(
        sa.select(Guardianship).where(Guardianship.guardian_id == guardian.id, Guardianship.child_id == child.id)
    ).one()
    match what:
        case "inform" if (g, c) not in model.may:
            work.session.add(
                GuardianRight(
                    id=work.new_id(),
                    owner_id=child.owner_id,
                    guardianship_id=guardianship.id,
                    kind=Right.INFORM,
                    from_day=today,
                )
            )
            model.may.add((g, c))
        case "end":
            work.session.execute(sa.delete(GuardianRight).where(GuardianRight.guardianship_id == guardianship.id))
            model.may.discard((g, c))
        case "block" if (g, c) not in model.blocked:
            set_block(work, guardian, child)
            model.blocked.add((g, c))
        case "lift":
            work.session.execute(
                sa.update(Block)
                .where(Block.guardian_id == guardian.id, Block.child_id == child.id)
                .values(lifted_at=work.now, lifted_by="test", lifted_reason="test")
            )
            model.blocked.discard((g, c))
        case "post":
            unit = village.unit("school")
            thread = get_or_open_thread(work, unit.owner_id, unit.id, [guardian.id], ThreadKind.PRIVATE)
            message = post(
                work,
                thread,
                Post(
                    text="Om barnet",
                    language="nb",
                    author=Author.STAFF,
                    author_id="test",
                    child_ids=[child.id],
                    number=village.number("contact teacher 7A"),
                ),
            )
            model.posted[message.id] = (g, c)
    work.session.flush()


@pytest.mark.parametrize("examples", [60, pytest.param(1500, marks=[pytest.mark.sweep])], ids=["short form", "whole"])
async def test_nothing_goes_where_somebody_reads_who_may_not(village: Village, examples: int) -> None:
    loop = asyncio.get_running_loop()

    def perform(work: Work, phones: tuple[int, ...], story: list[tuple[str, tuple[int, int]]]) -> None:
        model = play(work, village, phones, story)
        claimed: set[str] = set()
        while batch := claim(work, Room(50)).claimed:
            claimed |= {each.envelope.delivery_id for each in batch}
        of = {row.id: row.message_id for row in work.session.execute(sa.select(Delivery.id, Delivery.message_id))}
        went = {of[id_] for id_ in claimed}
        for message_id, (g, c) in model.posted.items():
            assert (message_id in went) == model.may_go(g, c), (phones, story)
        raise Undone

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(
        st.tuples(*[st.integers(0, len(PHONES) - 1)] * len(GUARDIANS)),
        st.lists(changes, min_size=1, max_size=25),
    )
    def hold(phones: tuple[int, ...], story: list[tuple[str, tuple[int, int]]]) -> None:
        work = village.desk.work(TEST, perform, phones, story)
        with pytest.raises(Undone):
            asyncio.run_coroutine_threadsafe(work, loop).result(30)

    await asyncio.to_thread(hold)
