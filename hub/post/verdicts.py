"""What an attempt that did not succeed means: whether there will be another, and when. Source: security rules S9.3 and S9.5."""

import random
from datetime import datetime, timedelta

from hub.clock import Clock
from hub.post.channel import AddressGoneError, SendError, TryLaterError, UnknownFateError
from hub.post.circuit import Circuit
from hub.post.claims import Claimed
from hub.post.outcomes import NotHanded

FIRST_WAIT = 2.0
LONGEST_WAIT = 600.0
LONGEST_URGENT_WAIT = 60.0
FIND_AFTER = timedelta(seconds=15)


class Verdicts:
    """Tells the circuit of its channel what it learns on the way."""

    def __init__(self, clock: Clock, chance: random.Random, circuit: Circuit) -> None:
        self._clock = clock
        self._chance = chance
        self._circuit = circuit

    def decide(self, claimed: Claimed, error: SendError) -> NotHanded:
        """By what the channel said of the attempt."""
        id_ = claimed.envelope.delivery_id
        match error:
            case TryLaterError():
                return self._later(claimed, error)
            case UnknownFateError():
                self._circuit.failed(claimed.channel)
                return self.unknown(claimed, error.reason)
            case AddressGoneError():
                self._circuit.went_well(claimed.channel)
                return NotHanded(id_, error.reason, gone=True, opted_out=error.opted_out)
            case _:
                self._circuit.went_well(claimed.channel)
                return NotHanded(id_, error.reason)

    def _later(self, claimed: Claimed, error: TryLaterError) -> NotHanded:
        """Nothing went by this attempt; an earlier one stays unknown, and may still be repeated if it was not yet."""
        if error.whole_channel:
            wait = self._circuit.pause(claimed.channel, error.reason, error.after)
            again = self._clock.now() + timedelta(seconds=wait)
        else:
            if error.after is None:
                self._circuit.failed(claimed.channel)
            again = self.again_at(claimed, error.after)
        return NotHanded(
            claimed.envelope.delivery_id,
            error.reason,
            again,
            unknown=claimed.look_first,
            counted=not error.whole_channel,
            unrepeated=claimed.look_first and not claimed.repeated,
        )

    def hand_back(self, claimed: Claimed, reason: str) -> NotHanded:
        """It had not begun."""
        return NotHanded(
            claimed.envelope.delivery_id,
            reason,
            self._clock.now(),
            unknown=claimed.look_first,
            counted=False,
            unrepeated=claimed.look_first and not claimed.repeated,
        )

    def unknown(self, claimed: Claimed, reason: str) -> NotHanded:
        """It may have gone: it is looked for a little later."""
        wait = FIND_AFTER * (1 + 0.2 * self._chance.random())
        return NotHanded(claimed.envelope.delivery_id, reason, self._clock.now() + wait, unknown=True)

    def again_at(self, claimed: Claimed, after: float | None) -> datetime:
        """Later each time, by chance apart, and never before the provider said."""
        longest = LONGEST_URGENT_WAIT if claimed.envelope.urgent else LONGEST_WAIT
        wait = min(longest, FIRST_WAIT * 2 ** min(claimed.tries - 1, 10)) * self._chance.uniform(0.5, 1.0)
        if after is not None:
            wait = max(wait, after * (1 + 0.1 * self._chance.random()))
        return self._clock.now() + timedelta(seconds=wait)
