"""A PDF taken apart for the rules of ISO 19005-2 and ISO 14289-1: its objects, what is painted on its pages and how that is
marked, and what it says of itself."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

import pypdf
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ContentStream,
    DictionaryObject,
    IndirectObject,
    NullObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

INLINE = b"INLINE IMAGE"
PAINTING = frozenset(
    {b"Tj", b"TJ", b"'", b'"', b"Do", b"sh", b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", INLINE}
)
XMP = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One marked content around what is painted: its tag and its properties."""

    tag: str
    properties: DictionaryObject

    @property
    def number(self) -> int | None:
        found = self.properties.get("/MCID")
        return None if found is None else int(found)


@dataclass(frozen=True, slots=True)
class Step:
    """One operator on a page, the marks around it from the outermost, the resources it names things in, and the font in use."""

    page: int
    operator: bytes
    operands: list[Any]
    marks: tuple[Mark, ...]
    resources: DictionaryObject
    font: str | None
    depth: int

    def texts(self) -> Iterator[bytes]:
        """The strings it shows, as their bytes."""
        shown = self.operands[0] if self.operator == b"TJ" else self.operands[-1:]
        for each in shown if self.operator in (b"Tj", b"TJ", b"'", b'"') else ():
            if isinstance(each, (TextStringObject, bytes)):
                yield each.original_bytes if isinstance(each, TextStringObject) else bytes(each)


def settle(given: object) -> Any:
    """What a reference leads to, or the thing itself; None for null and for what is not there."""
    found = given.get_object() if isinstance(given, PdfObject) else given
    return None if isinstance(found, NullObject) else found


def at(given: object, *names: str) -> Any:
    """What stands under these names, one in the other; None where one of them does not."""
    for name in names:
        given = settle(given)
        if not isinstance(given, DictionaryObject) or name not in given:
            return None
        given = given.raw_get(name)
    return settle(given)


def is_true(given: object) -> bool:
    """Of one of the PDF's own truths, which are things that Python takes for true either way."""
    return isinstance(settle(given), BooleanObject) and settle(given).value is True


def rows(given: object) -> list[Any]:
    """What is one, or an array of several, settled."""
    found = settle(given)
    if found is None:
        return []
    return [settle(each) for each in found] if isinstance(found, ArrayObject) else [found]


@dataclass
class Pdf:
    raw: bytes
    reader: pypdf.PdfReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = pypdf.PdfReader(io.BytesIO(self.raw))

    @cached_property
    def everything(self) -> str:
        """All that can be found in it, without white space, in small letters: what is read on its pages, and each string, name
        and stream of it, unpacked, as bytes and as UTF-16."""
        found = [page.extract_text() for page in self.reader.pages]
        raw = [self.raw, *(stream.get_data() for stream in self.streams if stream.get("/Subtype") != "/Image")]
        parts: list[DictionaryObject | ArrayObject] = [*self.objects, *self.arrays]
        for each in parts:
            values: list[Any] = list(each.values() if isinstance(each, DictionaryObject) else each)
            found += [str(value) for value in values if isinstance(value, str)]
            raw += [bytes(value) for value in values if isinstance(value, bytes)]
        found += [
            each.decode(code, "ignore") for each in raw for code in ("utf-8", "latin-1", "utf-16-be", "utf-16-le")
        ]
        return "".join("".join(found).replace("\u200b", "").split()).casefold()

    @property
    def root(self) -> DictionaryObject:
        found = settle(self.reader.trailer["/Root"])
        assert isinstance(found, DictionaryObject)
        return found

    @cached_property
    def objects(self) -> list[DictionaryObject]:
        """Every dictionary and stream that the trailer leads to."""
        return [each for each in self._parts if isinstance(each, DictionaryObject)]

    @cached_property
    def arrays(self) -> list[ArrayObject]:
        return [each for each in self._parts if isinstance(each, ArrayObject)]

    @cached_property
    def _parts(self) -> list[PdfObject]:
        found: list[PdfObject] = [self.reader.trailer]
        seen, waiting = set[int](), [self.reader.trailer.raw_get(name) for name in self.reader.trailer]
        while waiting:
            one = waiting.pop()
            if isinstance(one, IndirectObject):
                if one.idnum in seen:
                    continue
                seen.add(one.idnum)
                one = one.get_object()
            if isinstance(one, DictionaryObject | ArrayObject):
                found.append(one)
                waiting += [one.raw_get(name) for name in one] if isinstance(one, DictionaryObject) else list(one)
        return found

    @cached_property
    def streams(self) -> list[StreamObject]:
        return [each for each in self.objects if isinstance(each, StreamObject)]

    @cached_property
    def steps(self) -> list[Step]:
        """All that is done on its pages, in order, also what the forms do that a page calls."""
        found: list[Step] = []
        for number, page in enumerate(self.reader.pages):
            content = page.get_contents()
            if content is not None:
                self._follow(found, number, content, page.get("/Resources", DictionaryObject()), ())
        return found

    def _follow(
        self, found: list[Step], page: int, content: ContentStream, given: object, around: tuple[Mark, ...]
    ) -> None:
        resources = settle(given) or DictionaryObject()
        marks, font, depth = list(around), None, 0
        for operands, operator in content.operations:
            if operator in (b"BDC", b"BMC"):
                named = operands[1] if operator == b"BDC" else DictionaryObject()
                named = at(resources, "/Properties", named) if isinstance(named, str) else named
                marks.append(Mark(str(operands[0]), named or DictionaryObject()))
            elif operator == b"Tf":
                font = str(operands[0])
            depth += {b"q": 1, b"Q": -1}.get(operator, 0)
            found.append(Step(page, operator, operands, tuple(marks), resources, font, depth))
            if operator == b"EMC" and len(marks) > len(around):
                marks.pop()
            form = at(resources, "/XObject", str(operands[0])) if operator == b"Do" else None
            if at(form, "/Subtype") == "/Form":
                inner = ContentStream(form, self.reader)
                self._follow(found, page, inner, at(form, "/Resources") or resources, tuple(marks))

    @cached_property
    def xmp(self) -> ElementTree.Element | None:
        """What it says of itself; None where that cannot be read."""
        packet = at(self.root, "/Metadata")
        try:
            return ElementTree.fromstring(packet.get_data()) if isinstance(packet, StreamObject) else None  # noqa: S314
        except ElementTree.ParseError:
            return None

    def said(self, name: str) -> str | None:
        """A property of what it says of itself, such as "dc:title"; of a list the first."""
        prefix, plain = name.split(":")
        described = [] if self.xmp is None else self.xmp.findall(".//rdf:Description", XMP)
        for one in described:
            if (short := one.get(f"{{{XMP[prefix]}}}{plain}")) is not None:
                return short
            if (element := one.find(name, XMP)) is not None:
                item = element.find(".//rdf:li", XMP)
                return "".join((element if item is None else item).itertext())
        return None

    @cached_property
    def elements(self) -> list[tuple[DictionaryObject, DictionaryObject]]:
        """Every element of the structure with its parent, in reading order."""
        root = at(self.root, "/StructTreeRoot")
        return list(_below(root)) if root is not None else []

    def kind(self, element: DictionaryObject) -> str:
        """The type that a reader knows, by the role map."""
        roles, name, seen = at(self.root, "/StructTreeRoot", "/RoleMap"), str(element.get("/S", "")), set[str]()
        while name not in seen and at(roles, name) is not None:
            seen.add(name)
            name = str(at(roles, name))
        return name


def _below(parent: DictionaryObject) -> Iterator[tuple[DictionaryObject, DictionaryObject]]:
    for child in rows(parent.raw_get("/K") if "/K" in parent else None):
        if isinstance(child, DictionaryObject) and child.get("/Type", "/StructElem") == "/StructElem":
            yield child, parent
            yield from _below(child)


def numbers(tree: object) -> dict[int, Any]:
    """A number tree as a table."""
    found = {}
    flat = at(tree, "/Nums") or []
    for key, value in zip(flat[::2], flat[1::2], strict=True):
        found[int(key)] = settle(value)
    for kid in rows(at(tree, "/Kids")):
        found |= numbers(kid)
    return found


LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?")
