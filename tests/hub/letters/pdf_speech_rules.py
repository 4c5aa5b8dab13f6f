"""The rules of PDF/UA-1 that can be decided by looking, one function each, which yields where its rule is broken.

Source: ISO 14289-1, the clause beside each.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from pypdf.generic import DictionaryObject, StreamObject

from tests.hub.letters.pdf_read import LANGUAGE, PAINTING, Pdf, at, is_true, numbers, rows, settle

Rule = Callable[[Pdf], Iterator[str]]
_STANDARD = """
Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody Table TR TH
TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form
"""
STANDARD = frozenset(_STANDARD.split())
WITHIN = {
    "LI": {"L"},
    "LBody": {"LI"},
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
    "TFoot": {"Table"},
    "TOCI": {"TOC"},
}
LISTS = {"L": {"LI", "L", "Caption"}, "Table": {"TR", "THead", "TBody", "TFoot", "Caption"}, "TR": {"TH", "TD"}}


def it_says_that_it_can_be_read_aloud(pdf: Pdf) -> Iterator[str]:
    """5."""
    if pdf.said("pdfuaid:part") != "1":
        yield "what it says of itself"


def all_is_marked_and_none_of_it_in_doubt(pdf: Pdf) -> Iterator[str]:
    """7.1."""
    if not is_true(at(pdf.root, "/MarkInfo", "/Marked")) or is_true(at(pdf.root, "/MarkInfo", "/Suspects")):
        yield "the catalog"


def its_title_is_told_and_shown(pdf: Pdf) -> Iterator[str]:
    """7.1."""
    if not (pdf.said("dc:title") or "").strip():
        yield "the title"
    if not is_true(at(pdf.root, "/ViewerPreferences", "/DisplayDocTitle")):
        yield "the window"


def every_language_is_told(pdf: Pdf) -> Iterator[str]:
    """7.2."""
    told = [pdf.root.get("/Lang"), *(element["/Lang"] for element, _ in pdf.elements if "/Lang" in element)]
    told += [mark.properties["/Lang"] for step in pdf.steps for mark in step.marks if "/Lang" in mark.properties]
    yield from (f"{one}" for one in told if LANGUAGE.fullmatch(str(one)) is None)


def all_that_is_painted_is_told_or_decoration(pdf: Pdf) -> Iterator[str]:
    """7.1."""
    for step in pdf.steps:
        tags = [mark.tag for mark in step.marks]
        told = [mark for mark in step.marks if mark.number is not None]
        if step.operator in PAINTING and "/Artifact" not in tags and not told:
            yield f"{step.operator.decode()} on page {step.page + 1}"
        if "/Artifact" in tags and told:
            yield f"decoration that is told on page {step.page + 1}"
        if len(told) > 1:
            yield f"something told twice on page {step.page + 1}"


def what_is_told_stands_in_the_structure_once(pdf: Pdf) -> Iterator[str]:
    """7.1, 7.20, and ISO 32000-1, 14.7.4.4."""
    tree = numbers(at(pdf.root, "/StructTreeRoot", "/ParentTree"))
    shown: dict[int, Counter[int]] = {}
    for step in pdf.steps:
        if step.operator in (b"BDC", b"BMC") and (number := step.marks[-1].number) is not None:
            shown.setdefault(step.page, Counter())[number] += 1
    told = _told(pdf)
    for page, counted in shown.items():
        parents = rows(tree.get(int(pdf.reader.pages[page].get("/StructParents", -1))))
        for number, times in counted.items():
            element = told.get((page, number))
            if times > 1 or element is None or number >= len(parents) or parents[number] is not element:
                yield f"content {number} on page {page + 1}"
    yield from (f"nothing at {number} on page {page + 1}" for page, number in told if number not in shown.get(page, ()))


def _told(pdf: Pdf) -> dict[tuple[int, int], DictionaryObject]:
    """Which element tells what is marked, by page and number."""
    pages = {id(settle(page.indirect_reference)): number for number, page in enumerate(pdf.reader.pages)}
    found: dict[tuple[int, int], DictionaryObject] = {}
    for element, _ in pdf.elements:
        for child in rows(element.get("/K")):
            on = at(child, "/Pg") or at(element, "/Pg")
            number = at(child, "/MCID") if isinstance(child, DictionaryObject) else child
            if isinstance(number, int):
                found[pages.get(id(on), -1), int(number)] = element
    return found


def every_element_hangs_where_it_says(pdf: Pdf) -> Iterator[str]:
    """ISO 32000-1, 14.7.2."""
    if not pdf.elements:
        yield "there is no structure"
    yield from (f"{element.get('/S')}" for element, parent in pdf.elements if at(element, "/P") is not parent)


def every_element_is_of_a_kind_that_readers_know(pdf: Pdf) -> Iterator[str]:
    """7.1."""
    roles = at(pdf.root, "/StructTreeRoot", "/RoleMap") or {}
    yield from (f"{name} is another" for name in roles if name.removeprefix("/") in STANDARD)
    yield from (kind for element, _ in pdf.elements if (kind := pdf.kind(element)).removeprefix("/") not in STANDARD)


def headings_go_down_one_step_at_a_time(pdf: Pdf) -> Iterator[str]:
    """7.4."""
    kinds = [pdf.kind(element).removeprefix("/") for element, _ in pdf.elements]
    levels = [int(kind[1]) for kind in kinds if kind[:1] == "H" and kind[1:].isdigit()]
    if levels and "H" in kinds:
        yield "two manners of headings"
    for before, level in zip([0, *levels], levels, strict=False):
        if level > before + 1:
            yield f"H{level}"


def pictures_are_told_in_words(pdf: Pdf) -> Iterator[str]:
    """7.3, 7.7."""
    for element, _ in pdf.elements:
        if pdf.kind(element) in ("/Figure", "/Formula"):
            words = element.get("/Alt", element.get("/ActualText"))
            if not str(words or "").strip():
                yield pdf.kind(element)


def tables_and_lists_are_whole(pdf: Pdf) -> Iterator[str]:
    """7.2, 7.5, 7.6."""
    for element, parent in pdf.elements:
        kind, above = pdf.kind(element).removeprefix("/"), pdf.kind(parent).removeprefix("/")
        if kind in WITHIN and above not in WITHIN[kind]:
            yield f"{kind} in {above}"
        if above in LISTS and kind not in LISTS[above]:
            yield f"{kind} in {above}"
        if kind == "TH" and not any("/Scope" in one for one in rows(element.get("/A"))) and "/ID" not in element:
            yield "a heading of nothing"
        if kind == "Table":
            lines = [one for one, _ in pdf.elements if pdf.kind(one) == "/TR" and _is_within(one, element)]
            if len({sum(_span(cell) for cell in rows(line.get("/K"))) for line in lines}) > 1:
                yield "lines of unlike length"


def _is_within(element: DictionaryObject, table: DictionaryObject) -> bool:
    up = at(element, "/P")
    return up is table or at(up, "/P") is table


def _span(cell: Any) -> int:
    return max([int(one.get("/ColSpan", 1)) for one in rows(at(cell, "/A"))], default=1)


def notes_have_names(pdf: Pdf) -> Iterator[str]:
    """7.9."""
    names = [element.get("/ID") for element, _ in pdf.elements if pdf.kind(element) == "/Note"]
    if None in names or len(set(map(str, names))) != len(names):
        yield "a note"


def annotations_are_told_where_they_belong(pdf: Pdf) -> Iterator[str]:
    """7.18."""
    tree = numbers(at(pdf.root, "/StructTreeRoot", "/ParentTree"))
    for number, page in enumerate(pdf.reader.pages, start=1):
        annotations = rows(page.get("/Annots"))
        if annotations and page.get("/Tabs") != "/S":
            yield f"the order on page {number}"
        for one in annotations:
            kind = str(one.get("/Subtype"))
            if kind in ("/Popup", "/PrinterMark") or int(one.get("/F", 0)) & 2:
                continue
            element = tree.get(int(one.get("/StructParent", -1)))
            wished = {"/Link": "/Link", "/Widget": "/Form"}.get(kind, "/Annot")
            if not isinstance(element, DictionaryObject) or pdf.kind(element) != wished:
                yield f"{kind} on page {number}"
            if kind != "/Widget" and not str(one.get("/Contents", "")).strip():
                yield f"the words of {kind} on page {number}"


def readers_for_the_blind_may_open_it(pdf: Pdf) -> Iterator[str]:
    """7.16."""
    lock = at(pdf.reader.trailer, "/Encrypt")
    if lock is not None and not int(lock.get("/P", 0)) & 1 << 9:
        yield "the lock"


def files_and_layers_have_names(pdf: Pdf) -> Iterator[str]:
    """7.10, 7.11."""
    for each in pdf.objects:
        if "/EF" in each and not ("/F" in each and "/UF" in each):
            yield "a file"
        if each.get("/Type") == "/OCG" and not str(each.get("/Name", "")).strip():
            yield "a layer"


def every_font_has_its_letters_with_it(pdf: Pdf) -> Iterator[str]:
    """7.21.4: a font whose letters are drawn is embedded."""
    for step in pdf.steps:
        font = at(step.resources, "/Font", step.font or "") if any(True for _ in step.texts()) else None
        for inner in rows(at(font, "/DescendantFonts")) or ([font] if font is not None else []):
            files = (at(inner, "/FontDescriptor", name) for name in ("/FontFile", "/FontFile2", "/FontFile3"))
            if not any(isinstance(one, StreamObject) for one in files):
                yield f"{inner.get('/BaseFont')}"


RULES: tuple[Rule, ...] = (
    it_says_that_it_can_be_read_aloud,
    all_is_marked_and_none_of_it_in_doubt,
    its_title_is_told_and_shown,
    every_language_is_told,
    all_that_is_painted_is_told_or_decoration,
    what_is_told_stands_in_the_structure_once,
    every_element_hangs_where_it_says,
    every_element_is_of_a_kind_that_readers_know,
    headings_go_down_one_step_at_a_time,
    pictures_are_told_in_words,
    tables_and_lists_are_whole,
    notes_have_names,
    annotations_are_told_where_they_belong,
    readers_for_the_blind_may_open_it,
    files_and_layers_have_names,
    every_font_has_its_letters_with_it,
)
