"""The virus scanner is believed only where it says plainly what it found."""

import os
from collections.abc import AsyncIterator

import pytest

from hub.config import FileSettings
from hub.operations.doctor import check_scanner
from hub.operations.findings import Grade
from hub.post.scanner import InfectedError, Scanner, ScannerAwayError
from tests.patience import PATIENCE
from tests.ports import hold_port
from tests.rehearsal.virus_scanner import MARK, VirusScanner, run_scanner


@pytest.fixture
async def clamd() -> AsyncIterator[VirusScanner]:
    async with run_scanner(hold_port()) as clamd:
        yield clamd


async def test_it_is_handed_the_whole_file_and_says_what_is_in_it(clamd: VirusScanner) -> None:
    scanner = Scanner(clamd.address, PATIENCE)
    files = [b"", b"a", os.urandom(200_000)]

    for file in files:
        await scanner.scan(file)
    with pytest.raises(InfectedError):
        await scanner.scan(files[-1] + MARK)

    assert clamd.scanned == [*files, files[-1] + MARK]
    assert (await check_scanner(clamd.address)).grade is Grade.FINE


@pytest.mark.parametrize(
    "odd",
    [
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: OK",
        b"OK\0",
        b"\0",
        b"stream: " + b"x" * 100_000 + b" FOUND\0",
    ],
)
async def test_no_other_word_lets_a_file_through(
    clamd: VirusScanner, odd: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    clamd.odd = odd
    scanner = Scanner(clamd.address, PATIENCE)

    for _ in range(2):
        with pytest.raises(ScannerAwayError):
            await scanner.scan(b"a")

    assert len(caplog.records) == 1


async def test_one_that_says_nothing_or_is_not_there_is_away(clamd: VirusScanner) -> None:
    clamd.odd = b""

    for scanner in (Scanner(clamd.address, 0.05), Scanner(f"127.0.0.1:{hold_port()}", PATIENCE)):
        with pytest.raises(ScannerAwayError):
            await scanner.scan(b"a")
        with pytest.raises(ScannerAwayError):
            await scanner.check()


@pytest.mark.parametrize("elsewhere", ["clamd.example.org:3310", "192.0.2.7:3310", "127.0.0.1", "localhost:"])
def test_files_go_to_no_scanner_on_another_machine(elsewhere: str) -> None:
    with pytest.raises(ValueError, match="no scanner without TLS"):
        FileSettings(scanner=elsewhere)
    assert FileSettings(scanner="[::1]:3310").scanner
