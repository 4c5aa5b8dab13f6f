"""An absence that ends because the child comes: the days that follow it end with it, and an undoing reports them again."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child
from hub.school.absences import Absence, Reason, list_since, report, take_back
from hub.talk.answers import Named
from hub.talk.bot import Occasion
from hub.talk.speaker import Speaker


def end_run(work: Work, speaker: Speaker, children: Sequence[Named], day: date) -> list[Absence]:
    """Takes back the absences of the children from the day on, as long as they follow each other. Answers those."""
    ended: list[Absence] = []
    for named in children:
        run = _run_from(list_since(work, named.id, day), day)
        ended.extend(take_back(work, run, speaker.guardians[0].id))
    return ended


def report_again(work: Work, speaker: Speaker, before: Sequence[Absence], occasion: Occasion) -> list[Absence]:
    """Reports again what was taken back, of the days that are not over. Answers what was reported."""
    again = [absence for absence in before if absence.day >= speaker.today]
    for child_id, rows in groupby(sorted(again, key=lambda row: row.child_id), key=lambda row: row.child_id):
        kept = list(rows)
        report_told(work, speaker, occasion, child_id, [row.day for row in kept], Reason(kept[0].reason))
    return again


def report_told(
    work: Work,
    speaker: Speaker,
    occasion: Occasion,
    child_id: str,
    days: Sequence[date],
    reason: Reason,
    trust: Trust = Trust.CLAIMED,
) -> list[Absence]:
    """Report in the name of the guardian who wrote, for the message that this is about."""
    return report(
        work,
        work.session.get_one(Child, child_id),
        days,
        reason,
        told_by=speaker.guardians[0].id,
        told_kind="guardian",
        trust=speaker.believe(trust),
        message_id=occasion.message_id,
    )


def _run_from(absences: Sequence[Absence], day: date) -> list[Absence]:
    """The absences that follow each other from a day on, weekends passed over."""
    run: list[Absence] = []
    expected = day
    for absence in absences:
        gap = [expected + timedelta(days=n) for n in range((absence.day - expected).days)]
        if any(each.weekday() < 5 for each in gap):
            break
        run.append(absence)
        expected = absence.day + timedelta(days=1)
    return run
