"""Puts PDFs among the pages of another, with what all of them tell to whoever hears them, in the order of the pages.

Source: ISO 32000-1, 14.7.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject

_TREE, _PARENTS, _NUMBERS, _ROLES = "/StructTreeRoot", "/ParentTree", "/Nums", "/RoleMap"
_NEXT, _KEY = NameObject("/ParentTreeNextKey"), NameObject("/StructParents")
_PARENT, _KIND, _PART, _BELOW = NameObject("/P"), NameObject("/S"), NameObject("/Part"), "/K"


def insert_behind(bound: PdfWriter, letters: Mapping[int, PdfReader]) -> None:
    """Each letter behind the page of this number, counted from 0.

    What tells of a letter stands, as a part of its own, after all that tells of that page. One that tells nothing adds pages
    alone. Raises: KeyError, where nothing tells of that page.
    """
    ours: Any = bound.root_object[_TREE]
    document = ours[_BELOW][0].get_object()
    last = {page: place for place, told in enumerate(document[_BELOW]) for page in _pages_of(told)}
    for number in sorted(letters, reverse=True):
        letter, before = letters[number], bound.pages[number].indirect_reference
        pages = [bound.insert_page(page, number + at) for at, page in enumerate(letter.pages, start=1)]
        if _TREE in letter.root_object:
            theirs: Any = letter.root_object[_TREE]
            parts = [told.clone(bound, ignore_fields=(_PARENT,)) for told in theirs[_BELOW]]
            for part in parts:
                part.get_object()[_KIND] = _PART
                _hang(part, document)
            place = last[before] + 1
            document[_BELOW][place:place] = parts
            for role, kind in theirs.get(_ROLES, {}).items():
                ours[_ROLES].setdefault(NameObject(role), NameObject(kind))
            _number(bound, ours, theirs, zip(letter.pages, pages, strict=True))


def _pages_of(told: Any) -> Iterator[Any]:
    """Where the pages are on which stands what the element and those below it tell of."""
    element = told.get_object()
    if isinstance(element, DictionaryObject):
        if "/Pg" in element:
            yield element.raw_get("/Pg")
        for below in element.get(_BELOW, ()):
            yield from _pages_of(below)


def _hang(told: Any, parent: DictionaryObject) -> None:
    """Each element says where it hangs, also those below."""
    element = told.get_object()
    if isinstance(element, DictionaryObject) and _KIND in element:
        element[_PARENT] = parent.indirect_reference
        for below in element.get(_BELOW, ()):
            _hang(below, element)


def _number(bound: PdfWriter, ours: Any, theirs: Any, pages: Iterable[tuple[PageObject, PageObject]]) -> None:
    """Each page has a number of its own, under which stands what tells of it."""
    listed = theirs[_PARENTS][_NUMBERS]
    told = {int(number): parents for number, parents in zip(listed[::2], listed[1::2], strict=True)}
    for page, copied in pages:
        if (parents := told.get(int(page.get(_KEY, -1)))) is not None:
            number = ours[_NEXT]
            copied[_KEY], ours[_NEXT] = number, NumberObject(number + 1)
            ours[_PARENTS][_NUMBERS].extend([number, parents.clone(bound)])
