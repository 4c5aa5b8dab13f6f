"""Telegram, in a process of its own: its Bot API, and people who write to the bot.

Every line of standard input is an errand, "PORT FILE WINDOW": tell what the file says, a chat and a text a line, to the webhook
at that port, with never more than WINDOW unanswered. Each is told on standard output as "RESULT count seconds", or "FAILED" and
why.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from tests.rehearsal.telegram_service import TelegramService

PATH = "/telegram/webhook"
SECRET = "b" * 40
STALL_SECONDS = 30.0


class Errand:
    """Texts to be told, each when there is room for it."""

    def __init__(self, service: TelegramService, port: int, file: Path, window: int) -> None:
        self._service = service
        self._texts = [line.split("\t") for line in file.read_text("utf-8").splitlines()]
        self._window = asyncio.Semaphore(window)
        self._bad = 0
        service.webhook = f"http://127.0.0.1:{port}{PATH}"

    async def run(self) -> str:
        """What is told of it."""
        begun = time.perf_counter()
        try:
            async with asyncio.TaskGroup() as group:
                for chat, text in self._texts:
                    async with asyncio.timeout(STALL_SECONDS):
                        await self._window.acquire()
                    group.create_task(self._write(int(chat), text))
        except (ExceptionGroup, TimeoutError):
            return "FAILED somebody was not answered"
        took = time.perf_counter() - begun
        return f"FAILED {self._bad} were refused" if self._bad else f"RESULT {len(self._texts)} {took:.4f}"

    async def _write(self, chat: int, text: str) -> None:
        person = self._service.person(chat)
        status = await self._service.post(self._service.write_update(person, text), SECRET)
        self._bad += status != 200
        await person.next_message(STALL_SECONDS)
        self._window.release()


async def serve(port: int) -> None:
    async with TelegramService(port) as service:
        loop = asyncio.get_running_loop()
        while errand := await loop.run_in_executor(None, sys.stdin.readline):
            hub_port, file, window = errand.split()
            print(await Errand(service, int(hub_port), Path(file), int(window)).run(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    asked = parser.parse_args()
    asyncio.run(serve(asked.port))


if __name__ == "__main__":
    main()
