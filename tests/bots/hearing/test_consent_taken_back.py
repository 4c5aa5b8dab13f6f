"""What is taken back is never heard as given, whichever verb says so and however far its particle stands behind it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Intent, KnownChild, Said

_WEDNESDAY = datetime(2026, 11, 25, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()
_RUNA = (KnownChild("1", "Runa Dahl"),)
_TAKEN_BACK = [
    ("video", "Vi vil trekke samtykket vårt til video tilbake"),
    ("video", "Eg vil trekkje samtykket mitt til video tilbake"),
    ("video", "Vi vil gerne trække vores samtykke til video tilbage"),
    ("video", "Vi skulle vilja dra vårt samtycke till video tillbaka"),
    ("video", "Vi skulle vilja återkalla samtycket till filmning"),
    ("video", "Haluaisimme perua suostumuksemme videoihin"),
    ("swimming", "Voisitko peruuttaa Runan uintiluvan"),
    ("photo_internal", "Otamme kuvausluvan takaisin"),
    ("photo_internal", "We would like to take our consent to the photos of Runa back"),
    ("swimming", "bading er ikke greit lenger"),
    ("photo_internal", "Hei, bilder av Runa er ikke ok"),
    ("swimming", "bading er ikkje greitt"),
    ("swimming", "svømning er ikke ok længere"),
    ("swimming", "bad är inte okej"),
    ("swimming", "uiminen ei ole enää ok"),
    ("photo_internal", "kuvaaminen ei sovi"),
    ("photo_internal", "photos are not okay anymore"),
    ("video", "I'd like to withdraw the permission for video"),
]
_GIVEN = [
    ("video", "Vi samtykker til video av Runa"),
    ("video", "Vi giver samtykke til video af Runa"),
    ("video", "Vi ger vårt samtycke till video"),
    ("video", "Suostumme videoihin"),
    ("video", "We consent to video of Runa"),
    ("photo_internal", "Dere kan ta bilder når hun er tilbake, vi samtykker"),
    ("photo_internal", "We consent, do take photos when she is back"),
]


def _consents(text: str) -> list[tuple[str, bool]]:
    acts = _EAR.hear(Said(text, _WEDNESDAY), _RUNA, None).acts
    assert {act.intent for act in acts} == {Intent.CONSENT}
    return [(word.topic, word.granted) for act in acts for word in act.consents]


@pytest.mark.parametrize(("topic", "text"), _TAKEN_BACK)
def test_consent_that_is_taken_back_is_a_no(topic: str, text: str) -> None:
    assert _consents(text) == [(topic, False)]


@pytest.mark.parametrize(("topic", "text"), _GIVEN)
def test_consent_that_is_given_is_a_yes(topic: str, text: str) -> None:
    assert _consents(text) == [(topic, True)]


@pytest.mark.parametrize(
    "text", ["bading er ikke greit i dag", "bading er ikke ok, hun er syk", "er bading ikke greit?", "Runa er ikke ok"]
)
def test_what_tells_of_a_day_or_of_how_a_child_is_takes_nothing_back(text: str) -> None:
    acts = _EAR.hear(Said(text, _WEDNESDAY, "nb"), _RUNA, None).acts

    assert not any(act.consents for act in acts)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Jeg angrer på at jeg sa ja til film av Runa"),
        ("sv", "jag ångrar att jag sa ja till film på Runa"),
        ("fi", "kadun että annoin luvan kuvata Runaa"),
        ("en", "I regret saying yes to photos of Runa"),
    ],
)
def test_a_yes_that_is_regretted_is_none(language: str, text: str) -> None:
    acts = _EAR.hear(Said(text, _WEDNESDAY, language), _RUNA, None).acts

    assert not any(act.consents for act in acts)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Jeg har ombestemt meg, dere kan ta bilder av Runa"),
        ("en", "I changed my mind, you may take photos of Runa"),
    ],
)
def test_a_mind_that_was_changed_may_have_become_a_yes(language: str, text: str) -> None:
    (act,) = _EAR.hear(Said(text, _WEDNESDAY, language), _RUNA, None).acts

    assert [word.granted for word in act.consents] == [True]
