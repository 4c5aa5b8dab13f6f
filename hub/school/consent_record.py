"""Staff keep what a guardian told them, on paper or in person, and take it back when it was a slip of the pen."""

from hub.asker import Trust
from hub.desk import Refusal, Work
from hub.post.reading import get_reader
from hub.safety.access import NotThereError, get_child
from hub.school.consent_board import read_child
from hub.school.consents import Choice, Consent, How, Told, get_words, say_words, take_back


class NotAskedForError(Refusal):
    """Only somebody who decides for the child says yes or no, and only to a kind that is in use."""

    words = "refusals.consent_not_decides"


TRUST = {How.PAPER: Trust.STRONG, How.SPOKEN: Trust.CONFIRMED}
"""A signed paper in a signed-in colleague's hand is as good as a sign-in; words across a table are not."""


def record(work: Work, child_id: str, guardian_id: str, kind_id: str, granted: bool, how: How) -> Consent:
    """Keep a guardian's yes or no. Audited. Raises: NotThereError, NotAskedForError, and what say_words raises."""
    found = read_child(work, child_id)
    kind = next((kind for kind in found.standings.kinds if kind.id == kind_id), None)
    if guardian_id not in found.deciders or kind is None or how not in TRUST:
        raise NotAskedForError
    told = Told(how, work.asker.id, TRUST[how])
    (row,) = say_words(work, found.child, guardian_id, [Choice(kind, granted)], told)
    return row


def unrecord(work: Work, child_id: str, consent_id: str) -> None:
    """Take back what staff kept: what was said before holds again. Audited. Raises: NotThereError."""
    get_child(work, get_reader(work).reach, child_id)
    rows = [row for row in get_words(work, [consent_id]) if row.child_id == child_id and row.how in set(TRUST)]
    if not rows:
        raise NotThereError
    take_back(work, rows, Told(How(rows[0].how), work.asker.id, Trust.STRONG))
