"""A friendly word to whoever texts more about a child's health than a text should hold: how few words do.

It stands behind the receipt of an absence, once in a while and where there is room for it, and never where something is asked
or a person answers. Source: security rules S6.1 and S6.2.
"""

from datetime import timedelta

from hub.address import SMS
from hub.desk import Look
from hub.parts import count_parts
from hub.post.messages import Message
from hub.talk.dialogue import Say, say
from hub.talk.heard import Heard, Intent
from hub.talk.reply import Reply
from hub.talk.saying import render
from hub.talk.speaker import Speaker
from hub.talk.standing import has_step_since

REMINDED = "reminded"
"""The step of a message that was met with such a word."""
NOT_AGAIN_FOR = timedelta(days=180)


def find_reminder(look: Look, speaker: Speaker, message: Message, heard: Heard | None, reply: Reply) -> Say | None:
    """The word for this message, where it is time for one."""
    if heard is None or not heard.sensitive or message.channel != SMS or speaker.is_pupil or speaker.is_guarded:
        return None
    if not speaker.is_fresh or not reply.undoable or reply.asks or reply.asks_back or reply.hand_over or reply.to_check:
        return None
    if any(act.intent is not Intent.ABSENCE or not act.ill for act in heard.acts):
        return None
    ill = {child_id for act in heard.acts for child_id in act.children}
    called = next((child.name for child in speaker.named_children() if child.id in ill), None)
    if called is None or has_step_since(look, message.thread_id, REMINDED, look.now - NOT_AGAIN_FOR):
        return None
    return say("reception.few_words", child=called)


def has_room(look: Look, language: str, says: list[Say], reminder: Say) -> bool:
    """Whether the text costs no more with it."""
    bare, whole = (count_parts(render(look, language, each)) for each in (says, [*says, reminder]))
    return (whole.encoding, whole.parts) == (bare.encoding, bare.parts)
