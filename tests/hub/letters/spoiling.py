"""Ways to break a right PDF, each in one manner and at one place."""

import io
from collections.abc import Callable
from typing import Any

import pypdf
from pypdf.constants import UserAccessPermissions
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from tests.hub.letters.pdf_read import at, numbers, rows, settle

Break = Callable[[pypdf.PdfWriter], None]


def copied(raw: bytes, change: Break | None = None) -> bytes:
    """The same PDF written anew, changed or as it was."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(raw))
    if change is not None:
        change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def name(said: str) -> NameObject:
    return NameObject(f"/{said}")


def table(**given: Any) -> DictionaryObject:
    return DictionaryObject({name(key): value for key, value in given.items()})


def stream(data: bytes, **given: Any) -> DecodedStreamObject:
    made = DecodedStreamObject()
    made.set_data(data)
    made.update(table(**given))
    return made


def put(*path: str, **given: Any) -> Break:
    """Into what stands at this path from the catalog."""

    def change(writer: pypdf.PdfWriter) -> None:
        at(writer.root_object, *path).update(table(**given))

    return change


def drop(*path: str) -> Break:
    def change(writer: pypdf.PdfWriter) -> None:
        del at(writer.root_object, *path[:-1])[path[-1]]

    return change


def on_page(**given: Any) -> Break:
    return lambda writer: writer.pages[0].update(table(**given))


def in_content(before: bytes, after: bytes = b"") -> Break:
    """Paint this before and after what the first page shows."""

    def change(writer: pypdf.PdfWriter) -> None:
        page = writer.pages[0]
        said = page["/Contents"].get_object()
        assert isinstance(said, StreamObject)
        page[NameObject("/Contents")] = writer._add_object(stream(before + said.get_data() + after))

    return change


def instead(old: bytes, new: bytes) -> Break:
    """Of the first page's content."""

    def change(writer: pypdf.PdfWriter) -> None:
        page = writer.pages[0]
        said = page["/Contents"].get_object()
        assert isinstance(said, StreamObject)
        data = said.get_data()
        assert old in data
        page[NameObject("/Contents")] = writer._add_object(stream(data.replace(old, new, 1)))

    return change


def in_packet(old: bytes, new: bytes) -> Break:
    def change(writer: pypdf.PdfWriter) -> None:
        data = at(writer.root_object, "/Metadata").get_data()
        assert old in data
        packet = stream(data.replace(old, new), Type=name("Metadata"), Subtype=name("XML"))
        writer.root_object[NameObject("/Metadata")] = writer._add_object(packet)

    return change


def in_font(change: Callable[[DictionaryObject, DictionaryObject], None]) -> Break:
    """Of the first font, and of the one that it is made of."""

    def both(writer: pypdf.PdfWriter) -> None:
        font = at(writer.pages[0], "/Resources", "/Font", "/f0")
        change(font, rows(font["/DescendantFonts"])[0])

    return both


def noted(**given: Any) -> Break:
    """With an annotation on the first page, right but for what is given."""
    looks = stream(b"", Type=name("XObject"), Subtype=name("Form"), BBox=ArrayObject([NumberObject(0)] * 4))

    def change(writer: pypdf.PdfWriter) -> None:
        root, page = at(writer.root_object, "/StructTreeRoot"), writer.pages[0]
        document = rows(root["/K"])[0]
        right = {
            "Type": name("Annot"),
            "Subtype": name("Link"),
            "Rect": ArrayObject([NumberObject(0)] * 4),
            "F": NumberObject(4),
            "Contents": TextStringObject("Til kommunen"),
            "StructParent": NumberObject(9),
            "AP": table(N=writer._add_object(looks)),
        }
        kept = {key: value for key, value in (right | given).items() if value is not None}
        note = writer._add_object(table(**kept))
        told = table(Type=name("OBJR"), Obj=note, Pg=page.indirect_reference)
        link = writer._add_object(
            table(S=name("Link"), P=document.indirect_reference, Pg=page.indirect_reference, K=ArrayObject([told]))
        )
        document["/K"].append(link)
        at(root, "/ParentTree", "/Nums").extend([NumberObject(9), link])
        page[NameObject("/Annots")] = ArrayObject([note])

    return change


def element(kind: str, change: Callable[[DictionaryObject], object]) -> Break:
    """Of the first element of the structure of this kind."""

    def first(writer: pypdf.PdfWriter) -> None:
        waiting = [at(writer.root_object, "/StructTreeRoot")]
        while waiting:
            one = waiting.pop(0)
            if one.get("/S") == f"/{kind}":
                change(one)
                return
            waiting += [child for child in rows(one.get("/K")) if isinstance(child, DictionaryObject)]
        raise AssertionError(f"there is no {kind}")

    return first


def without(*names: str) -> Callable[[DictionaryObject], object]:
    return lambda one: [one.pop(NameObject(each)) for each in names]


def another_parent(writer: pypdf.PdfWriter) -> None:
    parents = numbers(at(writer.root_object, "/StructTreeRoot", "/ParentTree"))[0]
    parents[0], parents[-1] = parents[-1], parents[0]


def lock(writer: pypdf.PdfWriter) -> None:
    writer.encrypt("", "of the owner", algorithm="RC4-128", permissions_flag=UserAccessPermissions.PRINT)


def unlike_title(writer: pypdf.PdfWriter) -> None:
    writer.add_metadata({"/Title": "Noe annet"})


def wrong_width(font: DictionaryObject, inner: DictionaryObject) -> None:
    inner[NameObject("/DW")] = NumberObject(1000)
    inner[NameObject("/W")] = ArrayObject()


def no_meaning(font: DictionaryObject, inner: DictionaryObject) -> None:
    font[NameObject("/ToUnicode")] = stream(b"0 beginbfchar endbfchar")


def with_file(data: bytes) -> Break:
    def change(writer: pypdf.PdfWriter) -> None:
        inner = writer._add_object(stream(data, Type=name("EmbeddedFile")))
        writer.root_object[NameObject("/AF")] = ArrayObject(
            [table(Type=name("Filespec"), F=TextStringObject("a"), EF=table(F=inner))]
        )

    return change


def layered(writer: pypdf.PdfWriter) -> None:
    layer = writer._add_object(table(Type=name("OCG")))
    choice = table(AS=ArrayObject())
    writer.root_object[NameObject("/OCProperties")] = table(OCGs=ArrayObject([layer]), D=choice)


def state(**given: Any) -> Break:
    return lambda writer: at(writer.pages[0], "/Resources").update(table(ExtGState=table(g=table(**given))))


def in_stream(**given: Any) -> Break:
    """Said of the logo."""
    return lambda writer: at(writer.pages[0], "/Resources", "/XObject", "/x0").update(table(**given))


def hanging_badly(one: DictionaryObject) -> None:
    one[NameObject("/P")] = one.indirect_reference or one


def another_kind(kind: str) -> Callable[[DictionaryObject], object]:
    return lambda one: one.update(table(S=name(kind)))


def other_profile(writer: pypdf.PdfWriter) -> None:
    intent = rows(writer.root_object["/OutputIntents"])[0]
    profile = settle(intent["/DestOutputProfile"])
    intent[NameObject("/DestOutputProfile")] = writer._add_object(
        stream(profile.get_data()[:36] + b"xxxx" + profile.get_data()[40:], N=NumberObject(3))
    )
