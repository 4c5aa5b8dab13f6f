"""`budbok verify`: walks the audit's chains and holds them against their anchors outside the store."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from hub.desk import Look
from hub.safety.audit import heads, verify

Say = Callable[[str], None]
WORDS = {
    "changed": "row {number} is not as it was written",
    "lost": "row {number} is missing",
    "cut": "row {number} was anchored, and is not there",
}


def check_audit(look: Look, anchors: Sequence[Path], say: Say, as_json: bool) -> int:
    """Say each fault by chain and number, by the anchors of all machines. The exit code: 0 all holds, 1 it does not."""
    faults = 0
    for fault in verify(look, *anchors):
        faults += 1
        if as_json:
            say(json.dumps({"chain": fault.chain, "number": fault.number, "fault": fault.what}))
        else:
            say(f"Chain {fault.chain}: {WORDS[fault.what].format(number=fault.number)}.")
    if faults:
        return 1
    if not as_json:
        ends = heads(look)
        say(f"The audit holds: {sum(number for number, _ in ends.values())} rows in {len(ends)} chains.")
    return 0
