"""Logs hold ids only: what a guardian writes, who they are and where they are reached stays out, whatever the level."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.logs import JsonLines, scrub, set_up_logs
from tests.living_hub import living_hub

OWN = ("hub", "channels", "bots", "admin_web")


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a hub that was told to log everything writes; logging is put back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in OWN}
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    set_up_logs(logging.DEBUG)
    yield out
    root.handlers[:], level, levels = before[0], before[1], before[2]
    root.setLevel(level)
    for name, own in levels.items():
        logging.getLogger(name).setLevel(own)


def log_line(message: str, *arguments: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord("hub.test", logging.INFO, __file__, 1, message, arguments, None)
    vars(record).update(extra)
    line: dict[str, object] = json.loads(JsonLines().format(record))
    return line


async def test_a_text_driven_through_leaves_ids_only(store_url: str, tmp_path: Path, log_lines: io.StringIO) -> None:
    async with living_hub(tmp_path, store_url) as living:
        living.provider.faults.error(sent=True)
        answer = await living.text("Ola Nordmann", "contact teacher 7A", "Kari er syk, hun har vannkopper")
        await living.provider.phone("+4740000999").text(
            living.village.number("contact teacher 7A").value, "Hvem er dette? Ring Solveig Haugland"
        )
        await living.settled()
        phone = living.village.phone("Ola Nordmann")
    logging.getLogger("hub.test").error("the end")

    told = log_lines.getvalue()

    assert "the end" in told
    for secret in ("vannkopper", "Kari", "Nordmann", "Solveig", "Haugland", phone[1:], phone[3:], "40000999", answer):
        assert secret not in told, secret
    for line in told.splitlines():
        assert {"at", "level", "where", "what"} <= json.loads(line).keys()


def test_a_fault_is_told_by_its_kind_and_places_and_never_by_its_text() -> None:
    try:
        raise ValueError("Kari Nordmann has chickenpox")
    except ValueError:
        record = logging.LogRecord("hub.test", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())

    line = json.loads(JsonLines().format(record))

    assert line["fault"] == "ValueError"
    assert line["passed"][0].startswith("test_logs.py:")
    assert "chickenpox" not in json.dumps(line)


def test_what_looks_like_an_address_is_taken_out() -> None:
    line = log_line("to %s or %s", "+47 400 00 123", "kari@example.org", number="0047 40000123", count=40000123)

    assert line["what"] == "to ••• or •••"
    assert line["number"] == "•••"
    assert line["count"] == 40000123


def test_ids_stay_as_they_are() -> None:
    id_ = "01jnkq8w7v3m5x2r9t4c6b8d0z"

    assert scrub(f"delivery {id_}") == f"delivery {id_}"


def test_a_line_break_in_what_is_logged_makes_no_second_line() -> None:
    record = logging.LogRecord("hub.test", logging.INFO, __file__, 1, "one\ntwo\r{}", (), None)

    assert "\n" not in JsonLines().format(record)
    assert "\r" not in JsonLines().format(record)


async def test_a_broken_request_leaves_no_trace_of_who_sent_it_or_what(
    store_url: str, tmp_path: Path, log_lines: io.StringIO
) -> None:
    async with living_hub(tmp_path, store_url) as living:
        reader, writer = await asyncio.open_connection("127.0.0.1", living.hub.settings.public.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nSolveig Haugland: 1\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()

    logged = [line for line in log_lines.getvalue().splitlines() if "no HTTP" in line]
    assert len(logged) == 1
    assert "127.0.0.1" not in logged[0]
    assert "Solveig" not in logged[0]


@pytest.mark.parametrize("address", ["192.0.2.17", "2001:db8::17", "fe80::1", "2001:db8:0:0:0:0:0:1"])
def test_the_address_of_a_machine_is_scrubbed(address: str) -> None:
    assert scrub(f"from {address}, port 8080") == "from •••, port 8080"
