"""What a request to a provider that brought no answer means for the outbox. Source: security rules S9.3 and S9.5."""

from hub.outside import ForbiddenHostError, NothingSentError, OutsideError
from hub.post.channel import SendError, TryLaterError, UnknownFateError


def explain_silence(error: OutsideError) -> SendError:
    """Of a request that may have done something."""
    if isinstance(error, ForbiddenHostError):
        return TryLaterError("forbidden_host", whole_channel=True)
    if isinstance(error, NothingSentError):
        return TryLaterError("no_connection")
    return UnknownFateError("no_answer")
