"""A letter keeps the rules of PDF/A-2a and PDF/UA-1 that can be decided by looking, and one that breaks any of them is refused.

No validator from outside has seen a letter here: the rules are ours, as we read ISO 19005-2 and ISO 14289-1.
"""

from dataclasses import replace

import pytest

from hub.letters.letter import WINDOWS
from hub.letters.rendering import render
from tests.hub.letters.broken_pdfs import BROKEN
from tests.hub.letters.pdf_rules import RULES, faults_of
from tests.hub.letters.spoiling import Break, copied, in_content, noted
from tests.hub.letters.test_rendering import LETTER, MARKUP, SAMI, picture

LANGUAGES = ["nb", "nn", "sv", "fi", "en", "da"]
NAMES = (SAMI, MARKUP, "Ola 😀 Nordmann", "نور الهدى", "שרה לוי", "W" * 80, "e\u0301" * 40, "漢 Li \ufeff\x00")
RIGHT = render(replace(LETTER, logo=picture()))
CASES = [(rule, change) for rule, changes in BROKEN.items() for change in changes]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_of_every_language_keeps_them(language: str) -> None:
    assert faults_of(render(replace(LETTER, language=language, logo=picture()))) == []


@pytest.mark.parametrize("country", sorted(WINDOWS))
def test_a_long_letter_with_odd_names_keeps_them(country: str) -> None:
    words = tuple(f"{name}\n{name}. " * 12 for name in NAMES)
    odd = replace(LETTER, country=country, title=" ".join(NAMES), receiver=NAMES, sender=NAMES, paragraphs=words)

    assert faults_of(render(odd)) == []


@pytest.mark.parametrize(("rule", "change"), CASES, ids=[rule for rule, _ in CASES])
def test_one_that_breaks_a_rule_is_refused(rule: str, change: Break) -> None:
    assert rule in {fault.split(":")[0] for fault in faults_of(copied(RIGHT, change))}


def test_one_that_is_only_written_anew_or_has_a_right_link_is_not_refused() -> None:
    assert faults_of(copied(RIGHT)) == []
    assert faults_of(copied(RIGHT, noted())) == []
    assert faults_of(copied(RIGHT, in_content(b"/Artifact BMC 0 0 9 9 re f EMC "))) == []


@pytest.mark.parametrize("wrong", [b"%PDF-2.0\n" + RIGHT[9:], b"\n" + RIGHT, RIGHT + b"more", RIGHT[:9] + RIGHT[15:]])
def test_one_whose_first_or_last_bytes_are_others_is_refused(wrong: bytes) -> None:
    assert [fault for fault in faults_of(wrong) if fault.startswith("it begins and ends as a pdf")]


def test_each_rule_is_shown_to_refuse() -> None:
    assert RULES.keys() - {"it begins and ends as a pdf"} == BROKEN.keys()
