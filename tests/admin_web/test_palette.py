"""Every pair of colours that meets on a page is read by tired eyes in bright sun."""

import pytest

from tests.admin_web.gallery import STATIC
from tests.admin_web.palette import contrast, read_palettes

LIGHT, DARK_BY_DEVICE, DARK_BY_READER = read_palettes(STATIC / "budbok.css")
TINTS = ("spruce", "moss", "cloudberry", "lingonberry", "heather")
TEXT = [
    *((text, ground) for text in ("ink", "soft", *TINTS) for ground in ("paper", "raised")),
    *((tint, f"{tint}-ground") for tint in TINTS),
    *((text, f"{tint}-ground") for text in ("ink", "soft-on-tint") for tint in TINTS),
    ("lingonberry", "spruce-ground"),
    ("on-spruce", "spruce"),
    ("on-spruce", "spruce-deep"),
    ("paper", "cloudberry"),
]
SHAPES = [
    *(("edge", ground) for ground in ("paper", "raised")),
    *(("edge", f"{tint}-ground") for tint in TINTS),
    *(("moss", ground) for ground in ("spruce-ground", "paper")),
]


@pytest.mark.parametrize("palette", [LIGHT, DARK_BY_READER], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT, ids=lambda name: name)
def test_text_stands_out_seven_times_from_its_ground(palette: dict[str, str], text: str, ground: str) -> None:
    assert contrast(palette[text], palette[ground]) >= 7


@pytest.mark.parametrize("palette", [LIGHT, DARK_BY_READER], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES, ids=lambda name: name)
def test_a_shape_stands_out_three_times_from_its_ground(palette: dict[str, str], shape: str, ground: str) -> None:
    assert contrast(palette[shape], palette[ground]) >= 3


def test_dark_is_the_same_whether_the_device_or_the_reader_asked_for_it() -> None:
    assert DARK_BY_DEVICE == DARK_BY_READER


def test_black_on_white_is_twenty_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
