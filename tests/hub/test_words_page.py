"""The page of all words shows each text to families as it is said, so that its letters and parts are counted there."""

import pytest

from hub.language import WRITTEN
from tests.hub.test_words import TO_GUARDIANS
from tests.words_page import read_macros, say


@pytest.mark.parametrize("language", WRITTEN)
def test_every_text_to_families_stands_there_as_it_is_said(language: str) -> None:
    as_written = [
        f"{subject}.{name}"
        for subject in (*TO_GUARDIANS, "staff_line", "phrases", "broadcast", "noted")
        for name, macro in read_macros(subject, language).items()
        if not say(subject, language, macro)
    ]

    assert as_written == []
