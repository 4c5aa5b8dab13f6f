"""A day in the mailroom: decisions with their letters made, families whose national ids are known, and a pretended post."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.mailroom.sending import Mailroom
from hub.mailroom.sendings import LetterSending, SendingState, parcel_of
from hub.mailroom.tracing import Tracer
from hub.people.national_ids import keep_national_id, open_national_id
from hub.school.leave import LeaveApplication, LeaveReason, LeaveState
from hub.school.leave_decisions import LeaveDecision, Outcome
from hub.school.leave_letters import LeaveLetter, digest
from hub.school.leave_papers import Made, settle_papers
from hub.school.leave_verdicts import Verdict, decide
from hub.seal import Seal
from tests.hub.mailroom.pretend_post import PretendPost
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for
from tests.hub.sign_in.school import TEST
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
ANNES_ID, OLAS_ID = "15811550059", "55811550042"
SEAL = Seal(["a key for tests, and for tests alone"])


@dataclass(slots=True)
class LettersDay:
    """Fjordvik's decisions go by `post`, as the mailroom sends them."""

    village: Village
    clock: StoppedClock
    post: PretendPost
    seal: Seal = SEAL

    @property
    def desk(self) -> Desk:
        return self.village.desk

    def mailroom(self) -> Mailroom:
        """As a hub has it that has just started."""
        return Mailroom(self.desk, [self.post], self.seal, random.Random(1))

    async def send(self) -> None:
        await self.mailroom().send_due()

    def tracer(self) -> Tracer:
        return Tracer(self.desk, [self.post])

    async def trace(self) -> None:
        await self.tracer().trace()

    async def know(self, guardian: str, number: str, country: str = "NO", former: str | None = None) -> None:
        """Keep a guardian's national id; `former` is the one that it took the place of, where the register says so."""
        one, told = self.village.guardian(guardian), f"{country}:{former}" if former is not None else None
        await self.desk.work(TEST, keep_national_id, self.seal, (one.owner_id, one.id), f"{country}:{number}", told)

    async def decide(
        self, child: str = KARI, guardian: str = ANNE, unit: str = "school", outcome: Outcome = Outcome.REFUSED
    ) -> None:
        """Decide about a leave, and have the letters made and kept."""

        def both(work: Work) -> None:
            id_ = apply_for(work, self.village, child, guardian, [FAR])
            work.asker = as_staff(self.village.staff("Ingrid Solberg"))
            application = work.session.get_one(LeaveApplication, id_)
            decide(work, application, self.village.unit(unit), Verdict(outcome, "Prøver."))

        await self.desk.work(TEST, both)
        await self.desk.work(TEST, keep_papers)

    async def decide_many(self, count: int) -> None:
        """As many decisions for Kari, each with its letter to Anne made and kept."""
        await self.desk.work(TEST, write_many, self.village, count)
        await self.desk.work(TEST, keep_papers)

    async def sending(self, guardian: str = ANNE) -> LetterSending:
        """The only one to this guardian."""
        asked = sa.select(LetterSending).where(LetterSending.guardian_id == self.village.guardian(guardian).id)
        return await self.desk.look(TEST, lambda look: look.session.scalars(asked).one())

    async def sendings(self) -> list[LetterSending]:
        asked = sa.select(LetterSending).order_by(LetterSending.id)
        return await self.desk.look(TEST, lambda look: list(look.session.scalars(asked)))

    async def letter(self, guardian: str = ANNE) -> LeaveLetter:
        asked = sa.select(LeaveLetter).where(LeaveLetter.guardian_id == self.village.guardian(guardian).id)
        return await self.desk.look(TEST, lambda look: look.session.scalars(asked).one())

    async def pdf(self, guardian: str = ANNE) -> bytes:
        """As it was made of the only letter to this guardian."""
        return pdf_of((await self.letter(guardian)).id)

    async def parcel_id(self, guardian: str = ANNE) -> str:
        """What its letter is called by the number that is known of them now."""
        id_ = self.village.guardian(guardian).id
        number = await self.desk.look(TEST, open_national_id, self.seal, id_)
        return parcel_of(self.seal, (await self.letter(guardian)).id, number or "")

    async def fate(self, guardian: str = ANNE) -> tuple[SendingState, str | None]:
        """How far the letter has come, and why by that way."""
        one = await self.sending(guardian)
        return SendingState(one.state), one.why

    async def tell_by_text(self, guardian: str = ANNE, why_not: str | None = None) -> None:
        """As the bot does."""

        def told(work: Work) -> None:
            id_ = self.village.guardian(guardian).id
            for letter in work.session.scalars(sa.select(LeaveLetter).where(LeaveLetter.guardian_id == id_)):
                letter.told_at, letter.why_not = work.now, why_not

        await self.desk.work(TEST, told)

    async def put_store_back(self) -> None:
        """From a backup of before anything was handed over: each letter is due, and nothing is known of its sending."""

        def forget(work: Work) -> None:
            work.session.execute(sa.delete(LetterSending))
            work.session.execute(sa.update(LeaveLetter).values(sending_due=work.now))

        await self.desk.work(TEST, forget)

    def wait(self, **span: float) -> None:
        self.clock.move(timedelta(**span))


def pdf_of(letter_id: str) -> bytes:
    """What is made of a letter, and of no other."""
    return b"%PDF-1.7 letter " + letter_id.encode()


def keep_papers(work: Work) -> None:
    """Every letter is made."""
    due = work.session.scalars(sa.select(LeaveLetter.id).where(LeaveLetter.paper_due.is_not(None)))
    settle_papers(work, [Made(id_, pdf_of(id_)) for id_ in due])


def write_many(work: Work, village: Village, count: int) -> None:
    """Decided applications, one for each of the days before the village's own."""
    kari, anne, school = village.child(KARI), village.guardian(ANNE), village.unit("school")
    for number in range(count):
        day = (date(2025, 1, 1) - timedelta(days=number)).isoformat()
        application = LeaveApplication(
            id=work.new_id(),
            owner_id=kari.owner_id,
            child_id=kari.id,
            unit_id=school.id,
            applied_by=anne.id,
            applied_at=work.now,
            trust=2,
            reason=LeaveReason.TRAVEL,
            days=[day],
            first_day=date.fromisoformat(day),
            last_day=date.fromisoformat(day),
            doubts=[],
            state=LeaveState.DECIDED,
        )
        decision = LeaveDecision(
            id=work.new_id(),
            owner_id=kari.owner_id,
            application_id=application.id,
            child_id=kari.id,
            unit_id=school.id,
            decided_by="x",
            decided_at=work.now,
            outcome=Outcome.REFUSED,
            days=[],
            reason="",
            marks={"made": [], "gave_way": []},
        )
        letter = LeaveLetter(
            id=work.new_id(),
            owner_id=kari.owner_id,
            decision_id=decision.id,
            child_id=kari.id,
            guardian_id=anne.id,
            language="nb",
            text="Vedtak",
            open_text="Vedtak",
            sha256=digest("Vedtak"),
            made_at=work.now,
            paper_due=work.now,
        )
        work.session.add_all([application, decision, letter])
    work.session.flush()


def count_states(look: Look) -> dict[str, int]:
    """How many letters are in each state."""
    asked = sa.select(LetterSending.state, sa.func.count()).group_by(LetterSending.state)
    return {row[0]: row[1] for row in look.session.execute(asked)}
