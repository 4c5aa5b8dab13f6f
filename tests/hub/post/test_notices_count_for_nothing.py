"""A notice in a browser tells nobody anything: what waits for a word that has left goes on waiting beside it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.address import PUSH, SMS
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.alarms import is_emergency_leaving
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Lane
from hub.post.topics import Topic
from hub.school.absences import Absence, Reason
from hub.school.telling_on import list_untold
from tests.hub.post.spoken import TEST, answered, heard
from tests.village import Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"


def notice_beside(work: Work, message_id: str, status: Status, lane: Lane, kind: str = PUSH) -> None:
    """One more delivery of a message, as a round of notices makes it."""
    own = work.session.scalars(sa.select(Delivery).where(Delivery.message_id == message_id)).one()
    work.session.add(
        Delivery(
            id=work.new_id(),
            owner_id=own.owner_id,
            message_id=message_id,
            guardian_id=own.guardian_id,
            address_id=None,
            channel=kind,
            kind=kind,
            sender=kind,
            recipient=f"{kind}:{work.new_id()}",
            text="Something new",
            lane=lane,
            due=work.now,
            deadline=work.now + timedelta(hours=1),
            automatic=False,
            topic=Topic.URGENT,
            status=status,
            rank=RANK[status],
        )
    )


@pytest.mark.parametrize(("echo", "is_told"), [(Status.FAILED, False), (Status.SENT, True)])
async def test_an_absence_whose_echo_failed_is_told_to_nobody_though_a_notice_was_shown(
    village: Village, clock: StoppedClock, echo: Status, is_told: bool
) -> None:
    kari = village.child(KARI)

    def tell(work: Work) -> str:
        said = heard(work, village, village.guardian(ANNE), "school", "Kari er syk", [kari])
        work.session.flush()
        absence = Absence(
            id=work.new_id(),
            owner_id=kari.owner_id,
            child_id=kari.id,
            day=work.now.date(),
            reason=Reason.SICK,
            told_by=village.guardian(ANNE).id,
            told_kind="guardian",
            trust=Trust.CLAIMED,
            told_at=work.now,
            message_id=said.id,
        )
        work.session.add(absence)
        echoed = answered(work, village, village.guardian(OLA), "school", "Kari er meldt syk", [kari], ends=echo)
        work.session.flush()
        notice_beside(work, echoed.id, Status.SENT, Lane.SAFETY)
        return absence.id

    absence_id = await village.desk.work(TEST, tell)

    def untold(look: Look) -> set[str]:
        return list_untold(look, [look.session.get_one(Absence, absence_id)])

    assert (await village.desk.look(TEST, untold) == set()) is is_told


@pytest.mark.parametrize(("kind", "waits"), [(PUSH, False), (SMS, True)])
async def test_bulk_does_not_wait_for_a_notice_of_an_emergency(village: Village, kind: str, waits: bool) -> None:
    def tell(work: Work) -> None:
        said = answered(work, village, village.guardian(OLA), "school", "Møt i hallen", [village.child(KARI)])
        work.session.flush()
        notice_beside(work, said.id, Status.WAITING, Lane.EMERGENCY, kind)

    await village.desk.work(TEST, tell)

    assert await village.desk.look(TEST, is_emergency_leaving) is waits
