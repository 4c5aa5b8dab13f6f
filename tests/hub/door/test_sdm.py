"""What an NTAG 424 DNA mirrors is opened and checked as the published examples say, and nothing else gets through.

Source: NXP AN12196 (three examples), AN10922 (diversification), RFC 4493 (CMAC).
"""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.door.sdm import (
    Mirrored,
    NotMirroredError,
    Seen,
    cmac,
    derive_mac_key,
    diversify,
    is_signed,
    open_picc,
    read_address,
    verify,
)
from tests.hub.door.proving_tags import ProvingTag

ZERO = bytes(16)
PICC, MAC = "EF963FF7828658A599F3041510671E88", "94EED9EE65337086"
AT = "https://hub.example.no/t"
LONG = f"{AT}?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6"


def test_the_first_example_tells_its_tag_and_its_counter() -> None:
    seen = open_picc(ZERO, bytes.fromhex(PICC))
    key = derive_mac_key(ZERO, seen)

    assert (seen.uid.hex(), seen.counter) == ("04de5f1eacc040", 61)
    assert key.hex() == "3fb5f6e3a807a03d5e3570ace393776f"
    assert cmac(key, b"").hex() == "e194c7ee12d9f7ee8a65c8331b704386"
    assert is_signed(key, b"", bytes.fromhex(MAC))


def test_the_second_example_is_signed_together_with_its_file() -> None:
    mirrored = read_address(LONG)
    assert mirrored.picc_data is not None
    seen = open_picc(ZERO, mirrored.picc_data)

    assert (seen.uid.hex(), seen.counter) == ("04958caa5c5e80", 8)
    assert derive_mac_key(ZERO, seen).hex() == "3ed0920e5e6a0320d823d5987feafbb1"
    assert mirrored.signed == b"CEE9A53E3E463EF1F459635736738962&cmac="
    assert verify(mirrored, seen, ZERO)


def test_the_third_example_derives_the_key_of_its_reading() -> None:
    seen = Seen(bytes.fromhex("04C767F2066180"), 1)

    key = derive_mac_key(bytes.fromhex("5ACE7E50AB65D5D51FD5BF5A16B8205B"), seen)

    assert key.hex() == "3a3e8110e05311f7a3fcf0d969bf2b48"


def test_a_plain_mirror_has_its_counter_with_the_highest_byte_first() -> None:
    mirrored = read_address(f"{AT}?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3")

    assert mirrored.plain == Seen(bytes.fromhex("041E3C8A2D6B80"), 6)
    assert verify(mirrored, mirrored.plain, ZERO)
    assert not verify(mirrored, Seen(mirrored.plain.uid, 7), ZERO)


def test_an_example_of_our_own_with_two_keys_that_are_not_zero() -> None:
    meta, file_key = bytes.fromhex("00112233445566778899AABBCCDDEEFF"), bytes(range(1, 17))
    mirrored = read_address(f"{AT}?picc_data=8F418E22A62DB419029B1A0EB5BAD33F&cmac=E814AD894E67FBE2")
    assert mirrored.picc_data is not None

    seen = open_picc(meta, mirrored.picc_data)

    assert (seen.uid.hex(), seen.counter) == ("04a1b2c3d4e5f6", 1234)
    assert verify(mirrored, seen, file_key)
    assert not verify(mirrored, seen, meta)


def test_a_key_is_diversified_and_a_code_made_as_published() -> None:
    master = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    parts = [bytes.fromhex(part) for part in ("04782E21801D80", "3042F5", "4E585020416275")]

    assert diversify(master, *parts).hex() == "a8dd63a3b89d54b37ca802473fda9175"
    assert cmac(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), b"").hex() == "bb1d6929e95937287fa37d129b756746"


@pytest.mark.parametrize("more", [b"", b"x" * 8, b"x" * 25])
def test_what_the_standard_has_another_rule_for_is_not_diversified(more: bytes) -> None:
    with pytest.raises(ValueError, match="17 to 32"):
        diversify(ZERO, bytes(7), more)


@pytest.mark.parametrize(
    "address",
    [
        "",
        AT,
        f"{AT}?picc_data={PICC}",
        f"{AT}?cmac={MAC}&picc_data={PICC}",
        f"{AT}?picc_data={PICC}&cmac={MAC}&more=1",
        f"{AT}?picc_data={PICC}&cmac={MAC}&cmac={MAC}",
        f"{AT}?picc_data={PICC}&picc_data={PICC}&cmac={MAC}",
        f"{AT}?picc_data={PICC}00&cmac={MAC}",
        f"{AT}?picc_data={PICC}&cmac={MAC[:-2]}",
        f"{AT}?picc_data={PICC}&enc=&cmac={MAC}",
        f"{AT}?picc_data={PICC}&enc=00&cmac={MAC}",
        f"{AT}?picc_data={PICC[:-1]}%20&cmac={MAC}",
        f"{AT}?picc_data={PICC[:-2]}+1&cmac={MAC}",
        f"{AT}?uid=041E3C8A2D6B80&ctr=6&cmac={MAC}",
        f"{AT}?uid=041E3C8A2D6B80&cmac={MAC}",
        f"{AT}?uid=08A1B2C3&ctr=000006&cmac={MAC}",
        f"{AT}?picc_data={'E' * 600}&cmac={MAC}",
        "https://[?picc_data=1",
        f"{AT}?picc_data={PICC}&cmac={'٤' * 16}",
    ],
)
def test_every_other_form_is_refused(address: str) -> None:
    with pytest.raises(NotMirroredError):
        read_address(address)


@pytest.mark.parametrize("first", [0x87, 0x47, 0xC4, 0xCA, 0x00, 0xFF])
def test_a_tag_that_mirrors_less_or_another_length_is_refused(first: int) -> None:
    tag = ProvingTag(bytes(7), ZERO, ZERO)

    with pytest.raises(NotMirroredError):
        open_picc(ZERO, tag.seal_picc(1, first=first))


@given(st.text(max_size=600))
@example("https://hub.example.no/t?picc_data=")
@example("?uid=\x00&ctr=\x00&cmac=\x00")
@example("//[::1?a=b")
def test_no_text_does_more_than_be_refused(text: str) -> None:
    refuse_or_read(text)


@given(
    st.lists(st.sampled_from(["picc_data", "enc", "cmac", "uid", "ctr", "x"]), max_size=4),
    st.lists(st.text(alphabet="0123456789abcdefABCDEFg %&=", max_size=40), min_size=4, max_size=4),
)
def test_no_address_that_nearly_fits_does_more_than_be_refused(names: list[str], values: list[str]) -> None:
    refuse_or_read("?" + "&".join(f"{name}={value}" for name, value in zip(names, values, strict=False)))


def refuse_or_read(text: str) -> None:
    try:
        mirrored = read_address(text)
    except NotMirroredError:
        return
    assert isinstance(mirrored, Mirrored)
    assert (mirrored.picc_data is None) is not (mirrored.plain is None)


@given(st.binary(max_size=48), st.binary(min_size=16, max_size=16))
def test_no_bytes_open_but_as_a_tag_with_its_counter(picc: bytes, key: bytes) -> None:
    try:
        seen = open_picc(key, picc)
    except NotMirroredError:
        return

    assert len(seen.uid) == 7
    assert 0 <= seen.counter < 2**24


@given(
    st.binary(min_size=7, max_size=7),
    st.integers(0, 2**24 - 1),
    st.integers(0, 7),
    st.integers(1, 255),
    st.booleans(),
)
def test_whatever_a_tag_tells_is_believed_and_a_single_other_byte_is_not(
    uid: bytes, counter: int, at: int, other: int, is_plain: bool
) -> None:
    tag = ProvingTag(uid, bytes(range(16)), bytes(range(16, 32)))
    mirrored = read_address(tag.plain(counter) if is_plain else tag.encrypted(counter))
    seen = mirrored.plain or open_picc(tag.meta, mirrored.picc_data or b"")
    forged = bytearray(mirrored.mac)
    forged[at] ^= other

    assert seen == Seen(uid, counter)
    assert verify(mirrored, seen, tag.file_key)
    assert not is_signed(derive_mac_key(tag.file_key, seen), mirrored.signed, bytes(forged))
