"""`python -m bench.gate_client PORT FILE CONNECTIONS`: posts each request of a file once, and prints how many a second were
answered 200; an answer of another kind ends it."""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

OK = b"HTTP/1.1 200"
LENGTH = b"content-length: "


async def post_all(port: int, requests: list[bytes], connections: int) -> float:
    """Requests a second. Raises: RuntimeError when one was not taken."""
    waiting = iter(requests)
    begun = time.perf_counter()
    await asyncio.gather(*(_post(port, waiting) for _ in range(connections)))
    return len(requests) / (time.perf_counter() - begun)


async def _post(port: int, waiting: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in waiting:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(LENGTH)[2].partition(b"\r\n")[0]))
        if not head.upper().startswith(OK):
            raise RuntimeError(head.split(b"\r\n")[0].decode())
    writer.close()


if __name__ == "__main__":
    lines = Path(sys.argv[2]).read_text().split()
    print(asyncio.run(post_all(int(sys.argv[1]), [bytes.fromhex(line) for line in lines], int(sys.argv[3]))))
