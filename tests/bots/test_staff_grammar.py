"""The small grammar hears what staff text, in every language, and nothing that it is not sure of."""

from datetime import time

import pytest

from bots.staff_grammar import What, fold, read_answer, read_told
from hub.talk.heard import Intent

CHILDREN = {
    fold(name): [key]
    for name, key in (("Kari", "kari"), ("Ola", "ola"), ("Emma", "emma"), ("Anna-Lise", "anna"), ("Åse Marie", "aase"))
}
GROUPS = {fold("7A"): ["7a"], fold("4B"): ["4b"], fold("Blåbær 2"): ["blue"]}

ALL_HERE = [
    ("7A alle her", []),
    ("7a: alle er her!", []),
    ("Alle i 7A er her nå", []),
    ("7A her", []),
    ("7A alle her unntatt Ola og Emma", ["ola", "emma"]),
    ("Alle unntatt Ola, Emma i klasse 7A er på plass", ["ola", "emma"]),
    ("alle i 7A er med, bortsett fra Ola", ["ola"]),
    ("7A alla här", []),
    ("Alla i 7A är här utom Ola", ["ola"]),
    ("7A alla är på plats förutom Ola och Emma", ["ola", "emma"]),
    ("7A kaikki paikalla", []),
    ("7A:n kaikki täällä paitsi Ola ja Emma", ["ola", "emma"]),
    ("Ryhmä 7A kaikki mukana", []),
    ("7A all here", []),
    ("Everyone in 7A is here except Ola and Emma", ["ola", "emma"]),
    ("7A alle er her unnateke Ola", ["ola"]),
    ("7A alle er her undtagen Ola", ["ola"]),
]
OF_KARI = [
    ("Kari kom 9.15", What.HERE, time(9, 15)),
    ("kari kom kl. 9", What.HERE, time(9)),
    ("Kari kom 0915", What.HERE, time(9, 15)),
    ("Kari er her", What.HERE, None),
    ("Kari kom nå", What.HERE, None),
    ("Kari gikk 15.30", What.LEFT, time(15, 30)),
    ("Kari ble hentet 15:30", What.LEFT, time(15, 30)),
    ("Kari er ikke her", What.NOT_HERE, None),
    ("Kari har ikke kommet ennå", What.NOT_HERE, None),
    ("Mangler: Kari", What.NOT_HERE, None),
    ("Kari er ikkje her", What.NOT_HERE, None),
    ("Kari gjekk 15.30", What.LEFT, time(15, 30)),
    ("Kari kom 9.15", What.HERE, time(9, 15)),
    ("Kari gick kl 15.30", What.LEFT, time(15, 30)),
    ("Kari är inte här", What.NOT_HERE, None),
    ("Kari saknas", What.NOT_HERE, None),
    ("Kari tuli klo 9.15", What.HERE, time(9, 15)),
    ("Kari lähti 15.30", What.LEFT, time(15, 30)),
    ("Kari haettiin 15.30", What.LEFT, time(15, 30)),
    ("Kari ei ole täällä", What.NOT_HERE, None),
    ("Kari ei ole vielä tullut", What.NOT_HERE, None),
    ("Kari puuttuu", What.NOT_HERE, None),
    ("Kari came at 9:15", What.HERE, time(9, 15)),
    ("Kari was picked up 15:30", What.LEFT, time(15, 30)),
    ("Kari isn't here", What.NOT_HERE, None),
    ("Kari is missing", What.NOT_HERE, None),
    ("Kari gik 15.30", What.LEFT, time(15, 30)),
    ("Kari er her ikke", What.NOT_HERE, None),
]
NOTHING = [
    "",
    "Er Kari her?",
    "Kari",
    "Kari 9.15",
    "7A",
    "her",
    "Per kom 9.15",
    "9C alle her",
    "Kari kommer 9.15",
    "Kari har ikke gått",
    "Kari kom og gikk",
    "Kari kom 9.15 9.30",
    "Kari kom 25.15",
    "7A er ikke her",
    "7A alle mangler",
    "Alle her, Kari kom 9.15?",
    "Kari er syk i dag",
    "Vi trenger ikke krise 7A",
    "Kari og alle her",
    "unntatt Kari",
    "Kari er her hvis mor kommer",
    "7A alle her " * 60,
]


@pytest.mark.parametrize(("text", "besides"), ALL_HERE)
def test_a_whole_group_is_here_but_for_those_who_are_named(text: str, besides: list[str]) -> None:
    told = read_told(text, CHILDREN, GROUPS)

    assert told is not None, text
    (clause,) = told.clauses
    assert clause.what is What.HERE
    assert clause.groups == ["7a"]
    assert not clause.names
    assert [key for keys in clause.besides for key in keys] == besides


@pytest.mark.parametrize(("text", "what", "at"), OF_KARI)
def test_one_child_came_left_or_is_missing(text: str, what: What, at: time | None) -> None:
    told = read_told(text, CHILDREN, GROUPS)

    assert told is not None, text
    (clause,) = told.clauses
    assert (clause.what, clause.at, clause.names) == (what, at, [("kari",)])


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_not_sure_is_not_understood(text: str) -> None:
    assert read_told(text, CHILDREN, GROUPS) is None


def test_several_things_are_told_in_one_text() -> None:
    told = read_told("7A alle her, Ola og Emma mangler. Kari kom 9.15 og Åse Marie gikk 10", CHILDREN, GROUPS)

    assert told is not None
    assert [(clause.what, clause.names, clause.at) for clause in told.clauses] == [
        (What.HERE, [], None),
        (What.NOT_HERE, [("ola",), ("emma",)], None),
        (What.HERE, [("kari",)], time(9, 15)),
        (What.LEFT, [("aase",)], time(10)),
    ]


def test_two_groups_and_names_of_several_words_are_known() -> None:
    groups = read_told("7A og Blåbær 2 alle her", CHILDREN, GROUPS)
    child = read_told("Anna-Lise 4B er her", CHILDREN, GROUPS)

    assert groups is not None
    assert groups.clauses[0].groups == ["7a", "blue"]
    assert child is not None
    assert (child.clauses[0].names, child.clauses[0].groups) == ([("anna",)], ["4b"])


@pytest.mark.parametrize(
    "text", ["KRISE 7A", "Nødliste 7A", "kris 7A", "Nödlista 7A", "hätälista 7A", "Emergency list 7A", "naudliste 7A"]
)
def test_an_emergency_list_is_asked_for(text: str) -> None:
    told = read_told(text, CHILDREN, GROUPS)

    assert told is not None
    assert told.is_emergency
    assert told.groups == ("7a",)


@pytest.mark.parametrize(
    ("text", "intent", "options", "code"),
    [
        ("ANGRE", Intent.UNDO, (), ""),
        ("ångra.", Intent.UNDO, (), ""),
        ("Peru", Intent.UNDO, (), ""),
        ("ja", Intent.YES, (), ""),
        ("Kyllä!", Intent.YES, (), ""),
        ("nei", Intent.NO, (), ""),
        ("2", Intent.MESSAGE, (2,), ""),
        ("482 913", Intent.MESSAGE, (), "482913"),
        ("Takk!", Intent.ACK, (), ""),
    ],
)
def test_an_answer_is_all_of_its_text(text: str, intent: Intent, options: tuple[int, ...], code: str) -> None:
    heard = read_answer(text, "staff_line")

    assert heard is not None
    assert (heard.acts[0].intent, heard.options, heard.code) == (intent, options, code)


@pytest.mark.parametrize("text", ["ja, 7A alle her", "7A", "Kari", "ikke nå"])
def test_other_words_are_no_answer(text: str) -> None:
    assert read_answer(text, "staff_line") is None


MEALS = [
    ("lunsj alle unntatt Kari", ["lunch"], [], ["kari"]),
    ("Alle har spist lunsj", ["lunch"], [], []),
    ("lounas kaikki", ["lunch"], [], []),
    ("kaikki söivät lounaan paitsi Ola", ["lunch"], [], ["ola"]),
    ("Kari ja Ola aamupala", ["breakfast"], ["kari", "ola"], []),
    ("Kari och Ola åt mellanmål", ["snack"], ["kari", "ola"], []),
    ("Kari had breakfast and lunch", ["breakfast", "lunch"], ["kari"], []),
    ("frukost, lunch Kari", ["breakfast", "lunch"], ["kari"], []),
    ("aftensmad alle undtagen Ola", ["dinner"], [], ["ola"]),
    ("kveldsmat Ola", ["supper"], ["ola"], []),
]


@pytest.mark.capability("N-34")
@pytest.mark.parametrize(("text", "meals", "names", "besides"), MEALS)
def test_a_carer_tells_meals_in_her_own_words(
    text: str, meals: list[str], names: list[str], besides: list[str]
) -> None:
    told = read_told(text, CHILDREN, GROUPS, of_home=True)

    assert told is not None
    (clause,) = told.clauses
    assert clause.what is What.ATE
    assert [kinds[-1] if len(kinds) == 1 else kinds for kinds in clause.meals] == meals
    assert ([keys for (keys,) in clause.names], [keys for (keys,) in clause.besides]) == (names, besides)


def test_two_meals_of_two_children_are_two_things_told() -> None:
    told = read_told("Kari frukost, Ola lunch. Mellanmål Emma och middag Ola", CHILDREN, GROUPS, of_home=True)

    assert told is not None
    assert [([kinds[0] for kinds in one.meals], [keys for (keys,) in one.names]) for one in told.clauses] == [
        (["breakfast"], ["kari"]),
        (["lunch"], ["ola"]),
        (["snack"], ["emma"]),
        (["dinner"], ["ola"]),
    ]


def test_a_word_that_is_two_meals_in_two_languages_stays_both() -> None:
    told = read_told("frokost Kari", CHILDREN, GROUPS, of_home=True)

    assert told is not None
    assert told.clauses[0].meals == [("breakfast", "lunch")]


@pytest.mark.parametrize(
    "text",
    [
        "lunsj",
        "Kari ikke lunsj",
        "Kari har spist",
        "Kari lunsj her",
        "lunsj kl 11 alle",
        "lunsj resten",
        "lunsj alle spesialkost",
        "spesialkost Kari",
        "alle lunsj unntatt Kari og frokost",
        "lunsj alle og Kari",
        "lunsj Kari eller Ola",
        "har alle fått lunsj?",
    ],
)
def test_of_meals_too_nothing_is_guessed(text: str) -> None:
    assert read_told(text, CHILDREN, GROUPS, of_home=True) is None


def test_only_a_carer_tells_meals() -> None:
    assert read_told("lunsj alle", CHILDREN, GROUPS) is None


def test_a_special_diet_goes_with_a_meal_of_children_by_name() -> None:
    told = read_told("lunsj Kari spesialkost", CHILDREN, GROUPS, of_home=True)

    assert told is not None
    assert told.clauses[0].is_diet
