"""A word to whoever sends a file that is not taken: else they believe that the school has it.

Pictures alone are taken by a provider. It is said of what people attach by themselves, and of nothing that a program puts
beside a message on its own, such as a card, a calendar or a signature. Source: security rule S7.7.
"""

from collections.abc import Sequence

from hub.talk.dialogue import Say, say

ATTACHED = (
    "application/msword",
    "application/pdf",
    "application/rtf",
    "application/vnd.ms-",
    "application/vnd.oasis.",
    "application/vnd.openxmlformats-",
    "application/x-zip",
    "application/zip",
    "audio/",
    "image/heic",
    "image/heif",
    "image/svg",
    "image/tiff",
    "video/",
)


def tell_left_out(media: Sequence[Sequence[str]] | None) -> Say | None:
    """`media` are the files of an arrival, each with what its sender calls its type."""
    if any(claimed_type.lower().startswith(ATTACHED) for _, claimed_type in media or ()):
        return say("reception.file_left_out")
    return None
