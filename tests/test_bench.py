"""The benches can be trusted to run, and their verdicts to say what the figures say; the figures are their own."""

import json
import random
import subprocess
import sys

import pytest
from twilio.request_validator import RequestValidator

from bench.__main__ import BENCHES
from bench.forms import PATH, sign_forms
from bench.installation import PUBLIC_URL, TOKEN
from bench.process import ROOT
from bench.row import Row, show
from bench.signed import CHECKS, make_check

RUN_SECONDS = 240.0


def test_a_ratio_is_held_against_what_it_must_reach_and_what_is_aimed_at() -> None:
    verdicts = [Row("rate", ours, 100.0, "/s", 0.6, 0.7).verdict for ours in (59, 60, 70)]

    assert verdicts == ["MISSED", "must", "aim"]


def test_less_is_better_where_time_or_memory_is_measured() -> None:
    verdicts = [Row("start", ours, None, "s", 5, 2, more_is_better=False).verdict for ours in (5.1, 5, 2)]

    assert verdicts == ["MISSED", "must", "aim"]


def test_a_limit_below_two_thirds_of_what_it_does_elsewhere_is_called_disturbed() -> None:
    quiet = Row("rate", 60, 66.7, "/s", 0.6, 0.7, expected=100)
    disturbed = Row("rate", 60, 66.6, "/s", 0.6, 0.7, expected=100)

    assert quiet.verdict == "aim"
    assert disturbed.verdict == "aim; a slow limit or a disturbed machine"


def test_the_table_names_every_row_once_with_its_note() -> None:
    table = show([Row("one", 1, 2, "/s", note="how it was measured"), Row("two", 3, None, "MB", 5, 4)])

    assert [table.count(words) for words in ("one ", "how it was measured", "two ")] == [1, 1, 1]


@pytest.mark.parametrize("kind", CHECKS)
def test_the_limits_take_what_twilio_signs_and_nothing_else(kind: str) -> None:
    validator = RequestValidator(TOKEN)
    check = make_check(kind, PUBLIC_URL + PATH, TOKEN)
    form = {"From": "+4740000101", "Body": "Kåre er syk i dag"}
    told = validator.compute_signature(PUBLIC_URL + PATH, form)

    assert check(form, told)
    assert not check({**form, "Body": "Kåre er frisk i dag"}, told)


def test_no_two_forms_are_alike() -> None:
    forms = list(sign_forms([("+4740000101", "+4759000001", "Hei")] * 50, random.Random(1)))

    assert len({form.body for form in forms}) == 50


@pytest.mark.sweep
@pytest.mark.parametrize("name", BENCHES)
def test_every_bench_comes_to_figures(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--tiny", "--json", "--only", name],
        cwd=ROOT, capture_output=True, text=True, timeout=RUN_SECONDS, check=False,
    )  # fmt: skip

    rows = json.loads(done.stdout)

    assert rows
    assert all(row["ours"] > 0 and (row["limit"] is None or row["ratio"] > 0) for row in rows)
