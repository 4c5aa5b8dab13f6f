"""A decision's letters become PDFs soon after it, which it never waits for: one for each guardian, kept as it was made."""

import asyncio
import hashlib
import io
from datetime import timedelta

import pypdf
import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Desk, Look, Work
from hub.letters import rendering
from hub.people.places import Owner
from hub.post.letter_looks import list_sender, set_letter_look
from hub.safety.access import NotThereError
from hub.safety.audit import AuditRow
from hub.school import leave_papers
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import LeaveDecision, Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper, get_paper, make_papers
from hub.school.leave_verdicts import Verdict, decide
from tests.blocks import block
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for
from tests.hub.sign_in.school import TEST
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
REASON = "Prøver i uke 13. #eval(1)"


async def refuse(village: Village) -> None:
    def both(work: Work) -> None:
        id_ = apply_for(work, village, KARI, ANNE, [FAR])
        work.asker = as_staff(village.staff("Ingrid Solberg"))
        decide(
            work, work.session.get_one(LeaveApplication, id_), village.unit("school"), Verdict(Outcome.REFUSED, REASON)
        )

    await village.desk.work(TEST, both)


async def papers(desk: Desk) -> dict[str, bytes]:
    """By the guardian's id."""
    asked = sa.select(LeaveLetter.guardian_id, LeavePaper.body).join(LeavePaper, LeavePaper.letter_id == LeaveLetter.id)
    return await desk.look(TEST, lambda look: {row[0]: row[1] for row in look.session.execute(asked)})


def words_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


async def test_each_guardian_gets_their_own_with_their_own_name_and_the_words_of_their_letter(village: Village) -> None:
    await refuse(village)

    made = await make_papers(village.desk)
    again = await make_papers(village.desk)
    found = await papers(village.desk)
    letters = await village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(LeaveLetter))))

    assert (made, again) == (2, 0)
    assert found.keys() == {village.guardian(ANNE).id, village.guardian(OLA).id}
    for letter in letters:
        words = words_of(found[letter.guardian_id])
        assert "".join(letter.text.split()) in words
    assert "AnneNordmann" in words_of(found[village.guardian(ANNE).id])
    assert "OlaNordmann" not in words_of(found[village.guardian(ANNE).id])
    assert "AnneNordmann" not in words_of(found[village.guardian(OLA).id])


async def test_who_was_blocked_meanwhile_gets_none(village: Village) -> None:
    await refuse(village)

    await village.desk.work(TEST, block, village, OLA, KARI)
    await make_papers(village.desk)

    assert (await papers(village.desk)).keys() == {village.guardian(ANNE).id}
    assert await make_papers(village.desk) == 0


async def test_a_decision_stands_though_its_letter_cannot_be_made_and_it_is_made_later(
    village: Village, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await refuse(village)
    with monkeypatch.context() as broken:
        broken.setattr(rendering, "_template", lambda: b"#panic()")
        assert await make_papers(village.desk) == 0

    decided = await village.desk.look(TEST, lambda look: look.session.scalars(sa.select(LeaveDecision)).one().outcome)
    at_once = await make_papers(village.desk)
    clock.move(timedelta(minutes=2))
    later = await make_papers(village.desk)

    assert decided == Outcome.REFUSED
    assert (at_once, later) == (0, 2)
    assert "a letter could not be made" in caplog.messages
    assert not [record for record in caplog.records if KARI in record.getMessage()]


async def test_its_digest_is_kept_and_a_changed_byte_is_noticed(
    village: Village, caplog: pytest.LogCaptureFixture
) -> None:
    await refuse(village)
    await make_papers(village.desk)

    def first(look: Look) -> LeavePaper:
        return look.session.scalars(sa.select(LeavePaper).order_by(LeavePaper.letter_id)).first() or pytest.fail("none")

    kept = await village.desk.look(TEST, first)
    assert hashlib.sha256(kept.body).hexdigest() == kept.sha256
    assert await village.desk.look(TEST, get_paper, kept.letter_id) == kept.body

    def change(work: Work) -> None:
        paper = first(work)
        paper.body = paper.body[:-1] + bytes([paper.body[-1] ^ 1])

    await village.desk.work(TEST, change)
    with pytest.raises(NotThereError):
        await village.desk.look(TEST, get_paper, kept.letter_id)
    assert "a letter is not as it was made" in caplog.messages


async def test_an_administrator_says_how_the_next_letter_looks(village: Village) -> None:
    owner = village.owner()
    await village.desk.work(
        as_staff(village.staff("Tora Myklebust")),
        lambda work: set_letter_look(
            work, " Oppvekst Fjordvik ", "Strandgata 1\n\n 0001 Fjordvik\n", None, keeps_logo=True
        ),
    )
    await refuse(village)
    await make_papers(village.desk)

    sender = await village.desk.look(TEST, lambda look: list_sender(look, look.session.get_one(Owner, owner.id)))
    noted = await village.desk.look(
        TEST, lambda look: look.session.scalars(sa.select(AuditRow).where(AuditRow.what == "letters.look")).all()
    )
    assert sender == ("Oppvekst Fjordvik", "Strandgata 1", "0001 Fjordvik")
    assert len(noted) == 1
    assert all(
        "OppvekstFjordvikStrandgata10001Fjordvik" in words_of(pdf) for pdf in (await papers(village.desk)).values()
    )


async def test_nobody_else_says_how_letters_look(village: Village) -> None:
    with pytest.raises(NotThereError):
        await village.desk.work(
            as_staff(village.staff("Ingrid Solberg")),
            lambda work: set_letter_look(work, "Andre", "", None, keeps_logo=True),
        )


async def test_the_hub_goes_on_while_a_letter_is_made(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    await refuse(village)
    loop, went_on = asyncio.get_running_loop(), asyncio.Event()

    def render_slowly(letter: object) -> bytes:
        loop.call_soon_threadsafe(went_on.set)
        return b"%PDF-"

    monkeypatch.setattr(leave_papers, "render", render_slowly)
    making = asyncio.create_task(make_papers(village.desk))
    await went_on.wait()

    assert await making == 2
