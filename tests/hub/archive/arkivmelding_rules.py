"""Holds an arkivmelding against the order of its elements, how often each may stand, and its lists of codes; strictly, as an
archive does. Written from what the schema of the message exchange (Noark 5 version 3.1) demands."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

NAMESPACE = "http://www.arkivverket.no/standarder/noark5/arkivmelding"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"\d+")
SAID = re.compile(r"\S(.|\n)*")

ORDER: dict[str, tuple[str, ...]] = {
    "arkivmelding": ("system", "meldingId", "tidspunkt", "antallFiler", "mappe"),
    "mappe": (
        *("systemID", "mappeID?", "tittel", "offentligTittel?", "beskrivelse?", "opprettetDato", "opprettetAv"),
        *("klassifikasjon*", "basisregistrering", "saksaar?", "sakssekvensnummer?", "saksdato"),
        *("administrativEnhet", "saksansvarlig", "journalenhet?", "saksstatus"),
    ),
    "basisregistrering": (
        *("systemID", "opprettetDato", "opprettetAv", "arkivertDato", "arkivertAv", "referanseForelderMappe"),
        *("dokumentbeskrivelse+", "tittel", "offentligTittel?", "beskrivelse?", "merknad*"),
        *("journalposttype", "journalstatus", "journaldato", "dokumentetsDato?", "antallVedlegg?"),
        "korrespondansepart*",
    ),
    "dokumentbeskrivelse": (
        *("systemID", "dokumenttype", "dokumentstatus", "tittel", "opprettetDato", "opprettetAv"),
        *("tilknyttetRegistreringSom", "dokumentnummer", "tilknyttetDato", "tilknyttetAv", "merknad*"),
        "dokumentobjekt+",
    ),
    "dokumentobjekt": ("versjonsnummer", "variantformat", "opprettetDato", "opprettetAv", "referanseDokumentfil"),
    "merknad": ("merknadstekst", "merknadstype?", "merknadsdato", "merknadRegistrertAv"),
    "korrespondansepart": ("korrespondanseparttype", "korrespondansepartNavn"),
}
TYPES = {"mappe": "saksmappe", "basisregistrering": "journalpost"}
CODES = {
    "saksstatus": {"Under behandling", "Avsluttet", "Utgår"},
    "journalstatus": {
        *("Journalført", "Ferdigstilt fra saksbehandler", "Godkjent av leder", "Ekspedert", "Arkivert", "Utgår"),
    },
    "journalposttype": {
        *("Inngående dokument", "Utgående dokument", "Organinternt dokument for oppfølging"),
        *("Organinternt dokument uten oppfølging", "Saksframlegg"),
    },
    "dokumentstatus": {"Dokumentet er under redigering", "Dokumentet er ferdigstilt"},
    "variantformat": {"Produksjonsformat", "Arkivformat", "Dokument hvor deler av innholdet er skjermet"},
    "korrespondanseparttype": {
        *("Avsender", "Mottaker", "Kopimottaker", "Gruppemottaker", "Intern avsender", "Intern mottaker"),
    },
    "tilknyttetRegistreringSom": {"Hoveddokument", "Vedlegg"},
}
SHAPES = {
    **dict.fromkeys(("systemID", "referanseForelderMappe", "meldingId"), UUID),
    **dict.fromkeys(("tidspunkt", "opprettetDato", "arkivertDato", "tilknyttetDato", "merknadsdato"), MOMENT),
    **dict.fromkeys(("saksdato", "journaldato", "dokumentetsDato"), DAY),
    **dict.fromkeys(("antallFiler", "dokumentnummer", "versjonsnummer", "antallVedlegg"), NUMBER),
}


def parse(xml: bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - our own package


def faults_of(xml: bytes, files: set[str]) -> list[str]:
    """What an archive would refuse of it, `files` being those that came along; nothing when all is right."""
    root = parse(xml)
    faults = list(_walk(root))
    named = [_text(each) for each in root.iter(f"{{{NAMESPACE}}}referanseDokumentfil")]
    told = int(root.findtext(f"{{{NAMESPACE}}}antallFiler") or -1)
    numbers = [_text(each) for each in root.iter(f"{{{NAMESPACE}}}dokumentnummer")]
    mains = [_text(each) for each in root.iter(f"{{{NAMESPACE}}}tilknyttetRegistreringSom")]
    if sorted(named) != sorted(files) or told != len(files):
        faults.append(f"files {sorted(files)} are not those named: {sorted(named)}, {told} of them")
    if numbers != [str(number) for number in range(1, len(numbers) + 1)]:
        faults.append(f"documents are numbered {numbers}")
    if mains.count("Hoveddokument") != 1 or mains[0] != "Hoveddokument":
        faults.append(f"documents are {mains}")
    (case,) = root.findall(f"{{{NAMESPACE}}}mappe")
    entry = case.find(f"{{{NAMESPACE}}}basisregistrering")
    if entry is None or entry.findtext(f"{{{NAMESPACE}}}referanseForelderMappe") != case[0].text:
        faults.append("the entry does not name its case")
    return faults


def _walk(element: ET.Element) -> Iterator[str]:
    name = _name(element)
    if element.get(TYPE) != TYPES.get(name):
        yield f"{name} is of type {element.get(TYPE)}"
    if name not in ORDER:
        yield from _leaf(element, name)
        return
    children = " ".join(_name(child) for child in element) + " "
    if not re.fullmatch("".join(_often(part) for part in ORDER[name]), children):
        yield f"{name} holds {children}"
    for child in element:
        yield from _walk(child)


def _often(part: str) -> str:
    mark = part[-1] if part[-1] in "?*+" else ""
    return f"({part.rstrip('?*+')} ){mark}"


def _leaf(element: ET.Element, name: str) -> Iterator[str]:
    text = _text(element)
    if len(element) or not SHAPES.get(name, SAID).fullmatch(text):
        yield f"{name} says {text!r}"
    if name in CODES and text not in CODES[name]:
        yield f"{name} has no code {text!r}"


def _name(element: ET.Element) -> str:
    namespace, _, name = element.tag.rpartition("}")
    return name if namespace == f"{{{NAMESPACE}" else element.tag


def _text(element: ET.Element) -> str:
    return element.text or ""
