"""The emergency list: who is here, who is away and of whom nothing is known, by group, to the phone of a leader who asks by
text and proves it by a code.

The code is that of the leader's own authenticator, each once. A text's sender can be forged, and a code that is texted shows
on a locked phone and goes wherever the number has been taken to (S2.2: for staff it proves nothing); the authenticator's
secret never went over the network that the text came by (S1.1, S1.2: with it the text is T2, about exactly this act). And
the list goes to the registered phone alone, so whoever guessed a code would see nothing (S5.5). It says first names and
groups, and nothing of protected children (S4.4): that there may be more is said in every list, whether there is or not.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from bots.staff_facts import Seen, StaffFacts, see
from hub.asker import Trust
from hub.desk import Work
from hub.parts import count_parts
from hub.post.messages import Author, Lane
from hub.post.posting import Post, find_sender, post_beside
from hub.safety.access import get_reach
from hub.safety.audit import note
from hub.school.day_board import OnBoard, Presence
from hub.school.marking import list_sought
from hub.seal import BrokenSealError, Seal
from hub.sign_in.second_factor import prove
from hub.talk.answers import Named
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import say
from hub.talk.staff_member import Member
from hub.words import Words

TRIES = 5
MOST_PARTS = 6
"""Of one text. Source: security rule S13."""
NAMES_A_LINE = 60


@dataclass(frozen=True, slots=True)
class EmergencyWanted:
    """What was agreed: these groups, with the figures of a code."""

    facts: StaffFacts
    code: str


def send_list(work: Work, seal: Seal, member: Member, wanted: EmergencyWanted, occasion: Occasion) -> Settled:
    """The list, if the code is right and they still lead the unit; else the code is asked for again, a few times. Audited."""
    try:
        is_right = prove(work, member.staff, seal, wanted.code)
    except BrokenSealError:
        return Settled((say("staff_line.no_factor"),))
    if not is_right:
        note(work, "emergency.wrong_code", [member.unit.id, member.phone.id])
        facts = replace(wanted.facts, tries=wanted.facts.tries + 1)
        return Settled((say("staff_line.code_over"),)) if facts.tries >= TRIES else Settled((), further=Further(facts))
    work.asker = replace(work.asker, trust=Trust.CONFIRMED)
    reach = get_reach(work, Trust.CONFIRMED)
    if member.unit.id not in reach.leads:
        return Settled((say("staff_line.not_leader"),))
    seen = see(work, replace(member, reach=reach))
    groups = [group for group in wanted.facts.groups if any(group.id == known.id for known in seen.groups)]
    _send(work, member, occasion, write_list(work.words.in_language(member.staff.language), work, member, seen, groups))
    named = [on.child.id for group in groups for on in seen.in_group(group.id)]
    note(work, "emergency.list", [member.unit.id, member.phone.id, *(group.id for group in groups), *named])
    return Settled(())


def write_list(words: Words, work: Work, member: Member, seen: Seen, groups: Sequence[Named]) -> list[str]:
    """In as few texts as can be: first of whom nothing is known, which is whom to look for."""
    at = member.unit.local(work.now)
    lines = [words.say("staff_line.list_head", unit=member.unit.name, at=at)]
    sought = list_sought(work, member.unit, member.today, seen.board.values())
    for group in groups:
        those = seen.in_group(group.id)
        here = [on for on in those if on.presence is Presence.HERE]
        away = [on for on in those if _is_away(on, sought)]
        unknown = [on for on in those if on not in here and on not in away]
        for utterance, some in (
            ("staff_line.list_unknown", unknown),
            ("staff_line.list_here", here),
            ("staff_line.list_away", away),
        ):
            lines += [
                words.say(utterance, group=group.name, n=len(some), children=names)
                for names in _chunks(sorted(_call(seen, on) for on in some))
            ]
    return list(pack([*lines, words.say("staff_line.list_foot")]))


def _is_away(on: OnBoard, sought: Collection[str]) -> bool:
    """Who left was seen to, and somebody elsewhere looks for who is there; a word that the child is away counts for as long as
    nobody looks for it."""
    is_elsewhere = on.presence is Presence.ELSEWHERE and on.elsewhere is not None and on.elsewhere.is_looked_for
    return on.presence is Presence.LEFT or is_elsewhere or (on.presence is Presence.AWAY and on.child.id not in sought)


def _call(seen: Seen, on: OnBoard) -> str:
    """Its label without the group, which stands before the names."""
    return seen.labels[on.child.id].rpartition(" (")[0]


def _chunks(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[at : at + NAMES_A_LINE] for at in range(0, len(names), NAMES_A_LINE)]


def pack(lines: Iterable[str]) -> Iterable[str]:
    """As many lines to a text as its parts hold."""
    text = ""
    for line in lines:
        longer = f"{text}\n{line}" if text else line
        if text and count_parts(longer).parts > MOST_PARTS:
            yield text
            longer = line
        text = longer
    if text:
        yield text


def _send(work: Work, member: Member, occasion: Occasion, texts: Sequence[str]) -> None:
    number = find_sender(work, occasion.thread)
    for text in texts:
        if number is not None:
            what = Post(
                text=text,
                language=member.staff.language,
                author=Author.BOT,
                author_id="staff_line",
                lane=Lane.EMERGENCY,
                trust=Trust.CONFIRMED,
                number=number,
                conversation_id=occasion.conversation_id,
            )
            post_beside(work, occasion.thread, number, member.phone.value, what)
