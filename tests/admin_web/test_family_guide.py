"""The guide to the tag at the door, on the family's own phone and in its own language."""

import pytest

from tests.admin_web.family_pages import FamilyPages


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("", "Hold brikken mot leseren"),
        ("sv", "Håll brickan mot läsaren"),
        ("nn", "Hald brikka mot lesaren"),
        ("xx", "Hold"),
    ],
)
@pytest.mark.capability("L-21")
async def test_a_family_reads_the_guide_in_its_language(pages: FamilyPages, language: str, says: str) -> None:
    browser = await pages.signed_in("Anne Nordmann")

    home = await browser.get("/family")
    guide = await browser.get(f"/family/tag-guide?language={language}")

    assert "/family/tag-guide" in home.text
    assert guide.status == 200
    assert says in guide.text
