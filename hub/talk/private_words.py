"""A friendly word to whoever texts something private: that fewer words do, and which.

It comes behind the answer, once in a while, and never to a pupil or to whoever asks for a person. Source: security rules S6.1
and S6.2.
"""

from datetime import timedelta

from hub.address import APP, SMS
from hub.desk import Look
from hub.post.messages import Message
from hub.post.running_kinds import running_kinds
from hub.talk.dialogue import Say, say
from hub.talk.heard import Heard, Intent
from hub.talk.speaker import Speaker
from hub.talk.standing import has_step_since

REMINDED = "reminded"
"""The step of a message that was met with such a word."""
NOT_AGAIN_FOR = timedelta(days=90)


def find_reminder(look: Look, speaker: Speaker, message: Message, heard: Heard | None) -> Say | None:
    """The word for this message, where it is time for one."""
    if heard is None or not heard.sensitive or message.channel != SMS or speaker.is_pupil or speaker.is_guarded:
        return None
    if any(act.intent is Intent.PERSON for act in heard.acts):
        return None
    if has_step_since(look, message.thread_id, REMINDED, look.now - NOT_AGAIN_FOR):
        return None
    away = {child_id for act in heard.acts if act.intent is Intent.ABSENCE for child_id in act.children}
    called = next((child.name for child in speaker.named_children() if child.id in away), None)
    if called is not None:
        return say("reception.less_is_enough", child=called)
    return say("reception.private_elsewhere", has_pages=APP in running_kinds(look))
