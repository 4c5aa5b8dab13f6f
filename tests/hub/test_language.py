"""Names stand in the order in which the reader of a list looks for them."""

import pytest

from hub.language import sort_key

NAMES = ["Åsa", "Øyvind", "Ärla", "Zoe", "Émile", "Emma", "Ægir", "Örjan", "adam", "Eva"]


@pytest.mark.parametrize(
    ("language", "order"),
    [
        ("nb", ["adam", "Émile", "Emma", "Eva", "Zoe", "Ægir", "Ärla", "Örjan", "Øyvind", "Åsa"]),
        ("sv", ["adam", "Émile", "Emma", "Eva", "Zoe", "Åsa", "Ægir", "Ärla", "Örjan", "Øyvind"]),
        ("en", ["adam", "Ægir", "Ärla", "Åsa", "Émile", "Emma", "Eva", "Örjan", "Øyvind", "Zoe"]),
    ],
)
def test_names_are_sorted_as_the_language_sorts_them(language: str, order: list[str]) -> None:
    assert sorted(NAMES, key=lambda name: sort_key(name, language)) == order
