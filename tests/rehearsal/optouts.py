"""Who told which number to stop, as the provider keeps it without Advanced Opt-Out.

Source: Twilio, default handling of opt-out keywords on long codes.
"""

from __future__ import annotations

STOP_WORDS = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
STOPPED = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe."
)
STARTED = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
SHORT_CODE_DIGITS = 6


class OptOuts:
    def __init__(self) -> None:
        self._blocked: set[tuple[str, str]] = set()

    def blocks(self, number: str, phone: str) -> bool:
        return (number, phone) in self._blocked

    def hear(self, number: str, phone: str, body: str) -> str | None:
        """Block or unblock if the whole text is such a word, in any case; the provider's own answer, or None."""
        word = body.strip().upper()
        pair = (number, phone)
        if len(number) <= SHORT_CODE_DIGITS:
            return None
        if word in STOP_WORDS and pair not in self._blocked:
            self._blocked.add(pair)
            return STOPPED
        if word in START_WORDS and pair in self._blocked:
            self._blocked.remove(pair)
            return STARTED
        return None
