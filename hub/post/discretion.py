"""How much to say on which channel. SMS, mail and push are postcards: what is sensitive, or where a protected child is,
waits behind a strong sign-in. Source: security rules S4.4 and S6.1."""

from enum import IntEnum


class Discretion(IntEnum):
    """Silent: that there is something, and nothing more. Notice: the kind of matter, no names. Full: the words."""

    SILENT = 0
    NOTICE = 1
    FULL = 2


def how_much(privacy: int, *, sensitive: bool, protected: bool, stale: bool = False) -> Discretion:
    """What may be said on a channel of this privacy (see hub.post.channel.Limits).

    `stale` is an address that nobody has confirmed for long: it gets notices without content.
    """
    if privacy >= 2 and not stale:
        return Discretion.FULL
    if protected or stale:
        return Discretion.SILENT
    return Discretion.NOTICE if sensitive else Discretion.FULL
