"""Handing out a tag at the preschool, the short way."""

import io

from PIL import Image

from hub.desk import Work
from hub.door.hand_outs import Giving, TagHandOut, hand_out
from hub.door.tags import TagKind
from tests.hub.door.devices import SERIAL
from tests.village import Village


def signature() -> bytes:
    """A picture as a browser draws it."""
    out = io.BytesIO()
    Image.new("RGB", (300, 120), "white").save(out, "PNG")
    return out.getvalue()


def give(
    work: Work,
    village: Village,
    *names: str,
    to: str | None = "Marte Bakken",
    receiver: str = "",
    serial: str = SERIAL,
    signed: bool = True,
    at: str = "preschool",
) -> TagHandOut:
    """A static tag for these children; without a signature its receiver is asked by text."""
    giving = Giving(
        serial,
        TagKind.STATIC,
        tuple(village.child(name).id for name in names),
        None if to is None else village.guardian(to).id,
        receiver,
        signature() if signed else None,
    )
    return hand_out(work, village.unit(at).id, giving)
