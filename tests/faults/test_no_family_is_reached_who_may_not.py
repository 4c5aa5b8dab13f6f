"""Whatever families are like, in whatever order registers are loaded, rights end, blocks come and wishes change: nothing about
a child goes by any way to an address at which somebody reads who may not know, or by a way that a guardian closed. A register
adds facts and lifts no block. Source: security rules S1.5, S3.4, S4.1, S4.2 and S4.5.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.address import MAIL, SMS
from hub.desk import Work
from hub.people.families import Block, GuardianAddress, GuardianRight, Guardianship, Right
from hub.post.claims import claim
from hub.post.climbing import climb_on, list_climbing
from hub.post.deliveries import Delivery, Status
from hub.post.due import Room
from hub.post.messages import Author, Lane, Message, ThreadKind, get_or_open_thread
from hub.post.posting import Post, post
from hub.post.reach_wishes import Reserved, choose, end_reservation, reserve
from hub.post.running_kinds import keep_kinds
from hub.post.topics import Topic
from hub.register.changes import Kind
from hub.register.loading import apply, compare
from hub.register.rows import TABLES, Register, make_register
from tests.blocks import set_block
from tests.hub.post.outboxes import TEST
from tests.village import FJORDVIK, Village

GUARDIANS = ("Anne Nordmann", "Ola Nordmann", "Lene Berg", "Camilla Hansen")
CHILDREN = ("Kari Nordmann", "Jakob Berg", "Johanne Berg")
PLACES = {
    SMS: ("+4740000901", "+4740000902", "+4740000903", "+4740000904"),
    MAIL: ("a@hjem.example", "b@hjem.example", "c@hjem.example", "d@hjem.example"),
}
PAIRS = [(g, c) for g in range(len(GUARDIANS)) for c in range(len(CHILDREN))]
pairs = st.sampled_from(PAIRS)
changes = st.one_of(
    st.tuples(st.sampled_from(["post", "block", "lift", "end"]), pairs),
    st.tuples(st.sampled_from(["mail first", "as planned", "no sms", "sms again", "no mail", "mail again"]), pairs),
    st.tuples(st.just("load"), st.frozensets(pairs)),
)
Change = tuple[str, tuple[int, int] | frozenset[tuple[int, int]]]


@dataclass(slots=True)
class Family:
    """What ought to hold, kept apart from the store. `at` tells which address each guardian has of a kind."""

    at: dict[str, tuple[int, ...]]
    blocked: set[tuple[int, int]] = field(default_factory=set)
    closed: set[tuple[int, str]] = field(default_factory=set)
    posted: dict[str, tuple[int, int]] = field(default_factory=dict)

    def readers(self, kind: str, place: str) -> list[int]:
        return [g for g, at in enumerate(self.at[kind]) if PLACES[kind][at] == place]


class Undone(Exception):
    """Ends a work that must leave nothing behind."""


class Story:
    """Plays the changes, and lets go what may go: after each of them or only at the end, as it comes."""

    def __init__(self, work: Work, village: Village, at: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
        self.work = work
        self.village = village
        self.guardians = [village.guardian(name, FJORDVIK) for name in GUARDIANS]
        self.children = [village.child(name, FJORDVIK) for name in CHILDREN]
        self.family = Family({SMS: at[0], MAIL: at[1]})
        self.school = village.unit("school")
        self._move_in()

    def _move_in(self) -> None:
        session = self.work.session
        session.execute(sa.delete(GuardianRight))
        session.execute(sa.delete(Guardianship))
        session.execute(
            sa.delete(GuardianAddress).where(GuardianAddress.guardian_id.in_([g.id for g in self.guardians]))
        )
        for kind, at in self.family.at.items():
            for guardian, place in zip(self.guardians, at, strict=True):
                session.add(
                    GuardianAddress(
                        id=self.work.new_id(),
                        owner_id=guardian.owner_id,
                        guardian_id=guardian.id,
                        kind=kind,
                        value=PLACES[kind][place],
                        confirmed_at=self.work.now,
                    )
                )
        keep_kinds(self.work, {SMS, MAIL})
        session.flush()

    def change(self, what: str, about: tuple[int, int] | frozenset[tuple[int, int]]) -> None:
        if isinstance(about, frozenset):
            self._load(about)
            return
        g, c = about
        guardian, family = self.guardians[g], self.family
        match what:
            case "post":
                family.posted[self._post(g, c)] = about
            case "block":
                self._block(g, c)
            case "lift":
                lifted = {"lifted_at": self.work.now, "lifted_by": "test", "lifted_reason": "test"}
                self.work.session.execute(self._blocks(g, c).values(**lifted))
                family.blocked.discard(about)
            case "end":
                tie = sa.select(Guardianship.id).where(
                    Guardianship.guardian_id == guardian.id, Guardianship.child_id == self.children[c].id
                )
                self.work.session.execute(sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(tie)))
            case "mail first":
                choose(self.work, guardian, [Topic.DAILY], [MAIL, SMS], "test")
            case "as planned":
                choose(self.work, guardian, [Topic.DAILY], [], "test")
            case "no sms" | "no mail":
                kind = what.removeprefix("no ")
                reserve(self.work, guardian, kind, Reserved.ALL, "test")
                family.closed.add((g, kind))
            case _:
                kind = what.removesuffix(" again")
                end_reservation(self.work, guardian, kind, "test")
                family.closed.discard((g, kind))
        self.work.session.flush()

    def _blocks(self, g: int, c: int) -> sa.Update:
        ours = Block.guardian_id == self.guardians[g].id, Block.child_id == self.children[c].id
        return sa.update(Block).where(*ours)

    def _block(self, g: int, c: int) -> None:
        if (g, c) not in self.family.blocked:
            set_block(self.work, self.guardians[g], self.children[c])
        self.family.blocked.add((g, c))

    def _load(self, informed: frozenset[tuple[int, int]]) -> None:
        """A register in which these pairs, and no others, are informed; whatever waits for a yes gets one."""
        register = self._register(informed)
        waiting = [change.key for change in compare(self.work, register).of(Kind.WAITS)]
        apply(self.work, register, waiting, large=True)
        self.work.session.flush()

    def _register(self, informed: frozenset[tuple[int, int]]) -> Register:
        rows = [
            {
                "id": f"tie-{g}-{c}",
                "owner": FJORDVIK,
                "guardian": self.guardians[g].source_id,
                "child": self.children[c].source_id,
                "rights": ["inform"] if (g, c) in informed else [],
            }
            for g, c in PAIRS
        ]
        return make_register({"guardianships": [TABLES["guardianships"].model_validate(row) for row in rows]})

    def _post(self, g: int, c: int) -> str:
        guardian = self.guardians[g]
        thread = get_or_open_thread(self.work, self.school.owner_id, self.school.id, [guardian.id], ThreadKind.PRIVATE)
        what = Post(
            text="Om barnet",
            language="nb",
            author=Author.BOT,
            author_id="today",
            child_ids=[self.children[c].id],
            lane=Lane.ORDINARY,
            number=self.village.number("contact teacher 7A"),
        )
        return post(self.work, thread, what).id

    def may_know(self) -> set[tuple[int, int]]:
        """By the rights as they stand, apart from the questions that the hub asks."""
        rows = self.work.session.execute(
            sa.select(Guardianship.guardian_id, Guardianship.child_id)
            .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
            .where(GuardianRight.kind == Right.INFORM, GuardianRight.to_day.is_(None))
        )
        ids, children = [g.id for g in self.guardians], [c.id for c in self.children]
        return {(ids.index(g), children.index(c)) for g, c in rows if g in ids and c in children} - self.family.blocked

    def let_go(self) -> None:
        """Whatever may go goes; each that does is held against the family as it is now."""
        may = self.may_know()
        while batch := claim(self.work, Room(50)).claimed:
            for claimed in batch:
                delivery = self.work.session.get_one(Delivery, claimed.envelope.delivery_id)
                g, c = self.family.posted[delivery.message_id]
                readers = self.family.readers(delivery.kind, delivery.recipient)
                assert g in readers
                assert all((reader, c) in may for reader in readers)
                assert (g, delivery.kind) not in self.family.closed
                delivery.end(Status.FAILED, self.work.now, "30003")
                delivery.climbs_at = self.work.now if delivery.climbs_at is not None else None
            self.work.session.flush()
        climb_on(self.work, list_climbing(self.work))
        self.work.session.flush()

    def nothing_is_left_that_may_go(self) -> None:
        """Of what was posted last and never tried, whoever may be told by an open way was told, or failed honestly."""
        for message_id, (g, _) in self.family.posted.items():
            assert self.work.session.get_one(Message, message_id)
            rows = self.work.session.scalars(sa.select(Delivery).where(Delivery.message_id == message_id)).all()
            assert all(row.status != Status.WAITING or row.due > self.work.now for row in rows)
            assert all(row.reason for row in rows if row.status in (Status.DROPPED, Status.UNDONE))
            assert len({row.kind for row in rows}) == len(rows)
            assert all(row.guardian_id == self.guardians[g].id for row in rows)


@pytest.mark.capability("N-02")
@pytest.mark.parametrize("examples", [60, pytest.param(3000, marks=[pytest.mark.sweep])], ids=["short form", "whole"])
async def test_nothing_goes_by_any_way_to_somebody_who_may_not_know(village: Village, examples: int) -> None:
    loop = asyncio.get_running_loop()

    def perform(work: Work, at: tuple[tuple[int, ...], tuple[int, ...]], story: Sequence[Change], goes: int) -> None:
        told = Story(work, village, at)
        for number, (what, about) in enumerate(story):
            told.change(what, about)
            if goes and number % goes == goes - 1:
                told.let_go()
        for _ in range(4):
            told.let_go()
        told.nothing_is_left_that_may_go()
        raise Undone

    places = st.tuples(*[st.integers(0, len(PLACES[SMS]) - 1)] * len(GUARDIANS))

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.tuples(places, places), st.lists(changes, min_size=1, max_size=25), st.integers(0, 3))
    def hold(at: tuple[tuple[int, ...], tuple[int, ...]], story: list[Change], goes: int) -> None:
        with pytest.raises(Undone):
            asyncio.run_coroutine_threadsafe(village.desk.work(TEST, perform, at, story, goes), loop).result(60)

    await asyncio.to_thread(hold)


@pytest.mark.capability("N-02")
@pytest.mark.parametrize("kind", [SMS, MAIL])
@pytest.mark.parametrize("blocked", [True, False])
async def test_what_is_queued_is_dropped_when_a_block_comes_first_and_goes_without_one(
    village: Village, kind: str, blocked: bool
) -> None:
    def perform(work: Work) -> tuple[str, str, str | None]:
        told = Story(work, village, ((0, 1, 2, 3), (0, 1, 2, 3)))
        told.change("load", frozenset({(0, 0)}))
        told.change("mail first" if kind == MAIL else "as planned", (0, 0))
        told.change("post", (0, 0))
        if blocked:
            told.change("block", (0, 0))
            told.change("load", frozenset(PAIRS))
        claim(work, Room(50))
        found = work.session.scalars(sa.select(Delivery)).one()
        return found.kind, found.status, found.reason

    became = await village.desk.work(TEST, perform)

    assert became == ((kind, Status.DROPPED, "no_right") if blocked else (kind, Status.CLAIMED, None))
