"""The leave bot: a guardian applies for days off, or wants them no longer, and is told what was decided.

Nobody is refused here. What is late, long or over the limit is taken as it is, and the guardian is told who decides.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bots.leave_consent import ask_others, close_question
from bots.leave_facts import (
    AlreadyApplied,
    ChangedTheirMind,
    LeaveAgreed,
    LeaveFacts,
    NothingToWithdraw,
    Outcome,
    WithdrawAgreed,
    days_of,
    list_blocked,
    list_children,
    list_own,
    touching,
)
from bots.leave_news import list_due, tell_due, tell_others
from bots.leave_questions import LeaveDays, OwnWords, WhichLeave, WhichReason
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.messages import Author, Message
from hub.safety.starts import Function, find_begins
from hub.school.absences import Reason, list_of_child
from hub.school.care_plans import list_locked_without
from hub.school.leave import Doubt, LeaveApplication, LeaveReason, LeaveState
from hub.school.leave_decisions import take_up_again, withdraw
from hub.school.leave_rules import terms_of
from hub.school.leave_wishes import Applied, Wish, apply
from hub.school.letter_codes import Draw, draw_code
from hub.talk.answers import Named, WhichChild, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.conversations import Conversation, unpack_heard
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import WITHDRAW, Act, Intent
from hub.talk.speaker import Speaker

OF_RULES = frozenset({Doubt.LATE, Doubt.LONG, Doubt.OVER})


class LeaveBot:
    """Takes applications and withdrawals, and tells the family of each decision."""

    name = "leave"
    intents = frozenset({Intent.LEAVE_APPLICATION})
    answered_by: frozenset[Intent] = frozenset()
    facts = LeaveFacts

    def __init__(self, draw: Draw = draw_code) -> None:
        self._draw = draw

    def gather(self, look: Look, speaker: Speaker, act: Act) -> LeaveFacts | None:
        """None when there is no child to apply for, a name fits none of them, or the words are about days gone by."""
        children = list_children(look, speaker)
        meant = tuple(child for child in children if child.id in act.children)
        days = tuple(day for day in act.days if day >= speaker.today)
        if not children or act.unknown_name or len(meant) < len(act.children) or (act.days and not days):
            return None
        if not act.children and len(children) == 1:
            meant = children
        standing = tuple(one for one in list_own(look, speaker, children) if act.matter in ("", one.id))
        blocked = list_blocked(look, meant or children)
        reason = LeaveReason(act.why) if act.why else None
        return LeaveFacts(children, meant, days, speaker.today, standing, act.change == WITHDRAW, blocked, reason)

    def may_go_on(self, look: Look, speaker: Speaker, facts: LeaveFacts) -> bool:
        return {child.id for child in list_children(look, speaker)}.issuperset(child.id for child in facts.children)

    def dialogue(self, facts: LeaveFacts) -> Dialogue[Outcome]:
        if facts.withdraws:
            return (yield from self._withdraw(facts))
        children = facts.meant or (
            yield from ask("leave.which_child", WhichChild(facts.children), days=facts.days, today=facts.today)
        )
        names = [child.name for child in children]
        days = facts.days or (yield from ask("leave.which_days", LeaveDays(facts.today), children=names))
        before = touching(facts, children, days)
        if len(before) == len(children) and all(set(days) == set(one.days) for one in before):
            return AlreadyApplied(children, days)
        if before and not (
            yield from ask(
                "leave.instead", YesNo(), children=names, days=days, before=days_of(before), today=facts.today
            )
        ):
            return ChangedTheirMind(meant_something=True)
        reason = facts.reason or (yield from ask("leave.why", WhichReason(), children=names))
        if reason is LeaveReason.OTHER:
            yield from ask("leave.in_own_words", OwnWords())
        blocked = [each.name for each in facts.blocked if each.touches(days)]
        if not (
            yield from ask(
                "leave.is_this_right", YesNo(), children=names, days=days, blocked=blocked, today=facts.today
            )
        ):
            return ChangedTheirMind()
        return LeaveAgreed(children, days, reason, tuple(one.id for one in before))

    def _withdraw(self, facts: LeaveFacts) -> Dialogue[Outcome]:
        standing = [one for one in facts.standing if not facts.days or set(facts.days).intersection(one.days)]
        concerned = {one.child_id for one in standing}
        meant = tuple(child for child in facts.meant or facts.children if child.id in concerned)
        if not meant:
            return NothingToWithdraw()
        if len(meant) > 1 and not facts.meant:
            meant = yield from ask("leave.withdraw_whose", WhichChild(meant))
        chosen = [one for one in standing if one.child_id in {child.id for child in meant}]
        names = [child.name for child in meant]
        choices = tuple(sorted({one.days for one in chosen}))
        if len(choices) > 1 and not facts.days:
            each = [list(days) for days in choices]
            picked = yield from ask(
                "leave.withdraw_which", WhichLeave(choices), children=names, each=each, today=facts.today
            )
            chosen = [one for one in chosen if one.days in picked]
            names = [child.name for child in meant if child.id in {one.child_id for one in chosen}]
        if not (yield from ask("leave.withdraw", YesNo(), children=names, days=days_of(chosen), today=facts.today)):
            return ChangedTheirMind()
        return WithdrawAgreed(tuple(one.id for one in chosen))

    def settle(self, work: Work, speaker: Speaker, outcome: Outcome, occasion: Occasion) -> Settled:
        match outcome:
            case LeaveAgreed():
                return self._settle_wish(work, speaker, outcome, occasion)
            case WithdrawAgreed():
                return self._settle_withdrawal(work, speaker, outcome)
            case AlreadyApplied():
                names = [child.name for child in outcome.children]
                said = say("leave.already_applied", children=names, days=outcome.days, today=speaker.today)
                return Settled((said,), tuple(child.id for child in outcome.children))
            case NothingToWithdraw():
                return Settled((say("leave.nothing_to_withdraw"),), hand_over="leave_not_found")
            case _:
                why = "no_change_meant" if outcome.meant_something else None
                return Settled((say("leave.nothing_sent"),), hand_over=why)

    def _settle_wish(self, work: Work, speaker: Speaker, agreed: LeaveAgreed, occasion: Occasion) -> Settled:
        words = _read_words(work, occasion)
        wish = Wish(agreed.days, agreed.reason, speaker.guardian_ids, words, occasion.message_id, agreed.replaces)
        pairs = [(named, apply(work, work.session.get_one(Child, named.id), wish)) for named in agreed.children]
        ask_others(work, [(named, applied) for named, applied in pairs if applied.to_ask], speaker.today)
        made = [(named, one) for named, one in pairs if one.application is not None and not one.joined]
        joined = [named.name for named, one in pairs if one.joined]
        says = _say_received(work, speaker, made)
        if joined:
            says.append(say("leave.joined", children=joined))
            close_question(work, speaker, occasion, {one.application.id for _, one in pairs if one.application})
        closed = [named.name for named, one in pairs if one.application is None]
        if closed:
            says.append(say("leave.closed_then", children=closed, days=agreed.days, today=speaker.today))
        fresh = [one.application.id for _, one in made if one.application is not None]
        memory = {"applied": fresh, "replaced": list(agreed.replaces)} if fresh else None
        return Settled(tuple(says), tuple(child.id for child in agreed.children), memory)

    def _settle_withdrawal(self, work: Work, speaker: Speaker, agreed: WithdrawAgreed) -> Settled:
        ended = _withdraw_all(work, speaker, agreed.applications)
        if not ended:
            return Settled((say("leave.nothing_to_withdraw"),), hand_over="leave_not_found")
        return Settled((_say_withdrawn(work, speaker, ended),), tuple(one.child_id for one in ended))

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """Withdraws what was applied for; what had made room for it, and nobody has decided, waits again."""
        applications = [work.session.get_one(LeaveApplication, id_) for id_ in memory.get("applied", ())]
        allowed = {child.id for child in list_children(work, speaker)}
        if not allowed.issuperset(one.child_id for one in applications):
            return None
        ended = _withdraw_all(work, speaker, [one.id for one in applications])
        for id_ in memory.get("replaced", ()):
            take_up_again(work, work.session.get_one(LeaveApplication, id_))
        if not ended:
            return None
        return Settled((_say_withdrawn(work, speaker, ended),), tuple(one.child_id for one in ended))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> LeaveFacts | None:
        """Other days for what was just applied for, or that it is called off: always a question."""
        applications = [look.session.get_one(LeaveApplication, id_) for id_ in memory.get("applied", ())]
        if act.change == WITHDRAW:
            return _called_off(look, speaker, {one.id for one in applications})
        waiting = {one.child_id for one in applications if one.state == LeaveState.WAITS}
        days = tuple(day for day in act.days if day >= speaker.today)
        children = list_children(look, speaker)
        meant = tuple(child for child in children if child.id in waiting)
        named = {child_id for child_id in act.children if child_id not in waiting}
        if not meant or not days or act.unknown_name or named:
            return None
        standing = tuple(list_own(look, speaker, meant))
        return LeaveFacts(children, meant, days, speaker.today, standing, blocked=list_blocked(look, meant))

    def list_due(self, look: Look) -> Sequence[str]:
        """Decisions and withdrawals that the family has not been told of, and letters not opened within a week."""
        return list_due(look)

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        tell_due(work, due, self._draw)


def _called_off(look: Look, speaker: Speaker, ids: Collection[str]) -> LeaveFacts | None:
    """What was just applied for is wanted no longer, so far as it stands and everybody behind the phone may say so."""
    children = list_children(look, speaker)
    standing = tuple(one for one in list_own(look, speaker, children) if one.id in ids)
    concerned = {one.child_id for one in standing}
    meant = tuple(child for child in children if child.id in concerned)
    return LeaveFacts(children, meant, (), speaker.today, standing, withdraws=True) if meant else None


def _read_words(look: Look, occasion: Occasion) -> str | None:
    """What the guardian wrote about it, bare answers left out, or in a form; those words stay with the application."""
    if occasion.own_words is not None:
        return occasion.own_words or None
    conversation = look.session.get_one(Conversation, occasion.conversation_id)
    told = sa.or_(Message.id == conversation.began_with, Message.conversation_id == conversation.id)
    messages = look.session.scalars(
        sa.select(Message)
        .where(Message.thread_id == conversation.thread_id, Message.author == Author.GUARDIAN, told)
        .order_by(Message.id)
    )
    texts = [message.text.strip() for message in messages if _says_something(message)]
    return "\n".join(texts) or None


def _says_something(message: Message) -> bool:
    if message.heard is None:
        return True
    heard = unpack_heard(message.heard)
    return not heard.options and not {act.intent for act in heard.acts} <= {Intent.YES, Intent.NO, Intent.ACK}


def _say_received(work: Work, speaker: Speaker, made: Sequence[tuple[Named, Applied]]) -> list[Say]:
    """That it has come, what to know about it, and who decides."""
    if not made:
        return []
    says: list[Say] = []
    names = [named.name for named, _ in made]
    applications = [one.application for _, one in made if one.application is not None]
    days = tuple(sorted({day for one in applications for day in one.days_off}))
    says.append(say("leave.received", children=names, days=days, today=speaker.today))
    for named, application in zip(names, applications, strict=True):
        told = list_of_child(work, application.child_id, application.days_off)
        away = tuple(absence.day for absence in told if absence.reason != Reason.LEAVE)
        if away:
            says.append(say("leave.already_away", children=[named], days=away, today=speaker.today))
    doubts = {Doubt(code) for one in applications for code in one.doubts}
    terms = terms_of(work, work.session.get_one(Unit, applications[0].unit_id))
    if doubts & OF_RULES:
        says.append(say("leave.late_or_long", late=Doubt.LATE in doubts, deadline_days=terms.deadline_days))
    asked = any(voice.asked_at is not None for _, one in made for _, voice in one.to_ask)
    by_teacher = all(len(one.days) <= terms.teacher_days for one in applications) and not doubts - {Doubt.LATE}
    on_paper = find_begins(work, speaker.unit, Function.DECISIONS) is not None
    says.append(say("leave.who_decides", asked=asked, by_teacher=by_teacher, on_paper=on_paper))
    if terms.practice:
        says.append(say("leave.practice", url=terms.practice))
    return says


def _withdraw_all(work: Work, speaker: Speaker, ids: Sequence[str]) -> list[LeaveApplication]:
    """Those that could still be withdrawn; the other guardians are told."""
    ended = []
    for id_ in ids:
        application = work.session.get_one(LeaveApplication, id_)
        try:
            withdraw(work, application, speaker.guardians[0].id)
        except Refusal:
            continue
        tell_others(work, application, speaker.guardian_ids)
        ended.append(application)
    return ended


def _say_withdrawn(work: Work, speaker: Speaker, ended: Sequence[LeaveApplication]) -> Say:
    names = [work.session.get_one(Child, child_id).called for child_id in dict.fromkeys(one.child_id for one in ended)]
    days = tuple(sorted({day for one in ended for day in one.days_off}))
    places = dict.fromkeys(unit.name for one in ended for unit in list_locked_without(work, one.child_id, one.days_off))
    return say("leave.withdrawn", children=names, days=days, today=speaker.today, without_care=list(places))
