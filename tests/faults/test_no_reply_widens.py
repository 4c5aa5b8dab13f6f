"""Whatever happens to a family's addresses and wishes between what staff were shown and the sending: what they write on a
thread's page, on a child's page or by mail goes to no address at which somebody reads whom they were not shown.

Source: security rule S5.1.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.address import MAIL, SMS
from hub.asker import Trust
from hub.desk import Refusal, Work
from hub.people.families import Guardian, GuardianAddress, GuardianRight, Guardianship, Right
from hub.post.claims import claim
from hub.post.climbing import climb_on, list_climbing
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.due import Room
from hub.post.messages import Message
from hub.post.posting import send_now
from hub.post.reach_wishes import choose
from hub.post.reading import get_reader
from hub.post.running_kinds import keep_kinds
from hub.post.topics import Topic
from hub.talk.planning import Plan, list_plans, plan_answer
from hub.talk.writing import Draft, answer, answer_by_mail, write_about
from tests.hub.post.spoken import TEST, as_staff, heard
from tests.village import Village

GUARDIANS = ("Anne Nordmann", "Ola Nordmann", "Lene Berg", "Camilla Hansen")
CHILD, TEACHER, SEAT = "Kari Nordmann", "Kari Lunde", "contact teacher 7A"
PLACES = {
    SMS: ("+4740000901", "+4740000902", "+4740000903"),
    MAIL: ("a@hjem.example", "b@hjem.example", "c@hjem.example"),
}
who, where = st.sampled_from(range(len(GUARDIANS))), st.integers(0, len(PLACES[SMS]) - 1)
changes = st.one_of(
    st.tuples(st.sampled_from(["moves phone", "moves mailbox"]), who, where),
    st.tuples(st.sampled_from(["shares", "wants mail", "wants as planned", "is written to"]), who, where),
    st.tuples(st.sampled_from(["thread is shown", "child is shown"]), who, where),
    st.tuples(st.sampled_from(["sent", "sent", "sent by mail", "goes"]), who, where),
)
Change = tuple[str, int, int]


class Undone(Exception):
    """Ends a work that must leave nothing behind."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page or a mail said: on a thread's own, or on the child's."""

    plan: Plan
    thread_id: str | None

    @property
    def names(self) -> set[str]:
        return {id_ for id_, _ in self.plan.recipients.readers}


class Story:
    """Plays the changes. All four may know of the child; where each reads is kept apart from the store."""

    def __init__(self, work: Work, village: Village) -> None:
        self.work, self.village = work, village
        self.child = village.child(CHILD)
        self.guardians = [work.session.get_one(Guardian, village.guardian(name).id) for name in GUARDIANS]
        self.ids = [guardian.id for guardian in self.guardians]
        self.at = {kind: [0, 1, 2, 2] for kind in PLACES}
        self.threads: list[str] = []
        self.shown: Shown | None = None
        self.sent: dict[str, set[str]] = {}
        self._move_in()

    def _move_in(self) -> None:
        session, work = self.work.session, self.work
        session.execute(sa.delete(GuardianAddress).where(GuardianAddress.guardian_id.in_(self.ids)))
        known = set(
            session.scalars(sa.select(Guardianship.guardian_id).where(Guardianship.child_id == self.child.id)).all()
        )
        for guardian in self.guardians:
            if guardian.id not in known:
                self._inform(guardian)
            for kind in PLACES:
                session.add(
                    GuardianAddress(
                        id=work.new_id(),
                        owner_id=guardian.owner_id,
                        guardian_id=guardian.id,
                        kind=kind,
                        value=PLACES[kind][self.at[kind][self.guardians.index(guardian)]],
                        confirmed_at=work.now,
                    )
                )
        keep_kinds(work, set(PLACES))
        session.flush()

    def _inform(self, guardian: Guardian) -> None:
        tie = Guardianship(
            id=self.work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian.id,
            child_id=self.child.id,
            source_id=f"tie-{guardian.id}",
            relation="other",
        )
        self.work.session.add(tie)
        self.work.session.flush()
        self.work.session.add(
            GuardianRight(
                id=self.work.new_id(),
                owner_id=guardian.owner_id,
                guardianship_id=tie.id,
                kind=Right.INFORM,
                from_day=self.work.now.date(),
                basis="register",
            )
        )

    def change(self, what: str, g: int, place: int) -> None:
        match what:
            case "moves phone" | "moves mailbox":
                self._move(g, SMS if what == "moves phone" else MAIL, place)
            case "shares":
                self.guardians[g].shares_thread = not self.guardians[g].shares_thread
            case "wants mail" | "wants as planned":
                kinds = [MAIL, SMS] if what == "wants mail" else []
                choose(self.work, self.guardians[g], [Topic.DAILY], kinds, "test")
            case "is written to":
                self._hear(g, place)
            case "thread is shown" | "child is shown":
                self._show(what, g)
            case "goes":
                self.let_go()
            case _:
                self._send(by_mail=what == "sent by mail")
        self.work.session.flush()

    def _move(self, g: int, kind: str, place: int) -> None:
        self.at[kind][g] = place
        own = GuardianAddress.guardian_id == self.ids[g], GuardianAddress.kind == kind
        self.work.session.execute(sa.update(GuardianAddress).where(*own).values(value=PLACES[kind][place]))

    def _hear(self, g: int, more: int) -> None:
        """Somebody writes, alone or together with the next ones."""
        together = [self.guardians[(g + n) % len(GUARDIANS)] for n in range(more + 1)]
        said = heard(self.work, self.village, together, "school", "Hva er leksen?", [self.child], seat=SEAT)
        self.threads.append(said.thread_id)

    def _as_teacher(self) -> None:
        self.work.asker = as_staff(self.village.staff(TEACHER))

    def _show(self, what: str, number: int) -> None:
        self._as_teacher()
        reader = get_reader(self.work)
        if what == "child is shown":
            plans = list_plans(self.work, reader, self.child.id)
            self.shown = Shown(plans[number % len(plans)], None) if plans else None
        elif self.threads:
            thread_id = self.threads[number % len(self.threads)]
            self.shown = Shown(plan_answer(self.work, reader, thread_id, [self.child.id]), thread_id)

    def _send(self, *, by_mail: bool) -> None:
        """As the page or the mail was shown, however long ago; some are refused, and then nothing goes."""
        if self.shown is None:
            return
        self._as_teacher()
        draft = Draft("Side 12.", self.shown.plan.key)
        try:
            if self.shown.thread_id is None:
                message = write_about(self.work, self.child.id, draft)
            elif by_mail:
                reader = get_reader(self.work, Trust.CLAIMED)
                plan = plan_answer(self.work, reader, self.shown.thread_id, [self.child.id])
                message = answer_by_mail(self.work, plan, reader, draft, self.work.new_id())
            else:
                message = answer(self.work, self.shown.thread_id, [self.child.id], draft)
        except Refusal:
            return
        self.sent[message.id] = self.shown.names

    def let_go(self) -> None:
        """Whatever may go goes, and fails, so that further ways are taken; each is held against what was shown."""
        self.work.asker = TEST
        for message_id in self.sent:
            send_now(self.work, self.work.session.get_one(Message, message_id))
        self.work.session.flush()
        while batch := claim(self.work, Room(50)).claimed:
            for claimed in batch:
                delivery = self.work.session.get_one(Delivery, claimed.envelope.delivery_id)
                at = self.at[delivery.kind]
                readers = {id_ for id_, place in zip(self.ids, at, strict=True) if self._is(delivery, place)}
                assert readers
                assert readers <= self.sent[delivery.message_id]
                delivery.end(Status.FAILED, self.work.now, "30003")
                delivery.climbs_at = self.work.now if delivery.climbs_at is not None else None
            self.work.session.flush()
        climb_on(self.work, list_climbing(self.work))
        self.work.session.flush()

    def _is(self, delivery: Delivery, place: int) -> bool:
        return PLACES[delivery.kind][place] == delivery.recipient

    def every_other_end_is_told(self) -> None:
        """What did not go says why."""
        for row in self.work.session.scalars(sa.select(Delivery).where(Delivery.message_id.in_(list(self.sent)))):
            assert row.rank > RANK[Status.WAITING]
            assert row.reason


@pytest.mark.parametrize("examples", [60, pytest.param(3000, marks=[pytest.mark.sweep])], ids=["short form", "whole"])
async def test_nobody_reads_what_staff_wrote_who_was_not_shown(village: Village, examples: int) -> None:
    loop = asyncio.get_running_loop()
    went: list[int] = []

    def perform(work: Work, changed: Sequence[Change]) -> None:
        told = Story(work, village)
        told.change("is written to", 0, 0)
        for what, g, place in changed:
            told.change(what, g, place)
        for _ in range(3):
            told.let_go()
        told.every_other_end_is_told()
        went.append(len(told.sent))
        raise Undone

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(changes, min_size=4, max_size=25))
    def hold(changed: list[Change]) -> None:
        with pytest.raises(Undone):
            asyncio.run_coroutine_threadsafe(village.desk.work(TEST, perform, changed), loop).result(60)

    await asyncio.to_thread(hold)

    assert sum(went) >= examples / 4
