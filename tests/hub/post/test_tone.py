"""What may sound harsh is hinted at, as it was written; what is only firm is not."""

import pytest

from hub.post.tone import find_harsh


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Nå må dere ta dere sammen.", ["ta dere sammen"]),
        ("Dette er helt uakseptabelt!", ["uakseptabelt"]),
        ("Kor mange gonger må vi seie det?", ["Kor mange gonger"]),
        ("Ni får faktiskt skärpa er nu", []),
        ("Nu får ni skärpa sig, hur många gånger ska vi", ["skärpa sig", "hur många gånger"]),
        ("Kuinka  monta kertaa tämä sanotaan?!", ["Kuinka  monta kertaa", "?!"]),
        ("This is RIDICULOUS", ["RIDICULOUS"]),
        ("NEXT TIME PLEASE READ the letter", ["NEXT TIME PLEASE READ"]),
        ("Husk matpakke!!!", ["!!!"]),
    ],
)
def test_what_scolds_or_shouts_is_found_as_it_was_written(text: str, found: list[str]) -> None:
    assert find_harsh(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Barna må hentes senest klokken 16.30. Ring oss hvis det blir vanskelig!",
        "Vi är stängda på fredag. Hör av er om något är oklart!",
        "Koulu on kiinni perjantaina. Kysy, jos jokin jäi epäselväksi!",
        "Bring a spoon, and warm clothes. PE is at 10 in the SFO hall.",
        "Kari fikk ikke matpakke i dag. Kan dere komme innom?",
        "SFO og IKT KAN ikke åpne",
        "",
    ],
)
def test_what_is_firm_or_friendly_is_no_scolding(text: str) -> None:
    assert find_harsh(text) == []
