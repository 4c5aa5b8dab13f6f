"""XML from outside is read by bare names, and what would make reading it dear or twofold is refused."""

import pytest

from channels.letters.xml_answer import MOST_ELEMENTS, read_xml


def test_elements_are_found_by_their_bare_names_however_deep_and_one_that_is_there_twice_is_no_answer() -> None:
    told = read_xml(b'<a:e xmlns:a="x"><a:b> sm&#xe5; <c xmlns="y">1</c></a:b><d/><d/></a:e>')

    assert (told.name, told.find_text("b"), told.find_text("c"), told.find_text("f")) == ("e", "små", "1", "")
    with pytest.raises(ValueError, match="more than one"):
        told.find_text("d")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b"<a>&b;</a>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>",
        b"<a>" * 41 + b"</a>" * 41,
        b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>",
        b"\xff<a/>",
        b"<?xml version='1.0' encoding='nobodys'?><a/>",
    ],
    ids=range(11),
)
def test_what_defines_a_type_is_too_deep_too_much_or_no_xml_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"type|deep|XML"):
        read_xml(body)
