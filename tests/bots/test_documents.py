"""Letters by text: what their guardian gets, and what nobody else does."""

import pytest
import sqlalchemy as sa

from bots.documents import say_letter
from bots.leave import LeaveBot
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.parts import count_parts
from hub.post.deliveries import Delivery
from hub.post.messages import Message, MessageChild
from hub.safety.audit import AuditRow
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_verdicts import Verdict, decide
from hub.school.letter_codes import WRONG_AT_MOST
from hub.talk.reception import Reception
from tests.blocks import block
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for
from tests.hub.talk.receptions import keep_text
from tests.transcript import in_turn, load_bots, the_ear
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
SECRET = "Søskenet har astma"
"""What only those who decide, and the whole letter, may say."""


class Phones:
    """The village's phones, and the school that answers them."""

    def __init__(self, village: Village) -> None:
        self.village = village
        self.told = 0
        self._bots = load_bots()
        self._reception = Reception(village.desk, the_ear(), self._bots, LocalDoorbell())

    async def refuse(self, reason: str = SECRET) -> None:
        """Kari's leave is refused, and both are told."""
        school = self.village.unit("school")

        def both(work: Work) -> None:
            id_ = apply_for(work, self.village, KARI, ANNE, [FAR])
            work.asker = as_staff(self.village.staff("Ingrid Solberg"))
            decide(work, work.session.get_one(LeaveApplication, id_), school, Verdict(Outcome.REFUSED, reason))

        await self.village.desk.work(TEST, both)
        leave = LeaveBot(in_turn())
        due = await self.village.desk.look(TEST, leave.list_due)
        await self.village.desk.work(TEST, leave.prompt_due, due)

    async def code_of(self, guardian: str) -> str:
        letter = await self.letter_to(guardian)
        assert letter.code is not None
        return letter.code

    async def letter_to(self, guardian: str) -> LeaveLetter:
        asked = sa.select(LeaveLetter).where(LeaveLetter.guardian_id == self.village.guardian(guardian).id)
        return await self.village.desk.look(TEST, lambda look: look.session.scalars(asked).one())

    async def write(self, text: str, guardian: str = ANNE, to: str = "contact teacher 7A") -> list[Delivery]:
        """What comes back to the phone that wrote, from wherever."""
        self.told += 1
        before = len(await self.village.desk.look(TEST, self._texts, guardian))
        await keep_text(self.village, self.told, text, guardian, to=self.village.number(to).value)
        await self._reception.answer_waiting()
        return (await self.village.desk.look(TEST, self._texts, guardian))[before:]

    def _texts(self, look: Look, guardian: str) -> list[Delivery]:
        to_phone = sa.select(Delivery).where(Delivery.recipient == self.village.phone(guardian))
        return list(look.session.scalars(to_phone.order_by(Delivery.id)))


@pytest.fixture
def phones(village: Village) -> Phones:
    return Phones(village)


def rest_of(deliveries: list[Delivery]) -> str:
    return "\n".join(delivery.text or "" for delivery in deliveries)


async def test_the_code_brings_the_letter_without_its_reasons_and_that_it_was_opened_is_kept(
    phones: Phones, clock: StoppedClock
) -> None:
    await phones.refuse()
    code = await phones.code_of(ANNE)

    came = await phones.write(f"BREV {code}")

    letter = await phones.letter_to(ANNE)
    assert "Søknaden er avslått" in rest_of(came)
    assert "klage innen tre uker" in rest_of(came)
    assert SECRET not in rest_of(came)
    assert SECRET in letter.text
    assert letter.is_as_made
    assert letter.opened_at == clock.now()
    asked = sa.select(AuditRow).where(AuditRow.what == "leave.open_letter")
    (row,) = await phones.village.desk.look(TEST, lambda look: list(look.session.scalars(asked)))
    assert letter.id in row.ids
    assert (await phones.letter_to(OLA)).opened_at is None


async def test_an_open_channel_is_told_where_the_reasons_are(phones: Phones) -> None:
    await phones.refuse()

    def has_no_reason(work: Work) -> None:
        letters = work.session.scalars(sa.select(LeaveLetter)).all()
        assert letters
        for letter in letters:
            assert letter.open_text != letter.text
            assert "Den står i hele brevet" in letter.open_text

    await phones.village.desk.work(TEST, has_no_reason)


async def test_the_other_guardians_code_says_the_same_as_one_that_nobody_has(phones: Phones) -> None:
    await phones.refuse()

    others = await phones.write(f"BREV {await phones.code_of(OLA)}")
    nobodys = await phones.write("BREV 0000")

    assert rest_of(others) == rest_of(nobodys)
    assert (await phones.letter_to(OLA)).opened_at is None
    assert (await phones.letter_to(ANNE)).wrong_codes == 2
    assert (await phones.letter_to(OLA)).wrong_codes == 0


async def test_another_familys_code_opens_nothing(phones: Phones) -> None:
    await phones.refuse()

    came = await phones.write(f"BREV {await phones.code_of(ANNE)}", "Ragnhild Lien", to="contact teacher 1A")

    assert "Søknaden" not in rest_of(came)
    assert (await phones.letter_to(ANNE)).opened_at is None


async def test_a_code_that_was_guessed_at_too_often_opens_nothing_until_a_new_one_is_asked_for(phones: Phones) -> None:
    await phones.refuse()
    code = await phones.code_of(ANNE)
    for number in range(WRONG_AT_MOST):
        await phones.write(f"BREV 000{number}")

    locked = await phones.write(f"BREV {code}")
    listed = await phones.write("DOKUMENTER")
    new = await phones.code_of(ANNE)
    opened = await phones.write(f"BREV {new}")

    assert "Søknaden" not in rest_of(locked)
    assert new != code
    assert f"BREV {new}" in rest_of(listed)
    assert "Søknaden er avslått" in rest_of(opened)


@pytest.mark.parametrize("blocked", [True, False])
async def test_a_right_that_ended_after_the_notice_opens_nothing(phones: Phones, blocked: bool) -> None:
    await phones.refuse()

    if blocked:
        await phones.village.desk.work(TEST, block, phones.village, OLA, KARI)
    came = await phones.write(f"BREV {await phones.code_of(OLA)}", OLA)

    assert ((await phones.letter_to(OLA)).opened_at is None) is blocked
    assert ("Søknaden er avslått" in rest_of(came)) is not blocked


async def test_from_another_units_number_the_letter_comes_from_its_own_and_stands_in_its_book_alone(
    phones: Phones,
) -> None:
    await phones.refuse()
    code = await phones.code_of(ANNE)
    own = phones.village.number("contact teacher 7A").value
    other = phones.village.number("teacher blabaer").value

    came = await phones.write(f"BREV {code}", to="teacher blabaer")

    letters = [delivery for delivery in came if "Søknaden er avslått" in (delivery.text or "")]
    assert [delivery.sender for delivery in letters] == [own]
    assert {delivery.sender for delivery in came} == {own, other}
    assert (await phones.letter_to(ANNE)).opened_at is not None
    kari = phones.village.child(KARI).id

    def about_kari(look: Look) -> list[str]:
        asked = sa.select(Message.text).join(MessageChild, MessageChild.message_id == Message.id)
        return list(look.session.scalars(asked.where(MessageChild.child_id == kari)))

    texts = await phones.village.desk.look(TEST, about_kari)
    assert sum("Avgjørelse om fri" in text for text in texts) == 1


async def test_a_long_letter_comes_whole_as_numbered_texts(phones: Phones) -> None:
    await phones.refuse()
    appeal = "\n\n".join(f"Avsnitt {number}. " + "Slik klager du til kommunen. " * 12 for number in range(8))

    def lengthen(work: Work) -> None:
        for letter in work.session.scalars(sa.select(LeaveLetter)):
            letter.open_text += "\n\n" + appeal

    await phones.village.desk.work(TEST, lengthen)
    came = await phones.write(f"BREV {await phones.code_of(ANNE)}")

    texts = [delivery.text or "" for delivery in sorted(came, key=lambda delivery: delivery.due)]
    assert len(texts) > 2
    assert all(count_parts(text).parts <= 6 for text in texts)
    assert [text.split(" ")[0] for text in texts] == [f"({n}/{len(texts)})" for n in range(1, len(texts) + 1)]
    whole = " ".join(text.split(" ", 1)[1] for text in texts)
    assert whole.split() == (await phones.letter_to(ANNE)).open_text.split()


@pytest.mark.parametrize("letters", ["a", "ж", "€", "😀"])
def test_however_a_letter_is_cut_each_piece_fits_and_nothing_is_lost(letters: str) -> None:
    text = (letters * 37 + " ") * 90

    pieces = say_letter(text)

    assert "".join(str(piece.parameters["text"]) for piece in pieces).replace(" ", "") == text.replace(" ", "")
    for piece in pieces:
        said = f"({piece.parameters['number']}/{piece.parameters['of']}) {piece.parameters['text']}"
        assert count_parts(said).parts <= 6
