"""The listener lives in a process of its own: the hub never waits for it in vain, and it never outlives the hub."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bots.hearing.listener import HearingListener
from hub.talk.heard import Intent, KnownChild, ListenerAwayError, Said

_KARI = [KnownChild("7", "Kari Nordmann")]
_ILL = Said("Kari er syk i dag", datetime(2026, 11, 25, 7, tzinfo=UTC), "nb")
_PATIENCE_SECONDS = 120.0
"""How long a busy machine may take to start a process; a quiet one takes two seconds."""
_HUB_THAT_WAITS = """
import asyncio
from bots.hearing.listener import HearingListener

async def main():
    listener = HearingListener(start_seconds=100)
    await listener.start()
    print(listener.process_id, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest_asyncio.fixture(loop_scope="session")
async def listener() -> AsyncIterator[HearingListener]:
    listener = HearingListener(_PATIENCE_SECONDS, _PATIENCE_SECONDS)
    await listener.start()
    yield listener
    await listener.stop()


def test_the_hub_never_imports_spacy_or_the_grammar() -> None:
    program = (
        "import sys, bots.hearing.listener;"
        "print([name for name in ('spacy', 'bots.hearing.ear', 'rapidfuzz') if name in sys.modules])"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=_root())

    assert told.stdout.strip() == "[]"


async def test_a_message_is_heard_in_the_other_process(listener: HearingListener) -> None:
    heard = await listener.hear(_ILL, _KARI, None)

    assert [(act.intent, act.children, act.days, act.ill) for act in heard.acts] == [
        (Intent.ABSENCE, ("7",), (date(2026, 11, 25),), True)
    ]
    assert heard.language == "nb"
    assert {reason.led_to for reason in heard.reasons} >= {"intent: absence", "child: 7"}


async def test_many_messages_at_once_each_get_their_own_answer(listener: HearingListener) -> None:
    said = [Said(f"Kari er borte {day}. desember", _ILL.received_at, "nb") for day in range(1, 29)]

    heard = await asyncio.gather(*(listener.hear(each, _KARI, None) for each in said))

    assert [answer.acts[0].days for answer in heard] == [(date(2026, 12, day),) for day in range(1, 29)]


async def test_when_the_process_dies_those_waiting_are_told_and_it_comes_back(listener: HearingListener) -> None:
    died = listener.process_id
    assert died is not None
    os.kill(died, signal.SIGSTOP)
    waiting = [asyncio.create_task(listener.hear(_ILL, _KARI, None)) for _ in range(20)]
    await asyncio.sleep(0)

    os.kill(died, signal.SIGKILL)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    await listener.wait_ready(_PATIENCE_SECONDS)

    assert {type(answer) for answer in answers} == {ListenerAwayError}
    assert listener.process_id != died
    assert (await listener.hear(_ILL, _KARI, None)).acts[0].intent is Intent.ABSENCE


async def test_a_process_that_hangs_is_given_up_and_replaced() -> None:
    listener = HearingListener(wait_seconds=0.2, start_seconds=_PATIENCE_SECONDS)
    await listener.start()
    hung = listener.process_id
    assert hung is not None
    os.kill(hung, signal.SIGSTOP)

    with pytest.raises(ListenerAwayError):
        await listener.hear(_ILL, _KARI, None)
    with pytest.raises(ListenerAwayError):
        await _until_gone(listener, hung)
    await listener.wait_ready(_PATIENCE_SECONDS)

    assert listener.process_id != hung
    await listener.stop()


async def test_a_stopped_listener_says_that_it_is_away() -> None:
    listener = HearingListener(start_seconds=_PATIENCE_SECONDS)
    await listener.start()
    process_id = listener.process_id
    assert process_id is not None

    await listener.stop()

    assert not _is_alive(process_id)
    with pytest.raises(ListenerAwayError):
        await listener.hear(_ILL, _KARI, None)


async def test_the_process_survives_words_that_are_no_words(listener: HearingListener) -> None:
    for text in ("", "\x00\ud800", "🙂" * 1600, "\u202e" + "9." * 800):
        heard = await listener.hear(Said(text, _ILL.received_at), _KARI, None)
        assert heard.acts


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_the_process_ends_when_the_hub_is_killed(number: signal.Signals) -> None:
    hub = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HUB_THAT_WAITS, stdout=asyncio.subprocess.PIPE, cwd=_root()
    )
    assert hub.stdout is not None
    process_id = int(await asyncio.wait_for(hub.stdout.readline(), _PATIENCE_SECONDS))

    hub.send_signal(number)
    await hub.wait()

    await asyncio.wait_for(asyncio.to_thread(_wait_for_end, process_id), _PATIENCE_SECONDS)


async def _until_gone(listener: HearingListener, process_id: int) -> None:
    """Asks until the hung process is no longer the listener's."""
    while listener.process_id == process_id:
        await asyncio.sleep(0)
    await listener.hear(_ILL, _KARI, None)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process_id}/stat").read_text().split()[2] != "Z"


def _wait_for_end(process_id: int) -> None:
    """Returns when the process has ended; polling is all that a stranger's child allows."""
    pidfd = None
    try:
        pidfd = os.pidfd_open(process_id)
        import select

        select.select([pidfd], [], [], _PATIENCE_SECONDS)
    except ProcessLookupError:
        return
    finally:
        if pidfd is not None:
            os.close(pidfd)


def _root() -> Path:
    return Path(__file__).resolve().parents[3]
