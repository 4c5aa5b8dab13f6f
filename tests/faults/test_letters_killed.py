"""A batch of letters of two countries whose hub is ended by force again and again: each reaches its own receiver, once, in a
mailbox or on paper.
"""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import SystemClock
from hub.desk import Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.mailroom.print_batches import PrintBatch, gather_batch
from hub.mailroom.sendings import LetterSending, SendingState
from tests.faults.letters_families import Family, decide_some, list_families, load_families, open_mailboxes
from tests.faults.letters_process import FINLANDS_PASSWORD, KEY_ID, SEAL
from tests.hub.sign_in.school import TEST
from tests.rehearsal.finnish_post import FinnishPost
from tests.rehearsal.id_provider import make_key
from tests.rehearsal.norwegian_post import NorwegianPost

RUN_SECONDS = 1800.0
LOOKS_EVERY = 0.05
"""Seconds."""
MOST_MINUTES = 200
"""Of the clock that all of them go by, which is put forward when the next begins."""
FAMILIES = {"sqlite": 10_000, "postgresql": 3_000}
"""In the sweep, by the kind of store: the one that a machine of one hub has is swept whole."""
DONE = {SendingState.HANDED_OVER, SendingState.PRINTED}
ROOT = Path(__file__).parents[2]
Printed = tuple[str, str, bytes]
"""The name and the street in the window of an envelope, and the letter in it."""


@dataclass
class Running:
    """The store, and the posts of both countries, which go by a clock that is `ahead` minutes later than the machine's."""

    store_url: str
    desk: Desk
    key_file: Path
    norway: NorwegianPost
    finland: FinnishPost
    ahead: list[int]

    async def progress(self) -> int:
        """How many letters are in a mailbox or in a batch of paper."""
        states = await self.desk.look(TEST, count_states)
        return len(self.norway.letters) + len(self.finland.letters) + states[SendingState.PRINTED]

    async def run_until(self, letters: int | None) -> None:
        """Let a hub hand over until so many are there, and end it by force; None until it has no more to do."""
        told = [self.store_url, self.norway.url, self.finland.url, str(self.key_file), str(self.ahead[0])]
        process = subprocess.Popen([sys.executable, "-m", "tests.faults.letters_process", *told], cwd=ROOT)
        try:
            async with asyncio.timeout(RUN_SECONDS):
                while process.poll() is None and (letters is None or await self.progress() < letters):
                    await asyncio.sleep(LOOKS_EVERY)
        finally:
            process.kill()
            process.wait()
        self.ahead[0] += 10

    def mailboxes(self) -> dict[str, list[bytes]]:
        """What lies there, by national id."""
        got: dict[str, list[bytes]] = {}
        for letter in self.norway.letters.values():
            assert letter.arrived_at is not None
            got.setdefault(letter.recipient, []).extend(file.content for file in letter.files)
        for message in self.finland.letters.values():
            got.setdefault(message.recipient, []).extend(message.files)
        return got


def count_states(look: Look) -> Counter[str]:
    asked = sa.select(LetterSending.state, sa.func.count()).group_by(LetterSending.state)
    return Counter({row[0]: row[1] for row in look.session.execute(asked)})


def list_printed(work: Work) -> list[Printed]:
    """As every batch of paper is bound."""
    batches = work.session.scalars(sa.select(PrintBatch)).all()
    bound = [gather_batch(work, SEAL, batch) for batch in batches]
    enclosed = [one for batch in bound if batch is not None for one in batch.enclosed]
    return [(one.address.receiver[0], one.address.receiver[1], one.pdf) for one in enclosed]


def made_for(families: Sequence[Family]) -> tuple[Mapping[str, list[bytes]], list[Printed]]:
    """What is to lie in each mailbox, and what is to be printed."""
    digital = {one.national_id: [one.pdf] for one in families if one.is_digital}
    return digital, sorted((one.name, one.street, one.pdf) for one in families if not one.is_digital)


@pytest.mark.one_store("sqlite")
async def test_whatever_ends_the_hub_in_a_batch_each_letter_reaches_its_own_receiver_once(
    store_url: str, tmp_path: Path
) -> None:
    await end_again_and_again(store_url, tmp_path, families=40, kills=2)


@pytest.mark.sweep
async def test_whatever_ends_the_hub_in_a_batch_of_thousands_each_letter_reaches_its_own_receiver_once(
    store_kind: str, store_url: str, tmp_path: Path
) -> None:
    await end_again_and_again(store_url, tmp_path, FAMILIES[store_kind], kills=6)


async def end_again_and_again(store_url: str, tmp_path: Path, families: int, kills: int) -> None:
    key, ahead, people = make_key("letters"), [0], list_families(families)
    desk = Desk(store_url, SystemClock(), LocalDoorbell(), node="test")
    await desk.work(TEST, load_families, people, SEAL)
    after = await desk.work(TEST, decide_some, "")
    while after:
        after = await desk.work(TEST, decide_some, after)
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(key.as_pem(private=True))

    norway = NorwegianPost(lambda: SystemClock().now() + timedelta(minutes=ahead[0]))
    finland = FinnishPost(norway.clock)
    norway.user, norway.password, finland.password = "budbok", "rehearsal", FINLANDS_PASSWORD
    norway.office.register(KEY_ID, key)
    open_mailboxes(people, norway, finland)
    async with norway, finland:
        running = Running(store_url, desk, key_file, norway, finland, ahead)
        for part in range(1, kills + 1):
            await running.run_until(families * part // (kills + 1))
        while set(await desk.look(TEST, count_states)) != DONE and ahead[0] < MOST_MINUTES:
            await running.run_until(None)
    states = await desk.look(TEST, count_states)
    printed = await desk.work(TEST, list_printed)
    await desk.close()

    in_mailboxes, on_paper = made_for(people)
    assert running.mailboxes() == in_mailboxes
    assert sorted(printed) == on_paper
    assert states == {SendingState.HANDED_OVER: len(in_mailboxes), SendingState.PRINTED: len(on_paper)}
