"""How a right PDF is broken, by the rule that it then breaks."""

from collections.abc import Mapping

import pypdf
from pypdf.generic import ArrayObject, BooleanObject, NameObject, NumberObject, TextStringObject

from tests.hub.letters.pdf_read import at
from tests.hub.letters.spoiling import (
    Break,
    another_kind,
    another_parent,
    drop,
    element,
    hanging_badly,
    in_content,
    in_font,
    in_packet,
    in_stream,
    instead,
    layered,
    lock,
    name,
    no_meaning,
    noted,
    on_page,
    other_profile,
    put,
    state,
    table,
    unlike_title,
    with_file,
    without,
    wrong_width,
)

SCRIPT = table(S=name("JavaScript"), JS=TextStringObject("1"))
BROKEN: Mapping[str, list[Break]] = {
    "it has a name of its own": [lambda writer: setattr(writer, "_ID", None)],
    "it is not locked": [lock],
    "no stream lies elsewhere or is packed in another manner": [in_stream(F=TextStringObject("elsewhere"))],
    "its sizes are such as any reader takes": [
        on_page(MediaBox=ArrayObject(NumberObject(each) for each in (0, 0, 20000, 842))),
        in_content(b"q " * 29, b" Q" * 29),
    ],
    "only known operators and named resources are used": [in_content(b"zz "), in_content(b"/unknown gs ")],
    "its colours have an embedded profile": [
        other_profile,
        lambda writer: (in_content(b"1 0 0 rg ")(writer), drop("/OutputIntents")(writer))[0],
        in_content(b"0 0 0 1 k "),
        in_stream(ColorSpace=name("DeviceCMYK")),
    ],
    "transparency is of the known kinds": [
        state(BM=name("Glow")),
        state(TR=name("Identity")),
        lambda writer: (state(ca=NumberObject(0))(writer), drop("/OutputIntents")(writer))[0],
    ],
    "no picture has another in its place": [
        in_stream(Alternates=ArrayObject()),
        in_stream(Interpolate=BooleanObject(True)),
    ],
    "every font is embedded": [in_font(lambda _, inner: at(inner, "/FontDescriptor").pop(NameObject("/FontFile2")))],
    "every font has its letters with it": [
        in_font(lambda _, inner: at(inner, "/FontDescriptor").pop(NameObject("/FontFile2")))
    ],
    "every font says which letters it shows": [
        in_font(lambda font, _: font.pop(NameObject("/ToUnicode"))),
        in_font(lambda _, inner: inner.pop(NameObject("/CIDToGIDMap"))),
    ],
    "every letter shown has a glyph a width and a meaning": [
        in_font(wrong_width),
        in_font(no_meaning),
        instead(b"[(\\000\\001", b"[(\\000\\000"),
    ],
    "annotations are of the known kinds printed and drawn": [
        noted(Subtype=name("Movie")),
        noted(F=NumberObject(2)),
        noted(Subtype=name("Text"), AP=None),
    ],
    "nothing in it acts but links": [
        lambda writer: writer.root_object.update(table(OpenAction=SCRIPT)),
        lambda writer: writer.root_object.update(table(Names=table(JavaScript=table(Names=ArrayObject())))),
        noted(A=table(S=name("Launch"))),
        on_page(AA=table(O=SCRIPT)),
    ],
    "it is no form that draws itself": [
        lambda writer: writer.root_object.update(table(AcroForm=table(NeedAppearances=BooleanObject(True)))),
        on_page(PresSteps=table()),
    ],
    "it says of itself what it is": [
        drop("/Metadata"),
        in_packet(b"<pdfaid:conformance>A<", b"<pdfaid:conformance>B<"),
        in_packet(b"</rdf:RDF>", b""),
    ],
    "what it says twice is the same": [unlike_title, in_packet(b"<xmp:ModifyDate>2025", b"<xmp:ModifyDate>2024")],
    "what it says in words of its own is described": [
        in_packet(b"<pdfuaid:part>", b"<own:a xmlns:own='urn:own'/><pdfuaid:part>"),
    ],
    "its structure is marked and its language told": [drop("/MarkInfo"), drop("/Lang"), drop("/StructTreeRoot")],
    "files inside are archive pdfs": [with_file(b"text"), with_file(b"%PDF-1.7")],
    "files and layers have names": [with_file(b"text"), layered],
    "layers are named and none is chosen by a machine": [layered],
    "nothing it refers to is missing": [on_page(Parent=pypdf.generic.NullObject())],
    "it says that it can be read aloud": [in_packet(b"<pdfuaid:part>1<", b"<pdfuaid:part>2<")],
    "all is marked and none of it in doubt": [drop("/MarkInfo"), put("/MarkInfo", Suspects=BooleanObject(True))],
    "its title is told and shown": [
        put("/ViewerPreferences", DisplayDocTitle=BooleanObject(False)),
        in_packet(b"<dc:title>", b"<dc:subject>"),
    ],
    "every language is told": [
        drop("/Lang"),
        put(Lang=TextStringObject("bokmål")),
        instead(b"/Lang(nb-NO)", b"/Lang(?)"),
    ],
    "all that is painted is told or decoration": [
        in_content(b"0 0 9 9 re f "),
        instead(b"/MCID 3", b"/Nothing 3"),
        instead(b"/Artifact", b"/Span"),
        in_content(b"/Artifact BMC ", b" EMC"),
    ],
    "what is told stands in the structure once": [
        instead(b"/MCID 3", b"/MCID 99"),
        instead(b"/MCID 3", b"/MCID 2"),
        another_parent,
        on_page(StructParents=NumberObject(5)),
        element("H1", without("/K")),
    ],
    "every element hangs where it says": [element("P", hanging_badly), drop("/StructTreeRoot", "/K")],
    "every element is of a kind that readers know": [
        element("P", another_kind("Poem")),
        put("/StructTreeRoot", "/RoleMap", P=name("Span")),
    ],
    "headings go down one step at a time": [element("H1", another_kind("H3")), element("P", another_kind("H3"))],
    "pictures are told in words": [element("Figure", without("/Alt"))],
    "tables and lists are whole": [element("P", another_kind("TD")), element("P", another_kind("LI"))],
    "notes have names": [element("P", another_kind("Note"))],
    "annotations are told where they belong": [
        noted(StructParent=None),
        noted(Contents=None),
        lambda writer: (noted()(writer), on_page(Tabs=name("R"))(writer))[0],
    ],
    "readers for the blind may open it": [lock],
}
