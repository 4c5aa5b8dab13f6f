"""What lets people in from the world lets in what the hub itself means to answer."""

import re

from admin_web.uploads import MOST_FORM_BYTES, MOST_PASSING_BYTES
from bench.process import ROOT

MEBIBYTE = 1024 * 1024


def test_a_form_with_a_file_that_is_too_large_comes_as_far_as_the_hub_which_says_so_on_the_page() -> None:
    text = (ROOT / "docs" / "deploy" / "nginx.conf").read_text("utf-8")

    of_callbacks, of_families, of_staff = re.findall(r"client_max_body_size (\w+);", text)

    assert of_callbacks == "64k"
    assert of_families == of_staff
    assert int(of_staff.removesuffix("m")) * MEBIBYTE > MOST_PASSING_BYTES + MOST_FORM_BYTES
    assert len(re.findall("proxy_request_buffering off", text)) == 2
