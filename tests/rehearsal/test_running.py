"""`make run` needs no more than what it installs: the rehearsal comes up where nothing for testing is there. It leaves nothing
behind, however it ends.
"""

import asyncio
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from nfc_gateway.state import find_status
from tests.patience import PATIENCE, START_PATIENCE
from tests.with_parent import with_parent

from .__main__ import FOLDER

HERE = Path(__file__).parents[2]


def read_names(file: str) -> set[str]:
    """The packages that a list of requirements pins, with `-` for every `_` and in small letters."""
    pins = re.findall(r"^([\w.-]+)==", (HERE / file).read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in pins}


def test_the_rehearsal_is_read_in_without_anything_that_only_tests_need() -> None:
    for_running = read_names("requirements.txt") | read_names("requirements-gate.txt")
    only_for_testing = read_names("requirements-dev.txt") - for_running
    missing = [
        module
        for module, packages in packages_distributions().items()
        if all(re.sub(r"[-_.]+", "-", package).lower() in only_for_testing for package in packages)
    ]
    script = f"import sys; sys.modules.update(dict.fromkeys({missing!r})); import tests.rehearsal.stage"

    done = subprocess.run([sys.executable, "-c", script], cwd=HERE, capture_output=True, text=True, check=False)

    assert "pytest" in missing
    assert done.returncode == 0, done.stderr


def list_descendants(pid: int) -> set[int]:
    """The processes that one started, and that those started. Source: proc(5)."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = {int(child) for task in tasks for child in (task / "children").read_text().split()}
    except FileNotFoundError:
        return set()
    return children.union(*map(list_descendants, children))


def read_command(pid: int) -> str:
    """Empty where the process ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except FileNotFoundError:
        return ""


async def all_gone(pids: set[int]) -> None:
    async with asyncio.timeout(PATIENCE):
        while any(map(read_command, pids)):
            await asyncio.sleep(0.02)


async def test_nothing_of_the_rehearsal_outlives_it_when_it_is_killed(tmp_path: Path) -> None:
    rehearsal = await asyncio.create_subprocess_exec(
        *with_parent(sys.executable, "-m", "tests.rehearsal"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert rehearsal.stdout is not None
    async with asyncio.timeout(START_PATIENCE):
        while not (await rehearsal.stdout.readline()).startswith(b"Ctrl-C stops it."):
            assert rehearsal.returncode is None
        while (status := find_status(tmp_path / FOLDER / "gate")) is None or not status.has_reader:
            await asyncio.sleep(0.02)
    started = list_descendants(rehearsal.pid)
    commands = " ".join(map(read_command, started))

    rehearsal.kill()
    await rehearsal.wait()
    await all_gone(started)

    assert "-m hub run" in commands
    assert "-m nfc_gateway" in commands


async def test_a_broker_does_not_outlive_the_run_that_started_it(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys, pathlib, tests.broker as b\n"
        "async def main():\n"
        "    async with b.broker_at(pathlib.Path(sys.argv[1])) as broker:\n"
        "        print(broker.process.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    run = await asyncio.create_subprocess_exec(
        *with_parent(sys.executable, "-c", script, str(tmp_path)), cwd=HERE, stdout=asyncio.subprocess.PIPE
    )
    assert run.stdout is not None
    broker = int(await asyncio.wait_for(run.stdout.readline(), START_PATIENCE))
    command = read_command(broker)

    run.kill()
    await run.wait()
    await all_gone({broker})

    assert "nats-server" in command


async def test_what_is_started_by_somebody_who_is_gone_already_does_not_begin(tmp_path: Path) -> None:
    command = with_parent(sys.executable, "-c", f"open({str(tmp_path / 'begun')!r}, 'w')")
    command[command.index(str(os.getpid()))] = "1"

    done = await asyncio.create_subprocess_exec(*command)

    assert await asyncio.wait_for(done.wait(), PATIENCE) == 0
    assert not (tmp_path / "begun").exists()
