"""Whatever people type is kept exactly as it came: any letter of any script, marks, control characters, very long, or nothing.

One thing alone is changed: a NUL, which a store cannot hold, is kept as its symbol.
"""

import asyncio
import random
import sys

import pytest

from hub.post.arrivals import ArrivalState
from tests.faults.caller import Caller
from tests.village import FJORDVIK

LONGEST = 1600
SHORT_FORM, LONG_FORM = 300, 10_000
PLANES = 17
MARKS = [chr(code) for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0xFFFC)]
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]
EMOJI = ["😷", "🤒", "👍🏽", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️", "🇳🇴", "1️⃣"]
PIECES = [
    "Kari er syk i dag",
    "ja",
    "nei",
    "1",
    "angre",
    "stopp",
    "%",
    "{{ 7*7 }}",
    "'; --",
    "<b>",
    "\\",
    "&Body=",
    "=cmd()",
    "${x}",
]


def letter(chance: random.Random, plane: int) -> str:
    """Any code point of a plane but surrogates, which are no letters."""
    while True:
        code = plane * 0x10000 + chance.randrange(0x10000)
        if code <= sys.maxunicode and not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def make_text(chance: random.Random, number: int) -> str:
    """The next text, of one kind after the other."""
    match number % 8:
        case 0:
            return "".join(letter(chance, number // 8 % PLANES) for _ in range(chance.randint(1, 40)))
        case 1:
            return "".join(chance.choice(MARKS) + chance.choice("שלוםمريضKari ") for _ in range(chance.randint(1, 30)))
        case 2:
            return "".join(chance.choice([*CONTROLS, "a"]) for _ in range(chance.randint(1, 60)))
        case 3:
            return "".join(
                chance.choice("abcæøå €[]") for _ in range(LONGEST - chance.randint(0, 1) * chance.randint(0, 200))
            )
        case 4:
            return "".join(chance.choice(EMOJI) for _ in range(chance.randint(1, 50)))
        case 5:
            return " ".join(chance.choice(PIECES) for _ in range(chance.randint(1, 8)))
        case 6:
            return "".join(letter(chance, chance.randrange(PLANES)) for _ in range(chance.randint(0, 25)))
        case _:
            return "e" + "".join(chr(chance.randint(0x300, 0x36F)) for _ in range(chance.randint(1, 200)))


def test_the_texts_reach_every_plane_and_every_kind() -> None:
    chance = random.Random(11)
    texts = [make_text(chance, number) for number in range(SHORT_FORM)]

    assert {ord(each) >> 16 for text in texts for each in text} == set(range(PLANES))
    assert set(MARKS) | set(CONTROLS) <= {each for text in texts for each in text}
    assert max(len(text) for text in texts) == LONGEST
    assert "" in [make_text(random.Random(seed), 6) for seed in range(200)]


@pytest.mark.parametrize(
    "count", [SHORT_FORM, pytest.param(LONG_FORM, marks=[pytest.mark.sweep])], ids=["short form", "whole"]
)
async def test_every_text_is_kept_exactly_as_it_came(caller: Caller, count: int) -> None:
    chance = random.Random(11)
    texts = [make_text(chance, number) for number in range(count)]
    phones = [caller.living.village.phone(name) for owner, name in caller.living.village.guardians if owner == FJORDVIK]
    forms = [caller.message(text, phones[number % len(phones)]) for number, text in enumerate(texts)]
    room = asyncio.Semaphore(40)

    async def tell(form: dict[str, str]) -> int:
        async with room:
            return await caller.tell(form)

    answers = await asyncio.gather(*(tell(form) for form in forms))

    kept = {arrival.provider_id: arrival for arrival in await caller.kept()}
    assert set(answers) == {200}
    assert len(kept) == count
    for form, text in zip(forms, texts, strict=True):
        assert kept[form["MessageSid"]].text == text.replace("\x00", "␀")
    await caller.until_read(count / 5)
    read = await caller.kept()
    assert {arrival.state for arrival in read} <= {ArrivalState.FILED, ArrivalState.QUARANTINED}
    assert {arrival.provider_id: arrival.text for arrival in read} == {
        sid: arrival.text for sid, arrival in kept.items()
    }
