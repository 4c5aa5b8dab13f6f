"""`python -m bench.smpp_sink PORT`: an SMSC that takes every text at once, by smpp34, and does nothing else."""

import asyncio
import sys

import smpp34


async def serve(port: int) -> None:
    server = smpp34.Server(host="127.0.0.1", port=port, system_id="SINK")
    await server.start()
    count = 0
    while True:
        event = await server.next()
        if isinstance(event, smpp34.SubmitSmEvent):
            count += 1
            event.accept(message_id=f"{count:08x}")


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
