"""What stands in the way of a notice that is due: the browser was signed out, what it rests on is over, or whoever signed in
there may not read the message. Asked at that moment, whatever was true before. Source: security rules S1.5, S3.4 and S4.1."""

from collections.abc import Sequence

from hub.address import PUSH
from hub.desk import Look
from hub.post.deliveries import Delivery
from hub.post.family_book import find_child_of
from hub.post.push_devices import find_devices, find_family_of


def find_push_hindrances(look: Look, due: Sequence[Delivery]) -> dict[str, str]:
    """Those of the deliveries that are notices and may not go, each with a code."""
    notices = [delivery for delivery in due if delivery.kind == PUSH]
    devices = find_devices(look, [notice.recipient for notice in notices]) if notices else {}
    out: dict[str, str] = {}
    for notice in notices:
        device = devices.get(notice.recipient)
        family = find_family_of(look, device) if device is not None else None
        if family is None:
            out[notice.id] = "address_over"
        elif find_child_of(look, family, notice.message_id) is None:
            out[notice.id] = "no_right"
    return out
