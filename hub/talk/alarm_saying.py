"""How an alarm is said to one family: what it is comes first, and a drill says so in its first word."""

from hub.post.alarms import CHOICES, AlarmKind
from hub.post.broadcasts import Broadcast, Written
from hub.talk.broadcasting import ToldTo, text_for
from hub.talk.dialogue import Say, say

UTTERANCES = {
    (AlarmKind.EMERGENCY, False): "alarm.asks",
    (AlarmKind.EMERGENCY, True): "alarm.drill_asks",
    (AlarmKind.URGENT, False): "alarm.urgent",
    (AlarmKind.URGENT, True): "alarm.drill_urgent",
    (AlarmKind.OVER, False): "alarm.over",
    (AlarmKind.OVER, True): "alarm.drill_over",
}


def say_alarm(sender: str, written: Written | Broadcast, kind: AlarmKind, to: ToldTo, *, is_drill: bool) -> Say:
    """The whole of what stands on a phone, with the choices where it asks."""
    text, tongue = text_for(written, to)
    asks = {"choices": list(CHOICES)} if kind is AlarmKind.EMERGENCY else {}
    return say(UTTERANCES[kind, is_drill], sender=sender, text=text, tongue=tongue, **asks)
