"""A school in the store, and the seal that tests share."""

import pytest

from hub.desk import Desk
from hub.seal import Seal
from tests.hub.sign_in.school import KEY, TEST, add_school


@pytest.fixture
def seal() -> Seal:
    return Seal([KEY])


@pytest.fixture
async def school(desk: Desk) -> dict[str, str]:
    """The ids of people, roles and units by name."""
    return await desk.work(TEST, add_school)
