"""The rules of PDF/A-2a that can be decided by looking, one function each, which yields where its rule is broken.

Source: ISO 19005-2, the clause beside each.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from tests.hub.letters.pdf_read import INLINE, LANGUAGE, XMP, Pdf, at, is_true, rows, settle

Rule = Callable[[Pdf], Iterator[str]]
FILTERS = {"/FlateDecode", "/DCTDecode", "/ASCIIHexDecode", "/ASCII85Decode", "/RunLengthDecode", "/CCITTFaxDecode"}
_BLENDS = """
Normal Compatible Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight Difference Exclusion Hue
Saturation Color Luminosity
"""
BLENDS = frozenset(_BLENDS.split())
ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
NAMED = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
ANNOTATIONS = {"/Text", "/Link", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight"}
ANNOTATIONS |= {
    "/Underline",
    "/Squiggly",
    "/StrikeOut",
    "/Stamp",
    "/Caret",
    "/Ink",
    "/Popup",
    "/Widget",
    "/PrinterMark",
}
ANNOTATIONS |= {"/TrapNet", "/Watermark", "/Redact", "/FileAttachment"}
_OPERATORS = """
b B b* B* BDC BI BMC BT BX c cm cs CS d d0 d1 Do DP EI EMC ET EX f F f* g G gs h i ID j J k K l m M MP n q Q re rg RG ri s S sc
SC scn SCN sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' "
"""
OPERATORS = frozenset(_OPERATORS.split()) | {INLINE.decode()}
DEVICES = {b"rg": "RGB", b"RG": "RGB", b"k": "CMYK", b"K": "CMYK", b"g": "GRAY", b"G": "GRAY"}
SPACES = {"/DeviceRGB": "RGB", "/DeviceCMYK": "CMYK", "/DeviceGray": "GRAY"}
KINDS = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "GRAY"}
DESCRIBED = {"dc", "xmp", "xmpMM", "xmpTPg", "xmpRights", "xmpBJ", "pdf", "pdfaid", "photoshop", "tiff", "exif"}
"""Schemas of XMP that need no description of their own."""
LANGUAGE_OF_XMP = {"rdf", "x", "stEvt", "pdfaExtension", "pdfaSchema", "pdfaProperty", "pdfaType", "pdfaField"}
"""What those properties are written with."""
INFO = {
    "/Title": "dc:title",
    "/Author": "dc:creator",
    "/Subject": "dc:description",
    "/Keywords": "pdf:Keywords",
    "/Creator": "xmp:CreatorTool",
    "/Producer": "pdf:Producer",
    "/CreationDate": "xmp:CreateDate",
    "/ModDate": "xmp:ModifyDate",
}


def it_begins_and_ends_as_a_pdf(pdf: Pdf) -> Iterator[str]:
    """6.1.2, 6.1.3."""
    if re.match(rb"%PDF-1\.[0-7][\r\n]+%[\x80-\xff]{4}", pdf.raw) is None:
        yield "the header"
    if re.search(rb"%%EOF(\r\n|\r|\n)?$", pdf.raw) is None:
        yield "the end"


def it_has_a_name_of_its_own(pdf: Pdf) -> Iterator[str]:
    """6.1.3."""
    name = rows(pdf.reader.trailer.get("/ID"))
    if len(name) != 2 or not all(name):
        yield "the trailer"


def it_is_not_locked(pdf: Pdf) -> Iterator[str]:
    """6.1.3."""
    if "/Encrypt" in pdf.reader.trailer:
        yield "the trailer"


def no_stream_lies_elsewhere_or_is_packed_in_another_manner(pdf: Pdf) -> Iterator[str]:
    """6.1.7."""
    for stream in pdf.streams:
        yield from (f"{name} of a stream" for name in ("/F", "/FFilter", "/FDecodeParms") if name in stream)
        yield from (f"{name}" for name in rows(stream.get("/Filter")) if name not in FILTERS)


def its_sizes_are_such_as_any_reader_takes(pdf: Pdf) -> Iterator[str]:
    """6.1.13."""
    for page in pdf.reader.pages:
        if not all(3 <= float(side) <= 14400 for side in (page.mediabox.width, page.mediabox.height)):
            yield "a page"
    yield from ("a name" for each in pdf.objects for name in each if len(name.encode()) > 128)
    if any(step.depth > 28 for step in pdf.steps):
        yield "states within states"


def only_known_operators_and_named_resources_are_used(pdf: Pdf) -> Iterator[str]:
    """6.2.2."""
    for step in pdf.steps:
        if (operator := step.operator.decode("latin-1")) not in OPERATORS:
            yield operator
        places = {b"Do": "/XObject", b"gs": "/ExtGState", b"Tf": "/Font", b"sh": "/Shading"}
        if (place := places.get(step.operator)) and at(step.resources, place, str(step.operands[0])) is None:
            yield f"{place} {step.operands[0]}"


def its_colours_have_an_embedded_profile(pdf: Pdf) -> Iterator[str]:
    """6.2.3, 6.2.4."""
    intents = [one for one in rows(pdf.root.get("/OutputIntents")) if one.get("/S") == "/GTS_PDFA1"]
    profiles = [at(one, "/DestOutputProfile") for one in intents]
    if any(one is not profiles[0] for one in profiles):
        yield "two profiles"
    kind = _kind_of_profile(profiles[0]) if profiles else None
    if profiles and kind is None:
        yield "the profile of the output intent"
    used = {DEVICES[step.operator] for step in pdf.steps if step.operator in DEVICES}
    used |= {space for step in pdf.steps if step.operator in (b"cs", b"CS") and (space := SPACES.get(step.operands[0]))}
    used |= {space for each in pdf.objects if (space := SPACES.get(str(each.get("/ColorSpace"))))}
    yield from (f"device colours: {one}" for one in used if kind is None or one not in (kind, "GRAY"))
    for each in _arrays_of_colour(pdf):
        if _kind_of_profile(each[1]) is None:
            yield "the profile of a colour space"


def _arrays_of_colour(pdf: Pdf) -> Iterator[list[Any]]:
    for each in pdf.objects:
        spaces = at(each, "/ColorSpace")
        for one in list(spaces.values()) if isinstance(spaces, DictionaryObject) else [spaces]:
            found = settle(one)
            if isinstance(found, ArrayObject) and found[0] == "/ICCBased":
                yield [settle(part) for part in found]


def _kind_of_profile(profile: object) -> str | None:
    """RGB, CMYK or GRAY; None where it is no profile of a version that may be."""
    if not isinstance(profile, StreamObject):
        return None
    data = profile.get_data()
    kind = KINDS.get(data[16:20])
    parts = {"RGB": 3, "CMYK": 4, "GRAY": 1}
    right = data[36:40] == b"acsp" and data[8] in (2, 4) and data[12:16] in (b"mntr", b"prtr", b"scnr", b"spac")
    return kind if right and kind is not None and profile.get("/N") == parts[kind] else None


def transparency_is_of_the_known_kinds(pdf: Pdf) -> Iterator[str]:
    """6.2.5, 6.2.10."""
    for each in pdf.objects:
        yield from (f"{name} of a state" for name in ("/TR", "/HTP") if name in each and "/Subtype" not in each)
        if each.get("/TR2", "/Default") != "/Default":
            yield "/TR2 of a state"
        for blend in rows(each.get("/BM")):
            if str(blend).removeprefix("/") not in BLENDS:
                yield f"{blend}"
    clear = any(at(each, "/SMask") not in (None, "/None") or each.get("/ca", 1) != 1 for each in pdf.objects)
    if clear and not pdf.root.get("/OutputIntents") and not all(at(page, "/Group", "/CS") for page in pdf.reader.pages):
        yield "a page without a colour space to mix in"


def no_picture_has_another_in_its_place(pdf: Pdf) -> Iterator[str]:
    """6.2.8, 6.2.9."""
    for stream in pdf.streams:
        yield from (f"{name}" for name in ("/OPI", "/Alternates", "/PS", "/Ref") if name in stream)
        if stream.get("/Subtype") == "/PS" or stream.get("/Subtype2") == "/PS" or is_true(stream.get("/Interpolate")):
            yield "a picture"


def annotations_are_of_the_known_kinds_printed_and_drawn(pdf: Pdf) -> Iterator[str]:
    """6.3."""
    for page in pdf.reader.pages:
        for one in rows(page.get("/Annots")):
            kind, flags = str(one.get("/Subtype")), int(one.get("/F", 0))
            if kind not in ANNOTATIONS:
                yield kind
            if kind != "/Popup" and (not flags & 4 or flags & (1 | 2 | 32 | 256)):
                yield f"the flags of {kind}"
            if kind not in ("/Popup", "/Link") and at(one, "/AP", "/N") is None:
                yield f"the looks of {kind}"


def nothing_in_it_acts_but_links(pdf: Pdf) -> Iterator[str]:
    """6.4, 6.5."""
    for each in pdf.objects:
        if "/AA" in each:
            yield "something that acts by itself"
        if "/JS" in each or "/JavaScript" in each:
            yield "a script"
        for name in ("/A", "/OpenAction"):
            action = at(each, name)
            if isinstance(action, DictionaryObject) and "/S" in action:
                yield from (f"{one['/S']}" for one in [action, *rows(action.get("/Next"))] if one["/S"] not in ACTIONS)
                if at(action, "/S") == "/Named" and at(action, "/N") not in NAMED:
                    yield f"{action.get('/N')}"


def it_is_no_form_that_draws_itself(pdf: Pdf) -> Iterator[str]:
    """6.4.1, 6.4.2, 6.11."""
    form = at(pdf.root, "/AcroForm")
    if form is not None and ("/XFA" in form or is_true(form.get("/NeedAppearances"))):
        yield "the form"
    if "/NeedsRendering" in pdf.root or "/Requirements" in pdf.root:
        yield "the catalog"
    if at(pdf.root, "/Names", "/AlternatePresentations") or any("/PresSteps" in page for page in pdf.reader.pages):
        yield "a show"


def it_says_of_itself_what_it_is(pdf: Pdf) -> Iterator[str]:
    """6.6.2, 6.6.4."""
    packet = at(pdf.root, "/Metadata")
    if (
        pdf.xmp is None
        or "/Filter" in packet
        or b"bytes=" in packet.get_data()
        or b"encoding=" in packet.get_data()[:200]
    ):
        yield "the packet"
    if (pdf.said("pdfaid:part"), pdf.said("pdfaid:conformance")) != ("2", "A"):
        yield "the part and its level"


def what_it_says_twice_is_the_same(pdf: Pdf) -> Iterator[str]:
    """6.6.3."""
    info = settle(pdf.reader.trailer.get("/Info")) or {}
    for name, other in INFO.items():
        told = settle(info.get(name))
        if told is not None and _plain(str(told)) != _plain(pdf.said(other) or ""):
            yield name


def _plain(told: str) -> str | datetime:
    """A text, or a moment as either of the two writes it."""
    day = re.fullmatch(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)T?(\d\d):?(\d\d):?(\d\d)(Z|[+-]\d\d[:']?\d\d'?)?", told)
    if day is None:
        return told
    zone = (day[7] or "Z").replace("'", "").replace(":", "").replace("Z", "+0000")
    return datetime.strptime("".join(day.groups()[:6]) + zone, "%Y%m%d%H%M%S%z")


def what_it_says_in_words_of_its_own_is_described(pdf: Pdf) -> Iterator[str]:
    """6.6.2.3."""
    text = b"" if pdf.xmp is None else at(pdf.root, "/Metadata").get_data()
    spaces = dict(re.findall(r'xmlns:(\w+)="([^"]+)"', text.decode()))
    described = [] if pdf.xmp is None else [one.text for one in pdf.xmp.findall(".//pdfaSchema:namespaceURI", XMP)]
    for prefix in set(re.findall(r"<(\w+):", text.decode())) - DESCRIBED - LANGUAGE_OF_XMP:
        if spaces.get(prefix) not in described:
            yield prefix


def its_structure_is_marked_and_its_language_told(pdf: Pdf) -> Iterator[str]:
    """6.7."""
    if not is_true(at(pdf.root, "/MarkInfo", "/Marked")) or at(pdf.root, "/StructTreeRoot") is None:
        yield "the structure"
    if LANGUAGE.fullmatch(str(pdf.root.get("/Lang", ""))) is None:
        yield "the language"


def files_inside_are_archive_pdfs(pdf: Pdf) -> Iterator[str]:
    """6.8."""
    for each in pdf.objects:
        if "/EF" in each:
            inner = at(each, "/EF", "/F")
            data = inner.get_data() if isinstance(inner, StreamObject) else b""
            if not data.startswith(b"%PDF-") or not re.search(rb"pdfaid:part[=>\"']+[12]", data):
                yield f"{each.get('/UF', each.get('/F'))}"


def layers_are_named_and_none_is_chosen_by_a_machine(pdf: Pdf) -> Iterator[str]:
    """6.9."""
    layers = at(pdf.root, "/OCProperties")
    ways = [] if layers is None else [at(layers, "/D"), *rows(layers.get("/Configs"))]
    if any(way is None or "/Name" not in way or "/AS" in way for way in ways):
        yield "the layers"


def nothing_it_refers_to_is_missing(pdf: Pdf) -> Iterator[str]:
    """6.1.3: of what every page and its fonts lead to."""
    for each in pdf.objects:
        for name in ("/Parent", "/Contents", "/Resources", "/FontDescriptor", "/StructTreeRoot", "/Metadata"):
            if name in each and settle(each.raw_get(NameObject(name))) is None:
                yield name


RULES: tuple[Rule, ...] = (
    it_begins_and_ends_as_a_pdf,
    it_has_a_name_of_its_own,
    it_is_not_locked,
    no_stream_lies_elsewhere_or_is_packed_in_another_manner,
    its_sizes_are_such_as_any_reader_takes,
    only_known_operators_and_named_resources_are_used,
    its_colours_have_an_embedded_profile,
    transparency_is_of_the_known_kinds,
    no_picture_has_another_in_its_place,
    annotations_are_of_the_known_kinds_printed_and_drawn,
    nothing_in_it_acts_but_links,
    it_is_no_form_that_draws_itself,
    it_says_of_itself_what_it_is,
    what_it_says_twice_is_the_same,
    what_it_says_in_words_of_its_own_is_described,
    its_structure_is_marked_and_its_language_told,
    files_inside_are_archive_pdfs,
    layers_are_named_and_none_is_chosen_by_a_machine,
    nothing_it_refers_to_is_missing,
)
