"""Keeps for the archive, now and then, what is to be kept and nobody has to ask for."""

from hub.archive.consent_records import gather_consents
from hub.archive.leave_records import gather_leave
from hub.archive.letter_proofs import gather_proofs
from hub.archive.message_records import gather_messages
from hub.asker import routine_asker
from hub.desk import Desk

ASKER = routine_asker("archive")
AT_ONCE = 20


async def gather_records(desk: Desk) -> None:
    """All that is due, in small works, each whole: what a crash lets go of is found again."""
    for gather in (gather_leave, gather_proofs, gather_consents, gather_messages):
        while await desk.work(ASKER, gather, AT_ONCE):
            pass
