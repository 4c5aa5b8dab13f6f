"""A certificate, a key or a password that ends in the middle of a batch, in each country: letters wait, and go on once."""

from pathlib import Path

import pytest

from hub.clock import StoppedClock
from hub.desk import Look
from hub.mailroom.sendings import SendingState
from hub.mailroom.status import list_steps
from hub.operations.findings import Finding, Grade
from hub.operations.letters_check import check_held_letters
from tests.channels.letters.batch_scene import COUNTRIES, LETTERS, playing
from tests.channels.letters.norway_scene import OTHER_KEY, as_pem
from tests.hub.sign_in.school import TEST
from tests.rehearsal.finnish_post import FinnishPost
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.norwegian_registers import KEY_LASTS
from tests.rehearsal.own_certificate import OwnCertificate
from tests.rehearsal.post_faults import CUT
from tests.village import Village

pytestmark = pytest.mark.one_store("sqlite")
FIRST = 2
"""So many are handed over before it ends."""


def list_held(look: Look) -> list[Finding]:
    return list(check_held_letters(look))


@pytest.mark.parametrize("country", COUNTRIES)
async def test_letters_wait_while_the_certificate_of_the_post_has_ended_and_go_on_once_when_it_is_renewed(
    country: str, village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    own = OwnCertificate(tmp_path)
    async with playing(country, village, clock, own.server, own.trust) as batch:
        batch.meanwhile(FIRST, own.end)
        await batch.send()
        taken, held = len(batch.taken()), await batch.waiting()
        said = await batch.build().check()
        batch.day.wait(minutes=5)
        told = await batch.day.desk.look(TEST, list_held)
        batch.day.wait(hours=1)
        told += await batch.day.desk.look(TEST, list_held)
        steps = [list_steps(one)[-1] for one in await batch.day.sendings() if one.state == SendingState.WAITING]

        own.renew()
        await batch.persist()

        assert FIRST <= taken < LETTERS
        assert held == {"bad_certificate": LETTERS - taken}
        assert any("certificate of" in sentence and "letters wait until it is renewed" in sentence for sentence in said)
        assert [one.grade for one in told] == [Grade.HINT, Grade.WRONG]
        assert all(f"{LETTERS - taken}: bad_certificate" in one.what for one in told)
        assert {step.code for step in steps} == {"held"}
        assert batch.taken() == await batch.made()
        assert len(batch.taken()) == LETTERS
        assert await batch.day.desk.look(TEST, list_held) == []
        assert await batch.build().check() == []


async def test_a_register_whose_certificate_has_ended_holds_letters_back_as_well(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    own = OwnCertificate(tmp_path)
    own.end()
    async with (
        playing("NO", village, clock, trust=own.trust) as batch,
        NorwegianPost(clock.now, tls=own.server) as other,
    ):
        batch.settings["krr"] = {"url": other.url}
        await batch.send()
        held = await batch.waiting()

        del batch.settings["krr"]
        await batch.persist()

        assert held == {"krr_bad_certificate": LETTERS}
        assert batch.taken() == await batch.made()
        assert len(batch.taken()) == LETTERS


@pytest.mark.parametrize("code", ["MP-120", "MP-121"], ids=["taken away", "too old"])
async def test_letters_wait_while_our_key_has_ended_and_go_on_once_by_a_new_one(
    code: str, village: Village, clock: StoppedClock
) -> None:
    async with playing("NO", village, clock) as batch:
        assert isinstance(batch.post, NorwegianPost)
        office = batch.post.office

        def end() -> None:
            office.end_tokens()
            batch.befalls(CUT, times=3, taken=True)
            batch.befalls(503, times=LETTERS)  # so that the register is asked again of these
            if code == "MP-120":
                office.keys.clear()
            else:
                office.key_since -= KEY_LASTS * 2

        batch.meanwhile(FIRST, end)
        await batch.send()
        batch.post.faults.clear()
        in_doubt = (await batch.states())[SendingState.TRIED]
        batch.day.wait(minutes=10)
        await batch.send()
        taken, held, said = len(batch.taken()), await batch.waiting(), await batch.build().check()

        office.register("budbok-2", OTHER_KEY)
        batch.settings["maskinporten"] = {"key": as_pem(OTHER_KEY), "key_id": "budbok-2"}
        await batch.persist()

        assert FIRST <= taken < LETTERS
        assert in_doubt >= 3
        assert held[code] > 0
        assert any(f"no token ({code}): our key is" in sentence for sentence in said)
        assert batch.taken() == await batch.made()
        assert len(batch.taken()) == LETTERS


@pytest.mark.parametrize(
    ("authorization", "code", "sentence"),
    [("bearer", "sign_in_refused", "refuses the user name or the password"), ("api_key", "http_401", "let us in")],
)
async def test_letters_wait_while_the_password_has_ended_and_go_on_once_by_a_new_one(
    authorization: str, code: str, sentence: str, village: Village, clock: StoppedClock
) -> None:
    async with playing("FI", village, clock) as batch:
        assert isinstance(batch.post, FinnishPost)
        post = batch.post
        post.authorization = authorization
        batch.settings |= {"authorization": authorization, "password": post.password, "api_key": post.api_key}

        def end() -> None:
            post.end_tokens()
            post.password = post.api_key = "Another-password-of-32-letters-22!"

        batch.meanwhile(FIRST, end)
        await batch.send()
        taken, held = len(batch.taken()), await batch.waiting()
        said = await batch.build(**batch.settings).check()

        batch.settings |= {"password": post.password, "api_key": post.api_key}
        await batch.persist()

        assert FIRST <= taken < LETTERS
        assert held == {code: LETTERS - taken}
        assert sentence in said[0]
        assert batch.taken() == await batch.made()
        assert len(batch.taken()) == LETTERS
