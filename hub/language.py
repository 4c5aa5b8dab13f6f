"""The languages Budbok speaks, and which one stands in for which."""

WRITTEN = ("nb", "nn", "sv", "fi", "en")
DEFAULT = "en"

_FALLBACK = {"nn": "nb", "nb": "en", "da": "nb", "se": "nb", "sv": "en", "fi": "en"}
_OF_COUNTRY = {"NO": "nb", "SE": "sv", "FI": "fi", "DK": "nb"}


def chain(language: str) -> list[str]:
    """The language, then the ones that stand in for it, ending in English."""
    out = [language]
    while out[-1] != DEFAULT:
        out.append(_FALLBACK.get(out[-1], DEFAULT))
    return out


def of_country(country: str) -> str:
    """What most people there read; `country` is ISO 3166 alpha-2."""
    return _OF_COUNTRY.get(country.upper(), DEFAULT)


def answer_in(setting: str, heard: str) -> str:
    """The language to answer in: the guardian's setting, which only Finnish or English words may move.

    Short Norwegian, Danish and Swedish texts are too alike to tell a person's language by.
    """
    if heard in ("fi", "en"):
        return heard
    return heard if setting in ("fi", "en") and heard in WRITTEN else setting
