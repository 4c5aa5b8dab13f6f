"""A day, a time or a child that the text itself takes back is not acted on; what takes its place is."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Intent, KnownChild, Said

_EAR = Ear()
_TUESDAY = datetime(2026, 11, 24, 7, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_CHILDREN = (KnownChild("1", "Ada Berg"), KnownChild("2", "Ossian Berg"))
_THURSDAY, _FRIDAY = date(2026, 11, 26), date(2026, 11, 27)


def _acts(text: str, asked: About | None = None) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, _TUESDAY), _CHILDREN, asked).acts


@pytest.mark.parametrize(
    "text",
    [
        "Ada er borte torsdag, nei, fredag",
        "Ada er borte torsdag unnskyld fredag mener jeg",
        "Ada är borta på torsdag. Nej förlåt, på fredag",
        "Ada on poissa torstaina eiku perjantaina",
        "Ada is away on Thursday, no wait, Friday",
        "Ikke torsdag men fredag er Ada borte",
        "Ada er borte fredag, ikke torsdag som jeg skrev",
    ],
)
def test_the_last_day_counts(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.children, act.days) == (Intent.ABSENCE, ("1",), (_FRIDAY,))


def test_two_corrections_leave_the_third_day() -> None:
    (act,) = _acts("Ada on poissa ke, eiku to, eiku pe")

    assert act.days == (_FRIDAY,)


def test_a_corrected_time_is_the_time() -> None:
    (act,) = _acts("Ada kommer kl 9, nei, 10")

    assert (act.intent, act.start) == (Intent.LATE, time(10))


def test_a_denial_that_goes_on_takes_nothing_back() -> None:
    (act,) = _acts("Ada kommer ikke på torsdag, ikke på fredag")

    assert act.days == (_THURSDAY, _FRIDAY)


@pytest.mark.parametrize("text", ["Ada er syk, ikke Ossian", "Ada on kipeä ei Ossian", "Ada is ill, not Ossian"])
def test_a_denied_child_is_left_alone(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.children) == (Intent.ABSENCE, ("1",))


def test_a_child_named_by_mistake_is_left_alone() -> None:
    (act,) = _acts("Ada er syk i dag. Nei, jeg mente Ossian er syk")

    assert (act.intent, act.children) == (Intent.ABSENCE, ("2",))


@pytest.mark.parametrize("text", ["Nei, det er ikke riktig.", "nei det ble feil", "Neeei!", "Ei pidä paikkaansa"])
def test_a_no_with_words_around_it_is_a_no(text: str) -> None:
    (act,) = _acts(text, About("confirm"))

    assert act.intent is Intent.NO


@pytest.mark.parametrize("text", ["Ja, men bare til fredag", "Ja hvis hun blir frisk", "Ja, eller?"])
def test_a_yes_that_is_turned_is_no_plain_yes(text: str) -> None:
    assert [act.intent for act in _acts(text, About("confirm"))] == [Intent.MESSAGE]


@pytest.mark.parametrize(
    "text", ["Ada har litt hoste. Hvis hun får feber i morgen blir hun hjemme", "Ada hostar. Kanske hemma imorgon"]
)
def test_what_is_waited_out_is_no_absence_yet(text: str) -> None:
    assert [act.intent for act in _acts(text)] == [Intent.MESSAGE]


@pytest.mark.parametrize("text", ["Ada er borte 31/11", "Ada er borte i to uker", "Ada er borte hver fredag"])
def test_a_day_that_cannot_be_read_is_left_open(text: str) -> None:
    (act,) = _acts(text)

    assert (act.intent, act.days) == (Intent.ABSENCE, ())


@pytest.mark.parametrize(
    "text",
    ["Ada, Ossian er frisk", "alle unntatt Ossian", "Er det Ada?", "Ada skal til tannlegen", "ikke Ossian men Ada"],
)
def test_more_than_a_name_picks_no_child(text: str) -> None:
    assert [act.intent for act in _acts(text, About("which_child"))] == [Intent.MESSAGE]


@pytest.mark.parametrize("text", ["ja fast Ossian", "Ja, og Ossian også"])
def test_a_yes_about_another_child_confirms_nothing(text: str) -> None:
    assert [act.intent for act in _acts(text, About("confirm", "1"))] == [Intent.MESSAGE]


@pytest.mark.parametrize("text", ["ja hvis ansiktet ikke vises", "ja for Ada, men nei for Ossian", "Ja, kanskje"])
def test_a_consent_that_hangs_on_something_is_not_given(text: str) -> None:
    acts = _acts(text, About("consent", "1", topic="photo_public"))

    assert [(act.intent, act.consents) for act in acts] == [(Intent.MESSAGE, ())]


def test_topics_in_a_row_take_the_answer_beside_them_or_none() -> None:
    (act,) = _acts("bilder ok film nei", About("consent", "1", topic="photo_internal"))
    (mixed,) = _acts("ja bilder ja film nei bading", About("consent", "1", topic="photo_internal"))

    assert [(word.topic, word.granted) for word in act.consents] == [("photo_internal", True), ("video", False)]
    answers = [("photo_internal", True), ("video", True), ("swimming", False)]
    assert [(word.topic, word.granted) for word in mixed.consents] == answers
