"""The limit of sending: a bare aiohttp client that posts as many texts to the same provider, 200 at once, and does nothing
else.

It prints the seconds that all of them took.
"""

import argparse
import asyncio
import time
from pathlib import Path

from aiohttp import BasicAuth, ClientSession, TCPConnector

from .installation import ACCOUNT, TOKEN

AT_ONCE = 200
TEXT = "Unni Fossum, Haug skole: I morgen er skolen stengt, for vannet er borte."


async def send_all(url: str, sender: str, recipients: list[str]) -> float:
    """Raises: RuntimeError when one was not taken."""
    messages = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    left = iter(recipients)

    async def work(session: ClientSession) -> None:
        for recipient in left:
            async with session.post(messages, data={"To": recipient, "From": sender, "Body": TEXT}) as answer:
                await answer.read()
                if answer.status != 201:
                    raise RuntimeError(f"the provider answered {answer.status}")

    connector = TCPConnector(limit=AT_ONCE)
    async with ClientSession(auth=BasicAuth(ACCOUNT, TOKEN), connector=connector) as session:
        began = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("sender")
    parser.add_argument("recipients", type=Path)
    asked = parser.parse_args()
    print(asyncio.run(send_all(asked.url, asked.sender, asked.recipients.read_text().split())))


if __name__ == "__main__":
    main()
