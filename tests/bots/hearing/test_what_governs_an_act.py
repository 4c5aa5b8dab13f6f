"""What a text takes back, denies, keeps on record or tells of somebody else is no act; its plain twin beside it is one."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Intent, KnownChild, Said

_OSLO = ZoneInfo("Europe/Oslo")
_WEDNESDAY = datetime(2026, 11, 25, 7, 20, tzinfo=_OSLO)
_TODAY = date(2026, 11, 25)
_EAR = Ear()
_ELLA = (KnownChild("1", "Ella Berg"),)
_BOTH = (KnownChild("1", "Ella Berg"), KnownChild("2", "Otto Berg"))
_BOYS = (KnownChild("2", "Otto Berg"), KnownChild("3", "Emil Berg"))


def _acts(text: str, children: tuple[KnownChild, ...] = _ELLA, asked: About | None = None) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _WEDNESDAY), children, asked).acts


def _told(acts: tuple[Act, ...]) -> list[tuple[Intent, tuple[str, ...]]]:
    return [(act.intent, act.children) for act in acts]


@pytest.mark.parametrize(
    "text",
    [
        "Ella er syk i dag. Oi, glem det, den skulle til treneren!",
        "Ella är sjuk idag. Oj, glöm det, det var menat för tränaren!",
        "Ella on tänään kipeä. Oho, unohtakaa, meni väärälle!",
        "Ella is ill today. Oops, ignore that, wrong number!",
        "Ella er syg i dag. Ups, glem det, den var ment til træneren!",
        "Ella sa til bestemor at hun skal være hjemme i morgen. Det skal hun ikke!",
        "Ella stays home tomorrow. She does not!",
        "Ser at Ella har ugyldig fravær tirsdag. Hun hadde feber da",
        "I see Ella is down with an unauthorised absence for Tuesday. She had a tummy bug",
        "Ella er som regel litt slapp om mandagene",
        "Ella är oftast lite hängig på måndagar",
        "It's not today that Ella's class goes to the museum, is it? She's gone off with no lunch",
        "Ella kom uten votter i dag, de er hjemme på tørk",
        "Ellan reppu jäi tänään kotiin, hän voi lainata",
        "Ella skal gå alene hjem i dag og være hjemme til vi kommer fra jobb",
        "Ella får gå hem själv idag och vara hemma tills vi kommer från jobbet",
        "Jeg jobber 8-16 alle dager denne uka, ring mannen min om Ella",
        "I work 8-4 every day this week, call my husband about Ella",
        "Ella on kutsuttu synttäreille lauantaina mutta ei tule, voitteko kertoa?",
        "Could you tell Peter's mum he should stay home when he coughs like that? Ella got scared",
        "Kan dere si til mora til Petter at han må bli hjemme? Ella ble redd",
        "Planen var at Ella skulle være borte i morgen",
    ],
)
def test_what_the_text_itself_takes_back_is_left_to_staff(text: str) -> None:
    assert {act.intent for act in _acts(text)} == {Intent.MESSAGE}


@pytest.mark.parametrize(
    "text",
    [
        "Ella er syk i dag. Glem ikke å si det til treneren!",
        "Ella sa at hun er dårlig, så hun blir hjemme i dag. Det er ikke alvorlig",
        "Ella is staying home today. She is not well",
        "Ella er hjemme i dag, hun kom uten votter i går",
        "Ella er hjemme i dag, og jeg jobber hjemmefra",
        "Ella är hemma idag, jag får inte tag i er på telefon",
        "The plan was for Ella to come in at ten, but she's staying home today, see you Monday",
    ],
)
def test_what_is_not_taken_back_is_an_absence(text: str) -> None:
    (act, *others) = _acts(text)

    assert (act.intent, act.children, act.days) == (Intent.ABSENCE, ("1",), (_TODAY,))
    assert {other.intent for other in others} <= {Intent.MESSAGE}


@pytest.mark.parametrize(
    "text",
    [
        "ella er syk i dag så hun blir hjemme otto kommer som han pleier",
        "ella mår dåligt så hon stannar hemma otto kommer som han brukar",
        "ella on kipeä joten hän jää kotiin otto tulee niin kuin aina",
        "ella is ill so she's staying home otto will be in like he always is",
        "ella er syg så hun bliver hjemme otto kommer som han plejer",
        "Otto er ikke syk, men det er Ella, så hun er hjemme i dag",
        "Begge hostet i natt, men bare Ella blir hjemme i dag",
        "Ella är sjuk, Otto är frisk och kry",
    ],
)
def test_a_child_that_comes_beside_one_who_is_ill_is_not_away(text: str) -> None:
    assert _told(_acts(text, _BOTH)) == [(Intent.ABSENCE, ("1",))]


@pytest.mark.parametrize(
    "text",
    ["Ella er syk og Otto også, de blir hjemme", "Both of them are ill today", "Verken Ella eller Otto kommer i dag"],
)
def test_children_told_together_are_away_together(text: str) -> None:
    (act,) = _acts(text, _BOTH)

    assert (act.intent, act.children) == (Intent.ABSENCE, ("1", "2"))


@pytest.mark.parametrize(
    "text",
    [
        "Ella er fortsatt hjemme i dag og nå har Otto fått det samme, så han blir også hjemme",
        "Ella is still home today and now Otto has caught it so he's staying home too",
    ],
)
def test_a_child_of_whom_the_same_is_said_is_never_lost(text: str) -> None:
    assert {key for act in _acts(text, _BOTH) for key in act.children} == {"1", "2"}


@pytest.mark.parametrize(
    "text",
    [
        "En av guttene er syk og blir hjemme i dag",
        "Ein av gutane er sjuk i dag",
        "En av pojkarna är sjuk idag",
        "Yksi pojista on kipeä tänään",
        "One of my two boys is ill today",
        "En af drengene er syg i dag",
        "Enten Otto eller Emil må bli hjemme i morgen",
        "Either Otto or Emil is staying home tomorrow",
    ],
)
def test_one_of_two_children_is_asked_about(text: str) -> None:
    assert _told(_acts(text, _BOYS)) == [(Intent.ABSENCE, ())]


@pytest.mark.parametrize(
    "text",
    [
        "Vi trekker samtykket til svømming for Ella. Otto får svømme som før",
        "Vi drar tillbaka samtycket till simning för Ella. Otto får simma precis som tidigare",
        "We withdraw consent to swimming for Ella. Otto can go swimming as before",
    ],
)
def test_a_consent_that_stays_as_it_was_is_not_given_anew(text: str) -> None:
    (act,) = _acts(text, _BOTH)

    assert (act.intent, act.children) == (Intent.CONSENT, ("1",))
    assert [word.granted for word in act.consents] == [False]


def test_a_consent_given_to_the_other_child_is_given() -> None:
    acts = _acts("Vi trekker samtykket til svømming for Ella. Otto får svømme", _BOTH)

    assert _told(acts) == [(Intent.CONSENT, ("1",)), (Intent.CONSENT, ("2",))]


def test_a_time_corrected_to_another_child_is_hers_alone() -> None:
    acts = _acts("Otto kommer kl 9 i dag. Nei jeg blander, det er Ella som kommer kl 9, Otto er der allerede", _BOTH)

    assert _told(acts) == [(Intent.LATE, ("1",))]


def test_hours_of_care_beside_those_of_work_are_for_staff_to_read() -> None:
    (act,) = _acts("Jeg jobber 8-16 på fredag, så Ella trenger plass 7.30-16.30 fredag")

    assert (act.intent, act.bookings) == (Intent.MESSAGE, ())


def test_hours_of_care_alone_are_booked() -> None:
    (act,) = _acts("Ella trenger plass 7.30-16.30 fredag")

    assert act.intent is Intent.CARE_TIME
    assert [(word.start, word.end) for word in act.bookings] == [(time(7, 30), time(16, 30))]


def test_on_the_way_answers_the_question_where_a_child_is() -> None:
    asked = About("absence_check", "1", _TODAY)

    assert _acts("Ella er på vei", _BOTH, asked)[0].intent is Intent.LATE
