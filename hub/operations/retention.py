"""`budbok retention`: what is kept past its time, kind by kind; with `--apply` it is let go, as the daily routine does."""

import json
from collections.abc import Callable

from hub.asker import routine_asker
from hub.config import Settings
from hub.desk import Desk
from hub.never_again import FILE, NeverAgain
from hub.privacy.retention import Account, Places, run, survey

Say = Callable[[str], None]


async def tell_retention(desk: Desk, settings: Settings, say: Say, *, apply: bool, as_json: bool) -> int:
    """Say each kind. The exit code: 0 all is told or gone, 1 the ceiling left something for another run."""
    data = settings.hub.data
    places = Places(data / "spool", data / "anchors.jsonl")
    accounts = await (run if apply else survey)(desk, settings.retention, places)
    if apply:
        journal = NeverAgain(data / FILE)
        journal.append(await desk.look(routine_asker("never again"), journal.compare))
    for account in accounts:
        say(json.dumps(_as_json(account, apply)) if as_json else _line(account, apply))
    left = sum(account.left for account in accounts)
    if not apply:
        if not as_json:
            say(f"{left} things would go; `budbok retention --apply` lets them go.")
        return 0
    if left and not as_json:
        say(f"{left} things are left: one run lets go of {settings.retention.most_per_run} at most.")
    return 1 if left else 0


def _as_json(account: Account, apply: bool) -> dict[str, object]:
    said = {
        "kind": account.kind,
        "days": account.days,
        "before": account.before.isoformat(),
        "over": account.over,
        "held": account.held,
    }
    return said | ({"gone": account.gone, "left": account.left} if apply else {})


def _line(account: Account, apply: bool) -> str:
    held = f", {account.held} held" if account.held else ""
    went = f"{account.gone} gone, {account.left} left" if apply else f"{account.over} over"
    return f"{account.kind}: {went}{held}; kept {account.days} days, since {account.before:%Y-%m-%d}"
