"""A time of an appointment, or one until which a child is there, is never taken for when it comes."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Act, Intent, KnownChild, Said

_MONDAY = datetime(2025, 3, 3, 7, 30, tzinfo=ZoneInfo("Europe/Oslo"))
_EAR = Ear()


def _only_act(text: str) -> Act:
    (act,) = _EAR.hear(Said(text, _MONDAY), (KnownChild("1", "Ella Berg"),), None).acts
    return act


@pytest.mark.parametrize(
    "text",
    [
        "Ella har tannlege kl 10 og kommer etter",
        "Ella har tandläkare kl 10, kommer efter",
        "Ella has a dentist appt at 10, will be in after",
    ],
)
def test_who_comes_after_an_appointment_comes_at_no_time_that_is_told(text: str) -> None:
    act = _only_act(text)

    assert (act.intent, act.start) == (Intent.LATE, None)


def test_who_comes_after_a_time_comes_then() -> None:
    assert _only_act("Ella kommer etter kl 10").start == time(10)


@pytest.mark.parametrize(
    "text",
    [
        "Ella er der bare til 12 på onsdag",
        "Ella kommer som vanlig på onsdag, men bare til 12",
        "onsdag som vanligt fast bara till 12",
        "Ella tulee keskiviikkona vain klo 12 asti",
        "Ella comes as usual on Wednesday but only until 12",
    ],
)
def test_who_is_there_only_until_a_time_leaves_then(text: str) -> None:
    act = _only_act(text)

    assert (act.intent, act.end) == (Intent.EARLY_PICKUP, time(12))
