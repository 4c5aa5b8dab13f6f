"""A call to one of our numbers, as Twilio tells of it, and what it is to say and do. Source: Twilio, "TwiML Voice"."""

from collections.abc import Mapping

from twilio.twiml.voice_response import VoiceResponse

from channels.sms.addresses import read_address
from channels.sms.twilio_message import NAME, check_sid
from hub.post.channel import Call, CallAnswer

SPOKEN = {"nb": "nb-NO", "nn": "nb-NO", "sv": "sv-SE", "fi": "fi-FI", "da": "da-DK", "en": "en-GB"}
ELSE = "en-GB"
SAME_VOICE = {"nn": "nb"}
"""Nobody at Twilio speaks Nynorsk."""
RING_SECONDS = 25
TAKEN = frozenset({"completed", "answered"})


def read_call(form: Mapping[str, str], *, is_unanswered: bool = False) -> Call:
    """Raises: NonsenseError."""
    sid = check_sid(form.get("CallSid"))
    return Call(
        channel=NAME,
        key=f"{NAME}:{form.get('AccountSid')}:{sid}",
        caller=read_address(form.get("From") or "anonymous"),
        number=read_address(form.get("To")),
        provider_id=sid,
        is_unanswered=is_unanswered,
    )


def was_taken(form: Mapping[str, str]) -> bool:
    """Whether somebody at the office took the call that went on to them."""
    return form.get("DialCallStatus") in TAKEN


def write_answer(answer: CallAnswer, voices: Mapping[str, str], ended_url: str) -> bytes:
    """`ended_url` is told when the call that went on has ended, or nobody took it."""
    response = VoiceResponse()
    voice = voices.get(answer.language) or voices.get(SAME_VOICE.get(answer.language, ""))
    response.say(answer.text, language=SPOKEN.get(answer.language, ELSE), **({"voice": voice} if voice else {}))
    if answer.forward_to is not None:
        response.dial(answer.forward_to, timeout=RING_SECONDS, action=ended_url, method="POST")
    return str(response).encode()


def write_refusal() -> bytes:
    """For a number that is none of ours."""
    response = VoiceResponse()
    response.reject()
    return str(response).encode()


def write_end() -> bytes:
    response = VoiceResponse()
    response.hangup()
    return str(response).encode()
