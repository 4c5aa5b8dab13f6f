"""A tag that proves itself, played: it mirrors what an NTAG 424 DNA of these keys would. Source: NXP AN12196."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hub.asker import operator_asker
from hub.desk import Work
from hub.door.sdm import Seen, cmac, derive_mac_key
from hub.door.tag_keys import TagKeys, make_keys, open_keys
from hub.seal import Seal
from tests.village import Village

SEAL = Seal(["a key of at least thirty-two letters"])
TEST = operator_asker("test")

AT = "https://hub.example.no/t"


@dataclass(frozen=True, slots=True)
class ProvingTag:
    """`uid` is seven bytes; the keys sixteen."""

    uid: bytes
    meta: bytes
    file_key: bytes

    def encrypted(self, counter: int) -> str:
        """The address at its reading of this number."""
        return f"{AT}?picc_data={self.seal_picc(counter).hex().upper()}&cmac={self._mac(counter)}"

    def plain(self, counter: int) -> str:
        """The same from a tag that was told to hide nothing."""
        return f"{AT}?uid={self.uid.hex().upper()}&ctr={counter:06X}&cmac={self._mac(counter)}"

    def seal_picc(self, counter: int, *, first: int = 0xC7) -> bytes:
        opened = bytes([first]) + self.uid + counter.to_bytes(3, "little") + b"\x11\x22\x33\x44\x55"
        encryptor = Cipher(algorithms.AES(self.meta), modes.CBC(bytes(16))).encryptor()
        return encryptor.update(opened) + encryptor.finalize()

    def _mac(self, counter: int) -> str:
        return cmac(derive_mac_key(self.file_key, Seen(self.uid, counter)))[1::2].hex().upper()


async def write_tag(village: Village, serial: str) -> tuple[ProvingTag, TagKeys]:
    """A tag written with the newest keys of Fjordvik, made now, and all the keys that it has."""

    def make(work: Work) -> TagKeys:
        make_keys(work, SEAL, village.owner().id, "leader")
        return open_keys(work, SEAL, village.owner().id)

    keys = await village.desk.work(TEST, make)
    newest, uid = keys.pairs[0], bytes.fromhex(serial)
    return ProvingTag(uid, newest.meta, newest.of(uid)), keys
