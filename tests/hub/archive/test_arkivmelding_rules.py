"""The rules that packages are held against are strict: each way in which one could be wrong is refused."""

import pytest

from tests.hub.archive.arkivmelding_rules import NAMESPACE, faults_of

ID = "43fbe161-7aac-4c9f-a888-d8167aab4144"
AT = "2025-03-03T08:00:00"
RIGHT = f"""<arkivmelding xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<system>x</system><meldingId>{ID}</meldingId><tidspunkt>{AT}</tidspunkt><antallFiler>1</antallFiler>
<mappe xsi:type="saksmappe"><systemID>{ID}</systemID><tittel>x</tittel><opprettetDato>{AT}</opprettetDato>
<opprettetAv>x</opprettetAv>
<basisregistrering xsi:type="journalpost"><systemID>{ID}</systemID><opprettetDato>{AT}</opprettetDato>
<opprettetAv>x</opprettetAv><arkivertDato>{AT}</arkivertDato><arkivertAv>x</arkivertAv>
<referanseForelderMappe>{ID}</referanseForelderMappe>
<dokumentbeskrivelse><systemID>{ID}</systemID><dokumenttype>Brev</dokumenttype>
<dokumentstatus>Dokumentet er ferdigstilt</dokumentstatus><tittel>x</tittel><opprettetDato>{AT}</opprettetDato>
<opprettetAv>x</opprettetAv><tilknyttetRegistreringSom>Hoveddokument</tilknyttetRegistreringSom>
<dokumentnummer>1</dokumentnummer><tilknyttetDato>{AT}</tilknyttetDato><tilknyttetAv>x</tilknyttetAv>
<dokumentobjekt><versjonsnummer>1</versjonsnummer><variantformat>Arkivformat</variantformat>
<opprettetDato>{AT}</opprettetDato><opprettetAv>x</opprettetAv><referanseDokumentfil>1.pdf</referanseDokumentfil>
</dokumentobjekt></dokumentbeskrivelse>
<tittel>x</tittel><journalposttype>Utgående dokument</journalposttype><journalstatus>Journalført</journalstatus>
<journaldato>2025-03-03</journaldato><korrespondansepart><korrespondanseparttype>Mottaker</korrespondanseparttype>
<korrespondansepartNavn>x</korrespondansepartNavn></korrespondansepart></basisregistrering>
<saksdato>2025-03-03</saksdato><administrativEnhet>x</administrativEnhet><saksansvarlig>x</saksansvarlig>
<saksstatus>Avsluttet</saksstatus></mappe></arkivmelding>"""
ANOTHER = "00000000-7aac-4c9f-a888-d8167aab4144"
WRONG = {
    "another order": ("<system>x</system><meldingId>", f"<meldingId>{ID}</meldingId><system>x</system><meldingId>"),
    "an element too few": ("<saksansvarlig>x</saksansvarlig>", ""),
    "an element of our own": ("<saksstatus>", "<budbok>x</budbok><saksstatus>"),
    "another namespace": ("<tittel>x</tittel><journal", '<tittel xmlns="urn:x">x</tittel><journal'),
    "another type": ("saksmappe", "mappe"),
    "a code that is not on the list": ("Avsluttet", "Ferdig"),
    "a moment with a zone": (f"<tidspunkt>{AT}", f"<tidspunkt>{AT}Z"),
    "an id that is none": (f"<meldingId>{ID}", "<meldingId>1"),
    "an empty name": ("<korrespondansepartNavn>x", "<korrespondansepartNavn>"),
    "another number of files": ("<antallFiler>1", "<antallFiler>2"),
    "a file that did not come along": ("1.pdf", "2.pdf"),
    "a case that is another": (f"<referanseForelderMappe>{ID}", f"<referanseForelderMappe>{ANOTHER}"),
    "a number that is not the next": ("<dokumentnummer>1", "<dokumentnummer>2"),
    "no main document": ("Hoveddokument", "Vedlegg"),
}


def test_what_an_archive_takes_in_is_right() -> None:
    assert faults_of(RIGHT.encode(), {"1.pdf"}) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_it_refuses_is_found(name: str) -> None:
    right, wrong = WRONG[name]
    assert right in RIGHT

    assert faults_of(RIGHT.replace(right, wrong, 1).encode(), {"1.pdf"}) != []
