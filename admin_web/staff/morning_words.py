"""What *Morning* says: what its templates are given, and the sentences about a child, a group and what waits."""

from collections.abc import Iterator
from typing import Any

from admin_web.staff.morning_board import Board, BoardDay, GroupOnBoard, Waiting
from admin_web.staff.morning_denied import list_cards
from admin_web.staff.morning_missing import looked_for
from admin_web.staff.morning_rows import GONE, PILL, Row, Standing
from admin_web.staff.still_here_words import still_said
from admin_web.staff.visiting import Visit
from hub.address import shown_phone
from hub.school.going_home import GoingHome
from hub.spoken import say_clock
from hub.talk.waiting import WaitingThread

NOT_SAID = frozenset({"not_delivered", "over_cap"})
"""Why a thread waits for a person when nobody said anything: they have words of their own."""
MARKED = (Standing.CONTRADICTED, Standing.HERE)
NOT_HERE = (Standing.AWAY, Standing.ELSEWHERE)


def day_facts(visit: Visit, day: BoardDay) -> dict[str, Any]:
    """What the templates of the children are given."""
    return {
        "still": still_said(visit, day),
        "lead": visit.say(
            "morning.lead",
            today=day.today,
            week=day.today.isocalendar().week,
            here=day.count(*MARKED),
            away=day.count(*NOT_HERE),
            late=day.count(Standing.LATE, Standing.OVERDUE),
        ),
        "clock": lambda at: "" if at is None else say_clock(at, visit.language),
        "counts": lambda group: _counts(visit, group),
    }


def board_facts(visit: Visit, morning: Board) -> dict[str, Any]:
    """What the templates of the board are given."""
    missing, denied = looked_for(visit, morning), list_cards(visit, morning)
    ids = {one["child_id"] for one in missing.listed} | {one.child_id for one in denied}
    return {
        **day_facts(visit, morning),
        "morning": morning,
        "path": f"/morning/{morning.unit.id}",
        "answer": _answer(visit, morning, len(ids)),
        "looked_for": missing,
        "denied": denied,
        "pill_of": lambda row: PILL[row.standing],
        "said": lambda row: " · ".join(filter(None, _all_said(visit, morning, row))),
        "word": lambda row: pill_word(visit, morning, row),
        "care_word": lambda row: care_word(visit, row),
    }


def _answer(visit: Visit, morning: Board, listed: int) -> str:
    """The sentence on top: whom to look for now, before everything else."""
    if listed:
        return visit.say("missing.title", n=listed)
    return visit.say(
        "morning.answer",
        children=morning.unheard,
        unsure=morning.unsure,
        families=morning.families,
        is_closed=morning.is_closed,
        closed_name=morning.closed_name,
    )


def waiting_facts(visit: Visit, waiting: Waiting) -> dict[str, Any]:
    """What the templates of that which waits are given."""
    return {
        "waiting": waiting.threads,
        "when": lambda at: visit.say("morning.when", at=waiting.unit.local(at), today=waiting.today),
        "shown_phone": shown_phone,
        "waits_said": lambda waits: _waits_said(visit, waits),
    }


def _waits_said(visit: Visit, waits: WaitingThread) -> str:
    if waits.row.waits_why in NOT_SAID:
        return visit.say(f"morning.{waits.row.waits_why}")
    return visit.say("morning.hidden") if waits.said is None or waits.said.sensitive else waits.said.text


def _counts(visit: Visit, group: GroupOnBoard) -> str:
    """A line may end behind a dot, and nowhere within a count."""
    said = visit.say(
        "morning.counts",
        here=group.count(*MARKED),
        away=group.count(*NOT_HERE),
        late=group.count(Standing.LATE, Standing.OVERDUE),
        unheard=group.count(Standing.DISPUTED, Standing.MISSING, Standing.UNHEARD),
    )
    return said.replace(" ", "\N{NO-BREAK SPACE}").replace("·\N{NO-BREAK SPACE}", "· ")


def pill_word(visit: Visit, day: BoardDay, row: Row) -> str:
    """The pill's word, where it is not the usual one of its state."""
    if row.standing is Standing.CONTRADICTED:
        return visit.say("morning.here_or_away")
    if row.standing is Standing.DISPUTED:
        return visit.say("morning.disputed")
    if row.standing is Standing.LEFT:
        return visit.say("morning.has_left")
    if row.standing is Standing.ELSEWHERE and row.on.elsewhere is not None:
        return visit.say("morning.elsewhere", unit=row.on.elsewhere.unit)
    if row.has_stayed and row.on.came_at is not None:
        return visit.say("morning.has_stayed", at=day.unit.local(row.on.came_at), today=day.today)
    return visit.say("morning.comes_late") if row.standing is Standing.LATE and row.comes_at is None else ""


def care_word(visit: Visit, row: Row) -> str:
    """The word on what opens what the family told lastingly; "" where there is nothing."""
    if row.care is None:
        return ""
    return visit.say("care_page.mark", notes=row.care.has_notes, serious=row.care.is_serious)


def _all_said(visit: Visit, morning: Board, row: Row) -> Iterator[str]:
    """All that stands beside a child, "" where there is nothing."""
    yield _guest(visit, row)
    yield doubt_said(visit, row)
    yield _said(visit, morning, row)
    yield _by_text(visit, row)
    yield from _home(visit, row)


def _guest(visit: Visit, row: Row) -> str:
    """Where a guest is at home."""
    return "" if row.on.guest_of is None else visit.say("morning.guest_of", unit=row.on.guest_of)


def doubt_said(visit: Visit, row: Row) -> str:
    """Where else it may be."""
    return "" if row.on.may_be_at is None else visit.say("morning.may_be_at", unit=row.on.may_be_at)


def _by_text(visit: Visit, row: Row) -> str:
    """It was told by a text, so it is less sure than what was marked here."""
    return visit.say("morning.by_text") if row.by_text else ""


def _home(visit: Visit, row: Row) -> tuple[str, ...]:
    """How the child goes home, unless it is away or has gone."""
    return () if row.home is None or row.standing in GONE else home_said(visit, row.home)


def home_said(visit: Visit, home: GoingHome) -> tuple[str, ...]:
    """When and with whom a child goes home, and what is known of them."""
    how = visit.say(
        "morning.goes_home",
        leaves_at=home.leaves_at,
        early=home.early is not None,
        person=home.fetching.person if home.fetching else "",
    )
    known = fetcher_said(visit, home) if home.fetching is not None or home.is_disputed else ""
    untold = visit.say("morning.home_untold") if home.is_untold else ""
    return tuple(filter(None, (how, known, untold)))


def fetcher_said(visit: Visit, home: GoingHome) -> str:
    """What is known of whoever fetches."""
    if home.is_checked:
        return visit.say("morning.fetcher_checked")
    if home.is_disputed:
        return visit.say("morning.home_disputed")
    return visit.say("morning.fetcher", standing=home.standing)


def _said(visit: Visit, morning: Board, row: Row) -> str:
    """What is known beside the state, as a sentence; "" when nothing is."""
    if row.standing is Standing.MISSING:
        return visit.say("morning.was_due", at=morning.unit.opens)
    if row.standing is Standing.OVERDUE:
        return visit.say("morning.was_due", at=row.comes_at)
    if row.told_at is None or row.standing is Standing.LATE:
        return ""
    if row.standing in (Standing.HERE, Standing.LEFT):
        return visit.say("morning.was_away")
    told = {"who": row.told_by, "at": row.told_at, "today": morning.today}
    if row.standing is Standing.CONTRADICTED:
        return visit.say("morning.why_here_and_away", came_at=row.came_at, reason=row.reason, **told)
    if row.standing is Standing.DISPUTED:
        return visit.say("morning.why_late_disputed" if row.is_late_disputed else "morning.why_disputed", **told)
    return visit.say("morning.why_away", reason=row.reason, **told)
