"""The numbers that will soon no longer do, of which a guardian is asked whether they are still theirs."""

from collections.abc import Collection
from datetime import timedelta

from bots.contact_facts import ContactFacts, Matter
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.people.places import Unit
from hub.post.audience import MAY_ACT
from hub.talk.answers import YesNo
from hub.talk.dialogue import say
from hub.talk.duties import Duty
from hub.talk.renewals import list_ending

RENEWAL_LASTS = timedelta(days=14)


def list_numbers(look: Look, unit: Unit, guardian_ids: Collection[str], bot: str) -> list[Duty]:
    """The numbers that end within the month, of those who are asked from this unit."""
    return [
        _duty(look, unit, guardian.id, address, bot)
        for address, home, guardian in list_ending(look, guardian_ids)
        if home.id == unit.id
    ]


def _duty(look: Look, unit: Unit, guardian_id: str, address: GuardianAddress, bot: str) -> Duty:
    until = address.confirmed_at + MAY_ACT

    def told(work: Work) -> None:
        address.asked_at = work.now

    return Duty(
        bot=bot,
        key=address.id,
        unit=unit,
        guardian_id=guardian_id,
        children=(),
        until=until,
        line=say("weekly.number", day=unit.local(until).date(), today=unit.today(look.now)),
        facts=ContactFacts(Matter.RENEWAL),
        lasts=RENEWAL_LASTS,
        answered=YesNo().about(),
        takes_yes=True,
        same=("matter",),
        told=told,
    )
