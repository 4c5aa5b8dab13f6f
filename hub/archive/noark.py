"""A record as a Noark 5 package: a zip with its documents and `arkivmelding.xml`, which tells of one case with one entry.

Source: arkivmelding of Noark 5 version 3.1, as the Norwegian message exchange takes it in: the order of its elements, its lists
of codes and its file name. That schema has no place for checksums, so they are remarks on the documents.
"""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.archive.papers import Document, local_moment
from hub.archive.records import Direction, digest, name_uuid

SCHEMA = "http://www.arkivverket.no/standarder/noark5/arkivmelding"
TYPES = "http://www.w3.org/2001/XMLSchema-instance"
NAME = "arkivmelding.xml"
SYSTEM = "Budbok"
SHIELDED = "Skjermet"
_NEVER_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JOURNAL = {
    Direction.IN: "Inngående dokument",
    Direction.OUT: "Utgående dokument",
    Direction.INTERNAL: "Organinternt dokument uten oppfølging",
}


@dataclass(frozen=True, slots=True)
class Shielding:
    """What must not stand in the package's own words: of a secret child no name or place, and of these people no name."""

    is_secret: bool
    people: Collection[str] = ()


def pack(content: Mapping[str, Any], documents: Sequence[Document], shielding: Shielding, at: datetime) -> bytes:
    """The zip. `at` is when it is exported; the same record exported at the same moment gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        _add(packed, NAME, describe(content, documents, shielding, at), at)
        for document in documents:
            for paper in document.papers:
                _add(packed, paper.name, paper.body, at)
    return out.getvalue()


def _add(packed: zipfile.ZipFile, name: str, body: bytes, at: datetime) -> None:
    info = zipfile.ZipInfo(name, at.timetuple()[:6])
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    packed.writestr(info, body)


def describe(content: Mapping[str, Any], documents: Sequence[Document], shielding: Shielding, at: datetime) -> bytes:
    """`arkivmelding.xml`, UTF-8."""
    return _Description(content, documents, shielding, at).write()


class _Description:
    """Writes the elements in the schema's order, one method for each of its types."""

    def __init__(
        self, content: Mapping[str, Any], documents: Sequence[Document], shielding: Shielding, at: datetime
    ) -> None:
        self.content, self.documents, self.shielding, self.at = content, documents, shielding, at
        self.case = content["case"]
        secret = shielding.is_secret
        self.title = content["title_public" if secret else "title"]
        self.case_title = self.case["title_public" if secret else "title"]
        self.unit = content["owner"] if secret else content["unit"]
        self.responsible = content["owner"] if secret else self.case["responsible"]
        self.happened = _moment(local_moment(content, "at"))
        self.kept_at = _moment(local_moment(content, "kept_at"))
        self.kept_by = SYSTEM if secret else content["kept_by"]

    def write(self) -> bytes:
        ET.register_namespace("", SCHEMA)
        ET.register_namespace("xsi", TYPES)
        root = ET.Element(_named("arkivmelding"))
        _say(root, "system", SYSTEM)
        _say(root, "meldingId", name_uuid(f"message {self.content['id']} {self.at.isoformat()}"))
        _say(root, "tidspunkt", _moment(self.at.astimezone(local_moment(self.content, "at").tzinfo)))
        _say(root, "antallFiler", str(sum(len(document.papers) for document in self.documents)))
        self._case(_open(root, "mappe", "saksmappe"))
        ET.indent(root)
        out = io.BytesIO()
        ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
        return out.getvalue() + b"\n"

    def _case(self, case: ET.Element) -> None:
        _say(case, "systemID", self.case["id"])
        _say(case, "tittel", self.case_title)
        _say(case, "offentligTittel", self.case["title_public"])
        _say(case, "opprettetDato", self.happened)
        _say(case, "opprettetAv", SYSTEM)
        self._entry(_open(case, "basisregistrering", "journalpost"))
        _say(case, "saksdato", self.happened[:10])
        _say(case, "administrativEnhet", self.unit)
        _say(case, "saksansvarlig", self.responsible)
        _say(case, "saksstatus", "Avsluttet" if self.case["is_over"] else "Under behandling")

    def _entry(self, entry: ET.Element) -> None:
        _say(entry, "systemID", self.content["entry"])
        _say(entry, "opprettetDato", self.happened)
        _say(entry, "opprettetAv", self.responsible)
        _say(entry, "arkivertDato", self.kept_at)
        _say(entry, "arkivertAv", self.kept_by)
        _say(entry, "referanseForelderMappe", self.case["id"])
        for document in self.documents:
            self._document(_open(entry, "dokumentbeskrivelse"), document)
        _say(entry, "tittel", self.title)
        _say(entry, "offentligTittel", self.content["title_public"])
        if self.content["reason"] and not self.shielding.is_secret:
            self._remark(entry, self.content["reason"])
        _say(entry, "journalposttype", _JOURNAL[Direction(self.content["direction"])])
        _say(entry, "journalstatus", "Journalført")
        _say(entry, "journaldato", self.kept_at[:10])
        _say(entry, "dokumentetsDato", self.happened[:10])
        _say(entry, "antallVedlegg", str(len(self.documents) - 1))
        self._correspondents(entry)

    def _document(self, described: ET.Element, document: Document) -> None:
        is_main = document.number == 1
        _say(described, "systemID", name_uuid(f"document {self.content['entry']} {document.number}"))
        _say(described, "dokumenttype", "Brev" if is_main else "Vedlegg")
        _say(described, "dokumentstatus", "Dokumentet er ferdigstilt")
        _say(described, "tittel", self.content["title_public"] if self.shielding.is_secret else document.title)
        _say(described, "opprettetDato", self.happened)
        _say(described, "opprettetAv", self.responsible)
        _say(described, "tilknyttetRegistreringSom", "Hoveddokument" if is_main else "Vedlegg")
        _say(described, "dokumentnummer", str(document.number))
        _say(described, "tilknyttetDato", self.kept_at)
        _say(described, "tilknyttetAv", self.kept_by)
        for paper in document.papers:
            self._remark(described, f"SHA-256 {paper.name}: {digest(paper.body)}")
        for paper in document.papers:
            shown = _open(described, "dokumentobjekt")
            _say(shown, "versjonsnummer", "1")
            _say(shown, "variantformat", "Arkivformat" if paper.lasts else "Produksjonsformat")
            _say(shown, "opprettetDato", self.happened)
            _say(shown, "opprettetAv", self.responsible)
            _say(shown, "referanseDokumentfil", paper.name)

    def _remark(self, inside: ET.Element, text: str) -> None:
        remark = _open(inside, "merknad")
        _say(remark, "merknadstekst", text)
        _say(remark, "merknadsdato", self.kept_at)
        _say(remark, "merknadRegistrertAv", self.kept_by)

    def _correspondents(self, entry: ET.Element) -> None:
        """Senders and receivers; a shielded one by nothing but that there is one."""
        for code, people in (("Avsender", self.content["senders"]), ("Mottaker", self.content["receivers"])):
            for person in people:
                is_shielded = self.shielding.is_secret or person["id"] in self.shielding.people
                part = _open(entry, "korrespondansepart")
                _say(part, "korrespondanseparttype", code)
                _say(part, "korrespondansepartNavn", SHIELDED if is_shielded else person["name"])


def _named(name: str) -> str:
    return f"{{{SCHEMA}}}{name}"


def _open(inside: ET.Element, name: str, kind: str | None = None) -> ET.Element:
    return ET.SubElement(inside, _named(name), {f"{{{TYPES}}}type": kind} if kind else {})


def _say(inside: ET.Element, name: str, text: str) -> None:
    ET.SubElement(inside, _named(name)).text = _NEVER_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _moment(at: datetime) -> str:
    """By the unit's clock, to the second and without its zone, as the schema's examples have it."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds")
