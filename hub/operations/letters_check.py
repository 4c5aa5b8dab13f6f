"""What `budbok doctor` finds in the store about letters: those that digital post does not take, and why."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from hub.desk import Look
from hub.mailroom.sendings import LetterSending, SendingState
from hub.operations.findings import Finding, hint, wrong

A_WHILE = timedelta(hours=1)
"""What is not taken for less may be taken any moment."""


def check_held_letters(look: Look) -> Iterator[Finding]:
    """Nothing, where none is held back."""
    asked = (
        sa.select(
            LetterSending.error, sa.func.count().label("letters"), sa.func.min(LetterSending.made_at).label("oldest")
        )
        .where(LetterSending.state == SendingState.WAITING, LetterSending.error.is_not(None))
        .group_by(LetterSending.error)
        .order_by(LetterSending.error)
    )
    held = look.session.execute(asked).all()
    if held:
        why = ", ".join(f"{row.letters}: {row.error}" for row in held)
        oldest = min(row.oldest for row in held)
        say = wrong if look.now - oldest >= A_WHILE else hint
        yield say(
            "letters",
            f"digital post does not take these now ({why}), the oldest since {oldest:%Y-%m-%d %H:%M} UTC.",
            "See what is said of digital post; they go by themselves once that is mended, on paper after two days.",
        )
