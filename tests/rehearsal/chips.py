"""Tags as the families of the rehearsal have them: plain ones say the same each time, proving ones count how often they were
read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.hub.door.proving_tags import ProvingTag

if TYPE_CHECKING:
    from nfc_gateway.emulated import PlayedTag

PLAIN_AT = "https://hub.example.no/t"


@dataclass(slots=True)
class Chip:
    """`serial` is seven bytes in hex, `phone` the E.164 number of the guardian who carries it, `children` whom it stands for,
    as they are called. `proving` is what was written into it, where it proves itself; `counter` its own count of readings."""

    serial: str
    guardian_id: str
    phone: str
    child_ids: tuple[str, ...]
    children: tuple[str, ...]
    proving: ProvingTag | None = None
    counter: int = 0

    @property
    def whose(self) -> str:
        """The children's names, as one says them."""
        return " and ".join(self.children)

    def held(self) -> PlayedTag:
        """The tag for one touch, to be played to a gate."""
        from nfc_gateway.emulated import Type2, Type4  # brings nfcpy along, which only a touch needs

        serial = bytes.fromhex(self.serial)
        if self.proving is None:
            return Type2(serial, PLAIN_AT)
        self.counter += 1
        return Type4(serial, [self.proving.encrypted(self.counter)])
