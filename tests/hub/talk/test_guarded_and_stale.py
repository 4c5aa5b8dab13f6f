"""What an open channel may say wherever a protected child is, whatever the right is; and that a number which may no longer
act answers nothing that the hub asked while it might. Source: security rules S1.4 and S4.4.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bots.care_clash import CareClashBot
from bots.care_clash_facts import ClashFacts
from bots.care_facts import CareFacts, Wish
from bots.care_holiday import CareHolidayBot, HolidayFacts
from bots.care_time import CareTimeBot
from bots.consent import ConsentBot
from bots.consent_facts import ConsentFacts as Consents
from bots.leave_consent import ConsentFacts, LeaveConsentBot
from hub.chosen_parts import load_bots
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import GuardianAddress, GuardianRight, Guardianship, Placement
from hub.people.places import Unit
from hub.post.audience import MAY_ACT, list_addresses
from hub.post.deliveries import Delivery
from hub.talk.answers import Named
from hub.talk.bot import Bot
from hub.talk.reception import Reception
from hub.talk.speaker import Speaker, get_speaker
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import keep_text
from tests.transcript import the_ear
from tests.village import Village

RAGNHILD, ADA = "Ragnhild Lien", "Ada Lien"
ANNE, KARI = "Anne Nordmann", "Kari Nordmann"
TODAY = date(2025, 3, 3)


def leave_only(work: Work, village: Village, guardian: str, rights: set[str]) -> None:
    ties = sa.select(Guardianship.id).where(Guardianship.guardian_id == village.guardian(guardian).id)
    work.session.execute(
        sa.delete(GuardianRight).where(GuardianRight.guardianship_id.in_(ties), GuardianRight.kind.not_in(rights))
    )


async def hear(village: Village, number: int, guardian: str, text: str) -> str:
    """What leaves for their phone when they write to the contact teacher of 1A, all of it."""
    await keep_text(village, number, text, guardian, to=village.number("contact teacher 1A").value)
    await Reception(village.desk, the_ear(), load_bots(), LocalDoorbell()).answer_waiting()

    def texts(look: Look) -> list[str]:
        asked = sa.select(Delivery.text).where(Delivery.recipient == village.phone(guardian))
        return [text or "" for text in look.session.scalars(asked)]

    return "\n".join(await village.desk.look(TEST, texts))


@pytest.mark.parametrize("rights", [{"inform"}, {"absence"}, {"inform", "absence"}, {"inform", "leave"}])
@pytest.mark.parametrize("text", ["Syk i dag", "Hva er avtalt?", "HJELP", "Ada er syk i dag"])
async def test_whoever_may_not_write_about_a_protected_child_is_told_nothing_of_it_either(
    village: Village, rights: set[str], text: str
) -> None:
    await village.desk.work(TEST, leave_only, village, RAGNHILD, rights)

    said = await hear(village, 1, RAGNHILD, text)

    assert said != ""
    assert "Ada" not in said
    assert village.unit("school").name not in said


async def test_whoever_has_no_protected_child_is_told_by_name(village: Village) -> None:
    await village.desk.work(TEST, leave_only, village, ANNE, {"inform", "absence"})

    assert "Kari" in await hear(village, 1, ANNE, "Hva er avtalt?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a bot has asked a guardian of the village about a child."""

    bot: Bot
    facts: Any


def ask_all(village: Village) -> list[Asked]:
    kari = Named(village.child(KARI).id, "Kari")
    return [
        Asked(LeaveConsentBot(), ConsentFacts((kari,), (), (TODAY,), TODAY)),
        Asked(CareClashBot(), ClashFacts(kari, "Ola", "", (Wish(TODAY, ""),), (), ())),
        Asked(CareHolidayBot(), HolidayFacts("", kari, "", ((TODAY,),), TODAY, comes=True, today=TODAY, reminds=False)),
        Asked(CareTimeBot(), CareFacts((kari,), time(8), time(16))),
        Asked(ConsentBot(), Consents((kari,))),
    ]


def speaker_of(look: Look, village: Village, guardian: str) -> Speaker:
    place = look.session.scalars(sa.select(Placement).where(Placement.child_id == village.child(KARI).id)).first()
    assert place is not None
    people = list_addresses(look, "sms", village.phone(guardian), village.owner().id)
    return get_speaker(look, look.session.get_one(Unit, place.unit_id), people)


def list_who_may_go_on(look: Look, village: Village) -> list[str]:
    speaker = speaker_of(look, village, ANNE)
    return [each.bot.name for each in ask_all(village) if each.bot.may_go_on(look, speaker, each.facts)]


async def test_a_number_that_became_old_since_it_was_asked_answers_for_no_child(village: Village) -> None:
    names = [each.bot.name for each in ask_all(village)]
    before = await village.desk.look(TEST, list_who_may_go_on, village)

    def grow_old(work: Work) -> None:
        work.session.execute(
            sa.update(GuardianAddress)
            .where(GuardianAddress.value == village.phone(ANNE))
            .values(confirmed_at=work.now - MAY_ACT - timedelta(days=1))
        )

    await village.desk.work(TEST, grow_old)

    assert before == names
    assert await village.desk.look(TEST, list_who_may_go_on, village) == []
