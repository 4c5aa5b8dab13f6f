"""A service of digital post whose certificate does not count: its letters wait, all of them, until somebody there renews it."""

from hub.post.channel import TryLaterError

BAD_CERTIFICATE = "bad_certificate"


def explain_certificate(whose: str = "") -> TryLaterError:
    """`whose` is told before the reason, as "krr_", where one kind of post asks several. Nothing was sent."""
    return TryLaterError(f"{whose}{BAD_CERTIFICATE}", whole_channel=True)


def advise_certificate(whom: str) -> str:
    """A sentence for the doctor."""
    return (
        f"The certificate of {whom} has ended, or is none that this machine trusts: letters wait until it is renewed, "
        "or until the machine trusts whoever signed it."
    )
