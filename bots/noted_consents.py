"""What one guardian has said to consents, told to them alone: their own last words, by topic, and how to change one."""

from collections.abc import Collection, Mapping, Sequence

from bots.consent_facts import list_decided
from hub.desk import Look
from hub.school.consent_kinds import Kind
from hub.school.consent_standing import Says, Standings, read_standings
from hub.talk.answers import Named
from hub.talk.dialogue import Say, say
from hub.talk.heard import Act
from hub.talk.speaker import Speaker

_Answers = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The names of what was said yes to, said no to, and of what a yes to does not hold now."""
_WORTHLESS = (Says.LAPSED, Says.OUTDATED, Says.WAITING, Says.WEAK)


def list_meant(look: Look, speaker: Speaker, act: Act) -> tuple[Named, ...]:
    """The children that are asked about, of those for whom the one who asks decides; none where one of them is not theirs to
    decide for, or where several people share what is written from."""
    children = list_decided(look, speaker)
    meant = tuple(child for child in children if child.id in act.children)
    if len(speaker.guardians) != 1 or len(meant) < len(act.children):
        return ()
    return meant or children


def tell_consents(look: Look, speaker: Speaker, children: Sequence[Named]) -> tuple[Say, ...]:
    """Children with the same answers are told of together, and behind them how to change one."""
    standings = read_standings(look, speaker.unit.owner_id, [child.id for child in children], speaker.today)
    kinds = standings.kinds
    by_answers: dict[_Answers, list[str]] = {}
    for child in children:
        answers = _answers_of(standings, child.id, speaker, kinds)
        by_answers.setdefault(answers, []).append(child.name)
    told = [
        say("noted.consents", children=names, given=list(given), refused=list(refused), ended=list(ended))
        for (given, refused, ended), names in by_answers.items()
        if given or refused or ended
    ]
    silent = [name for answers, names in by_answers.items() if not any(answers) for name in names]
    if silent:
        told.append(say("noted.no_consents", children=silent))
    general = {kind.name(speaker.language) for kind in kinds if kind.is_general}
    return (*told, *_say_change(by_answers, general))


def _answers_of(standings: Standings, child_id: str, speaker: Speaker, kinds: Sequence[Kind]) -> _Answers:
    told = [(kind.name(speaker.language), standings.says(child_id, speaker.guardian_ids[0], kind)) for kind in kinds]
    given = tuple(name for name, says in told if says is Says.YES)
    refused = tuple(name for name, says in told if says is Says.NO)
    return given, refused, tuple(name for name, says in told if says in _WORTHLESS)


def _say_change(by_answers: Mapping[_Answers, Sequence[str]], general: Collection[str]) -> tuple[Say, ...]:
    """An example of their own: the last topic that was said yes to, or else no to; never the general consent, on which all
    others rest."""
    for (given, refused, _), names in by_answers.items():
        topics = [(topic, True) for topic in given if topic not in general]
        topics = topics or [(topic, False) for topic in refused if topic not in general]
        for topic, granted in topics[-1:]:
            return (say("noted.change_consent", topic=topic, child=names[0], granted=granted),)
    return ()
