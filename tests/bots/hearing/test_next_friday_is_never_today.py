"""On a Friday, "next Friday" is the one of the coming week, and "last Friday" is no day to come."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bots.hearing.ear import Ear
from hub.talk.heard import Act, Intent, KnownChild, Said

_EAR = Ear()
_FRIDAY = datetime(2026, 11, 27, 8, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_MONDAY = datetime(2026, 11, 30, 8, 20, tzinfo=ZoneInfo("Europe/Oslo"))
_CHILDREN = (KnownChild("1", "Ada Berg"), KnownChild("2", "Ossian Berg"))
_THURSDAY_AFTER, _FRIDAY_AFTER = date(2026, 12, 3), date(2026, 12, 4)


def _acts(text: str, at: datetime, language: str) -> tuple[Act, ...]:
    return _EAR.hear(Said(text, at, language), _CHILDREN, None).acts


def _days_away(text: str, at: datetime, language: str) -> tuple[date, ...]:
    (act,) = _acts(text, at, language)
    assert (act.intent, act.children) == (Intent.ABSENCE, ("1",))
    return act.days


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Ada fri neste fredag"),
        ("nb", "Neste fredag er Ada borte"),
        ("nb", "Ada er borte førstkommende fre"),
        ("nn", "Ada er vekke neste fredag"),
        ("nn", "Ada har fri komande fredag"),
        ("sv", "Ada är ledig nästa fredag"),
        ("sv", "Ada borta nästkommande fredag"),
        ("da", "Ada har fri på næste fredag"),
        ("da", "Ada er væk kommende fredag"),
        ("fi", "Ada poissa ensi perjantaina"),
        ("fi", "Ada on poissa ens pe"),
        ("fi", "Ada on poissa tulevana perjantaina"),
        ("en", "Ada off next friday"),
        ("en", "Ada is away this coming Friday"),
        ("en", "Ada off nxt fri"),
    ],
)
def test_next_friday_on_a_friday_is_a_week_ahead(language: str, text: str) -> None:
    assert _days_away(text, _FRIDAY, language) == (_FRIDAY_AFTER,)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Ada er borte neste mandag"),
        ("nn", "Ada er vekke neste måndag"),
        ("sv", "Ada är borta nästa måndag"),
        ("da", "Ada er væk næste mandag"),
        ("fi", "Ada on poissa ensi maanantaina"),
        ("en", "Ada is away next Monday"),
    ],
)
def test_next_monday_on_a_monday_is_a_week_ahead(language: str, text: str) -> None:
    assert _days_away(text, _MONDAY, language) == (date(2026, 12, 7),)
    assert _days_away(text, _FRIDAY, language) == (date(2026, 11, 30),)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Ada er borte neste torsdag og fredag"),
        ("nn", "Ada er vekke neste torsdag og fredag"),
        ("sv", "Ada är borta nästa torsdag, fredag"),
        ("da", "Ada er væk næste torsdag og på fredag"),
        ("fi", "Ada on poissa ensi torstaina ja perjantaina"),
        ("en", "Ada is away next Thursday and Friday"),
    ],
)
def test_next_leads_to_every_weekday_of_its_list(language: str, text: str) -> None:
    assert _days_away(text, _FRIDAY, language) == (_THURSDAY_AFTER, _FRIDAY_AFTER)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Ada er borte fredag og neste torsdag"),
        ("sv", "Ada är borta fredag och nästa torsdag"),
        ("en", "Ada is away Friday and next Thursday"),
        ("fi", "Ada on poissa perjantaina ja ensi torstaina"),
    ],
)
def test_a_friday_told_before_the_next_one_is_still_today(language: str, text: str) -> None:
    assert _days_away(text, _FRIDAY, language) == (_FRIDAY.date(), _FRIDAY.date() + timedelta(days=6))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Ada er borte forrige fredag"),
        ("nb", "Ada borte sist fre"),
        ("nn", "Ada vekke førre fredag"),
        ("nn", "Ada er vekke sist fredag"),
        ("sv", "Ada borta förra fredag"),
        ("sv", "Ada är borta förra fredagen"),
        ("da", "Ada væk forrige fredag"),
        ("da", "Ada er væk sidste fre"),
        ("fi", "Ada poissa viime pe"),
        ("fi", "Ada on poissa viime perjantaina"),
        ("en", "Ada off last fri"),
        ("en", "Ada is away this past Friday"),
    ],
)
def test_last_friday_is_no_absence(language: str, text: str) -> None:
    assert all(act.intent is Intent.MESSAGE for act in _acts(text, _FRIDAY, language))
