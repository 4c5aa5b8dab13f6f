"""The composer's live count says what the hub will count, letter for letter."""

import random
from typing import Any

import pytest
from playwright.async_api import Browser

from hub.parts import count_parts
from tests.admin_web.gallery import gallery

TABLE = [
    "",
    "Hei!",
    "\n\r\f\x1b",
    "a" * 160,
    "a" * 161,
    "a" * 306,
    "a" * 307,
    "€" * 80,
    "€" * 81,
    "a" * 152 + "€" + "b" * 10,
    "€" * 76 + "a" + "€" * 77,
    "č" * 70,
    "č" * 71,
    "č" * 134,
    "č" * 135,
    "😀" * 35,
    "😀" * 36,
    "a" * 66 + "😀" * 10,
    "Buorre beaivi, sámegiella ŋ ŧ",
    "“Hei” – sa hun …",
    "Ære være ås, åäö ÆØÅ",
]


def _generated() -> list[str]:
    chance = random.Random(7)
    alphabet = "abc ÆøÅ€[]{}~^|\\\n" + "č–😀👩‍👧ŋ"
    return [
        "".join(chance.choices(alphabet[: chance.choice((12, 17, len(alphabet)))], k=chance.randrange(500)))
        for _ in range(300)
    ]


async def _count(browser: Browser, texts: list[str]) -> list[dict[str, Any]]:
    async with gallery(browser) as shown:
        page = await shown.open("sign_in")
        counted: list[dict[str, Any]] = await page.evaluate(
            "async (texts) => { const { countParts } = await import('/static/parts.js'); return texts.map(countParts) }",
            texts,
        )
        return counted


@pytest.mark.browser
async def test_the_page_counts_parts_as_the_hub_does(browser: Browser) -> None:
    texts = TABLE + _generated()

    counted = await _count(browser, texts)

    for text, page in zip(texts, counted, strict=True):
        hub = count_parts(text)
        assert (page["encoding"], page["units"], page["parts"], tuple(page["costly"])) == (
            hub.encoding,
            hub.units,
            hub.parts,
            hub.costly,
        ), text


@pytest.mark.browser
async def test_the_page_knows_every_letter_that_the_hub_finds_cheap(browser: Browser) -> None:
    letters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]

    counted = await _count(browser, letters)

    differing = [
        letter
        for letter, page in zip(letters, counted, strict=True)
        if page["encoding"] != count_parts(letter).encoding
    ]
    assert differing == []


@pytest.mark.browser
async def test_what_is_left_of_a_part_is_what_still_fits_in_it(browser: Browser) -> None:
    texts = [text for text in TABLE if text]
    counted = await _count(browser, texts)

    for text, page in zip(texts, counted, strict=True):
        filler = "a" * page["left"]
        assert count_parts(text + filler).parts == page["parts"], text
        assert count_parts(text + filler + "a").parts > page["parts"], text
