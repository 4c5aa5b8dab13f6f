"""The consents that guardians have not answered in a campaign, and those whose time runs out."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from bots.consent_facts import ConsentFacts, Wanted, general_facts, make_topic
from hub.desk import Look, Work
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.school.campaigns import (
    Asking,
    ConsentCampaign,
    Due,
    keep_ask,
    list_asks,
    list_campaigns,
    list_children_in,
    read_asking,
)
from hub.school.consent_kinds import Kind
from hub.school.consent_standing import SOON, Says, Standings, read_standings
from hub.talk.answers import Named
from hub.talk.dialogue import say
from hub.talk.duties import Duty

ONE_DAY = timedelta(days=1)
GRACE = timedelta(days=14)
"""So long after a campaign's end an answer to its question is still an answer."""
RENEWAL = "renewal"
Missing = Sequence[tuple[Child, tuple[Kind, ...]]]


def is_by_text(kind: Kind) -> bool:
    """Whether a text message can carry it."""
    return not (kind.rules.sensitive or kind.rules.needs_strong)


def lasts_until(campaign: ConsentCampaign, unit: Unit) -> datetime:
    """Up to when an answer to what a campaign asked is taken for one."""
    return _end_of(campaign.ends_on, unit) + GRACE


def list_consents(look: Look, unit: Unit, guardian_ids: Collection[str], bot: str) -> list[Duty]:
    """What each of these guardians is asked for at a unit, and what of theirs is to be renewed."""
    today = unit.today(look.now)
    running = [each for each in list_campaigns(look, unit.id, today) if not each.is_over(today)]
    asked = [duty for campaign in running for duty in _list_of(look, unit, campaign, guardian_ids, bot)]
    return [*asked, *_list_renewals(look, unit, guardian_ids, bot)]


def _list_of(
    look: Look, unit: Unit, campaign: ConsentCampaign, guardian_ids: Collection[str], bot: str
) -> Iterator[Duty]:
    asking = read_asking(look, campaign, unit, guardian_ids)
    known = {(ask.guardian_id, ask.child_id) for ask in list_asks(look, campaign.id)}
    for guardian_id, missing in asking.unanswered().items():
        if guardian_id not in guardian_ids:
            continue
        guardian = look.session.get_one(Guardian, guardian_id)
        texts = [(child, tuple(kind for kind in kinds if is_by_text(kind))) for child, kinds in missing]
        texts = [(child, kinds) for child, kinds in texts if kinds]
        if texts:
            fresh = tuple(each for each in texts if (guardian_id, each[0].id) not in known)
            yield _asked(look, unit, asking, guardian, texts, fresh, bot)
        others = [child for child, kinds in missing if not all(is_by_text(kind) for kind in kinds)]
        if others:
            yield _on_paper(look, unit, campaign, guardian_id, others, bot)


def _asked(
    look: Look, unit: Unit, asking: Asking, guardian: Guardian, missing: Missing, fresh: Missing, bot: str
) -> Duty:
    """`fresh` is what they were never asked about before."""
    campaign = asking.campaign
    until = lasts_until(campaign, unit)
    facts = _make_facts(asking.standings, guardian, missing, campaign.id, until)

    def told(work: Work) -> None:
        """It was the first question: reminders are counted from here."""
        if fresh:
            keep_ask(work, Due(campaign, guardian.id, tuple(fresh), again=False), None)

    return Duty(
        bot=bot,
        key=campaign.id,
        unit=unit,
        guardian_id=guardian.id,
        children=facts.children,
        until=_end_of(campaign.ends_on, unit),
        line=say(
            "weekly.consent",
            children=[child.name for child in facts.children],
            topics=_topics(facts),
            day=campaign.ends_on,
            today=unit.today(look.now),
        ),
        facts=facts,
        lasts=until - look.now,
        same=("campaign_id",),
        told=told,
    )


def _on_paper(
    look: Look, unit: Unit, campaign: ConsentCampaign, guardian_id: str, children: Sequence[Child], bot: str
) -> Duty:
    """What is sensitive, or takes a signature, is not named: only that there is something."""
    named = tuple(Named(child.id, child.called) for child in children)
    names, today = [child.name for child in named], unit.today(look.now)
    return Duty(
        bot=bot,
        key=f"{campaign.id} on paper",
        unit=unit,
        guardian_id=guardian_id,
        children=named,
        until=_end_of(campaign.ends_on, unit),
        line=say("weekly.on_paper", children=names, day=campaign.ends_on, today=today),
    )


def _list_renewals(look: Look, unit: Unit, guardian_ids: Collection[str], bot: str) -> Iterator[Duty]:
    """Of each guardian, all that ends within the month in one."""
    today = unit.today(look.now)
    children = list_children_in(look, unit.id, None, today, guardian_ids)
    standings = read_standings(look, unit.owner_id, [child.id for child in children], today)
    kinds = [kind for kind in standings.kinds if kind.rules.valid_days is not None and is_by_text(kind)]
    ending: dict[str, list[tuple[Child, tuple[Kind, ...]]]] = {}
    ends: dict[str, date] = {}
    for child in children if kinds else ():
        for guardian_id in set(standings.deciders.get(child.id, ())) & set(guardian_ids):
            found = [(kind, standings.position(child.id, guardian_id, kind)) for kind in kinds]
            last = [(kind, at.ends) for kind, at in found if at.says is Says.YES and at.ends is not None]
            soon = [(kind, day) for kind, day in last if day - today <= SOON]
            if soon:
                ending.setdefault(guardian_id, []).append((child, tuple(kind for kind, _ in soon)))
                ends[guardian_id] = min(ends.get(guardian_id, date.max), *(day for _, day in soon))
    for guardian_id, missing in ending.items():
        yield _renewal(look, unit, standings, guardian_id, missing, ends[guardian_id], bot)


def _renewal(
    look: Look, unit: Unit, standings: Standings, guardian_id: str, missing: Missing, ends: date, bot: str
) -> Duty:
    guardian = look.session.get_one(Guardian, guardian_id)
    until = _end_of(ends, unit)
    facts = _make_facts(standings, guardian, missing, None, until)
    return Duty(
        bot=bot,
        key=RENEWAL,
        unit=unit,
        guardian_id=guardian_id,
        children=facts.children,
        until=until,
        line=say(
            "weekly.renewal",
            children=[child.name for child in facts.children],
            topics=_topics(facts),
            day=ends,
            today=unit.today(look.now),
        ),
        facts=facts,
        lasts=until - look.now,
        same=("wanted",),
    )


def _make_facts(
    standings: Standings, guardian: Guardian, missing: Missing, campaign_id: str | None, until: datetime
) -> ConsentFacts:
    wanted = tuple(
        Wanted(Named(child.id, child.called), tuple(make_topic(kind, guardian.language) for kind in kinds))
        for child, kinds in missing
    )
    ids = [each.child.id for each in wanted]
    return ConsentFacts(
        children=tuple(each.child for each in wanted),
        wanted=wanted,
        campaign_id=campaign_id,
        until=until,
        **general_facts(standings, standings.kinds, ids, [guardian.id], guardian.language),
    )


def _topics(facts: ConsentFacts) -> list[str]:
    return list(dict.fromkeys(topic.name for each in facts.wanted for topic in each.topics))


def _end_of(day: date, unit: Unit) -> datetime:
    return unit.moment(day + ONE_DAY, time())
