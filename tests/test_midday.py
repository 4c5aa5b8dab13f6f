"""What is measured at night is measured at noon."""

from datetime import UTC, datetime

import pytest

from bench.midday import last_midday


@pytest.mark.parametrize(
    ("now", "noon"),
    [
        ("2026-03-12T22:30", "2026-03-12T11:00"),
        ("2026-03-12T10:59", "2026-03-11T11:00"),
        ("2026-03-15T15:00", "2026-03-13T11:00"),
        ("2026-03-30T09:00", "2026-03-27T11:00"),
        ("2026-03-30T11:00", "2026-03-30T10:00"),
    ],
)
def test_measured_at_night_a_hub_lives_at_the_last_noon_of_a_working_day(now: str, noon: str) -> None:
    def read(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert last_midday(read(now)) == read(noon)
