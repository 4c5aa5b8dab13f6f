"""Asks in campaigns: whose answer is missing is asked by text, one child after the other; what no text may carry is told of.

What is due is asked of the store each time, so that whoever has answered, lost the right or moved away is left alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bots.consent import ConsentBot
from bots.consent_duties import is_by_text, lasts_until, list_consents
from bots.consent_facts import ConsentFacts, Wanted, general_facts, make_topic
from hub.desk import Look, Work
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.post.audience import list_addresses
from hub.post.messages import Lane
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.school.campaigns import Asking, ConsentCampaign, Due, keep_ask, list_due, list_waiting, look_again, read_asking
from hub.school.consent_kinds import Kind
from hub.school.weekly import list_held, list_told_lately, mark
from hub.talk.answers import Named
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.dialogue import Say, Waiting, play, say_question
from hub.talk.duties import Duty
from hub.talk.prompting import Notice, Prompt, Prompted, prompt, tell
from hub.talk.standing import get_standing

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
        """A campaign waits for the weekly text that will tell of it, but not on its last day."""
        due: list[str] = []
        waiting = list_waiting(look)
        held = list_held(look) if waiting else set()
        for campaign, unit in waiting:
            if campaign.owner_id in held and not _ends_soon(campaign, unit, look.now):
                continue
            found = _list_due(look, campaign, unit)
            due += [f"{campaign.id}{MARK}{each.guardian_id}" for each in found] or [f"{campaign.id}{MARK}"]
        return due

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        work.take_turns({each.partition(MARK)[0] for each in due})
        parties = {campaign.id: (campaign, unit) for campaign, unit in list_waiting(work)}
        read: dict[str, _Party] = {}
        for each in due:
            campaign_id, _, guardian_id = each.partition(MARK)
            if campaign_id not in parties:
                continue
            if campaign_id not in read:
                campaign, unit = parties[campaign_id]
                found = {one.guardian_id: one for one in _list_due(work, campaign, unit)}
                read[campaign_id] = _Party(campaign, unit, found)
            party = read[campaign_id]
            if guardian_id in party.due:
                self._ask(work, party, _together(work, party, guardian_id))
            elif not party.due:
                look_again(work, party.campaign)

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        return list_consents(look, unit, guardian_ids, self.name)

    def _ask(self, work: Work, party: _Party, together: Sequence[Due]) -> None:
        """Ask one guardian, or at once all those behind one phone, whose answer speaks for each of them."""
        guardian = work.session.get_one(Guardian, together[0].guardian_id)
        wanted = _wanted(together, guardian.language)
        asked = self._prompt(work, party, guardian, together, wanted) if wanted else None
        for due in together:
            told = self._tell(work, party.unit, work.session.get_one(Guardian, due.guardian_id), due)
            outcome = asked or told
            keep_ask(work, due, NOT_BY_TEXT if outcome is None or not wanted else outcome.why_not)

    def preview(self, look: Look, asking: Asking, unit: Unit, called: str) -> dict[str, tuple[str, Say]]:
        """What each guardian would read first, in which language, by their ids: as if every child were so `called`."""
        unanswered = asking.unanswered()
        guardians = look.session.scalars(sa.select(Guardian).where(Guardian.id.in_(unanswered)))
        found = {}
        for guardian in guardians:
            due = Due(asking.campaign, guardian.id, tuple(unanswered[guardian.id]), again=False)
            wanted = tuple(
                replace(each, child=Named(each.child.id, called)) for each in _wanted([due], guardian.language)
            )
            facts = _gather(asking, unit, guardian.language, [due], wanted)
            played = play(self.dialogue(facts), ()) if wanted else None
            if isinstance(played, Waiting):
                found[guardian.id] = (guardian.language, say_question(played.asked))
        return found

    def _prompt(
        self, work: Work, party: _Party, guardian: Guardian, together: Sequence[Due], wanted: tuple[Wanted, ...]
    ) -> Prompted:
        asking = read_asking(work, party.campaign, party.unit, [due.guardian_id for due in together])
        facts = _gather(asking, party.unit, guardian.language, together, wanted)
        ids = [each.child.id for each in wanted]
        lasts = lasts_until(party.campaign, party.unit) - work.now
        asked = prompt(work, party.unit, guardian, Prompt(self, facts, ids, lasts, Lane.BULK))
        if asked.conversation is not None:
            _end_earlier(work, asked.conversation)
        return asked

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


def _list_due(look: Look, campaign: ConsentCampaign, unit: Unit) -> list[Due]:
    """Without those whom the weekly text has told of all of it a few hours ago; before its end all are reminded."""
    found = list_due(look, campaign, unit)
    if not found or _ends_soon(campaign, unit, look.now):
        return found
    told = list_told_lately(look, campaign.owner_id)
    return [
        due
        for due in found
        if not {mark(ConsentBot.name, campaign.id, child.id) for child, _ in due.children}
        <= told.get(due.guardian_id, set())
    ]


def _ends_soon(campaign: ConsentCampaign, unit: Unit, now: datetime) -> bool:
    return campaign.ends_on <= unit.today(now) + timedelta(days=1)


def _together(work: Work, party: _Party, guardian_id: str) -> list[Due]:
    """Who is asked at once: the guardian, and whoever else is due behind the same phone."""
    due = party.due.pop(guardian_id)
    address = find_way(work, guardian_id, Topic.QUESTION)
    if address is None:
        return [due]
    behind = [each.id for _, each in list_addresses(work, address.kind, address.value, address.owner_id)]
    return [due, *(party.due.pop(other) for other in behind if other in party.due)]


def _gather(
    asking: Asking, unit: Unit, language: str, together: Sequence[Due], wanted: tuple[Wanted, ...]
) -> ConsentFacts:
    """What those behind one phone are asked."""
    ids, speaking = [each.child.id for each in wanted], [due.guardian_id for due in together]
    return ConsentFacts(
        children=tuple(each.child for each in wanted),
        wanted=wanted,
        campaign_id=asking.campaign.id,
        until=lasts_until(asking.campaign, unit),
        again=all(due.again for due in together),
        sender=unit.name,
        **general_facts(asking.standings, asking.standings.kinds, ids, speaking, language),
    )


def _wanted(together: Sequence[Due], language: str) -> tuple[Wanted, ...]:
    """What may be asked by text, for each child."""
    kinds: dict[str, dict[str, Kind]] = {}
    children: dict[str, Child] = {}
    for child, missing in (each for due in together for each in due.children):
        children[child.id] = child
        by_text = {kind.id: kind for kind in missing if is_by_text(kind)}
        kinds.setdefault(child.id, {}).update(by_text)
    return tuple(
        Wanted(Named(id_, children[id_].called), tuple(make_topic(kind, language) for kind in found.values()))
        for id_, found in kinds.items()
        if found
    )


def _end_earlier(work: Work, conversation: Conversation) -> None:
    """A reminder takes the place of what the same campaign asked before."""
    for standing in get_standing(work, conversation.thread_id, conversation.asked_of).conversations:
        same = standing.bot == conversation.bot and standing.id != conversation.id
        if same and standing.facts.get("campaign_id") == conversation.facts.get("campaign_id"):
            standing.end(ConversationState.LEFT, work.now)


def _is_told(kind: Kind, *, sensitive: bool) -> bool:
    return kind.rules.sensitive if sensitive else kind.rules.needs_strong and not kind.rules.sensitive
