"""Asks in campaigns: whose answer is missing is asked by text, one child after the other; what no text may carry is told of.

What is due is asked of the store each time, so that whoever has answered, lost the right or moved away is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bots.consent import ConsentBot, ConsentFacts, Wanted, general_facts, make_topic
from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.people.places import Unit
from hub.post.messages import Lane
from hub.school.campaigns import (
    ConsentCampaign,
    Due,
    keep_ask,
    list_due,
    list_waiting,
    look_again,
    read_asking,
)
from hub.school.consent_kinds import Kind
from hub.talk.answers import Named
from hub.talk.prompting import Notice, Prompt, Prompted, prompt, tell

GRACE = timedelta(days=14)
"""So long after a campaign's end an answer to its question is still an answer."""
NOT_BY_TEXT = "not_by_text"
MARK = "/"


@dataclass(frozen=True, slots=True)
class _Party:
    """A campaign, and whom it is to ask now."""

    campaign: ConsentCampaign
    unit: Unit
    due: dict[str, Due]


class ConsentCampaigns(ConsentBot):
    """The consent bot, which also asks by itself. What is due is "campaign/guardian"; without a guardian, that it may rest."""

    def list_due(self, look: Look) -> Sequence[str]:
        due: list[str] = []
        for campaign, unit in list_waiting(look):
            found = list_due(look, campaign, unit)
            due += [f"{campaign.id}{MARK}{each.guardian_id}" for each in found] or [f"{campaign.id}{MARK}"]
        return due

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        parties = {campaign.id: (campaign, unit) for campaign, unit in list_waiting(work)}
        read: dict[str, _Party] = {}
        for each in due:
            campaign_id, _, guardian_id = each.partition(MARK)
            if campaign_id not in parties:
                continue
            if campaign_id not in read:
                campaign, unit = parties[campaign_id]
                found = {one.guardian_id: one for one in list_due(work, campaign, unit)}
                read[campaign_id] = _Party(campaign, unit, found)
            party = read[campaign_id]
            if guardian_id in party.due:
                self._ask(work, party, party.due.pop(guardian_id))
            elif not party.due:
                look_again(work, party.campaign)

    def _ask(self, work: Work, party: _Party, due: Due) -> None:
        guardian = work.session.get_one(Guardian, due.guardian_id)
        by_text = [
            (child, tuple(kind for kind in kinds if not (kind.row.sensitive or kind.row.needs_strong)))
            for child, kinds in due.children
        ]
        wanted = tuple(
            Wanted(Named(child.id, child.called), tuple(make_topic(kind, guardian.language) for kind in kinds))
            for child, kinds in by_text
            if kinds
        )
        asked = self._prompt(work, party, guardian, due, wanted) if wanted else None
        told = self._tell(work, party.unit, guardian, due)
        why_not = (asked or told or Prompted(why_not=NOT_BY_TEXT)).why_not
        keep_ask(work, due, why_not if wanted or why_not else NOT_BY_TEXT)

    def _prompt(self, work: Work, party: _Party, guardian: Guardian, due: Due, wanted: tuple[Wanted, ...]) -> Prompted:
        standings = read_asking(work, party.campaign, party.unit).standings
        ids = [each.child.id for each in wanted]
        facts = ConsentFacts(
            children=tuple(each.child for each in wanted),
            wanted=wanted,
            campaign_id=party.campaign.id,
            until=lasts_until(party.campaign, party.unit),
            again=due.again,
            **general_facts(standings, standings.kinds, ids, [guardian.id], guardian.language),
        )
        lasts = max(timedelta(days=1), facts.until - work.now) if facts.until else GRACE
        return prompt(work, party.unit, guardian, Prompt(self, facts, ids, lasts, Lane.BULK))

    def _tell(self, work: Work, unit: Unit, guardian: Guardian, due: Due) -> Prompted | None:
        """Of what can be given only on paper or after a sign-in; of what is sensitive, only that there is something."""
        told = None
        for sensitive in (False, True):
            kinds: dict[str, Kind] = {}
            children = []
            for child, missing in due.children:
                own = [kind for kind in missing if _is_told(kind, sensitive=sensitive)]
                kinds.update({kind.id: kind for kind in own})
                children += [child] if own else []
            if kinds:
                names = {
                    "children": [child.called for child in children],
                    "topics": [kind.name(guardian.language) for kind in kinds.values()],
                    "unit": unit.name,
                }
                ids = [child.id for child in children]
                notice = Notice("consent.elsewhere", names, ids, Lane.BULK, sensitive=sensitive, author=self.name)
                told = tell(work, unit, guardian, notice)
        return told


def _is_told(kind: Kind, *, sensitive: bool) -> bool:
    return kind.row.sensitive if sensitive else kind.row.needs_strong and not kind.row.sensitive


def lasts_until(campaign: ConsentCampaign, unit: Unit) -> datetime:
    """Up to when an answer to what a campaign asked is taken for one."""
    return unit.moment(campaign.ends_on + timedelta(days=1), time()) + GRACE
