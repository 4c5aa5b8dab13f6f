"""No act without its reason: where no word of its own led to an act, the whole of the text did."""

from collections.abc import Iterator, Sequence

from bots.hearing.tokens import Token
from hub.talk.heard import Act, Intent, Reason

_KINDS = {
    Intent.CONSENT: "consent",
    Intent.CARE_TIME: "booking",
    Intent.CONTACT_CHANGE: "contact",
    Intent.PLACE: "place",
    Intent.LANGUAGE: "language",
    Intent.YES: "options",
}
_MOST_LETTERS = 120


def missing_reasons(acts: Sequence[Act], reasons: Sequence[Reason], tokens: Sequence[Token]) -> Iterator[Reason]:
    """A reason for each act that has none; what is left to staff as a message needs none."""
    told = {reason.led_to for reason in reasons}
    kinds = {led_to.partition(":")[0] for led_to in told}
    for act in acts:
        led_to = f"intent: {act.intent}"
        if act.intent is Intent.MESSAGE or led_to in told or _KINDS.get(act.intent) in kinds:
            continue
        if tokens:
            yield Reason(_shown(tokens), led_to)


def _shown(tokens: Sequence[Token]) -> str:
    text = "".join(token.text if token.glued or at == 0 else f" {token.text}" for at, token in enumerate(tokens))
    return text if len(text) <= _MOST_LETTERS else text[:_MOST_LETTERS].rsplit(" ", 1)[0] + " …"
