"""`budbok talk`: holds a conversation in a terminal with the real reception, and prints it as a transcript, ready to keep.

One types what the guardian writes. "Far> nei" is written by Far, "# 08:10" lets time pass, an empty line ends the talk.
"""

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa

from hub.clock import StoppedClock, SystemClock
from hub.database import Base
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.talk.bot import Bot
from hub.talk.cast import read_cast, read_moment
from hub.talk.heard import Listener
from hub.talk.rehearsal import Facts, Rehearsal

HEAD = "Monday 3 March 2025, 07:12. Children: Ella, Otso. Others: Far."


async def talk(
    language: str,
    listener: Listener,
    bots: Mapping[str, Bot],
    read: Callable[[], str | None],
    write: Callable[[str], None],
    *,
    head: str = HEAD,
    facts: Sequence[Facts] = (),
) -> None:
    """Hold one conversation in a store that is thrown away. The listener has been started.

    `read` waits for a line and answers None at the end; it is called beside the loop. `head` is that of a transcript
    (hub.talk.cast), `facts` are questions whose answers show below. Raises: UnreadableSceneError.
    """
    cast = read_cast(head, language)
    clock = StoppedClock(SystemClock().now())
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'talk.sqlite'}"
        engine = sa.create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        desk = Desk(url, clock, LocalDoorbell(), language=language)
        try:
            rehearsal = Rehearsal(desk, clock, listener, bots, cast, facts)
            await rehearsal.open()
            write(f"# {head}")
            await _converse(rehearsal, read, write)
        finally:
            await desk.close()


async def _converse(rehearsal: Rehearsal, read: Callable[[], str | None], write: Callable[[str], None]) -> None:
    while line := ((await asyncio.to_thread(read)) or "").strip():
        if line.startswith("#"):
            moment = read_moment(line[1:].strip(), rehearsal.now.date())
            if moment is not None and moment > rehearsal.now:
                write(line)
                for told in await rehearsal.pass_to(moment):
                    write(told)
            continue
        who, text = rehearsal.split(line)
        write(f"{who}> {text}")
        for answer in await rehearsal.hear(who, text):
            write(answer)
