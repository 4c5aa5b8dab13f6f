"""Where the words leave something open, the ear leaves it open; and nothing that can be typed makes it stumble."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.hearing.ear import Ear
from hub.talk.heard import About, Act, Heard, Intent, KnownChild, Said

_OSLO = ZoneInfo("Europe/Oslo")
_WEDNESDAY = datetime(2026, 11, 25, 7, 20, tzinfo=_OSLO)
_EAR = Ear()
_ONE = (KnownChild("1", "Kari Nordmann"),)
_TWO = (KnownChild("1", "Emma Nordmann"), KnownChild("2", "Emmi Nordmann"))
_MOST_MILLISECONDS = 500
_PIECES = [
    *(
        "ikke",
        "syk",
        "i dag",
        "til",
        "fredag",
        "kl",
        "9",
        "-",
        "15",
        ".",
        ",",
        "Kari",
        "og",
        "uke",
        "49",
        "ma",
        "halv",
        "?",
        "\n",
        "1.12.",
    ),
    *(
        "ei",
        "kipeä",
        "huomenna",
        "från",
        "torsdag",
        "sjuk",
        "not",
        "coming",
        "back",
        "@",
        "/",
        "+",
        "🙂",
        "ß",
        "\u0301",
        "ﷺ",
        "å",
    ),
]


def hear(
    text: str, children: Sequence[KnownChild] = _ONE, when: datetime = _WEDNESDAY, asked: About | None = None
) -> Heard:
    return _EAR.hear(Said(text, when), children, asked)


def only(heard: Heard) -> Act:
    assert len(heard.acts) == 1, heard.acts
    return heard.acts[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=1700))
def test_any_text_is_heard_as_something(text: str) -> None:
    assert hear(text).acts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(_PIECES), max_size=300))
def test_our_own_words_in_any_order_are_heard_as_something(pieces: list[str]) -> None:
    heard = hear(" ".join(pieces), _TWO)

    assert heard.acts
    assert all(list(act.days) == sorted(set(act.days)) for act in heard.acts)
    assert all(set(act.children) <= {"1", "2"} for act in heard.acts)


@pytest.mark.parametrize(
    "piece",
    [
        "9.",
        "1-",
        "a ",
        "syk ",
        "9-15 ",
        "12. ",
        "fra til ",
        "uke 4 og ",
        "?",
        "a@",
        "1 ",
        "12/",
        "i dag og ",
        "ma-ti ",
        "+1 ",
        "halv kvart over ",
        "Xqwerty ",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (1600 // len(piece))
    spent = []
    for _ in range(3):
        begun = time.process_time()
        hear(text, _TWO)
        spent.append((time.process_time() - begun) * 1000)

    assert (
        min(spent) < _MOST_MILLISECONDS * 2
    )  # the bound is for the slowest of machines; a quadratic pattern takes seconds


def test_an_unknown_name_is_never_the_only_childs() -> None:
    act = only(hear("Petter er syk i dag"))

    assert (act.intent, act.children, act.unknown_name) == (Intent.ABSENCE, (), "Petter")


def test_a_name_that_is_nearly_the_childs_is_another_childs() -> None:
    act = only(hear("Karin er syk i dag"))

    assert act.children == ()


def test_a_slip_of_the_finger_is_still_the_child() -> None:
    act = only(hear("Kaari er syk i dag"))

    assert act.children == ("1",)


@pytest.mark.parametrize(("name", "keys"), [("Emma", ("1",)), ("Emmi", ("2",)), ("EMMA", ("1",)), ("emmi", ("2",))])
def test_two_similar_names_are_told_apart(name: str, keys: tuple[str, ...]) -> None:
    assert only(hear(f"{name} er syk i dag", _TWO)).children == keys


def test_two_children_of_the_same_name_are_asked_about() -> None:
    twins = (KnownChild("1", "Emma Nordmann"), KnownChild("2", "Emma Berg"))

    assert only(hear("Emma er syk", twins)).children == ()
    assert only(hear("Emma Berg er syk", twins)).children == ("2",)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Aino", "Ainolla"),
        ("Kalle", "Kallella"),
        ("Pekka", "Pekalla"),
        ("Matti", "Matilla"),
        ("Eemeli", "Eemelillä"),
        ("Antti", "Antilla"),
        ("Veikko", "Veikolla"),
        ("Elias", "Eliaksella"),
        ("Mikael", "Mikaelilla"),
        ("Iines", "Iineksellä"),
        ("Väinö", "Väinöllä"),
        ("Ilta", "Illalla"),
    ],
)
def test_finnish_forms_are_the_same_child(name: str, form: str) -> None:
    child = (KnownChild("1", f"{name} Korpela"), KnownChild("2", "Oskari Korpela"))

    assert only(hear(f"{form} on kuumetta, ei tule tänään", child)).children == ("1",)


def test_a_weekday_that_is_not_that_date_names_no_day() -> None:
    assert only(hear("Kari er borte fredag 3/12")).days == ()


def test_a_date_of_no_calendar_names_no_day() -> None:
    assert only(hear("Kari er borte 31.11.")).days == ()


@pytest.mark.parametrize(
    "text",
    [
        "Hvis Kari blir syk, ring meg",
        "Kanskje Kari er syk i morgen",
        "Skal Kari være hjemme i dag?",
        "Jeg er syk i dag",
        "Kari er ikke syk",
        "Bussen kommer ikke",
        "Kari har ikke feber",
        "Lillebror er syk, men Kari kommer som vanlig",
    ],
)
def test_what_is_no_absence_reports_none(text: str) -> None:
    assert all(act.intent is not Intent.ABSENCE for act in hear(text).acts)


@pytest.mark.parametrize(
    ("when", "day"),
    [
        (datetime(2026, 12, 31, 7, tzinfo=_OSLO), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 18, tzinfo=_OSLO), date(2027, 1, 1)),
        (datetime(2027, 3, 28, 2, 30, tzinfo=_OSLO), date(2027, 3, 29)),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=_OSLO), date(2026, 10, 26)),
        (datetime(2026, 11, 27, 15, 0, tzinfo=_OSLO), date(2026, 11, 30)),
        (datetime(2026, 11, 27, 14, 59, tzinfo=_OSLO), date(2026, 11, 27)),
    ],
)
def test_no_word_about_when_is_today_before_three_on_a_weekday_and_else_the_next(when: datetime, day: date) -> None:
    assert only(hear("Kari er syk", when=when)).days == (day,)


def test_today_is_the_units_today() -> None:
    just_past_midnight = datetime(2026, 11, 24, 23, 30, tzinfo=UTC).astimezone(_OSLO)

    assert only(hear("Kari er syk i dag", when=just_past_midnight)).days == (date(2026, 11, 25),)


def test_a_stretch_over_new_year_is_written_out() -> None:
    act = only(hear("Kari er borte 30.12.-4.1.", when=datetime(2026, 12, 20, 10, tzinfo=_OSLO)))

    assert act.days == (date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 4))


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("2", (2,)),
        ("1 og 3", (1, 3)),
        ("1, 2", (1, 2)),
        ("to", (2,)),
        ("4", ()),
        ("0", ()),
        ("1-3", (1, 2, 3)),
        ("3-1", ()),
    ],
)
def test_bare_numbers_pick_choices(text: str, options: tuple[int, ...]) -> None:
    children = tuple(KnownChild(str(n), f"{name} Nordmann") for n, name in enumerate(("Ola", "Kari", "Ada"), 1))
    asked = About("which_child", options=("Ola", "Kari", "Ada"))

    assert _EAR.hear(Said(text, _WEDNESDAY, "nb"), children, asked).options == options


def test_a_bare_name_picks_the_child() -> None:
    asked = About("which_child", options=("Emma", "Emmi"))

    heard = hear("Emmi", _TWO, asked=asked)

    assert (heard.options, only(heard).intent, only(heard).children) == ((2,), Intent.YES, ("2",))


def test_both_picks_both() -> None:
    heard = hear("begge", _TWO, asked=About("which_child", options=("Emma", "Emmi")))

    assert (heard.options, only(heard).children) == ((1, 2), ("1", "2"))


def test_days_alone_answer_which_days() -> None:
    act = only(hear("i dag og i morgen", asked=About("which_days", child="1")))

    assert (act.intent, act.children, act.days) == (Intent.ABSENCE, ("1",), (date(2026, 11, 25), date(2026, 11, 26)))


@pytest.mark.parametrize("word", ["STOP", "stopp", "Sluta!", "SEIS", "lopeta", "stop."])
def test_stop_words_of_all_languages_always_count(word: str) -> None:
    assert only(hear(word)).intent is Intent.STOP


@pytest.mark.parametrize("word", ["ANGRE", "Ångra", "peru", "UNDO"])
def test_undo_words_of_all_languages_always_count(word: str) -> None:
    assert only(hear(word)).intent is Intent.UNDO


def test_illness_is_told_from_other_absence() -> None:
    assert only(hear("Kari er syk i dag")).ill is True
    assert only(hear("Kari er borte i dag, vi skal i begravelse")).ill is False
    assert only(hear("Kari er borte i dag")).ill is None


def test_the_sender_is_in_the_units_own_day_whatever_the_offset() -> None:
    heard = hear("Kari er syk i morgen", when=_WEDNESDAY + timedelta(hours=16))

    assert only(heard).days == (date(2026, 11, 26),)


@pytest.mark.parametrize(
    ("text", "code"), [("Моя дочь болеет", "ru"), ("Донька хворіє, її не буде", "uk"), ("ابني مريض اليوم", "ar")]
)
def test_other_languages_are_named_and_left_to_staff(text: str, code: str) -> None:
    heard = hear(text)

    assert (heard.language, only(heard).intent) == (code, Intent.MESSAGE)


@pytest.mark.parametrize(
    ("text", "stranger"),
    [
        ("Kari og Petter er syke i dag", "Petter"),
        ("Petter og Kari kommer ikke i dag", "Petter"),
        ("Kari och Petter är sjuka", "Petter"),
        ("Kari ja Pekka ovat kipeitä", "Pekka"),
        ("Kari and Noah are both ill today", "Noah"),
    ],
)
def test_a_stranger_told_in_one_breath_with_a_known_child_leaves_it_open(text: str, stranger: str) -> None:
    act = only(hear(text))

    assert (act.intent, act.children, act.unknown_name) == (Intent.ABSENCE, (), stranger)


def test_names_under_a_message_are_no_strangers_in_it() -> None:
    act = only(hear("Kari er syk i dag. Hilsen Anne og Ola"))

    assert (act.intent, act.children, act.unknown_name) == (Intent.ABSENCE, ("1",), None)


@pytest.mark.parametrize(
    "text",
    [
        "en oikein tiedä", "en mä tiedä", "en kyllä tiedä", "en ole ihan varma", "ei vielä tietoa", "en osaa sanoa",
        "ei hajuakaan", "en muista", "en ymmärrä", "en ymmärrä kysymystä", "jeg vet ikke helt", "nei vet ikke", "aner ikke",
        "eg veit ikkje heilt", "vet inte riktigt", "vet ej", "det ved jeg ikke", "no idea", "I'm not sure yet",
    ],
)  # fmt: skip
def test_who_does_not_know_has_said_neither_yes_nor_no(text: str) -> None:
    heard = hear(text, asked=About("confirm"))

    assert only(heard).intent is Intent.MESSAGE


@pytest.mark.parametrize("text", ["en", "ei", "en halua", "ei, en anna lupaa", "emme suostu"])
def test_a_finnish_no_is_still_a_no(text: str) -> None:
    assert only(hear(text, asked=About("confirm"))).intent is Intent.NO


def test_who_asks_for_a_person_in_the_middle_of_a_question_gets_one() -> None:
    assert only(hear("haluaisin puhua jonkun kanssa tästä", asked=About("confirm"))).intent is Intent.PERSON
