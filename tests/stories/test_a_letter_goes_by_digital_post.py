"""A decision is in its guardian's digital mailbox soon after it was made, and the hub knows when it was opened there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.mailroom.sendings import LetterSending, SendingState
from hub.people.national_ids import keep_national_id
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_verdicts import Verdict, decide
from hub.seal import Seal
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for
from tests.living_hub import ANSWER_SECONDS, KEY, OPERATOR, LivingHub, living_hub
from tests.rehearsal.finnish_post import FinnishPost
from tests.village import SAARELA

LAURA, ANTTI, AINO = "Laura Virtanen", "Antti Virtanen", "Aino Virtanen"
LAURAS_ID, ANTTIS_ID = "131052-308T", "010190Y904U"


@dataclass(slots=True)
class Municipality:
    """Saarela, whose hub hands letters to Suomi.fi Messages."""

    living: LivingHub
    post: FinnishPost

    async def know(self, guardian: str, number: str) -> None:
        one = self.living.village.guardian(guardian, SAARELA)
        whose = (one.owner_id, one.id)
        await self.living.hub.desk.work(OPERATOR, keep_national_id, Seal([KEY]), whose, f"FI:{number}")

    async def decide(self) -> None:
        """Aino's leave is refused."""
        village = self.living.village

        def both(work: Work) -> None:
            id_ = apply_for(work, village, AINO, LAURA, [FAR], owner=SAARELA)
            work.asker = as_staff(village.staff("Tuula Heikkinen", SAARELA))
            application = work.session.get_one(LeaveApplication, id_)
            decide(work, application, village.unit("preschool", SAARELA), Verdict(Outcome.REFUSED, "Kevätjuhla."))

        await self.living.hub.desk.work(OPERATOR, both)

    async def reach(self, guardian: str, state: SendingState) -> None:
        """Return when the letter to this guardian has come so far."""
        id_ = self.living.village.guardian(guardian, SAARELA).id

        def find(look: Look) -> str | None:
            return look.session.scalar(sa.select(LetterSending.state).where(LetterSending.guardian_id == id_))

        async with asyncio.timeout(ANSWER_SECONDS):
            while await self.living.hub.desk.look(OPERATOR, find) != state:
                await asyncio.sleep(0.02)

    async def letter(self, guardian: str) -> LeaveLetter:
        asked = sa.select(LeaveLetter).where(
            LeaveLetter.guardian_id == self.living.village.guardian(guardian, SAARELA).id
        )
        return await self.living.hub.desk.look(OPERATOR, lambda look: look.session.scalars(asked).one())


@pytest.fixture
async def saarela(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Municipality]:
    async with FinnishPost(clock.now) as post:
        own = {
            "url": post.url,
            "service_id": post.service_id,
            "username": post.username,
            "password": SecretStr(post.password),
        }
        letters = {"use": ["suomifi"], "suomifi": own}
        async with living_hub(tmp_path, village_store_url, clock, letters=letters) as living:
            yield Municipality(living, post)


@pytest.mark.capability("H-08", "H-09", "H-63", "L-07", "W-20")
async def test_a_decision_is_in_the_mailbox_of_whoever_has_one_and_on_paper_for_who_has_none(
    saarela: Municipality,
) -> None:
    await saarela.know(LAURA, LAURAS_ID)
    await saarela.know(ANTTI, ANTTIS_ID)
    saarela.post.mailboxes = {LAURAS_ID: True, ANTTIS_ID: False}

    await saarela.decide()
    await saarela.reach(LAURA, SendingState.HANDED_OVER)
    await saarela.reach(ANTTI, SendingState.PAPER)

    (letter,) = saarela.post.letters.values()
    assert letter.recipient == LAURAS_ID
    assert letter.files[0].startswith(b"%PDF-")
    shown = str(letter.electronic["title"]) + str(letter.electronic["notifications"])
    assert not [word for word in ("Aino", "Virtanen", "Laura", "vapaa", "Kielo") if word in shown]


@pytest.mark.capability("N-20", "L-07")
async def test_what_was_opened_in_the_mailbox_is_known_to_be_opened(saarela: Municipality, clock: StoppedClock) -> None:
    await saarela.know(LAURA, LAURAS_ID)
    saarela.post.mailboxes = {LAURAS_ID: True}
    await saarela.decide()
    await saarela.reach(LAURA, SendingState.HANDED_OVER)
    clock.move(timedelta(hours=2))
    (number,) = saarela.post.letters

    saarela.post.open_letter(number)
    await saarela.living.hub.routines.trace_letters()

    await saarela.reach(LAURA, SendingState.OPENED)
    assert (await saarela.letter(LAURA)).opened_at == clock.now()
    assert (await saarela.letter(ANTTI)).opened_at is None
