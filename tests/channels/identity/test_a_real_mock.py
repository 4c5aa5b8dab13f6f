"""The same sign-in against a provider that others have written, run as a process of its own on loopback."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession
from yarl import URL

from hub.clock import StoppedClock, SystemClock
from hub.sign_in.identity import Level
from tests.eid_scene import NAME, playing
from tests.patience import START_PATIENCE
from tests.ports import hold_port
from tests.rehearsal.id_provider import synthetic_number
from tests.village import Village

MOTHER = synthetic_number(0)


@asynccontextmanager
async def serving(**user: object) -> AsyncIterator[str]:
    """The provider's issuer, once it answers; it knows one user."""
    port = hold_port()
    command = (str(Path(sys.executable).with_name("oidc-provider-mock")), "--port", str(port))
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, "--user-claims", json.dumps(user), stdout=quiet, stderr=quiet
    )
    issuer = f"http://127.0.0.1:{port}"
    try:
        async with ClientSession() as session, asyncio.timeout(START_PATIENCE):
            while not await answers(session, issuer):
                await asyncio.sleep(0.05)
        yield issuer
    finally:
        process.terminate()
        await process.wait()


async def answers(session: ClientSession, issuer: str) -> bool:
    try:
        async with session.get(f"{issuer}/jwks") as answer:
            return answer.status == 200
    except ClientError:
        return False


@pytest.mark.one_store
async def test_a_guardian_signs_in_by_a_provider_that_others_have_written(
    village: Village, clock: StoppedClock
) -> None:
    clock.jump(SystemClock().now())
    async with (
        serving(sub="anne", pid=MOTHER, acr="idporten-loa-high", amr=["BankID"]) as issuer,
        playing(village, issuer=issuer, client_secret="a secret of the test") as scene,
    ):
        mother = await scene.know("Anne Nordmann", MOTHER)
        browser = await scene.browser()
        there = await browser.leave(f"/sign-in/{NAME}")
        chosen = await browser.session.post(URL(there, encoded=True), data={"sub": "anne"}, allow_redirects=False)

        answer = await browser.get(chosen.headers["Location"])

        assert answer.status == 303
        assert scene.proven[0][0].guardian_id == mother.id
        assert (scene.proven[0][0].level, scene.proven[0][0].method) == (Level.HIGH, "BankID")
