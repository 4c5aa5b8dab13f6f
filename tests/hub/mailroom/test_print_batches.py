"""Letters on paper: each in one batch, whatever ends the hub, and printed for nobody who may not have it at that moment."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from hub.desk import Work
from hub.letters.rendering import render
from hub.mailroom import print_batches
from hub.mailroom.print_batches import (
    PrintBatch,
    gather_batch,
    list_units_due,
    make_batch,
    make_batches,
    make_due_batches,
)
from hub.mailroom.print_binding import Batch, bind
from hub.mailroom.sendings import SendingState, WhySending
from hub.mailroom.service import Reach, Way
from hub.people.families import Child, Guardian
from hub.people.postal_addresses import PostalAddress, keep_told_post, let_go_post
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper
from tests.blocks import block
from tests.hub.letters.test_rendering import LETTER, squeezed
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, KARI, OLA, OLAS_ID, SEAL, LettersDay, count_states
from tests.hub.mailroom.pretend_post import KilledError
from tests.hub.sign_in.school import TEST

HOME = PostalAddress(("Fjellveien 3",), "0001", "Fjordvik", "NO")
RESERVED = Reach(Way.PAPER, "reserved")


@pytest.fixture
async def paper(day: LettersDay) -> LettersDay:
    """Anne and Ola take no digital post, and are known by their addresses."""
    day.post.reaches |= {ANNES_ID: RESERVED, OLAS_ID: RESERVED}
    for name in (ANNE, OLA):
        await tell(day, name)
    return day


async def tell(day: LettersDay, name: str, post: PostalAddress = HOME) -> None:
    one = day.village.guardian(name)
    await day.desk.work(TEST, keep_told_post, SEAL, (one.owner_id, one.id), post)


async def decide(day: LettersDay, pages: int = 1) -> None:
    """Kari's leave is decided, and both letters are for paper."""
    await day.decide()
    await day.send()
    await day.desk.work(TEST, print_all, pages)


def letter_of(name: str, pages: int) -> bytes:
    letter = pypdf.PdfWriter(io.BytesIO(render(replace(LETTER, title=f"Vedtak til {name}"))))
    for _ in range(pages - 1):
        letter.add_blank_page()
    out = io.BytesIO()
    letter.write(out)
    return out.getvalue()


def print_all(work: Work, pages: int) -> None:
    """Each paper names its receiver."""
    for kept in work.session.scalars(sa.select(LeavePaper)):
        letter = work.session.get_one(LeaveLetter, kept.letter_id)
        pdf = letter_of(work.session.get_one(Guardian, letter.guardian_id).first_name, pages)
        kept.body, kept.sha256 = pdf, hashlib.sha256(pdf).hexdigest()


async def make(day: LettersDay) -> bool:
    return await day.desk.work(TEST, make_batch, day.village.unit("school").id)


async def batches(day: LettersDay) -> list[PrintBatch]:
    asked = sa.select(PrintBatch).order_by(PrintBatch.number)
    return await day.desk.look(TEST, lambda look: list(look.session.scalars(asked)))


async def printed(day: LettersDay) -> pypdf.PdfReader | None:
    """What comes out of the printer of the newest batch."""
    batch = (await batches(day))[-1]

    def gather(work: Work) -> Batch | None:
        return gather_batch(work, SEAL, work.session.get_one(PrintBatch, batch.id))

    found = await day.desk.work(TEST, gather)
    return None if found is None else pypdf.PdfReader(io.BytesIO(bind(found)))


async def states(day: LettersDay) -> dict[str, int]:
    return await day.desk.look(TEST, count_states)


async def test_a_batch_has_a_list_and_each_letter_behind_its_own_address_on_whole_sheets(paper: LettersDay) -> None:
    await decide(paper)

    await make(paper)
    found = await printed(paper)

    assert found is not None
    texts = [squeezed(page.extract_text()) for page in found.pages]
    assert len(texts) == 6
    assert "2brev,2ark" in texts[0]
    assert texts[1] == ""
    owner = paper.village.owner().name
    for at, name in ((2, ANNE), (4, OLA)):
        assert squeezed(f"{name} Fjellveien 3 0001 Fjordvik") in texts[at]
        assert squeezed(owner) in texts[at]
        assert squeezed(f"Vedtak til {name.split()[0]}") in texts[at + 1]
    assert texts[2].endswith("1-1")
    assert texts[4].endswith("1-2")


async def test_neither_the_list_nor_an_address_page_tells_a_matter_or_a_child(paper: LettersDay) -> None:
    await decide(paper)

    await make(paper)
    found = await printed(paper)

    assert found is not None
    beside = "".join(found.pages[at].extract_text() for at in (0, 2, 4)).casefold()
    assert not any(word in beside for word in ("kari", "vedtak", "fri", "permisjon"))
    assert ANNE.casefold() not in found.pages[0].extract_text().casefold()


@pytest.mark.parametrize("pages", [2, 3])
async def test_no_sheet_that_is_printed_on_both_sides_bears_two_peoples(paper: LettersDay, pages: int) -> None:
    await decide(paper, pages)

    await make(paper)
    found = await printed(paper)

    assert found is not None
    starts = [at for at, page in enumerate(found.pages) if "Fjellveien" in page.extract_text()]
    assert starts == [2, 2 + 2 * ((pages + 2) // 2)]
    assert len(found.pages) % 2 == 0


async def test_each_letter_is_in_one_batch_and_a_second_one_holds_only_what_came_after(paper: LettersDay) -> None:
    await decide(paper)
    await make(paper)

    await make(paper)
    alone = await batches(paper)
    await decide(paper)
    await make(paper)

    assert [one.letters for one in alone] == [2]
    assert [(one.number, one.letters) for one in await batches(paper)] == [(1, 2), (2, 2)]
    assert await states(paper) == {SendingState.PRINTED: 4}


async def test_more_than_a_batch_holds_make_more_batches(paper: LettersDay) -> None:
    await paper.decide_many(print_batches.BATCH + 5)
    await paper.send()

    await make_batches(paper.desk, TEST, partial(make_batch, unit_id=paper.village.unit("school").id))

    assert [one.letters for one in await batches(paper)] == [print_batches.BATCH, 5]
    found = await paper.sendings()
    assert len({(one.batch_id, one.batch_number) for one in found}) == len(found)


async def test_a_hub_that_dies_while_it_makes_batches_puts_each_letter_into_one(
    paper: LettersDay, monkeypatch: pytest.MonkeyPatch
) -> None:
    await paper.decide_many(2 * print_batches.BATCH + 5)
    await paper.send()
    work: Callable[..., Any] = paper.desk.work

    async def die_after_one(*given: Any) -> None:
        await work(*given)
        raise KilledError

    make_all = partial(make_batch, unit_id=paper.village.unit("school").id)
    with monkeypatch.context() as dying:
        dying.setattr(paper.desk, "work", die_after_one)
        with pytest.raises(KilledError):
            await make_batches(paper.desk, TEST, make_all)

    await make_batches(paper.desk, TEST, make_all)

    assert [one.letters for one in await batches(paper)] == [print_batches.BATCH, print_batches.BATCH, 5]
    assert await states(paper) == {SendingState.PRINTED: 2 * print_batches.BATCH + 5}


async def test_whoever_has_no_address_is_for_a_person_to_give_it(paper: LettersDay) -> None:
    await decide(paper)
    await paper.desk.work(TEST, let_go_post, paper.village.guardian(OLA).id)

    await make(paper)

    assert await paper.fate(ANNE) == (SendingState.PRINTED, WhySending.RESERVED)
    assert await paper.fate(OLA) == (SendingState.NOBODY, WhySending.NO_ADDRESS)


def protect(work: Work, child_id: str) -> None:
    work.session.get_one(Child, child_id).protected = True


async def test_what_may_not_go_any_more_falls_out_when_the_batch_is_made(paper: LettersDay) -> None:
    await decide(paper)
    await paper.desk.work(TEST, block, paper.village, OLA, KARI)

    await make(paper)

    assert await paper.fate(ANNE) == (SendingState.PRINTED, WhySending.RESERVED)
    assert await paper.fate(OLA) == (SendingState.OVER, WhySending.NO_RIGHT)


async def test_what_may_not_go_any_more_falls_out_when_the_batch_is_printed(paper: LettersDay) -> None:
    await decide(paper)
    await make(paper)
    await paper.desk.work(TEST, block, paper.village, OLA, KARI)

    found = await printed(paper)

    assert found is not None
    assert OLA.split()[0] not in "".join(page.extract_text() for page in found.pages)
    assert await paper.fate(OLA) == (SendingState.OVER, WhySending.NO_RIGHT)
    assert (await paper.sending(OLA)).batch_id is None


@pytest.mark.parametrize("before", [True, False], ids=["before it is made", "before it is printed"])
async def test_a_family_that_became_protected_gets_no_paper(paper: LettersDay, before: bool) -> None:
    await decide(paper)
    steps = [make(paper), paper.desk.work(TEST, protect, paper.village.child(KARI).id)]

    for step in reversed(steps) if before else steps:
        await step
    found = await printed(paper) if not before else None

    assert found is None
    assert await states(paper) == {SendingState.NOBODY: 2}
    assert await paper.fate(ANNE) == (SendingState.NOBODY, WhySending.PROTECTED)


async def test_one_whose_pdf_is_not_as_it_was_made_is_not_printed(paper: LettersDay) -> None:
    await decide(paper)
    await make(paper)

    def spoil(work: Work) -> None:
        kept = work.session.get_one(LeavePaper, letter_id)
        kept.body = kept.body[:-1] + b"x"

    letter_id = (await paper.letter(OLA)).id
    await paper.desk.work(TEST, spoil)
    await printed(paper)

    assert await paper.fate(ANNE) == (SendingState.PRINTED, WhySending.RESERVED)
    assert await paper.fate(OLA) == (SendingState.NOBODY, WhySending.BROKEN)


async def test_the_days_batch_is_made_once_from_six_and_what_comes_later_waits_for_the_next_morning(
    paper: LettersDay,
) -> None:
    paper.clock.jump(datetime(2025, 3, 3, 3, 0, tzinfo=UTC))
    await decide(paper)
    seen = []

    for hour, day in ((4, 3), (5, 3), (6, 3), (9, 3)):
        paper.clock.jump(datetime(2025, 3, day, hour, 30, tzinfo=UTC))
        await make_due_batches(paper.desk)
        seen.append([one.letters for one in await batches(paper)])
    await decide(paper)
    await make_due_batches(paper.desk)
    seen.append([one.letters for one in await batches(paper)])
    paper.clock.jump(datetime(2025, 3, 4, 6, 0, tzinfo=UTC))
    await make_due_batches(paper.desk)

    assert seen == [[], [2], [2], [2], [2]]
    assert [one.letters for one in await batches(paper)] == [2, 2]
    assert await paper.desk.look(TEST, list_units_due) == []


@pytest.mark.parametrize("name", ["Å" * 80, "Áŋŋel Čáhci Đuvvá", "Ola 😀 Nordmann", "נור שרה", "نور الهدى"])
async def test_any_name_stands_on_its_address_page(paper: LettersDay, name: str) -> None:
    def rename(work: Work) -> None:
        work.session.get_one(Guardian, paper.village.guardian(ANNE).id).first_name = name

    await paper.desk.work(TEST, rename)
    await decide(paper)
    await make(paper)

    found = await printed(paper)

    assert found is not None
    pages = [squeezed(found.pages[at].extract_text()) for at in (2, 4)]
    assert any(set(squeezed(name)) <= set(words) for words in pages)
    assert all(squeezed("0001 Fjordvik") in words for words in pages)
