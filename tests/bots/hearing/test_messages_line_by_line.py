"""Messages as JSON lines, each answered as it comes, and what crosses to the listener's process and back."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from bots.hearing import wire
from bots.hearing.lines import explain, understand
from bots.hearing.sources import languages, source
from hub.talk.heard import About, Act, Booking, ConsentWord, Heard, Intent, KnownChild, Reason, Said

_WHEN = datetime(2026, 11, 25, 7, 20, tzinfo=UTC)


def _line(number: int, text: str) -> str:
    return json.dumps(
        {
            "id": f"a-{number}",
            "text": text,
            "received_at": _WHEN.isoformat(),
            "children": [{"name": "Kari Nordmann"}],
            "asked": None,
        }
    )


def test_each_line_is_answered_before_the_next_is_read() -> None:
    read: list[int] = []

    def lines() -> Iterator[str]:
        for number, text in enumerate(("Kari er syk i dag", "Takk!")):
            read.append(number)
            yield _line(number, text)

    answers = understand(lines())
    first = json.loads(next(answers))

    assert read == [0]
    assert first == {
        "id": "a-0",
        "language": "nb",
        "sensitive": False,
        "acts": [{"intent": "absence", "children": ["Kari Nordmann"], "days": ["2026-11-25"], "ill": True}],
    }
    assert json.loads(next(answers))["acts"] == [{"intent": "ack"}]


def test_an_explanation_names_the_words_that_led_there() -> None:
    told = explain("Kari har feber og blir hjemme i dag", ["Kari Nordmann"], _WHEN)

    assert "absence" in told
    assert "'feber'" in told
    assert "'i dag'" in told


def test_what_crosses_to_the_process_comes_out_the_same() -> None:
    said = Said("Hei 🙂", _WHEN, "nb")
    children = [KnownChild("1", "Kari Nordmann", ("Kaia",))]
    asked = About("absence_check", "1", date(2026, 11, 25), None, "2026-W48", ("Kari", "Ola"))

    sent = wire.question(7, said, children, asked)

    assert wire.read_question(wire.body(sent[wire.HEAD.size :])) == (7, said, children, asked)


def test_what_crosses_back_comes_out_the_same() -> None:
    act = Act(
        Intent.CARE_TIME,
        ("1",),
        (date(2026, 11, 25),),
        time(8),
        time(16, 30),
        (Booking(date(2026, 11, 26), time(8), None), Booking(date(2026, 11, 27), off=True)),
        (ConsentWord("video", False),),
        "Bente",
        "+4740000123",
        "kari@example.no",
        "end",
        "ar",
        True,
        "Petter",
    )
    heard = Heard("nb", True, (act, Act(Intent.MESSAGE)), (Reason("syk", "intent: absence"),), (1, 3), "hearing/1")

    sent = wire.reply(3, heard)

    assert wire.read_reply(wire.body(sent[wire.HEAD.size :])) == (3, heard)


def test_every_vocabulary_has_what_the_grammar_asks_for() -> None:
    sections = {
        "keywords",
        "answers",
        "says",
        "joins",
        "weekdays",
        "weekdays_short",
        "months",
        "days",
        "clock",
        "numbers",
        "consents",
        "people",
        "siblings",
    }
    words = {
        "sick",
        "symptom",
        "private",
        "home",
        "away",
        "come",
        "late",
        "early",
        "fetch",
        "negative",
        "permit",
        "stay",
        "unsure",
        "maybe_if",
    }
    for code in languages():
        own = source(code)
        assert sections <= own.sections.keys(), code
        assert words <= own.sections["says"].keys(), code
        assert {str(number) for number in range(7)} <= own.sections["weekdays"].keys(), code
        assert {"stop", "start", "help", "status", "undo", "documents", "letter"} <= own.sections["keywords"].keys(), (
            code
        )
