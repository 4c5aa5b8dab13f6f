"""A sealed file opens whole with its key, and not at all otherwise."""

import random
from pathlib import Path

import pytest

from hub.operations.sealed_file import PIECE_BYTES, BrokenFileError, SealedWriter, read_lines

KEY, OTHER = "k" * 48, "o" * 48


def write(file: Path, lines: list[bytes], key: str = KEY) -> None:
    with SealedWriter(file, key) as out:
        for line in lines:
            out.write(line)


def big_lines() -> list[bytes]:
    """More than two pieces, of letters that hardly pack."""
    chance = random.Random(1)
    return [chance.randbytes(50_000).hex().encode() for _ in range(60)]


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    for number, lines in enumerate([[], [b""], [b"one", b"", b"three"], big_lines()]):
        file = tmp_path / str(number)
        write(file, lines)

        assert list(read_lines(file, [KEY])) == lines
        assert list(read_lines(file, [OTHER, KEY])) == lines


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    write(tmp_path / "sealed", [b"one"])

    assert (tmp_path / "sealed").stat().st_mode & 0o777 == 0o600


def test_another_key_does_not_open_it(tmp_path: Path) -> None:
    write(tmp_path / "sealed", [b"a secret line"])

    with pytest.raises(BrokenFileError, match="backup_key"):
        list(read_lines(tmp_path / "sealed", [OTHER]))
    assert b"a secret line" not in (tmp_path / "sealed").read_bytes()


def test_any_changed_letter_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "sealed", [b"one", b"two"])
    whole = (tmp_path / "sealed").read_bytes()

    for place in range(len(whole)):
        (tmp_path / "changed").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BrokenFileError):
            list(read_lines(tmp_path / "changed", [KEY]))


def test_a_cut_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    write(tmp_path / "sealed", big_lines())
    whole = (tmp_path / "sealed").read_bytes()
    first_piece_ends = 32 + 4 + PIECE_BYTES + 16

    for length in (0, 10, 40, first_piece_ends - 1, first_piece_ends, first_piece_ends + 2, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(BrokenFileError):
            list(read_lines(tmp_path / "cut", [KEY]))


def test_pieces_cannot_change_places_or_be_left_out(tmp_path: Path) -> None:
    write(tmp_path / "sealed", big_lines())
    whole, piece = (tmp_path / "sealed").read_bytes(), 4 + PIECE_BYTES + 16
    head, first, second, rest = whole[:32], whole[32 : 32 + piece], whole[32 + piece :][:piece], whole[32 + 2 * piece :]
    assert rest

    for changed in (head + second + first + rest, head + first + rest, head + first + first + second + rest):
        (tmp_path / "changed").write_bytes(changed)
        with pytest.raises(BrokenFileError):
            list(read_lines(tmp_path / "changed", [KEY]))


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    write(tmp_path / "sealed", [b"one"])

    with pytest.raises(FileExistsError):
        write(tmp_path / "sealed", [b"two"])
