"""A decision's letter as it lies on the table: in the words of its guardian's language, and what people wrote as they did."""

import re
from dataclasses import dataclass
from datetime import date

import pytest
import sqlalchemy as sa

from hub.desk import Work
from hub.people.families import Child, Guardian
from hub.school.leave import LeaveApplication
from hub.school.leave_decisions import LeaveDecision, Outcome
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper, make_papers
from hub.school.leave_rules import Both, Terms, set_terms
from hub.school.leave_verdicts import Verdict, decide
from tests.hub.letters.pdf_read import Pdf, at
from tests.hub.letters.pdf_rules import faults_of
from tests.hub.letters.test_rendering import MARKUP, SAMI, squeezed, words_of
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, apply_for, days_from
from tests.hub.sign_in.school import TEST
from tests.village import Village

ANNE, KARI, LEADER = "Anne Nordmann", "Kari Nordmann", "Ingrid Solberg"
REASON = "Prøver i uke 13."
pytestmark = pytest.mark.one_store("sqlite")


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in a letter of this language, by what was decided, and how to appeal to somebody in Norway."""

    title: str
    granted: str
    partly: str
    refused: str
    why: str
    appeal: str


SAID = {
    "nb": Said(
        "Avgjørelse om fri for Kari Nordmann",
        "Søknaden er innvilget: Kari Nordmann har fri fra man. 24. mars til og med ons. 26. mars 2025.",
        "Søknaden er delvis innvilget: Kari Nordmann har fri mandag 31. mars 2025, men ikke de andre dagene.",
        "Søknaden er avslått.",
        "Begrunnelse: Prøver i uke 13.",
        "Du kan klage innen tre uker etter at du fikk vite om avgjørelsen. Send klagen til Fjordvik skole.",
    ),
    "nn": Said(
        "Avgjerd om fri for Kari Nordmann",
        "Søknaden er innvilga: Kari Nordmann har fri frå mån. 24. mars til og med ons. 26. mars 2025.",
        "Søknaden er delvis innvilga: Kari Nordmann har fri måndag 31. mars 2025, men ikkje dei andre dagane.",
        "Søknaden er avslegen.",
        "Grunngiving: Prøver i uke 13.",
        "Du kan klage innan tre veker etter at du fekk vite om avgjerda. Send klaga til Fjordvik skole.",
    ),
    "sv": Said(
        "Beslut om ledighet för Kari Nordmann",
        "Ansökan är beviljad: Kari Nordmann är ledig från mån 24 mars till och med ons 26 mars 2025.",
        "Ansökan är delvis beviljad: Kari Nordmann är ledig måndag 31 mars 2025, men inte de andra dagarna.",
        "Ansökan är avslagen.",
        "Skäl: Prøver i uke 13.",
        "Du kan klaga inom tre veckor från att du fick veta om beslutet. Skicka klagomålet till Fjordvik skole.",
    ),
    "fi": Said(
        "Päätös vapaasta: Kari Nordmann",
        "Vapaa on myönnetty: Kari Nordmann, ma 24.3.-ke 26.3.2025.",
        "Vapaa on myönnetty osaksi: Kari Nordmann, maanantaina 31.3.2025, mutta ei muina päivinä.",
        "Vapaata ei ole myönnetty.",
        "Perustelut: Prøver i uke 13.",
        "Voit valittaa kolmen viikon kuluessa siitä, kun sait tiedon päätöksestä. Lähetä valitus: Fjordvik skole.",
    ),
    "en": Said(
        "Decision about leave for Kari Nordmann",
        "Leave is granted: Kari Nordmann is off from Mon 24 Mar to Wed 26 Mar 2025.",
        "Leave is granted in part: Kari Nordmann is off Monday 31 March 2025, but not on the other days.",
        "Leave is not granted.",
        "Reasons: Prøver i uke 13.",
        "You may appeal within three weeks of learning of this decision. Send the appeal to Fjordvik skole.",
    ),
    "da": Said(
        "Afgørelse om fri til Kari Nordmann",
        "Ansøgningen er imødekommet: Kari Nordmann har fri fra man. 24. mar. til og med ons. 26. mar. 2025.",
        "Ansøgningen er delvis imødekommet: Kari Nordmann har fri mandag den 31. marts 2025, men ikke de andre dage.",
        "Ansøgningen er afslået.",
        "Begrundelse: Prøver i uke 13.",
        "Du kan klage inden tre uger, efter at du fik besked om afgørelsen. Send klagen til Fjordvik skole.",
    ),
}
PARTLY, REFUSED = date(2025, 3, 31), date(2025, 4, 7)
OWN = "Klag til {owner} om {child}: https://fjordvik.example/klage"


async def settle(village: Village, first: date, verdict: Verdict) -> bytes:
    """Three days of leave for Kari from this one are decided, and the letters made; the one to Anne."""

    def both(work: Work) -> str:
        id_ = apply_for(work, village, KARI, ANNE, days_from(first, 3))
        work.asker = as_staff(village.staff(LEADER))
        return decide(work, work.session.get_one(LeaveApplication, id_), village.unit("school"), verdict).id

    decision = await village.desk.work(TEST, both)
    await make_papers(village.desk)
    asked = (
        sa.select(LeavePaper.body)
        .join(LeaveLetter, LeaveLetter.id == LeavePaper.letter_id)
        .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
        .where(LeaveDecision.id == decision, LeaveLetter.guardian_id == village.guardian(ANNE).id)
    )
    return await village.desk.look(TEST, lambda look: look.session.scalars(asked).one())


async def change(village: Village, *, child: str = "", guardian: str = "", language: str = "nb") -> None:
    """Kari and Anne get these first names, and Anne this language."""

    def both(work: Work) -> None:
        anne = work.session.get_one(Guardian, village.guardian(ANNE).id)
        kari = work.session.get_one(Child, village.child(KARI).id)
        anne.language, anne.first_name = language, guardian or anne.first_name
        kari.first_name = child or kari.first_name

    await village.desk.work(TEST, both)


@pytest.mark.parametrize("language", sorted(SAID))
async def test_a_grant_half_a_grant_and_a_refusal_are_worded_in_their_guardians_language(
    village: Village, language: str
) -> None:
    said = SAID[language]
    await change(village, language=language)

    granted = await settle(village, FAR, Verdict(Outcome.GRANTED))
    partly = await settle(village, PARTLY, Verdict(Outcome.PARTLY, REASON, [PARTLY]))
    own = Terms(Both.ONE, 1, 14, appeal={language: OWN})
    await village.desk.work(TEST, set_terms, village.unit("school"), own)
    refused = await settle(village, REFUSED, Verdict(Outcome.REFUSED, REASON))

    for pdf, outcome in ((granted, said.granted), (partly, said.partly), (refused, said.refused)):
        words = words_of(pdf)
        assert at(Pdf(pdf).root, "/Lang") == f"{language}-NO"
        assert Pdf(pdf).said("dc:title") == said.title
        assert squeezed(said.title) in words
        assert squeezed(outcome) in words
        assert (squeezed(said.why) in words) == (pdf is not granted)
        assert (squeezed(said.appeal) in words) == (pdf is not refused)
        assert not re.search(r"[{}]|None|undefined", words)
        assert faults_of(pdf) == []
    assert squeezed("Klag til Fjordvik kommune om Kari Nordmann: https://fjordvik.example/klage") in words_of(refused)


@pytest.mark.parametrize(("language", "tag"), [("se", "nb-NO"), ("pl", "en-NO")])
async def test_a_letter_is_read_aloud_in_the_language_that_its_words_are_of(
    village: Village, language: str, tag: str
) -> None:
    await change(village, language=language)

    pdf = await settle(village, FAR, Verdict(Outcome.GRANTED))

    assert at(Pdf(pdf).root, "/Lang") == tag
    assert squeezed(SAID[tag[:2]].granted) in words_of(pdf)


@pytest.mark.parametrize(
    "odd",
    [f'{MARKUP} #include "/etc/passwd" #sys.inputs', f"{SAMI} 😀", "Å" * 80],
    ids=["markup", "Sámi", "80 letters"],
)
async def test_what_people_wrote_stands_there_as_they_wrote_it(village: Village, odd: str) -> None:
    await change(village, child=odd[:80], guardian=odd[:80])

    pdf = await settle(village, REFUSED, Verdict(Outcome.REFUSED, f"{odd}\n{{unit}} {{{{ child }}}} {odd}"))
    words = words_of(pdf)

    assert words.count(squeezed(odd)) >= 2
    assert squeezed("{unit} {{ child }}") in words
    assert words.count(squeezed(odd[:80])) >= 4
    assert faults_of(pdf) == []


async def test_names_and_reasons_from_right_to_left_are_whole(village: Village) -> None:
    await change(village, child="نور الهدى", guardian="שרה לוי")

    pdf = await settle(village, REFUSED, Verdict(Outcome.REFUSED, "طفلي مريض."))

    assert set(squeezed("نور الهدىשרה לויطفلي مريض.")) <= set(words_of(pdf))
    assert faults_of(pdf) == []
